use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::civil::date;
use kindred_core::PaperId;
use kindred_store::Rating;
use tempfile::TempDir;

use super::*;
use crate::{Fault, ImportRequest, Input};

/// Papers of the sample on federated learning with the day of each; the history likes each at noon
/// of the next day.
const HISTORY: [(&str, &str); 13] = [
    ("2601.90028", "2026-01-13"),
    ("2601.90040", "2026-01-16"),
    ("2601.90041", "2026-01-16"),
    ("2601.90068", "2026-01-24"),
    ("2602.90009", "2026-02-04"),
    ("2602.90018", "2026-02-06"),
    ("2602.90027", "2026-02-10"),
    ("2602.90036", "2026-02-12"),
    ("2602.90037", "2026-02-12"),
    ("2603.90027", "2026-03-10"),
    ("2603.90124", "2026-03-28"),
    ("2603.90127", "2026-03-28"),
    ("2603.90131", "2026-03-28"),
];

struct Place {
    library: Library,
    _folder: TempDir,
}

impl Place {
    /// A library with the sample, embedded.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample.jsonl");
        let mut library = Library::create(folder.path()).unwrap();
        let request = ImportRequest {
            inputs: &[Input::File(sample)],
            now: Timestamp::UNIX_EPOCH,
        };
        library.import(&request, &Control::silent()).unwrap();
        library.embed(&Control::silent()).unwrap();
        Self {
            library,
            _folder: folder,
        }
    }

    fn with_history() -> Self {
        let mut place = Self::new();
        for (id, day) in HISTORY {
            place.rate("history", id, Rating::Like, &format!("{day}T12:00:00Z"));
        }
        place
    }

    fn rate(&mut self, set: &str, id: &str, rating: Rating, at: &str) {
        let set: SetName = set.parse().unwrap();
        let at: Timestamp = at.parse().unwrap();
        if !self.library.has_set(&set).unwrap() {
            self.library.store.create_set(&set, at).unwrap();
        }
        let id: PaperId = id.parse().unwrap();
        let key = self.library.key(&id).unwrap();
        self.library
            .store
            .rate_at(&set, &[(key, rating, at)])
            .unwrap();
    }

    fn replay(&self, set: &str, since: Date, until: Option<Date>) -> ReplayAnswer {
        let query = query(set, since, until);
        self.library.replay(&query, &Control::silent()).unwrap()
    }

    fn refusal(&self, query: &ReplayQuery) -> EngineError {
        let answer = self.library.replay(query, &Control::silent());
        answer.expect_err("there is nothing to replay")
    }
}

fn query(set: &str, since: Date, until: Option<Date>) -> ReplayQuery {
    ReplayQuery {
        set: set.parse().unwrap(),
        since,
        until,
        today: date(2026, 4, 1),
        limit: 20,
    }
}

fn ranker<'a>(answer: &'a ReplayAnswer, name: &str) -> &'a ReplayRanker {
    let found = answer.rankers.iter().find(|ranker| ranker.name == name);
    found.expect("every ranker is measured")
}

#[test]
fn papers_liked_later_are_found_and_counted() {
    let place = Place::with_history();
    let answer = place.replay("history", date(2026, 1, 16), None);
    // Papers arrive on 51 working days from 2026-01-16 to 2026-03-27.
    assert_eq!((answer.days, answer.days_with_likes), (51, 7));
    assert_eq!(answer.first_day, date(2026, 1, 16));
    assert_eq!(answer.last_day, date(2026, 3, 27));
    assert_eq!(answer.calibration.likes, 10);
    assert_eq!(answer.rankers.len(), 1 + kindred_rank::baselines().len());
    assert_eq!(answer.rankers[0].name, "kindred");
    let own = ranker(&answer, "kindred");
    assert!(own.ndcg.mean > 0.85, "{own:?}");
    assert!(own.recall.mean > 0.95, "{own:?}");
    for ranker in &answer.rankers {
        let Estimate { mean, low, high } = ranker.ndcg;
        assert!(low <= mean && mean <= high && high <= 1.0, "{ranker:?}");
        let expected = mean - own.ndcg.mean;
        assert!((ranker.ndcg_beyond_kindred.mean - expected).abs() < 1e-12);
    }
    let calibration = answer.calibration;
    assert!(calibration.expected_likes > 0.0);
    // The error cannot be less than what all expectations together are off.
    let off = (calibration.expected_likes - 10.0).abs() / answer.arrivals as f64;
    assert!(calibration.expected_error >= off - 1e-12);
    assert!(answer.verdict.is_enough);
}

