//! Why a tool gave no answer.

use std::error::Error;

use kindred_engine::EngineError;
use rmcp::model::{CallToolResult, ContentBlock};

use crate::bounds::shorten;
use crate::text::clean;

/// Longest line of an error, in characters.
const LINE_CHARACTERS: usize = 800;

/// Why a tool gave no answer, in words for whoever called it, and what may help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolError {
    message: String,
    hints: Vec<String>,
}

impl ToolError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hints: Vec::new(),
        }
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Writes it as the command line does: a line for the error, a line for each hint. What it
    /// repeats of the call is cut.
    pub(crate) fn text(&self) -> String {
        let short = |text: &str| {
            let mut text = clean(text);
            shorten(&mut text, LINE_CHARACTERS, "\u{2026}");
            text
        };
        let mut text = format!("error: {}", short(&self.message));
        for hint in &self.hints {
            text.push_str("\nhint: ");
            text.push_str(&short(hint));
        }
        text
    }

    /// The result of a tool that failed; the model that called it reads it.
    pub(crate) fn into_result(self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(self.text())])
    }
}

impl From<EngineError> for ToolError {
    fn from(error: EngineError) -> Self {
        Self {
            message: chain(&error),
            hints: error.hints(),
        }
    }
}

/// Writes an error and its causes in one line; a wrapper that only repeats its cause is left out.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}
