//! Who may ask: names that a request may call this server by, origins that may change something,
//! and the headers that bind every answer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::error::{ApiError, Failure};
use crate::timely::timely;
use crate::view::link;
use crate::{api, pages};

/// Nothing but what this server sends; no inline script, no inline style, no frame.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";
/// Header that carries the token of API clients.
pub(crate) const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-kindred-token");
/// Cookie that carries the token of browsers on other machines.
pub(crate) const SESSION: &str = "kindred_session";

/// The names by which requests may call this server.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    names: Vec<Name>,
    /// Whether other machines may ask, so that every request has to show the token.
    pub(crate) is_remote: bool,
}

/// A name with the port that goes with it.
#[derive(Debug, Clone)]
struct Name {
    host: String,
    port: u16,
    /// Whether it was given, so that a proxy may stand before it that encrypts.
    is_given: bool,
}

impl Hosts {
    /// Takes further names with the port that clients use, behind a tunnel or a proxy, or without:
    /// then it is that of the address.
    pub(crate) fn new(address: SocketAddr, further: &[String], allow_remote: bool) -> Self {
        let is_loopback = address.ip().is_loopback();
        let own = |host: String| Name {
            host,
            port: address.port(),
            is_given: false,
        };
        let mut names: Vec<Name> = ["localhost", "127.0.0.1", "[::1]"]
            .map(|host| own(host.to_owned()))
            .into();
        if !is_loopback && !address.ip().is_unspecified() {
            names.push(own(match address.ip() {
                std::net::IpAddr::V4(ip) => ip.to_string(),
                std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            }));
        }
        names.extend(further.iter().map(|name| {
            let name = name.to_ascii_lowercase();
            let (host, port) = divided(&name);
            Name {
                host: host.to_owned(),
                port: port
                    .and_then(|port| port.parse().ok())
                    .unwrap_or(address.port()),
                is_given: true,
            }
        }));
        Self {
            names,
            is_remote: allow_remote || !is_loopback,
        }
    }

    /// Whether `host`, a name with or without a port, is this server.
    fn has(&self, host: &str) -> bool {
        self.named(host).is_some()
    }

    fn named(&self, host: &str) -> Option<&Name> {
        let host = host.to_ascii_lowercase();
        let (name, port) = divided(&host);
        self.names.iter().find(|known| {
            known.host == name
                && match port {
                    Some(port) => port == known.port.to_string(),
                    // Browsers leave out the ports that http and https have anyway.
                    None => [80, 443].contains(&known.port),
                }
        })
    }

    fn has_origin(&self, origin: &str) -> bool {
        let bare = origin.strip_prefix("http://");
        let encrypted = origin.strip_prefix("https://");
        bare.is_some_and(|host| self.has(host))
            || encrypted
                .and_then(|host| self.named(host))
                .is_some_and(|name| name.is_given)
    }
}

/// A name and the port after it, as text.
fn divided(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        Some(_) | None => (host, None),
    }
}

/// Checks a request before anything reads it, and puts the headers on every answer.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let is_api = api::has(request.uri().path());
    let response = match check(&app, &request) {
        Ok(()) if request.method() == Method::POST => {
            let limit = app.options.limits.body;
            next.run(timely(request, limit)).await
        }
        Ok(()) => next.run(request).await,
        Err(Refusal::Method(method)) => wrong_method(method, is_api),
        Err(Refusal::Misdirected) => misdirected(),
        Err(Refusal::Enter) => enter(&request),
        Err(Refusal::Failure(failure)) if is_api => ApiError(failure).into_response(),
        Err(Refusal::Failure(failure)) => pages::bare_failure(&failure),
    };
    with_headers(response)
}

/// Leads to the page that asks for the token, and from there to the page that was wanted.
fn enter(request: &Request) -> Response {
    let wanted = match request.method() {
        &Method::GET | &Method::HEAD => request.uri().path_and_query(),
        // What only forms are sent to is no page.
        _ => None,
    };
    let wanted = wanted.map_or("/", axum::http::uri::PathAndQuery::as_str);
    Redirect::to(&link::enter(wanted)).into_response()
}

/// Why a request goes no further.
enum Refusal {
    /// It is not meant for this server.
    Misdirected,
    /// A browser has to show the token first.
    Enter,
    /// Nothing here is asked by this method.
    Method(Method),
    /// Anything else.
    Failure(Failure),
}

