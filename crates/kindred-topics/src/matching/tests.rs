use proptest::prelude::*;

use super::*;

fn topic(id: u64, level: usize, members: impl IntoIterator<Item = u64>) -> RunTopic {
    RunTopic {
        id,
        level,
        members: members.into_iter().map(PaperKey).collect(),
    }
}

fn kinds(found: &[Change]) -> Vec<(ChangeKind, u64, Vec<u64>, usize)> {
    found
        .iter()
        .map(|change| {
            (
                change.kind,
                change.topic,
                change.others.clone(),
                change.count,
            )
        })
        .collect()
}

#[test]
fn a_topic_that_grew_is_the_same() {
    let old = [topic(7, 0, 0..20), topic(8, 0, 20..40)];
    let new = [topic(0, 0, 20..40), topic(0, 0, (0..20).chain(40..90))];
    assert_eq!(continued(&old, &new), [Some(1), Some(0)]);
    let new = [topic(8, 0, 20..40), topic(7, 0, (0..20).chain(40..90))];
    let found = changes(&old, &new);
    assert_eq!(kinds(&found), [(ChangeKind::Grew, 7, vec![], 50)]);
    assert_eq!(found[0].papers[0], PaperKey(40));
}

#[test]
fn the_larger_part_of_a_split_goes_on() {
    let old = [topic(3, 1, 0..100)];
    let new = [
        topic(0, 1, 0..60),
        topic(0, 1, 60..100),
        topic(0, 1, 100..110),
    ];
    assert_eq!(continued(&old, &new), [Some(0), None, None]);
    let new = [
        topic(3, 1, 0..60),
        topic(4, 1, 60..100),
        topic(5, 1, 100..110),
    ];
    assert_eq!(
        kinds(&changes(&old, &new)),
        [
            (ChangeKind::Born, 5, vec![], 10),
            (ChangeKind::Split, 3, vec![4], 40),
            (ChangeKind::Shrank, 3, vec![], 40),
        ]
    );
}

#[test]
fn a_merger_names_what_it_took_up() {
    let old = [topic(1, 0, 0..50), topic(2, 0, 50..80), topic(9, 0, 80..90)];
    let new = [topic(1, 0, 0..80)];
    assert_eq!(continued(&old, &new), [Some(0)]);
    assert_eq!(
        kinds(&changes(&old, &new)),
        [
            (ChangeKind::Merged, 1, vec![2], 30),
            (ChangeKind::Died, 9, vec![], 10),
            (ChangeKind::Grew, 1, vec![], 30),
        ]
    );
}

#[test]
fn parents_and_children_are_told_apart() {
    let old = [
        topic(1, 0, 0..100),
        topic(2, 1, 0..90),
        topic(3, 1, 90..100),
    ];
    let new = [
        topic(0, 0, 0..100),
        topic(0, 1, 0..90),
        topic(0, 1, 90..100),
    ];
    assert_eq!(continued(&old, &new), [Some(0), Some(1), Some(2)]);
    // An undivided topic is preferred on its level.
    let old = [topic(1, 0, 0..100)];
    let new = [topic(0, 1, 0..100), topic(0, 0, 0..100)];
    assert_eq!(continued(&old, &new), [None, Some(0)]);
}

#[test]
fn what_shares_too_little_is_new() {
    let old = [topic(1, 0, 0..100)];
    let new = [topic(0, 0, (0..49).chain(100..150))];
    // Only common papers count: 49 of 100.
    assert_eq!(continued(&old, &new), [Some(0)]);
    let new: Vec<RunTopic> = (0..4)
        .map(|part| topic(0, 0, part * 25..part * 25 + 25))
        .collect();
    assert_eq!(continued(&old, &new), [None; 4]);
    assert!(continued(&[], &new) == [None; 4] && continued(&old, &[]).is_empty());
}

#[test]
fn a_change_names_new_papers_first_and_not_all() {
    let old = [topic(1, 0, 0..10), topic(2, 0, 500..1_000)];
    let new = [topic(1, 0, (0..10).chain(600..800).chain(2_000..2_020))];
    let found = changes(&old, &new);
    let grew = found
        .iter()
        .find(|change| change.kind == ChangeKind::Grew)
        .unwrap();
    assert_eq!((grew.count, grew.papers.len()), (220, 100));
    assert_eq!(grew.papers[0], PaperKey(2_000));
    assert_eq!(grew.papers[20], PaperKey(600));
}

fn partition(papers: usize) -> impl Strategy<Value = Vec<RunTopic>> {
    prop::collection::vec(0u64..6, papers).prop_map(|names| {
        (0..6)
            .map(|name| {
                let members = (0..).zip(&names).filter(|&(_, &other)| other == name);
                topic(name + 1, 0, members.map(|(key, _)| key))
            })
            .filter(|topic| !topic.members.is_empty())
            .collect()
    })
}

proptest! {
    #[test]
    fn no_topic_is_continued_twice(old in partition(40), new in partition(60)) {
        let found = continued(&old, &new);
        let mut taken: Vec<usize> = found.iter().flatten().copied().collect();
        taken.sort_unstable();
        let count = taken.len();
        taken.dedup();
        prop_assert_eq!(taken.len(), count);
    }

    #[test]
    fn nothing_changes_without_a_change(run in partition(50)) {
        let same: Vec<Option<usize>> = (0..run.len()).map(Some).collect();
        prop_assert_eq!(continued(&run, &run), same);
        prop_assert!(changes(&run, &run).is_empty());
    }

    /// Whatever happened, every id that came or went is spoken of.
    #[test]
    fn every_birth_and_death_is_told(old in partition(40), new in partition(45)) {
        let new: Vec<RunTopic> = new
            .into_iter()
            .map(|topic| RunTopic { id: topic.id + 3, ..topic })
            .collect();
        let found = changes(&old, &new);
        let told: BTreeSet<u64> = found
            .iter()
            .flat_map(|change| change.others.iter().copied().chain([change.topic]))
            .collect();
        let before: BTreeSet<u64> = old.iter().map(|topic| topic.id).collect();
        let after: BTreeSet<u64> = new.iter().map(|topic| topic.id).collect();
        prop_assert!(before.symmetric_difference(&after).all(|id| told.contains(id)));
    }
}
