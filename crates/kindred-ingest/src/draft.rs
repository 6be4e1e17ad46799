//! From the raw texts of any source to a [`Paper`]: normal form, caps, categories, versions.

use std::borrow::Cow;

use kindred_core::{Category, Paper, PaperId, SourceKind, Version, VersionedId};

use crate::authors::is_name;
use crate::error::shorten;
use crate::text::{clean, first_doi};
use crate::{Limits, RecordError, Repairs};

/// Name of the list that [`Limits::terms`] bounds.
const TERMS: &str = "list of categories and keywords";

/// Raw texts of a paper, as its source wrote them.
#[derive(Debug)]
pub(crate) struct Draft<'text> {
    pub(crate) id: VersionedId,
    pub(crate) title: Cow<'text, str>,
    pub(crate) abstract_text: Cow<'text, str>,
    /// One name each.
    pub(crate) authors: Vec<Cow<'text, str>>,
    /// One term each, primary first; those that are not arXiv's become keywords.
    pub(crate) categories: Vec<Cow<'text, str>>,
    pub(crate) keywords: Vec<Cow<'text, str>>,
    /// In any order; none where the source tells nothing but perhaps the number in `id`.
    pub(crate) versions: Vec<Version>,
    pub(crate) comments: Cow<'text, str>,
    pub(crate) journal_ref: Cow<'text, str>,
    pub(crate) doi: Cow<'text, str>,
    pub(crate) license: Cow<'text, str>,
    pub(crate) venue: Cow<'text, str>,
    /// Whether the source flags the last version as a withdrawal.
    pub(crate) withdrawn: bool,
    pub(crate) source: SourceKind,
}

impl Draft<'_> {
    /// Starts with nothing but an id.
    pub(crate) fn new(id: VersionedId, source: SourceKind) -> Self {
        Self {
            id,
            title: Cow::default(),
            abstract_text: Cow::default(),
            authors: Vec::new(),
            categories: Vec::new(),
            keywords: Vec::new(),
            versions: Vec::new(),
            comments: Cow::default(),
            journal_ref: Cow::default(),
            doi: Cow::default(),
            license: Cow::default(),
            venue: Cow::default(),
            withdrawn: false,
            source,
        }
    }

    /// Brings all texts into normal form and checks their sizes.
    pub(crate) fn finish(
        self,
        limits: &Limits,
        repairs: &mut Repairs,
    ) -> Result<Paper, RecordError> {
        let mut field = |name: &'static str, text: &str, limit: usize| {
            let text = clean(text, repairs);
            within(name, text.len(), limit).map(|()| text)
        };
        let title = field("title", &self.title, limits.title_bytes)?;
        if title.is_empty() {
            return Err(RecordError::Missing { field: "title" });
        }
        let abstract_text = field("abstract", &self.abstract_text, limits.abstract_bytes)?;
        let comments = field("comments", &self.comments, limits.comments_bytes)?;
        let journal_ref = field("journal reference", &self.journal_ref, limits.field_bytes)?;
        let doi = field("doi", first_doi(&self.doi), limits.field_bytes)?;
        let license = field("license", &self.license, limits.field_bytes)?;
        let venue = field("venue", &self.venue, limits.field_bytes)?;
        within("author list", self.authors.len(), limits.authors)?;
        let mut authors = Vec::with_capacity(self.authors.len());
        for author in &self.authors {
            let name = field("author name", author, limits.field_bytes)?;
            if is_name(&name) {
                authors.push(name);
            }
        }
        let terms = self.categories.len() + self.keywords.len();
        within(TERMS, terms, limits.terms)?;
        let mut categories: Vec<Category> = Vec::with_capacity(self.categories.len());
        let mut keywords: Vec<String> = Vec::new();
        for term in &self.categories {
            match term.parse::<Category>() {
                Ok(category) => push_new(&mut categories, category),
                // Classes of ACM and MSC come several to a term.
                Err(_) => {
                    for class in term.split([',', ';']) {
                        within(TERMS, keywords.len(), limits.terms)?;
                        push_new(&mut keywords, field("category", class, limits.field_bytes)?);
                    }
                }
            }
        }
        for keyword in &self.keywords {
            push_new(
                &mut keywords,
                field("keyword", keyword, limits.field_bytes)?,
            );
        }
        keywords.retain(|keyword| !keyword.is_empty());
        let is_arxiv = matches!(self.id.id, PaperId::Arxiv(_));
        let withdrawn = self.withdrawn || (is_arxiv && says_withdrawn(&comments, &abstract_text));
        Ok(Paper {
            versions: ordered_versions(self.versions, self.id.version),
            id: self.id.id,
            title,
            abstract_text,
            authors,
            categories,
            comments: present(comments),
            journal_ref: present(journal_ref),
            doi: present(doi),
            license: present(license),
            venue: present(venue),
            keywords,
            withdrawn,
            source: self.source,
        })
    }
}

