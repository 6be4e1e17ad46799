//! What was asked for, and how what was typed was read.

use jiff::civil::Date;
use kindred_engine::{
    Category, EngineError, Library, PaperId, SearchMode, Selection, TopicId, WordQuery,
};

use crate::error::Failure;
use crate::signed::Fields;

/// From how many words on a text is an abstract.
const ABSTRACT_WORDS: usize = 40;
/// Longest text that is searched for, in bytes.
const MAX_TEXT: usize = 16 * 1024;
/// Most papers that others can be like at once.
const MAX_SEEDS: usize = 100;

/// Fields that leave papers out, and by what they are found.
pub(super) const FILTERS: [&str; 6] = ["cat", "from", "to", "topic", "hide", "by"];

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    Nothing,
    Words(WordQuery),
    Papers(Vec<PaperId>),
    Text(String),
}

/// As what the text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Words,
    Id,
    Address,
    Abstract,
    /// Papers were named by links.
    Chosen,
}

/// In what order results stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sort {
    #[default]
    Best,
    Newest,
}

/// A question as the address of the page has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    /// What was typed.
    pub(super) text: String,
    pub(super) asked: Asked,
    pub(super) reading: Reading,
    /// What is asked if the library has no paper of the id that was read.
    words: Option<WordQuery>,
    pub(super) selection: Selection,
    pub(super) mode: SearchMode,
    pub(super) sort: Sort,
    /// Only papers of this topic.
    pub(super) topic: Option<TopicId>,
    /// Whether papers that the reader has are left out.
    pub(super) hides_known: bool,
    /// From 0.
    pub(super) page: usize,
    /// The fields of the address, to be changed one by one.
    pub(super) fields: Vec<(&'static str, String)>,
    /// The path of the page.
    pub(super) path: &'static str,
}

/// A question that cannot be asked, with what was typed.
type Refused = (Box<Question>, Failure);

impl Question {
    /// Reads the fields of the search page.
    pub(super) fn of_search(fields: &Fields) -> Result<Self, Refused> {
        let text = fields.get("q").unwrap_or_default().to_owned();
        let question = Self::with_filters("/", text.clone(), fields)?;
        match asked_by(&text) {
            Ok((asked, reading)) => Ok(Self {
                words: words_of(&asked, &text),
                asked,
                reading,
                ..question
            }),
            Err(failure) => Err((Box::new(question), failure)),
        }
    }

    /// Reads the fields of the page of similar papers.
    pub(super) fn of_similar(fields: &Fields) -> Result<Self, Refused> {
        let text = fields.get("text").unwrap_or_default().to_owned();
        let question = Self::with_filters("/similar", text.clone(), fields)?;
        let fail = |failure| Err((Box::new(question.clone()), failure));
        let ids: Vec<PaperId> = match fields.read_all("id") {
            Ok(ids) => ids,
            Err(failure) => return fail(failure),
        };
        if ids.len() > MAX_SEEDS {
            let message = format!("{} papers, expected at most {MAX_SEEDS}", ids.len());
            return fail(Failure::bad(message));
        }
        let (asked, reading) = if !ids.is_empty() {
            (Asked::Papers(ids), Reading::Chosen)
        } else if text.is_empty() {
            (Asked::Nothing, Reading::Chosen)
        } else if text.len() > MAX_TEXT {
            return fail(too_long(&text));
        } else {
            (Asked::Text(text), Reading::Abstract)
        };
        Ok(Self {
            asked,
            reading,
            ..question
        })
    }

    fn with_filters(path: &'static str, text: String, fields: &Fields) -> Result<Self, Refused> {
        let names: [&'static str; 10] = [
            "q", "text", "id", "cat", "from", "to", "by", "sort", "topic", "hide",
        ];
        let kept = names.into_iter().flat_map(|name| {
            let values = fields.all(name).map(str::to_owned);
            values.map(move |value| (name, value)).collect::<Vec<_>>()
        });
        let mut question = Self {
            text,
            asked: Asked::Nothing,
            reading: Reading::Words,
            words: None,
            selection: Selection::default(),
            mode: SearchMode::default(),
            sort: Sort::default(),
            topic: None,
            hides_known: fields.is_set("hide"),
            page: 0,
            fields: kept.collect(),
            path,
        };
        match question.read_filters(fields) {
            Ok(()) => Ok(question),
            Err(failure) => Err((Box::new(question), failure)),
        }
    }

