//! Which hosts a client may talk to.

use std::net::IpAddr;

use url::{Host, Url};

use crate::FetchError;

/// Parses an address if it is one of this machine: `http` or `https` to a loopback IP address.
///
/// A name does not count, `localhost` included, since a resolver may lead it elsewhere.
pub fn is_loopback_address(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let is_loopback = match url.host()? {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(_) => false,
    };
    (is_web && is_loopback).then_some(url)
}

/// Hosts that a client talks to and follows redirects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedHosts {
    /// `arxiv.org` and its subdomains, over https.
    Arxiv,
    /// Loopback addresses alone, for tests.
    Loopback,
    /// Any host with a public address, over http or https: feeds that a user named. Addresses are
    /// checked when the connection is made, so that a name cannot lead into the user's network.
    Public,
}

impl AllowedHosts {
    /// Whether a request may go there.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        let has_account = !url.username().is_empty() || url.password().is_some();
        if has_account {
            return false;
        }
        match self {
            Self::Arxiv => {
                let host = url.domain().map(str::to_ascii_lowercase);
                let is_arxiv =
                    host.is_some_and(|host| host == "arxiv.org" || host.ends_with(".arxiv.org"));
                is_arxiv && url.scheme() == "https" && url.port_or_known_default() == Some(443)
            }
            Self::Loopback => is_loopback_address(url.as_str()).is_some(),
            Self::Public => {
                let is_public = match url.host() {
                    Some(Host::Ipv4(address)) => crate::is_public(IpAddr::V4(address)),
                    Some(Host::Ipv6(address)) => crate::is_public(IpAddr::V6(address)),
                    Some(Host::Domain(name)) => is_public_name(name),
                    None => false,
                };
                is_public
                    && matches!(url.scheme(), "http" | "https")
                    && matches!(url.port_or_known_default(), Some(80 | 443 | 8080 | 8443))
            }
        }
    }

    /// Parses an address that may be asked.
    ///
    /// # Errors
    /// [`FetchError::Refused`] if it is no address, or one that may not be asked.
    pub fn check(&self, address: &str) -> Result<Url, FetchError> {
        Url::parse(address.trim())
            .ok()
            .filter(|url| self.allow(url))
            .ok_or_else(|| FetchError::Refused {
                address: address
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(200)
                    .collect(),
                expected: self.describe(),
            })
    }

    /// What may be asked, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Arxiv => "https addresses of arxiv.org",
            Self::Loopback => "loopback addresses",
            Self::Public => "public http and https addresses",
        }
    }

    /// Name under which hosts that share a limit keep their pace: all of arXiv is one.
    pub(crate) fn pace_key(url: &Url) -> String {
        let host = url.host_str().unwrap_or("unknown").to_ascii_lowercase();
        if host == "arxiv.org" || host.ends_with(".arxiv.org") {
            return "arxiv.org".to_owned();
        }
        // An address in brackets is no file name everywhere.
        let plain: String = host
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        match url.port() {
            Some(port) => format!("{plain}_{port}"),
            None => plain,
        }
    }
}

/// Name of the service of a host that an address belongs to: its first folder.
pub(crate) fn service_of(url: &Url) -> String {
    let folder = url.path_segments().and_then(|mut parts| parts.next());
    let host = url.host_str().unwrap_or("unknown");
    format!("{host}/{}", folder.unwrap_or(""))
}

/// Names that never leave a machine or a local network are refused before they are looked up.
fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_local = [
        "localhost",
        "local",
        "internal",
        "lan",
        "home.arpa",
        "intranet",
    ]
    .iter()
    .any(|suffix| name == *suffix || name.ends_with(&format!(".{suffix}")));
    name.contains('.') && !is_local
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: &AllowedHosts, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| hosts.allow(&url))
    }

    #[test]
    fn arxiv_means_arxiv() {
        for address in [
            "https://oaipmh.arxiv.org/oai?verb=Identify",
            "https://arxiv.org/list/cs.DC/new",
            "https://export.ARXIV.org/api/query",
        ] {
            assert!(allows(&AllowedHosts::Arxiv, address), "{address}");
        }
        for address in [
            "http://arxiv.org/",
            "https://arxiv.org.example.com/",
            "https://notarxiv.org/",
            "https://arxiv.org:8443/",
            "https://user@arxiv.org/",
            "https://arxiv.org@example.com/",
            "https://127.0.0.1/",
            "file:///etc/passwd",
        ] {
            assert!(!allows(&AllowedHosts::Arxiv, address), "{address}");
        }
    }

    #[test]
    fn feeds_stay_out_of_the_users_network() {
        for address in [
            "http://127.0.0.1/feed",
            "http://127.1/feed",
            "http://0x7f000001/feed",
            "http://2130706433/feed",
            "http://0177.0.0.1/",
            "http://[::1]/feed",
            "http://[::ffff:127.0.0.1]/feed",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.0.1/",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://[fc00::1]/",
            "http://[fe80::1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://localhost/",
            "http://localhost./",
            "http://printer.local/",
            "http://intranet/",
            "http://metadata.google.internal/",
            "https://user:secret@example.org/feed",
            "https://example.org:22/",
            "ftp://example.org/feed",
            "file:///etc/passwd",
            "gopher://example.org/",
        ] {
            assert!(!allows(&AllowedHosts::Public, address), "{address}");
        }
        for address in [
            "https://www.nature.com/nature.rss",
            "http://93.184.216.34/feed",
        ] {
            assert!(allows(&AllowedHosts::Public, address), "{address}");
        }
    }

    #[test]
    fn all_of_arxiv_keeps_one_pace() {
        let key = |address: &str| AllowedHosts::pace_key(&Url::parse(address).unwrap());
        assert_eq!(
            key("https://oaipmh.arxiv.org/oai"),
            key("https://rss.arxiv.org/rss/cs.DC")
        );
        assert_eq!(key("http://[::1]:80/"), "___1_");
        assert_eq!(key("http://127.0.0.1:4040/"), "127.0.0.1_4040");
        assert_ne!(key("http://127.0.0.1:4040/"), key("http://127.0.0.1:4041/"));
    }
}
