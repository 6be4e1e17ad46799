use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::input::MapTopic;

/// A packed file read back, as a page reads it.
struct Unpacked {
    extent: [f32; 2],
    places: Vec<[u16; 2]>,
    topics: Vec<u16>,
    months: Vec<u16>,
    strengths: Vec<u16>,
    marks: Vec<(usize, u8)>,
}

fn unpack(bytes: &[u8]) -> Unpacked {
    let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((&bytes[..4], half(4), half(6)), (&b"KMAP"[..], 1, 32));
    let (count, marks) = (word(8) as usize, word(12) as usize);
    assert_eq!(bytes.len(), 32 + 8 * count + 4 * marks, "8 bytes a paper");
    let column = |number: usize| -> Vec<u16> {
        (0..count)
            .map(|row| half(32 + 2 * (number * count + row)))
            .collect()
    };
    let (x, y, time) = (column(0), column(1), column(3));
    Unpacked {
        extent: [16, 20].map(|at| f32::from_bits(word(at))),
        places: x.into_iter().zip(y).map(|(x, y)| [x, y]).collect(),
        topics: column(2),
        months: time.iter().map(|time| time & 0xFFF).collect(),
        strengths: time.iter().map(|time| time >> 12).collect(),
        marks: (0..marks)
            .map(|row| word(32 + 8 * count + 4 * row))
            .map(|mark| {
                let kind = u8::try_from(mark >> 28).unwrap();
                ((mark & 0x0FFF_FFFF) as usize, kind)
            })
            .collect(),
    }
}

fn cell(place: [u16; 2]) -> (u16, u16) {
    (place[1] >> 8, place[0] >> 8)
}

const TOPICS: [MapTopic<'static>; 3] = [
    MapTopic {
        number: 40,
        label: "fields",
        level: 0,
        parent: None,
        size: 9,
    },
    MapTopic {
        number: 7,
        label: "rings",
        level: 1,
        parent: Some(0),
        size: 4,
    },
    MapTopic {
        number: 1,
        label: "graphs",
        level: 0,
        parent: None,
        size: 3,
    },
];

fn paper(id: &str, position: [f32; 2], rest: (u8, u16, f32)) -> MapPoint<'_> {
    let (kind, months, strength) = rest;
    let marks = [
        Mark::None,
        Mark::New,
        Mark::Disliked,
        Mark::Liked,
        Mark::Query,
    ];
    let topics = [
        [None; 3],
        [Some(0), None, None],
        [Some(0), Some(1), None],
        [Some(2), None, None],
    ];
    MapPoint {
        position,
        topics: topics[usize::from(kind) % 4],
        month: (months > 0).then(|| Month {
            year: 1900 + i16::try_from((months - 1) / 12).unwrap(),
            month: u8::try_from((months - 1) % 12 + 1).unwrap(),
        }),
        id,
        title: "t",
        url: None,
        mark: marks[usize::from(kind / 4) % 5],
        strength,
    }
}

