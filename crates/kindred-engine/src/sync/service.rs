//! Where arXiv's services are.

use kindred_fetch::{AllowedHosts, FetchError, is_loopback_address};
use url::Url;

/// Addresses of the services that a sync asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub(crate) oai: Url,
    pub(crate) feed: Url,
    pub(crate) query: Url,
    is_loopback: bool,
}

impl Service {
    /// arXiv itself.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the addresses are constants and well-formed"
    )]
    pub fn arxiv() -> Self {
        let url = |text: &str| Url::parse(text).expect("addresses of arXiv are well-formed");
        Self {
            oai: url("https://oaipmh.arxiv.org/oai"),
            feed: url("https://rss.arxiv.org/"),
            query: url("https://export.arxiv.org/api/query"),
            is_loopback: false,
        }
    }

    /// A service of this machine in its place, for tests: the addresses of OAI-PMH, of the feeds
    /// (without `rss/…`) and of the query service.
    ///
    /// # Errors
    /// [`FetchError::NotLoopback`] for an address elsewhere.
    pub fn on_loopback(oai: &str, feed: &str, query: &str) -> Result<Self, FetchError> {
        let url = |text: &str| {
            is_loopback_address(text).ok_or_else(|| FetchError::NotLoopback {
                address: text.to_owned(),
            })
        };
        Ok(Self {
            oai: url(oai)?,
            feed: url(feed)?,
            query: url(query)?,
            is_loopback: true,
        })
    }

    /// Hosts that a client of the service may ask.
    pub fn hosts(&self) -> AllowedHosts {
        if self.is_loopback {
            AllowedHosts::Loopback
        } else {
            AllowedHosts::Arxiv
        }
    }

    /// Hosts of feeds that the user names.
    pub fn other_hosts(&self) -> AllowedHosts {
        if self.is_loopback {
            AllowedHosts::Loopback
        } else {
            AllowedHosts::Public
        }
    }

    /// Returns the address of a request to OAI-PMH.
    pub(crate) fn oai_request(&self, arguments: &[(&str, &str)]) -> Url {
        let mut url = self.oai.clone();
        url.query_pairs_mut().extend_pairs(arguments);
        url
    }

    /// Returns the address of the feed of some categories.
    pub(crate) fn feed_of(&self, categories: &[&str]) -> Url {
        let mut url = self.feed.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["rss", &categories.join("+")]);
        }
        url
    }

    /// Returns the address of a query.
    pub(crate) fn query_request(&self, arguments: &[(&str, &str)]) -> Url {
        let mut url = self.query.clone();
        url.query_pairs_mut().extend_pairs(arguments);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_well_formed() {
        let service = Service::arxiv();
        let url = service.oai_request(&[("verb", "ListRecords"), ("resumptionToken", "a%3D1&b")]);
        assert_eq!(
            url.as_str(),
            "https://oaipmh.arxiv.org/oai?verb=ListRecords&resumptionToken=a%253D1%26b"
        );
        assert_eq!(
            service.feed_of(&["cs.DC", "stat.ML"]).as_str(),
            "https://rss.arxiv.org/rss/cs.DC+stat.ML"
        );
    }

    #[test]
    fn only_this_machine_can_stand_in() {
        let here = "http://127.0.0.1:1/";
        assert!(Service::on_loopback(here, here, here).is_ok());
        for other in [
            "https://export.arxiv.org/oai2",
            "http://localhost:1/",
            "file:///x",
        ] {
            assert!(Service::on_loopback(other, here, here).is_err());
            assert!(Service::on_loopback(here, other, here).is_err());
            assert!(Service::on_loopback(here, here, other).is_err());
        }
    }
}
