use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokenizers::normalizers::NFD;
use tokenizers::{NormalizedString, Normalizer};

use super::super::{TextTokenizer, TokenRules};
use super::*;
use crate::source::ModelSource;

/// Rows that every made-up vocabulary fits into.
const ROWS: usize = 1_000;

fn read(folder: &Path, rules: TokenRules) -> TextTokenizer {
    let source = ModelSource::folder(folder).unwrap();
    TextTokenizer::read(&source, "tokenizer.json", rules).unwrap()
}

fn made(json: &Value, rules: TokenRules) -> TextTokenizer {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("tokenizer.json"), json.to_string()).unwrap();
    read(folder.path(), rules)
}

/// Pieces that leave gaps: letters without continuation, accents, long ones, odd ones.
fn vocabulary(prefix: &str) -> Value {
    let mut pieces: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        .map(str::to_owned)
        .to_vec();
    pieces.extend(('a'..='x').map(String::from));
    pieces.extend("ABZ0129éÉçßσςΣαЖж中好ガ한ᄒ½∑①".chars().map(String::from));
    pieces.extend(".,;:!?()[]{}$^_\\-–“”。«".chars().map(String::from));
    let words = "the of graph graphs neural transform transformer internationalization \
                 co con convolution É naïve naive Résumé ab abc abcdefghijklmnop \
                 abcdefghijklmnopq straße αβγ 中国";
    pieces.extend(
        words
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(str::to_owned),
    );
    let inner = "a b c d e f g i l n o r s t er ing tion ational ization z0 12 é σ ж β γ \
                 volution qrstuvwxyz abcdefghijklmnop internationalizations \u{301} ᅡ ᆫ";
    pieces.extend(
        inner
            .split_whitespace()
            .map(|piece| format!("{prefix}{piece}")),
    );
    pieces.push(prefix.to_owned());
    pieces.push(format!("{prefix}{prefix}a"));
    pieces.push("zero\0byte".to_owned());
    pieces.sort_unstable();
    pieces.dedup();
    pieces.retain(|piece| !piece.is_empty());
    let vocabulary = pieces.into_iter().enumerate();
    vocabulary.map(|(id, piece)| (piece, json!(id))).collect()
}

fn tokenizer_json(
    normalizer: &Value,
    pre_tokenizer: &Value,
    prefix: &str,
    longest: usize,
) -> Value {
    let vocab = vocabulary(prefix);
    let id = |token: &str| vocab[token].clone();
    let added = |token: &str| {
        json!({"id": id(token), "content": token, "single_word": false, "lstrip": token == "[MASK]",
               "rstrip": false, "normalized": false, "special": true})
    };
    let special = |token: &str| json!({"id": token, "ids": [id(token)], "tokens": [token]});
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [added("[UNK]"), added("[CLS]"), added("[SEP]"), added("[MASK]")],
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                       {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": special("[CLS]"), "[SEP]": special("[SEP]")}
        },
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": prefix,
                  "max_input_chars_per_word": longest, "vocab": vocab}
    })
}

fn bert(clean: bool, chinese: bool, strip: Option<bool>, lower: bool) -> Value {
    json!({"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese,
           "strip_accents": strip, "lowercase": lower})
}

fn rules(max_tokens: Option<usize>) -> TokenRules {
    TokenRules {
        max_tokens,
        add_special: true,
        rows: ROWS,
        ..TokenRules::default()
    }
}

