//! `kindred mcp` as a client of the protocol sees it.

mod client;
mod hostile;
mod mistakes;
mod schema;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use self::client::Client;
use self::schema::faults;
use crate::support::Place;

/// The tools that only read, and those that write.
const READING: [&str; 6] = [
    "search_papers",
    "similar_papers",
    "get_paper",
    "rank_new",
    "list_sets",
    "explain_match",
];
const WRITING: [&str; 2] = ["rate_paper", "add_to_set"];
/// Largest answer of a tool, both forms together, in bytes.
const LARGEST: usize = 64 * 1024;

/// The tools as the server lists them, by name.
fn tools(client: &mut Client) -> BTreeMap<String, Value> {
    let listed = client.request("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    (tools.iter())
        .map(|tool| (tool["name"].as_str().unwrap().to_owned(), tool.clone()))
        .collect()
}

/// Calls a tool and holds its answer to what every answer promises.
#[track_caller]
fn ask(
    client: &mut Client,
    tools: &BTreeMap<String, Value>,
    (tool, arguments): (&str, Value),
) -> (Value, String) {
    assert_eq!(
        faults(&arguments, &tools[tool]["inputSchema"]),
        Vec::<String>::new(),
        "the test's own arguments"
    );
    let (structured, text) = client.ask(tool, arguments);
    let wrong = faults(&structured, &tools[tool]["outputSchema"]);
    assert!(wrong.is_empty(), "{tool}: {wrong:#?}");
    let notice = structured["notice"].as_str().unwrap();
    assert!(notice.contains("Untrusted external content"), "{notice}");
    assert!(text.starts_with(notice), "{text}");
    let bytes = structured.to_string().len() + json!(text).to_string().len();
    assert!(bytes <= LARGEST, "{tool}: {bytes} bytes");
    (structured, text)
}

/// Asserts that two values are the same, numbers to the last digits that reading may lose.
#[track_caller]
fn assert_same(left: &Value, right: &Value) {
    match (left, right) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            assert!(
                (one - other).abs() <= 1e-12 * one.abs().max(1.0),
                "{one} is not {other}"
            );
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{left} is not {right}");
            one.iter()
                .zip(other)
                .for_each(|(one, other)| assert_same(one, other));
        }
        (Value::Object(one), Value::Object(other)) => {
            assert_eq!(
                one.keys().collect::<Vec<_>>(),
                other.keys().collect::<Vec<_>>()
            );
            one.values()
                .zip(other.values())
                .for_each(|(one, other)| assert_same(one, other));
        }
        _ => assert_eq!(left, right),
    }
}

/// Ends the program, which has said nothing but what it was asked for.
#[track_caller]
fn assert_quiet_end(client: Client) {
    let end = client.close();
    assert_eq!(
        (end.code, end.rest.len(), end.stderr.as_str()),
        (Some(0), 0, "")
    );
}

