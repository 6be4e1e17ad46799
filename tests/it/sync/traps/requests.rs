//! How arXiv is asked, and asked again.

use jiff::SignedDuration;
use kindred_engine::SyncBy;
use kindred_fake_arxiv::{Entry, Fault, Plan, RetryAfter, Source};

use super::{argument, asked, asked_with, day, follower, gaps, stored};

/// Starts of the pages of a category that were asked for, oldest first.
fn starts(log: &[Entry], category: &str) -> Vec<u64> {
    log.iter()
        .filter(|entry| argument(entry, "search_query").unwrap().contains(category))
        .map(|entry| argument(entry, "start").unwrap().parse().unwrap())
        .collect()
}

#[test]
fn trap_1_an_empty_page_in_the_middle_is_asked_for_again() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    let arxiv = &follower.arxiv;
    arxiv.add_fault(Source::Query, Fault::ShortPage, Plan::Nth(1));
    arxiv.add_fault(Source::Query, Fault::EmptyPage, Plan::Nth(2));
    arxiv.add_fault(Source::Query, Fault::EmptyPage, Plan::Nth(3));
    let report = follower.sync_by(SyncBy::Query);
    assert!(report.error.is_none(), "{:?}", report.error);
    let log = asked(&follower, Source::Query);
    let starts = starts(&log, "cs.DC");
    assert!(starts[1] > 0, "{starts:?}");
    assert_eq!(starts[1..4], [starts[1]; 3], "the same start until it came");
    assert_eq!(log[1].target, log[2].target);
    assert_eq!(log[1].target, log[3].target);
    // The second rest is longer than the first.
    let rests = gaps(&log[1..4]);
    assert!(rests[0] >= 3 && rests[1] > rests[0], "{rests:?}");
    follower.assert_submitted("after empty pages");
    follower.assert_polite("after empty pages");
}

#[test]
fn trap_2_the_next_start_is_the_number_of_entries_received() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    follower
        .arxiv
        .add_fault(Source::Query, Fault::ShortPage, Plan::Nth(1));
    let report = follower.sync_by(SyncBy::Query);
    let log = asked(&follower, Source::Query);
    let of_first_slice: Vec<Entry> = log
        .iter()
        .filter(|entry| argument(entry, "search_query") == argument(&log[0], "search_query"))
        .cloned()
        .collect();
    let starts = starts(&of_first_slice, "cs.DC");
    let size: u64 = argument(&log[0], "max_results").unwrap().parse().unwrap();
    assert_eq!(starts.len(), 2, "{starts:?}");
    assert_eq!(starts[0], 0);
    assert!(0 < starts[1] && starts[1] < size, "{starts:?}");
    // Half of the slice came with the first page; nothing came twice and nothing is left out.
    let list = &report.lists[0];
    assert_eq!(list.records, list.new, "{list:?}");
    assert!(list.records >= starts[1] * 2 - 1, "{list:?}");
    follower.assert_submitted("after a short page");
}

#[test]
fn trap_3_an_empty_body_is_an_error_and_asked_for_again() {
    let follower = follower(&["cs.DC"]);
    // The first request is for the sets, the second for a page of records.
    for number in [2, 3] {
        follower
            .arxiv
            .add_fault(Source::Oai, Fault::EmptyBody, Plan::Nth(number));
    }
    let report = follower.sync();
    assert!(report.error.is_none(), "{:?}", report.error);
    let log = asked_with(&follower, "ListRecords");
    assert_eq!(log.len(), 3);
    assert_eq!(log[0].target, log[1].target);
    assert_eq!(log[0].target, log[2].target);
    follower.assert_equal("after empty bodies");
}

#[test]
fn trap_4_a_count_without_entries_is_not_a_result() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    follower
        .arxiv
        .add_fault(Source::Query, Fault::EmptyPage, Plan::Forever);
    let report = follower.sync_by(SyncBy::Query);
    assert!(report.error.is_some());
    let list = &report.lists[0];
    let failure = list.failure.as_deref().unwrap();
    assert!(failure.contains("empty"), "{failure}");
    assert_eq!(list.records, 0);
    assert_eq!(list.until, None, "nothing is covered by it");
    follower.arxiv.clear_faults();
    follower.wake_on(day("2026-11-06"));
    let report = follower.sync_by(SyncBy::Query);
    assert!(report.error.is_none(), "{:?}", report.error);
    follower.assert_submitted("after counts without entries");
}

