//! What an item of a feed is told by.

use kindred_core::{PaperId, Version, VersionedId};

use crate::RecordError;
use crate::reference::identify::{find_arxiv, find_doi, normal_doi};

/// Longest id, in bytes, by the rules of [`PaperId`].
const MAX_ID_BYTES: usize = 256;
/// What publishers put behind a DOI in the address of a page.
const PAGES: [&str; 10] = [
    "/full",
    "/abstract",
    "/fulltext",
    "/pdf",
    "/epdf",
    "/meta",
    "/html",
    ".full",
    ".abstract",
    ".pdf",
];
/// Hosts whose addresses name the version behind the DOI.
const VERSIONED_HOSTS: [&str; 2] = ["biorxiv.org", "medrxiv.org"];

/// Where an item may name its DOI, and its addresses, the most trusted first.
pub(super) struct Identity {
    pub(super) dois: Vec<String>,
    pub(super) links: Vec<String>,
}

/// What was found.
pub(super) struct Found {
    pub(super) id: VersionedId,
    pub(super) doi: Option<String>,
    pub(super) version: u16,
}

impl Identity {
    /// Finds the id: a DOI, an arXiv id, or the link.
    pub(super) fn resolve(&self) -> Result<Found, RecordError> {
        let addresses = || self.links.iter().map(|link| link.trim());
        let of_address = addresses().find_map(doi_of_address);
        let version = of_address
            .as_ref()
            .map_or(Version::UNKNOWN, |(_, version)| *version);
        let named = self.dois.iter().find_map(|text| named_doi(text));
        let doi = named.or(of_address.map(|(doi, _)| doi));
        let of_doi = doi.as_deref().and_then(|doi| {
            let id = format!("doi:{doi}").parse::<VersionedId>().ok()?;
            Some(Found {
                id,
                doi: Some(doi.to_owned()),
                version,
            })
        });
        if let Some(found) = of_doi {
            return Ok(found);
        }
        let unversioned = |id| Found {
            id: VersionedId { id, version: None },
            doi: doi.clone(),
            version: Version::UNKNOWN,
        };
        if let Some(id) = addresses().find_map(find_arxiv) {
            return Ok(unversioned(id));
        }
        let link = addresses().find(|link| !link.is_empty());
        let link = link.ok_or(RecordError::Missing { field: "id" })?;
        Ok(unversioned(link_id(link)?))
    }
}

/// The DOI of a text that says it is one.
fn named_doi(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with("10.") {
        normal_doi(text)
    } else {
        find_doi(text)
    }
}

/// The DOI in the path of an address, and the version behind it where the site writes one.
fn doi_of_address(address: &str) -> Option<(String, u16)> {
    let path = address.split(['?', '#']).next()?;
    let start = path
        .find("/10.")
        .map(|at| at + 1)
        .or_else(|| path.to_ascii_lowercase().find("doi:10.").map(|at| at + 4))
        .or_else(|| path.find("%2F10.").map(|at| at + 3))
        .or_else(|| path.starts_with("10.").then_some(0))?;
    let mut doi = normal_doi(&path[start..])?;
    while let Some(rest) = PAGES.iter().find_map(|page| doi.strip_suffix(page)) {
        doi = rest.to_owned();
    }
    let doi = doi.trim_end_matches('/').to_owned();
    let host = path[..start].to_ascii_lowercase();
    if VERSIONED_HOSTS.iter().any(|known| host.contains(known))
        && let Some((bare, number)) = doi.rsplit_once('v')
        && let Ok(number) = number.parse::<u16>()
        && bare.ends_with(|c: char| c.is_ascii_digit())
    {
        return Some((bare.to_owned(), number));
    }
    Some((doi, Version::UNKNOWN))
}

/// An id made of an address: without its fragment and the parameters that count readers, what no
/// id may hold percent-encoded. An address too long for an id is known by its hash.
fn link_id(address: &str) -> Result<PaperId, RecordError> {
    let bare = address.split('#').next().unwrap_or("");
    let (path, query) = bare.split_once('?').unwrap_or((bare, ""));
    let kept: Vec<&str> = query
        .split('&')
        .filter(|part| !part.is_empty() && !part.to_ascii_lowercase().starts_with("utm_"))
        .collect();
    let mut value = String::with_capacity(bare.len());
    let mut push = |text: &str| {
        for character in text.chars() {
            if character.is_whitespace() || character.is_control() {
                let mut buffer = [0; 4];
                let bytes = character.encode_utf8(&mut buffer).bytes();
                value.extend(bytes.map(|byte| format!("%{byte:02X}")));
            } else {
                value.push(character);
            }
        }
    };
    // An id may not begin like an address without its scheme.
    push(path.trim_start_matches('/'));
    if !kept.is_empty() {
        push("?");
        push(&kept.join("&"));
    }
    if "link:".len() + value.len() > MAX_ID_BYTES {
        value = format!("blake3-{}", &blake3::hash(value.as_bytes()).to_hex()[..32]);
    }
    Ok(format!("link:{value}").parse()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn doi(address: &str) -> Option<(String, u16)> {
        doi_of_address(address)
    }

    fn link(address: &str) -> String {
        link_id(address).unwrap().to_string()
    }

    #[test]
    fn dois_are_found_in_addresses() {
        for address in [
            "https://doi.org/10.1145/123.45",
            "https://dl.acm.org/doi/abs/10.1145/123.45?af=R",
            "https://onlinelibrary.wiley.com/doi/10.1145%2F123.45",
            "https://www.frontiersin.org/articles/10.1145/123.45/full",
            "10.1145/123.45",
            "doi:10.1145/123.45",
            "info:doi/10.1145/123.45",
        ] {
            assert_eq!(
                doi(address),
                Some(("10.1145/123.45".into(), 0)),
                "{address}"
            );
        }
        assert_eq!(
            doi("https://www.biorxiv.org/content/10.1101/2026.05.01.592000v2?rss=1"),
            Some(("10.1101/2026.05.01.592000".into(), 2))
        );
        assert_eq!(
            doi("https://www.nature.com/articles/s41586-026-00001-1"),
            None
        );
        assert_eq!(doi("https://example.org/10.x/y"), None);
    }

    #[test]
    fn links_lose_what_does_not_tell_pages_apart() {
        assert_eq!(
            link("https://example.org/a b?id=7&utm_source=rss&UTM_medium=x#top"),
            "link:https://example.org/a%20b?id=7"
        );
        assert_eq!(
            link("https://example.org/?utm_source=rss"),
            "link:https://example.org/"
        );
        assert_eq!(link("//example.org/a"), "link:example.org/a");
        let long = format!("https://example.org/{}", "a".repeat(300));
        assert_eq!(link(&long).len(), "link:blake3-".len() + 32);
        assert_ne!(link(&long), link(&format!("{long}b")));
        assert!(link_id("#").is_err());
    }

    proptest! {
        #[test]
        fn every_link_is_an_id_or_an_error(address in "(https://|//|10\\.|/|\\?|&|#|v1|%2F|\\PC){0,20}") {
            if let Ok(id) = link_id(&address) {
                prop_assert_eq!(id.to_string().parse::<PaperId>().unwrap(), id);
            }
            let _unused = doi_of_address(&address);
        }
    }
}
