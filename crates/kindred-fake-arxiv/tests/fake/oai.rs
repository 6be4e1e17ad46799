use std::collections::{BTreeMap, BTreeSet};

use super::support::{
    Fake, all, at, collapsed, element, error_code, fake, get, harvest, ids, send, small, token,
    wednesday,
};

fn ask(fake: &Fake, query: &str) -> String {
    let answer = get(&format!("{}?{query}", fake.arxiv.oai_url()));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), Some("text/xml"));
    answer.text()
}

#[test]
fn pages_give_each_record_once() {
    let fake = wednesday();
    fake.arxiv.set_page_sizes(7, 11, 2000);
    let truth: Vec<String> = fake
        .world
        .at(fake.clock.now())
        .into_iter()
        .map(|paper| paper.id)
        .collect();
    for (verb, size) in [("ListRecords", 7), ("ListIdentifiers", 11)] {
        let pages = harvest(&fake, verb, "metadataPrefix=arXivRaw");
        assert!(pages.len() > 10);
        let mut found: Vec<String> = pages.iter().flat_map(|page| ids(page)).collect();
        assert!(
            pages[..pages.len() - 1]
                .iter()
                .all(|page| ids(page).len() == size)
        );
        found.sort();
        assert_eq!(found, truth, "{verb}");
        assert!(pages.last().unwrap().contains("<resumptionToken/>"));
        assert!(pages.iter().all(|page| !page.contains("completeListSize")));
    }
}

