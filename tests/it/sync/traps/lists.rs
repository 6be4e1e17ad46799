//! Lists that lie: holes, stale feeds, tokens, sets, datestamps.

use jiff::ToSpan;
use kindred_engine::SyncBy;
use kindred_fake_arxiv::{Fault, Plan, Source};

use super::super::oracle::next;
use super::{argument, asked, asked_with, day, follower, ledger, stored};

#[test]
fn trap_8_a_hole_in_one_list_is_closed_by_the_census() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::HiddenRecords, Plan::Nth(2));
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let list = &report.lists[0];
    assert!(list.recovered > 0, "{list:?}");
    let alone = asked_with(&follower, "GetRecord");
    assert_eq!(alone.len() as u64, list.recovered, "each by its name");
    let census = asked_with(&follower, "ListIdentifiers");
    assert_eq!(
        argument(&census[0], "from"),
        argument(&asked_with(&follower, "ListRecords")[0], "from")
    );
    follower.assert_equal("after holes in a list");
}

#[test]
fn trap_9_yesterdays_batch_under_todays_date_adds_no_arrival() {
    let today = day("2026-11-06");
    // Two of the same world, one of which never looks at a feed.
    let (follower, other) = (
        follower(&["cs.DC", "stat.ML"]),
        follower(&["cs.DC", "stat.ML"]),
    );
    for one in [&follower, &other] {
        assert!(one.sync().error.is_none());
        one.wake_on(today);
        one.arxiv
            .add_fault(Source::Oai, Fault::Quiet, Plan::Forever);
    }
    let arxiv = &follower.arxiv;
    arxiv.add_fault(Source::Feed, Fault::StaleFeed, Plan::Forever);
    let report = follower.sync();
    assert!(other.sync_by(SyncBy::Oai).error.is_none());
    let remark = report.feed.unwrap().remark.unwrap();
    assert!(remark.contains("earlier day"), "{remark}");
    assert_eq!(
        report.missing.asked, 0,
        "nothing is asked for because of it"
    );
    let of_today = |follower| {
        let mut days = ledger(follower).days;
        days.retain(|one| one.day == today);
        days.into_iter()
            .map(|one| (one.announced, one.replaced, one.feed_read))
            .collect::<Vec<_>>()
    };
    let days = of_today(&follower);
    assert!(days.iter().all(|one| one.0 == 0 && !one.2), "{days:?}");
    assert_eq!(days, of_today(&other));
    arxiv.clear_faults();
    follower.wake_on(day("2026-11-09"));
    assert!(follower.sync().error.is_none());
    follower.assert_equal("after a stale feed");
}

#[test]
fn trap_9_a_feed_never_moves_the_place_of_the_harvest() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    let first = follower.sync();
    let until = first.lists[0].until.unwrap();
    assert_eq!(until, day("2026-11-05"));
    let today = day("2026-11-06");
    follower.wake_on(today);
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::Unavailable, Plan::Forever);
    let report = follower.sync();
    assert!(report.error.is_some());
    let feed = report.feed.unwrap();
    assert!(feed.fresh > 0 && feed.ahead > 0, "{feed:?}");
    let days = ledger(&follower).days;
    let of_today = days.iter().filter(|one| one.day == today);
    let unproven: Vec<_> = of_today.filter(|one| !one.proven && one.open).collect();
    assert_eq!(unproven.len(), 2, "{days:#?}");
    follower.arxiv.clear_faults();
    follower.wake_on(next(today));
    let mended = follower.sync();
    // Two days before what the last harvest covered, as if there had been no feed.
    assert_eq!(mended.lists[0].from, Some(until.saturating_sub(2.days())));
    assert!(mended.open.is_empty(), "{:?}", mended.open);
    follower.assert_equal("after a day with a feed alone");
}

#[test]
fn trap_10_papers_of_a_feed_alone_have_authors_and_links() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    assert!(follower.sync().error.is_none());
    let today = day("2026-11-06");
    follower.wake_on(today);
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::Unavailable, Plan::Forever);
    follower.sync();
    let library = follower.library();
    let mut count = 0;
    for truth in follower.mine() {
        let id = truth.id.parse().unwrap();
        if truth.announced == today {
            let paper = library.paper(&id).expect("the feed lists it").paper;
            assert_eq!(paper.authors.len(), truth.authors.len(), "{}", truth.id);
            let link = format!("https://arxiv.org/abs/{}", truth.id);
            assert_eq!(paper.id.url(), Some(link));
            count += 1;
        }
    }
    assert!(count > 5, "{count} papers are new");
}