fn check(app: &App, request: &Request) -> Result<(), Refusal> {
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        _ => None,
    };
    let named = request
        .uri()
        .authority()
        .map(axum::http::uri::Authority::as_str);
    let is_ours = host.is_some_and(|host| app.hosts.has(host))
        && named.is_none_or(|named| app.hosts.has(named));
    if !is_ours {
        return Err(Refusal::Misdirected);
    }
    let path = request.uri().path();
    let is_api = api::has(path);
    let token = token_of(headers);
    if app.hosts.is_remote && !is_open(path) {
        let session = cookie(headers, SESSION);
        let shows_it = [token, session]
            .into_iter()
            .flatten()
            .any(|text| app.token.is(text));
        if !shows_it {
            return Err(if is_api {
                Refusal::Failure(Failure::Forbidden(
                    "expected the token of this server in `Authorization: Bearer` or \
                     `X-Kindred-Token`",
                ))
            } else {
                Refusal::Enter
            });
        }
    }
    match request.method() {
        &Method::GET | &Method::HEAD if is_api => check_origin(app, headers),
        &Method::GET | &Method::HEAD => check_page(headers),
        &Method::POST if is_api => check_api(app, headers, token),
        &Method::POST => check_form(app, headers),
        other => Err(Refusal::Method(other.clone())),
    }
}

/// Paths that a browser needs before it has shown the token.
fn is_open(path: &str) -> bool {
    path == "/enter" || path.starts_with("/assets/")
}

/// Links may lead here from everywhere. What a page of another site loads by itself, as an image for
/// example, it has nothing to do with: some pages cost seconds to make.
fn check_page(headers: &HeaderMap) -> Result<(), Refusal> {
    let is = |name: &str, expected: &str| headers.get(name).is_none_or(|value| value == expected);
    let is_visit = is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document");
    if is_visit || is_same_site(headers).unwrap_or(true) {
        Ok(())
    } else {
        let why = "a page of another site asks for it";
        Err(Refusal::Failure(Failure::Forbidden(why)))
    }
}

/// Programs name no origin; a page of another site has nothing to ask the API, not even what it
/// could not read.
fn check_origin(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    let origin = text(headers, &header::ORIGIN);
    let has_origin = headers.contains_key(header::ORIGIN);
    let is_ours = origin.map_or(!has_origin, |origin| app.hosts.has_origin(origin));
    if is_ours && is_same_site(headers).unwrap_or(true) {
        Ok(())
    } else {
        let why = "the request comes from a page of another site";
        Err(Refusal::Failure(Failure::Forbidden(why)))
    }
}

fn check_api(app: &App, headers: &HeaderMap, token: Option<&str>) -> Result<(), Refusal> {
    let refuse = |why| Err(Refusal::Failure(Failure::Forbidden(why)));
    check_origin(app, headers)?;
    let kind = text(headers, &header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return refuse("expected `Content-Type: application/json`");
    }
    if token.is_some_and(|token| app.token.is(token)) {
        Ok(())
    } else {
        refuse("expected the token of this server, page.token in the library, in `X-Kindred-Token`")
    }
}

/// Forms carry the token in a field, which is checked where they are read ([`crate::signed`]).
fn check_form(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    let is_told = headers.contains_key(header::ORIGIN) || is_same_site(headers).is_some();
    if is_told && check_origin(app, headers).is_ok() {
        Ok(())
    } else {
        Err(Refusal::Failure(Failure::Forbidden(
            "the form was not sent by a page of this server",
        )))
    }
}

/// What the browser says of where a request comes from, if it says anything.
fn is_same_site(headers: &HeaderMap) -> Option<bool> {
    headers
        .get("sec-fetch-site")
        .map(|site| site == "same-origin" || site == "none")
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    text(headers, &TOKEN_HEADER).or_else(|| {
        let authorization = text(headers, &header::AUTHORIZATION)?;
        authorization.strip_prefix("Bearer ")
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// The answer to a method that nothing here is asked by; `OPTIONS` among them, so that no page of
/// another site is ever told that it may ask.
fn wrong_method(method: Method, is_api: bool) -> Response {
    let failure = Failure::Method { method };
    let mut response = if is_api {
        ApiError(failure).into_response()
    } else {
        pages::bare_failure(&failure)
    };
    let allowed = HeaderValue::from_static("GET, HEAD, POST");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

fn misdirected() -> Response {
    let text = "this is not the server that the request names; open it as http://127.0.0.1 or \
                http://localhost with its port, or start it with --name and the name and port \
                that the browser shows\n";
    (StatusCode::MISDIRECTED_REQUEST, text).into_response()
}

fn with_headers(mut response: Response<Body>) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests;
