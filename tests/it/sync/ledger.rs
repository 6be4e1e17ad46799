//! The ledger: gaps found, told and closed; the audit; what feeds show of late announcements.

use std::process::Stdio;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use kindred_fake_arxiv::{Fault, Plan, Source, World, WorldOptions};
use serde_json::{Value, json};

use super::faults::{command, morning, run};
use super::oracle::{Follower, next};
use crate::support::Place;

#[test]
fn a_morning_that_failed_is_a_gap_until_the_next_one() {
    let (place, follower) = morning();
    let sync = ["sync", "-c", "cs.DC", "--since", "2026-11-02"];
    run(&mut command(&place, &follower, &sync)).expect_code(0);
    let ledger = run(&mut command(&place, &follower, &["ledger", "--days", "5"])).expect_code(0);
    assert!(ledger.stdout.contains("no gap"), "{}", ledger.stdout);
    assert!(
        ledger.stdout.contains("2026-11-02  cs.DC"),
        "{}",
        ledger.stdout
    );

    follower.wake_on("2026-11-03".parse().unwrap());
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::Unavailable, Plan::Forever);
    let failed = run(&mut command(&place, &follower, &["sync"])).expect_code(4);
    assert!(
        failed.stdout.contains("incomplete: cs.DC of 2026-11-03"),
        "{}",
        failed.stdout
    );
    let ledger = run(&mut command(&place, &follower, &["ledger"])).expect_code(1);
    assert!(ledger.stdout.contains("OPEN: "), "{}", ledger.stdout);
    assert!(ledger.stdout.contains("status 503"), "{}", ledger.stdout);

    follower.arxiv.clear_faults();
    follower.wake_on("2026-11-04".parse().unwrap());
    let mended = run(&mut command(&place, &follower, &["sync"])).expect_code(0);
    assert!(
        mended.stdout.contains("complete now: cs.DC of 2026-11-03"),
        "{}",
        mended.stdout
    );
    let ledger = run(&mut command(&place, &follower, &["ledger", "--json"]))
        .expect_code(0)
        .json();
    let gap = &ledger["gaps"][0];
    assert_eq!(gap["day"], "2026-11-03");
    assert_eq!(gap["outcome"], "harvested");
    let days = ledger["days"].as_array().unwrap();
    let third = days.iter().find(|day| day["day"] == "2026-11-03").unwrap();
    assert_eq!(third["proven"], true);
    assert!(third["announced"].as_u64().unwrap() > 0);
    let both = third["announced"].as_u64().unwrap() + third["replaced"].as_u64().unwrap();
    assert_eq!(third["fetched"].as_u64().unwrap(), both);
    assert_eq!(third["embedded"], third["fetched"]);
}

#[test]
fn a_day_with_far_fewer_papers_than_usual_is_asked_for_again() {
    let options = WorldOptions {
        days: 25,
        new_per_day: 60,
        ..WorldOptions::default()
    };
    let follower = Follower::new(&options, &["cs.DC", "stat.ML"]);
    let mut day = options.start;
    for _ in 0..22 {
        follower.wake_on(day);
        assert!(follower.sync().open.is_empty(), "on {day}");
        day = next(day);
    }
    assert!(World::is_announcement_day(day), "{day} is a Tuesday");
    follower.wake_on(day);
    for source in [Source::Oai, Source::Feed] {
        follower
            .arxiv
            .add_fault(source, Fault::Quiet, Plan::Forever);
    }
    let report = follower.sync();
    let few: Vec<_> = report.open.iter().filter(|gap| gap.kind == "few").collect();
    assert_eq!(few.len(), 2, "{:#?}", report.open);
    assert!(
        few.iter()
            .all(|gap| gap.day == day && gap.reason.contains("usual"))
    );
    follower.arxiv.clear_faults();
    follower.wake_on(next(day));
    let report = follower.sync();
    assert!(report.open.is_empty(), "{:#?}", report.open);
    assert!(report.closed.iter().any(|gap| gap.day == day));
    follower.assert_equal("after a late announcement");
}

