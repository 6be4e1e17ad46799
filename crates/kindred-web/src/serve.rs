//! Listening, and one task a connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::error::ServeError;
use crate::guard::{Hosts, guard};
use crate::options::{Limits, ServeOptions};
use crate::signed::MAX_BODY;
use crate::{api, assets, pages};

/// How often it is looked whether the server is to end.
const LOOK: Duration = Duration::from_millis(50);
/// How long requests and jobs have to end after that.
const FAREWELL: Duration = Duration::from_secs(5);

/// A server that listens already.
#[derive(Debug)]
pub struct Server {
    listener: std::net::TcpListener,
    address: SocketAddr,
    app: Arc<App>,
}

impl Server {
    /// Opens the library and listens.
    ///
    /// # Errors
    /// [`ServeError::Remote`] if the address is not of this machine alone and that was not allowed,
    /// [`ServeError::Listen`] if it is taken, [`ServeError::Token`],
    /// [`ServeError::Engine`] if the library cannot be opened.
    pub fn bind(options: ServeOptions) -> Result<Self, ServeError> {
        let wanted = options.address;
        if !wanted.ip().is_loopback() && !options.allow_remote {
            return Err(ServeError::Remote { address: wanted });
        }
        let listen = |source| ServeError::Listen {
            address: wanted,
            source,
        };
        let listener = std::net::TcpListener::bind(wanted).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let hosts = Hosts::new(address, &options.names, options.allow_remote);
        let app = App::new(options, hosts)?;
        Ok(Self {
            listener,
            address,
            app,
        })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address to open in a browser.
    pub fn url(&self) -> String {
        let ip = self.address.ip();
        if ip.is_unspecified() {
            format!("http://127.0.0.1:{}/", self.address.port())
        } else {
            format!("http://{}/", self.address)
        }
    }

    /// Whether other machines may ask, so that every request has to carry the token.
    pub fn is_remote(&self) -> bool {
        self.app.hosts.is_remote
    }

    /// Returns the token that changes, and on other machines all requests, have to carry.
    pub fn token(&self) -> &str {
        self.app.token.as_str()
    }

    /// Answers requests until `stop` is set; then lets those that run and the job that runs end,
    /// for some seconds.
    ///
    /// # Errors
    /// [`ServeError::Runtime`] if the threads cannot be started.
    pub fn run(self, stop: &AtomicBool) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_io()
            .enable_time()
            .thread_name("kindred-web")
            .build()
            .map_err(ServeError::Runtime)?;
        let app = Arc::clone(&self.app);
        let ended = runtime.block_on(accept(self, stop));
        if let Some(job) = app.jobs.running() {
            let ending = async {
                let mut watch = job.watch();
                watch
                    .wait_for(|status| status.state != crate::job::State::Running)
                    .await
                    .is_ok()
            };
            runtime.block_on(async { tokio::time::timeout(FAREWELL, ending).await.ok() });
        }
        runtime.shutdown_timeout(FAREWELL);
        ended
    }
}

/// All routes behind the guard.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(pages::router())
        .merge(assets::router())
        .nest("/api/v1", api::router())
        .nest("/api/map", api::map::router())
        .method_not_allowed_fallback(pages::wrong_method)
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::custom(pages::panicked))
        .layer(from_fn_with_state(Arc::clone(&app), guard))
        .with_state(app)
}

/// The answer for a path that is not there.
async fn not_found(uri: Uri) -> Response {
    if api::has(uri.path()) {
        api::not_found().await
    } else {
        pages::not_found()
    }
}

async fn accept(server: Server, stop: &AtomicBool) -> Result<(), ServeError> {
    let listener = TcpListener::from_std(server.listener).map_err(ServeError::Runtime)?;
    let limits = server.app.options.limits.clone();
    let places = Arc::new(Semaphore::new(limits.connections));
    let app = Arc::clone(&server.app);
    let router = router(server.app);
    let open = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.expect("it is never closed"),
            () = stopped(stop) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(stop) => break,
        };
        let Ok((stream, _)) = accepted else {
            // The peer went away, or files ran out: the next one may be fine.
            tokio::time::sleep(LOOK).await;
            continue;
        };
        stream.set_nodelay(true).ok();
        let service = TowerToHyperService::new(router.clone());
        let head = head_time(&limits, places.available_permits());
        let connection = connection(head).serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            // What goes wrong on a connection is the peer's matter.
            connection.await.ok();
            drop(place);
        });
    }
    drop(listener);
    if let Some(job) = app.jobs.running() {
        job.stop();
    }
    // Idle connections are closed at once, others when they have got their answer.
    tokio::time::timeout(FAREWELL, open.shutdown()).await.ok();
    Ok(())
}

fn connection(head: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(64 * 1024)
        .keep_alive(true);
    builder
}

/// How long a new connection may take over the head of a request: the fewer places are left, the
/// shorter, so that those who hold connections and ask nothing cannot keep others out for long.
fn head_time(limits: &Limits, free: usize) -> Duration {
    if free >= limits.connections / 2 {
        limits.head
    } else if free >= limits.connections / 4 {
        limits.head / 5
    } else {
        limits.head / 20
    }
}

async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests;
