use jiff::civil::Date;
use kindred_core::{Paper, Record, Rule, RuleKind, SourceKind, Version};
use kindred_store::{ImportBatch, Rating, SetName};
use tempfile::TempDir;

use crate::answer::{FeedAnswer, RunKind, TextRun};
use crate::{Control, FeedQuery, FeedRanker, Library, ListOptions, Timestamp};

const LATTICES: &str = "We study phases of lattices that are driven by periodic forces. Edge modes \
     survive weak disorder, and their number is a topological invariant of the drive. Numerical \
     simulations of small systems confirm the theory.";
const SURVEYS: &str = "This survey reviews graph neural networks for molecules. We compare message \
     passing schemes, discuss benchmarks, and list open problems of training at scale.";
const PRIVACY: &str = "A protocol for secure aggregation lets clients train together without \
     showing their gradients. It tolerates users that drop out and costs little communication.";

/// A library, a set that likes one paper on lattices, and the feed of a day.
struct Reader {
    library: Library,
    set: SetName,
    _folder: TempDir,
}

impl Reader {
    fn new(papers: Vec<Paper>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut reader = Self {
            library: Library::create(folder.path()).unwrap(),
            set: "reading".parse().unwrap(),
            _folder: folder,
        };
        let mut first = paper("2601.00001", "Driven lattices", LATTICES);
        first.versions[0].date = Some("2026-01-05".parse().unwrap());
        reader.import(vec![first]);
        reader.like("reading", "2601.00001");
        reader.import(papers);
        reader
    }

    fn import(&mut self, papers: Vec<Paper>) {
        let records: Vec<Record> = papers
            .into_iter()
            .map(|paper| Record::Paper {
                paper: Box::new(paper),
                announcement: None,
            })
            .collect();
        let batch = ImportBatch {
            records: &records,
            progress: None,
        };
        self.library.store.import(&batch).unwrap();
        self.library.embed(&Control::silent()).unwrap();
    }

    fn like(&mut self, set: &str, id: &str) {
        let (set, ids) = (set.parse().unwrap(), [id.parse().unwrap()]);
        self.library
            .rate(&set, &ids, Rating::Like, Timestamp::UNIX_EPOCH)
            .unwrap();
    }

    fn rules(&mut self, rules: &[(RuleKind, &str)]) {
        let rules: Vec<Rule> = rules
            .iter()
            .map(|(kind, text)| Rule::new(*kind, text).unwrap())
            .collect();
        self.library.change_rules(&self.set, &[], &rules).unwrap();
    }

    /// The feed of the ten days up to `as_of`; every paper of the period is accounted for.
    fn feed(&self, as_of: &str, limit: usize) -> FeedAnswer {
        let as_of = day(as_of);
        let answer = self
            .library
            .feed(&FeedQuery {
                set: self.set.clone(),
                as_of,
                since: as_of.saturating_sub(jiff::ToSpan::days(10)),
                categories: Vec::new(),
                limit,
                reasons: 1,
                ranker: FeedRanker::default(),
                list: ListOptions::default(),
            })
            .unwrap();
        let left = answer.left_out;
        let out = left.in_set
            + left.shown_before
            + left.unchanged_revisions
            + left.owned
            + left.duplicates
            + left.by_rule
            + left.withdrawn
            + left.not_embedded
            + left.below_limit;
        assert_eq!(
            answer.arrivals + answer.revisions,
            answer.results.len() as u64 + out,
            "{answer:#?}"
        );
        let removed: u64 = answer.rules.iter().map(|rule| rule.removed).sum();
        assert_eq!(removed, left.by_rule);
        answer
    }