/// Tokenizers of every setting that the fast path takes.
static MADE: LazyLock<Vec<TextTokenizer>> = LazyLock::new(|| {
    let mut all = Vec::new();
    let split = json!({"type": "BertPreTokenizer"});
    for clean in [true, false] {
        for chinese in [true, false] {
            for lower in [true, false] {
                for strip in [None, Some(true), Some(false)] {
                    let json =
                        tokenizer_json(&bert(clean, chinese, strip, lower), &split, "##", 40);
                    all.push(made(&json, rules(None)));
                }
            }
        }
    }
    let usual = bert(true, true, None, true);
    for max_tokens in [3, 4, 7, 20] {
        let json = tokenizer_json(&usual, &split, "##", 100);
        all.push(made(&json, rules(Some(max_tokens))));
        for drop_unknown in [true, false] {
            let few = TokenRules {
                add_special: false,
                drop_unknown,
                lowercase: drop_unknown,
                ..rules(Some(max_tokens))
            };
            all.push(made(&json, few));
        }
    }
    let spaces = json!({"type": "WhitespaceSplit"});
    let marks = |behavior: &str| json!({"type": "Punctuation", "behavior": behavior});
    let both =
        |behavior: &str| json!({"type": "Sequence", "pretokenizers": [spaces, marks(behavior)]});
    let sequence = json!({"type": "Sequence", "normalizers": [
        {"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]});
    let plain = json!({"type": "NFD"});
    for (normalizer, pre_tokenizer, prefix, longest) in [
        (&usual, &spaces, "##", 100),
        (&usual, &marks("Isolated"), "", 9),
        (&usual, &both("Isolated"), "▁", 0),
        (&sequence, &both("Removed"), "a", 16),
        (&plain, &split, "##", 17),
        (&Value::Null, &spaces, "é", 5),
        (&Value::Null, &Value::Null, "##", 100),
    ] {
        let json = tokenizer_json(normalizer, pre_tokenizer, prefix, longest);
        all.push(made(&json, rules(None)));
    }
    all
});

/// Tokenizers of real models: the built-in ones, and that of all-MiniLM-L6-v2 if it is there.
static REAL: LazyLock<Vec<TextTokenizer>> = LazyLock::new(|| {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let rows = 24_000;
    let of_small = TokenRules {
        rows,
        ..rules(Some(256))
    };
    let of_static = TokenRules {
        rows,
        ..TokenRules::default()
    };
    let mut all = vec![
        read(&models.join("kindred-small"), of_small),
        read(&models.join("kindred-static"), of_static),
    ];
    let minilm = models.join("third-party/all-MiniLM-L6-v2");
    if minilm.join("tokenizer.json").exists() {
        let rows = 30_522;
        all.push(read(
            &minilm,
            TokenRules {
                rows,
                ..rules(Some(256))
            },
        ));
        all.push(read(
            &minilm,
            TokenRules {
                rows,
                ..rules(Some(16))
            },
        ));
    } else {
        eprintln!("skipped: no all-MiniLM-L6-v2, `bash models/fetch-reference.sh` fetches it");
    }
    all
});

/// Holds the path against the crate; whether it was sure of the text.
fn agrees(tokenizer: &TextTokenizer, text: &str) -> Result<bool, TestCaseError> {
    let path = tokenizer.path.as_ref().expect("a path for this tokenizer");
    let text = tokenizer.lowered(text);
    let Some(found) = path.ids(&text, usize::MAX) else {
        return Ok(false);
    };
    let expected = tokenizer.ids_of_library(&text).unwrap();
    prop_assert_eq!(&found, &expected, "{:?} with {:?}", text, path);
    for enough in [0, 1, 5] {
        let short = path
            .ids(&text, enough)
            .expect("sure of a part of what it is sure of");
        let body = |ids: &[u32]| {
            let ids = &ids[path.frame.before.len()..ids.len() - path.frame.behind.len()];
            ids[..ids.len().min(enough)].to_vec()
        };
        prop_assert_eq!(body(&short), body(&expected));
    }
    Ok(true)
}

fn one_of(characters: &'static str) -> impl Strategy<Value = String> {
    let characters: Vec<char> = characters.chars().collect();
    prop::collection::vec(prop::sample::select(characters), 1..4).prop_map(String::from_iter)
}

fn between(ranges: &[std::ops::RangeInclusive<char>]) -> impl Strategy<Value = String> {
    let ranges = ranges.to_vec();
    prop::collection::vec(prop::char::ranges(ranges.into()), 1..6).prop_map(String::from_iter)
}

fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[ -~]{0,12}",
        3 => "[A-Za-z]{1,14}",
        2 => prop::sample::select(vec![
            "the", "graphs", "transformers", "Internationalization", "internationalizations",
            "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnop", "aabcdefghijklmnop", "##a", "con##er",
            "RÉSUMÉ", "nai\u{308}ve", "straße", "ΑΒΓΣ", "зжж", "zero\0byte", "中国",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "[CLS]", "[MASK]", " [MASK] ", "[UNK", "[mask]", "[[SEP]]", "[PAD]", "[", "[ CLS ]",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "$\\alpha_{i}^{2}$", "\\'etale", "H\\\"older", "$O(n\\log n)$", "{\\it Kepler}", "~10$^{-3}$",
        ]).prop_map(str::to_owned),
        2 => one_of(" \t\n\r\u{b}\u{c}\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{202f}\u{3000}"),
        1 => one_of("\0\u{1}\u{1f}\u{7f}\u{ad}\u{200b}\u{200d}\u{200e}\u{2060}\u{feff}\u{fffd}\u{e000}\u{e0001}\u{10ffff}"),
        2 => one_of("éÉçßſÅåİıǅΣσςΐÖŁøþµªº½①ﬁǰŉẞ"),
        2 => one_of("≠≮∑∫√∞±×÷°·…–—‘’“”«»¿§©®™€£¥$+<=>^`|~\u{37e}\u{387}\u{1fef}"),
        1 => one_of("中国豈\u{f900}\u{2f800}𠀀好한국어가각힣ガぱか\u{3099}ｶﾞ"),
        2 => between(&['\u{300}'..='\u{36f}', '\u{302a}'..='\u{302f}', '\u{591}'..='\u{5c7}', '\u{1d165}'..='\u{1d172}']),
        1 => between(&['\u{a0}'..='\u{24f}', '\u{370}'..='\u{52f}', '\u{1e00}'..='\u{1fff}']),
        1 => between(&['\u{900}'..='\u{dff}', '\u{f00}'..='\u{fff}', '\u{1b00}'..='\u{1bff}']),
        1 => between(&['\u{1f300}'..='\u{1faff}', '\u{1d400}'..='\u{1d7ff}']),
        1 => prop::collection::vec(any::<char>(), 1..6).prop_map(String::from_iter),
        1 => ("[a-eé中]{1,3}", 1..60_usize).prop_map(|(part, times)| part.repeat(times)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        (fragment(), prop_oneof![Just(""), Just(" "), Just("-")]),
        0..12,
    )
    .prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(part, gap)| [part, gap.to_owned()])
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn ids_are_those_of_the_crate_for_made_up_vocabularies(text in text()) {
        for tokenizer in MADE.iter() {
            agrees(tokenizer, &text)?;
        }
    }

    #[test]
    fn ids_are_those_of_the_crate_for_real_vocabularies(text in text()) {
        for tokenizer in REAL.iter() {
            agrees(tokenizer, &text)?;
        }
    }

    #[test]
    fn tokenising_is_the_same_with_the_path_as_without(text in text(), prompt in "[a-z]{1,8}: ") {
        for with in MADE.iter() {
            let prompt = with.prompt(&prompt).unwrap();
            for prompt in [None, Some(&prompt)] {
                let found = with.tokenize(prompt, &text);
                let without = TextTokenizer { path: None, tokenizer: with.tokenizer.clone(),
                    rules: with.rules.clone(), ..*with };
                let expected = without.tokenize(prompt, &text);
                match (found, expected) {
                    (Ok(found), Ok(expected)) => prop_assert_eq!(found, expected),
                    (found, expected) => prop_assert_eq!(found.is_err(), expected.is_err()),
                }
            }
        }
    }
}

#[test]
fn every_kind_of_character_has_the_ids_of_the_crate() {
    let numbers = (0..0x3400)
        .chain((0x3400..0xd800).step_by(61))
        .chain((0xe000..0xf900).step_by(61))
        .chain(0xf900..0x2_0000)
        .chain((0x2_0000..0x11_0000).step_by(997));
    let mut unsure = 0;
    for character in numbers.filter_map(char::from_u32) {
        let text = format!("ab{character}a {character}");
        for tokenizer in [&REAL[0], &MADE[0], &MADE[2]] {
            unsure += usize::from(!agrees(tokenizer, &text).unwrap());
        }
    }
    // Combining marks that are not removed: a few hundred of all characters.
    assert!(unsure < 1_000, "{unsure} characters are left to the crate");
}

#[test]
fn ordinary_text_of_every_script_is_sure() {
    let text =
        "Poincaré–Hölder estimates: α ≠ β, İstanbul, 中国 and “quoted” straße… 10⁻³ ± ½ Å\u{200b}.";
    for tokenizer in REAL.iter() {
        assert!(agrees(tokenizer, text).unwrap());
    }
    assert!(!agrees(&REAL[0], "a literal [UNK] is left to the crate").unwrap());
    assert!(agrees(&REAL[0], "a literal [NONE] is nothing special to it").unwrap());
}

#[test]
fn other_components_have_no_path() {
    let split = json!({"type": "BertPreTokenizer"});
    let usual = bert(true, true, None, true);
    let none = |json: &Value| assert!(made(json, rules(None)).path.is_none(), "{json}");
    let good = || tokenizer_json(&usual, &split, "##", 100);
    assert!(made(&good(), rules(None)).path.is_some());
    none(&tokenizer_json(&json!({"type": "NFKC"}), &split, "##", 100));
    let nested = json!({"type": "Sequence", "normalizers": [usual, {"type": "NFC"}]});
    none(&tokenizer_json(&nested, &split, "##", 100));
    none(&tokenizer_json(
        &usual,
        &json!({"type": "Whitespace"}),
        "##",
        100,
    ));
    let merged = json!({"type": "Punctuation", "behavior": "MergedWithNext"});
    none(&tokenizer_json(&usual, &merged, "##", 100));
    let mut json = good();
    json["added_tokens"][0]["normalized"] = json!(true);
    none(&json);
    let mut json = good();
    json["model"]["unk_token"] = json!("[NONE]");
    none(&json);
    let mut json = good();
    let sequence = json["post_processor"]["single"][1].clone();
    json["post_processor"]["single"]
        .as_array_mut()
        .unwrap()
        .push(sequence);
    none(&json);
    let mut json = good();
    json["post_processor"]["special_tokens"]["[CLS]"]["ids"] = json!([ROWS]);
    none(&json);
}

#[test]
fn longest_pieces_are_found_at_every_length() {
    let word = "abcdefghijklmnopqrstuvwxyz";
    for length in 1..=word.len() {
        let table = PieceTable::new(&[(&word[..length], 7), ("", 1), ("a\0", 2)]);
        assert_eq!(table.longest_of_bytes(word.as_bytes()), Some((length, 7)));
        assert_eq!(
            table.longest_of_bytes(&word.as_bytes()[..length]),
            Some((length, 7))
        );
        if length > 1 {
            assert_eq!(table.longest_of_bytes(&word.as_bytes()[..length - 1]), None);
        }
    }
    assert_eq!(PieceTable::new(&[]).longest_of_bytes(b"a"), None);
}

#[test]
fn only_ascii_capitals_are_lowered() {
    for bytes in
        (0..8).map(|block| std::array::from_fn(|at| block * 16 + u8::try_from(at).unwrap()))
    {
        let expected = Key::from_le_bytes(bytes.map(|byte: u8| byte.to_ascii_lowercase()));
        assert_eq!(lowered(Key::from_le_bytes(bytes)), expected);
    }
}

#[test]
fn no_combining_mark_is_lowered() {
    // Else a mark could be moved by decomposition and be none afterwards.
    for character in (0..0x2_0000).filter_map(char::from_u32) {
        let mut decomposed = NormalizedString::from(character.to_string());
        NFD.normalize(&mut decomposed).unwrap();
        let whole = decomposed.get().chars().eq([character]);
        if whole && character.to_lowercase().ne([character]) {
            assert!(!characters::moves(character).unwrap(), "{character:?}");
        }
    }
}
