//! What stands around the tokens of a text, and what stands in it literally.

use tokenizers::{Encoding, PostProcessor, Token, Tokenizer};

/// Ids before and behind those of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) before: Vec<u32>,
    pub(super) behind: Vec<u32>,
}

impl Frame {
    /// Asks a tokenizer's post-processor; `None` if it does anything but add tokens at both ends.
    pub(super) fn ask(tokenizer: &Tokenizer, add_special: bool) -> Option<Self> {
        let Some(processor) = tokenizer.get_post_processor() else {
            return Some(Self::default());
        };
        // No vocabulary has this id: all ids are below the number of rows of a table in memory.
        let text = u32::MAX;
        let token = Token::new(text, String::new(), (0, 0));
        let alone = Encoding::from_tokens(vec![token], 0);
        let framed = processor.process(alone, None, add_special).ok()?;
        let ids = framed.get_ids();
        let at = ids.iter().position(|&id| id == text)?;
        let (before, behind) = (&ids[..at], &ids[at + 1..]);
        let expected = if add_special {
            processor.added_tokens(false)
        } else {
            0
        };
        let whole = before.len() + behind.len() == expected && !behind.contains(&text);
        whole.then(|| Self {
            before: before.to_vec(),
            behind: behind.to_vec(),
        })
    }
}

/// The added tokens of a tokenizer, which are looked for in a text before anything else.
#[derive(Debug)]
pub(super) struct AddedTokens {
    contents: Vec<String>,
    /// The one first character that all of them have.
    first: Option<char>,
}

impl AddedTokens {
    /// Takes those of a tokenizer; `None` if one of them is looked for in the normalised text.
    pub(super) fn of(tokenizer: &Tokenizer) -> Option<Self> {
        let tokens = tokenizer.get_added_tokens_decoder();
        if tokens.values().any(|token| token.normalized) {
            return None;
        }
        let mut contents: Vec<String> = tokens.into_values().map(|token| token.content).collect();
        contents.sort_unstable();
        let mut first: Vec<Option<char>> =
            contents.iter().map(|text| text.chars().next()).collect();
        first.dedup();
        let first = match first.as_slice() {
            [Some(first)] => Some(*first),
            _ => None,
        };
        Some(Self { contents, first })
    }

    /// Whether one of them occurs in `text`, however its flags would have it treated.
    pub(super) fn occur_in(&self, text: &str) -> bool {
        match self.first {
            Some(first) => text.match_indices(first).any(|(at, _)| {
                let rest = &text[at..];
                self.contents
                    .iter()
                    .any(|content| rest.starts_with(content.as_str()))
            }),
            None => self
                .contents
                .iter()
                .any(|content| text.contains(content.as_str())),
        }
    }
}
