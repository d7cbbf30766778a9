//! A connection for bulk reading. `COPY` sends a message per row; the driver hands each to another task, here they are taken
//! from a buffer of our own (PostgreSQL manual, "Message Formats").

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use postgres::NoTls;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::CancelToken;
use tokio_postgres::tls::MakeTlsConnect;

use super::connect::{self, Way, describe};
use super::encrypted::Connector;
use super::options::ConnectOptions;
use super::session;
use super::socket::{Lending, Lent, Socket, run};
use crate::interrupt::Interrupt;
use crate::pg::Error;
use crate::pg::copy::Decoder;
use crate::pg::source::RowFn;

/// What is read at once. Messages up to this size are decoded where they lie.
const BUFFER: usize = 256 * 1024;

/// The largest message that is no data: errors, notices, parameters.
const SMALL: usize = 1 << 20;

/// How long a server may take to answer whoever wants to cancel.
const PATIENCE: Duration = Duration::from_secs(10);

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// Ends what a wire reads, from any thread.
#[derive(Clone)]
pub(super) struct Cutter {
    token: CancelToken,
    options: Arc<ConnectOptions>,
    way: Way,
    tls: Option<Connector>,
}

impl Cutter {
    /// Asks the server to cancel. A server that cannot be asked has ended the statement anyway.
    pub fn cancel(&self) {
        let Some(host) = self.options.hosts.get(self.way.host) else {
            return;
        };
        let Ok(socket) = Socket::connect(host, &self.options) else {
            return;
        };
        let (Ok(handle), timeout) = (socket.handle(), Some(PATIENCE)) else {
            return;
        };
        let name = connect::tls_name(host);
        let _ = match self.tls.clone() {
            None => run(self.token.cancel_query_raw(socket, NoTls), &handle, timeout),
            Some(mut tls) => match MakeTlsConnect::<Socket>::make_tls_connect(&mut tls, &name) {
                Ok(connector) => run(
                    self.token.cancel_query_raw(socket, connector),
                    &handle,
                    timeout,
                ),
                Err(_) => return,
            },
        };
    }
}

/// Everything that has to be cancelled when the user ends the run.
#[derive(Clone, Default)]
pub(super) struct Cutters(Arc<Mutex<Vec<Cutter>>>);

impl Cutters {
    /// Cancels all.
    pub fn cancel(&self) {
        let cutters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cutters.iter().for_each(Cutter::cancel);
    }

    fn add(&self, cutter: Cutter) {
        let mut cutters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cutters.push(cutter);
    }
}

/// An authenticated connection without the driver.
pub(super) struct Wire {
    stream: Box<dyn Duplex>,
    socket: Socket,
    /// Process id of its backend.
    pub pid: i32,
    buffer: Vec<u8>,
    /// What of the buffer is read and not used.
    start: usize,
    end: usize,
}

/// Why a reading ended early. The wire is of no use then.
pub(super) enum Fault {
    /// The server's words, or the system's.
    Server(String),
    /// The decoder's or the consumer's fault.
    Ours(Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Server(error.to_string())
    }
}

impl Wire {
    /// Connects the way that an earlier connection went, and takes its snapshot.
    pub fn open(
        options: &Arc<ConnectOptions>,
        way: Way,
        snapshot: &str,
        version: i32,
        cutters: &Cutters,
    ) -> Result<Self, Fault> {
        let mut wire = Self::connect(options, way, cutters)?;
        wire.simple(session::PINNED)?;
        if version >= session::HAS_TRANSACTION_TIMEOUT {
            wire.simple(session::NO_TRANSACTION_TIMEOUT)?;
        }
        wire.simple(session::BEGIN)?;
        // The server made the identifier; it has no quotes.
        wire.simple(&format!("SET TRANSACTION SNAPSHOT '{snapshot}'"))?;
        let pid = wire.simple("SELECT pg_catalog.pg_backend_pid()")?;
        wire.pid = pid.and_then(|pid| pid.parse().ok()).unwrap_or(0);
        Ok(wire)
    }

