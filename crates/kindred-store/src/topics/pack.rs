//! Topics, members, events and points of a map as compact bytes.
//!
//! A list of them is cut into parts that fit one value of the database. Each part is read on its
//! own: keys are written as distances from the key before in the same part.

use kindred_core::PaperKey;

use super::bytes::{Reader, Writer};
use super::{MapPoint, StoredTopic, TopicChange, TopicEvent, TopicId};

/// Size from which a part is closed, in bytes.
const PART_BYTES: usize = 256 << 10;

/// The steps of a strength.
const STEPS: f32 = 65_535.0;

/// Something that is stored in parts.
pub(super) trait Entry: Sized {
    fn write(&self, previous: Option<&Self>, bytes: &mut Writer);

    /// `None` where the bytes are not an entry.
    fn read(previous: Option<&Self>, bytes: &mut Reader<'_>) -> Option<Self>;
}

/// Member of a run, its topic by its place among those of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedMember {
    pub(super) key: PaperKey,
    pub(super) place: usize,
    pub(super) steps: u16,
}

/// Returns the parts of a list; none of an empty one.
pub(super) fn pack<T: Entry>(entries: &[T]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut bytes = Writer::default();
    let mut previous = None;
    for entry in entries {
        entry.write(previous, &mut bytes);
        previous = Some(entry);
        if bytes.len() >= PART_BYTES {
            parts.push(std::mem::take(&mut bytes).finish());
            previous = None;
        }
    }
    if bytes.len() > 0 {
        parts.push(bytes.finish());
    }
    parts
}

/// Adds the entries of a part to `entries`; `None` where it is no part of such entries.
pub(super) fn unpack<T: Entry>(part: &[u8], entries: &mut Vec<T>) -> Option<()> {
    let mut bytes = Reader::new(part);
    let start = entries.len();
    while !bytes.is_done() {
        let entry = T::read(entries[start..].last(), &mut bytes)?;
        entries.push(entry);
    }
    Some(())
}

/// The stored form of a strength in (0, 1].
pub(super) fn steps(strength: f32) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "brought into range before"
    )]
    let steps = (strength * STEPS).round().clamp(1.0, STEPS) as u16;
    steps
}

/// The strength that is stored so.
pub(super) fn strength(steps: u16) -> f32 {
    f32::from(steps) / STEPS
}

impl Entry for StoredTopic {
    fn write(&self, _previous: Option<&Self>, bytes: &mut Writer) {
        bytes.number(self.id.0);
        bytes.number(self.parent.map_or(0, |parent| parent.0));
        bytes.number(u64::from(self.level));
        bytes.text(&self.label);
        bytes.number(self.size);
        bytes.count(self.terms.len());
        for (term, weight) in &self.terms {
            bytes.text(term);
            bytes.raw(&weight.to_le_bytes());
        }
        bytes.count(self.representatives.len());
        for key in &self.representatives {
            bytes.number(key.0);
        }
    }

    fn read(_previous: Option<&Self>, bytes: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            id: TopicId(bytes.number()?),
            parent: Some(bytes.number()?).filter(|id| *id > 0).map(TopicId),
            level: u8::try_from(bytes.number()?).ok()?,
            label: bytes.text()?,
            size: bytes.number()?,
            terms: bytes.list(|bytes| Some((bytes.text()?, f64::from_le_bytes(bytes.raw()?))))?,
            representatives: bytes.list(|bytes| bytes.number().map(PaperKey))?,
        })
    }
}

impl Entry for PackedMember {
    fn write(&self, previous: Option<&Self>, bytes: &mut Writer) {
        bytes.number(self.key.0 - previous.map_or(0, |member| member.key.0));
        bytes.count(self.place);
        bytes.raw(&self.steps.to_le_bytes());
    }

    fn read(previous: Option<&Self>, bytes: &mut Reader<'_>) -> Option<Self> {
        let before = previous.map_or(0, |member| member.key.0);
        Some(Self {
            key: PaperKey(before.checked_add(bytes.number()?)?),
            place: bytes.count()?,
            steps: u16::from_le_bytes(bytes.raw()?),
        })
    }
}

impl Entry for TopicEvent {
    fn write(&self, _previous: Option<&Self>, bytes: &mut Writer) {
        bytes.number(self.change.number());
        bytes.number(self.topic.0);
        bytes.count(self.others.len());
        for other in &self.others {
            bytes.number(other.0);
        }
        bytes.number(self.count);
        bytes.count(self.papers.len());
        for key in &self.papers {
            bytes.number(key.0);
        }
    }

    fn read(_previous: Option<&Self>, bytes: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            change: TopicChange::from_number(bytes.number()?)?,
            topic: TopicId(bytes.number()?),
            others: bytes.list(|bytes| bytes.number().map(TopicId))?,
            count: bytes.number()?,
            papers: bytes.list(|bytes| bytes.number().map(PaperKey))?,
        })
    }
}

impl Entry for MapPoint {
    fn write(&self, previous: Option<&Self>, bytes: &mut Writer) {
        let distance = self.key.0 - previous.map_or(0, |point| point.key.0);
        // Keys are of 63 bits, so there is room for one more.
        bytes.number(distance << 1 | u64::from(self.is_projected));
        bytes.raw(&self.x.to_le_bytes());
        bytes.raw(&self.y.to_le_bytes());
    }

    fn read(previous: Option<&Self>, bytes: &mut Reader<'_>) -> Option<Self> {
        let before = previous.map_or(0, |point| point.key.0);
        let number = bytes.number()?;
        Some(Self {
            key: PaperKey(before.checked_add(number >> 1)?),
            is_projected: number & 1 == 1,
            x: f32::from_le_bytes(bytes.raw()?),
            y: f32::from_le_bytes(bytes.raw()?),
        })
    }
}

#[cfg(test)]
mod tests;