#[test]
fn trap_11_an_expired_token_leads_back_to_the_last_committed_day() {
    let mut follower = follower(&["cs.DC"]);
    follower.since = day("2005-09-16");
    follower.arxiv.set_page_sizes(5, 1_000, 2_000);
    follower
        .clock
        .advance_to("2026-11-05T23:59:35Z".parse().unwrap());
    let mut days: Vec<_> = follower
        .mine()
        .iter()
        .map(|paper| paper.datestamp)
        .collect();
    days.sort();
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let log = asked_with(&follower, "ListRecords");
    let begun: Vec<usize> = (0..log.len())
        .filter(|place| argument(&log[*place], "from").is_some())
        .collect();
    assert_eq!(begun.len(), 2, "begun once, and once more: {log:#?}");
    // All pages before came, but for the last: its token had expired.
    let pages = begun[1] - 1;
    assert!(pages > 2, "{pages} pages came before midnight");
    let again = argument(&log[begun[1]], "from").unwrap();
    assert_eq!(again, days[pages * 5 - 1].to_string());
    assert!(day(&again) > follower.since);
    follower.assert_equal("after midnight");
}

#[test]
fn trap_12_names_of_sets_are_asked_for_and_dates_have_zeros() {
    let follower = follower(&["cs.DC", "hep-th", "cs.NA"]);
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let log = asked(&follower, Source::Oai);
    assert_eq!(argument(&log[0], "verb").as_deref(), Some("ListSets"));
    for verb in ["ListRecords", "ListIdentifiers"] {
        let log = asked_with(&follower, verb);
        let sets: Vec<String> = log
            .iter()
            .filter_map(|entry| argument(entry, "set"))
            .collect();
        assert_eq!(sets, ["cs:cs:DC", "physics:hep-th", "math:math:NA"]);
        for entry in &log {
            assert_eq!(argument(entry, "from").as_deref(), Some("2026-11-02"));
        }
    }
    follower.assert_equal("by sets");
}

#[test]
fn trap_12b_old_papers_with_a_new_datestamp_do_not_arrive() {
    let follower = follower(&["cs.DC", "stat.ML", "math.NA", "hep-th"]);
    let start = follower.since;
    let mut today = day("2026-11-05");
    while today <= day("2026-11-13") {
        follower.wake_on(today);
        assert!(follower.sync_by(SyncBy::Oai).error.is_none());
        today = next(today);
    }
    let old = stored(&follower)
        .iter()
        .filter(|(truth, _)| truth.announced < start && truth.versions.len() == 1)
        .count();
    assert!(old > 20, "{old} old papers came with the edits of many");
    let truth = follower.mine();
    for list in ["cs.DC", "stat.ML", "math.NA", "hep-th"] {
        let days = ledger(&follower).days;
        let arrived: u64 = days
            .iter()
            .filter(|one| one.category == list)
            .map(|one| one.announced)
            .sum();
        let is_new = |paper: &&kindred_fake_arxiv::TruePaper| {
            paper.announced >= start && paper.categories.iter().any(|name| name == list)
        };
        let new = truth.iter().filter(is_new).count() as u64;
        assert!(
            arrived <= new && arrived * 10 >= new * 9,
            "{list}: {arrived} of {new}"
        );
    }
}

#[test]
fn trap_13_a_bad_record_is_asked_for_by_name_and_its_page_is_kept() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::OneBadRecord, Plan::Nth(2));
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let list = &report.lists[0];
    assert_eq!(list.rejected, 1, "{list:?}");
    // Not the page, the one record is asked for again.
    assert_eq!(asked_with(&follower, "ListRecords").len(), 2);
    let alone = asked_with(&follower, "GetRecord");
    assert_eq!(alone.len(), 1, "{alone:?}");
    let name = argument(&alone[0], "identifier").unwrap();
    assert!(name.starts_with("oai:arXiv.org:"), "{name}");
    assert_eq!(report.missing.left, 0);
    follower.assert_equal("after a bad record");
}

#[test]
fn trap_13_a_record_that_never_comes_keeps_no_other_from_coming() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    // The page lacks some records; asked for by name, the first of them comes to nothing.
    for number in [2, 4, 5, 6] {
        follower
            .arxiv
            .add_fault(Source::Oai, Fault::HiddenRecords, Plan::Nth(number));
    }
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let names: Vec<String> = asked_with(&follower, "GetRecord")
        .iter()
        .filter_map(|entry| argument(entry, "identifier"))
        .collect();
    assert!(names.len() > 4, "{names:?}");
    assert!(names[..3].iter().all(|name| *name == names[0]), "{names:?}");
    assert_ne!(names[3], names[0], "then it is the turn of the others");
    assert_eq!(names.last(), names.first(), "it is asked for once more");
    let missing = &report.missing;
    assert_eq!((missing.asked, missing.found, missing.left), (1, 1, 0));
    follower.assert_equal("after a record that came late");
}
