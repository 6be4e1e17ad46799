//! What becomes of the papers themselves, and of days without any.

use kindred_engine::SyncBy;
use kindred_fake_arxiv::{Fault, Plan, Source};

use super::{argument, asked, asked_with, day, follower, ledger, raw, stored};

const CATEGORIES: [&str; 4] = ["cs.DC", "stat.ML", "math.NA", "hep-th"];

/// Texts between two marks.
fn between<'a>(page: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    page.split(start)
        .skip(1)
        .filter_map(|rest| rest.split(end).next())
        .collect()
}

#[test]
fn trap_14_line_breaks_go_and_stray_braces_stay() {
    let follower = follower(&CATEGORIES);
    assert!(follower.sync_by(SyncBy::Oai).error.is_none());
    let request = asked_with(&follower, "ListRecords")[0].target.clone();
    let server = follower.arxiv.feed_url();
    let page = raw(&format!("{server}{request}"));
    let titles = between(&page, "<title>", "</title>");
    assert!(titles.iter().any(|title| title.contains('\n')), "{page}");
    let papers = stored(&follower);
    for (truth, paper) in &papers {
        assert_eq!(paper.title, truth.title);
        let text = format!("{}{}", paper.title, paper.abstract_text);
        assert!(!text.contains(['\n', '\r', '\t']), "{text}");
        assert!(!text.contains("  "), "{text}");
    }
    let braces = papers
        .iter()
        .filter(|(_, paper)| paper.abstract_text.contains("A stray brace } ends"))
        .count();
    assert!(braces > 0);
    follower.assert_equal("odd texts");
}

#[test]
fn trap_15_id_and_version_are_kept_apart() {
    let follower = follower(&CATEGORIES);
    assert!(follower.sync().error.is_none());
    let mut revised = 0;
    for (truth, paper) in stored(&follower) {
        assert_eq!(paper.id.short(), truth.id);
        let last = truth.versions.last().unwrap().0;
        assert_eq!(paper.version(), last, "{}", truth.id);
        revised += usize::from(last > 1);
    }
    assert!(revised > 3, "{revised}");
    // A service that tells an old version takes none back.
    follower.wake_on(day("2026-11-06"));
    let report = {
        for number in 1..5 {
            follower
                .arxiv
                .add_fault(Source::Oai, Fault::LowerVersion, Plan::Nth(number));
        }
        follower.sync_by(SyncBy::Oai)
    };
    assert!(report.error.is_none(), "{:?}", report.error);
    follower.arxiv.clear_faults();
    follower.wake_on(day("2026-11-07"));
    assert!(follower.sync_by(SyncBy::Oai).error.is_none());
    follower.assert_equal("after old versions");
}

#[test]
fn trap_16_links_are_made_from_ids() {
    let mut follower = follower(&["hep-th", "math.NA", "cs.DC"]);
    follower.since = day("2005-09-16");
    assert!(follower.sync_by(SyncBy::Oai).error.is_none());
    let papers = stored(&follower);
    for (truth, paper) in &papers {
        let link = format!("https://arxiv.org/abs/{}", truth.id);
        assert_eq!(paper.id.url(), Some(link));
    }
    for old in ["hep-th/9901001", "math/0611800", "0704.0001"] {
        assert!(papers.iter().any(|(truth, _)| truth.id == old), "{old}");
    }
}

#[test]
fn trap_17_damaged_letters_are_asked_for_again() {
    let follower = follower(&CATEGORIES);
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::WrongCharset, Plan::Nth(2));
    let report = follower.sync_by(SyncBy::Oai);
    assert!(report.error.is_none(), "{:?}", report.error);
    let list = &report.lists[0];
    assert!(list.rejected > 0, "{list:?}");
    assert!(
        list.records > list.rejected + 5,
        "the page is kept: {list:?}"
    );
    assert_eq!(
        asked_with(&follower, "GetRecord").len() as u64,
        list.rejected
    );
    for (_, paper) in stored(&follower) {
        let text = format!("{paper:?}");
        assert!(!text.contains('\u{fffd}'), "{text}");
    }
    follower.assert_equal("after damaged letters");
}

