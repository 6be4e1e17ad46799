//! The language of searches: fields, ranges of dates, `AND`, `OR`, `ANDNOT` and parentheses.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Refusal;
use crate::taxonomy;
use crate::world::Record;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// Category, perhaps ending in `*`.
    Category(String),
    /// Time of the first version, both ends included.
    Submitted(Timestamp, Timestamp),
    /// Words in a field, in lower case; a phrase counts as one.
    Words(Field, String),
    /// Matches nothing, as arXiv's `lastUpdatedDate` ranges do since 2025.
    Dead,
    All(Box<Self>, Box<Self>),
    Any(Box<Self>, Box<Self>),
    Without(Box<Self>, Box<Self>),
}

/// A field of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Abstract,
    Author,
    Comment,
    Everything,
}

impl Term {
    /// Reads a search.
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let tokens = tokens(text);
        let mut place = 0;
        let term = sequence(&tokens, &mut place, 0)?;
        if place < tokens.len() {
            return Err(Refusal::new(format!("unexpected {}", tokens[place])));
        }
        Ok(term)
    }

    /// Whether `record` meets the condition.
    pub(super) fn matches(&self, record: &Record) -> bool {
        let facts = &record.facts;
        match self {
            Self::Category(asked) => facts.categories.iter().any(|name| {
                let is_asked = |name: &str| match asked.strip_suffix('*') {
                    Some(start) => name.starts_with(start),
                    None => name.eq_ignore_ascii_case(asked),
                };
                is_asked(name) || is_asked(taxonomy::canonical(name))
            }),
            Self::Submitted(from, to) => {
                let submitted = facts.versions[0].submitted;
                (*from..=*to).contains(&submitted)
            }
            Self::Words(field, words) => {
                let has = |text: &str| text.to_lowercase().contains(words.as_str());
                let comments = facts.comments.as_deref().unwrap_or_default();
                match field {
                    Field::Title => has(&facts.title),
                    Field::Abstract => has(&facts.abstract_text),
                    Field::Author => has(&facts.author_line),
                    Field::Comment => has(comments),
                    Field::Everything => {
                        has(&facts.title)
                            || has(&facts.abstract_text)
                            || has(&facts.author_line)
                            || has(comments)
                    }
                }
            }
            Self::Dead => false,
            Self::All(left, right) => left.matches(record) && right.matches(record),
            Self::Any(left, right) => left.matches(record) || right.matches(record),
            Self::Without(left, right) => left.matches(record) && !right.matches(record),
        }
    }
}

/// Parentheses, operators and conditions; quotes and brackets keep spaces together.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let (mut quoted, mut bracketed) = (false, false);
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                token.push(character);
            }
            '[' | ']' => {
                bracketed = character == '[';
                token.push(character);
            }
            '(' | ')' if !quoted => {
                tokens.push(std::mem::take(&mut token));
                tokens.push(character.to_string());
            }
            ' ' if !quoted && !bracketed => tokens.push(std::mem::take(&mut token)),
            _ => token.push(character),
        }
    }
    tokens.push(token);
    tokens.retain(|token| !token.is_empty());
    tokens
}

/// Conditions joined from left to right; words without an operator between are joined by `OR`.
fn sequence(tokens: &[String], place: &mut usize, depth: u32) -> Result<Term, Refusal> {
    let mut left = single(tokens, place, depth)?;
    while let Some(token) = tokens.get(*place) {
        if token == ")" {
            break;
        }
        let operator = match token.as_str() {
            operator @ ("AND" | "OR" | "ANDNOT") => {
                *place += 1;
                operator
            }
            _ => "OR",
        };
        let right = Box::new(single(tokens, place, depth)?);
        let before = Box::new(left);
        left = match operator {
            "AND" => Term::All(before, right),
            "ANDNOT" => Term::Without(before, right),
            _ => Term::Any(before, right),
        };
    }
    Ok(left)
}

fn single(tokens: &[String], place: &mut usize, depth: u32) -> Result<Term, Refusal> {
    let Some(token) = tokens.get(*place) else {
        return Err(Refusal::new("unexpected end of the query"));
    };
    *place += 1;
    if token == "(" {
        if depth > 20 {
            return Err(Refusal::new("query too deeply nested"));
        }
        let inner = sequence(tokens, place, depth + 1)?;
        if tokens.get(*place).map(String::as_str) != Some(")") {
            return Err(Refusal::new("missing closing parenthesis"));
        }
        *place += 1;
        return Ok(inner);
    }
    condition(token)
}

fn condition(token: &str) -> Result<Term, Refusal> {
    let (field, value) = token.split_once(':').unwrap_or(("all", token));
    let words = || value.trim_matches('"').to_lowercase();
    Ok(match field {
        "cat" => Term::Category(value.trim_matches('"').to_owned()),
        "submittedDate" => {
            let (from, to) = range(value)
                .ok_or_else(|| Refusal::new(format!("incorrect date range {value}")))?;
            Term::Submitted(from, to)
        }
        "lastUpdatedDate" => Term::Dead,
        "ti" => Term::Words(Field::Title, words()),
        "abs" => Term::Words(Field::Abstract, words()),
        "au" => Term::Words(Field::Author, words()),
        "co" => Term::Words(Field::Comment, words()),
        "all" => Term::Words(Field::Everything, words()),
        other => return Err(Refusal::new(format!("unknown field {other}"))),
    })
}

/// `[YYYYMMDDhhmm TO YYYYMMDDhhmm]` in GMT; ends may lack hours and minutes.
fn range(value: &str) -> Option<(Timestamp, Timestamp)> {
    let inner = value.strip_prefix('[')?.strip_suffix(']')?;
    let (from, to) = inner.split_once(" TO ")?;
    Some((moment(from, "0000")?, moment(to, "2359")?))
}

fn moment(text: &str, time: &str) -> Option<Timestamp> {
    let mut text = text.trim().to_owned();
    if text.len() == 8 {
        text.push_str(time);
    }
    let is_plain = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let moment = is_plain
        .then(|| DateTime::strptime("%Y%m%d%H%M", &text).ok())
        .flatten()?;
    let zoned = moment.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_read_from_left_to_right() {
        let term =
            Term::read("cat:cs.DC OR cat:hep-th AND submittedDate:[20261101 TO 202611020600]")
                .unwrap();
        let Term::All(left, right) = term else {
            panic!("AND came last");
        };
        assert!(matches!(*left, Term::Any(..)));
        assert_eq!(
            *right,
            Term::Submitted(
                "2026-11-01T00:00:00Z".parse().unwrap(),
                "2026-11-02T06:00:00Z".parse().unwrap()
            )
        );
        assert!(Term::read("(cat:cs.DC OR cat:hep-th) ANDNOT ti:\"a b\"").is_ok());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "(cat:cs.DC",
            "cat:cs.DC AND",
            "cat:cs.DC )",
            "submittedDate:[x TO y]",
            "xx:y",
        ] {
            assert!(Term::read(text).is_err(), "{text}");
        }
    }
}
