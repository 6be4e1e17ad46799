use kindred_engine::answer::{EncoderView, TopicAssignment};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;

fn topic(id: u64, level: u8, parent: Option<u64>, label: &str) -> TopicView {
    TopicView {
        id: TopicId(id),
        label: label.to_owned(),
        named: false,
        level,
        parent: parent.map(TopicId),
        children: Vec::new(),
        size: 2,
        share: 0.5,
        weak: 0,
        liked: 1,
        liked_share: 1.0,
        per_month: 3.2,
        per_month_before: 1.0,
        months: ["2026-03", "2026-04"]
            .map(|month| MonthCount {
                month: month.to_owned(),
                papers: 2,
            })
            .to_vec(),
        sets: Vec::new(),
        terms: vec![("a & b".to_owned(), 0.5)],
        papers: vec![TopicPaper {
            id: "2604.00001".parse().unwrap(),
            title: "On <script>alert(1)</script> & \"quotes\"".to_owned(),
            strength: 0.9,
            weak: false,
            placed: false,
            liked: true,
        }],
    }
}

fn answer() -> TopicsAnswer {
    let mut root = topic(7, 0, None, "fields, <b>");
    root.children = vec![TopicId(9)];
    TopicsAnswer {
        encoder: EncoderView {
            name: "built-in".to_owned(),
            fingerprint: "ab".repeat(32),
            dimension: 4,
            dtype: kindred_engine::Dtype::F32,
        },
        body: "query=\"a < b\"".to_owned(),
        run: None,
        papers: 2,
        not_embedded: 0,
        levels: 2,
        level: None,
        topics: vec![root, topic(9, 1, Some(7), "parts, with \"quotes\"")],
        assignment: Some(vec![
            TopicAssignment {
                id: "2604.00001".parse().unwrap(),
                title: "One, \"two\"\nand three".to_owned(),
                topics: vec![TopicId(7), TopicId(9)],
                strength: 0.75,
                weak: false,
                placed: true,
            },
            TopicAssignment {
                id: "2604.00002".parse().unwrap(),
                title: "Ünïcode".to_owned(),
                topics: vec![TopicId(7)],
                strength: 0.25,
                weak: true,
                placed: false,
            },
        ]),
    }
}

#[test]
fn the_page_is_well_formed_and_lets_no_title_out() {
    let page = topics_html(&answer());
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    assert!(page.contains("href=\"https://arxiv.org/abs/2604.00001\""));
    let mut reader = Reader::from_str(&page);
    let (mut depth, mut details) = (0, 0);
    loop {
        let event = reader.read_event().unwrap();
        if let Event::Start(tag) = &event {
            depth += 1;
            details += usize::from(tag.name().as_ref() == "details");
        }
        depth -= i32::from(matches!(event, Event::End(_)));
        if matches!(event, Event::Eof) {
            break;
        }
    }
    assert_eq!((depth, details), (0, 2));
}

#[test]
fn the_table_reads_back() {
    let table = topics_csv(&answer());
    let mut reader = csv::Reader::from_reader(table.as_slice());
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        names,
        [
            "id", "title", "topic_0", "label_0", "topic_1", "label_1", "strength", "weak", "placed"
        ]
    );
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(
        rows[0],
        [
            "arXiv:2604.00001",
            "One, \"two\"\nand three",
            "7",
            "fields, <b>",
            "9",
            "parts, with \"quotes\"",
            "0.7500",
            "false",
            "true"
        ]
    );
    assert_eq!(rows[1][4..6], ["", ""]);
}