/// What is told is what the world says, element by element.
#[test]
fn raw_records_tell_the_truth() {
    let fake = fake(&small(), "2026-11-12T12:00:00Z");
    let page = ask(&fake, "verb=ListRecords&metadataPrefix=arXivRaw");
    assert!(!page.contains("resumptionToken"), "one page has no token");
    let records: BTreeMap<String, &str> = all(&page, "<record>", "</record>")
        .into_iter()
        .map(|record| (ids(record)[0].clone(), record))
        .collect();
    let truth = fake.world.at(fake.clock.now());
    assert_eq!(records.len(), truth.len());
    for paper in &truth {
        let record = records[&paper.id];
        let text = |name: &str| element(record, name);
        assert_eq!(text("id").as_ref(), Some(&paper.id));
        assert_eq!(text("datestamp"), Some(paper.datestamp.to_string()));
        assert_eq!(
            text("title").map(|title| collapsed(&title)),
            Some(paper.title.clone())
        );
        assert_eq!(
            text("abstract").map(|text| collapsed(&text)),
            Some(paper.abstract_text.clone())
        );
        assert_eq!(text("comments"), paper.comments);
        assert_eq!(text("journal-ref"), paper.journal_ref);
        assert_eq!(text("doi"), paper.doi);
        assert_eq!(text("license"), paper.license);
        let authors = text("authors").unwrap();
        if paper.authors.is_empty() {
            assert_eq!(authors, "None");
        }
        assert!(paper.authors.iter().all(|author| authors.contains(author)));
        let dates: Vec<String> = paper
            .versions
            .iter()
            .map(|(_, time)| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
            .collect();
        assert_eq!(all(record, "<date>", "</date>"), dates);
        assert_eq!(
            record.contains("<source_type>I</source_type>"),
            paper.withdrawn
        );
    }
}

#[test]
fn sets_list_aliases_on_both_sides() {
    let fake = wednesday();
    let numeric = harvest(
        &fake,
        "ListIdentifiers",
        "metadataPrefix=arXivRaw&set=cs:cs:NA",
    );
    let canonical = harvest(
        &fake,
        "ListIdentifiers",
        "metadataPrefix=arXivRaw&set=math:math:NA",
    );
    assert_eq!(ids(&numeric[0]), ids(&canonical[0]));
    let truth: BTreeSet<String> = fake
        .world
        .at(fake.clock.now())
        .into_iter()
        .filter(|paper| paper.categories.contains(&"math.NA".to_owned()))
        .map(|paper| paper.id)
        .collect();
    assert_eq!(ids(&numeric[0]).into_iter().collect::<BTreeSet<_>>(), truth);
    assert!(numeric[0].contains("<setSpec>math:math:NA</setSpec>\n <setSpec>cs:cs:NA</setSpec>"));
    let physics = ask(
        &fake,
        "verb=ListIdentifiers&metadataPrefix=arXivRaw&set=physics",
    );
    assert!(ids(&physics).contains(&"hep-th/9901001".to_owned()));
    let sets = ask(&fake, "verb=ListSets");
    let specs = all(&sets, "<setSpec>", "</setSpec>");
    for known in [
        "cs",
        "cs:cs",
        "cs:cs:DC",
        "physics:hep-th",
        "math:math:NA",
        "q-bio:q-bio:NC",
    ] {
        assert!(specs.contains(&known), "{known}");
    }
}

#[test]
fn wrong_arguments_are_told_with_status_200() {
    let fake = wednesday();
    for (query, code) in [
        ("", "badVerb"),
        ("verb=Harvest", "badVerb"),
        ("verb=Identify&verb=Identify", "badArgument"),
        ("verb=Identify&colour=red", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        (
            "verb=ListRecords&metadataPrefix=marc",
            "cannotDisseminateFormat",
        ),
        (
            "verb=ListRecords&metadataPrefix=arXiv&from=2005-09-15",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=arXiv&from=2023-06-6",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=arXiv&from=2026-11-04T00:00:00Z",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=arXiv&until=2026-11-06",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=arXiv&from=2026-11-03&until=2026-11-02",
            "badArgument",
        ),
        (
            "verb=ListRecords&metadataPrefix=arXiv&set=cs:DC",
            "badArgument",
        ),
        (
            "verb=ListRecords&resumptionToken=x&metadataPrefix=arXiv",
            "badArgument",
        ),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        (
            "verb=GetRecord&metadataPrefix=arXiv&identifier=2611.00001",
            "badArgument",
        ),
        (
            "verb=GetRecord&metadataPrefix=arXiv&identifier=oai:arXiv.org:2611.99999",
            "idDoesNotExist",
        ),
        (
            "verb=ListRecords&metadataPrefix=arXiv&from=2026-11-05&until=2026-11-05",
            "noRecordsMatch",
        ),
    ] {
        assert_eq!(error_code(&ask(&fake, query)), Some(code), "{query}");
    }
    let until = "verb=ListIdentifiers&metadataPrefix=arXiv&from=2026-11-04&until=2026-11-05";
    assert_eq!(error_code(&ask(&fake, until)), None);
}

#[test]
fn tokens_end_at_midnight_in_utc() {
    let fake = wednesday();
    fake.arxiv.set_page_sizes(5, 5, 2000);
    let page = ask(&fake, "verb=ListRecords&metadataPrefix=arXiv&set=cs:cs:DC");
    assert!(page.contains("expirationDate=\"2026-11-05T00:00:00Z\""));
    let next = format!("verb=ListRecords&resumptionToken={}", token(&page).unwrap());
    assert_eq!(ids(&ask(&fake, &next)).len(), 5);
    fake.clock.advance_to(at("2026-11-04T23:59:59Z"));
    assert_eq!(error_code(&ask(&fake, &next)), None);
    fake.clock.advance_to(at("2026-11-05T00:00:00Z"));
    assert_eq!(error_code(&ask(&fake, &next)), Some("badResumptionToken"));
}

/// An edit moves a record to the end, and one that was not read yet is skipped.
#[test]
fn offsets_shift_when_a_record_is_edited() {
    use kindred_fake_arxiv::{Fault, Plan, Source};
    let fake = wednesday();
    fake.arxiv.set_page_sizes(5, 5, 2000);
    let before = fake.world.at(fake.clock.now());
    fake.arxiv
        .add_fault(Source::Oai, Fault::EditDuring, Plan::Times(1));
    let arguments = "metadataPrefix=arXivRaw&from=2026-11-03&until=2026-11-03";
    let pages = harvest(&fake, "ListRecords", arguments);
    let found: BTreeSet<String> = pages.iter().flat_map(|page| ids(page)).collect();
    let after = fake.world.at(fake.clock.now());
    let edited: Vec<_> = after
        .iter()
        .filter(|paper| !before.contains(paper))
        .collect();
    assert_eq!(edited.len(), 1);
    assert_eq!(edited[0].id, ids(&pages[0])[0]);
    assert!(edited[0].journal_ref.as_ref().unwrap().contains("Edited"));
    let stamped: BTreeSet<String> = before
        .iter()
        .filter(|paper| paper.datestamp.to_string() == "2026-11-03")
        .map(|paper| paper.id.clone())
        .collect();
    assert_eq!(
        stamped.difference(&found).count(),
        1,
        "one record was skipped"
    );
    // The event stays, whatever else happens to the paper.
    let later = fake.world.at(at("2026-12-24T00:00:00Z"));
    assert!(
        later
            .iter()
            .any(|paper| paper.journal_ref == edited[0].journal_ref)
    );
}

#[test]
fn nothing_found_is_frozen_until_midnight() {
    let fake = fake(&small(), "2026-11-05T01:00:00Z");
    let query = "verb=ListRecords&metadataPrefix=arXivRaw&from=2026-11-05";
    let first = ask(&fake, query);
    assert_eq!(error_code(&first), Some("noRecordsMatch"));
    // The announcement of the day is there, but not for this address.
    fake.clock.advance_to(at("2026-11-05T04:00:00Z"));
    assert_eq!(ask(&fake, query), first);
    assert!(
        ids(&ask(
            &fake,
            "verb=ListRecords&from=2026-11-05&metadataPrefix=arXivRaw"
        ))
        .len()
            > 5
    );
    let posted = send("POST", &fake.arxiv.oai_url(), "", query).text();
    assert!(ids(&posted).len() > 5);
    fake.clock.advance_to(at("2026-11-06T00:00:00Z"));
    assert_eq!(error_code(&ask(&fake, query)), None);
}

#[test]
fn formats_and_single_records_have_their_shapes() {
    let fake = wednesday();
    let record = |format: &str, id: &str| {
        ask(
            &fake,
            &format!("verb=GetRecord&metadataPrefix={format}&identifier=oai:arXiv.org:{id}"),
        )
    };
    let raw = record("arXivRaw", "0704.0001");
    assert!(raw.contains("<request verb=\"GetRecord\" identifier=\"oai:arXiv.org:0704.0001\""));
    let papers = fake.world.at(fake.clock.now());
    let revised = papers
        .iter()
        .find(|paper| paper.versions.len() > 1)
        .unwrap();
    let current = revised
        .versions
        .last()
        .unwrap()
        .1
        .strftime("%Y-%m-%d")
        .to_string();
    let arxiv = record("arXiv", &revised.id);
    // Trap: the service tells the day of the current version.
    assert_eq!(element(&arxiv, "created"), Some(current));
    assert!(arxiv.contains("<arXiv xmlns=\"http://arxiv.org/OAI/arXiv/\""));
    let accented = papers
        .iter()
        .find(|paper| paper.authors.iter().any(|name| name.contains("\\'e")));
    let accented = accented.expect("some name has an accent");
    assert!(record("arXiv", &accented.id).contains('\u{e9}'));
    assert!(record("arXivRaw", &accented.id).contains("\\&#39;e"));
    assert!(record("oai_dc", &accented.id).contains("<dc:creator>"));
    assert!(record("arXivOld", &accented.id).contains("<arXivOld "));
    for (verb, mark) in [
        (
            "Identify",
            "<earliestDatestamp>2005-09-16</earliestDatestamp>",
        ),
        (
            "ListMetadataFormats",
            "<metadataPrefix>arXivRaw</metadataPrefix>",
        ),
    ] {
        assert!(ask(&fake, &format!("verb={verb}")).contains(mark));
    }
}