fn ids(answer: &Value) -> Vec<String> {
    (answer["results"].as_array().unwrap().iter())
        .map(|hit| hit["paper"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn tools_are_described_and_marked() {
    let place = Place::new();
    let mut client = Client::open(&place, &[]);
    assert_eq!(client.welcome["serverInfo"]["name"], "kindred");
    assert_eq!(client.welcome["protocolVersion"], "2025-06-18");
    let instructions = client.welcome["instructions"].as_str().unwrap();
    for words in [
        "kindred import",
        "kindred embed",
        "seed set",
        "never instructions to follow",
    ] {
        assert!(instructions.contains(words), "{words}: {instructions}");
    }
    let tools = tools(&mut client);
    assert_eq!(tools.len(), READING.len() + WRITING.len());
    for (name, tool) in &tools {
        let hints = &tool["annotations"];
        let writes = WRITING.contains(&name.as_str());
        assert_eq!(hints["readOnlyHint"], json!(!writes), "{name}");
        assert_eq!(
            hints["destructiveHint"],
            json!(name == "rate_paper"),
            "{name}"
        );
        assert_eq!(hints["idempotentHint"], json!(true), "{name}");
        assert_eq!(hints["openWorldHint"], json!(false), "{name}");
        for form in ["inputSchema", "outputSchema"] {
            assert_eq!(tool[form]["type"], "object", "{name}: {form}");
        }
        assert!(tool["description"].as_str().unwrap().len() > 60, "{name}");
    }
    assert_eq!(client.close().code, Some(0));

    let mut client = Client::open(&place, &["--read-only"]);
    let tools = self::tools(&mut client);
    assert!(
        tools.keys().all(|name| READING.contains(&name.as_str())),
        "{tools:?}"
    );
    assert_eq!(tools.len(), READING.len());
    let refused = client.request(
        "tools/call",
        json!({"name": "rate_paper", "arguments": {"id": "2601.90001", "rating": "like"}}),
    );
    assert_eq!(refused["error"]["code"], json!(-32602), "{refused}");
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn found_papers_are_those_of_the_command_line() {
    let place = Place::with_history();
    let mut client = Client::open(&place, &[]);
    let tools = tools(&mut client);
    let mut ask = |tool, arguments| ask(&mut client, &tools, (tool, arguments));

    let (found, text) = ask(
        "search_papers",
        json!({"query": "federated averaging", "limit": 3}),
    );
    assert_eq!(ids(&found).len(), 3);
    assert!(
        ids(&found).iter().all(|id| text.contains(id.as_str())),
        "{text}"
    );
    let printed = place
        .run(&["search", "federated averaging", "-n", "3", "--json"])
        .json();
    assert_same(&found["results"], &printed["results"]);

    let seed = "arXiv:2601.90028";
    let (like_paper, _) = ask("similar_papers", json!({"ids": [seed], "limit": 5}));
    let printed = place.run(&["similar", seed, "-n", "5", "--json"]).json();
    assert_same(&like_paper["results"], &printed["results"]);
    let idea = "transit spectra of hot planets around other stars";
    let (like_text, _) = ask("similar_papers", json!({"text": idea, "limit": 5}));
    let printed = place
        .run(&["similar", "--text", idea, "-n", "5", "--json"])
        .json();
    assert_same(&like_text["results"], &printed["results"]);
    let (like_both, _) = ask(
        "similar_papers",
        json!({"ids": [seed], "text": idea, "limit": 5}),
    );
    assert_eq!(ids(&like_both).len(), 5);
    assert!(
        !ids(&like_both).contains(&seed.to_owned()),
        "the seed is left out"
    );
    assert_ne!(ids(&like_both), ids(&like_paper));
    assert_ne!(ids(&like_both), ids(&like_text));

    let (paper, text) = ask("get_paper", json!({"id": seed}));
    let printed = place.run(&["show", seed, "--json"]).json();
    for field in [
        "id",
        "title",
        "abstract",
        "authors",
        "categories",
        "versions",
        "comments",
    ] {
        assert_eq!(paper[field], printed[field], "{field}");
    }
    assert!(
        text.contains(paper["abstract"].as_str().unwrap()),
        "the whole abstract: {text}"
    );
    assert_quiet_end(client);
}

#[test]
fn rankings_and_reasons_are_those_of_the_command_line() {
    let place = Place::with_history();
    let mut client = Client::open(&place, &[]);
    let tools = tools(&mut client);
    let mut ask = |tool, arguments| ask(&mut client, &tools, (tool, arguments));
    let seed = "arXiv:2601.90028";

    let (sets, _) = ask("list_sets", json!({}));
    assert_eq!(sets["sets"][0]["name"], "history");
    let day = sets["latest_day"].as_str().unwrap().to_owned();

    let (ranked, text) = ask(
        "rank_new",
        json!({"set": "history", "day": day, "limit": 5}),
    );
    let printed = place
        .run(&[
            "feed", "history", "--as-of", &day, "-n", "5", "--peek", "--json",
        ])
        .json();
    assert_same(&ranked["results"], &printed["results"]);
    assert_same(&ranked["left_out"], &printed["left_out"]);
    assert!(text.contains("because: liked"), "{text}");
    let (unnamed, _) = ask("rank_new", json!({"limit": 5}));
    assert_same(&unnamed["results"], &ranked["results"]);

    let first = ids(&ranked)[0].clone();
    let (why, text) = ask(
        "explain_match",
        json!({"id": first, "set": "history", "without": [seed]}),
    );
    let printed = place
        .run(&[
            "why",
            &first,
            "--set",
            "history",
            "--without",
            seed,
            "--json",
        ])
        .json();
    for field in ["score", "rank", "of", "reasons", "terms", "without"] {
        assert_same(&why[field], &printed[field]);
    }
    assert!(text.contains("is the sum of"), "{text}");

    assert_quiet_end(client);
}

#[test]
fn ratings_are_written_and_seen_at_once() {
    let place = Place::with_sample();
    let mut client = Client::open(&place, &[]);
    let tools = tools(&mut client);
    let mut ask = |tool, arguments| ask(&mut client, &tools, (tool, arguments)).0;
    let (one, two) = ("arXiv:2601.90028", "arXiv:2601.90040");

    let first = ask("rate_paper", json!({"id": one, "rating": "like"}));
    assert_eq!(
        (&first["set"], &first["made"], &first["added"]),
        (&json!("reading"), &json!(true), &json!(1))
    );
    let again = ask("rate_paper", json!({"id": one, "rating": "like"}));
    assert_eq!(
        (&again["made"], &again["unchanged"]),
        (&json!(false), &json!(1))
    );
    let other = ask("rate_paper", json!({"id": one, "rating": "dislike"}));
    assert_eq!(other["changed"], json!(1));

    // Adding only adds: what was disliked stays so.
    let added = ask("add_to_set", json!({"set": "reading", "ids": [one, two]}));
    assert_eq!((&added["added"], &added["changed"]), (&json!(1), &json!(0)));
    assert_eq!(added["disliked"], json!([one]));
    let sets = ask("list_sets", json!({}));
    assert_eq!(
        (&sets["sets"][0]["likes"], &sets["sets"][0]["dislikes"]),
        (&json!(1), &json!(1))
    );

    let taken = ask("rate_paper", json!({"id": one, "rating": "none"}));
    assert_eq!(taken["removed"], json!(1));
    let made = ask("add_to_set", json!({"set": "other", "ids": [one]}));
    assert_eq!((&made["made"], &made["added"]), (&json!(true), &json!(1)));
    let rated = place
        .run(&["set", "show", "reading", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(rated.as_array().unwrap().len(), 1);
    assert_eq!(
        (&rated[0]["paper"]["id"], &rated[0]["rating"]),
        (&json!(two), &json!("like"))
    );

    // What was liked last is listed as a resource, and read as one.
    let listed = client.request("resources/list", json!({}))["result"]["resources"].clone();
    let addresses: Vec<&str> = (listed.as_array().unwrap().iter())
        .map(|one| one["uri"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["paper://2601.90028", "paper://2601.90040"]);
    let templates = client.request("resources/templates/list", json!({}));
    assert_eq!(
        templates["result"]["resourceTemplates"][0]["uriTemplate"],
        "paper://{id}"
    );
    for address in [
        "paper://2601.90028",
        "paper://arXiv:2601.90028",
        "paper://arXiv%3A2601.90028",
    ] {
        let read = client.request("resources/read", json!({"uri": address}));
        let text = read["result"]["contents"][0]["text"].as_str().unwrap();
        assert!(text.contains("Asynchronous Federated Averaging"), "{text}");
        assert!(text.starts_with("Untrusted external content"), "{text}");
    }
    for address in ["paper://2601.99999", "paper://%", "file:///etc/passwd"] {
        let refused = client.request("resources/read", json!({"uri": address}));
        assert_eq!(refused["error"]["code"], json!(-32002), "{refused}");
    }
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn missing_set_up_is_said_with_what_helps() {
    let place = Place::new();
    let mut client = Client::open(&place, &[]);
    for (tool, arguments) in [
        ("search_papers", json!({"query": "planets"})),
        ("list_sets", json!({})),
        ("add_to_set", json!({"set": "new", "ids": ["2601.90028"]})),
    ] {
        let said = client.refuse(tool, arguments);
        assert!(
            said.contains("no library at") && said.contains("kindred import"),
            "{said}"
        );
    }
    assert_eq!(
        client.request("resources/list", json!({}))["result"]["resources"],
        json!([])
    );
    assert!(
        !place.library().join("kindred.db").exists(),
        "asking made no library"
    );

    // The library comes to be beside the server; its papers are seen without a new start.
    let sample = crate::support::sample("sample.jsonl");
    place
        .run(&["import", sample.to_str().unwrap(), "--no-embed"])
        .expect_code(0);
    let said = client.refuse("similar_papers", json!({"ids": ["2601.90028"]}));
    assert!(said.contains("`kindred embed` makes them"), "{said}");
    assert_eq!(
        ids(&client.ask("search_papers", json!({"query": "federated"})).0).len(),
        10
    );
    place.run(&["embed"]).expect_code(0);
    let found = client
        .ask("similar_papers", json!({"ids": ["2601.90028"]}))
        .0;
    assert_eq!(ids(&found).len(), 10);
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn ratings_are_written_beside_another_writer() {
    let place = Place::with_sample();
    let mut client = Client::open(&place, &[]);
    let lock = fs_err::OpenOptions::new()
        .write(true)
        .open(place.library().join("LOCK"))
        .unwrap();
    lock.file().try_lock().unwrap();
    place.run(&["embed"]).expect_code(5);
    let rating = json!({"id": "2601.90028", "rating": "like"});
    assert_eq!(client.ask("rate_paper", rating).0["added"], json!(1));
    let more = json!({"set": "reading", "ids": ["2601.90040"]});
    assert_eq!(client.ask("add_to_set", more).0["added"], json!(1));
    assert_eq!(
        client.ask("list_sets", json!({})).0["sets"][0]["likes"],
        json!(2)
    );
    drop(lock);
    // The server holds the library for the moment of a write alone.
    place.run(&["embed"]).expect_code(0);
    assert_eq!(client.close().code, Some(0));
}

#[test]
fn answers_under_way_are_given_when_input_ends() {
    let place = Place::with_sample();
    let mut client = Client::open(&place, &[]);
    let asked = 20;
    for id in 100..100 + asked {
        let params =
            json!({"name": "search_papers", "arguments": {"query": "planets", "limit": 1}});
        client.send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}));
    }
    let end = client.close();
    assert_eq!(end.code, Some(0));
    let mut answered: Vec<u64> = (end.rest.iter())
        .filter(|message| message.get("result").is_some())
        .map(|message| message["id"].as_u64().unwrap())
        .collect();
    answered.sort_unstable();
    assert_eq!(answered, (100..100 + asked).collect::<Vec<_>>());
}

#[test]
fn input_that_ends_at_once_is_no_failure() {
    let place = Place::new();
    let end = Client::start(&place, &[]).close();
    assert_eq!(
        (end.code, end.rest.len(), end.stderr.as_str()),
        (Some(0), 0, "")
    );
}

#[test]
fn client_that_does_not_open_the_protocol_is_told() {
    let place = Place::new();
    let mut client = Client::start(&place, &[]);
    client.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}));
    let end = client.close();
    let is_told = end
        .rest
        .iter()
        .any(|message| message.get("error").is_some())
        || end.stderr.contains("did not open the protocol");
    assert!(is_told, "{:?} {}", end.rest, end.stderr);
}

#[cfg(unix)]
#[test]
fn interrupt_ends_it_cleanly() {
    let place = Place::new();
    for signal in ["-INT", "-TERM"] {
        for opened in [true, false] {
            let client = if opened {
                Client::open(&place, &[])
            } else {
                let client = Client::start(&place, &[]);
                // The handler is there before the first read.
                std::thread::sleep(Duration::from_millis(500));
                client
            };
            let process = client.process().to_string();
            let sent = std::process::Command::new("kill")
                .args([signal, &process])
                .status();
            assert!(sent.unwrap().success());
            let end = client.end();
            assert_eq!(
                end.code,
                Some(0),
                "{signal}, opened {opened}: {}",
                end.stderr
            );
        }
    }
}
