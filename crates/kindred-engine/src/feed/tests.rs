use jiff::civil::Date;
use kindred_core::{Announcement, AnnouncementKind, Record};
use kindred_store::Rating;

use crate::answer::FeedAnswer;
use crate::samples::{paper, store};
use crate::{Control, FeedQuery, FeedRanker, Library, ListOptions, Timestamp};

fn record(id: &str, first: &str, announced: Option<(AnnouncementKind, &str)>) -> Record {
    let text = format!("Edge modes number {id} survive weak disorder in lattices.");
    Record::Paper {
        paper: Box::new(paper(id, &format!("Lattices, part {id}"), &text, first)),
        announcement: announced.map(|(kind, day)| Announcement {
            kind,
            day: day.parse().unwrap(),
        }),
    }
}

fn ids(answer: &FeedAnswer) -> Vec<(String, Option<AnnouncementKind>)> {
    let mut ids: Vec<_> = (answer.results.iter())
        .map(|hit| (hit.paper.id.short(), hit.announced))
        .collect();
    ids.sort();
    ids
}

#[test]
fn each_paper_arrives_on_one_day_that_of_its_announcement_where_one_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::create(folder.path()).unwrap();
    let records = [
        record("2601.00001", "2026-01-05", None),
        record("2603.00001", "2026-03-02", None),
        record(
            "2603.00002",
            "2026-03-02",
            Some((AnnouncementKind::New, "2026-03-03")),
        ),
        record(
            "2603.00003",
            "2026-03-03",
            Some((AnnouncementKind::Cross, "2026-03-03")),
        ),
        record(
            "2603.00004",
            "2026-03-03",
            Some((AnnouncementKind::Replace, "2026-03-04")),
        ),
    ];
    store(&mut library, &records);
    library.embed(&Control::silent()).unwrap();
    let set = "reading".parse().unwrap();
    let liked = ["2601.00001".parse().unwrap()];
    library
        .rate(&set, &liked, Rating::Like, Timestamp::UNIX_EPOCH)
        .unwrap();

    let day = |text: &str| text.parse::<Date>().unwrap();
    let feed = |text: &str| {
        let query = FeedQuery {
            set: set.clone(),
            as_of: day(text),
            since: day(text),
            categories: Vec::new(),
            limit: 10,
            reasons: 1,
            ranker: FeedRanker::default(),
            list: ListOptions::default(),
        };
        let by_announcement = ids(&library.feed_by_announcement(&query).unwrap());
        (by_announcement, ids(&library.feed(&query).unwrap()))
    };
    let one = |id: &str, kind| (id.to_owned(), kind);
    assert_eq!(
        feed("2026-03-02"),
        (
            vec![one("2603.00001", None)],
            vec![one("2603.00001", None), one("2603.00002", None)]
        )
    );
    let third = vec![
        one("2603.00002", Some(AnnouncementKind::New)),
        one("2603.00003", Some(AnnouncementKind::Cross)),
        one("2603.00004", None),
    ];
    assert_eq!(feed("2026-03-03"), (third.clone(), third));

    let days = library.days(10).unwrap();
    let expected = [("2026-03-03", 3), ("2026-03-02", 1), ("2026-01-05", 1)];
    assert_eq!(days, expected.map(|(text, count)| (day(text), count)));
    assert_eq!(library.days(1).unwrap(), [(day("2026-03-03"), 3)]);
}
