//! What people type into a word search, and the FTS5 expression made of it.
//!
//! Nothing a person types reaches FTS5 as syntax: the text is cut into tokens here, and only
//! quoted tokens are emitted, joined by operators of ours.

use std::fmt::Write;
use std::str::FromStr;

use kindred_core::{Category, CategoryError};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use self::stop_words::is_stop_word;

mod stop_words;

/// Most terms of a query; a phrase is one. What follows is left out.
const MAX_TERMS: usize = 32;
/// Most tokens of a phrase.
const MAX_PHRASE_TOKENS: usize = 32;
/// Longest token, in bytes; a longer one is cut, and finds nothing.
const MAX_TOKEN_BYTES: usize = 128;

/// Why a text cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Neither a word nor a filter.
    #[error("nothing to search for, expected at least one word")]
    Empty,
    /// Only words that must not occur.
    #[error("only excluded words, expected at least one word to look for")]
    OnlyExclusions,
    /// More phrases, fields or exclusions than can be held to.
    #[error("{found} phrases, fields or exclusions, expected at most {limit} of a kind")]
    TooManyConditions {
        /// How many there are of the kind that is too many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// `cat:` names no category.
    #[error("the query's `cat:` names no category")]
    Category(#[from] CategoryError),
}

/// A word search: words rank, phrases and fields are required, a minus excludes.
///
/// | written | meaning |
/// |---|---|
/// | `secure aggregation` | either word; papers with both, and with the rarer one, first |
/// | `aggreg*` | any word that begins so |
/// | `"secure aggregation"` | required, these words in a row |
/// | `author:shamir`, `author:"adi shamir"` | required, in the names of the authors |
/// | `title:lattice`, `abstract:lattice` | required, there |
/// | `cat:cs.CR` | in this category or archive; several: in any |
/// | `-blockchain`, `-title:survey`, `-cat:cs` | must not be |
///
/// Common English words are left out where others remain. At most 32 terms count, so that a whole
/// sentence can be a query. Case and accents do not matter; words are compared by their stem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordQuery {
    words: Vec<Phrase>,
    required: Vec<Phrase>,
    excluded: Vec<Phrase>,
    categories: Vec<Category>,
    excluded_categories: Vec<Category>,
    plain: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Phrase {
    /// Column of the word index; `None` is any.
    column: Option<&'static str>,
    tokens: Vec<String>,
    is_prefix: bool,
}

impl WordQuery {
    /// Whether a name before a colon is that of a field, as in `author:shamir`.
    pub fn is_field(name: &str) -> bool {
        Field::named(name).is_some()
    }

    /// Returns the words and phrases as they were typed, without operators, exclusions, authors
    /// and categories: what an encoder is to read. May be empty.
    pub fn plain_text(&self) -> &str {
        &self.plain
    }

    /// Whether there is nothing to rank by: no word, phrase or field to look for.
    pub fn has_only_filters(&self) -> bool {
        self.words.is_empty() && self.required.is_empty()
    }

    /// Categories of which a paper must have one; empty: any.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Categories of which a paper must have none.
    pub fn excluded_categories(&self) -> &[Category] {
        &self.excluded_categories
    }

    /// Returns the FTS5 expression, exclusions included; `None` if there is nothing to rank by.
    pub(crate) fn expression(&self) -> Option<String> {
        let required = joined(&self.required, " AND ");
        let words = joined(&self.words, " OR ");
        // Optional words beside required ones rank without selecting.
        let mut expression = match (required.is_empty(), words.is_empty()) {
            (true, true) => return None,
            (true, false) => words,
            (false, true) => required,
            (false, false) => format!("({required}) AND (({required}) OR {words})"),
        };
        if let Some(excluded) = self.exclusions() {
            expression = format!("({expression}) NOT ({excluded})");
        }
        Some(expression)
    }

    /// Returns the FTS5 expression of what every result must have, exclusions included; `None` if
    /// no word is demanded.
    pub(crate) fn conditions(&self) -> Option<String> {
        if self.required.is_empty() {
            return None;
        }
        let required = joined(&self.required, " AND ");
        Some(match self.exclusions() {
            Some(excluded) => format!("({required}) NOT ({excluded})"),
            None => required,
        })
    }

    /// Whether a word must not occur.
    pub(crate) fn excludes(&self) -> bool {
        !self.excluded.is_empty()
    }

    /// Returns the FTS5 expression that finds what is excluded.
    pub(crate) fn exclusions(&self) -> Option<String> {
        (!self.excluded.is_empty()).then(|| joined(&self.excluded, " OR "))
    }

    fn add(&mut self, part: &Part<'_>) -> Result<(), QueryError> {
        if part.field == Some(Field::Category) {
            let list = if part.is_excluded {
                &mut self.excluded_categories
            } else {
                &mut self.categories
            };
            list.push(part.text.parse()?);
            return Ok(());
        }
        let column = part.field.and_then(Field::column);
        let tokens = tokens(part.text);
        if tokens.is_empty() {
            return Ok(());
        }
        let is_prefix = part.text.trim_end().ends_with('*');
        let is_loose = column.is_none() && !part.is_quoted && !part.is_excluded;
        if !part.is_excluded && part.field != Some(Field::Author) {
            if !self.plain.is_empty() {
                self.plain.push(' ');
            }
            self.plain.push_str(part.text.trim().trim_end_matches('*'));
        }
        if is_loose {
            let last = tokens.len() - 1;
            for (position, token) in tokens.into_iter().enumerate() {
                let word = Phrase {
                    column,
                    tokens: vec![token],
                    is_prefix: is_prefix && position == last,
                };
                if !self.words.contains(&word) {
                    self.words.push(word);
                }
            }
            return Ok(());
        }
        let list = if part.is_excluded {
            &mut self.excluded
        } else {
            &mut self.required
        };
        list.push(Phrase {
            column,
            tokens: tokens.into_iter().take(MAX_PHRASE_TOKENS).collect(),
            is_prefix,
        });
        Ok(())
    }

    /// Leaves out common words and what is too much.
    fn prune(&mut self) {
        let is_common = |word: &Phrase| !word.is_prefix && is_stop_word(&word.tokens[0]);
        if !self.required.is_empty() || !self.words.iter().all(is_common) {
            self.words.retain(|word| !is_common(word));
        }
        self.words
            .truncate(MAX_TERMS - self.excluded.len() - 2 * self.required.len());
    }
}

impl FromStr for WordQuery {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let mut query = Self {
            words: Vec::new(),
            required: Vec::new(),
            excluded: Vec::new(),
            categories: Vec::new(),
            excluded_categories: Vec::new(),
            plain: String::new(),
        };
        let mut rest = text;
        while let Some((part, tail)) = next_part(rest) {
            query.add(&part)?;
            rest = tail;
        }
        for conditions in [&query.required, &query.excluded] {
            let (found, limit) = (conditions.len(), MAX_TERMS / 4);
            if found > limit {
                return Err(QueryError::TooManyConditions { found, limit });
            }
        }
        query.prune();
        let has_filter = !query.categories.is_empty() || !query.excluded_categories.is_empty();
        if query.has_only_filters() && !has_filter {
            return Err(if query.excluded.is_empty() {
                QueryError::Empty
            } else {
                QueryError::OnlyExclusions
            });
        }
        Ok(query)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Author,
    Title,
    Abstract,
    Category,
}

impl Field {
    /// arXiv's own prefixes are understood too.
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "author" | "authors" | "au" => Self::Author,
            "title" | "ti" => Self::Title,
            "abstract" | "abs" => Self::Abstract,
            "cat" | "category" => Self::Category,
            _ => return None,
        })
    }

    fn column(self) -> Option<&'static str> {
        match self {
            Self::Author => Some("authors"),
            Self::Title => Some("title"),
            Self::Abstract => Some("abstract"),
            Self::Category => None,
        }
    }
}

