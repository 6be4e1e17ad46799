//! Rules of a seed set: conditions that stand beside a score and say which papers may be shown.
//!
//! Words are compared as [`folded_words`](crate::folded_words) gives them: TeX read, accents, case
//! and punctuation dropped, whole words only. A rule never stems; `graph*` stands for every word
//! that begins with `graph`.

mod author;
mod phrase;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

pub use self::author::AuthorName;
use self::phrase::Phrase;
use crate::fold::folded_words;
use crate::{Category, CategoryError, Paper};

/// What a rule is about. The order of variants is the order in which rules are applied: what an
/// author or a word excludes is out before anything is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// Papers of this author are out.
    MuteAuthor,
    /// Papers with this word or phrase are out.
    MustNot,
    /// Papers in this category or archive are out.
    NotCategory,
    /// Papers in none of the set's categories or archives are out.
    Category,
    /// Papers without this word or phrase are out.
    Must,
    /// Papers of this author are shown whatever their score.
    PinAuthor,
}

impl RuleKind {
    /// All kinds, in the order of application.
    pub const ALL: [Self; 6] = [
        Self::MuteAuthor,
        Self::MustNot,
        Self::NotCategory,
        Self::Category,
        Self::Must,
        Self::PinAuthor,
    ];

    /// Returns a stable number for storage, 1 to 6.
    pub fn number(self) -> u8 {
        match self {
            Self::Must => 1,
            Self::MustNot => 2,
            Self::Category => 3,
            Self::NotCategory => 4,
            Self::PinAuthor => 5,
            Self::MuteAuthor => 6,
        }
    }

    /// Returns the kind with that stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Returns its name, as answers write it: `must-not`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::MustNot => "must-not",
            Self::Category => "category",
            Self::NotCategory => "not-category",
            Self::PinAuthor => "pin-author",
            Self::MuteAuthor => "mute-author",
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Must | Self::MustNot => {
                "a word or phrase such as `graph neural network`, with `|` between alternatives"
            }
            Self::Category | Self::NotCategory => {
                "a category or archive such as `cs.DC`, `hep-th` or `math`"
            }
            Self::PinAuthor | Self::MuteAuthor => "a name such as `Jane Doe` or `Doe, J.`",
        }
    }
}

impl fmt::Display for RuleKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Why a text is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Nothing but white space, or an alternative of that kind.
    #[error("rule `{kind}` or one of its alternatives is empty, expected {}", kind.expected())]
    Empty {
        /// Kind of the rule.
        kind: RuleKind,
    },
    /// No letter and no digit.
    #[error("`{text}` has no letter or digit, rule `{kind}` expects {}", kind.expected())]
    NoLetters {
        /// Kind of the rule.
        kind: RuleKind,
        /// The text found.
        text: String,
    },
    /// A star that is not the end of a word of two letters or more.
    #[error(
        "`{text}` has a `*` that ends no word, expected one behind at least two letters, \
         such as `graph*`"
    )]
    Star {
        /// The text found.
        text: String,
    },
    /// Not a category.
    #[error(transparent)]
    Category(#[from] CategoryError),
}

/// A condition on papers.
///
/// # Examples
/// ```
/// use kindred_core::{Rule, RuleKind};
/// let rule = Rule::new(RuleKind::Must, "graph neural network* | GNN*")?;
/// assert!(rule.matches_text("On Graph-Neural Networks"));
/// assert!(rule.matches_text("Scaling GNNs"));
/// assert!(!rule.matches_text("Neural Graphics"));
/// # Ok::<(), kindred_core::RuleError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    kind: RuleKind,
    text: String,
    condition: Condition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// Alternatives, sorted, each once.
    Words(Vec<Phrase>),
    Category(Category),
    Author(AuthorName),
}

/// A paper in the form that rules are applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSubject {
    title: Vec<String>,
    abstract_text: Vec<String>,
    authors: Vec<AuthorName>,
    categories: Vec<Category>,
}

impl From<&Paper> for RuleSubject {
    fn from(paper: &Paper) -> Self {
        Self {
            title: folded_words(&paper.title),
            abstract_text: folded_words(&paper.abstract_text),
            authors: paper
                .authors
                .iter()
                .filter_map(|name| AuthorName::new(name))
                .collect(),
            categories: paper.categories.clone(),
        }
    }
}

