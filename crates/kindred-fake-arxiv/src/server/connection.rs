//! One connection: requests are read, logged and answered until one side closes.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;

use super::{Entry, Port, Shared, deliver, lock, route};
use crate::http::{self, Request};

/// Virtual time between the arrival of a request and its answer.
const WORK: SignedDuration = SignedDuration::from_millis(200);

/// How long a read or write waits before it looks whether the server stops.
const PATIENCE: Duration = Duration::from_millis(20);

/// Serves one connection to its end.
pub(super) fn serve(shared: &Arc<Shared>, mut stream: TcpStream, port: Port, number: u64) {
    let prepared = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
        .and_then(|()| stream.set_nodelay(true))
        .and_then(|()| stream.try_clone());
    // A client that is gone already is not an error of the server.
    let Ok(clone) = prepared else { return };
    let _guard = (port == Port::Arxiv).then(|| {
        lock(&shared.open).insert(number, clone);
        Open { shared, number }
    });
    let mut pending = Vec::new();
    while let Ok(Some(request)) = http::read_request(&mut stream, &mut pending, &shared.stop) {
        let kept = match port {
            Port::Arxiv => arxiv(shared, &mut stream, &request, number),
            Port::Clock => {
                let response = route::clock(shared, &request);
                deliver::send(&mut stream, &request, response, &shared.stop)
            }
        };
        if request.closes() || !matches!(kept, Ok(true)) {
            return;
        }
    }
}

/// Takes the connection off the list when its thread ends, however that is.
struct Open<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        drop(lock(&self.shared.open).remove(&self.number));
    }
}

/// Counts a request as being in work.
struct InWork<'a>(&'a Shared);

impl Drop for InWork<'_> {
    fn drop(&mut self) {
        self.0.concurrent.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Logs and answers a request; whether the connection goes on.
fn arxiv(
    shared: &Arc<Shared>,
    stream: &mut TcpStream,
    request: &Request,
    number: u64,
) -> io::Result<bool> {
    let concurrent = shared.concurrent.fetch_add(1, Ordering::SeqCst) + 1;
    let in_work = InWork(shared);
    let connections = open_connections(shared, number);
    let source = route::source(&request.path());
    let (place, cleared, now) = {
        let mut log = lock(&shared.log);
        let (at, now) = shared.clock.advance_by(WORK);
        log.push(Entry {
            at,
            source,
            method: request.method.clone(),
            target: request.target.clone(),
            user_agent: request.header("user-agent").map(str::to_owned),
            status: 0,
            connections,
            concurrent,
        });
        let cleared = shared.cleared.load(Ordering::SeqCst);
        (log.len() - 1, cleared, now)
    };
    let response = route::answer(shared, request, source, now);
    {
        let mut log = lock(&shared.log);
        let same = shared.cleared.load(Ordering::SeqCst) == cleared;
        if let (Some(entry), true) = (log.get_mut(place), same) {
            entry.status = response.status;
        }
    }
    let is_long = matches!(response.body, http::Body::Slow(_) | http::Body::Endless(_));
    if is_long {
        let kept = deliver::send(stream, request, response, &shared.stop);
        drop(in_work);
        return kept;
    }
    // The client may ask again as soon as it has the last byte, so the count falls before that.
    drop(in_work);
    deliver::send(stream, request, response, &shared.stop)
}

/// Connections that their clients have not closed.
///
/// A client that closed one and opened another at once must not be seen with two, so each is
/// asked whether its end has arrived.
fn open_connections(shared: &Shared, own: u64) -> usize {
    let others: Vec<TcpStream> = lock(&shared.open)
        .iter()
        .filter(|(number, _)| **number != own)
        .filter_map(|(_, stream)| stream.try_clone().ok())
        .collect();
    let open = others
        .iter()
        .filter(|stream| match stream.peek(&mut [0]) {
            Ok(count) => count > 0,
            Err(error) => http::is_timeout(&error),
        })
        .count();
    open + 1
}