    fn read_filters(&mut self, fields: &Fields) -> Result<(), Failure> {
        let categories = fields.all("cat").flat_map(|text| text.split([',', ' ']));
        for text in categories.filter(|text| !text.is_empty()) {
            let category: Category = text
                .parse()
                .map_err(|error| Failure::bad(format!("category `{text}`: {error}")))?;
            self.selection.categories.push(category);
        }
        self.selection.since = day(fields, "from", End::First)?;
        self.selection.until = day(fields, "to", End::Last)?;
        if let (Some(since), Some(until)) = (self.selection.since, self.selection.until)
            && since > until
        {
            return Err(Failure::bad(format!("from {since} is after to {until}")));
        }
        self.mode = match fields.get("by") {
            None | Some("both") => SearchMode::Fused,
            Some("words") => SearchMode::Words,
            Some("meaning") => SearchMode::Meaning,
            Some(other) => {
                let message = format!("by `{other}`, expected both, words or meaning");
                return Err(Failure::bad(message));
            }
        };
        self.sort = match fields.get("sort") {
            None | Some("best") => Sort::Best,
            Some("newest") => Sort::Newest,
            Some(other) => {
                let message = format!("sort `{other}`, expected best or newest");
                return Err(Failure::bad(message));
            }
        };
        self.topic = fields.read("topic")?;
        let page: usize = fields.read("page")?.unwrap_or(1);
        self.page = page.saturating_sub(1).min(super::DEPTH / super::PAGE - 1);
        Ok(())
    }

    /// The address of this question with some fields changed; an empty value takes one away.
    pub(super) fn address(&self, changes: &[(&str, &str)]) -> String {
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let kept = (self.fields.iter())
            .filter(|(name, _)| !is_changed(name))
            .map(|(name, value)| (*name, value.as_str()));
        let all: Vec<(&str, &str)> = kept.chain(changes.iter().copied()).collect();
        crate::view::link::with_query(self.path, &all)
    }

