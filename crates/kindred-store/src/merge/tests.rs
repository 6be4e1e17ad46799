use proptest::prelude::*;

use super::*;

fn paper_date() -> impl Strategy<Value = Option<PaperDate>> {
    prop::sample::select(vec![
        "",
        "2023",
        "2023-05",
        "2023-05-14",
        "2023-05-14T01:00:00Z",
        "2023-05-13T23:00:00Z",
        "2022-01-01",
    ])
    .prop_map(|text| text.parse().ok())
}

fn choice(texts: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(texts).prop_map(str::to_owned))
}

/// Ids of one paper; only arXiv's has versions that count.
const IDS: [&str; 3] = ["2603.22691", "doi:10.1101/1", "openalex:W1"];

fn state() -> impl Strategy<Value = State> {
    let versions = prop::collection::btree_map(0u16..4, paper_date(), 0..3).prop_map(|versions| {
        versions
            .into_iter()
            .map(|(number, date)| Version { number, date })
            .collect::<Vec<_>>()
    });
    let lists = (
        prop::collection::vec(prop::sample::select(&["A", "B", ""][..]), 0..3),
        prop::collection::vec(prop::sample::select(&["cs.DC", "cs.LG", "math"][..]), 0..3),
        prop::collection::vec(prop::sample::select(&["x", "y"][..]), 0..2),
    );
    let fields = (
        choice(&["c", "d", " "]),
        choice(&["1", "2"]),
        choice(&["3", "4"]),
    );
    let rest = (
        prop::sample::select(&IDS[..]),
        prop::sample::select(&SourceKind::ALL[..]),
        any::<bool>(),
        prop::option::of((1i8..4, 1u8..5)),
    );
    let texts = (
        prop::sample::select(&["t", "u", " t"][..]),
        prop::sample::select(&["", "a", "b"][..]),
    );
    (texts, versions, lists, fields, rest).prop_map(
        |((title, abstract_text), versions, lists, fields, (id, source, flag, arrival))| {
            let owned =
                |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<String>>();
            let paper = Paper {
                id: id.parse().unwrap(),
                title: title.into(),
                abstract_text: abstract_text.into(),
                authors: owned(lists.0),
                categories: lists.1.iter().map(|name| name.parse().unwrap()).collect(),
                versions,
                comments: fields.0,
                journal_ref: fields.1.clone(),
                doi: fields.2.clone(),
                license: fields.2,
                venue: fields.1,
                keywords: owned(lists.2),
                withdrawn: flag,
                source,
            };
            let announcement = arrival.map(|(day, kind)| Announcement {
                kind: kind_of_number(kind).unwrap(),
                day: Date::constant(2023, 5, day),
            });
            let mut state = State::of_record(&paper, announcement);
            state.deleted = flag && title == "u";
            state
        },
    )
}

fn joined(mut left: State, right: &State) -> State {
    left.join(right.clone());
    left
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn join_is_commutative(a in state(), b in state()) {
        prop_assert_eq!(joined(a.clone(), &b), joined(b, &a));
    }

    #[test]
    fn join_is_associative(a in state(), b in state(), c in state()) {
        let left = joined(joined(a.clone(), &b), &c);
        prop_assert_eq!(left, joined(a, &joined(b, &c)));
    }

    #[test]
    fn join_is_idempotent(a in state(), b in state()) {
        prop_assert_eq!(joined(a.clone(), &a), a.clone());
        let both = joined(a, &b);
        prop_assert_eq!(joined(both.clone(), &b), both);
    }

    #[test]
    fn different_states_have_different_hashes(a in state(), b in state()) {
        prop_assert_eq!(a == b, a.row_hash() == b.row_hash());
    }

    #[test]
    fn text_belongs_to_the_last_version(a in state(), b in state()) {
        let both = joined(a, &b);
        prop_assert_eq!(both.to_paper().version(), both.text.rank.version);
    }
}
