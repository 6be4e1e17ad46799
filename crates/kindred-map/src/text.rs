//! Letters: the two faces that the crate carries, widths, breaking, and what is cleaned away.

use ttf_parser::Face;
use unicode_normalization::UnicodeNormalization as _;
use unicode_width::UnicodeWidthChar;

/// Inter in two weights, reduced to Latin, Greek, Cyrillic and common signs.
pub(crate) const REGULAR: &[u8] = include_bytes!("../assets/Inter-Regular-subset.otf");
pub(crate) const BOLD: &[u8] = include_bytes!("../assets/Inter-SemiBold-subset.otf");

/// Longest text that is drawn, in characters.
const LONGEST: usize = 300;

/// Stands for a run of letters that the faces lack.
const MISSING: char = '\u{b7}';

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Who draws the letters in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letters {
    /// This crate: what its faces lack is written with letters that it is made of, or left out.
    Own,
    /// The reader's program, which has faces for all scripts.
    Viewer,
}

/// The two faces.
#[derive(Debug)]
pub(crate) struct Faces {
    regular: Face<'static>,
    bold: Face<'static>,
    letters: Letters,
}

impl Faces {
    pub(crate) fn new(letters: Letters) -> Self {
        let parse = |bytes| Face::parse(bytes, 0).expect("the faces of this crate are sound");
        Self {
            regular: parse(REGULAR),
            bold: parse(BOLD),
            letters,
        }
    }

    pub(crate) fn face(&self, weight: Weight) -> &Face<'static> {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// The text as it will be drawn: one line without control characters and marks of direction,
    /// cut when it is very long. Where this crate draws it, letters that its faces lack are taken
    /// apart (a ligature, a mathematical letter), and a run that stays unknown becomes one dot.
    pub(crate) fn shown(&self, text: &str) -> String {
        let line = clean(text);
        if self.letters == Letters::Viewer {
            return line;
        }
        let has = |letter| self.regular.glyph_index(letter).is_some();
        let mut shown = String::with_capacity(line.len());
        for letter in line.chars() {
            if has(letter) {
                shown.push(letter);
                continue;
            }
            let parts: Vec<char> = std::iter::once(letter).nfkd().collect();
            if parts.iter().any(|&part| has(part)) {
                shown.extend(parts.into_iter().filter(|&part| has(part)));
            } else if UnicodeWidthChar::width(letter).unwrap_or(0) > 0 && !shown.ends_with(MISSING)
            {
                shown.push(MISSING);
            }
        }
        shown
    }

    /// True if more of a text that [`shown`](Self::shown) gave can be read than is missing from it.
    pub(crate) fn is_legible(text: &str) -> bool {
        let letters = text
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .count();
        letters > text.matches(MISSING).count()
    }

    /// Width in units of `size`; letters that the faces lack count as their usual width elsewhere.
    pub(crate) fn width(&self, text: &str, size: f32, weight: Weight) -> f32 {
        let face = self.face(weight);
        let unit = f32::from(face.units_per_em());
        let sum: f32 = text
            .chars()
            .map(|letter| match face.glyph_index(letter) {
                Some(glyph) => f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / unit,
                None => match UnicodeWidthChar::width(letter) {
                    Some(0) | None => 0.0,
                    Some(1) => 0.65,
                    Some(_) => 1.05,
                },
            })
            .sum();
        sum * size
    }

