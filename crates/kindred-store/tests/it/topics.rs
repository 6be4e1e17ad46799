use kindred_core::PaperKey;
use kindred_store::{
    KEPT_TOPIC_RUNS, Store, StoreError, TopicError, TopicId, TopicMember, TopicName,
    TopicSubscription,
};

use crate::support::{Library, downgrade, many, set, time};
use crate::topic_support::{Draft, encoder, fill_topics, point};

fn library() -> Library {
    let mut library = Library::with(&many(60));
    library.store.create_set(&set("reading"), time(0)).unwrap();
    library
}

fn filled() -> Library {
    let mut library = library();
    fill_topics(&mut library.store);
    library
}

fn name(text: &str) -> TopicName {
    text.parse().unwrap()
}

fn unfit(outcome: Result<i64, StoreError>) -> String {
    match outcome {
        Err(StoreError::Topic(TopicError::Unfit { what, .. })) => what,
        other => panic!("{other:?}"),
    }
}

fn sound(library: &Library) {
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

const KEYS: [u64; 8] = [1, 2, 3, 5, 8, 13, 21, 34];

#[test]
fn run_comes_back_as_it_was_stored() {
    let mut library = library();
    let mut draft = Draft::of("category=cs.DC", &[[1, 2, 3], [4, 5, 6]], &KEYS);
    draft.members[2].strength = 0.125;
    let number = draft.save(&mut library.store, time(1)).unwrap();
    let run = library.store.topic_run(number).unwrap().unwrap();
    assert_eq!((run.papers, run.topics, run.at), (8, 6, time(1)));
    assert_eq!((run.encoder, run.input), (encoder(), [3; 32]));
    assert_eq!(run.settings, r#"{"resolution":1.0}"#);
    assert_eq!(library.store.stored_topics(number).unwrap(), draft.topics);
    let members = library.store.topic_members(number).unwrap();
    assert_eq!(members.len(), 8);
    for (found, stored) in members.iter().zip(&draft.members) {
        assert_eq!((found.key, found.topic), (stored.key, stored.topic));
        assert!((found.strength - stored.strength).abs() < 1e-5);
        assert!(!found.is_placed);
    }
    assert_eq!(library.store.topic_events(number).unwrap(), []);
    assert_eq!(library.store.next_topic_id().unwrap(), TopicId(7));
    let scopes = library.store.topic_scopes().unwrap();
    assert_eq!(scopes[0].key, "category=cs.DC");
    assert_eq!(scopes[0].latest.number, number);
    sound(&library);
}

#[test]
fn topics_that_a_run_does_not_find_have_died_for_good() {
    let mut library = filled();
    let fate = |id| library.store.topic(TopicId(id)).unwrap().unwrap();
    assert_eq!(fate(1).born, (1, time(10)));
    assert_eq!((fate(1).died, fate(7).born.0), (None, 2));
    assert_eq!(fate(5).died, Some((2, time(20))));
    assert_eq!(
        (fate(2).title(), fate(5).title()),
        ("Byzantine fault tolerance", "label 5")
    );
    assert_eq!(library.store.topic(TopicId(10)).unwrap(), None);
    let ever = library.store.topics_ever("all").unwrap();
    assert_eq!(ever.len(), 9);
    assert!(ever.is_sorted_by_key(|fate| fate.id));

    let back = Draft::of("all", &[[1, 2, 3], [7, 8, 5]], &KEYS);
    let what = unfit(back.save(&mut library.store, time(30)));
    assert_eq!(what, "topic 5 died in run 2");
    let error = library
        .store
        .rename_topic(TopicId(5), Some(&name("again")), time(30))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "topic 5 died in run 2, expected one that is there now"
    );
    let error = library
        .store
        .subscribe_topic(TopicId(77), &set("reading"), time(3));
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("there is no topic 77")
    );
    sound(&library);
}

#[test]
fn labels_change_and_the_last_one_is_remembered() {
    let mut library = filled();
    let mut draft = Draft::of("all", &[[1, 2, 3]], &KEYS);
    draft.topics[2].label = "quorum systems".into();
    draft.save(&mut library.store, time(30)).unwrap();
    let fate = library.store.topic(TopicId(3)).unwrap().unwrap();
    assert_eq!((fate.label.as_str(), fate.born.0), ("quorum systems", 1));
}