impl Rule {
    /// Reads a rule. White space is collapsed; a category is written by its canonical name.
    ///
    /// # Errors
    /// [`RuleError`] if the text is empty, has no letters, has a `*` in the wrong place, or is not
    /// a category where one is needed.
    pub fn new(kind: RuleKind, text: &str) -> Result<Self, RuleError> {
        let collapsed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if collapsed.is_empty() {
            return Err(RuleError::Empty { kind });
        }
        let condition = match kind {
            RuleKind::Must | RuleKind::MustNot => Condition::Words(phrases(kind, &collapsed)?),
            RuleKind::Category | RuleKind::NotCategory => Condition::Category(collapsed.parse()?),
            RuleKind::PinAuthor | RuleKind::MuteAuthor => {
                let name = AuthorName::new(&collapsed).ok_or_else(|| RuleError::NoLetters {
                    kind,
                    text: excerpt(&collapsed),
                })?;
                Condition::Author(name)
            }
        };
        let text = match &condition {
            Condition::Category(category) => category.to_string(),
            Condition::Words(_) | Condition::Author(_) => collapsed,
        };
        Ok(Self {
            kind,
            text,
            condition,
        })
    }

    /// Returns what it is about.
    pub fn kind(&self) -> RuleKind {
        self.kind
    }

    /// Returns the text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether two rules ask the same, however they are written.
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.condition == other.condition
    }

    /// Whether `text` says what this rule says, whatever its kind.
    pub fn is_written_as(&self, text: &str) -> bool {
        Self::new(self.kind, text).is_ok_and(|other| self.is_same(&other))
    }

    /// Whether no paper could do justice to both: a phrase asked for holds one that is excluded, a
    /// category lies in one that is excluded, an author is both pinned and muted.
    pub fn contradicts(&self, other: &Self) -> bool {
        self.is_undone_by(other) || other.is_undone_by(self)
    }

    fn is_undone_by(&self, other: &Self) -> bool {
        match (self.kind, other.kind, &self.condition, &other.condition) {
            (
                RuleKind::Must,
                RuleKind::MustNot,
                Condition::Words(wanted),
                Condition::Words(excluded),
            ) => wanted
                .iter()
                .all(|phrase| excluded.iter().any(|other| phrase.holds(other))),
            (
                RuleKind::Category,
                RuleKind::NotCategory,
                Condition::Category(wanted),
                Condition::Category(excluded),
            ) => excluded.contains(wanted),
            (
                RuleKind::PinAuthor,
                RuleKind::MuteAuthor,
                Condition::Author(pinned),
                Condition::Author(muted),
            ) => pinned == muted,
            _ => false,
        }
    }

    /// Whether this rule, a muted author, may also mean the pinned author of `other` under another
    /// form of the name.
    pub fn overshadows(&self, other: &Self) -> bool {
        match (self.kind, other.kind, &self.condition, &other.condition) {
            (
                RuleKind::MuteAuthor,
                RuleKind::PinAuthor,
                Condition::Author(muted),
                Condition::Author(pinned),
            ) => muted.admits(pinned),
            _ => false,
        }
    }

    /// Whether a paper has what the rule names: a phrase in title or abstract, a category, an
    /// author. What follows from it depends on [`Rule::kind`].
    pub fn matches(&self, paper: &RuleSubject) -> bool {
        match &self.condition {
            Condition::Words(alternatives) => alternatives.iter().any(|phrase| {
                phrase.occurs_in(&paper.title) || phrase.occurs_in(&paper.abstract_text)
            }),
            Condition::Category(category) => paper
                .categories
                .iter()
                .any(|other| category.contains(other)),
            Condition::Author(name) => paper.authors.iter().any(|author| name.admits(author)),
        }
    }

    /// Whether a rule of words finds one of its phrases in a text; `false` for other rules.
    pub fn matches_text(&self, text: &str) -> bool {
        match &self.condition {
            Condition::Words(alternatives) => {
                let words = folded_words(text);
                alternatives.iter().any(|phrase| phrase.occurs_in(&words))
            }
            Condition::Category(_) | Condition::Author(_) => false,
        }
    }
}

impl fmt::Display for Rule {
    /// Prints kind and text: `must-not survey`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.text)
    }
}

fn phrases(kind: RuleKind, text: &str) -> Result<Vec<Phrase>, RuleError> {
    let mut phrases = text
        .split('|')
        .map(|alternative| {
            let alternative = alternative.trim();
            if alternative.is_empty() {
                return Err(RuleError::Empty { kind });
            }
            if !alternative.contains(char::is_alphanumeric) {
                return Err(RuleError::NoLetters {
                    kind,
                    text: excerpt(alternative),
                });
            }
            let phrase = Phrase::new(alternative).ok_or_else(|| RuleError::Star {
                text: excerpt(alternative),
            })?;
            if phrase.is_empty() {
                return Err(RuleError::NoLetters {
                    kind,
                    text: excerpt(alternative),
                });
            }
            Ok(phrase)
        })
        .collect::<Result<Vec<_>, _>>()?;
    phrases.sort();
    phrases.dedup();
    Ok(phrases)
}

/// The part of a text that an error shows.
fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