    fn connect(options: &Arc<ConnectOptions>, way: Way, cutters: &Cutters) -> Result<Self, Fault> {
        let host = options
            .hosts
            .get(way.host)
            .ok_or_else(|| Fault::Server("there is no such host".to_owned()))?;
        let config = connect::config(options, way);
        let socket = Socket::connect(host, options)?;
        let handle = socket.handle()?;
        let fault = |error: tokio_postgres::Error| Fault::Server(describe(&error));
        let gone = || Fault::Server("the connection is gone".to_owned());
        let timeout = options.connect_timeout;
        let (stream, token, tls): (Box<dyn Duplex>, _, _) = if way.tls {
            let mut tls = super::tls::connector(options).map_err(Fault::Ours)?;
            let again = tls.clone();
            let connector =
                MakeTlsConnect::<Socket>::make_tls_connect(&mut tls, &connect::tls_name(host))
                    .map_err(|e| Fault::Server(e.to_string()))?;
            let lent = Lent::empty();
            let lending = Lending {
                connector,
                lent: lent.clone(),
            };
            let (client, _) =
                run(config.connect_raw(socket, lending), &handle, timeout)?.map_err(fault)?;
            let stream = lent.take().ok_or_else(gone)?;
            (Box::new(stream), client.cancel_token(), Some(again))
        } else {
            let lent = Lent::new(socket);
            let startup = config.connect_raw(lent.clone(), NoTls);
            let (client, _) = run(startup, &handle, timeout)?.map_err(fault)?;
            handle.set_blocking(true)?;
            let stream = lent.take().ok_or_else(gone)?;
            (Box::new(stream), client.cancel_token(), None)
        };
        cutters.add(Cutter {
            token,
            options: options.clone(),
            way,
            tls,
        });
        Ok(Self {
            stream,
            socket: handle,
            pid: 0,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
        })
    }

    /// Runs a statement and gives the first value of its last row.
    fn simple(&mut self, sql: &str) -> Result<Option<String>, Fault> {
        self.query(sql)?;
        let mut value = None;
        loop {
            let (kind, length) = self.header()?;
            let body = self.body(length)?;
            match kind {
                b'Z' => return Ok(value),
                b'E' => return Err(Fault::Server(words(body))),
                // The number of columns, then each with its length before it.
                b'D' => {
                    let first = body.get(6..).unwrap_or_default();
                    value = Some(String::from_utf8_lossy(first).into_owned());
                }
                _ => {}
            }
        }
    }

    /// Moves the stream of a `COPY .. TO STDOUT` through the decoder.
    pub fn copy_out(
        &mut self,
        sql: &str,
        decoder: &mut Decoder,
        interrupt: &Interrupt,
        row: &mut RowFn<'_>,
    ) -> Result<(), Fault> {
        self.query(sql)?;
        loop {
            let (kind, length) = self.header()?;
            if kind == b'd' {
                self.data(length, decoder, interrupt, row)?;
                continue;
            }
            let body = self.body(length)?;
            match kind {
                b'Z' => return Ok(()),
                b'E' => return Err(Fault::Server(words(body))),
                _ => {}
            }
        }
    }

    #[inline]
    fn data(
        &mut self,
        length: usize,
        decoder: &mut Decoder,
        interrupt: &Interrupt,
        row: &mut RowFn<'_>,
    ) -> Result<(), Fault> {
        if length > BUFFER {
            return self.large(length, decoder, interrupt, row);
        }
        if self.end - self.start < length {
            if interrupt.is_raised() {
                return Err(Fault::Ours(Error::Interrupted));
            }
            self.fill(length)?;
        }
        let piece = self.buffer.get(self.start..self.start + length);
        self.start += length;
        decoder
            .feed(piece.unwrap_or_default(), row)
            .map_err(Fault::Ours)
    }

