//! Servers that behave badly: one that cuts the connection, one that refuses the password.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// The address of a database's server.
pub fn address(url: &str) -> String {
    let rest = url.split_once('@').map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// Listens, and passes bytes on to a server; after so many bytes from it the connection is cut.
pub fn cutting_proxy(server: String, bytes: usize) -> u16 {
    fn pump(mut from: TcpStream, mut to: TcpStream, limit: usize) {
        let mut left = limit;
        let mut buffer = [0_u8; 4096];
        while left > 0 {
            let room = left.min(buffer.len());
            let Some(read) = from.read(&mut buffer[..room]).ok().filter(|n| *n > 0) else {
                break;
            };
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
            left -= read;
        }
        let _ = from.shutdown(std::net::Shutdown::Both);
        let _ = to.shutdown(std::net::Shutdown::Both);
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(upstream) = TcpStream::connect(&server) else {
                return;
            };
            let (Ok(client2), Ok(upstream2)) = (client.try_clone(), upstream.try_clone()) else {
                return;
            };
            std::thread::spawn(move || pump(client2, upstream2, usize::MAX));
            std::thread::spawn(move || pump(upstream, client, bytes));
        }
    });
    port
}

/// A server that asks for the password in clear and refuses whatever comes.
pub fn refusing_server() -> u16 {
    fn serve(mut client: TcpStream) -> std::io::Result<()> {
        loop {
            let mut length = [0_u8; 4];
            client.read_exact(&mut length)?;
            let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(0);
            let mut body = vec![0_u8; length.saturating_sub(4)];
            client.read_exact(&mut body)?;
            // SSLRequest (80877103) and GSSENCRequest (80877104) come before the startup message.
            let code = body
                .get(..4)
                .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
            if matches!(code, Some(80_877_103 | 80_877_104)) {
                client.write_all(b"N")?;
                continue;
            }
            break;
        }
        client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3])?;
        let mut head = [0_u8; 5];
        client.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut password = vec![0_u8; usize::try_from(length).unwrap_or(4).saturating_sub(4)];
        client.read_exact(&mut password)?;
        let fields =
            b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user \"anna\"\0\0";
        let length = u32::try_from(fields.len() + 4).unwrap_or(4);
        client.write_all(b"E")?;
        client.write_all(&length.to_be_bytes())?;
        client.write_all(fields)
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let _ = serve(client);
        }
    });
    port
}