#[test]
fn trap_18_a_weekend_is_quiet_and_a_failure_is_failed() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    follower.wake_on(day("2026-11-06"));
    assert!(follower.sync().error.is_none());
    let following = |follower: &super::Follower| {
        let now = follower.clock.now();
        follower.library().following(now).unwrap().unwrap()
    };
    follower.wake_on(day("2026-11-07"));
    let quiet = follower.sync();
    assert!(quiet.error.is_none(), "{:?}", quiet.error);
    assert!(quiet.open.is_empty(), "{:?}", quiet.open);
    assert!(quiet.feed.is_none(), "no feed is due: {:?}", quiet.feed);
    let told = following(&follower);
    assert_eq!(told.today, "weekend");
    assert_eq!(told.open_gaps, 0);
    assert!(told.line.contains("a weekend"), "{}", told.line);

    let monday = day("2026-11-09");
    follower.wake_on(monday);
    for source in [Source::Oai, Source::Feed] {
        follower
            .arxiv
            .add_fault(source, Fault::Unavailable, Plan::Forever);
    }
    let failed = follower.sync();
    assert!(failed.error.is_some());
    assert_eq!(failed.open.len(), 2, "{:?}", failed.open);
    for gap in &failed.open {
        assert_eq!(gap.day, monday);
        assert!(gap.reason.contains("503"), "{}", gap.reason);
    }
    let told = following(&follower);
    assert_eq!(told.today, "announcement");
    assert_eq!(told.open_gaps, 2);
    assert!(told.line.contains("incomplete"), "{}", told.line);
}

#[test]
fn finding_1_a_cut_page_is_not_the_end_of_the_list() {
    for fault in [
        Fault::CutMidRecord,
        Fault::CutBetweenRecords,
        Fault::CutBeforeToken,
        Fault::EmptyBody,
        Fault::RateExceeded,
    ] {
        let follower = follower(&["cs.DC", "stat.ML"]);
        follower.arxiv.set_page_sizes(10, 1_000, 2_000);
        follower.arxiv.add_fault(Source::Oai, fault, Plan::Nth(3));
        let report = follower.sync_by(SyncBy::Oai);
        assert!(report.error.is_none(), "{fault:?}: {:?}", report.error);
        let log = asked_with(&follower, "ListRecords");
        let token = argument(&log[1], "resumptionToken");
        assert!(token.is_some(), "{fault:?}");
        assert_eq!(log[1].target, log[2].target, "{fault:?}: asked for again");
        assert_ne!(log[2].target, log[3].target, "{fault:?}: and on it goes");
        // Nothing of the cut page was missed by the harvest, so that the census finds nothing.
        assert_eq!(report.lists[0].recovered, 0, "{fault:?}");
        follower.assert_equal(&format!("{fault:?}"));
    }
}

#[test]
fn finding_2_text_with_entities_is_whole() {
    let follower = follower(&CATEGORIES);
    assert!(follower.sync_by(SyncBy::Oai).error.is_none());
    let papers = stored(&follower);
    for sign in ['&', '<', '>'] {
        let is_odd = |text: &str| text.contains(sign);
        let (mut titles, mut abstracts) = (0, 0);
        for (truth, paper) in &papers {
            titles += usize::from(is_odd(&truth.title));
            abstracts += usize::from(is_odd(&truth.abstract_text));
            assert_eq!(paper.title, truth.title);
            assert_eq!(paper.abstract_text, truth.abstract_text);
        }
        assert!(titles + abstracts > 0, "no text has {sign}");
    }
}

#[test]
fn finding_3_the_first_version_keeps_its_own_date() {
    let follower = follower(&CATEGORIES);
    assert!(follower.sync_by(SyncBy::Oai).error.is_none());
    for verb in ["ListRecords", "ListIdentifiers"] {
        for entry in asked_with(&follower, verb) {
            let prefix = argument(&entry, "metadataPrefix");
            assert_eq!(prefix.as_deref(), Some("arXivRaw"), "{}", entry.target);
        }
    }
    let mut revised = 0;
    for (truth, paper) in stored(&follower) {
        let first = truth.versions[0].1;
        assert_eq!(paper.first_date(), Some(first.into()), "{}", truth.id);
        revised += usize::from(truth.versions.len() > 1);
    }
    assert!(revised > 3, "{revised}");
}

#[test]
fn finding_4_a_feed_that_was_cut_costs_nothing() {
    let follower = follower(&["cs.DC", "stat.ML"]);
    follower.arxiv.set_page_sizes(2_500, 20_000, 3);
    let today = day("2026-11-05");
    let report = follower.sync();
    assert!(report.error.is_none(), "{:?}", report.error);
    let feed = report.feed.unwrap();
    assert_eq!(feed.fresh + feed.replaced, 3, "{feed:?}");
    let feeds = asked(&follower, Source::Feed);
    assert_eq!(feeds.len(), 1);
    let new = follower
        .mine()
        .iter()
        .filter(|paper| paper.announced == today)
        .count();
    assert!(new > 10, "{new}");
    for one in ledger(&follower).days.iter().filter(|one| one.day == today) {
        assert!(one.proven, "{one:?}");
        assert!(one.announced > 3, "arrivals are those of OAI-PMH: {one:?}");
    }
    follower.assert_equal("with a feed that was cut");
}
