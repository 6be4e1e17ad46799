use super::*;

#[test]
fn cutting_respects_characters() {
    assert_eq!(cut("äöü", 2), "äö");
    assert_eq!(cut("äöü", 3), "äöü");
    assert_eq!(cut("abc", 9), "abc");
}

#[test]
fn panics_become_errors() {
    let error = caught::<()>(|| panic!("broken {}", 1)).unwrap_err();
    assert_eq!(error.to_string(), "the tokenizer panicked: broken 1");
}

#[test]
fn ids_are_those_of_the_python_library_whatever_the_file_says_of_truncation() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for name in ["tiny-bert-mean", "tiny-bert-cls"] {
        let expected = fs_err::read(fixtures.join(format!("{name}.expected.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let max_tokens = expected["max_tokens"]
            .as_u64()
            .map(|limit| usize::try_from(limit).unwrap());
        let rules = TokenRules {
            max_tokens,
            add_special: true,
            rows: 200,
            ..TokenRules::default()
        };
        let source = ModelSource::folder(&fixtures.join(name)).unwrap();
        let tokenizer = TextTokenizer::read(&source, "tokenizer.json", rules).unwrap();
        for case in expected["cases"].as_array().unwrap() {
            let text = case["text"].as_str().unwrap();
            let found = tokenizer.tokenize(None, text);
            if case["blank"].as_bool().unwrap() {
                assert!(matches!(found, Err(EncodeError::NoTokens)), "{text:?}");
                continue;
            }
            let ids: Vec<u64> = found.unwrap().ids.into_iter().map(u64::from).collect();
            let expected: Vec<u64> = case["ids"]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| id.as_u64().unwrap())
                .collect();
            assert_eq!(ids, expected, "{text:?}");
        }
    }
}

#[test]
fn a_prompt_ends_before_the_closing_token_wherever_special_tokens_are() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    // `[CLS] graph [SEP]`, `<s> graph </s>` in pieces, and pieces before `<|endoftext|>`.
    for (name, rows) in [
        ("tiny-bert-mean", 200),
        ("tiny-roberta", 400),
        ("tiny-qwen3", 400),
    ] {
        let rules = TokenRules {
            add_special: true,
            rows,
            ..TokenRules::default()
        };
        let source = ModelSource::folder(&fixtures.join(name)).unwrap();
        let tokenizer = TextTokenizer::read(&source, "tokenizer.json", rules).unwrap();
        let prompt = tokenizer.prompt("graph").unwrap();
        assert_eq!(prompt.tokens, prompt.length - 1, "{name}");
        let tokens = tokenizer.tokenize(Some(&prompt), " noise").unwrap();
        let alone = tokenizer.tokenize(None, "graph").unwrap();
        assert_eq!(tokens.prompt, prompt.tokens);
        assert_eq!(
            tokens.ids[..tokens.prompt],
            alone.ids[..tokens.prompt],
            "{name}"
        );
    }
}