#[test]
fn ids_that_are_not_the_next_ones_are_refused() {
    let mut library = filled();
    for (triple, what) in [
        ([1, 2, 11], "the new topic 11 had to have id 10"),
        ([1, 10, 12], "the new topic 12 had to have id 11"),
        ([1, 2, 2], "topic 2 is there twice"),
    ] {
        let draft = Draft::of("all", &[triple], &KEYS);
        assert_eq!(unfit(draft.save(&mut library.store, time(30))), what);
    }
    let other = Draft::of("category=cs.DC", &[[1, 10, 11]], &KEYS);
    let what = unfit(other.save(&mut library.store, time(30)));
    assert_eq!(what, "topic 1 is not one of these papers");
    assert_eq!(library.store.topic_runs("all").unwrap().len(), 2);
    assert_eq!(library.store.next_topic_id().unwrap(), TopicId(10));
    // In any order.
    let draft = Draft::of("category=cs.DC", &[[12, 10, 11]], &KEYS);
    assert_eq!(draft.save(&mut library.store, time(30)).unwrap(), 3);
    sound(&library);
}

#[test]
fn runs_that_contradict_themselves_are_refused() {
    let mut library = library();
    let good = Draft::of("all", &[[1, 2, 3], [4, 5, 6]], &KEYS);
    let mut refused = |change: &dyn Fn(&mut Draft), what: &str| {
        let mut draft = good.clone();
        change(&mut draft);
        let found = unfit(draft.save(&mut library.store, time(1)));
        assert!(found.contains(what), "{found}");
    };
    refused(
        &|draft| draft.topics[1].size += 1,
        "topic 2 says 3 papers and has 2",
    );
    refused(
        &|draft| draft.topics[1].parent = None,
        "topic 2 of level 1 has no parent",
    );
    refused(
        &|draft| draft.topics[1].parent = Some(TopicId(3)),
        "topic 2 of level 1",
    );
    refused(
        &|draft| draft.topics[0].parent = Some(TopicId(4)),
        "or has one at level 0",
    );
    refused(&|draft| draft.topics[1].level = 2, "topic 2 of level 2");
    refused(
        &|draft| draft.topics[1].terms[0].1 = f64::NAN,
        "weight is not finite",
    );
    refused(
        &|draft| draft.topics[1].label = "x".repeat(1025),
        "label of 1025 bytes",
    );
    let other = PaperKey(2);
    refused(
        &|draft| draft.topics[1].representatives = vec![other],
        "topic 2 is represented by paper 2 of another topic",
    );
    refused(
        &|draft| draft.members[3].topic = TopicId(1),
        "in no topic of the finest level",
    );
    refused(
        &|draft| draft.members[3].topic = TopicId(9),
        "in topic 9 of no run",
    );
    refused(
        &|draft| draft.members.swap(3, 4),
        "is not after the one before it",
    );
    for strength in [0.0, -1.0, 1.5, f32::NAN] {
        refused(
            &|draft| draft.members[3].strength = strength,
            "has strength",
        );
    }
    refused(&|draft| draft.scope = "a\nb".into(), "expected one line");
    refused(&|draft| draft.scope = String::new(), "expected one line");

    let mut draft = good.clone();
    draft.members[7].key = PaperKey(999);
    draft
        .topics
        .iter_mut()
        .for_each(|topic| topic.representatives.clear());
    let error = draft.save(&mut library.store, time(1)).unwrap_err();
    assert!(
        matches!(error, StoreError::UnknownKey { key: 999 }),
        "{error:?}"
    );
    assert_eq!(library.store.topic_scopes().unwrap(), []);
    assert_eq!(library.store.next_topic_id().unwrap(), TopicId(1));
    good.save(&mut library.store, time(1)).unwrap();
}

#[test]
fn run_without_papers_is_one_and_all_topics_died() {
    let mut library = filled();
    let run = Draft::of("all", &[], &[])
        .save(&mut library.store, time(30))
        .unwrap();
    assert_eq!(library.store.stored_topics(run).unwrap(), []);
    assert_eq!(library.store.topic_members(run).unwrap(), []);
    let ever = library.store.topics_ever("all").unwrap();
    assert!(ever.iter().all(|fate| fate.died.is_some()));
    sound(&library);
}

#[test]
fn names_persist_over_runs_and_differ_among_the_living() {
    let mut library = filled();
    let store = &mut library.store;
    Draft::of("all", &[[1, 2, 3]], &KEYS)
        .save(store, time(30))
        .unwrap();
    let fate = store.topic(TopicId(2)).unwrap().unwrap();
    assert_eq!(fate.name, Some(name("Byzantine fault tolerance")));
    let same = name("byzantine  FAULT Tolerance");
    let error = store
        .rename_topic(TopicId(3), Some(&same), time(31))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "topic 2 is named `Byzantine fault tolerance` already, and names of topics of the same \
         papers must differ"
    );
    // A topic may change the case of its own name, and one of other papers may have it.
    store
        .rename_topic(TopicId(2), Some(&same), time(32))
        .unwrap();
    let other = Draft::of("category=cs.DC", &[[10, 11, 12]], &KEYS);
    other.save(store, time(33)).unwrap();
    store
        .rename_topic(TopicId(11), Some(&same), time(34))
        .unwrap();
    // The dead leave their names.
    Draft::of("all", &[[1, 13, 3]], &KEYS)
        .save(store, time(35))
        .unwrap();
    store
        .rename_topic(TopicId(13), Some(&same), time(36))
        .unwrap();
    assert_eq!(store.topic(TopicId(2)).unwrap().unwrap().name, Some(same));
    store.rename_topic(TopicId(13), None, time(37)).unwrap();
    assert_eq!(store.topic(TopicId(13)).unwrap().unwrap().name, None);
    sound(&library);
}

