//! Papers as resources: `paper://2603.22691`.

use std::fmt::Write;

use kindred_engine::{EngineError, Library, PaperId};
use rmcp::model::{Resource, ResourceTemplate};

use crate::access::Access;
use crate::bounds::{MAX_LIMIT, shorten};
use crate::error::ToolError;
use crate::reply::Reply;
use crate::text::defuse;
use crate::tools;

/// What the address of a paper begins with.
const SCHEME: &str = "paper://";
/// Media type of a paper.
pub(crate) const MEDIA_TYPE: &str = "text/plain";
/// Longest title in the list, in characters.
const TITLE_CHARACTERS: usize = 200;

/// What clients are told of the addresses.
pub(crate) fn template() -> ResourceTemplate {
    ResourceTemplate::new(format!("{SCHEME}{{id}}"), "paper")
        .with_title("A paper of the library")
        .with_description(
            "Title, abstract, authors, versions and identifiers of one paper, as get_paper gives \
             them. The id is an arXiv id such as 2603.22691, or one with its scheme.",
        )
        .with_mime_type(MEDIA_TYPE)
}

/// Lists the papers that were liked last, in any set, at most 50; none where there is no library yet.
pub(crate) fn list(access: &Access) -> Result<Vec<Resource>, ToolError> {
    access
        .read(|library| Ok(liked_last(library)?))
        .or_else(|error| {
            // Clients list resources when they start; that there is nothing yet is no failure.
            if access.has_library() {
                Err(error)
            } else {
                Ok(Vec::new())
            }
        })
}

fn liked_last(library: &Library) -> Result<Vec<Resource>, EngineError> {
    let mut liked = Vec::new();
    for set in library.sets()? {
        let rated = library.rated(&set.name)?;
        liked.extend(rated.into_iter().filter(|one| one.rating == "like"));
        // Latest first, and each paper once.
        liked.sort_by(|left, right| {
            (right.at.cmp(&left.at)).then_with(|| left.paper.id.cmp(&right.paper.id))
        });
        let mut seen = Vec::new();
        liked.retain(|one| {
            let is_new = seen.len() < MAX_LIMIT && !seen.contains(&one.paper.id);
            if is_new {
                seen.push(one.paper.id.clone());
            }
            is_new
        });
    }
    Ok(liked
        .iter()
        .map(|one| {
            let mut title = defuse(&one.paper.title);
            shorten(&mut title, TITLE_CHARACTERS, "\u{2026}");
            Resource::new(address(&one.paper.id), defuse(&one.paper.id.short()))
                .with_title(title)
                .with_mime_type(MEDIA_TYPE)
        })
        .collect())
}

/// Reads a paper by its address.
pub(crate) fn read(access: &Access, address: &str) -> Result<String, ToolError> {
    let id = id_at(address)?;
    let answer = tools::paper(access, &id)?;
    let reply = Reply::new(&answer)
        .map_err(|error| ToolError::new(format!("the answer is not JSON: {error}")))?;
    Ok(reply.text)
}

/// Returns the address of a paper; what an address cannot hold is percent-encoded.
fn address(id: &PaperId) -> String {
    let mut address = SCHEME.to_owned();
    for byte in id.short().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            address.push(char::from(byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// Returns the paper that an address names, percent-encoded or not.
fn id_at(address: &str) -> Result<PaperId, ToolError> {
    let wrong = |reason: String| {
        ToolError::new(format!("`{address}` names no paper: {reason}"))
            .with_hint(format!("addresses are like {SCHEME}2603.22691"))
    };
    let text = (address.strip_prefix(SCHEME))
        .ok_or_else(|| wrong(format!("it does not begin with {SCHEME}")))?;
    let text = decoded(text).ok_or_else(|| wrong("it is not percent-encoded UTF-8".to_owned()))?;
    (text.trim_end_matches('/').parse()).map_err(|error| wrong(format!("{error}")))
}

/// Undoes percent-encoding; `None` where a `%` stands alone or the bytes are no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_their_papers() {
        for text in [
            "2603.22691",
            "math/0611800",
            "doi:10.1000/a b%2F\u{e9}".replace(' ', "_").as_str(),
        ] {
            let id: PaperId = text.parse().unwrap();
            let address = address(&id);
            assert!(
                address.is_ascii() && !address[SCHEME.len()..].contains('/'),
                "{address}"
            );
            assert_eq!(id_at(&address).unwrap(), id);
        }
        let id: PaperId = "math/0611800".parse().unwrap();
        assert_eq!(
            id_at("paper://math/0611800").unwrap(),
            id,
            "as people write it"
        );
        assert_eq!(id_at("paper://arXiv:math/0611800v2/").unwrap(), id);
    }

    #[test]
    fn wrong_addresses_are_refused() {
        for address in [
            "",
            "file:///etc/passwd",
            "paper://",
            "paper://%",
            "paper://%ff",
            "paper://../x",
        ] {
            let error = id_at(address).unwrap_err().text();
            assert!(error.contains("names no paper"), "{address}: {error}");
        }
    }
}
