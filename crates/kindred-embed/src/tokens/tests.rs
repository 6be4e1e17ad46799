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
