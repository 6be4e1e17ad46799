//! Faults of pages and records, each against every service.

use kindred_fake_arxiv::{Fault, Plan, Source};

use super::support::{Fake, all, at, get, ids, token, wednesday};

const SOURCES: [Source; 3] = [Source::Oai, Source::Feed, Source::Query];

/// A list with records of several versions in one answer.
fn url(fake: &Fake, source: Source) -> String {
    match source {
        Source::Oai => format!(
            "{}?verb=ListRecords&metadataPrefix=arXivRaw&from=2026-11-04",
            fake.arxiv.oai_url()
        ),
        Source::Feed => format!("{}/rss/cs+stat+math+hep-th", fake.arxiv.feed_url()),
        Source::Query => format!(
            "{}?search_query=cat:*&sortBy=lastUpdatedDate&max_results=40",
            fake.arxiv.query_url()
        ),
    }
}

/// Start and end of a record.
fn record(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::Oai => ("<record>", "</record>"),
        Source::Feed => ("<item>", "</item>"),
        Source::Query => ("<entry>", "</entry>"),
    }
}

fn records(source: Source, page: &str) -> Vec<String> {
    let (start, end) = record(source);
    all(page, start, end)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// The same page with and without the fault; the clock's 200 ms change no record.
fn with_and_without(fake: &Fake, source: Source, fault: Fault) -> (String, String) {
    let whole = get(&url(fake, source)).text();
    fake.arxiv.add_fault(source, fault, Plan::Times(1));
    let spoiled = get(&url(fake, source)).text();
    let again = get(&url(fake, source)).text();
    if fault != Fault::EditDuring {
        assert_eq!(
            records(source, &again),
            records(source, &whole),
            "{fault:?} is over"
        );
    }
    (whole, spoiled)
}

#[test]
fn documents_are_cut_where_they_say() {
    for source in SOURCES {
        let fake = wednesday();
        let (start, end) = record(source);
        let (whole, cut) = with_and_without(&fake, source, Fault::CutMidRecord);
        let count = records(source, &whole).len();
        assert!(count > 10, "{source:?}");
        assert_eq!(records(source, &cut).len(), count / 2);
        assert_eq!(cut.matches(start).count(), count / 2 + 1);
        let (_, cut) = with_and_without(&fake, source, Fault::CutBetweenRecords);
        assert_eq!(records(source, &cut).len(), count / 2 + 1);
        assert!(cut.trim_end().ends_with(end));
        let (_, cut) = with_and_without(&fake, source, Fault::CutBeforeToken);
        assert_eq!(records(source, &cut), records(source, &whole));
        assert!(cut.trim_end().ends_with(end));
    }
}

#[test]
fn pages_are_empty_short_or_have_holes() {
    for source in SOURCES {
        let fake = wednesday();
        let (whole, empty) = with_and_without(&fake, source, Fault::EmptyPage);
        let whole = records(source, &whole);
        assert!(records(source, &empty).is_empty());
        if source == Source::Oai {
            // The token leads to what was not told.
            let rest = format!(
                "{}?verb=ListRecords&resumptionToken={}",
                fake.arxiv.oai_url(),
                token(&empty).unwrap()
            );
            assert_eq!(records(source, &get(&rest).text()), whole);
        }
        let (_, short) = with_and_without(&fake, source, Fault::ShortPage);
        assert_eq!(records(source, &short), whole[..whole.len().div_ceil(2)]);
        if source == Source::Oai {
            let rest = format!(
                "{}?verb=ListRecords&resumptionToken={}",
                fake.arxiv.oai_url(),
                token(&short).unwrap()
            );
            let rest = records(source, &get(&rest).text());
            assert_eq!(rest, whole[whole.len().div_ceil(2)..]);
        }
        let (_, holes) = with_and_without(&fake, source, Fault::HiddenRecords);
        assert_eq!(
            records(source, &holes).len(),
            whole.len() - whole.len() / 10
        );
        assert!(!records(source, &holes).contains(&whole[9]));
    }
}

#[test]
fn one_record_is_spoiled() {
    for source in SOURCES {
        let fake = wednesday();
        let (whole, bad) = with_and_without(&fake, source, Fault::OneBadRecord);
        let whole = records(source, &whole);
        let untitled = records(source, &bad)
            .iter()
            .filter(|record| !record.contains("<title>"))
            .count();
        assert_eq!(untitled, 1, "{source:?}");
        let (_, lower) = with_and_without(&fake, source, Fault::LowerVersion);
        let lower = records(source, &lower);
        let changed: Vec<usize> = (0..whole.len())
            .filter(|place| lower[*place] != whole[*place])
            .collect();
        assert_eq!(changed.len(), 1, "{source:?}");
        let newest = |record: &str| record.matches("<version ").count();
        let place = changed[0];
        match source {
            Source::Oai => {
                assert_eq!(newest(&lower[place]), 1);
                assert!(newest(&whole[place]) > 1);
            }
            Source::Feed => assert!(lower[place].contains("v1</guid>")),
            Source::Query => assert!(lower[place].contains("v1</id>")),
        }
        let (_, deleted) = with_and_without(&fake, source, Fault::DeletedHeader);
        if source == Source::Oai {
            assert_eq!(deleted.matches("<header status=\"deleted\">").count(), 1);
            assert_eq!(deleted.matches("<metadata>").count(), whole.len() - 1);
        } else {
            assert_eq!(records(source, &deleted).len(), whole.len() - 1);
        }
    }
}

#[test]
fn page_before_comes_once_more() {
    let fake = wednesday();
    fake.arxiv.set_page_sizes(5, 5, 2000);
    let base = format!("{}?verb=ListRecords", fake.arxiv.oai_url());
    let first = get(&format!("{base}&metadataPrefix=arXivRaw")).text();
    let next = format!("{base}&resumptionToken={}", token(&first).unwrap());
    fake.arxiv
        .add_fault(Source::Oai, Fault::DuplicatePage, Plan::Times(1));
    assert_eq!(get(&next).text(), first);
    let second = get(&next).text();
    assert!(ids(&second).iter().all(|id| !ids(&first).contains(id)));

    let search = format!(
        "{}?search_query=cat:*&max_results=5",
        fake.arxiv.query_url()
    );
    let first = get(&search).text();
    fake.arxiv
        .add_fault(Source::Query, Fault::DuplicatePage, Plan::Times(1));
    assert_eq!(get(&format!("{search}&start=5")).text(), first);
    assert_ne!(get(&format!("{search}&start=5")).text(), first);

    let feed = url(&fake, Source::Feed);
    let today = get(&feed).text();
    fake.clock.advance_to(at("2026-11-05T12:00:00Z"));
    fake.arxiv
        .add_fault(Source::Feed, Fault::DuplicatePage, Plan::Times(1));
    assert_eq!(get(&feed).text(), today);
    assert_ne!(get(&feed).text(), today);
}

#[test]
fn late_announcements_leave_the_evening_before() {
    for (fault, dated) in [
        (Fault::Quiet, "Tue, 03 Nov"),
        (Fault::StaleFeed, "Wed, 04 Nov"),
    ] {
        let fake = wednesday();
        let (whole, late) = with_and_without(&fake, Source::Feed, fault);
        assert!(whole.contains("<pubDate>Wed, 04 Nov 2026"));
        assert!(late.contains(&format!("<pubDate>{dated} 2026")));
        fake.clock.advance_to(at("2026-11-04T13:00:00Z"));
        let yesterday = super::support::fake(&super::support::small(), "2026-11-03T12:00:00Z");
        let before = get(&url(&yesterday, Source::Feed)).text();
        let links = |feed: &str| {
            let links = all(feed, "/abs/", "</link>");
            links.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(links(&late), links(&before));
        assert_ne!(links(&late), links(&whole));

        let today = url(&fake, Source::Oai);
        fake.arxiv
            .add_fault(Source::Oai, fault, Plan::Until(at("2026-11-04T20:00:00Z")));
        let late = get(&today).text();
        assert!(late.contains("noRecordsMatch"));
        assert!(late.contains("<responseDate>2026-11-04T13:"));

        let (whole, late) = with_and_without(&fake, Source::Query, fault);
        assert_ne!(
            records(Source::Query, &late),
            records(Source::Query, &whole)
        );
    }
}

#[test]
fn edits_are_events_of_the_world() {
    for source in SOURCES {
        let fake = wednesday();
        let before = fake.world.at(fake.clock.now());
        with_and_without(&fake, source, Fault::EditDuring);
        let now = fake.clock.now();
        let after = fake.world.at(now);
        let edited: Vec<_> = after
            .iter()
            .filter(|paper| !before.contains(paper))
            .collect();
        assert_eq!(edited.len(), 1, "{source:?}");
        assert!(
            edited[0]
                .journal_ref
                .as_ref()
                .unwrap()
                .starts_with("Edited")
        );
        assert_eq!(edited[0].datestamp.to_string(), "2026-11-04");
    }
}

#[test]
fn plans_say_which_answers() {
    let fake = wednesday();
    let arxiv = &fake.arxiv;
    let status = || get(&format!("{}?verb=Identify", arxiv.oai_url())).status;
    arxiv.add_fault(Source::Oai, Fault::Unavailable, Plan::Times(2));
    assert_eq!([status(), status(), status()], [503, 503, 200]);
    arxiv.add_fault(Source::Oai, Fault::Forbidden, Plan::Nth(2));
    assert_eq!(
        get(&url(&fake, Source::Feed)).status,
        200,
        "another service"
    );
    assert_eq!([status(), status(), status()], [200, 403, 200]);
    let end = at("2026-11-04T12:30:00Z");
    arxiv.add_fault(Source::Oai, Fault::NotAcceptable, Plan::Until(end));
    assert_eq!(status(), 406);
    fake.clock.advance_to(end);
    assert_eq!(status(), 200);
    arxiv.add_fault(Source::Oai, Fault::Unavailable, Plan::Forever);
    assert_eq!([status(), status(), status()], [503, 503, 503]);
    arxiv.clear_faults();
    assert_eq!(status(), 200);
}
