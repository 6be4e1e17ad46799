use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use kindred_fake_arxiv::{World, WorldOptions};

use super::support::{at, small};

fn end() -> jiff::Timestamp {
    at("2026-12-31T00:00:00Z")
}

#[test]
fn seed_decides_everything() {
    let one = World::new(&small()).at(end());
    assert_eq!(one, World::new(&small()).at(end()));
    let other = World::new(&WorldOptions { seed: 2, ..small() }).at(end());
    assert_ne!(one, other);
}

#[test]
fn announcements_show_at_half_past_ten_in_the_evening_before() {
    let world = World::new(&small());
    let day = |now: &str| {
        let papers = world.at(at(now));
        papers
            .iter()
            .filter(|paper| paper.announced == date(2026, 11, 3))
            .count()
    };
    assert_eq!(day("2026-11-03T03:29:59Z"), 0);
    assert!(day("2026-11-03T03:30:00Z") >= 15);
}

#[test]
fn history_lies_before_the_start() {
    let options = small();
    let papers = World::new(&options).at(at("2026-11-02T03:29:59Z"));
    assert_eq!(papers.len(), 120);
    assert!(papers.iter().all(|paper| paper.datestamp < options.start));
    let ids: Vec<&str> = papers.iter().map(|paper| paper.id.as_str()).collect();
    assert!(ids.is_sorted());
    for old in ["hep-th/9901001", "math/0611800", "cs/0301012", "0704.0001"] {
        assert!(ids.contains(&old), "{old}");
    }
    let shared = papers
        .iter()
        .filter(|paper| paper.datestamp == date(2005, 9, 16))
        .count();
    assert!(shared >= 2, "old papers share the earliest datestamp");
    let subsumed = papers
        .iter()
        .find(|paper| paper.id == "cmp-lg/9502001")
        .unwrap();
    assert_eq!(subsumed.categories, ["cs.CL"]);
}

/// Every submission is announced on the first day whose window has it, or was held for longer.
#[test]
fn submissions_follow_the_schedule() {
    let options = WorldOptions {
        days: 40,
        ..WorldOptions::default()
    };
    let papers = World::new(&options).at(end());
    let eastern = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
    let mut held = 0;
    for paper in papers
        .iter()
        .filter(|paper| paper.announced >= options.start)
    {
        assert!(World::is_announcement_day(paper.announced), "{paper:?}");
        let month = format!(
            "{:02}{:02}",
            paper.announced.year() % 100,
            paper.announced.month()
        );
        assert!(paper.id.starts_with(&month), "{paper:?}");
        let submitted = eastern.to_datetime(paper.versions[0].1);
        let waited = submitted.date().until(paper.announced).unwrap().get_days();
        // A Friday afternoon before a deferred Monday waits longest.
        assert!((0..=18).contains(&waited), "{paper:?}");
        held += i32::from(waited > 5);
    }
    assert!(held > 0, "moderation holds some");
    // 2026-11-26 is Thanksgiving: nothing is mailed that evening.
    let on = |day: Date| papers.iter().filter(|paper| paper.announced == day).count();
    assert!(on(date(2026, 11, 26)) > 0 && on(date(2026, 11, 30)) > 0);
    assert_eq!(on(date(2026, 11, 27)) + on(date(2026, 11, 28)), 0);
}

#[test]
fn papers_live_on() {
    let options = WorldOptions {
        days: 30,
        new_per_day: 60,
        ..WorldOptions::default()
    };
    let world = World::new(&options);
    let papers = world.at(end());
    let count = |what: &dyn Fn(&kindred_fake_arxiv::TruePaper) -> bool| {
        papers.iter().filter(|paper| what(paper)).count()
    };
    let withdrawn = "This paper has been withdrawn by the author";
    assert!(count(&|paper| paper.withdrawn) >= 2);
    for paper in papers.iter().filter(|paper| paper.withdrawn) {
        assert_eq!(paper.comments.as_deref(), Some(withdrawn));
        assert!(paper.versions.len() >= 2);
    }
    assert!(count(&|paper| paper.versions.len() == 2) >= 20);
    assert!(count(&|paper| paper.versions.len() >= 6) >= 1);
    assert!(count(&|paper| paper.journal_ref.is_some()) >= 20);
    assert!(count(&|paper| paper.authors.is_empty()) >= 1);
    for paper in &papers {
        assert!(
            paper.versions.windows(2).all(|two| two[0].1 < two[1].1),
            "{paper:?}"
        );
        let numbers: Vec<u16> = paper.versions.iter().map(|(number, _)| *number).collect();
        assert!(
            numbers
                .iter()
                .copied()
                .eq(1..=numbers.last().copied().unwrap())
        );
        let distinct: BTreeSet<&String> = paper.categories.iter().collect();
        assert_eq!(distinct.len(), paper.categories.len());
        assert!(!paper.categories.contains(&"cs.NA".to_owned()));
    }
    let ids: BTreeSet<&String> = papers.iter().map(|paper| &paper.id).collect();
    assert_eq!(ids.len(), papers.len());
    let early = world.at(at("2026-11-10T00:00:00Z"));
    for title in ["Error", "0", "None"] {
        assert!(early.iter().any(|paper| paper.title == title), "{title}");
    }
}
