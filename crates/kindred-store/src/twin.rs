//! One paper seen through several doors: which known paper a record of an unknown id is about.
//!
//! Two records are one paper if they have the same DOI, or else the same title once it is folded
//! and first authors who can be the same person ([`is_same_first_author`], as in feeds). Two ids
//! of arXiv are never one paper: arXiv itself tells its papers apart. And these speak against what
//! the title says:
//!
//! * fewer than four words and fewer than 25 letters, or more than eight papers of that title:
//!   many are called `Introduction` or `Erratum`;
//! * two ids of one scheme: a source tells its own papers apart. `doi` and `link` are no source;
//! * two DOIs of one registrant that differ. A preprint and its journal article have DOIs of two
//!   registrants (10.1101 and 10.1038), or one has arXiv's, which is no other than its id. One
//!   registrant gives a work one DOI, so two of them are two works, such as the parts of a series
//!   or an article and its reprint.
//!
//! What fits two papers that do not fit each other goes to one of them, and which one may depend
//! on the order in which they came.

use kindred_core::{PaperId, PaperKey, folded_words, is_same_first_author};
use rusqlite::Connection;

use crate::lookup::{with_doi, with_title_hash};
use crate::merge::{State, items};
use crate::row::{find, load};

/// Registrant of arXiv's own DOIs.
const ARXIV_DOI: &str = "10.48550/arxiv.";
/// A title of so many words or letters belongs to one work.
const TELLING_WORDS: usize = 4;
const TELLING_LETTERS: usize = 25;
/// A title of more papers than this tells nothing.
const MOST_OF_A_TITLE: usize = 8;
/// Papers with one DOI that are looked at; more are a volume and what it holds.
const MOST_OF_A_DOI: i64 = 64;

/// Returns the paper that a record of an unknown id is about, if the library has it under another
/// one. Of several, one with the DOI comes first, then one with the title; then the smallest id.
pub(crate) fn find_twin(
    connection: &Connection,
    record: &State,
) -> rusqlite::Result<Option<PaperKey>> {
    let words = folded_words(&record.text.title);
    let title = words.concat();
    let is_telling = words.len() >= TELLING_WORDS || title.chars().count() >= TELLING_LETTERS;
    let mut keys = Vec::new();
    for doi in dois(record) {
        keys.extend(with_doi(connection, &doi, MOST_OF_A_DOI)?);
        if let Some(id) = id_of_doi(&doi) {
            keys.extend(find(connection, &id)?);
        }
    }
    if is_telling {
        let limit = i64::try_from(MOST_OF_A_TITLE + 1).unwrap_or(i64::MAX);
        let titled = with_title_hash(connection, &title, limit)?;
        if titled.len() <= MOST_OF_A_TITLE {
            keys.extend(titled);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let mut best = None;
    for key in keys {
        let Some(stored) = load(connection, key)? else {
            continue;
        };
        let other = stored.state;
        if record.is_arxiv() && other.is_arxiv() {
            continue;
        }
        let has_doi = share_doi(record, &other);
        let has_title = is_telling && folded_words(&other.text.title).concat() == title;
        if has_doi || (has_title && can_be_one(record, &other)) {
            let order = (!has_doi, !has_title, other.id);
            if best.as_ref().is_none_or(|(least, _)| order < *least) {
                best = Some((order, key));
            }
        }
    }
    Ok(best.map(|(_, key)| key))
}

/// Whether nothing speaks against two papers of one title being one.
fn can_be_one(left: &State, right: &State) -> bool {
    let registrant = |doi: &str| doi.split('/').next().map(str::to_owned);
    let is_elsewhere = |doi: &String| !doi.starts_with(ARXIV_DOI);
    let right_dois: Vec<String> = dois(right).into_iter().filter(is_elsewhere).collect();
    let is_other_work = dois(left)
        .iter()
        .filter(|doi| is_elsewhere(doi))
        .any(|doi| {
            right_dois
                .iter()
                .any(|other| registrant(doi) == registrant(other))
        });
    let schemes: Vec<&str> = sources(left).collect();
    let is_other_entry = sources(right).any(|scheme| schemes.contains(&scheme));
    !is_other_work
        && !is_other_entry
        && is_same_first_author(items(left.authors.as_ref()), items(right.authors.as_ref()))
}

/// Schemes of the ids that a source gave its own papers.
fn sources(state: &State) -> impl Iterator<Item = &str> {
    state.ids().filter_map(|id| match id {
        PaperId::Other { scheme, .. } if !matches!(&**scheme, "doi" | "link") => Some(&**scheme),
        PaperId::Arxiv(_) | PaperId::Other { .. } => None,
    })
}

fn share_doi(left: &State, right: &State) -> bool {
    let right = dois(right);
    dois(left).iter().any(|doi| right.contains(doi))
}

/// The DOIs of a paper, in lower case: that of its record, those that are ids, that of arXiv.
fn dois(state: &State) -> Vec<String> {
    let ids = state.ids().filter_map(|id| match id {
        PaperId::Arxiv(id) => Some(format!("{ARXIV_DOI}{id}").to_lowercase()),
        PaperId::Other { scheme, value } if scheme.eq_ignore_ascii_case("doi") => Some(bare(value)),
        PaperId::Other { .. } => None,
    });
    let field = state.doi.iter().map(|doi| bare(&doi.value));
    let mut dois: Vec<String> = ids.chain(field).filter(|doi| !doi.is_empty()).collect();
    dois.sort_unstable();
    dois.dedup();
    dois
}

/// A DOI in lower case, without a resolver's address.
fn bare(doi: &str) -> String {
    let lower = doi.to_lowercase();
    lower
        .find("10.")
        .map_or("", |start| lower[start..].trim_end_matches('.'))
        .to_owned()
}

/// The id that a DOI is; arXiv's own DOIs are ids of arXiv.
fn id_of_doi(doi: &str) -> Option<PaperId> {
    let text = if doi.starts_with(ARXIV_DOI) {
        doi.to_owned()
    } else {
        format!("doi:{doi}")
    };
    text.parse().ok()
}