#[test]
fn names_have_one_form_and_a_length() {
    assert_eq!(
        name("  Läufer\u{a0} und  Wege ").as_str(),
        "Läufer und Wege"
    );
    assert_eq!(name("Cafe\u{301}").as_str(), "Café");
    assert_eq!(name(&"ä".repeat(80)).as_str().chars().count(), 80);
    for text in ["", "  ", "a\nb", "a\u{7}", &"x".repeat(81)] {
        assert!(text.parse::<TopicName>().is_err(), "{text:?}");
    }
    let error = "a\nb".parse::<TopicName>().unwrap_err();
    assert!(
        error.to_string().starts_with(r"`a\nb` cannot name a topic"),
        "{error}"
    );
}

#[test]
fn subscriptions_follow_their_set() {
    let mut library = filled();
    let store = &mut library.store;
    store
        .subscribe_topic(TopicId(2), &set("reading"), time(40))
        .unwrap();
    store.rename_set(&set("reading"), &set("lesen")).unwrap();
    let subscription = TopicSubscription {
        topic: TopicId(2),
        set: set("lesen"),
        at: time(22),
    };
    assert_eq!(store.topic_subscriptions().unwrap(), [subscription]);
    store.create_set(&set("other"), time(41)).unwrap();
    store
        .subscribe_topic(TopicId(2), &set("other"), time(42))
        .unwrap();
    assert!(store.unsubscribe_topic(TopicId(2), &set("other")).unwrap());
    assert!(!store.unsubscribe_topic(TopicId(2), &set("other")).unwrap());
    store.delete_set(&set("lesen")).unwrap();
    assert_eq!(store.topic_subscriptions().unwrap(), []);
    sound(&library);
}

