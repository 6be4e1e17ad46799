use proptest::prelude::*;

use super::*;
use crate::topics::bytes::Writer;

fn back<T: Entry>(parts: &[Vec<u8>]) -> Option<Vec<T>> {
    let mut entries = Vec::new();
    parts
        .iter()
        .try_for_each(|part| unpack(part, &mut entries))?;
    Some(entries)
}

/// Keys in ascending order, near and far from each other, up to the largest there is.
fn keys() -> impl Strategy<Value = Vec<PaperKey>> {
    let distance = prop_oneof![1_u64..4, 1_u64..100_000, 1_u64..(1 << 60)];
    prop::collection::vec(distance, 0..60).prop_map(|distances| {
        let mut keys = Vec::new();
        let mut key = 0_u64;
        for distance in distances {
            key += distance;
            if key > i64::MAX.unsigned_abs() {
                break;
            }
            keys.push(PaperKey(key));
        }
        keys
    })
}

fn topics() -> impl Strategy<Value = Vec<StoredTopic>> {
    let topic = (
        1_u64..,
        prop::option::of(1_u64..),
        any::<u8>(),
        "\\PC{0,20}",
        prop::collection::vec(("\\PC{0,9}", prop::num::f64::NORMAL), 0..5),
        (any::<u64>(), keys()),
    )
        .prop_map(
            |(id, parent, level, label, terms, (size, mut representatives))| {
                representatives.truncate(3);
                StoredTopic {
                    id: TopicId(id),
                    parent: parent.map(TopicId),
                    level,
                    label,
                    terms,
                    size,
                    representatives,
                }
            },
        );
    prop::collection::vec(topic, 0..8)
}

fn events() -> impl Strategy<Value = Vec<TopicEvent>> {
    let event = (
        prop::sample::select(&TopicChange::ALL[..]),
        any::<u64>(),
        prop::collection::vec(any::<u64>(), 0..4),
        (any::<u64>(), keys()),
    )
        .prop_map(|(change, topic, others, (count, papers))| TopicEvent {
            change,
            topic: TopicId(topic),
            others: others.into_iter().map(TopicId).collect(),
            papers,
            count,
        });
    prop::collection::vec(event, 0..8)
}

proptest! {
    #[test]
    fn members_and_points_come_back(
        keys in keys(),
        places in prop::collection::vec((any::<u16>(), any::<u16>(), any::<bool>()), 60),
    ) {
        let members: Vec<PackedMember> = keys
            .iter()
            .zip(&places)
            .map(|(&key, &(place, steps, _))| PackedMember { key, place: place.into(), steps })
            .collect();
        prop_assert_eq!(back::<PackedMember>(&pack(&members)).unwrap(), members);
        let points: Vec<MapPoint> = keys
            .iter()
            .zip(&places)
            .map(|(&key, &(x, y, is_projected))| {
                MapPoint { key, x: f32::from(x) - 1e4, y: f32::from(y) / 7.0, is_projected }
            })
            .collect();
        prop_assert_eq!(back::<MapPoint>(&pack(&points)).unwrap(), points);
    }

    #[test]
    fn topics_and_events_come_back(topics in topics(), events in events()) {
        prop_assert_eq!(back::<StoredTopic>(&pack(&topics)).unwrap(), topics);
        prop_assert_eq!(back::<TopicEvent>(&pack(&events)).unwrap(), events);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        // What is read is written in the same bytes again: nothing has two forms.
        let mut found = Vec::new();
        if unpack::<StoredTopic>(&bytes, &mut found).is_some() && !found.is_empty() {
            prop_assert_eq!(pack(&found).concat(), bytes.clone());
        }
        let mut found = Vec::new();
        if unpack::<TopicEvent>(&bytes, &mut found).is_some() && !found.is_empty() {
            prop_assert_eq!(pack(&found).concat(), bytes.clone());
        }
        let mut found = Vec::new();
        if unpack::<PackedMember>(&bytes, &mut found).is_some() && !found.is_empty() {
            prop_assert_eq!(pack(&found).concat(), bytes);
        }
    }

    #[test]
    fn cut_parts_are_refused_or_shorter(topics in topics(), cut in 0.0..1.0_f64) {
        let whole = pack(&topics).concat();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        let length = (whole.len() as f64 * cut) as usize;
        let mut found = Vec::new();
        if unpack::<StoredTopic>(&whole[..length], &mut found).is_some() {
            prop_assert_eq!(&found, &topics[..found.len()]);
        }
    }

    #[test]
    fn strengths_come_back_to_the_step(number in 0.000_01..=1.0_f32) {
        let near = strength(steps(number));
        prop_assert!(near > 0.0 && near <= 1.0);
        prop_assert!((near - number).abs() <= 1.0 / STEPS, "{} {}", number, near);
        prop_assert_eq!(steps(near), steps(number), "what was read is stored as it was");
    }
}

#[test]
fn numbers_of_all_lengths_have_one_form() {
    for number in [0, 1, 127, 128, 16_383, 16_384, u64::MAX >> 1, u64::MAX] {
        let mut bytes = Writer::default();
        bytes.number(number);
        let bytes = bytes.finish();
        assert_eq!(Reader::new(&bytes).number(), Some(number));
        assert_eq!(Reader::new(&bytes[..bytes.len() - 1]).number(), None);
    }
    for bytes in [&[0x80, 0x00][..], &[0xff; 10], &[0x80; 11]] {
        assert_eq!(Reader::new(bytes).number(), None, "{bytes:?}");
    }
}

#[test]
fn weakest_strength_is_not_nothing() {
    assert!(strength(steps(f32::MIN_POSITIVE)) > 0.0);
    assert!((strength(steps(1.0)) - 1.0).abs() < f32::EPSILON);
}

#[test]
fn members_take_less_than_six_bytes_and_come_in_several_parts() {
    let members: Vec<PackedMember> = (0..200_000)
        .map(|number| PackedMember {
            key: PaperKey(3 * number + 1),
            place: usize::try_from(number % 400).unwrap(),
            steps: 40_000,
        })
        .collect();
    let parts = pack(&members);
    let bytes: usize = parts.iter().map(Vec::len).sum();
    assert!(parts.len() > 1);
    assert!(parts.iter().all(|part| part.len() < PART_BYTES + 64));
    assert!(bytes < 5 * members.len(), "{bytes} bytes");
    assert!(back::<PackedMember>(&parts).unwrap() == members);
    let mut last = Vec::new();
    unpack::<PackedMember>(parts.last().unwrap(), &mut last).unwrap();
    assert!(
        members.ends_with(&last) && last.len() < members.len(),
        "a part is read on its own"
    );
}
