//! Regular expressions of tokenizers.
//!
//! A pattern of a model's author can take exponential time on a hostile text, so that only
//! patterns that are known are run: compared as texts, with no attempt at judging others. Those
//! below look at each character a bounded number of times, runs of white space at most twice.

use serde_json::Value;

/// The patterns that are run.
const KNOWN: [&str; 6] = [
    // GPT-2, where its pre-tokenizer is written out.
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    // Qwen2 and Qwen3.
    concat!(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}",
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    // Llama 3 and its kin: up to three digits.
    concat!(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}",
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    // XLM-R and others converted from SentencePiece.
    r" {2,}",
    r"\s+",
    r"\s{2,}",
];

/// Characters of an unknown pattern that a message shows.
const SHOWN: usize = 80;

/// Returns the part of a tokenizer that holds an unknown pattern, if one does, and the pattern.
pub(super) fn unknown(json: &Value) -> Option<(&'static str, String)> {
    let parts = ["normalizer", "pre_tokenizer", "post_processor", "decoder"];
    parts.into_iter().find_map(|part| {
        let pattern = unknown_in(json.get(part)?)?;
        let shown = pattern.chars().filter(|c| !c.is_control()).take(SHOWN);
        Some((part, shown.collect()))
    })
}

fn unknown_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .find_map(|(key, value)| match (key.as_str(), value) {
                ("Regex", Value::String(pattern)) if KNOWN.contains(&pattern.as_str()) => None,
                ("Regex", Value::String(pattern)) => Some(pattern.clone()),
                ("Regex", other) => Some(other.to_string()),
                (_, value) => unknown_in(value),
            }),
        Value::Array(list) => list.iter().find_map(unknown_in),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn split(pattern: &str) -> Value {
        json!({
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated"}
            ]},
            "model": {"vocab": {"Regex": 0}}
        })
    }

    #[test]
    fn unknown_patterns_are_found_at_any_depth_and_known_ones_pass() {
        let found = unknown(&split("(a+)+$"));
        assert_eq!(found, Some(("pre_tokenizer", "(a+)+$".to_owned())));
        for pattern in KNOWN {
            assert_eq!(unknown(&split(pattern)), None, "{pattern}");
        }
        let near = format!("{}|(a+)+$", KNOWN[1]);
        assert!(unknown(&split(&near)).is_some());
        let odd = json!({"normalizer": {"pattern": {"Regex": ["a"]}}});
        assert!(unknown(&odd).is_some());
        assert_eq!(unknown(&json!({"model": {"vocab": {"Regex": 0}}})), None);
    }

    #[test]
    fn known_patterns_take_linear_time() {
        use tokenizers::pre_tokenizers::split::SplitPattern;
        use tokenizers::tokenizer::{OffsetReferential, OffsetType, PreTokenizedString};
        use tokenizers::{PreTokenizer, SplitDelimiterBehavior, pre_tokenizers::split::Split};

        let long = 200_000;
        let texts = [
            " ".repeat(long),
            format!("{}x", " ".repeat(long)),
            "\u{a0}\n".repeat(long / 2),
            "a".repeat(long),
            "'".repeat(long),
            "a 1'!\n".repeat(long / 6),
        ];
        for pattern in KNOWN {
            let pattern = SplitPattern::Regex(pattern.to_owned());
            let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).unwrap();
            for text in &texts {
                let started = std::time::Instant::now();
                let mut pieces = PreTokenizedString::from(text.as_str());
                split.pre_tokenize(&mut pieces).unwrap();
                let bytes: usize = pieces
                    .get_splits(OffsetReferential::Original, OffsetType::Byte)
                    .iter()
                    .map(|(piece, ..)| piece.len())
                    .sum();
                assert_eq!(bytes, text.len());
                let seconds = started.elapsed().as_secs_f32();
                assert!(seconds < 20.0, "{seconds} s");
            }
        }
    }
}
