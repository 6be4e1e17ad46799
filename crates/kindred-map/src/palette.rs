//! Colours: eight that colour-blind readers can tell apart, and which topic gets which.
//!
//! The light set is six of Okabe and Ito's (2008) and two of Tol's (2021), the dark set lighter
//! relatives of the same hues; a test holds both against simulated protanopia and deuteranopia.

use crate::input::{MapInput, Theme};
use crate::rounding::to_u8;
use crate::world::{Region, squared};

/// A colour as red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// Coloured topics at most; more hues cannot be told apart.
pub(crate) const HUES: usize = 8;

/// What a tint has of its hue; the rest is grey.
const TINT: f32 = 0.5;

const LIGHT: [Rgb; HUES] = [
    [0x00, 0x72, 0xB2],
    [0xD5, 0x5E, 0x00],
    [0x00, 0x9E, 0x73],
    [0xE6, 0x9F, 0x00],
    [0x56, 0xB4, 0xE9],
    [0xCC, 0x79, 0xA7],
    [0x88, 0x22, 0x55],
    [0x33, 0x22, 0x88],
];

const DARK: [Rgb; HUES] = [
    [0x3D, 0x8B, 0xD4],
    [0xE8, 0x70, 0x2A],
    [0x12, 0xA6, 0x7C],
    [0xF0, 0xAE, 0x2E],
    [0x8F, 0xD3, 0xF7],
    [0xE7, 0x9A, 0xC6],
    [0xB2, 0x3A, 0x74],
    [0xF7, 0xF0, 0xA8],
];

/// The colours of one theme.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) ground: Rgb,
    pub(crate) ink: Rgb,
    pub(crate) quiet: Rgb,
    pub(crate) rest: Rgb,
    pub(crate) liked: Rgb,
    pub(crate) hues: [Rgb; HUES],
}

impl Palette {
    pub(crate) fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light => Self {
                ground: [0xFF, 0xFF, 0xFF],
                ink: [0x1B, 0x1F, 0x24],
                quiet: [0x5B, 0x65, 0x70],
                rest: [0xA3, 0xAB, 0xB4],
                liked: [0x11, 0x14, 0x18],
                hues: LIGHT,
            },
            Theme::Dark => Self {
                ground: [0x12, 0x15, 0x1A],
                ink: [0xEC, 0xEF, 0xF3],
                quiet: [0xA2, 0xAC, 0xB8],
                rest: [0x66, 0x6F, 0x7A],
                liked: [0xFF, 0xFF, 0xFF],
                hues: DARK,
            },
        }
    }

    /// The colour of a number: hues first, then their tints; grey for none.
    pub(crate) fn hue(&self, number: Option<u8>) -> Rgb {
        let Some(number) = number.map(usize::from) else {
            return self.rest;
        };
        let hue = self.hues[number % HUES];
        if number < HUES {
            hue
        } else {
            mix(self.rest, hue, TINT)
        }
    }

    /// All hues and tints, by number.
    pub(crate) fn numbered(&self) -> [Rgb; 2 * HUES] {
        let mut number = 0;
        [(); 2 * HUES].map(|()| {
            number += 1;
            self.hue(Some(number - 1))
        })
    }

    /// A colour for text: moved towards the ink until its contrast to the ground is 4.5 at least,
    /// as WCAG 2.2 asks of text.
    pub(crate) fn for_text(&self, color: Rgb) -> Rgb {
        let mut steps = 0_u8;
        let mut mixed = color;
        while contrast(mixed, self.ground) < 4.6 && steps < 20 {
            steps += 1;
            mixed = mix(color, self.ink, f32::from(steps) / 20.0);
        }
        mixed
    }
}

/// `share` of `right` in `left`.
pub(crate) fn mix(left: Rgb, right: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(left[channel]), f32::from(right[channel]));
        to_u8(from + (to - from) * share)
    })
}

pub(crate) fn hex(color: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", color[0], color[1], color[2])
}

fn linear(channel: u8) -> f32 {
    let value = f32::from(channel) / 255.0;
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// Contrast of two colours by WCAG, 1 to 21.
pub(crate) fn contrast(left: Rgb, right: Rgb) -> f32 {
    let luminance = |color: Rgb| {
        0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2])
    };
    let (left, right) = (luminance(left), luminance(right));
    (left.max(right) + 0.05) / (left.min(right) + 0.05)
}

