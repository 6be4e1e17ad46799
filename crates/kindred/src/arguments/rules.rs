//! Arguments of `set rule`.

use clap::Args;
use kindred_engine::{Rule, RuleError, RuleKind};

/// Arguments of `set rule`.
#[derive(Debug, Args)]
pub(crate) struct RuleArguments {
    /// Name of the set
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Only papers with this word or phrase in title or abstract; `|` between alternatives, `*` for
    /// the rest of a word; of several, all have to be there
    #[arg(long, value_name = "WORDS", value_parser = must)]
    must: Vec<Rule>,
    /// No papers with this word or phrase
    #[arg(long, value_name = "WORDS", value_parser = must_not)]
    must_not: Vec<Rule>,
    /// Only papers of this category or archive, or of another one that is named so
    #[arg(long, short, value_name = "CATEGORY", value_parser = category)]
    category: Vec<Rule>,
    /// No papers of this category or archive
    #[arg(long, value_name = "CATEGORY", value_parser = not_category)]
    not_category: Vec<Rule>,
    /// Show every paper of this author, before the others; `J. Doe` is `Jane Doe` too
    #[arg(long, value_name = "AUTHOR", value_parser = pin)]
    pin: Vec<Rule>,
    /// No papers of this author
    #[arg(long, value_name = "AUTHOR", value_parser = mute)]
    mute: Vec<Rule>,
    /// Remove the rule with this number in the list, or with this text, before others are added
    #[arg(long, value_name = "N|TEXT")]
    pub(crate) remove: Vec<String>,
}

impl RuleArguments {
    /// Returns the rules to add.
    pub(crate) fn added(&self) -> Vec<Rule> {
        [
            &self.must,
            &self.must_not,
            &self.category,
            &self.not_category,
            &self.pin,
            &self.mute,
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
    }
}

fn must(text: &str) -> Result<Rule, RuleError> {
    Rule::new(RuleKind::Must, text)
}

fn must_not(text: &str) -> Result<Rule, RuleError> {
    Rule::new(RuleKind::MustNot, text)
}

fn category(text: &str) -> Result<Rule, RuleError> {
    Rule::new(RuleKind::Category, text)
}

fn not_category(text: &str) -> Result<Rule, RuleError> {
    Rule::new(RuleKind::NotCategory, text)
}

fn pin(text: &str) -> Result<Rule, RuleError> {
    Rule::new(RuleKind::PinAuthor, text)
}

fn mute(text: &str) -> Result<Rule, RuleError> {
    Rule::new(RuleKind::MuteAuthor, text)
}
