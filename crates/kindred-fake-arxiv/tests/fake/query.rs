use super::support::{Fake, all, at, element, fake, get, small, wednesday};

fn ask(fake: &Fake, query: &str) -> String {
    let answer = get(&format!("{}?{query}", fake.arxiv.query_url()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

fn entry_ids(feed: &str) -> Vec<String> {
    all(feed, "<id>http://arxiv.org/abs/", "</id>")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn pages_of_a_search_give_each_paper_once() {
    let fake = wednesday();
    let search = "search_query=cat:cs.DC+OR+cat:hep-th&sortBy=submittedDate&sortOrder=ascending";
    let mut found = Vec::new();
    loop {
        let page = ask(
            &fake,
            &format!("{search}&start={}&max_results=9", found.len()),
        );
        let ids = entry_ids(&page);
        let total = element(&page, "opensearch:totalResults").unwrap();
        if ids.is_empty() {
            assert_eq!(total, found.len().to_string());
            break;
        }
        found.extend(ids);
    }
    // The index is as old as the last midnight in Eastern time.
    let mut truth: Vec<_> = fake
        .world
        .at(at("2026-11-04T05:00:00Z"))
        .into_iter()
        .filter(|paper| {
            paper
                .categories
                .iter()
                .any(|name| name == "cs.DC" || name == "hep-th")
        })
        .map(|paper| {
            (
                paper.versions[0].1,
                format!("{}v{}", paper.id, paper.versions.len()),
            )
        })
        .collect();
    truth.sort();
    let truth: Vec<String> = truth.into_iter().map(|(_, id)| id).collect();
    assert_eq!(found, truth);
}

#[test]
fn ranges_of_dates_count_submissions() {
    let fake = wednesday();
    let page = ask(
        &fake,
        "search_query=submittedDate:%5B202611020000+TO+202611022359%5D+AND+cat:*&max_results=500",
    );
    let truth = fake
        .world
        .at(at("2026-11-04T05:00:00Z"))
        .into_iter()
        .filter(|paper| {
            let first = paper.versions[0].1;
            first >= at("2026-11-02T00:00:00Z") && first <= at("2026-11-02T23:59:00Z")
        })
        .count();
    assert!(truth > 5);
    assert_eq!(entry_ids(&page).len(), truth);
}

#[test]
fn lists_of_ids_take_versions() {
    let fake = wednesday();
    let papers = fake.world.at(at("2026-11-04T05:00:00Z"));
    let revised = papers
        .iter()
        .find(|paper| paper.versions.len() > 1)
        .unwrap();
    let id = &revised.id;
    let list = format!("id_list={id},{id}v1,0000.0000,{id}v99,cs/0301012");
    let page = ask(&fake, &list);
    let last = revised.versions.len();
    assert_eq!(
        entry_ids(&page)[..2],
        [format!("{id}v{last}"), format!("{id}v1")]
    );
    assert_eq!(
        element(&page, "opensearch:totalResults").as_deref(),
        Some("3")
    );
    assert!(page.contains("<arxiv:primary_category term=\""));
    let unknown = ask(&fake, "id_list=0000.0000");
    assert_eq!(
        element(&unknown, "opensearch:totalResults").as_deref(),
        Some("0")
    );
    assert!(
        unknown.contains("<title>arXiv Query: search_query=&amp;id_list=0000.0000&amp;start=0")
    );
}

#[test]
fn index_changes_at_midnight_in_eastern_time() {
    let fake = fake(&small(), "2026-11-05T04:59:00Z");
    let search = "search_query=cat:hep-th+OR+cat:cs.DC&max_results=500";
    let before = entry_ids(&ask(&fake, search)).len();
    fake.clock.advance_to(at("2026-11-05T05:00:00Z"));
    assert!(entry_ids(&ask(&fake, search)).len() > before);
}

#[test]
fn wrong_requests_are_an_error_entry_with_status_400() {
    let fake = wednesday();
    for query in [
        "id_list=abc",
        "search_query=cat:cs.DC&start=-1",
        "search_query=cat:cs.DC&max_results=30001",
        "search_query=cat:cs.DC&max_results=x",
        "search_query=cat:cs.DC&sortBy=size",
        "search_query=(cat:cs.DC",
    ] {
        let answer = get(&format!("{}?{query}", fake.arxiv.query_url()));
        assert_eq!(answer.status, 400, "{query}");
        let text = answer.text();
        assert!(
            text.contains("<id>https://arxiv.org/api/errors#"),
            "{query}"
        );
        assert!(text.contains("<title>Error</title>") && text.contains("arXiv api core"));
        assert!(entry_ids(&text).is_empty());
    }
}
