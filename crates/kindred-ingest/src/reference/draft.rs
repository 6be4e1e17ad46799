//! From the fields of any format to a [`Reference`].

use jiff::Timestamp;
use kindred_core::{IdError, PaperDate, PaperId, VersionedId, plain_text};

use super::identify::{find_arxiv, find_doi, normal_doi};
use super::{
    Reference, ReferenceFault, ReferenceFormat, ReferencePlace, ReferenceProblem, References,
};
use crate::authors::is_name;
use crate::text::clean;
use crate::{Limits, Repairs};

/// Most references of one input.
const MAX_REFERENCES: usize = 200_000;
/// Most problems that are named; what is wrong beyond is much the same.
const MAX_PROBLEMS: usize = 1_000;

/// Fields of a reference as its source wrote them, TeX and markup included.
#[derive(Debug, Default)]
pub(super) struct ReferenceDraft {
    pub(super) key: String,
    pub(super) title: String,
    /// As `First Last`.
    pub(super) authors: Vec<String>,
    pub(super) abstract_text: String,
    pub(super) date: String,
    pub(super) venue: String,
    pub(super) doi: String,
    pub(super) url: String,
    /// What the source says is an arXiv id.
    pub(super) arxiv: String,
    /// Subject class, the archive of old ids that were written without it.
    pub(super) class: String,
    /// Texts in which an arXiv id or a DOI may stand, most trusted first.
    pub(super) hints: Vec<String>,
    pub(super) id: Option<PaperId>,
    pub(super) added: Option<Timestamp>,
}

/// Gathers the references and problems of one input.
#[derive(Debug)]
pub(super) struct Collector<'limits> {
    limits: &'limits Limits,
    references: Vec<Reference>,
    problems: Vec<ReferenceProblem>,
}

impl<'limits> Collector<'limits> {
    pub(super) fn new(limits: &'limits Limits) -> Self {
        Self {
            limits,
            references: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Whether no more references are taken; says so the first time.
    pub(super) fn is_full(&mut self, place: &ReferencePlace) -> bool {
        let is_full = self.references.len() >= MAX_REFERENCES;
        if is_full {
            let fault = ReferenceFault::TooMuch {
                limit: MAX_REFERENCES,
                unit: "references",
            };
            self.problem(place.clone(), fault);
        }
        is_full
    }

    pub(super) fn problem_at_line(&mut self, line: u64, fault: ReferenceFault) {
        self.problem(ReferencePlace::Line(line), fault);
    }

    pub(super) fn problem(&mut self, place: ReferencePlace, fault: ReferenceFault) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(ReferenceProblem { place, fault });
        }
    }

    /// Adds a reference, or says why it is none.
    pub(super) fn add(&mut self, place: ReferencePlace, draft: &ReferenceDraft) {
        let id = match (draft.id.clone(), draft.arxiv_id()) {
            (Some(id), _) | (None, Ok(Some(id))) => Some(id),
            (None, Ok(None)) => None,
            (None, Err(source)) => {
                self.problem(place.clone(), ReferenceFault::Id { source });
                None
            }
        };
        let doi = draft.doi();
        let field = |name, text: &str, limit| {
            let plain = clean(&plain_text(text), &mut Repairs::default());
            if plain.len() > limit {
                let found = plain.len();
                return Err(ReferenceFault::TooLarge {
                    field: name,
                    found,
                    limit,
                });
            }
            Ok(plain)
        };
        let limits = self.limits;
        let title = field("title", &draft.title, limits.title_bytes);
        let abstract_text = field("abstract", &draft.abstract_text, limits.abstract_bytes);
        let venue = field("venue", &draft.venue, limits.field_bytes);
        let mut authors = Vec::new();
        for author in draft.authors.iter().take(limits.authors) {
            let name = field("author", author, limits.field_bytes);
            authors.extend(self.sound(&place, name).filter(|name| is_name(name)));
        }
        let url = clean(&draft.url, &mut Repairs::default());
        let reference = Reference {
            key: Some(clean(&draft.key, &mut Repairs::default()))
                .filter(|key| !key.is_empty() && key.len() <= limits.field_bytes),
            id,
            doi,
            title: self.sound(&place, title).unwrap_or_default(),
            authors,
            abstract_text: self.sound(&place, abstract_text).unwrap_or_default(),
            date: loose_date(&draft.date),
            venue: self.sound(&place, venue).filter(|venue| !venue.is_empty()),
            url: Some(url).filter(|url| !url.is_empty() && url.len() <= limits.field_bytes),
            added: draft.added,
            place,
        };
        if reference.title.is_empty() && reference.id.is_none() && reference.doi.is_none() {
            self.problem(reference.place, ReferenceFault::Nothing);
        } else {
            self.references.push(reference);
        }
    }