    /// A message that does not fit into the buffer, piece by piece.
    fn large(
        &mut self,
        mut left: usize,
        decoder: &mut Decoder,
        interrupt: &Interrupt,
        row: &mut RowFn<'_>,
    ) -> Result<(), Fault> {
        while left > 0 {
            if interrupt.is_raised() {
                return Err(Fault::Ours(Error::Interrupted));
            }
            if self.start == self.end {
                self.fill(1)?;
            }
            let length = left.min(self.end - self.start);
            let piece = self.buffer.get(self.start..self.start + length);
            self.start += length;
            left -= length;
            decoder
                .feed(piece.unwrap_or_default(), row)
                .map_err(Fault::Ours)?;
        }
        Ok(())
    }

    /// The next message's kind and the length of what follows.
    #[inline]
    fn header(&mut self) -> Result<(u8, usize), Fault> {
        if self.end - self.start < 5 {
            self.fill(5)?;
        }
        let Some([kind, a, b, c, d]) = self
            .buffer
            .get(self.start..)
            .and_then(|rest| rest.first_chunk::<5>())
            .copied()
        else {
            return Err(Fault::Server("the server's message is cut off".to_owned()));
        };
        self.start += 5;
        let length = usize::try_from(i32::from_be_bytes([a, b, c, d])).unwrap_or(0);
        match length.checked_sub(4) {
            Some(length) => Ok((kind, length)),
            None => Err(Fault::Server(
                "the server's message has no length".to_owned(),
            )),
        }
    }

    /// The body of a message that is no data.
    fn body(&mut self, length: usize) -> Result<&[u8], Fault> {
        if length > SMALL {
            return Err(Fault::Server(
                "the server's message is too long to be one".to_owned(),
            ));
        }
        if self.end - self.start < length {
            self.fill(length)?;
        }
        let body = self.buffer.get(self.start..self.start + length);
        self.start += length;
        Ok(body.unwrap_or_default())
    }

    /// Reads until at least `wanted` unused bytes are at hand.
    fn fill(&mut self, wanted: usize) -> Result<(), Fault> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let mut context = Context::from_waker(Waker::noop());
        while self.end < wanted {
            let mut free = ReadBuf::new(self.buffer.get_mut(self.end..).unwrap_or_default());
            match Pin::new(&mut *self.stream).poll_read(&mut context, &mut free) {
                Poll::Pending => self.socket.wait(None)?,
                Poll::Ready(read) => {
                    read?;
                    let read = free.filled().len();
                    if read == 0 {
                        return Err(Fault::Server("the connection was lost".to_owned()));
                    }
                    self.end += read;
                }
            }
        }
        Ok(())
    }

    fn query(&mut self, sql: &str) -> Result<(), Fault> {
        let length = i32::try_from(sql.len() + 5)
            .map_err(|_| Fault::Server("the statement is too long".to_owned()))?;
        let mut message = vec![b'Q'];
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(sql.as_bytes());
        message.push(0);
        self.send(&message)?;
        Ok(())
    }

    fn send(&mut self, mut message: &[u8]) -> io::Result<()> {
        let mut context = Context::from_waker(Waker::noop());
        while !message.is_empty() {
            match Pin::new(&mut *self.stream).poll_write(&mut context, message) {
                // The socket's own writes wait for room.
                Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()),
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(written) => message = message.get(written?..).unwrap_or_default(),
            }
        }
        match Pin::new(&mut *self.stream).poll_flush(&mut context) {
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            Poll::Ready(flushed) => flushed,
        }
    }

    /// Says goodbye, so that the server does not log a lost connection.
    pub fn close(mut self) {
        let _ = self.send(b"X\0\0\0\x04");
    }
}

/// The words of an `ErrorResponse`, as the driver's errors are told. Its detail is left out: it may hold values of rows.
fn words(body: &[u8]) -> String {
    let (mut message, mut code, mut hint) = (String::new(), String::new(), None);
    for field in body.split(|b| *b == 0) {
        let Some((kind, text)) = field.split_first() else {
            continue;
        };
        let text = String::from_utf8_lossy(text).into_owned();
        match kind {
            b'M' => message = text,
            b'C' => code = text,
            b'H' => hint = Some(text),
            _ => {}
        }
    }
    let mut words = format!("{message} (SQLSTATE {code})");
    if let Some(hint) = hint {
        words.push_str(&format!("; {hint}"));
    }
    words
}