    /// Breaks a label into one line or two of about equal width, at a space, or at a hyphen where
    /// there is no space. Labels up to `most` wide, in units of their size, stay one line; lines that
    /// are wider than half as much again are cut.
    pub(crate) fn broken(&self, text: &str, most: f32, weight: Weight) -> Vec<String> {
        if self.width(text, 1.0, weight) <= most {
            return vec![text.to_owned()];
        }
        let sign = if text.contains(' ') { ' ' } else { '-' };
        let best = text
            .match_indices(sign)
            .map(|(at, _)| text.split_at(at + 1))
            .map(|(left, right)| (left.trim_end(), right))
            .filter(|(left, right)| left.chars().count() > 1 && right.chars().count() > 1)
            .min_by(|one, other| {
                let widest = |(left, right): &(&str, &str)| {
                    self.width(left, 1.0, weight)
                        .max(self.width(right, 1.0, weight))
                };
                widest(one).total_cmp(&widest(other))
            });
        let lines = best.map_or(vec![text], |(left, right)| vec![left, right]);
        let cut = |line: &str| self.cut(line, most * 1.5, weight);
        lines.into_iter().map(cut).collect()
    }

    /// The text cut to a width, with an ellipsis where something is missing.
    pub(crate) fn cut(&self, text: &str, most: f32, weight: Weight) -> String {
        if self.width(text, 1.0, weight) <= most {
            return text.to_owned();
        }
        let mut kept = String::new();
        let mut width = self.width("\u{2026}", 1.0, weight);
        for letter in text.chars() {
            width += self.width(letter.encode_utf8(&mut [0; 4]), 1.0, weight);
            if width > most {
                break;
            }
            kept.push(letter);
        }
        kept.truncate(kept.trim_end().len());
        kept.push('\u{2026}');
        kept
    }
}

/// One line without control characters, marks of direction and doubled spaces, at most 300
/// characters long. What stays is allowed in XML.
pub(crate) fn clean(text: &str) -> String {
    let mut kept = String::new();
    let mut count = 0;
    let mut space = false;
    for letter in text.chars() {
        let is_hidden = matches!(letter,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}');
        if letter.is_whitespace() || letter.is_control() || is_hidden {
            space = space || letter.is_whitespace() || letter.is_control();
            continue;
        }
        if space && !kept.is_empty() {
            kept.push(' ');
        }
        space = false;
        count += 1;
        if count > LONGEST {
            kept.push('\u{2026}');
            break;
        }
        kept.push(letter);
    }
    kept
}

/// Text that is safe between tags and in quoted attributes, of HTML as of XML.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_our_faces_lack_is_taken_apart_or_becomes_one_dot() {
        let own = Faces::new(Letters::Own);
        assert_eq!(own.shown("北京 graphs"), "\u{b7} graphs");
        assert_eq!(
            own.shown("e\u{fb03}cient \u{1d53d}\u{2082} \u{210f}"),
            "efficient F₂ ħ"
        );
        assert_eq!(own.shown("naïve Ωmega Жук"), "naïve Ωmega Жук");
        let face = own.face(Weight::Bold);
        for letter in own.shown("日本語 \u{1f600} ℵ₀ العربية e\u{301}").chars() {
            assert!(
                face.glyph_index(letter).is_some(),
                "no glyph for {letter:?}"
            );
        }
        assert_eq!(Faces::new(Letters::Viewer).shown("北京"), "北京");
    }

    #[test]
    fn control_characters_and_marks_of_direction_go() {
        assert_eq!(clean(" a\u{0}\u{202e}b\u{2028}\t c\u{feff} "), "a b c");
        assert_eq!(clean(&"x".repeat(9000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn long_labels_break_into_two_lines_of_about_equal_width() {
        let faces = Faces::new(Letters::Own);
        let lines = faces.broken("graph neural networks for molecules", 9.0, Weight::Bold);
        assert_eq!(lines, ["graph neural networks", "for molecules"]);
        let lines = faces.broken("self-supervised-representation", 9.0, Weight::Bold);
        assert_eq!(lines, ["self-supervised-", "representation"]);
        let one = faces.broken("short", 12.0, Weight::Bold);
        assert_eq!(one, ["short"]);
        let cut = faces.broken(&"w".repeat(100), 12.0, Weight::Bold);
        assert!(
            cut.len() == 1 && faces.width(&cut[0], 1.0, Weight::Bold) <= 18.0,
            "{cut:?}"
        );
    }
}