#[test]
fn later_papers_are_placed_and_clustered_ones_stay() {
    let mut library = filled();
    let place = |key, topic, strength| TopicMember {
        key: PaperKey(key),
        topic: TopicId(topic),
        strength,
        is_placed: true,
    };
    let store = &mut library.store;
    let moved = [place(51, 2, 0.25), place(3, 2, 1.0)];
    assert_eq!(store.place_in_topics(2, &moved).unwrap(), 1);
    let members = store.topic_members(2).unwrap();
    assert_eq!(members.len(), 60);
    assert!(members.is_sorted_by_key(|member| member.key));
    assert_eq!(members.iter().filter(|member| member.is_placed).count(), 10);
    assert_eq!(members[50].topic, TopicId(2));
    for (member, what) in [
        (place(51, 1, 0.5), "into topic 1"),
        (place(51, 5, 0.5), "into topic 5"),
        (place(51, 2, 0.0), "strength 0"),
    ] {
        let error = store
            .place_in_topics(2, &[place(52, 2, 1.0), member])
            .unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
    assert_eq!(store.topic_members(2).unwrap(), members, "all or nothing");
    let error = store.place_in_topics(9, &moved).unwrap_err();
    assert!(
        error.to_string().contains("there is no run 9 of topics"),
        "{error}"
    );
    sound(&library);
}

#[test]
fn newest_runs_are_kept_and_the_topics_of_older_ones_known() {
    let mut library = library();
    let store = &mut library.store;
    Draft::of("all", &[[1, 2, 3]], &KEYS)
        .save(store, time(0))
        .unwrap();
    Draft::of("other", &[[4, 5, 6]], &KEYS)
        .save(store, time(0))
        .unwrap();
    for number in 0..KEPT_TOPIC_RUNS {
        let at = time(10 + i64::try_from(number).unwrap());
        Draft::of("all", &[[7, 8, 9]], &KEYS)
            .save(store, at)
            .unwrap();
    }
    let runs = store.topic_runs("all").unwrap();
    assert_eq!(runs.len(), KEPT_TOPIC_RUNS);
    assert_eq!((runs[0].number, runs[59].number), (62, 3));
    assert_eq!(
        store.latest_topic_run("all").unwrap().as_ref(),
        runs.first()
    );
    assert_eq!(store.topic_run(1).unwrap(), None);
    assert!(store.stored_topics(1).is_err());
    let fate = store.topic(TopicId(2)).unwrap().unwrap();
    assert_eq!((fate.born.0, fate.died.unwrap().0), (1, 3));
    assert_eq!(store.topic_runs("other").unwrap().len(), 1);
    sound(&library);
}

#[test]
fn forgotten_topics_leave_nothing_but_their_ids() {
    let mut library = filled();
    let store = &mut library.store;
    store.forget_topic_scope("all", time(50)).unwrap();
    assert_eq!(store.topic_scopes().unwrap(), []);
    assert_eq!(store.topic_runs("all").unwrap(), []);
    assert_eq!(store.topic_map("all").unwrap(), None);
    assert_eq!(store.topic_subscriptions().unwrap(), []);
    let fate = store.topic(TopicId(2)).unwrap().unwrap();
    assert_eq!((fate.name, fate.died), (None, Some((2, time(50)))));
    let error = store.forget_topic_scope("all", time(51)).unwrap_err();
    assert_eq!(error.to_string(), "there are no topics of `all` yet");
    assert!(store.forget_topic_scope("never", time(51)).is_err());
    assert_eq!(store.next_topic_id().unwrap(), TopicId(10));
    let run = Draft::of("all", &[[10, 11, 12]], &KEYS)
        .save(store, time(52))
        .unwrap();
    assert_eq!(run, 3);
    sound(&library);
}

#[test]
fn map_is_replaced_and_added_to_without_moving() {
    let mut library = filled();
    let store = &mut library.store;
    let map = store.topic_map("all").unwrap().unwrap();
    assert_eq!(
        (map.encoder, map.at, map.points.len()),
        (encoder(), time(23), 55)
    );
    assert_eq!(
        map.points.iter().filter(|point| point.is_projected).count(),
        5
    );
    let stamp = store.topic_map_stamp("all").unwrap().unwrap();
    assert_eq!((stamp.encoder, stamp.at), (encoder(), time(23)));
    assert_eq!((stamp.laid_out, stamp.added), (50, 5));
    assert_eq!(store.topic_map_stamp("never").unwrap(), None);
    let again = [point(3, 99.0, 99.0), point(51, 1.5, 2.5)];
    assert_eq!(store.add_to_topic_map("all", &again).unwrap(), 1);
    let moved = store.topic_map("all").unwrap().unwrap().points;
    assert_eq!(moved[..50], map.points[..50]);
    assert_eq!((moved[50].x, moved[50].y), (1.5, 2.5));
    let mut own = [point(2, 0.0, 1.0), point(60, f32::MIN, f32::MAX)];
    own[1].is_projected = true;
    store
        .save_topic_map("all", &encoder(), time(60), &own)
        .unwrap();
    assert_eq!(store.topic_map("all").unwrap().unwrap().points, own);
    for (points, what) in [
        (
            [point(1, f32::NAN, 0.0), point(2, 0.0, 0.0)],
            "paper 1 lies at (NaN, 0)",
        ),
        (
            [point(2, 0.0, 0.0), point(2, 0.0, 0.0)],
            "paper 2 is not after",
        ),
        (
            [point(1, 0.0, 0.0), point(99, 0.0, 0.0)],
            "no paper of the library has key 99",
        ),
    ] {
        let error = store
            .save_topic_map("all", &encoder(), time(61), &points)
            .unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(store.add_to_topic_map("all", &points).is_err());
    }
    assert_eq!(store.topic_map("all").unwrap().unwrap().points, own);
    let error = store.add_to_topic_map("none", &again).unwrap_err();
    assert_eq!(error.to_string(), "there is no map of `none` yet");
    sound(&library);
}

#[test]
fn library_from_before_topics_is_read_and_brought_up_to_date() {
    let library = filled();
    let papers = crate::support::content(&library.store);
    downgrade(&library, 5);
    let reader = Store::open_read_only(&library.path).unwrap();
    assert_eq!(reader.topic_scopes().unwrap(), []);
    assert_eq!(reader.topic_runs("all").unwrap(), []);
    assert_eq!(reader.latest_topic_run("all").unwrap(), None);
    assert_eq!(reader.topic_run(1).unwrap(), None);
    assert_eq!(reader.topic(TopicId(1)).unwrap(), None);
    assert_eq!(reader.topics_ever("all").unwrap(), []);
    assert_eq!(reader.topic_subscriptions().unwrap(), []);
    assert_eq!(reader.topic_map("all").unwrap(), None);
    assert_eq!(reader.next_topic_id().unwrap(), TopicId(1));
    assert!(reader.stored_topics(1).is_err());
    assert_eq!(reader.verify(&mut |_, _| {}).unwrap(), []);
    drop(reader);
    let mut store = Store::open(&library.path).unwrap();
    assert_eq!(crate::support::content(&store), papers);
    assert_eq!(store.sets().unwrap().len(), 1);
    assert_eq!(store.verify(&mut |_, _| {}).unwrap(), []);
    Draft::of("all", &[[1, 2, 3]], &KEYS)
        .save(&mut store, time(1))
        .unwrap();
}