#[test]
fn measures_of_one_day_are_those_of_its_ranking() {
    let place = Place::with_history();
    let day = date(2026, 2, 11);
    let answer = place.replay("history", day, Some(day));
    assert_eq!(
        (answer.days, answer.days_with_likes, answer.arrivals),
        (1, 1, 4)
    );
    // Both of the day's likes among four arrivals: recall@20 is 1 whatever the order.
    for ranker in &answer.rankers {
        assert!(ranker.recall.mean > 1.0 - 1e-12, "{ranker:?}");
    }
    let own = ranker(&answer, "kindred");
    assert_eq!((own.ndcg.mean, own.reciprocal_rank.mean), (1.0, 1.0));
    assert!(!answer.verdict.is_enough);
    assert_eq!(answer.verdict.recommended, "kindred");
    assert!(answer.verdict.sentence.contains("intervals mean little"));
}

#[test]
fn same_input_gives_the_same_answer_on_any_number_of_threads() {
    let place = Place::with_history();
    let query = query("history", date(2026, 2, 2), None);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        // Another handle: a library is for one thread at a time.
        let library = Library::open_read_only(place.library.folder()).unwrap();
        let query = query.clone();
        let ask = move || library.replay(&query, &Control::silent());
        serde_json::to_string(&pool.unwrap().install(ask).unwrap()).unwrap()
    };
    let once = on(1);
    assert_eq!(once, on(1));
    assert_eq!(once, on(5));
}

#[test]
fn a_like_does_not_help_to_rank_its_own_day_or_earlier_ones() {
    let mut place = Place::with_history();
    // A paper on another subject that arrived long before. Its rating alone differs between the
    // sets: it is rated in all of them, so that it is in the background of none.
    let (id, day) = ("2601.90001", date(2026, 2, 11));
    for (set, rating, at) in [
        ("never", Rating::Dislike, "2026-03-31T00:00:00Z"),
        ("that-day", Rating::Like, "2026-02-11T00:00:00Z"),
        ("day-before", Rating::Like, "2026-02-10T23:59:59.999999Z"),
    ] {
        for (id, day) in HISTORY {
            place.rate(set, id, Rating::Like, &format!("{day}T12:00:00Z"));
        }
        place.rate(set, id, rating, at);
    }
    let until = |set: &str, until: Date| ReplayAnswer {
        set: String::new(),
        ..place.replay(set, date(2026, 1, 16), Some(until))
    };
    let never = until("never", day);
    assert_eq!(until("that-day", day), never);
    // The test can fail: the same like counts from the next day on, and a day earlier for this one.
    assert_ne!(until("day-before", day), never);
    let next = date(2026, 2, 12);
    assert_ne!(until("that-day", next), until("never", next));
}

#[test]
fn papers_rated_before_their_day_are_left_out_and_those_of_the_day_count() {
    let mut place = Place::new();
    place.rate(
        "reading",
        "2601.90028",
        Rating::Like,
        "2026-01-13T12:00:00Z",
    );
    // Both arrived on 2026-02-11: one was rated before it did, one on the day.
    place.rate(
        "reading",
        "2602.90036",
        Rating::Like,
        "2026-02-10T12:00:00Z",
    );
    place.rate(
        "reading",
        "2602.90037",
        Rating::Like,
        "2026-02-11T00:00:00Z",
    );
    let answer = place.replay("reading", date(2026, 2, 10), None);
    assert_eq!(answer.left_out.rated_before, 1);
    assert_eq!(answer.calibration.likes, 1);
    // Nothing is known of what arrived after the last like.
    assert_eq!((answer.days, answer.last_day), (2, date(2026, 2, 11)));
}

