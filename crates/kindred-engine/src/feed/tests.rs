use jiff::civil::Date;
use kindred_core::{Announcement, AnnouncementKind, Record};
use kindred_store::Rating;

use crate::answer::FeedAnswer;
use crate::samples::{paper, store};
use crate::{Control, FeedQuery, FeedRanker, Library, ListOptions, Timestamp, TopicBody};

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

#[test]
fn papers_of_any_day_are_scored_for_a_set_and_its_likes_fit_best() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::create(folder.path()).unwrap();
    let text = |kind: usize, number: usize| match kind {
        0 => format!("Edge modes of lattices number {number} survive weak disorder."),
        1 => format!("Children who read novels {number} times remember stories longer."),
        _ => format!("Soil samples {number} from river banks hold less nitrogen in spring."),
    };
    let records: Vec<Record> = (0..30)
        .map(|number| {
            let text = text(number % 3, number);
            let id = format!("2601.{:05}", number + 1);
            Record::Paper {
                paper: Box::new(paper(&id, &text, &text, "2026-01-05")),
                announcement: None,
            }
        })
        .collect();
    store(&mut library, &records);
    library.embed(&Control::silent()).unwrap();
    let set = "lattices".parse().unwrap();
    let body = TopicBody::default();
    assert!(library.fit(&set, &body).is_err(), "there is no such set");
    let liked = ["2601.00001", "2601.00004", "2601.00007"].map(|id| id.parse().unwrap());
    let at = Timestamp::UNIX_EPOCH;
    library.rate(&set, &liked, Rating::Like, at).unwrap();

    let mut fits = library.fit(&set, &body).unwrap();
    assert_eq!(fits.len(), 30);
    assert!(fits.is_sorted_by(|one, other| one.0 < other.0), "by id");
    fits.sort_by(|one, other| other.1.total_cmp(&one.1));
    let best: Vec<String> = fits[..10].iter().map(|(id, _)| id.short()).collect();
    for id in &best {
        let number: usize = id[5..].parse().unwrap();
        assert_eq!(number % 3, 1, "{best:?}");
    }
}
