use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> String {
    text.parse::<PaperId>().unwrap().to_string()
}

#[test]
fn every_usual_spelling_gives_one_id() {
    for text in [
        "2603.22691",
        " 2603.22691v3 ",
        "arXiv:2603.22691",
        "ARXIV: 2603.22691",
        "oai:arXiv.org:2603.22691",
        "http://arxiv.org/abs/2603.22691v1",
        "https://www.arxiv.org/pdf/2603.22691v2.pdf",
        "https://export.arxiv.org/html/2603.22691?x=1#s",
        "arxiv.org/abs/2603.22691",
        "10.48550/arXiv.2603.22691",
        "https://doi.org/10.48550/arxiv.2603.22691",
    ] {
        assert_eq!(canonical(text), "arXiv:2603.22691", "{text}");
    }
}

#[test]
fn old_style_id_keeps_archive_and_drops_class() {
    assert_eq!(canonical("math.CA/0611800"), "arXiv:math/0611800");
    assert_eq!(canonical("solv-int/9701001v1"), "arXiv:solv-int/9701001");
    assert_eq!(
        canonical("http://arxiv.org/abs/quant-ph/0201082v1"),
        "arXiv:quant-ph/0201082"
    );
}

#[test]
fn version_is_read_apart() {
    let versioned: VersionedId = "solv-int/9701001v12".parse().unwrap();
    assert_eq!(versioned.version, Some(12));
    assert_eq!("1501.00001".parse::<VersionedId>().unwrap().version, None);
}

#[test]
fn out_of_range_parts_are_refused() {
    for text in [
        "0703.0001",
        "2613.00001",
        "2600.00001",
        "1412.00001",
        "1501.0001",
        "2603.00000",
        "2603.22691v0",
        "2603.22691v70000",
        "math/0704001",
        "math/9900001",
        "math/0611000",
        "hep-xx/9901001",
        "arXiv:nonsense",
        "260.22691",
        "2603.226911",
        "arXiv:",
        "math/061180",
    ] {
        assert!(text.parse::<PaperId>().is_err(), "{text}");
    }
    assert!(matches!(
        "0304179".parse::<PaperId>(),
        Err(IdError::BareNumber { .. })
    ));
}

#[test]
fn other_schemes_are_kept_verbatim() {
    for text in [
        "cula:17",
        "3dv2025:PyCoMnd5P4",
        "doi:10.1000/182",
        "pmid:10770520",
        "a:b:c",
    ] {
        assert_eq!(canonical(text), text);
    }
    for text in [
        "",
        "  ",
        "word",
        "ftp://x/y",
        ":x",
        "x:",
        "a b:c",
        "x:a b",
        "x:\u{0}",
    ] {
        assert!(text.parse::<PaperId>().is_err(), "{text:?}");
    }
}

#[test]
fn order_is_order_of_announcement() {
    let ids = [
        "cmp-lg/9404001",
        "hep-th/9901001",
        "math/0703500",
        "0704.0001",
        "1412.9999",
        "1501.00001",
        "9912.12345",
        "aaa:1",
        "aab:0",
    ];
    let parsed: Vec<PaperId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    assert!(parsed.is_sorted());
}

proptest! {
    #[test]
    fn new_style_ids_round_trip(year in 15u32..=99, month in 1u32..=12, number in 1u32..=99_999) {
        let text = format!("{year:02}{month:02}.{number:05}");
        let id: PaperId = text.parse().unwrap();
        prop_assert_eq!(id.short(), text);
        prop_assert_eq!(id.to_string().parse::<PaperId>().unwrap(), id);
    }

    #[test]
    fn no_text_panics_and_what_parses_prints_back(text in "\\PC{0,40}") {
        if let Ok(id) = text.parse::<PaperId>() {
            prop_assert_eq!(id.to_string().parse::<PaperId>().unwrap(), id);
        }
    }

    #[test]
    fn id_like_texts_never_panic(text in "[a-zA-Zé:/.0-9v-]{0,24}") {
        let parsed = text.parse::<PaperId>();
        prop_assert!(parsed.is_ok() || parsed.is_err());
    }
}
