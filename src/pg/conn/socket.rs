//! A socket that the driver can poll without a reactor, and a stream that can be taken back from it: so the driver authenticates
//! (TLS, SCRAM, channel binding) and bulk data is then read from the same connection without it.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::options::{ConnectOptions, Host};

/// A connected socket that does not block. Nothing wakes who polls it: [`run`] and [`Socket::wait`] wait for it.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Connects to one host.
    pub fn connect(host: &Host, options: &ConnectOptions) -> io::Result<Self> {
        let timeout = options.connect_timeout;
        let socket = match host {
            Host::Unix { folder, port } => Self::Unix(UnixStream::connect(
                folder.join(format!(".s.PGSQL.{port}")),
            )?),
            Host::Tcp {
                name,
                address,
                port,
            } => {
                let stream = match address {
                    Some(address) => tcp([SocketAddr::new(*address, *port)].into_iter(), timeout)?,
                    None => tcp((name.as_str(), *port).to_socket_addrs()?, timeout)?,
                };
                stream.set_nodelay(true)?;
                if options.keepalives.0 {
                    keep_alive(&stream, options.keepalives.1)?;
                }
                Self::Tcp(stream)
            }
        };
        socket.set_blocking(false)?;
        Ok(socket)
    }

    /// Whether reading waits for bytes.
    pub fn set_blocking(&self, blocking: bool) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nonblocking(!blocking),
            Self::Unix(stream) => stream.set_nonblocking(!blocking),
        }
    }

    /// Waits until there is something to read.
    pub fn wait(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.wait_for(PollFlags::IN, timeout)
    }

    fn wait_for(&self, flags: PollFlags, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = timeout.filter(|t| !t.is_zero());
        let timeout = timeout.and_then(|t| Timespec::try_from(t).ok());
        loop {
            match poll(&mut [PollFd::new(self, flags)], timeout.as_ref()) {
                Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Another handle of the same socket.
    pub fn handle(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
            Self::Unix(stream) => Self::Unix(stream.try_clone()?),
        })
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

/// The first address that answers.
fn tcp(
    addresses: impl Iterator<Item = SocketAddr>,
    timeout: Option<Duration>,
) -> io::Result<TcpStream> {
    let mut last = None;
    for address in addresses {
        let stream = match timeout {
            Some(timeout) if !timeout.is_zero() => TcpStream::connect_timeout(&address, timeout),
            _ => TcpStream::connect(address),
        };
        match stream {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other("the name has no address")))
}

fn keep_alive(stream: &TcpStream, idle: Option<Duration>) -> io::Result<()> {
    use rustix::net::sockopt;
    sockopt::set_socket_keepalive(stream, true)?;
    if let Some(idle) = idle {
        sockopt::set_tcp_keepidle(stream, idle)?;
    }
    Ok(())
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let free = out.initialize_unfilled();
        loop {
            let read = match self.as_ref().get_ref() {
                Self::Tcp(stream) => (&*stream).read(free),
                Self::Unix(stream) => (&*stream).read(free),
            };
            return match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                other => Poll::Ready(other.map(|length| out.advance(length))),
            };
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // What is written are short questions: waiting for room is never long.
        Poll::Ready(loop {
            let written = match self.as_ref().get_ref() {
                Self::Tcp(stream) => (&*stream).write(bytes),
                Self::Unix(stream) => (&*stream).write(bytes),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if let Err(error) = self.wait_for(PollFlags::OUT, None) {
                        break Err(error);
                    }
                }
                other => break other,
            }
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A stream that the driver holds and that can be taken out from under it.
pub(super) struct Lent<S>(Arc<Mutex<Option<S>>>);

impl<S> Clone for Lent<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Lent<S> {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// A stream to lend.
    pub fn new(stream: S) -> Self {
        Self(Arc::new(Mutex::new(Some(stream))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the stream back.
    pub fn take(&self) -> Option<S> {
        self.lock().take()
    }
}

fn taken<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl<S: AsyncRead + Unpin> AsyncRead for Lent<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.lock().as_mut() {
            Some(stream) => Pin::new(stream).poll_read(cx, out),
            None => taken(),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Lent<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.lock().as_mut() {
            Some(stream) => Pin::new(stream).poll_write(cx, bytes),
            None => taken(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.lock().as_mut() {
            Some(stream) => Pin::new(stream).poll_flush(cx),
            None => taken(),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<S: TlsStream + Unpin> TlsStream for Lent<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.lock()
            .as_ref()
            .map_or_else(ChannelBinding::none, TlsStream::channel_binding)
    }
}

/// A TLS connector that lends the stream it makes: to the driver, and to whoever has `lent`.
pub(super) struct Lending<C, T> {
    pub connector: C,
    pub lent: Lent<T>,
}

impl<C> TlsConnect<Socket> for Lending<C, C::Stream>
where
    C: TlsConnect<Socket>,
    C::Future: 'static,
    C::Stream: 'static,
{
    type Stream = Lent<C::Stream>;
    type Error = C::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>>>>;

    fn connect(self, stream: Socket) -> Self::Future {
        let (made, lent) = (self.connector.connect(stream), self.lent);
        Box::pin(async move {
            *lent.lock() = Some(made.await?);
            Ok(lent)
        })
    }
}

/// Runs a future that waits for nothing but bytes of this socket, each time this long at most.
pub(super) fn run<F: Future>(
    future: F,
    socket: &Socket,
    timeout: Option<Duration>,
) -> io::Result<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return Ok(value),
            Poll::Pending => socket.wait(timeout)?,
        }
    }
}