/// A place in Ottosson's Oklab (2020), where distance is how different colours look.
fn oklab(rgb: [f32; 3]) -> [f32; 3] {
    let row = |weights: [f32; 3]| {
        let sum: f32 = weights
            .iter()
            .zip(rgb)
            .map(|(weight, value)| weight * value)
            .sum();
        sum.max(0.0).cbrt()
    };
    let long = row([0.412_221_46, 0.536_332_55, 0.051_445_995]);
    let medium = row([0.211_903_5, 0.680_699_5, 0.107_396_96]);
    let short = row([0.088_302_46, 0.281_718_85, 0.629_978_7]);
    [
        0.210_454_26 * long + 0.793_617_8 * medium - 0.004_072_047 * short,
        1.977_998_5 * long - 2.428_592_2 * medium + 0.450_593_7 * short,
        0.025_904_037 * long + 0.782_771_77 * medium - 0.808_675_77 * short,
    ]
}

/// How readers without red or without green receptors see a colour, in linear light
/// (Machado, Oliveira and Fernandes 2009, severity 1).
const SIGHTS: [[[f32; 3]; 3]; 3] = [
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ],
    [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_82, 0.042_94, 0.968_881],
    ],
];

/// How different two colours look to the reader who sees them most alike.
fn difference(left: Rgb, right: Rgb) -> f32 {
    let seen = |color: Rgb, sight: &[[f32; 3]; 3]| {
        let light = color.map(linear);
        oklab(std::array::from_fn(|row| {
            (0..3)
                .map(|column| sight[row][column] * light[column])
                .sum::<f32>()
                .clamp(0.0, 1.0)
        }))
    };
    let mut least = f32::INFINITY;
    for sight in &SIGHTS {
        let (left, right) = (seen(left, sight), seen(right, sight));
        let sum: f32 = left
            .iter()
            .zip(right)
            .map(|(one, other)| (one - other).powi(2))
            .sum();
        least = least.min(sum.sqrt());
    }
    least
}

/// Whether the colour of a number is shared by several topics.
pub(crate) fn is_tint(number: Option<u8>) -> bool {
    number.is_none_or(|number| usize::from(number) >= HUES)
}

/// The colour number of each topic: the eight coarse topics with the most papers get a hue each, so
/// that topics close to each other look as different as can be. Each smaller one gets the tint that
/// differs most from what is around it, as countries on a map do; tints come back far away. What is
/// below a topic inherits its colour.
pub(crate) fn hues(input: &MapInput<'_>, regions: &[Option<Region>]) -> Vec<Option<u8>> {
    let mut coarse: Vec<(usize, Region)> = (0..regions.len())
        .filter(|&topic| input.topics[topic].parent.is_none())
        .filter_map(|topic| regions[topic].map(|region| (topic, region)))
        .collect();
    coarse.sort_by_key(|&(topic, region)| {
        let topic = &input.topics[topic];
        (topic.level, std::cmp::Reverse(region.papers), topic.number)
    });
    let largest = &coarse[..coarse.len().min(HUES)];
    let mut chosen = assign(largest);
    for place in largest.len()..coarse.len() {
        chosen.push(HUES + tint(&coarse[..=place], &chosen));
    }
    let mut hues = vec![None; input.topics.len()];
    for (&(topic, _), number) in coarse.iter().zip(chosen) {
        hues[topic] = u8::try_from(number).ok();
    }
    for level in 1..=2 {
        for topic in 0..input.topics.len() {
            if let Some(parent) = input.topics[topic].parent
                && input.topics[topic].level == level
            {
                hues[topic] = hues[parent as usize];
            }
        }
    }
    hues
}

/// The hue of which the last topic gets a tint: the one that the topics around it are least like.
fn tint(topics: &[(usize, Region)], chosen: &[usize]) -> usize {
    let at = topics[topics.len() - 1].1.mode;
    let mut likeness = [0.0_f32; HUES];
    for ((_, region), &number) in topics.iter().zip(chosen) {
        let near = 1.0 / (squared(region.mode, at) + 1e-3).powi(2);
        for (hue, sum) in likeness.iter_mut().enumerate() {
            let apart = difference(LIGHT[hue], LIGHT[number % HUES]);
            *sum += near / (apart + 0.05);
        }
    }
    let mut best = 0;
    for hue in 1..HUES {
        if likeness[hue] < likeness[best] {
            best = hue;
        }
    }
    best
}