/// Parses the id of a source that has arXiv papers only.
pub(crate) fn arxiv_id(text: &str) -> Result<VersionedId, RecordError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(RecordError::Missing { field: "id" });
    }
    let id: VersionedId = text.parse()?;
    match id.id {
        PaperId::Arxiv(_) => Ok(id),
        PaperId::Other { .. } => Err(RecordError::Type {
            field: "id",
            found: format!("`{}`", shorten(text)),
            expected: "an arXiv id",
        }),
    }
}

/// Checks a size or count against its limit.
pub(crate) fn within(field: &'static str, found: usize, limit: usize) -> Result<(), RecordError> {
    if found > limit {
        return Err(RecordError::TooLarge {
            field,
            found,
            limit,
        });
    }
    Ok(())
}

fn present(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}

/// Sorts versions by number and keeps one of each; adds the one that the id named.
fn ordered_versions(mut versions: Vec<Version>, named: Option<u16>) -> Vec<Version> {
    if let Some(number) = named
        && versions.iter().all(|version| version.number != number)
    {
        versions.push(Version { number, date: None });
    }
    if versions
        .iter()
        .any(|version| version.number != Version::UNKNOWN)
    {
        versions.retain(|version| version.number != Version::UNKNOWN);
    }
    // Among equal numbers a dated one comes first and is kept.
    versions.sort_by_key(|version| (version.number, version.date.is_none()));
    versions.dedup_by_key(|version| version.number);
    if versions.is_empty() {
        versions.push(Version {
            number: Version::UNKNOWN,
            date: None,
        });
    }
    versions
}

/// Words by which a notice of withdrawal names the paper.
const SUBJECTS: [&str; 8] = [
    "paper",
    "article",
    "manuscript",
    "submission",
    "preprint",
    "work",
    "version",
    "note",
];

/// Whether authors or administrators say in words that the paper is withdrawn (arXiv help,
/// "Withdraw": the reason stands in the comments; older ones replaced the abstract).
///
/// A paper that replaces a withdrawn one, or was withdrawn from a journal, is not withdrawn.
fn says_withdrawn(comments: &str, abstract_text: &str) -> bool {
    // A notice opens an abstract; further on the word belongs to the subject of the paper.
    const NOTICE_CHARS: usize = 120;
    let end = abstract_text.char_indices().nth(NOTICE_CHARS);
    let head = &abstract_text[..end.map_or(abstract_text.len(), |(at, _)| at)];
    clauses(comments).any(|words| is_withdrawal(&words, false))
        || clauses(head).any(|words| is_withdrawal(&words, true))
}

/// Splits a text into clauses of lower-case words.
fn clauses(text: &str) -> impl Iterator<Item = Vec<String>> {
    let mentions = text.contains("ithdrawn") || text.contains("ITHDRAWN");
    let text = if mentions { text } else { "" };
    text.split(['.', ';', ':', '!', '(', ',']).map(|clause| {
        clause
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    })
}

/// Looks for `withdrawn` as the verb of a clause; `strictly` only of one that names the paper.
fn is_withdrawal(words: &[String], strictly: bool) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let before = &words[..at];
        let previous = before.last().map_or("", String::as_str);
        let names_paper = before.iter().any(|word| SUBJECTS.contains(&word.as_str()));
        let is_verb = before.is_empty()
            || matches!(previous, "been" | "is" | "was" | "being" | "temporarily")
            || SUBJECTS.contains(&previous);
        let after: Vec<&str> = words[at + 1..]
            .iter()
            .map(String::as_str)
            .filter(|word| *word != "the")
            .take(2)
            .collect();
        let elsewhere = after.first() == Some(&"from") && after.get(1) != Some(&"arxiv");
        word == "withdrawn" && is_verb && !elsewhere && (names_paper || !strictly)
    })
}

#[cfg(test)]
mod tests;
