use super::*;

fn error(text: &str) -> String {
    FieldMapping::parse(text).unwrap_err().to_string()
}

#[test]
fn every_built_in_mapping_is_one() {
    for name in FieldMapping::names() {
        let mapping = FieldMapping::named(name).unwrap();
        assert!(!mapping.field("authors").is_empty(), "{name}");
    }
}

#[test]
fn unknown_name_is_answered_with_the_known_ones() {
    let error = FieldMapping::named("pubmed").unwrap_err().to_string();
    for name in FieldMapping::names().chain(["pubmed", ".toml"]) {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn faults_name_line_key_and_what_was_expected() {
    let start = "id = \"key\"\ntitle = \"name\"\n";
    assert_eq!(
        error(&format!("{start}\ntitel = \"x\"")),
        format!(
            "line 4 of the mapping has the unknown key `titel`, expected one of {}",
            FIELDS.join(", ")
        )
    );
    assert_eq!(
        error("id = \"key\"\ntitle = { path = \"a\", scheme = \"b\" }"),
        "line 2 of the mapping has the unknown key `title.scheme`, expected one of path, strip, \
         form, split, join"
    );
    for path in ["a..b", "", "a[0]", "a[]b", "[]", "a b", ".a"] {
        let error = error(&format!("id = \"key\"\ntitle = \"{path}\""));
        assert!(
            error.starts_with(&format!(
                "line 2 of the mapping has `{path}` as `title.path`"
            )),
            "{error}"
        );
        assert!(error.contains("names joined by dots"), "{error}");
    }
    for (value, key) in [
        ("7", "title`"),
        ("{ strip = \"x\" }", "title`"),
        ("{ path = \"a\", form = \"markdown\" }", "title.form`"),
        ("{ path = \"a\", split = \"\" }", "title.split`"),
        ("{ path = \"a\", strip = [7] }", "title.strip`"),
        ("{ path = \"a\", join = [\"b..c\"] }", "title.join`"),
        ("[[\"a\"]]", "title`"),
    ] {
        let error = error(&format!("id = \"key\"\ntitle = {value}"));
        assert!(error.contains("line 2") && error.contains(key), "{error}");
    }
    let scheme = error("id = { path = \"a\", scheme = \"arXiv\" }\ntitle = \"t\"");
    assert!(scheme.contains("`id.scheme`"), "{scheme}");
    assert!(error("id = \"a\"").contains("no `title`"));
    let syntax = error("id = \"a\"\ntitle = ");
    assert!(
        syntax.starts_with("line 2 of the mapping is not TOML"),
        "{syntax}"
    );
}