    fn show(&mut self, as_of: &str) -> FeedAnswer {
        let answer = self.feed(as_of, 100);
        let set = self.set.clone();
        self.library.mark_shown(&answer, &set).unwrap();
        answer
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn paper(id: &str, title: &str, abstract_text: &str) -> Paper {
    Paper {
        id: id.parse().unwrap(),
        title: title.into(),
        abstract_text: abstract_text.into(),
        authors: vec!["Ada Example".into()],
        categories: vec!["cs.LG".parse().unwrap()],
        versions: vec![Version {
            number: 1,
            date: Some("2026-03-20".parse().unwrap()),
        }],
        comments: None,
        journal_ref: None,
        doi: None,
        license: None,
        venue: None,
        keywords: Vec::new(),
        withdrawn: false,
        source: SourceKind::Query,
    }
}

fn by(authors: &[&str], mut paper: Paper) -> Paper {
    paper.authors = authors.iter().map(|&name| name.into()).collect();
    paper
}

fn of(category: &str, mut paper: Paper) -> Paper {
    paper.categories = vec![category.parse().unwrap()];
    paper
}

fn with_doi(doi: &str, mut paper: Paper) -> Paper {
    paper.doi = Some(doi.into());
    paper
}

/// The paper in a second version of a day.
fn revised(on: &str, title: &str, abstract_text: &str, of: &Paper) -> Paper {
    let mut paper = of.clone();
    paper.title = title.into();
    paper.abstract_text = abstract_text.into();
    let number = paper.version() + 1;
    paper.versions.push(Version {
        number,
        date: Some(on.parse().unwrap()),
    });
    paper
}

fn ids(answer: &FeedAnswer) -> Vec<String> {
    let ids = answer.results.iter().map(|hit| hit.paper.id.short());
    ids.collect()
}

fn removed(answer: &FeedAnswer) -> Vec<(&str, u64)> {
    let counts = answer.rules.iter();
    counts
        .map(|rule| (rule.rule.as_str(), rule.removed))
        .collect()
}

fn words(runs: &[TextRun], kind: RunKind) -> Vec<&str> {
    runs.iter()
        .filter(|run| run.kind == kind)
        .map(|run| run.text.as_str())
        .collect()
}

#[test]
fn pinned_papers_come_first_and_do_not_count_for_the_limit() {
    let numbers = ["1", "2", "3", "4", "5", "6"];
    let texts = [LATTICES, SURVEYS, PRIVACY, SURVEYS, LATTICES, PRIVACY];
    let mut reader = Reader::new(
        (numbers.iter().zip(texts))
            .map(|(number, text)| {
                let id = format!("2603.0000{number}");
                let one = paper(&id, &format!("Paper {number} on its own"), text);
                by(
                    &[if ["2", "3", "5"].contains(number) {
                        "Jane Roe"
                    } else {
                        "Ann Other"
                    }],
                    one,
                )
            })
            .collect(),
    );
    let plain = ids(&reader.feed("2026-03-25", 10));
    assert_eq!(plain.len(), 6);
    reader.rules(&[(RuleKind::PinAuthor, "Jane Roe")]);
    let is_pinned = |id: &&String| ["2", "3", "5"].iter().any(|number| id.ends_with(number));
    let (pinned, others): (Vec<&String>, Vec<&String>) = plain.iter().partition(is_pinned);
    for limit in [0, 2, 10] {
        let shown = ids(&reader.feed("2026-03-25", limit));
        let expected: Vec<&String> = pinned
            .iter()
            .chain(others.iter().take(limit))
            .copied()
            .collect();
        assert_eq!(shown.iter().collect::<Vec<_>>(), expected, "limit {limit}");
    }
}

#[test]
fn each_rule_removes_and_counts_and_the_first_in_order_has_the_paper() {
    let mut reader = Reader::new(vec![
        paper("2603.00001", "Lattices again", LATTICES),
        paper("2603.00002", "A survey of networks", SURVEYS),
        by(&["J. Roe"], paper("2603.00003", "A muted survey", SURVEYS)),
        of("cs.CR", paper("2603.00004", "Aggregation", PRIVACY)),
        of(
            "math.AG",
            paper("2603.00005", "Sheaves of lattices", LATTICES),
        ),
        of(
            "stat.ML",
            paper("2603.00006", "Private aggregation", PRIVACY),
        ),
    ]);
    reader.rules(&[
        (RuleKind::Must, "lattice* | clients"),
        (RuleKind::MustNot, "survey"),
        (RuleKind::Category, "cs"),
        (RuleKind::Category, "stat.ML"),
        (RuleKind::NotCategory, "cs.CR"),
        (RuleKind::MuteAuthor, "Jane Roe"),
    ]);
    let answer = reader.feed("2026-03-25", 10);
    assert_eq!(ids(&answer), ["2603.00001", "2603.00006"]);
    assert_eq!(
        removed(&answer),
        [
            ("Jane Roe", 1),
            ("survey", 1),
            ("cs.CR", 1),
            ("cs | stat.ML", 1),
            ("lattice* | clients", 0),
        ]
    );
    assert_eq!(answer.left_out.by_rule, 4);
}

#[test]
fn rules_can_be_taken_back() {
    let mut reader = Reader::new(vec![paper("2603.00002", "A survey", SURVEYS)]);
    reader.rules(&[(RuleKind::MustNot, "survey")]);
    assert_eq!(ids(&reader.feed("2026-03-25", 10)), [""; 0]);
    let set = reader.set.clone();
    let remove = ["must-not Survey".to_owned()];
    let answer = reader.library.change_rules(&set, &remove, &[]).unwrap();
    assert_eq!((answer.removed, answer.rules.len()), (1, 0));
    assert_eq!(ids(&reader.feed("2026-03-25", 10)), ["2603.00002"]);
}

#[test]
fn pinned_authors_stand_first_beyond_the_limit_and_outside_of_what_is_asked_for() {
    let mut reader = Reader::new(vec![
        paper("2603.00001", "Lattices again", LATTICES),
        paper("2603.00002", "More lattices", LATTICES),
        by(
            &["Ada Example", "Jane M. Doe"],
            of("q-bio", paper("2603.00003", "Molecules", SURVEYS)),
        ),
        by(
            &["J. Doe"],
            paper("2603.00004", "Lattices of Doe", LATTICES),
        ),
        by(
            &["J. Doe"],
            paper("2603.00005", "A retracted survey", PRIVACY),
        ),
        by(
            &["Jane Doe"],
            of("cs.CR", paper("2603.00006", "Keys", PRIVACY)),
        ),
        by(
            &["John Doe"],
            paper("2603.00007", "Other lattices", LATTICES),
        ),
    ]);
    reader.rules(&[
        (RuleKind::PinAuthor, "Jane Doe"),
        (RuleKind::Must, "lattices"),
        (RuleKind::Category, "cs"),
        (RuleKind::NotCategory, "cs.CR"),
        (RuleKind::MustNot, "retracted"),
    ]);
    let answer = reader.feed("2026-03-25", 1);
    assert_eq!(ids(&answer)[..2], ["2603.00004", "2603.00003"]);
    assert_eq!(answer.results.len(), 3);
    let pins: Vec<Option<&str>> = answer
        .results
        .iter()
        .map(|hit| hit.pinned.as_deref())
        .collect();
    assert_eq!(pins, [Some("Jane Doe"), Some("Jane Doe"), None]);
    assert!(answer.results[0].score > answer.results[1].score);
    let ranks: Vec<usize> = answer.results.iter().map(|hit| hit.rank).collect();
    assert_eq!(ranks, [1, 2, 3]);
    assert_eq!(answer.left_out.below_limit, 2);
    assert_eq!(answer.left_out.by_rule, 2);
}

#[test]
fn pinned_papers_are_not_shown_twice_either_nor_when_withdrawn() {
    let mut gone = by(&["Jane Doe"], paper("2603.00002", "Gone", LATTICES));
    gone.withdrawn = true;
    let mut reader = Reader::new(vec![
        by(&["Jane Doe"], paper("2603.00001", "Lattices", LATTICES)),
        gone,
    ]);
    reader.rules(&[(RuleKind::PinAuthor, "Jane Doe")]);
    assert_eq!(ids(&reader.show("2026-03-25")), ["2603.00001"]);
    let next = reader.feed("2026-03-26", 10);
    assert_eq!(ids(&next), [""; 0]);
    assert_eq!(
        (next.left_out.withdrawn, next.left_out.shown_before),
        (1, 1)
    );
}

#[test]
fn muting_wins_over_pinning_and_is_told() {
    let mut reader = Reader::new(vec![by(
        &["Jane Doe"],
        paper("2603.00001", "Lattices", LATTICES),
    )]);
    reader.rules(&[
        (RuleKind::PinAuthor, "Jane Doe"),
        (RuleKind::MuteAuthor, "J. Doe"),
    ]);
    assert_eq!(ids(&reader.feed("2026-03-25", 10)), [""; 0]);
    let rules = reader.library.rules(&reader.set).unwrap();
    assert_eq!(rules.overshadowed[0].muted, "J. Doe");
}

#[test]
fn papers_of_other_sets_are_left_out_and_counted_apart() {
    let mut reader = Reader::new(vec![
        paper("2603.00001", "Lattices again", LATTICES),
        paper("2603.00002", "More lattices", LATTICES),
    ]);
    reader.like("other", "2603.00001");
    let answer = reader.feed("2026-03-25", 10);
    assert_eq!(ids(&answer), ["2603.00002"]);
    assert_eq!(answer.left_out.owned, 1);
    reader.like("reading", "2603.00001");
    let answer = reader.feed("2026-03-25", 10);
    assert_eq!((answer.left_out.owned, answer.left_out.in_set), (0, 1));
}

#[test]
fn the_same_work_is_shown_once_under_its_first_id() {
    let journal = paper("journal:1", "A journal version", LATTICES);
    let mut reader = Reader::new(vec![
        journal.clone(),
        with_doi(
            "10.1000/abc",
            paper("2603.00002", "Lattices here", LATTICES),
        ),
        paper("2603.00003", r"On {Poincar\'e} lattices", LATTICES),
        by(
            &["A. Example", "Jane Doe"],
            paper("2603.00004", "On Poincaré Lattices", LATTICES),
        ),
        by(
            &["Jane Doe"],
            paper("2603.00005", "On Poincare lattices", LATTICES),
        ),
        by(&[], paper("2603.00006", "On Poincare lattices", LATTICES)),
        // The paper that the set likes, once more.
        paper("2603.00007", "Driven Lattices", LATTICES),
    ]);
    // Known from the start, the DOI would have made the two one paper.
    reader.import(vec![with_doi("10.1000/ABC", journal)]);
    let answer = reader.show("2026-03-25");
    let mut shown = ids(&answer);
    shown.sort();
    assert_eq!(
        shown,
        ["2603.00002", "2603.00003", "2603.00005", "2603.00006"]
    );
    assert_eq!(answer.left_out.duplicates, 3);

    // What was shown counts too, on later days.
    let mut late = paper("2603.00008", "On Poincaré lattices", LATTICES);
    late.versions[0].date = Some("2026-03-26".parse().unwrap());
    reader.import(vec![late]);
    let answer = reader.feed("2026-03-26", 10);
    assert_eq!(ids(&answer), [""; 0]);
    assert_eq!(answer.left_out.duplicates, 4);
    assert_eq!(answer.left_out.shown_before, 4);
}

#[test]
fn a_removed_paper_does_not_stand_for_its_work() {
    let mut reader = Reader::new(vec![
        of("cs.CR", paper("2603.00001", "On lattices", LATTICES)),
        paper("2603.00002", "On Lattices", LATTICES),
    ]);
    reader.rules(&[(RuleKind::NotCategory, "cs.CR")]);
    assert_eq!(ids(&reader.feed("2026-03-25", 10)), ["2603.00002"]);
}

#[test]
fn a_revision_comes_back_once_its_text_says_something_else() {
    let changed = paper("2603.00001", "Driven systems", LATTICES);
    let typo = paper("2603.00002", "Driven chains", LATTICES);
    let same = paper("2603.00003", "Driven rings", LATTICES);
    let mut reader = Reader::new(vec![changed.clone(), typo.clone(), same.clone()]);
    assert_eq!(reader.show("2026-03-25").results.len(), 3);

    reader.import(vec![
        revised("2026-04-10", "Private aggregation", PRIVACY, &changed),
        revised(
            "2026-04-10",
            "Driven chains",
            &LATTICES.replace("survive weak disorder", "survive a weak disorder"),
            &typo,
        ),
        revised("2026-04-10", "Driven rings", LATTICES, &same),
    ]);
    let first = reader.show("2026-04-12");
    assert_eq!(ids(&first), ["2603.00001"]);
    assert_eq!((first.arrivals, first.revisions), (0, 3));
    assert_eq!(first.left_out.unchanged_revisions, 2);
    let revision = first.results[0].revision.as_ref().unwrap();
    assert_eq!(revision.seen_version, Some(1));
    assert!(revision.similarity < 0.5, "{}", revision.similarity);
    assert_eq!(words(&revision.title, RunKind::Removed), ["Driven systems"]);
    assert_eq!(
        words(&revision.title, RunKind::Added),
        ["Private aggregation"]
    );
    assert!(!revision.abstract_text.is_empty());

    let again = reader.feed("2026-04-12", 100);
    assert_eq!(first, again, "the same day shows the same list");
    let next = reader.feed("2026-04-13", 100);
    assert_eq!(ids(&next), [""; 0]);
    assert_eq!(next.left_out.unchanged_revisions, 2);
}

#[test]
fn a_revision_within_the_period_of_its_first_version_is_one_too() {
    let first = paper("2603.00001", "Driven systems", LATTICES);
    let mut reader = Reader::new(vec![first.clone()]);
    reader.show("2026-03-21");
    let second = revised("2026-03-23", "Private aggregation", PRIVACY, &first);
    reader.import(vec![second.clone()]);
    let answer = reader.show("2026-03-25");
    assert_eq!(ids(&answer), ["2603.00001"]);
    assert!(answer.results[0].revision.is_some());
    assert_eq!((answer.arrivals, answer.revisions), (1, 0));
    let third = revised("2026-03-26", "Private aggregations", PRIVACY, &second);
    reader.import(vec![third]);
    let answer = reader.feed("2026-03-27", 10);
    assert_eq!(ids(&answer), [""; 0]);
    assert_eq!(answer.left_out.unchanged_revisions, 1);
}

#[test]
fn revisions_of_liked_papers_come_back_and_obey_rules() {
    let mut reader = Reader::new(vec![paper("2603.00009", "Other lattices", LATTICES)]);
    let mut liked = paper("2601.00001", "Driven lattices", LATTICES);
    liked.versions[0].date = Some("2026-01-05".parse().unwrap());
    reader.import(vec![revised(
        "2026-03-22",
        "A survey of networks",
        SURVEYS,
        &liked,
    )]);
    let answer = reader.feed("2026-03-25", 10);
    assert!(
        ids(&answer).contains(&"2601.00001".to_owned()),
        "{answer:?}"
    );
    reader.rules(&[(RuleKind::MustNot, "survey")]);
    let answer = reader.feed("2026-03-25", 10);
    assert_eq!(ids(&answer), ["2603.00009"]);
    assert_eq!(answer.left_out.by_rule, 1);
    let outside = reader.feed("2026-04-25", 10);
    assert_eq!((outside.revisions, outside.arrivals), (0, 0));
}

#[test]
fn a_withdrawn_revision_stays_out() {
    let first = paper("2603.00001", "Driven systems", LATTICES);
    let mut reader = Reader::new(vec![first.clone()]);
    reader.show("2026-03-21");
    let mut gone = revised("2026-04-10", "Private aggregation", PRIVACY, &first);
    gone.withdrawn = true;
    reader.import(vec![gone]);
    let answer = reader.feed("2026-04-12", 10);
    assert_eq!(ids(&answer), [""; 0]);
    assert_eq!((answer.revisions, answer.left_out.withdrawn), (1, 1));
}
