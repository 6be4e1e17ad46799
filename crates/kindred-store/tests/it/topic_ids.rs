//! Ids of topics never repeat, whatever becomes of topics.

use std::collections::{BTreeMap, BTreeSet};

use kindred_store::{KEPT_TOPIC_RUNS, Store, TopicId};
use proptest::prelude::*;

use crate::support::{Library, downgrade, many, time};
use crate::topic_support::Draft;

const SCOPES: [&str; 2] = ["all", "category=cs.DC"];

#[derive(Debug, Clone)]
enum Step {
    /// A run of a scope that keeps some of its living triples and has some new ones.
    Run {
        scope: usize,
        kept: Vec<bool>,
        new: u64,
    },
    Forget(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let run = (
        0..2_usize,
        prop::collection::vec(any::<bool>(), 6),
        0..3_u64,
    )
        .prop_map(|(scope, kept, new)| Step::Run { scope, kept, new });
    prop_oneof![
        6 => run,
        1 => (0..2_usize).prop_map(Step::Forget),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn ids_never_repeat(steps in prop::collection::vec(step(), 1..20)) {
        let mut library = Library::with(&many(12));
        let keys: Vec<u64> = (1..=12).collect();
        let mut living: [Vec<[u64; 3]>; 2] = [vec![], vec![]];
        let mut given: BTreeMap<u64, usize> = BTreeMap::new();
        let mut has_runs = [false; 2];
        for (second, step) in (0..).zip(steps) {
            match step {
                Step::Run { scope, kept, new } => {
                    let mut kept = kept.into_iter();
                    let mut triples = living[scope].clone();
                    triples.retain(|_| kept.next().unwrap_or(false));
                    let next = library.store.next_topic_id().unwrap().0;
                    for triple in 0..new {
                        let first = next + 3 * triple;
                        triples.push([first + 1, first, first + 2]);
                        for id in first..first + 3 {
                            prop_assert_eq!(given.insert(id, scope), None, "{} again", id);
                        }
                    }
                    let keys = if triples.is_empty() { &[][..] } else { &keys };
                    let draft = Draft::of(SCOPES[scope], &triples, keys);
                    draft.save(&mut library.store, time(second)).unwrap();
                    living[scope] = triples;
                    has_runs[scope] = true;
                }
                Step::Forget(scope) => {
                    let outcome = library.store.forget_topic_scope(SCOPES[scope], time(second));
                    prop_assert_eq!(outcome.is_ok(), has_runs[scope]);
                    has_runs[scope] = false;
                    living[scope].clear();
                }
                Step::Reopen => library.store = Store::open(&library.path).unwrap(),
            }
            let alive: BTreeSet<u64> = living.iter().flatten().flatten().copied().collect();
            for (&id, &scope) in &given {
                let fate = library.store.topic(TopicId(id)).unwrap().unwrap();
                prop_assert_eq!(&fate.scope, SCOPES[scope]);
                prop_assert_eq!(fate.died.is_none(), alive.contains(&id), "topic {}", id);
                prop_assert!(fate.died.is_none_or(|died| died.0 >= fate.born.0));
            }
        }
        prop_assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
    }
}

#[test]
fn ids_of_runs_that_were_folded_away_stay_used() {
    let mut library = Library::with(&many(3));
    for number in 0..KEPT_TOPIC_RUNS as u64 + 5 {
        let id = 3 * number + 1;
        let draft = Draft::of("all", &[[id, id + 1, id + 2]], &[1, 2, 3]);
        draft.save(&mut library.store, time(0)).unwrap();
    }
    let ever = library.store.topics_ever("all").unwrap();
    assert_eq!(ever.len(), 3 * (KEPT_TOPIC_RUNS + 5));
    assert!(library.store.topic_run(5).unwrap().is_none());
    let draft = Draft::of("all", &[[1, 2, 3]], &[1, 2, 3]);
    let error = draft.save(&mut library.store, time(1)).unwrap_err();
    assert!(
        error.to_string().contains("topic 1 died in run 2"),
        "{error}"
    );
}

#[test]
fn library_without_topics_begins_at_one() {
    let library = Library::with(&many(3));
    downgrade(&library, 5);
    let mut store = Store::open(&library.path).unwrap();
    assert_eq!(store.next_topic_id().unwrap(), TopicId(1));
    let draft = Draft::of("all", &[[1, 2, 3]], &[1, 2, 3]);
    assert_eq!(draft.save(&mut store, time(1)).unwrap(), 1);
}