fn input<'a>(points: &'a [MapPoint<'a>]) -> MapInput<'a> {
    MapInput {
        title: "",
        subtitle: "",
        points,
        topics: &TOPICS,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_packed_comes_back_to_within_a_step(
        rows in proptest::collection::vec(
            ((-50.0_f32..50.0, -20.0_f32..20.0), (0_u8..20, 0_u16..4090, 0.0_f32..=1.0)),
            0..300,
        ),
    ) {
        let points: Vec<MapPoint<'_>> = rows
            .iter()
            .map(|&((x, y), rest)| paper("2611.00001", [x, y], rest))
            .collect();
        let input = input(&points);
        let map = packed(&input).unwrap();
        let found = unpack(&map.points);
        let world = World::new(&input);
        prop_assert_eq!(found.extent.map(f32::to_bits), world.extent.map(f32::to_bits));

        let mut order = map.order.clone();
        order.sort_unstable();
        prop_assert!(order.into_iter().eq(0..u32::try_from(points.len()).unwrap()), "each once");
        let keys: Vec<_> = found.places.iter().zip(&map.order)
            .map(|(&place, &number)| (cell(place), number))
            .collect();
        prop_assert!(keys.is_sorted(), "by cell, then as given");

        for (row, &number) in map.order.iter().enumerate() {
            let (point, place) = (&points[number as usize], world.places[number as usize]);
            for (step, at) in found.places[row].into_iter().zip(place) {
                let middle = (f64::from(step) + 0.5) / 65_536.0;
                prop_assert!((middle - f64::from(at)).abs() <= 1.0 / 65_536.0);
            }
            let topic = point.finest().map_or(u16::MAX, |topic| u16::try_from(topic).unwrap());
            prop_assert_eq!(found.topics[row], topic);
            prop_assert_eq!(found.months[row], point.month.map_or(0, Month::packed));
            let strength = f32::from(found.strengths[row]) / 15.0;
            prop_assert!((strength - point.strength).abs() <= 0.5 / 15.0 + 1e-6);
        }
        let marks: Vec<(usize, u8)> = map.order.iter().enumerate()
            .map(|(row, &number)| (row, points[number as usize].mark.packed()))
            .filter(|&(_, mark)| mark != 0)
            .collect();
        prop_assert_eq!(found.marks, marks);
    }
}

#[test]
fn months_after_2240_are_one_and_spill_into_no_strength() {
    let mut late = paper("a", [0.0, 0.0], (0, 1, 1.0));
    late.month = Some(Month {
        year: 6999,
        month: 12,
    });
    let found = unpack(&packed(&input(&[late])).unwrap().points);
    assert_eq!((found.months[0], found.strengths[0]), (4095, 15));
}

#[test]
fn a_million_papers_take_eight_megabytes() {
    let points: Vec<MapPoint<'_>> = (0_u16..1000)
        .flat_map(|x| (0_u16..1000).map(move |y| [f32::from(x), f32::from(y)]))
        .map(|place| paper("2611.00001", place, (1, 1400, 0.5)))
        .collect();
    let map = packed(&input(&points)).unwrap();
    assert_eq!(map.points.len(), 32 + 8_000_000);
    assert!(
        unpack(&map.points)
            .places
            .is_sorted_by_key(|&place| cell(place))
    );
}

#[test]
fn a_version_tells_maps_apart_by_all_that_a_page_shows() {
    let first = [
        paper("a", [0.0, 0.0], (1, 1400, 1.0)),
        paper("b", [9.0, 0.0], (2, 1400, 1.0)),
    ];
    let version = |points: &[MapPoint<'_>]| packed(&input(points)).unwrap().version;
    let mut seen = vec![version(&first)];
    assert_eq!(
        seen[0],
        version(&first),
        "the same map has the same version"
    );
    assert_eq!(seen[0].len(), 32);
    let changes: [fn(&mut MapPoint<'_>); 6] = [
        |point| point.position[0] = 4.0,
        |point| point.mark = Mark::Liked,
        |point| point.id = "c",
        |point| point.title = "u",
        |point| point.month = None,
        |point| point.strength = 0.0,
    ];
    for change in changes {
        let mut points = [first[0], first[0], first[1]];
        change(&mut points[1]);
        seen.push(version(&points));
    }
    let mut swapped = first;
    (swapped[0].id, swapped[1].id) = ("b", "a");
    seen.push(version(&swapped));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 8);
}

#[test]
fn facts_name_topics_by_their_lasting_number_and_hold_no_paper() {
    let points = [paper("2611.77777", [0.0, 0.0], (2, 1400, 1.0))];
    let facts: Value = serde_json::from_str(&packed(&input(&points)).unwrap().facts).unwrap();
    assert_eq!(facts["count"], 1);
    assert_eq!(facts["topics"][1]["id"], 7);
    assert_eq!(facts["topics"][1]["parent"], 0);
    assert_eq!(facts["labels"][0]["lines"][0], "fields");
    assert!(!facts.to_string().contains("77777"));
}

#[test]
fn places_that_are_no_numbers_are_refused() {
    let points = [paper("2611.00009", [f32::NAN, 0.0], (0, 0, 0.0))];
    let error = packed(&input(&points)).unwrap_err().to_string();
    assert!(error.contains("2611.00009"), "{error}");
}