    /// Whether papers are left out by other than what is asked.
    pub(super) fn is_filtered(&self) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|(name, _)| FILTERS.contains(name))
    }

    /// The question as the library understands it: words where what looked like an id of some
    /// scheme is the id of no paper.
    pub(super) fn settled(mut self, library: &Library) -> Result<Self, EngineError> {
        let (Asked::Papers(ids), Some(words)) = (&self.asked, self.words.take()) else {
            return Ok(self);
        };
        match ids.iter().try_for_each(|id| library.paper(id).map(|_| ())) {
            Ok(()) => {}
            Err(EngineError::UnknownPaper { .. }) => {
                self.asked = Asked::Words(words);
                self.reading = Reading::Words;
            }
            Err(error) => return Err(error),
        }
        Ok(self)
    }

    /// The value of a field as it was typed.
    pub(super) fn typed(&self, name: &str) -> &str {
        let mut fields = self.fields.iter();
        let found = fields.find(|(found, _)| *found == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

fn too_long(text: &str) -> Failure {
    Failure::bad(format!(
        "a text of {} bytes, expected at most {MAX_TEXT}",
        text.len()
    ))
}

/// Reads what was typed: an id or an address, an abstract, else words.
fn asked_by(text: &str) -> Result<(Asked, Reading), Failure> {
    if text.is_empty() {
        return Ok((Asked::Nothing, Reading::Words));
    }
    if text.len() > MAX_TEXT {
        return Err(too_long(text));
    }
    if !text.contains(char::is_whitespace)
        && let Some(found) = as_id(text)
    {
        return Ok(found);
    }
    if text.split_whitespace().count() >= ABSTRACT_WORDS {
        return Ok((Asked::Text(text.to_owned()), Reading::Abstract));
    }
    let words: WordQuery = text
        .parse()
        .map_err(|error| Failure::bad(format!("{error}")))?;
    Ok((Asked::Words(words), Reading::Words))
}

/// The words that a text is if it is no id after all: any name before a colon can be a scheme.
fn words_of(asked: &Asked, text: &str) -> Option<WordQuery> {
    match asked {
        Asked::Papers(ids) => match ids.as_slice() {
            [PaperId::Other { scheme, .. }] if !scheme.eq_ignore_ascii_case("doi") => {
                text.parse().ok()
            }
            _ => None,
        },
        Asked::Nothing | Asked::Words(_) | Asked::Text(_) => None,
    }
}

/// Reads an id, a DOI, or the address of a paper. `author:x` is a field of a search and no id.
fn as_id(text: &str) -> Option<(Asked, Reading)> {
    let unsigned = text.trim_start_matches('-');
    let name = unsigned.split_once(':').map(|(name, _)| name);
    if name.is_some_and(WordQuery::is_field) {
        return None;
    }
    let is_address = text.starts_with("http://") || text.starts_with("https://");
    let bare = text.trim_start_matches("https://");
    let bare = bare.trim_start_matches("http://").trim_start_matches("dx.");
    let bare = bare.trim_start_matches("doi.org/");
    let id: PaperId = if bare.starts_with("10.") {
        format!("doi:{bare}").parse().ok()?
    } else {
        text.parse().ok()?
    };
    let reading = if is_address {
        Reading::Address
    } else {
        Reading::Id
    };
    Some((Asked::Papers(vec![id]), reading))
}

/// Which end of a year or month is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// Reads a day; of a year or a month alone its first or last one.
fn day(fields: &Fields, name: &str, end: End) -> Result<Option<Date>, Failure> {
    let Some(text) = fields.get(name) else {
        return Ok(None);
    };
    let text: String = text.chars().take(40).collect();
    let read = day_of(&text, end);
    read.map(Some).ok_or_else(|| {
        Failure::bad(format!(
            "{name} `{text}`, expected a day such as 2026-03-01, a month or a year"
        ))
    })
}

fn day_of(text: &str, end: End) -> Option<Date> {
    if let Ok(day) = text.parse() {
        return Some(day);
    }
    let (year, month) = match text.split_once('-') {
        Some((year, month)) if month.len() == 2 => (year, Some(month.parse().ok()?)),
        Some(_) => return None,
        None => (text, None),
    };
    let year = (year.len() == 4).then(|| year.parse().ok()).flatten()?;
    let month = month.unwrap_or(if end == End::First { 1 } else { 12 });
    let first = Date::new(year, month, 1).ok()?;
    Some(match end {
        End::First => first,
        End::Last => first.last_of_month(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Asked, Reading) {
        let query = crate::view::link::with_query("", &[("q", text)]);
        let fields = Fields::parse(query.trim_start_matches('?').as_bytes());
        let question = Question::of_search(&fields).unwrap();
        (question.asked, question.reading)
    }

    #[test]
    fn ids_addresses_abstracts_and_words_are_told_apart() {
        let papers = |id: &str| Asked::Papers(vec![id.parse().unwrap()]);
        for (text, id, reading) in [
            ("2603.22691v2", "2603.22691", Reading::Id),
            ("arXiv:hep-th/9901001", "hep-th/9901001", Reading::Id),
            (
                "https://arxiv.org/abs/2603.22691",
                "2603.22691",
                Reading::Address,
            ),
            ("10.1000/182", "doi:10.1000/182", Reading::Id),
            (
                "https://doi.org/10.1000/182",
                "doi:10.1000/182",
                Reading::Address,
            ),
        ] {
            assert_eq!(read(text), (papers(id), reading), "{text}");
        }
        for text in ["author:shamir", "au:shamir", "Title:exoplanet", "ABS:x"] {
            assert_eq!(read(text).1, Reading::Words, "{text}");
        }
        assert_eq!(read("secure aggregation").1, Reading::Words);
        assert_eq!(read("").0, Asked::Nothing);
        let long = "secure aggregation of gradients ".repeat(10);
        let asked = Asked::Text(long.trim().to_owned());
        assert_eq!(read(&long), (asked, Reading::Abstract));
    }

    #[test]
    fn filters_that_cannot_be_read_are_named_and_what_was_typed_is_kept() {
        for (query, named) in [
            ("q=a&from=yesterday", "from `yesterday`"),
            ("q=a&cat=such!thing", "category `such!thing`"),
            ("q=a&from=2026&to=2025", "after"),
            ("q=a&by=luck", "by `luck`"),
            ("q=a&page=x", "page `x`"),
            ("q=-x", "excluded"),
            ("q=-au:x", "excluded"),
        ] {
            let fields = Fields::parse(query.as_bytes());
            let (question, failure) = Question::of_search(&fields).unwrap_err();
            let message = failure.told().message;
            assert!(message.contains(named), "{query}: {message}");
            assert!(!question.text.is_empty());
        }
    }

    #[test]
    fn years_and_months_stand_for_their_ends() {
        let read = |text, end| day_of(text, end).map(|day| day.to_string());
        for (text, first, last) in [
            ("2024", "2024-01-01", "2024-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2024-02-03", "2024-02-03", "2024-02-03"),
        ] {
            assert_eq!(read(text, End::First).as_deref(), Some(first));
            assert_eq!(read(text, End::Last).as_deref(), Some(last));
        }
        for text in ["24", "2024-13", "2024-2", "2024-02-30", "soon", "-2024"] {
            assert_eq!(read(text, End::First), None, "{text}");
        }
    }

    #[test]
    fn addresses_change_one_field_and_keep_the_others() {
        let fields = Fields::parse(b"q=a+b&cat=cs.DC&from=2025");
        let question = Question::of_search(&fields).unwrap();
        assert_eq!(question.address(&[("cat", "")]), "/?q=a+b&from=2025");
        let second = "/?q=a+b&cat=cs.DC&from=2025&page=2";
        assert_eq!(question.address(&[("page", "2")]), second);
        assert!(question.is_filtered());
        let fields = Fields::parse(b"id=2603.22691&id=2603.22692&sort=newest");
        assert!(!Question::of_similar(&fields).unwrap().is_filtered());
    }
}