    pub(super) fn finish(mut self, format: ReferenceFormat) -> References {
        self.problems
            .sort_by(|left, right| left.place.cmp(&right.place));
        References {
            format,
            references: self.references,
            problems: self.problems,
        }
    }

    fn sound<T>(&mut self, place: &ReferencePlace, field: Result<T, ReferenceFault>) -> Option<T> {
        field
            .map_err(|fault| self.problem(place.clone(), fault))
            .ok()
    }
}

impl ReferenceDraft {
    /// The arXiv id of the field for it, else of any other field.
    fn arxiv_id(&self) -> Result<Option<PaperId>, IdError> {
        let text = self.arxiv.trim();
        let elsewhere = || {
            [&self.doi, &self.url]
                .into_iter()
                .chain(&self.hints)
                .find_map(|hint| find_arxiv(hint))
        };
        if text.is_empty() {
            return Ok(elsewhere());
        }
        if let Some(id) = find_arxiv(text) {
            return Ok(Some(id));
        }
        let parsed = match text.parse::<VersionedId>() {
            Err(IdError::BareNumber { .. }) => {
                let archive = self.class.split('.').next().unwrap_or("");
                format!("{archive}/{text}").parse::<VersionedId>()
            }
            parsed => parsed,
        };
        match parsed {
            Ok(VersionedId {
                id: id @ PaperId::Arxiv(_),
                ..
            }) => Ok(Some(id)),
            // Another archive's number stands there.
            Ok(_) | Err(IdError::UnknownShape { .. } | IdError::TooLong { .. }) => Ok(elsewhere()),
            Err(error) => elsewhere().map_or(Err(error), |id| Ok(Some(id))),
        }
    }

    fn doi(&self) -> Option<String> {
        normal_doi(&self.doi)
            .or_else(|| {
                std::iter::once(&self.url)
                    .chain(&self.hints)
                    .find_map(|hint| find_doi(hint))
            })
            .filter(|doi| !doi.starts_with("10.48550/arxiv."))
    }
}

/// Reads a date in the spellings of bibliographies: what is known of year, month and day.
///
/// Zotero writes zeros for what it does not know, RIS slashes; else the first year of the text.
fn loose_date(text: &str) -> Option<PaperDate> {
    let first = text.split_whitespace().next()?;
    let plain = first.replace('/', "-");
    let mut parts: Vec<&str> = plain.split('-').collect();
    while parts
        .last()
        .is_some_and(|part| part.is_empty() || part.bytes().all(|byte| byte == b'0'))
    {
        parts.pop();
    }
    let parts: Vec<String> = parts.iter().map(|part| format!("{part:0>2}")).collect();
    let date = parts.join("-").parse::<PaperDate>();
    date.ok().or_else(|| first_year(text)?.parse().ok())
}

/// The first group of exactly four digits that can be a year.
fn first_year(text: &str) -> Option<&str> {
    text.split(|character: char| !character.is_ascii_digit())
        .find(|digits| digits.len() == 4 && ("1000".."2999").contains(digits))
}

/// Turns `Last, First` and `Last, Jr, First` into `First Last` and `First Last Jr`; commas within
/// braces do not count.
pub(super) fn given_name_first(name: &str) -> String {
    let parts = split_outside_braces(name, ',');
    match parts.as_slice() {
        [family, given] => format!("{} {}", given.trim(), family.trim()),
        [family, suffix, given @ ..] => {
            let given = given.join(" ");
            format!("{} {} {}", given.trim(), family.trim(), suffix.trim())
        }
        _ => name.trim().to_owned(),
    }
}

/// Splits at a character outside of braces.
pub(super) fn split_outside_braces(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if character == separator && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_manager_are_read() {
        for (text, expected) in [
            ("2020", Some("2020")),
            ("2020-05-00 May 2020", Some("2020-05")),
            ("2020-00-00 2020", Some("2020")),
            ("2020/5/1/", Some("2020-05-01")),
            ("May 14, 2020", Some("2020")),
            ("2020-13-01", Some("2020")),
            ("forthcoming", None),
            ("", None),
        ] {
            let date = loose_date(text).map(|date| date.to_string());
            assert_eq!(date.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_are_turned_round() {
        assert_eq!(given_name_first("Lovelace, Ada"), "Ada Lovelace");
        assert_eq!(given_name_first("Davis, Jr., Sammy"), "Sammy Davis Jr.");
        assert_eq!(given_name_first("{Team, the Small}"), "{Team, the Small}");
    }
}
