use std::collections::BTreeSet;

use jiff::civil::date;
use kindred_fake_arxiv::WorldOptions;

use super::support::{
    Fake, all, at, collapsed, element, fake, get, send, small, unescape, wednesday,
};

fn rss(fake: &Fake, categories: &str) -> String {
    let answer = get(&format!("{}/rss/{categories}", fake.arxiv.feed_url()));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), Some("application/rss+xml"));
    answer.text()
}

fn kinds(feed: &str) -> Vec<String> {
    all(feed, "<arxiv:announce_type>", "</arxiv:announce_type>")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn new_papers_of_the_day_are_announced_in_every_category() {
    let fake = wednesday();
    let today = date(2026, 11, 4);
    for asked in ["cs.DC", "hep-th", "math.NA", "stat.ML"] {
        let feed = rss(&fake, asked);
        let found: BTreeSet<String> = all(&feed, "<item>", "</item>")
            .iter()
            .filter(|item| kinds(item) == ["new"])
            .map(|item| all(item, "/abs/", "</link>")[0].to_owned())
            .collect();
        let truth: BTreeSet<String> = fake
            .world
            .at(at("2026-11-04T05:00:00Z"))
            .into_iter()
            .filter(|paper| paper.announced == today && paper.categories[0] == asked)
            .map(|paper| paper.id)
            .collect();
        assert!(!truth.is_empty());
        assert_eq!(found, truth, "{asked}");
    }
    let both: BTreeSet<String> = kinds(&rss(&fake, "cs.DC+HEP-TH+math+stat"))
        .into_iter()
        .collect();
    assert!(both.contains("new") && both.contains("replace"));
}

/// A new paper of another category is a cross-list of the feed that was asked for.
#[test]
fn kind_is_relative_to_the_feed() {
    let fake = wednesday();
    let papers = fake.world.at(at("2026-11-04T05:00:00Z"));
    let paper = papers
        .iter()
        .find(|paper| paper.announced == date(2026, 11, 4) && paper.categories.len() > 1)
        .expect("some new paper has two categories");
    for (place, category) in paper.categories.iter().enumerate() {
        let feed = rss(&fake, category);
        let item = all(&feed, "<item>", "</item>")
            .into_iter()
            .find(|item| item.contains(&format!("/abs/{}<", paper.id)))
            .expect("it is in every feed");
        assert_eq!(kinds(item), [if place == 0 { "new" } else { "cross" }]);
        let title = collapsed(&element(item, "title").unwrap());
        assert_eq!(title.is_empty(), paper.title.is_empty());
        let guid = format!(
            "<guid isPermaLink=\"false\">oai:arXiv.org:{}v1</guid>",
            paper.id
        );
        assert!(item.contains(&guid));
        let description = unescape(all(item, "<description>", "</description>")[0]);
        assert!(description.starts_with(&format!("arXiv:{}v1 Announce Type: ", paper.id)));
        assert!(description.contains(" \nAbstract: "));
    }
}

#[test]
fn cut_feed_drops_new_papers_first() {
    let options = WorldOptions {
        days: 4,
        new_per_day: 200,
        history: 300,
        ..small()
    };
    let fake = fake(&options, "2026-11-04T12:00:00Z");
    let every = "cs.DC+stat.ML+math.NA+hep-th";
    let whole = kinds(&rss(&fake, every));
    let count = |feed: &[String], kind: &str| feed.iter().filter(|known| *known == kind).count();
    let replaced = count(&whole, "replace");
    assert!(replaced > 20 && count(&whole, "new") > 100);
    fake.arxiv.set_page_sizes(2500, 20000, whole.len() - 50);
    let cut = kinds(&rss(&fake, every));
    assert_eq!(cut.len(), whole.len() - 50);
    assert_eq!(count(&cut, "replace"), replaced);
    assert_eq!(count(&cut, "new"), count(&whole, "new") - 50);
}

#[test]
fn feed_rolls_at_midnight_and_is_empty_on_quiet_days() {
    let fake = fake(&small(), "2026-11-06T04:59:59Z");
    let thursday = rss(&fake, "hep-th");
    assert!(thursday.contains("<pubDate>Thu, 05 Nov 2026 00:00:00 -0500</pubDate>"));
    fake.clock.advance_to(at("2026-11-06T05:00:00Z"));
    let friday = rss(&fake, "hep-th");
    assert!(friday.contains("<pubDate>Fri, 06 Nov 2026 00:00:00 -0500</pubDate>"));
    assert!(friday.contains("<day>Saturday</day>") && friday.contains("<item>"));
    fake.clock.advance_to(at("2026-11-07T15:00:00Z"));
    let saturday = rss(&fake, "hep-th");
    assert!(saturday.contains("<title>hep-th updates on arXiv.org</title>"));
    assert!(!saturday.contains("<item>"));
}

#[test]
fn unknown_categories_are_an_error_feed() {
    let fake = wednesday();
    for (path, root) in [("rss/cs.XX", "<rss "), ("atom/cs.DC+nothing", "<feed ")] {
        let answer = get(&format!("{}/{path}", fake.arxiv.feed_url()));
        assert_eq!(answer.status, 400);
        let text = answer.text();
        assert!(text.contains(root) && text.contains("<title>Feed error for query: "));
    }
    let status = get(&format!("{}/feed/status", fake.arxiv.feed_url()));
    assert_eq!(status.status, 200);
}

#[test]
fn atom_tells_the_same_and_tags_do_not_change_with_time() {
    let fake = wednesday();
    let url = format!("{}/atom/cs.DC", fake.arxiv.feed_url());
    let answer = get(&url);
    assert_eq!(answer.header("Content-Type"), Some("application/atom+xml"));
    let feed = answer.text();
    assert_eq!(kinds(&feed), kinds(&rss(&fake, "cs.DC")));
    assert!(feed.contains("<published>2026-11-04T00:00:00-05:00</published>"));
    assert_eq!(answer.header("Cache-Control"), Some("max-age=61200"));
    let tag = answer.header("ETag").unwrap();
    let again = send("GET", &url, &format!("If-None-Match: {tag}\r\n"), "");
    assert_eq!((again.status, again.body.len()), (304, 0));
}
