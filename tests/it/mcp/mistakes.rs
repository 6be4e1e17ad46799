//! What is asked wrongly is named, and ends nothing.

use serde_json::{Value, json};

use super::Client;
use crate::support::Place;

/// Calls tools in ways that have to fail, and looks for words in what they say.
#[track_caller]
fn assert_refused(client: &mut Client, calls: Vec<(&str, Value, &str)>) {
    for (tool, arguments, words) in calls {
        let said = client.refuse(tool, arguments.clone());
        assert!(
            said.starts_with("error: ") && said.contains(words),
            "{tool} {arguments}: {said}"
        );
        assert!(said.len() < 2_000, "{tool}: {said}");
    }
}

#[test]
fn wrong_searches_are_named() {
    let place = Place::with_sample();
    let mut client = Client::open(&place, &[]);
    let search = |mut arguments: Value, words| {
        if arguments.get("query").is_none() {
            arguments["query"] = json!("a");
        }
        ("search_papers", arguments, words)
    };
    let range = "expected a number from 1 to 50";
    let calls = vec![
        search(json!({"limit": 1_000_000_000}), range),
        search(json!({"limit": u64::MAX}), range),
        search(json!({"limit": 0}), range),
        search(json!({"limit": -1}), "argument `limit`"),
        search(json!({"limit": "1e9"}), "argument `limit`"),
        search(json!({"query": " "}), "`query` is empty"),
        search(json!({"query": "-only"}), "expected at least one word"),
        search(json!({"query": "w ".repeat(4_000)}), "at most 4096"),
        search(json!({"sort": "x"}), "unknown field `sort`"),
        ("search_papers", json!({}), "missing field `query`"),
    ];
    assert_refused(&mut client, calls);
    let many: Vec<String> = (1..=101)
        .map(|number| format!("2601.{:05}", 90_000 + number))
        .collect();
    let similar = |arguments, words| ("similar_papers", arguments, words);
    let calls = vec![
        similar(json!({}), "nothing to compare with"),
        similar(json!({"text": "w ".repeat(10_000)}), "at most 16384"),
        similar(json!({"ids": many}), "expected at most 100"),
        similar(json!({"ids": ["2601.99999"]}), "is not in the library"),
    ];
    assert_refused(&mut client, calls);
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn unknown_papers_and_sets_are_named_and_nothing_is_made() {
    let place = Place::with_sample();
    let mut client = Client::open(&place, &[]);
    let (known, unknown) = ("2601.90028", "2601.99999");
    let paper = |id| ("get_paper", json!({"id": id}));
    let rate = |id, rating| ("rate_paper", json!({"id": id, "rating": rating}));
    let add = |set, ids: &[&str]| ("add_to_set", json!({"set": set, "ids": ids}));
    let calls = [
        (paper(unknown), "`kindred search WORDS` finds them"),
        (paper("; DROP TABLE paper"), "argument `id`"),
        (("rank_new", json!({})), "`kindred set add reading ID...`"),
        (("rank_new", json!({"set": "../x"})), "../x"),
        (("rank_new", json!({"day": "2026-13-01"})), "argument `day`"),
        (
            ("explain_match", json!({"id": known, "set": "none"})),
            "there is no seed set `none`",
        ),
        (rate(known, "love"), "argument `rating`"),
        (rate(unknown, "like"), "is not in the library"),
        (
            (
                "rate_paper",
                json!({"id": known, "rating": "like", "set": "other"}),
            ),
            "add_to_set makes a new one",
        ),
        (add("a b", &[known]), "a b"),
        (add("new", &[]), "`ids` is empty"),
        (add("new", &[known, unknown]), "is not in the library"),
    ];
    let calls = calls.map(|((tool, arguments), words)| (tool, arguments, words));
    assert_refused(&mut client, calls.to_vec());
    let sets = client.ask("list_sets", json!({})).0;
    assert_eq!(sets["sets"], json!([]), "a call that failed made nothing");
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn broken_protocol_ends_nothing() {
    let place = Place::with_sample();
    let mut client = Client::open(&place, &[]);
    let unknown = client.request("tools/call", json!({"name": "delete_all", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], json!(-32602));
    let said = unknown["error"]["message"].as_str().unwrap();
    assert!(said.contains("search_papers"), "{said}");
    let unknown = client.request("papers/burn", json!({}));
    assert_eq!(unknown["error"]["code"], json!(-32601), "{unknown}");

    // What is no JSON is passed over; what is no message is refused.
    client.send_line("{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": ");
    client.send_line("\u{0}\u{1}not json at all");
    client.send_line("[[[[[[[[");
    client.send_line("{\"jsonrpc\": \"2.0\"}");
    let refused = client.read();
    assert_eq!(refused["error"]["code"], json!(-32600), "{refused}");
    let deep = 20_000;
    client.send_line(&format!("{}1{}", "[".repeat(deep), "]".repeat(deep)));
    let (_, text) = client.ask("get_paper", json!({"id": "2601.90028"}));
    assert!(text.contains("Federated"), "{text}");
    let end = client.close();
    assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""));
}