/// An order of hues with a great sum of differences, near pairs counting most: hues are exchanged
/// until no exchange of two helps.
fn assign(coarse: &[(usize, Region)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..HUES).collect();
    let mut apart = [[0.0_f32; HUES]; HUES];
    for (left, row) in apart.iter_mut().enumerate() {
        for (right, value) in row.iter_mut().enumerate() {
            *value = difference(LIGHT[left], LIGHT[right]);
        }
    }
    let value = |order: &[usize]| {
        let mut sum = 0.0_f32;
        for left in 0..coarse.len() {
            for right in 0..left {
                let between = squared(coarse[left].1.mode, coarse[right].1.mode);
                sum += apart[order[left]][order[right]] / (between + 0.01);
            }
        }
        sum
    };
    let mut best = value(&order);
    let mut improved = true;
    while improved {
        improved = false;
        for left in 0..HUES {
            for right in 0..left {
                order.swap(left, right);
                let found = value(&order);
                if found > best + 1e-4 {
                    best = found;
                    improved = true;
                } else {
                    order.swap(left, right);
                }
            }
        }
    }
    order.truncate(coarse.len());
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::MapTopic;

    #[test]
    fn colour_blind_readers_can_tell_all_hues_apart() {
        for palette in [Palette::of(Theme::Light), Palette::of(Theme::Dark)] {
            for left in 0..HUES {
                for right in 0..left {
                    let found = difference(palette.hues[left], palette.hues[right]);
                    assert!(found > 0.07, "hues {left} and {right} differ by {found}");
                }
            }
        }
    }

    #[test]
    fn tints_are_paler_than_hues_and_shared() {
        let saturation = |color: Rgb| color.iter().max().unwrap() - color.iter().min().unwrap();
        for palette in [Palette::of(Theme::Light), Palette::of(Theme::Dark)] {
            let all = palette.numbered();
            for hue in 0..HUES {
                assert_eq!(all[hue], palette.hues[hue]);
                assert!(saturation(all[hue + HUES]) < saturation(all[hue]));
            }
        }
        assert!(is_tint(None) && is_tint(Some(8)) && !is_tint(Some(7)));
    }

    #[test]
    fn smaller_topics_side_by_side_get_different_tints_and_what_is_below_inherits() {
        let topic = |number, level, parent| MapTopic {
            number,
            label: "t",
            level,
            parent,
            size: 1,
        };
        let mut topics: Vec<MapTopic<'_>> = (0..40).map(|number| topic(number, 0, None)).collect();
        topics.push(topic(40, 1, Some(39)));
        let at = |place: u8| [f32::from(place), 0.0];
        let mut regions: Vec<Option<Region>> = (0..40_u8)
            .map(|place| {
                let mode = at(place).map(|value| value / 40.0);
                let papers = 100 - usize::from(place);
                Some(Region {
                    mode,
                    reach: 0.01,
                    papers,
                })
            })
            .collect();
        regions.push(regions[39]);
        let input = MapInput {
            title: "",
            subtitle: "",
            points: &[],
            topics: &topics,
        };
        let found = hues(&input, &regions);
        let mut largest: Vec<_> = found[..8].to_vec();
        largest.sort_unstable();
        assert!(
            largest.into_iter().eq((0..8).map(Some)),
            "a hue of its own for each"
        );
        for pair in found[8..40].windows(2) {
            assert!(
                pair.iter()
                    .all(|&number| number.is_some() && is_tint(number))
            );
            assert_ne!(pair[0], pair[1]);
        }
        assert_eq!(found[40], found[39]);
    }

    #[test]
    fn every_text_colour_has_the_contrast_that_text_needs() {
        for palette in [Palette::of(Theme::Light), Palette::of(Theme::Dark)] {
            let all =
                palette
                    .numbered()
                    .into_iter()
                    .chain([palette.rest, palette.ink, palette.quiet]);
            for color in all {
                let found = contrast(palette.for_text(color), palette.ground);
                assert!(found >= 4.5, "{} has {found}", hex(color));
            }
        }
    }

    #[test]
    fn black_on_white_has_the_greatest_contrast() {
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    }
}
