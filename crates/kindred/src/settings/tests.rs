use clap::CommandFactory as _;

use super::*;
use crate::arguments::Arguments;

fn parsed(text: &str) -> Result<Vec<Entry>, String> {
    file::parse(
        Path::new("/folder/config.toml"),
        text,
        &Arguments::command(),
    )
    .map_err(|error| format!("{error} | {}", error.hint.as_deref().unwrap_or_default()))
}

fn refusal(text: &str) -> String {
    parsed(text).unwrap_err()
}

#[test]
fn every_setting_stands_for_an_argument_or_has_a_choice_of_its_own() {
    let command = Arguments::command();
    for setting in &SETTINGS {
        let argument = setting.argument_of(&command);
        assert!(
            argument.is_some() || setting.usual.is_some(),
            "{} stands for nothing",
            setting.key
        );
        if let Some(argument) = argument {
            assert_eq!(
                argument.get_long(),
                Some(setting.flag().as_str()),
                "{}",
                setting.key
            );
        }
    }
}

#[test]
fn entries_keep_their_lines_and_paths_are_beside_the_file() {
    let text =
        "# mine\nlibrary = \"papers\"\nquiet = true\n\n[feed]\nlimit = 30\ndiversity = 0.25\n";
    let entries = parsed(text).unwrap();
    let found: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.setting.key,
                entry.values[0].to_str().unwrap(),
                entry.line,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("library", "/folder/papers", 2),
            ("quiet", "true", 3),
            ("feed.limit", "30", 6),
            ("feed.diversity", "0.25", 7),
        ]
    );
}

#[test]
fn a_dotted_key_is_the_same_as_one_in_a_table() {
    let entries = parsed("feed.limit = 30\n").unwrap();
    assert_eq!(entries[0].setting.key, "feed.limit");
}

#[test]
fn a_list_is_every_value_of_its_argument() {
    let entries = parsed("[serve]\nnames = [\"desk.local\", \"192.0.2.7:80\"]\n").unwrap();
    assert_eq!(entries[0].setting.key, "serve.names");
    assert_eq!(entries[0].values, ["desk.local", "192.0.2.7:80"]);
    assert!(
        parsed("[serve]\nnames = []\n").unwrap()[0]
            .values
            .is_empty()
    );
}

#[test]
fn unknown_keys_are_named_with_their_line_and_the_closest_known_one() {
    let refused = refusal("color = \"never\"\nlibary = \"x\"\n");
    assert!(
        refused.contains("`/folder/config.toml`, line 2: there is no setting `libary`"),
        "{refused}"
    );
    assert!(refused.contains("did you mean `library`?"), "{refused}");
    let refused = refusal("[feed]\nlimt = 3\n");
    assert!(
        refused.contains("line 2: there is no setting `feed.limt`"),
        "{refused}"
    );
    assert!(refused.contains("did you mean `feed.limit`?"), "{refused}");
    // In the wrong place.
    let refused = refusal("port = 80\n");
    assert!(refused.contains("did you mean `serve.port`?"), "{refused}");
    let refused = refusal("zzzzzz = 1\n");
    assert!(
        refused.contains("the keys are library, models"),
        "{refused}"
    );
    let refused = refusal("[fed]\nlimit = 3\n");
    assert!(
        refused.contains("line 1: there is no setting `fed`"),
        "{refused}"
    );
}

#[test]
fn values_are_checked_as_their_arguments_are() {
    for (text, expected) in [
        (
            "device = \"gpu\"",
            "device is `gpu`, expected cpu, cuda or metal",
        ),
        (
            "color = \"blue\"",
            "color is `blue`, expected auto, always, never",
        ),
        ("color = 1", "color is an integer, expected a string"),
        (
            "quiet = \"yes\"",
            "quiet is a string, expected true or false",
        ),
        (
            "[feed]\nlimit = 0",
            "feed.limit is `0`, 0 is not in 1..=10000",
        ),
        (
            "[feed]\nlimit = \"many\"",
            "feed.limit is a string, expected a number",
        ),
        ("[feed]\nlimit = 1.5", "feed.limit is `1.5`"),
        (
            "[feed]\ndiversity = 2",
            "feed.diversity is `2`, expected a share",
        ),
        (
            "[serve]\nport = 70000",
            "serve.port is `70000`, expected a port",
        ),
        (
            "[serve]\naddress = \"here\"",
            "serve.address is `here`, expected an address",
        ),
        ("[serve]\nallow_remote = 1", "expected true or false"),
        (
            "[serve]\nnames = \"desk.local\"",
            "serve.names is a string, expected a list of strings",
        ),
        (
            "[serve]\nnames = [\"desk.local\", 7]",
            "serve.names is an array, expected a list of strings",
        ),
        (
            "[serve]\nnames = [\"desk.local\", \"http://desk.local\"]",
            "serve.names is `http://desk.local`, expected HOST or HOST:PORT",
        ),
        ("library = ", "line 1:"),
        ("library = \"a\"\nlibrary = \"b\"", "line 2: duplicate key"),
    ] {
        let refused = refusal(text);
        assert!(refused.contains(expected), "{text:?}: {refused}");
    }
}

#[test]
fn any_text_is_read_or_refused() {
    let mut text = "library = \"a\"\n[feed]\nlimit = 3\n[serve]\nport = 4747\n".to_owned();
    while !text.is_empty() {
        text.pop();
        if let Ok(entries) = parsed(&text) {
            assert!(entries.len() <= 3);
        }
    }
}