#[test]
fn an_audit_finds_what_every_list_had_hidden() {
    let (place, follower) = morning();
    let sync = ["sync", "-c", "cs.DC", "--since", "2005-09-16"];
    // Pages and census alike leave the same records out: nothing can be noticed.
    follower
        .arxiv
        .add_fault(Source::Oai, Fault::HiddenRecords, Plan::Forever);
    run(&mut command(&place, &follower, &sync)).expect_code(0);
    follower.arxiv.clear_faults();
    let audit = run(&mut command(
        &place,
        &follower,
        &["ledger", "audit", "--json"],
    ));
    let audit = audit.expect_code(1).json();
    let absent = audit["lists"][0]["absent"].as_u64().unwrap();
    assert!(absent > 0, "{audit:#}");
    let report = run(&mut command(&place, &follower, &["sync", "--json"]))
        .expect_code(0)
        .json();
    // Those of the last days come with the harvest that overlaps them, the others by name.
    let came = report["missing"]["found"].as_u64().unwrap();
    let new = report["lists"][0]["new"].as_u64().unwrap();
    assert!(came > 0 && came + new == absent, "{report:#}");
    assert_eq!(report["missing"]["left"], 0, "{report:#}");
    let audit = run(&mut command(&place, &follower, &["ledger", "audit"])).expect_code(0);
    assert!(
        audit.stdout.contains("0 not here, 0 out of date"),
        "{}",
        audit.stdout
    );
}

