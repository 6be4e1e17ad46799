//! Topics that last, and their map.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::support::{Place, sample};

/// The sample's lines.
fn lines() -> Vec<String> {
    let text = fs_err::read_to_string(sample("sample.jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A place that holds the first `count` papers of the sample.
fn place_with(count: usize) -> Place {
    let place = Place::new();
    add(&place, &lines()[..count]);
    place
}

fn add(place: &Place, lines: &[String]) {
    let file = place.write("more.jsonl", lines.join("\n").as_bytes());
    place.run(&["import", &file]).expect_code(0);
}

fn topics(place: &Place, arguments: &[&str]) -> Value {
    let mut all = vec!["topics", "--json"];
    all.extend(arguments);
    place.run(&all).expect_code(0).json()
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().expect("an array")
}

/// Each paper's finest topic.
fn finest(answer: &Value) -> BTreeMap<String, u64> {
    topic_of_each(answer, <[Value]>::last)
}

fn topic_of_each(
    answer: &Value,
    choose: impl Fn(&[Value]) -> Option<&Value>,
) -> BTreeMap<String, u64> {
    let papers = array(&answer["assignment"]).iter();
    papers
        .map(|paper| {
            let topic = choose(array(&paper["topics"])).unwrap().as_u64().unwrap();
            (paper["id"].as_str().unwrap().to_owned(), topic)
        })
        .collect()
}

/// Papers by topic, of all levels.
fn members(answer: &Value) -> BTreeMap<u64, BTreeSet<String>> {
    let mut found = BTreeMap::<u64, BTreeSet<String>>::new();
    for paper in array(&answer["assignment"]) {
        for topic in array(&paper["topics"]) {
            let papers = found.entry(topic.as_u64().unwrap()).or_default();
            papers.insert(paper["id"].as_str().unwrap().to_owned());
        }
    }
    found
}

fn ids(answer: &Value) -> Vec<u64> {
    let topics = array(&answer["topics"]).iter();
    topics.map(|topic| topic["id"].as_u64().unwrap()).collect()
}

#[test]
fn new_papers_are_placed_and_no_other_moves() {
    let place = place_with(310);
    let before = topics(&place, &["--assignment"]);
    assert_eq!(before["run"]["placed"], 0);
    add(&place, &lines()[310..]);
    let after = topics(&place, &["--assignment"]);
    assert_eq!(after["run"]["number"], before["run"]["number"]);
    assert_eq!(after["run"]["placed"], 15);
    assert_eq!(after["papers"], 325);
    let (old, new) = (finest(&before), finest(&after));
    assert!(old.iter().all(|(id, topic)| new[id] == *topic));
    let placed = array(&after["assignment"])
        .iter()
        .filter(|paper| paper["placed"] == true);
    assert_eq!(placed.count(), 15);
    // The same again, read only from what is stored.
    assert_eq!(finest(&topics(&place, &["--assignment"])), new);
    let diff = place
        .run(&["topics", "diff", "--json"])
        .expect_code(0)
        .json();
    let counts = array(&diff["placed"])
        .iter()
        .map(|one| one["count"].as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), 15);
}

/// Holds a topic that kept its number to be the same by the papers that both runs have.
fn assert_kept_numbers_mean_the_same(before: &Value, after: &Value) {
    let (old, new) = (members(before), members(after));
    let known: BTreeSet<String> = old.values().flatten().cloned().collect();
    for (id, papers) in &old {
        let Some(now) = new.get(id) else { continue };
        let now: BTreeSet<String> = now.intersection(&known).cloned().collect();
        let (both, either) = (papers.intersection(&now), papers.union(&now));
        let (both, either) = (both.count(), either.count());
        assert!(3 * both >= either, "topic {id}: {both} of {either}");
    }
}

#[test]
fn topics_keep_their_numbers_over_runs_and_the_changes_are_told() {
    let place = place_with(250);
    let before = topics(&place, &["--assignment"]);
    add(&place, &lines()[250..]);
    // More than a tenth is new: grouped anew without being asked.
    let after = topics(&place, &["--assignment"]);
    assert_ne!(after["run"]["number"], before["run"]["number"]);
    assert_eq!(after["run"]["placed"], 0);
    let kept = ids(&after)
        .iter()
        .filter(|id| ids(&before).contains(id))
        .count();
    assert!(
        kept * 2 > ids(&before).len(),
        "{kept} of {:?}",
        ids(&before)
    );
    // Most papers stay in their topic of the coarsest level; finer ones divide as papers come.
    let coarsest = |answer| topic_of_each(answer, <[Value]>::first);
    let (old, new) = (coarsest(&before), coarsest(&after));
    let same = old.iter().filter(|(id, topic)| new[*id] == **topic).count();
    assert!(same * 2 > old.len(), "{same} of {}", old.len());
    assert_kept_numbers_mean_the_same(&before, &after);

    let diff = place
        .run(&["topics", "diff", "--json"])
        .expect_code(0)
        .json();
    let runs = array(&diff["runs"]);
    assert_eq!(runs.len(), 1);
    let events = array(&runs[0]["events"]);
    assert!(!events.is_empty());
    let told: Vec<u64> = events
        .iter()
        .flat_map(|event| {
            let others = array(&event["others"]).iter();
            others
                .chain([&event["topic"]])
                .map(|topic| topic["id"].as_u64().unwrap())
        })
        .collect();
    let tree = |answer: &Value| -> Vec<u64> {
        let papers = array(&answer["assignment"]).iter();
        let mut all: Vec<u64> = papers
            .flat_map(|paper| {
                array(&paper["topics"])
                    .iter()
                    .map(|id| id.as_u64().unwrap())
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (old, new) = (tree(&before), tree(&after));
    for id in old
        .iter()
        .filter(|id| !new.contains(id))
        .chain(new.iter().filter(|id| !old.contains(id)))
    {
        assert!(
            told.contains(id),
            "nothing is told of topic {id}: {events:?}"
        );
    }
    let all = place
        .run(&["topics", "diff", "--since", "2026-01-01", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(array(&all["runs"]).len(), 2);
    let text = place.run(&["topics", "diff"]).expect_code(0);
    assert!(text.stdout.contains("run 2 of "), "{}", text.stdout);
    place
        .run(&["topics", "diff", "--since", "2999-01-01"])
        .expect_code(1);

    // Grouped again by hand: nothing changed, no number is new.
    let again = topics(&place, &["--rerun", "--assignment"]);
    assert_eq!(finest(&again), finest(&after));
    place.run(&["topics", "diff"]).expect_code(1);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn a_tree_is_shown_whole_and_level_by_level() {
    let place = Place::with_sample();
    let tree = place
        .run(&["topics", "tree", "--json"])
        .expect_code(0)
        .json();
    let all = array(&tree["topics"]);
    let roots: u64 = all
        .iter()
        .filter(|topic| topic["parent"].is_null())
        .map(|topic| topic["size"].as_u64().unwrap())
        .sum();
    assert_eq!(roots, 325);
    for topic in all {
        let children = array(&topic["children"]);
        let sizes = all.iter().filter(|child| children.contains(&child["id"]));
        let sum: u64 = sizes.map(|child| child["size"].as_u64().unwrap()).sum();
        assert!(children.is_empty() || sum == topic["size"].as_u64().unwrap());
    }
    for level in ["0", "1", "200"] {
        let answer = topics(&place, &["--level", level]);
        let sizes = array(&answer["topics"])
            .iter()
            .map(|topic| topic["size"].as_u64().unwrap());
        assert_eq!(sizes.sum::<u64>(), 325, "level {level}");
    }
    let text = place.run(&["topics", "tree"]).expect_code(0);
    assert!(text.stdout.contains("325 papers in"), "{}", text.stdout);
    let wanted = topics(&place, &["--topics", "7"]);
    assert_eq!(array(&wanted["topics"]).len(), 7);
    assert_eq!(wanted["body"], "topics=7");
}

#[test]
fn a_name_stays_over_runs() {
    let place = place_with(250);
    let before = topics(&place, &[]);
    let id = ids(&before)[0].to_string();
    place
        .run(&["topics", "rename", &id, "  My  corner "])
        .expect_code(0);
    add(&place, &lines()[250..]);
    let after = topics(&place, &[]);
    let named: Vec<&Value> = array(&after["topics"])
        .iter()
        .filter(|topic| topic["named"] == true)
        .collect();
    assert_eq!(named.len(), 1);
    assert_eq!(named[0]["label"], "My corner");
    assert_eq!(named[0]["id"].to_string(), id);
    let shown = place.run(&["topics", "show", "my corner"]).expect_code(0);
    assert!(
        shown.stdout.starts_with(&format!("{id}  My corner")),
        "{}",
        shown.stdout
    );
    let others = ids(&after);
    let mut others = others.iter().map(ToString::to_string);
    let other = others.find(|other| *other != id).unwrap();
    let taken = place
        .run(&["topics", "rename", &other, "MY CORNER"])
        .expect_code(2);
    assert!(taken.stderr.contains("My corner"), "{}", taken.stderr);
    place
        .run(&["topics", "rename", &id, "two\nlines"])
        .expect_code(2);
    let bare = place.run(&["topics", "rename", &id]).expect_code(0);
    assert!(bare.stdout.contains("its label again"), "{}", bare.stdout);
}

#[test]
fn a_topic_becomes_a_set_with_a_feed() {
    let place = Place::with_sample();
    let before = topics(&place, &[]);
    let id = ids(&before)[0].to_string();
    let answer = place
        .run(&["topics", "subscribe", &id, "--as", "corner", "--json"])
        .expect_code(0)
        .json();
    let likes = answer["likes"].as_u64().unwrap();
    assert!((3..=50).contains(&likes), "{likes}");
    let feed = place
        .run(&[
            "feed",
            "corner",
            "--since",
            "2026-03-01",
            "--as-of",
            "2026-04-30",
            "--json",
        ])
        .expect_code(0)
        .json();
    assert!(!array(&feed["results"]).is_empty());
    let after = topics(&place, &[]);
    assert_eq!(after["topics"][0]["sets"][0], "corner");
    // The set's likes are the program's, not the reader's.
    assert_eq!(after["topics"][0]["liked"], 0);
    let again = place
        .run(&["topics", "subscribe", &id, "--as", "corner"])
        .expect_code(2);
    assert!(
        again.stderr.contains("there is a set `corner`"),
        "{}",
        again.stderr
    );
}

#[test]
fn likes_and_growth_are_counted() {
    let place = Place::with_history();
    let answer = topics(&place, &[]);
    let liked = array(&answer["topics"])
        .iter()
        .map(|topic| topic["liked"].as_u64().unwrap());
    let shares = array(&answer["topics"])
        .iter()
        .map(|one| one["liked_share"].as_f64().unwrap());
    assert!(liked.sum::<u64>() > 5);
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9);
    let months = array(&answer["topics"])
        .iter()
        .flat_map(|topic| array(&topic["months"]))
        .map(|month| month["papers"].as_u64().unwrap());
    assert_eq!(months.sum::<u64>(), 325);
    let only = topics(&place, &["--set", "history"]);
    assert!(only["papers"].as_u64().unwrap() < 60);
    assert_eq!(only["body"], "set=history");
}

#[test]
fn each_body_has_topics_of_its_own() {
    let place = Place::with_sample();
    let whole = ids(&topics(&place, &[]));
    let part = topics(&place, &["--category", "cs", "--since", "2026-02-01"]);
    assert_eq!(part["body"], "category=cs since=2026-02-01");
    assert!(ids(&part).iter().all(|id| !whole.contains(id)));
    let found = topics(&place, &["--query", "galaxies"]);
    assert_eq!(found["body"], "query=\"galaxies\"");
    assert!(found["papers"].as_u64().unwrap() < 325);
    assert_eq!(ids(&topics(&place, &[])), whole);
    let none = place
        .run(&["topics", "--since", "2999-01-01"])
        .expect_code(1);
    assert!(none.stderr.contains("nothing found"), "{}", none.stderr);
    let too_much: Vec<String> = (0..20).map(|word| format!("-word{word}")).collect();
    let query = format!("--query=star {}", too_much.join(" "));
    let unclear = place.run(&["topics", &query]).expect_code(2);
    assert!(unclear.stderr.contains("exclusions"), "{}", unclear.stderr);
    let unknown = place
        .run(&["topics", "show", "no such thing"])
        .expect_code(1);
    assert!(
        unknown.stderr.contains("no such thing"),
        "{}",
        unknown.stderr
    );
    place.run(&["topics", "show", "99999"]).expect_code(1);
    let unmade = place
        .run(&["topics", "diff", "--category", "math"])
        .expect_code(3);
    assert!(unmade.stderr.contains("category=math"), "{}", unmade.stderr);
    place.run(&["topics", "--set", "nobody"]).expect_code(1);
}

#[test]
fn odd_bodies_have_sensible_topics() {
    let paper = |number: usize, title: &str, text: &str| {
        format!(
            "{{\"id\": \"arXiv:2601.{number:05}\", \"title\": \"{title}\", \"abstract\": \"{text}\", \
             \"categories\": [\"cs.LG\"], \"date\": \"2026-01-05\"}}"
        )
    };
    // Five papers.
    let place = place_with(5);
    let answer = topics(&place, &[]);
    assert_eq!(array(&answer["topics"]).len(), 1);
    place.run(&["map", "--svg", "five.svg"]).expect_code(0);
    // One paper.
    let place = place_with(1);
    assert_eq!(topics(&place, &[])["papers"], 1);
    place.run(&["map", "--html", "one.html"]).expect_code(0);
    // All the same, and without abstracts.
    let place = Place::new();
    let same: Vec<String> = (1..=60)
        .map(|one| paper(one, "Same words again", ""))
        .collect();
    add(&place, &same);
    let answer = topics(&place, &[]);
    assert_eq!(array(&answer["topics"]).len(), 1);
    assert_eq!(answer["topics"][0]["size"], 60);
    place.run(&["map", "--png", "same.png"]).expect_code(0);
    // One giant group of doubles beside others.
    add(&place, &lines()[..80]);
    let answer = topics(&place, &["--assignment"]);
    assert_eq!(answer["papers"], 140);
    let mut topics_of_same: Vec<u64> = finest(&answer)
        .into_iter()
        .filter(|(id, _)| id.starts_with("arXiv:2601.000"))
        .map(|(_, topic)| topic)
        .collect();
    topics_of_same.dedup();
    assert_eq!(topics_of_same.len(), 1);
    // Other scripts.
    let place = Place::new();
    let foreign: Vec<String> = [
        "量子计算与纠错",
        "Нейронные сети и графы",
        "الشبكات العصبية",
    ]
    .iter()
    .cycle()
    .take(45)
    .enumerate()
    .map(|(number, title)| paper(number + 1, title, &format!("{title} {number}")))
    .collect();
    add(&place, &foreign);
    let answer = topics(&place, &[]);
    assert!(
        array(&answer["topics"])
            .iter()
            .all(|topic| topic["label"] != "")
    );
    place
        .run(&["map", "--svg", "foreign.svg", "--png", "foreign.png"])
        .expect_code(0);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn a_library_in_use_is_read_and_nothing_is_stored() {
    use std::io::Write as _;
    use std::process::Stdio;

    let place = Place::with_sample();
    let mut writer = place
        .command(&["import", "-", "--no-embed"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    writer
        .stdin
        .as_mut()
        .unwrap()
        .write_all(lines()[0].as_bytes())
        .unwrap();
    let lock = place.library().join("LOCK");
    for _ in 0..500 {
        if fs_err::read_to_string(&lock).is_ok_and(|text| text.trim() == writer.id().to_string()) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let busy = place.run(&["topics", "--json"]).expect_code(0);
    assert!(
        busy.stderr.contains("nothing of this is stored"),
        "{}",
        busy.stderr
    );
    assert!(busy.json()["run"]["number"].is_null());
    place.run(&["map"]).expect_code(0);
    drop(writer.stdin.take());
    writer.wait().unwrap();
    assert_eq!(topics(&place, &[])["run"]["number"], 1);
}

#[test]
fn tables_and_pages_hold_the_whole_tree() {
    let place = Place::with_sample();
    place
        .run(&["topics", "--csv", "topics.csv", "--html", "topics.html"])
        .expect_code(0);
    let table = fs_err::read_to_string(place.path("topics.csv")).unwrap();
    assert_eq!(table.lines().count(), 326);
    assert!(
        table.starts_with("id,title,topic_0,label_0"),
        "{}",
        &table[..80]
    );
    let page = fs_err::read_to_string(place.path("topics.html")).unwrap();
    assert!(page.contains("325 papers in") && page.contains("<svg class=\"months\""));
    let missing = place
        .run(&["topics", "--csv", "no/where.csv"])
        .expect_code(2);
    assert!(missing.stderr.contains("no folder"), "{}", missing.stderr);
}

fn places(place: &Place) -> BTreeMap<String, (Value, Value)> {
    let answer = place.run(&["map", "--json"]).expect_code(0).json();
    array(&answer["points"])
        .iter()
        .map(|point| {
            let id = point["id"].as_str().unwrap().to_owned();
            (id, (point["x"].clone(), point["y"].clone()))
        })
        .collect()
}

#[test]
fn a_map_keeps_its_places_when_papers_come() {
    let place = place_with(310);
    let before = places(&place);
    add(&place, &lines()[310..]);
    let after = places(&place);
    assert_eq!(after.len(), 325);
    assert!(before.iter().all(|(id, at)| after[id] == *at));
    let answer = place.run(&["map", "--json"]).expect_code(0).json();
    assert_eq!(answer["projected"], 15);
    assert_eq!(places(&place), after);
    // Near its neighbours: within the extent of the others.
    let extent = |pick: fn(&(Value, Value)) -> &Value| {
        let values = before.values().map(|at| pick(at).as_f64().unwrap());
        values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let (x, y) = (extent(|at| &at.0), extent(|at| &at.1));
    for (id, at) in &after {
        let (a, b) = (at.0.as_f64().unwrap(), at.1.as_f64().unwrap());
        assert!(
            a >= x.0 - 1.0 && a <= x.1 + 1.0 && b >= y.0 - 1.0 && b <= y.1 + 1.0,
            "{id}"
        );
    }
    place.run(&["map", "--redraw"]).expect_code(0);
    let answer = place.run(&["map", "--json"]).expect_code(0).json();
    assert_eq!(answer["projected"], 0);
    assert_ne!(places(&place), after);
    place.run(&["verify"]).expect_code(0);
}

#[test]
fn maps_do_not_depend_on_the_order_of_import() {
    let place = Place::with_sample();
    let mut reversed = lines();
    reversed.reverse();
    let other = Place::new();
    add(&other, &reversed);
    assert_eq!(places(&place), places(&other));
    let mut pictures = Vec::new();
    for place in [&place, &other] {
        place
            .run(&[
                "map", "--svg", "map.svg", "--png", "map.png", "--width", "800", "--height", "600",
            ])
            .expect_code(0);
        let svg = fs_err::read_to_string(place.path("map.svg")).unwrap();
        let png = fs_err::read(place.path("map.png")).unwrap();
        pictures.push((svg, png));
    }
    assert_eq!(pictures[0], pictures[1]);
}

#[test]
fn pictures_are_whole_and_carry_the_reader_s_papers() {
    let place = Place::with_history();
    place
        .run(&[
            "map", "--html", "map.html", "--svg", "map.svg", "--png", "map.png",
        ])
        .expect_code(0);
    let svg = fs_err::read_to_string(place.path("map.svg")).unwrap();
    let mut reader = Reader::from_str(&svg);
    let mut texts = 0;
    loop {
        let event = reader.read_event().unwrap();
        if matches!(event, Event::Eof) {
            break;
        }
        texts += usize::from(matches!(event, Event::Text(_)));
    }
    assert!(texts > 10);
    let png = fs_err::read(place.path("map.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let size = |start: usize| u32::from_be_bytes(png[start..start + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1600, 1200));
    let page = fs_err::read_to_string(place.path("map.html")).unwrap();
    assert!(page.contains("default-src 'none'") && page.contains("2601.90001"));
    let labels = topics(&place, &[]);
    let first = labels["topics"][0]["label"].as_str().unwrap();
    assert!(page.contains(first), "{first}");
    let none = place
        .run(&["map", "--svg", "none.svg", "--since", "2999-01-01"])
        .expect_code(1);
    assert!(none.stderr.contains("nothing found"), "{}", none.stderr);
    assert!(!place.path("none.svg").exists());
}