/// One word, phrase or field of a query.
struct Part<'text> {
    field: Option<Field>,
    is_excluded: bool,
    is_quoted: bool,
    text: &'text str,
}

const QUOTES: [char; 3] = ['"', '\u{201c}', '\u{201d}'];

/// Cuts the next part off; `None` at the end.
fn next_part(text: &str) -> Option<(Part<'_>, &str)> {
    let text = text.trim_start();
    if text.is_empty() {
        return None;
    }
    let after_minus = text.trim_start_matches('-');
    let is_word = |text: &str| text.starts_with(|c: char| !c.is_whitespace());
    let is_excluded = after_minus.len() < text.len() && is_word(after_minus);
    let mut rest = after_minus;
    let field = rest.split_once(':').and_then(|(name, value)| {
        let field = Field::named(name).filter(|_| is_word(value))?;
        rest = value;
        Some(field)
    });
    let is_quoted = rest.starts_with(QUOTES);
    let (text, tail) = if is_quoted {
        let mut inside = rest.chars();
        inside.next();
        let inside = inside.as_str();
        inside.split_once(QUOTES).unwrap_or((inside, ""))
    } else {
        let end = rest
            .find(|c: char| c.is_whitespace() || QUOTES.contains(&c))
            .unwrap_or(rest.len());
        rest.split_at(end)
    };
    let part = Part {
        field,
        is_excluded,
        is_quoted,
        text,
    };
    Some((part, tail))
}

/// Cuts a text as the word index does: runs of letters, digits and the marks on them.
fn tokens(text: &str) -> Vec<String> {
    let composed: String = text.nfc().collect();
    composed
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|token| token.contains(char::is_alphanumeric))
        .map(|token| token[..token.floor_char_boundary(MAX_TOKEN_BYTES)].to_lowercase())
        .collect()
}

fn joined(phrases: &[Phrase], operator: &str) -> String {
    let mut expression = String::new();
    for phrase in phrases {
        if !expression.is_empty() {
            expression.push_str(operator);
        }
        if let Some(column) = phrase.column {
            write!(expression, "{column} : ").expect("writing to a string cannot fail");
        }
        // Tokens hold no quotes: those separate tokens.
        write!(expression, "\"{}\"", phrase.tokens.join(" "))
            .expect("writing to a string cannot fail");
        if phrase.is_prefix {
            expression.push_str(" *");
        }
    }
    expression
}

#[cfg(test)]
mod tests;
