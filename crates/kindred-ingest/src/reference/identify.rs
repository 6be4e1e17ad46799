//! arXiv ids and DOIs within texts that people and programs wrote.

use kindred_core::{PaperId, VersionedId};

/// Sites that show arXiv's papers under the ids of arXiv.
const MIRRORS: [&str; 5] = [
    "alphaxiv.org/",
    "ar5iv.org/",
    "arxiv-vanity.com/",
    "huggingface.co/papers/",
    "scirate.com/arxiv/",
];
/// Words that stand between the name of arXiv and an id.
const FILLERS: [&str; 9] = [
    "preprint",
    "preprints",
    "e-print",
    "e-prints",
    "eprint",
    "eprints",
    "id",
    "no",
    "org",
];
/// Longest DOI, and longest part of it between `10.` and the slash, in bytes.
const MAX_DOI_BYTES: usize = 2_048;
const MAX_REGISTRANT_BYTES: usize = 16;
/// Characters around an id that are no part of it.
const AROUND: &[char] = &[
    ',', ';', '(', ')', '[', ']', '{', '}', '<', '>', '"', '\'', '|', '\\', '“', '”', '*', '`',
];

/// Returns the first arXiv id of a text: an address, an id with its scheme, arXiv's own DOI, or a
/// bare id behind the name of arXiv.
pub(crate) fn find_arxiv(text: &str) -> Option<PaperId> {
    let mut is_named = false;
    for token in text.split(|c: char| c.is_whitespace() || AROUND.contains(&c)) {
        let token = token.trim_end_matches(['.', ':', '!', '?', '…']);
        if token.is_empty() {
            continue;
        }
        let lower = token.to_ascii_lowercase();
        if lower.contains("arxiv") || lower.contains("ar5iv") || lower.contains("alphaxiv") {
            if let Some(id) = in_named_token(token, &lower) {
                return Some(id);
            }
            is_named = lower.ends_with("arxiv") || lower == "corr";
        } else if let Some(id) = MIRRORS
            .iter()
            .any(|mirror| lower.contains(mirror))
            .then(|| last_segments(token))
            .flatten()
        {
            return Some(id);
        } else if lower.starts_with("abs/") {
            // DBLP gives the volume of CoRR this form.
            if let Some(id) = arxiv(&token["abs/".len()..]) {
                return Some(id);
            }
        } else if is_named {
            if let Some(id) = arxiv(token) {
                return Some(id);
            }
            is_named = FILLERS.contains(&lower.as_str());
        }
    }
    None
}

/// The id of a token that holds the name of arXiv or of a mirror.
fn in_named_token(token: &str, lower: &str) -> Option<PaperId> {
    let named = |at: Option<usize>| at.map_or("", |at| &token[at..]);
    let (first, last) = (named(lower.find("arxiv")), named(lower.rfind("arxiv")));
    let bare = |text: &str| {
        let rest = text.get("arxiv".len()..).unwrap_or("");
        arxiv(rest.trim_start_matches([':', '.', '-', '_', '/']))
    };
    [token, first, last]
        .into_iter()
        .find_map(arxiv)
        .or_else(|| bare(first))
        .or_else(|| bare(last))
        .or_else(|| last_segments(token))
}

/// The id at the end of an address: its last segment, or its last two for old ids.
fn last_segments(address: &str) -> Option<PaperId> {
    let path = address.split(['?', '#']).next().unwrap_or("");
    let path = path.trim_end_matches('/');
    let mut ends = path.rmatch_indices('/').map(|(at, _)| at + 1);
    let last = ends.next()?;
    let before = ends.next().unwrap_or(last);
    arxiv(&path[last..]).or_else(|| arxiv(&path[before..]))
}

/// Parses a text that is an arXiv id and nothing else.
fn arxiv(text: &str) -> Option<PaperId> {
    match text.parse::<VersionedId>() {
        Ok(VersionedId {
            id: id @ PaperId::Arxiv(_),
            ..
        }) => Some(id),
        Ok(_) | Err(_) => None,
    }
}

/// Returns the DOI that a text begins with once a resolver or scheme is taken off, in lower case;
/// `None` where that is no DOI.
pub(crate) fn normal_doi(text: &str) -> Option<String> {
    let decoded = percent_decoded(text);
    let start = decoded.find("10.")?;
    doi_at(&decoded[start..])
}

/// Whether a text is the DOI that arXiv itself gives a paper.
pub(crate) fn is_arxivs_own(doi: &str) -> bool {
    normal_doi(doi).is_some_and(|doi| doi.starts_with("10.48550/arxiv."))
}

/// Returns the first DOI of a free text: one behind `doi` or a resolver's name.
pub(crate) fn find_doi(text: &str) -> Option<String> {
    let decoded = percent_decoded(text);
    // Upper and lower case of ASCII have the same length, so places are the same.
    let lower = decoded.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("doi") {
        from += at + "doi".len();
        let rest = &decoded[from..];
        let rest = rest.strip_prefix(".org/").unwrap_or(rest);
        let rest = rest.trim_start_matches([':', '=', ' ', '/', '\t', '{', '.']);
        if let Some(doi) = doi_at(rest) {
            return Some(doi);
        }
    }
    lower
        .trim_start()
        .starts_with("10.")
        .then(|| doi_at(&lower))?
}

