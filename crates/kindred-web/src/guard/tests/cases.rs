//! Requests by name, origin, kind and token, and what becomes of them.

/// A request to the desk at 127.0.0.1:4747, and what becomes of it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) target: &'static str,
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// Whether the token is sent in the API's header.
    pub(super) has_token: bool,
    pub(super) status: u16,
}

const HOST: (&str, &str) = ("host", "127.0.0.1:4747");
const JSON: (&str, &str) = ("content-type", "application/json");
const OWN: (&str, &str) = ("origin", "http://127.0.0.1:4747");
pub(super) const RATE: &str = "/api/v1/sets/exoplanets/ratings";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

const fn get(
    name: &'static str,
    target: &'static str,
    headers: &'static [(&'static str, &'static str)],
    status: u16,
) -> Case {
    Case {
        name,
        method: "GET",
        target,
        headers,
        has_token: false,
        status,
    }
}

const fn change(
    name: &'static str,
    headers: &'static [(&'static str, &'static str)],
    status: u16,
) -> Case {
    Case {
        name,
        method: "POST",
        target: RATE,
        headers,
        has_token: true,
        status,
    }
}

const fn bare(
    name: &'static str,
    target: &'static str,
    headers: &'static [(&'static str, &'static str)],
    status: u16,
) -> Case {
    Case {
        has_token: false,
        target,
        ..change(name, headers, status)
    }
}

pub(super) const CASES: [Case; 52] = [
    get("own name", "/", &[HOST], 200),
    get(
        "own name, absolute address",
        "http://127.0.0.1:4747/",
        &[HOST],
        200,
    ),
    get("another name", "/", &[("host", "evil.example:4747")], 421),
    get(
        "a name that begins with ours",
        "/",
        &[("host", "localhost.evil.example:4747")],
        421,
    ),
    get(
        "a name that ends with ours",
        "/",
        &[("host", "evil-localhost:4747")],
        421,
    ),
    get(
        "a name that resolves here",
        "/",
        &[("host", "127.0.0.1.nip.example:4747")],
        421,
    ),
    get("every address", "/", &[("host", "0.0.0.0:4747")], 421),
    get("a short address", "/", &[("host", "127.1:4747")], 421),
    get("a number", "/", &[("host", "2130706433:4747")], 421),
    get(
        "IPv4 in IPv6",
        "/",
        &[("host", "[::ffff:127.0.0.1]:4747")],
        421,
    ),
    get("another port", "/", &[("host", "127.0.0.1:4748")], 421),
    get("no port", "/", &[("host", "127.0.0.1")], 421),
    get("a longer port", "/", &[("host", "127.0.0.1:47470")], 421),
    get("two ports", "/", &[("host", "127.0.0.1:4747:4747")], 421),
    get(
        "a port with a sign",
        "/",
        &[("host", "127.0.0.1:+4747")],
        421,
    ),
    get(
        "a name behind the port",
        "/",
        &[("host", "127.0.0.1:4747@evil.example")],
        421,
    ),
    get(
        "a user before the name",
        "/",
        &[("host", "x@127.0.0.1:4747")],
        421,
    ),
    get(
        "a path in the name",
        "/",
        &[("host", "127.0.0.1:4747/")],
        421,
    ),
    get(
        "a dot behind the name",
        "/",
        &[("host", "localhost.:4747")],
        421,
    ),
    get("an empty name", "/", &[("host", "")], 421),
    get("two names", "/", &[HOST, ("host", "evil.example")], 421),
    get("the same name twice", "/", &[HOST, HOST], 421),
    get(
        "another name in the address",
        "http://evil.example/",
        &[HOST],
        421,
    ),
    get(
        "a link on another site",
        "/",
        &[HOST, ("sec-fetch-site", "cross-site")],
        200,
    ),
    get(
        "an image on another site",
        "/doctor",
        &[
            HOST,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "no-cors"),
            ("sec-fetch-dest", "image"),
        ],
        403,
    ),
    get(
        "a frame on another port of this machine",
        "/",
        &[
            HOST,
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "iframe"),
        ],
        403,
    ),
    get(
        "an image of a page of its own",
        "/assets/icon.svg",
        &[
            HOST,
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "no-cors"),
            ("sec-fetch-dest", "image"),
        ],
        200,
    ),
    get(
        "asked from another site",
        "/api/v1/sets",
        &[HOST, ("sec-fetch-site", "cross-site")],
        403,
    ),
    get(
        "asked from no origin",
        "/api/v1/sets",
        &[HOST, ("origin", "null")],
        403,
    ),
    get(
        "an upgrade",
        "/",
        &[HOST, ("connection", "upgrade"), ("upgrade", "websocket")],
        200,
    ),
    get("a change by GET", RATE, &[HOST, OWN], 405),
    change("with all that it needs", &[HOST, JSON, OWN], 400),
    change("a program's, without an origin", &[HOST, JSON], 400),
    change(
        "from another name",
        &[("host", "evil.example:4747"), JSON, OWN],
        421,
    ),
    change("as a form", &[HOST, FORM, OWN], 403),
    change(
        "as text, which needs no preflight",
        &[HOST, ("content-type", "text/plain"), OWN],
        403,
    ),
    change(
        "as JSON in text",
        &[HOST, ("content-type", "text/plain; application/json")],
        403,
    ),
    change("without a kind", &[HOST, OWN], 403),
    change("from no origin", &[HOST, JSON, ("origin", "null")], 403),
    change(
        "from another port",
        &[HOST, JSON, ("origin", "http://127.0.0.1:8080")],
        403,
    ),
    change(
        "from another scheme",
        &[HOST, JSON, ("origin", "https://127.0.0.1:4747")],
        403,
    ),
    change(
        "from another site",
        &[HOST, JSON, ("origin", "http://evil.example")],
        403,
    ),
    change(
        "from a like site",
        &[HOST, JSON, ("origin", "http://127.0.0.1:4747.evil.example")],
        403,
    ),
    change(
        "across sites",
        &[HOST, JSON, ("sec-fetch-site", "cross-site")],
        403,
    ),
    change(
        "on the same site",
        &[HOST, JSON, ("sec-fetch-site", "same-site")],
        403,
    ),
    bare("without the token", RATE, &[HOST, JSON, OWN], 403),
    bare(
        "with an empty token",
        RATE,
        &[HOST, JSON, ("x-kindred-token", "")],
        403,
    ),
    bare(
        "with a wrong token",
        RATE,
        &[
            HOST,
            JSON,
            (
                "x-kindred-token",
                "0123456789abcdef0123456789abcdef0123456789abcdef",
            ),
        ],
        403,
    ),
    bare(
        "with a token in the cookie",
        RATE,
        &[HOST, JSON, OWN, ("cookie", "kindred_session=0123")],
        403,
    ),
    bare(
        "a form of another site",
        "/rate",
        &[HOST, FORM, ("origin", "http://evil.example")],
        403,
    ),
    bare("a form of nowhere", "/rate", &[HOST, FORM], 403),
    bare("a form without the token", "/rate", &[HOST, FORM, OWN], 403),
];