#[test]
fn a_paper_that_moderators_held_up_is_in_the_feed_of_its_announcement() {
    let options = WorldOptions {
        days: 14,
        new_per_day: 60,
        ..WorldOptions::default()
    };
    let follower = Follower::new(&options, &["cs.DC"]);
    let place = Place::new();
    let last = options.start.saturating_add(13.days());
    let end = last
        .at(12, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp();
    let world = follower.world.at(end);
    let held = world
        .iter()
        .find(|paper| {
            let submitted = paper.versions[0].1.to_zoned(TimeZone::UTC).date();
            let days = (paper.announced - submitted).get_days();
            paper.categories.contains(&"cs.DC".to_owned())
                && paper.announced > options.start
                && days > 5
        })
        .expect("some papers are held up");
    let mut day = options.start;
    while day <= held.announced {
        follower.wake_on(day);
        run(&mut command(
            &place,
            &follower,
            &["sync", "-c", "cs.DC", "--since", "2026-11-02"],
        ))
        .expect_code(0);
        day = next(day);
    }
    let liked = world
        .iter()
        .find(|paper| {
            paper.announced == options.start && paper.categories.contains(&"cs.DC".to_owned())
        })
        .unwrap();
    place.run(&["set", "add", "mine", &liked.id]).expect_code(0);
    let day = held.announced.to_string();
    let feed = run(&mut command(
        &place,
        &follower,
        &[
            "feed", "mine", "--since", &day, "--as-of", &day, "-n", "200", "--json",
        ],
    ))
    .expect_code(0)
    .json();
    let id = format!("arXiv:{}", held.id);
    let results = feed["results"].as_array().unwrap();
    assert!(
        results.iter().any(|hit| hit["paper"]["id"] == id.as_str()),
        "{id} of {day}"
    );
    assert_eq!(feed["following"]["open_gaps"], 0, "{:#}", feed["following"]);
}

#[test]
fn the_feed_and_the_digest_say_what_they_may_lack() {
    let (place, follower) = morning();
    run(&mut command(
        &place,
        &follower,
        &["sync", "-c", "cs.DC", "--since", "2026-11-02"],
    ))
    .expect_code(0);
    let papers = run(&mut command(
        &place,
        &follower,
        &["search", "systems", "--json"],
    ));
    let id = papers.json()["results"][0]["paper"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    place.run(&["set", "add", "mine", &id]).expect_code(0);
    let line = |follower: &Follower| {
        let arguments = ["feed", "mine", "--as-of", "2026-11-04", "--peek", "--json"];
        let feed = run(&mut command(&place, follower, &arguments)).json();
        feed["following"]["line"].as_str().unwrap().to_owned()
    };
    assert_eq!(line(&follower), "complete up to 2026-11-02");
    follower.wake_on("2026-11-04".parse().unwrap());
    assert_eq!(
        line(&follower),
        "complete up to 2026-11-02; `kindred sync` fetches the rest"
    );
    follower.wake_on("2026-11-07".parse().unwrap());
    assert!(line(&follower).contains("a weekend"), "{}", line(&follower));
    let arguments = ["digest", "mine", "--as-of", "2026-11-04", "--peek"];
    let digest = run(&mut command(&place, &follower, &arguments)).expect_code(0);
    assert!(
        digest.stdout.contains("Following arXiv: "),
        "{}",
        digest.stdout
    );
}

#[test]
fn two_libraries_keep_one_pace() {
    let (place, follower) = morning();
    follower.arxiv.set_page_sizes(5, 20, 2_000);
    let children: Vec<_> = ["one", "two", "three"]
        .iter()
        .map(|name| {
            let library = place.path(name);
            command(
                &place,
                &follower,
                &["sync", "-c", "cs.DC", "--since", "2026-10-01"],
            )
            .env("KINDRED_LIBRARY", library)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert!(follower.arxiv.log().len() > 15);
    follower.assert_polite("three processes");
}

#[test]
fn a_snapshot_starts_the_archive_and_oai_pmh_keeps_it() {
    let options = WorldOptions {
        days: 8,
        history: 300,
        ..WorldOptions::default()
    };
    let follower = Follower::new(&options, &[]);
    let place = Place::new();
    let mut lines = String::new();
    for paper in follower.world.at(follower.clock.now()) {
        let versions: Vec<Value> = paper
            .versions
            .iter()
            .map(|(number, at)| {
                let date = at
                    .to_zoned(TimeZone::UTC)
                    .strftime("%a, %-d %b %Y %H:%M:%S GMT");
                json!({"version": format!("v{number}"), "created": date.to_string()})
            })
            .collect();
        let line = json!({
            "id": paper.id,
            "title": paper.title,
            "authors": paper.authors.join(", "),
            "abstract": format!("  {}\n", paper.abstract_text),
            "categories": paper.categories.join(" "),
            "comments": paper.comments,
            "journal-ref": paper.journal_ref,
            "doi": paper.doi,
            "license": paper.license,
            "versions": versions,
            "update_date": paper.datestamp.to_string(),
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    let file = place.write("snapshot.jsonl", lines.as_bytes());
    let first = ["sync", "--full", "--snapshot", &file, "--no-embed"];
    let first = run(&mut command(&place, &follower, &first)).expect_code(0);
    assert!(first.stdout.contains("all of arXiv"), "{}", first.stdout);
    // The whole archive is not asked for again.
    assert!(
        follower.arxiv.log().len() < 5,
        "{:#?}",
        follower.arxiv.log()
    );
    let mut day = options.start;
    for _ in 0..7 {
        day = next(day);
        follower.wake_on(day);
        run(&mut command(&place, &follower, &["sync", "--no-embed"])).expect_code(0);
    }
    follower.assert_whole_in(&place.library(), "snapshot, then OAI-PMH");
    let audit = run(&mut command(&place, &follower, &["ledger", "audit"])).expect_code(0);
    assert!(
        audit.stdout.contains("changes from 2005-09-16"),
        "{}",
        audit.stdout
    );
}

#[test]
fn what_is_followed_no_longer_is_not_asked_for() {
    let (place, follower) = morning();
    let sync = [
        "sync",
        "-c",
        "cs.DC",
        "-c",
        "stat.ML",
        "--since",
        "2026-11-02",
    ];
    run(&mut command(&place, &follower, &sync)).expect_code(0);
    let dropped = ["sync", "--unfollow", "stat.ML"];
    run(&mut command(&place, &follower, &dropped)).expect_code(0);
    run(&mut command(&place, &follower, &dropped)).expect_code(1);
    follower.arxiv.clear_log();
    follower.wake_on("2026-11-03".parse().unwrap());
    run(&mut command(&place, &follower, &["sync"])).expect_code(0);
    let log = follower.arxiv.log();
    assert!(
        log.iter().all(|entry| !entry.target.contains("ML")),
        "{log:#?}"
    );
}