#[test]
fn trap_4_papers_named_error_and_zero_are_papers() {
    let categories = ["cs.DC", "stat.ML", "math.NA", "hep-th"];
    for by in [SyncBy::All, SyncBy::Query] {
        let follower = follower(&categories);
        let report = follower.sync_by(by);
        assert!(report.error.is_none(), "{by:?}: {:?}", report.error);
        let titles: Vec<String> = stored(&follower)
            .into_iter()
            .map(|(_, paper)| paper.title)
            .collect();
        for odd in ["Error", "0", "None"] {
            assert!(titles.iter().any(|title| title == odd), "{by:?}: {odd}");
        }
    }
}

#[test]
fn trap_5_both_forms_of_retry_after_are_kept() {
    let too_many = |retry_after| Fault::TooMany { retry_after };
    let follower = follower(&["cs.DC"]);
    let arxiv = &follower.arxiv;
    arxiv.add_fault(
        Source::Oai,
        too_many(RetryAfter::Seconds(400)),
        Plan::Nth(2),
    );
    arxiv.add_fault(Source::Oai, too_many(RetryAfter::DateIn(200)), Plan::Nth(3));
    arxiv.add_fault(Source::Oai, Fault::RateExceeded, Plan::Nth(4));
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let log = asked_with(&follower, "ListRecords");
    assert!(log.iter().all(|entry| entry.target == log[0].target));
    let statuses: Vec<u16> = log.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [429, 429, 200, 200]);
    let rests = gaps(&log);
    assert!((400..403).contains(&rests[0]), "{rests:?}");
    // A date has no fractions of a second.
    assert!((199..203).contains(&rests[1]), "{rests:?}");
    follower.assert_equal("after throttling");
}

#[test]
fn trap_5_a_day_is_cut_to_six_hours_and_outlives_the_run() {
    let follower = follower(&["cs.DC"]);
    let fault = Fault::TooMany {
        retry_after: RetryAfter::Seconds(86_400),
    };
    follower.arxiv.add_fault(Source::Oai, fault, Plan::Nth(2));
    assert!(follower.sync_by(SyncBy::Oai).error.is_some());
    let refused = asked(&follower, Source::Oai).last().unwrap().at;
    let after = |minutes| refused + SignedDuration::from_mins(minutes);
    follower.arxiv.clear_log();
    follower.clock.advance_to(after(5 * 60 + 40));
    assert!(follower.sync_by(SyncBy::Oai).error.is_some());
    assert_eq!(asked(&follower, Source::Oai), [], "it is left alone");
    follower.clock.advance_to(after(6 * 60 + 1));
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    follower.assert_equal("after six hours");
}

#[test]
fn trap_5_a_throttled_query_service_leaves_oai_pmh_to_be_asked() {
    let follower = follower(&["cs.DC"]);
    let fault = Fault::TooMany {
        retry_after: RetryAfter::Seconds(7_200),
    };
    follower
        .arxiv
        .add_fault(Source::Query, fault, Plan::Forever);
    assert!(follower.sync_by(SyncBy::Query).error.is_some());
    let throttled = follower.clock.now();
    let report = follower.sync();
    assert!(report.error.is_none(), "{:?}", report.error);
    assert!(follower.clock.now() < throttled + SignedDuration::from_mins(5));
    assert_eq!(asked(&follower, Source::Query).len(), 1);
    follower.assert_equal("while queries are throttled");
    follower.assert_polite("while queries are throttled");
}

#[test]
fn trap_6_what_the_edge_answers_is_throttling_whatever_its_type() {
    let follower = follower(&["cs.DC"]);
    let faults = [Fault::NotAcceptable, Fault::Unavailable, Fault::Html];
    for (number, fault) in (2..).zip(faults) {
        follower
            .arxiv
            .add_fault(Source::Oai, fault, Plan::Nth(number));
    }
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let log = asked_with(&follower, "ListRecords");
    let statuses: Vec<u16> = log.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [406, 503, 200, 200]);
    assert!(log.iter().all(|entry| entry.target == log[0].target));
    // Each failure in a row doubles the rest, a web page with status 200 too; half is jitter.
    for (number, rest) in gaps(&log).into_iter().enumerate() {
        let full = 5 << number;
        assert!((full / 2..=full + 1).contains(&rest), "{rest} s of {full}");
    }
    follower.assert_equal("after answers of the edge");
}

#[test]
fn trap_7_no_query_is_by_the_day_of_an_update() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    follower.sync_by(SyncBy::Query);
    follower.wake_on(day("2026-11-09"));
    follower.sync_by(SyncBy::Query);
    let log = asked(&follower, Source::Query);
    assert!(log.len() >= 4);
    for entry in &log {
        assert!(!entry.target.contains("lastUpdated"), "{}", entry.target);
        let query = argument(entry, "search_query").unwrap();
        assert!(query.contains("submittedDate:["), "{query}");
        assert_eq!(argument(entry, "sortBy").as_deref(), Some("submittedDate"));
    }
    follower.assert_submitted("by submission");
}
