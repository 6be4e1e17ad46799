//! The way of an answer to the client, broken ways included.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::http::{Body, Request, Response, is_timeout};

/// Real time between two bytes of a slow answer.
const SLOWNESS: Duration = Duration::from_millis(200);

/// Sends an answer; whether the connection goes on.
pub(super) fn send(
    stream: &mut TcpStream,
    request: &Request,
    mut response: Response,
    stop: &AtomicBool,
) -> io::Result<bool> {
    let body = std::mem::replace(&mut response.body, Body::Reset);
    match body {
        Body::Whole(mut body) => {
            let is_encoded = response
                .headers
                .iter()
                .any(|(name, _)| *name == "Content-Encoding");
            if request.accepts_gzip() && !is_encoded && body.len() > 200 {
                body = zipped(&body)?;
                response = response
                    .with("Content-Encoding", "gzip")
                    .with("Vary", "Accept-Encoding");
            }
            let head = response.head(&format!("Content-Length: {}\r\n", body.len()));
            let mut message = head.into_bytes();
            if request.method != "HEAD" && response.status != 304 {
                message.append(&mut body);
            }
            write_all(stream, &message, stop)?;
            Ok(true)
        }
        Body::Slow(body) => {
            let head = response.head(&format!("Content-Length: {}\r\n", body.len()));
            write_all(stream, head.as_bytes(), stop)?;
            for byte in body {
                write_all(stream, &[byte], stop)?;
                thread::sleep(SLOWNESS);
            }
            Ok(true)
        }
        Body::Endless(start) => {
            let head = response.head("Transfer-Encoding: chunked\r\n");
            write_all(stream, head.as_bytes(), stop)?;
            chunk(stream, &start, stop)?;
            let filler = " ".repeat(8192) + "\n";
            loop {
                chunk(stream, filler.as_bytes(), stop)?;
            }
        }
        Body::Reset => {
            let head = response.head("Content-Length: 1000\r\n");
            write_all(stream, &head.as_bytes()[..head.len() / 2], stop)?;
            stream.shutdown(Shutdown::Both)?;
            Ok(false)
        }
    }
}

fn chunk(stream: &mut TcpStream, bytes: &[u8], stop: &AtomicBool) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    write_all(stream, format!("{:x}\r\n", bytes.len()).as_bytes(), stop)?;
    write_all(stream, bytes, stop)?;
    write_all(stream, b"\r\n", stop)
}

/// Writes everything, unless the server stops: a client that does not read must not hold it up.
fn write_all(stream: &mut TcpStream, mut bytes: &[u8], stop: &AtomicBool) -> io::Result<()> {
    while !bytes.is_empty() {
        if stop.load(Ordering::SeqCst) {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "stopped"));
        }
        match stream.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn zipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