#[test]
fn dislikes_are_learnt_from_and_never_count_as_found() {
    let mut place = Place::with_history();
    let before = place.replay("history", date(2026, 1, 16), None);
    place.rate(
        "history",
        "2601.90001",
        Rating::Dislike,
        "2026-01-06T12:00:00Z",
    );
    let after = place.replay("history", date(2026, 1, 16), None);
    assert_eq!(after.calibration.likes, before.calibration.likes);
    let told = |answer: &ReplayAnswer| answer.calibration.expected_likes;
    assert!((told(&after) - told(&before)).abs() > 1e-6);
}

#[test]
fn what_cannot_be_replayed_is_refused_with_a_way_out() {
    let mut place = Place::with_history();
    let june = "2026-06-01T12:00:00Z";
    place.rate("bulk", "2601.90028", Rating::Like, june);
    place.rate("old", "2601.90028", Rating::Like, "2026-01-13T12:00:00Z");
    place.rate("old", "2601.90040", Rating::Like, "2026-02-13T12:00:00Z");
    place.rate("disliked", "2601.90028", Rating::Dislike, june);
    let (first, last) = (date(2026, 1, 16), date(2026, 3, 27));
    let refused = |set: &str, since, until: Option<Date>| {
        let error = place.refusal(&query(set, since, until));
        let EngineError::Replay(refusal) = &error else {
            panic!("{error}");
        };
        assert!(!error.hints().is_empty(), "{error}");
        refusal.clone()
    };
    let name = || "history".to_owned();
    assert_eq!(
        refused("history", last, Some(first)),
        ReplayError::Period {
            since: last,
            until: first
        }
    );
    let (day, today) = (date(2026, 4, 2), date(2026, 4, 1));
    let future = ReplayError::Future { day, today };
    assert_eq!(refused("history", day, None), future);
    assert_eq!(refused("history", first, Some(day)), future);
    assert_eq!(
        refused("history", date(2026, 3, 28), None),
        ReplayError::AfterLatest {
            since: date(2026, 3, 28),
            latest: last
        }
    );
    let (since, until) = (date(2026, 3, 21), date(2026, 3, 22));
    let weekend = ReplayError::NoArrivals { since, until };
    assert_eq!(refused("history", since, Some(until)), weekend);
    assert_eq!(
        refused("history", date(2026, 1, 10), None),
        ReplayError::NoLikeYet {
            name: name(),
            day: date(2026, 1, 12),
            first_like: date(2026, 1, 13),
            latest: last
        }
    );
    assert!(matches!(
        refused("bulk", first, None),
        ReplayError::NoLikeYet { .. }
    ));
    assert_eq!(
        refused("old", date(2026, 2, 14), None),
        ReplayError::NoLaterLikes {
            name: "old".to_owned(),
            day: date(2026, 2, 16),
            last_like: date(2026, 2, 13)
        }
    );
    let nothing = refused("old", date(2026, 2, 2), None);
    assert!(
        matches!(nothing, ReplayError::NothingKept { .. }),
        "{nothing}"
    );
    let unknown = place.refusal(&query("nobody", first, None));
    assert_eq!(unknown.fault(), Fault::NotFound);
    let disliked = place.refusal(&query("disliked", first, None));
    assert!(
        matches!(disliked, EngineError::NothingLiked { .. }),
        "{disliked}"
    );
}

#[test]
fn progress_counts_up_and_a_stop_ends_the_work() {
    let place = Place::with_history();
    let (stop, last) = (AtomicBool::new(false), AtomicU64::new(0));
    let progress = |progress| {
        let Progress::Replay { done, total } = progress else {
            panic!("{progress:?}");
        };
        assert_eq!(total, 51);
        assert!(done == 0 || done == last.load(Ordering::SeqCst) + 1);
        last.store(done, Ordering::SeqCst);
        if done == 3 {
            stop.store(true, Ordering::SeqCst);
        }
    };
    let control = Control {
        progress: &progress,
        stop: &stop,
    };
    let query = query("history", date(2026, 1, 16), None);
    let stopped = place.library.replay(&query, &control);
    assert!(matches!(stopped, Err(EngineError::Stopped)));
    assert!(last.load(Ordering::SeqCst) < 51);
}
