//! One request and its answer, within time and size.

use std::io::{self, Read};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use ureq::http::{HeaderMap, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Proxy};
use url::Url;

use crate::hosts::AllowedHosts;
use crate::{ClientOptions, FetchError, is_public};

/// Decompressed bytes for each compressed byte beyond which a body is taken for a bomb.
const EXPANSION: u64 = 100;
/// Decompressed bytes up to which the expansion is not looked at.
const EXPANSION_FLOOR: u64 = 4 << 20;
const CHUNK: usize = 64 * 1024;
/// Time between two looks at whether the work was stopped.
const LOOK: Duration = Duration::from_millis(50);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) date: Option<String>,
    /// Seconds that a cache has had it.
    pub(crate) age: i64,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Asking again later may help, and the service may be under pressure.
    Broken(String),
    /// The network between here and there is at fault.
    Network(FetchError),
    /// Asking again does not help.
    Final(FetchError),
    Stopped,
}

/// Makes requests to allowed hosts; keeps no connection open between two of them.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    agent: Agent,
    proxy: Option<Proxy>,
    hosts: AllowedHosts,
    body_bytes: u64,
}

impl Transport {
    pub(crate) fn new(options: &ClientOptions, user_agent: &str) -> Self {
        let proxy = match options.hosts {
            AllowedHosts::Arxiv => Proxy::try_from_env(),
            // A proxy would look names up by itself, out of reach of the check of addresses.
            AllowedHosts::Loopback | AllowedHosts::Public => None,
        };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy.clone())
            .tls_config(tls)
            .user_agent(user_agent)
            .accept(
                "application/xml, text/xml, application/atom+xml, application/rss+xml, */*;q=0.1",
            )
            .accept_encoding("gzip")
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .timeout_connect(Some(options.deadline.min(Duration::from_secs(30))))
            .timeout_global(Some(options.deadline))
            .build();
        let agent = if options.hosts == AllowedHosts::Public {
            Agent::with_parts(
                config,
                DefaultConnector::default(),
                PublicResolver::default(),
            )
        } else {
            Agent::new_with_config(config)
        };
        Self {
            agent,
            proxy,
            hosts: options.hosts.clone(),
            body_bytes: options.body_bytes,
        }
    }

    pub(crate) fn hosts(&self) -> &AllowedHosts {
        &self.hosts
    }

    /// Asks once. The request runs on a thread of its own, so that stopping never waits for a
    /// service.
    pub(crate) fn get(&self, url: &Url, stop: &dyn Fn() -> bool) -> Result<Raw, Failure> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let transport = self.clone();
        let target = url.clone();
        std::thread::spawn(move || sender.send(transport.ask(&target)).ok());
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if stop() => return Err(Failure::Stopped),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Broken(
                        "the request ended without an answer".to_owned(),
                    ));
                }
            }
        }
    }

    fn ask(&self, url: &Url) -> Result<Raw, Failure> {
        let request = self.agent.get(url.as_str()).header("Connection", "close");
        let answer = request.call().map_err(|error| self.failure(url, error))?;
        let (head, body) = answer.into_parts();
        let text = |name: &str| header(&head.headers, name);
        let is_gzip = text("content-encoding").is_some_and(|coding| {
            let coding = coding.to_ascii_lowercase();
            coding == "gzip" || coding == "x-gzip"
        });
        let mut answer = Raw {
            status: head.status.as_u16(),
            location: text("location"),
            retry_after: text("retry-after"),
            date: text("date"),
            age: text("age")
                .and_then(|age| age.trim().parse().ok())
                .unwrap_or(0),
            body: Vec::new(),
        };
        // Of anything else the status says it all, and must be heard whatever the body is like.
        if !matches!(answer.status, 200 | 400) {
            return Ok(answer);
        }
        let mut raw = Counted {
            inner: body.into_reader(),
            bytes: 0,
        };
        let mut bytes = Vec::new();
        if is_gzip {
            let mut decoder = MultiGzDecoder::new(raw);
            self.read(
                url,
                &mut decoder,
                |decoder| Some(decoder.get_ref().bytes),
                &mut bytes,
            )?;
        } else {
            self.read(url, &mut raw, |_| None, &mut bytes)?;
        }
        answer.body = bytes;
        Ok(answer)
    }

    /// Reads a body to its end, within its size; `packed` tells how many bytes came in for it.
    fn read<R: Read>(
        &self,
        url: &Url,
        reader: &mut R,
        packed: impl Fn(&R) -> Option<u64>,
        body: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let too_large = |found: String, limit: String| {
            Failure::Final(FetchError::TooLarge {
                host: host_of(url),
                found,
                limit,
            })
        };
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = match reader.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.body_failure(url, error)),
            };
            body.extend_from_slice(&chunk[..count]);
            let length = body.len() as u64;
            if length > self.body_bytes {
                let limit = format!("{} bytes", self.body_bytes);
                return Err(too_large(format!("more than {length} bytes"), limit));
            }
            if let Some(packed) = packed(reader)
                && length > EXPANSION_FLOOR
                && length / packed.max(1) > EXPANSION
            {
                return Err(too_large(
                    format!("{length} bytes from {packed} compressed ones"),
                    format!("{EXPANSION} for each compressed one"),
                ));
            }
        }
    }

    fn body_failure(&self, url: &Url, error: io::Error) -> Failure {
        if error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<ureq::Error>)
        {
            return self.failure(url, ureq::Error::from(error));
        }
        Failure::Broken(format!("the answer broke off: {error}"))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library may add errors; they are all broken answers"
    )]
    fn failure(&self, url: &Url, error: ureq::Error) -> Failure {
        let host = host_of(url);
        let proxy = self.proxy.as_ref().filter(|proxy| {
            let uri: Option<Uri> = url.as_str().parse().ok();
            uri.is_none_or(|uri| !proxy.is_no_proxy(&uri))
        });
        let proxy_failure = |detail: String| {
            proxy.map(|proxy| {
                let proxy = format!("{}:{}", proxy.host(), proxy.port());
                let host = host.clone();
                Failure::Network(FetchError::Proxy {
                    proxy,
                    host,
                    detail,
                })
            })
        };
        let detail = error.to_string();
        match error {
            ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
                proxy_failure(detail.clone()).unwrap_or(Failure::Broken(detail))
            }
            ureq::Error::HostNotFound => proxy_failure(detail.clone())
                .unwrap_or(Failure::Network(FetchError::HostNotFound { host, detail })),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
                Failure::Network(FetchError::Tls { host, detail })
            }
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                let detail = format!("no answer in time ({detail})");
                proxy_failure(detail.clone())
                    .unwrap_or(Failure::Network(FetchError::Connect { host, detail }))
            }
            ureq::Error::Timeout(_) => {
                Failure::Broken("the answer was not complete in time".to_owned())
            }
            ureq::Error::Io(error) => match io_failure(&error) {
                IoFailure::Tls => Failure::Network(FetchError::Tls { host, detail }),
                IoFailure::Lookup => proxy_failure(detail.clone())
                    .unwrap_or(Failure::Network(FetchError::HostNotFound { host, detail })),
                IoFailure::Connect => proxy_failure(detail.clone())
                    .unwrap_or(Failure::Network(FetchError::Connect { host, detail })),
                IoFailure::Other => Failure::Broken(format!("the answer broke off: {error}")),
            },
            ureq::Error::Other(error) if error.is::<PrivateAddress>() => {
                Failure::Final(FetchError::Refused {
                    address: url.to_string(),
                    expected: AllowedHosts::Public.describe(),
                })
            }
            _ => Failure::Broken(format!("the answer is not HTTP as expected: {detail}")),
        }
    }
}

enum IoFailure {
    Tls,
    Lookup,
    Connect,
    Other,
}

fn io_failure(error: &io::Error) -> IoFailure {
    use io::ErrorKind;

    if error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
    {
        return IoFailure::Tls;
    }
    // The standard library has no kind of its own for names that cannot be looked up.
    if error.to_string().contains("lookup address") {
        return IoFailure::Lookup;
    }
    let is_connect = matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
            | ErrorKind::PermissionDenied
    );
    if is_connect {
        IoFailure::Connect
    } else {
        IoFailure::Other
    }
}

pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("unknown");
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    value.to_str().ok().map(str::to_owned)
}

struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

/// A name led to an address outside of the public internet.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to the private address {0}")]
struct PrivateAddress(IpAddr);

/// Looks names up and refuses those that lead into private networks. The connection is made to
/// the very addresses that were checked, so a second answer of the name server changes nothing.
#[derive(Debug, Default)]
struct PublicResolver {
    inner: DefaultResolver,
}

impl Resolver for PublicResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        match found.iter().find(|address| !is_public(address.ip())) {
            Some(address) => Err(ureq::Error::Other(Box::new(PrivateAddress(address.ip())))),
            None => Ok(found),
        }
    }
}