/// The DOI that a text begins with: `10.`, four to nine digits with dots between, a slash, and all
/// up to a blank (DOI handbook, 2.2), without punctuation of the sentence around.
fn doi_at(text: &str) -> Option<String> {
    let text = text.trim_start();
    let registrant = text.strip_prefix("10.")?;
    let slash = registrant
        .bytes()
        .take(MAX_REGISTRANT_BYTES + 1)
        .position(|byte| byte == b'/')?;
    let is_registrant = slash >= 4
        && registrant[..slash]
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !is_registrant {
        return None;
    }
    let is_end =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '{' | '}' | '\\');
    let mut characters = text.char_indices().take(MAX_DOI_BYTES + 1);
    let end = characters
        .find(|(_, character)| is_end(*character))
        .map_or(text.len(), |(at, _)| at);
    if end > MAX_DOI_BYTES {
        return None;
    }
    let mut doi = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']);
    // Parentheses belong to old DOIs, but one that closes nothing to the sentence.
    for (open, close) in [('(', ')'), ('[', ']'), ('<', '>')] {
        while doi.ends_with(close) && doi.matches(close).count() > doi.matches(open).count() {
            doi = doi[..doi.len() - 1].trim_end_matches(['.', ',', ';']);
        }
    }
    let has_suffix = doi.len() > "10./".len() + slash;
    has_suffix.then(|| doi.to_ascii_lowercase())
}

/// Resolves `%2F` and its like where they are ASCII.
fn percent_decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        let byte = rest
            .get(at + 1..at + 3)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(u8::is_ascii_graphic);
        if let Some(byte) = byte {
            decoded.push(char::from(byte));
            rest = &rest[at + 3..];
        } else {
            decoded.push('%');
            rest = &rest[at + 1..];
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Option<String> {
        find_arxiv(text).map(|id| id.short())
    }

    #[test]
    fn arxiv_ids_are_found_in_every_spelling() {
        for text in [
            "arXiv:2603.22691",
            "arXiv preprint arXiv:2603.22691v2",
            "arXiv preprint 2603.22691 (2026).",
            "CoRR abs/2603.22691, 2026",
            "abs/2603.22691",
            "https://arxiv.org/abs/2603.22691v3",
            "http://www.arxiv.org/pdf/2603.22691.pdf",
            "https://arxiv.org/pdf/2603.22691v1#page=2",
            "https://export.arxiv.org/html/2603.22691v1",
            "see \\url{https://arxiv.org/abs/2603.22691}.",
            "arxiv.org/abs/2603.22691?context=cs",
            "https://doi.org/10.48550/arXiv.2603.22691",
            "10.48550/ARXIV.2603.22691",
            "https://ar5iv.labs.arxiv.org/html/2603.22691",
            "https://ar5iv.org/abs/2603.22691",
            "https://www.alphaxiv.org/overview/2603.22691v2",
            "https://huggingface.co/papers/2603.22691",
            "e-Print: arXiv: 2603.22691 [cs.CR]",
            "ArXiv, 2603.22691",
            "[A title](https://arxiv.org/abs/2603.22691)",
            "arXiv_2603.22691",
        ] {
            assert_eq!(found(text).as_deref(), Some("2603.22691"), "{text}");
        }
        for text in [
            "arXiv:math.CA/0611800v2",
            "https://arxiv.org/abs/math/0611800",
            "arXiv preprint math/0611800",
            "https://ar5iv.org/abs/math/0611800",
        ] {
            assert_eq!(found(text).as_deref(), Some("math/0611800"), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_arxiv_ids_stay_alone() {
        for text in [
            "2603.22691",
            "pp. 1401.0100",
            "https://example.org/papers/2603.22691",
            "arXiv in 2020 grew",
            "https://arxiv.org/list/cs.LG/recent",
            "arXiv:2613.22691",
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn dois_lose_what_is_around_them() {
        for text in [
            "10.1000/ABC.d",
            "doi:10.1000/abc.D",
            "https://doi.org/10.1000/abc.d",
            "http://dx.doi.org/10.1000%2Fabc.d",
            "DOI: 10.1000/abc.d.",
            "https://www.doi.org/10.1000/abc.d",
        ] {
            assert_eq!(normal_doi(text).as_deref(), Some("10.1000/abc.d"), "{text}");
            assert_eq!(find_doi(text).as_deref(), Some("10.1000/abc.d"), "{text}");
        }
        assert_eq!(
            find_doi("(doi:10.1000/a(b)c)").as_deref(),
            Some("10.1000/a(b)c")
        );
        for text in ["10.5/a", "10.1000/", "see 10.1000", "doi", "a 10.1000/x"] {
            assert_eq!(find_doi(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(arxiv|doi|10\\.|[:/.%2Fé ]|[0-9]{4}|\\PC){0,12}") {
            let _unused = (find_arxiv(&text), find_doi(&text), normal_doi(&text));
        }
    }
}
