//! Letters of mathematical alphabets, and accents on letters.

use unicode_normalization::UnicodeNormalization;

use super::scripts::is_scripted;

/// Letters that Unicode put elsewhere than in the row of their alphabet.
const EXCEPTIONS: [(u32, char); 24] = [
    (0x1d49d, 'ℬ'),
    (0x1d4a0, 'ℰ'),
    (0x1d4a1, 'ℱ'),
    (0x1d4a3, 'ℋ'),
    (0x1d4a4, 'ℐ'),
    (0x1d4a7, 'ℒ'),
    (0x1d4a8, 'ℳ'),
    (0x1d4ad, 'ℛ'),
    (0x1d4ba, 'ℯ'),
    (0x1d4bc, 'ℊ'),
    (0x1d4c4, 'ℴ'),
    (0x1d506, 'ℭ'),
    (0x1d50b, 'ℌ'),
    (0x1d50c, 'ℑ'),
    (0x1d515, 'ℜ'),
    (0x1d51d, 'ℨ'),
    (0x1d53a, 'ℂ'),
    (0x1d53f, 'ℍ'),
    (0x1d545, 'ℕ'),
    (0x1d547, 'ℙ'),
    (0x1d548, 'ℚ'),
    (0x1d549, 'ℝ'),
    (0x1d551, 'ℤ'),
    (0x1d455, 'h'),
];
/// Accents as they are written over or under a base: the sign, its combining character, and a
/// name for bases that cannot take it.
const ACCENTS: [(&str, char, &str); 30] = [
    ("^", '\u{302}', "hat"),
    ("ˆ", '\u{302}', "hat"),
    ("\u{302}", '\u{302}', "hat"),
    ("~", '\u{303}', "tilde"),
    ("˜", '\u{303}', "tilde"),
    ("\u{303}", '\u{303}', "tilde"),
    ("‾", '\u{304}', "bar"),
    ("¯", '\u{304}', "bar"),
    ("ˉ", '\u{304}', "bar"),
    ("\u{304}", '\u{304}', "bar"),
    ("\u{305}", '\u{304}', "bar"),
    ("→", '\u{20d7}', "vec"),
    ("\u{20d7}", '\u{20d7}', "vec"),
    ("←", '\u{20d6}', "vec"),
    ("\u{20d6}", '\u{20d6}', "vec"),
    ("˙", '\u{307}', "dot"),
    ("\u{307}", '\u{307}', "dot"),
    ("¨", '\u{308}', "ddot"),
    ("\u{308}", '\u{308}', "ddot"),
    ("\u{20db}", '\u{20db}', "dddot"),
    ("ˇ", '\u{30c}', "check"),
    ("\u{30c}", '\u{30c}', "check"),
    ("´", '\u{301}', "acute"),
    ("\u{301}", '\u{301}', "acute"),
    ("`", '\u{300}', "grave"),
    ("\u{300}", '\u{300}', "grave"),
    ("˘", '\u{306}', "breve"),
    ("\u{306}", '\u{306}', "breve"),
    ("˚", '\u{30a}', "ring"),
    ("\u{30a}", '\u{30a}', "ring"),
];
/// Lines under a base.
const UNDERLINES: &str = "_\u{332}\u{331}‗";
/// Most letters that take an accent each.
const LETTERS: usize = 4;

/// Returns letters without the alphabets that fonts of terminals and searches do not know.
pub(super) fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let is_selector = |character: &char| matches!(character, '\u{fe00}'..='\u{fe0f}');
    text.chars()
        .filter(|character| !is_selector(character))
        .flat_map(folded)
        .collect()
}

/// Folds one letter.
fn folded(character: char) -> Vec<char> {
    let code = u32::from(character);
    let code = match code {
        // Bold script and bold Fraktur as script and Fraktur.
        0x1d4d0..=0x1d503 => code - 0x34,
        0x1d56c..=0x1d59f => code - 0x68,
        // Script, Fraktur, blackboard bold.
        0x1d49c..=0x1d4cf | 0x1d504..=0x1d56b | 0x1d7d8..=0x1d7e1 => code,
        0x1d400..=0x1d7ff => return std::iter::once(character).nfkc().collect(),
        0x3a9 | 0x2126 => 0x3a9,
        _ => return vec![character],
    };
    let exception = EXCEPTIONS.iter().find(|(place, _)| *place == code);
    let letter = exception.map_or_else(|| char::from_u32(code), |(_, letter)| Some(*letter));
    vec![letter.unwrap_or(character)]
}

/// Returns the combining character of an accent that stands over or under a base.
pub(super) fn combining(accent: &str, is_under: bool) -> Option<char> {
    if is_under && accent.chars().all(|sign| UNDERLINES.contains(sign)) && !accent.is_empty() {
        return Some('\u{331}');
    }
    let known = ACCENTS.iter().find(|(sign, ..)| *sign == accent);
    known.map(|(_, mark, _)| *mark)
}

/// Returns the name of an accent.
pub(super) fn accent_name(accent: &str) -> Option<&'static str> {
    let known = ACCENTS.iter().find(|(sign, ..)| *sign == accent);
    known.map(|(.., name)| *name)
}

/// Puts an accent on each letter of a text that has few and nothing else but scripts.
pub(super) fn accented(text: &str, mark: char) -> Option<String> {
    let is_letter = |character: &char| character.is_alphanumeric() && !is_scripted(*character);
    let letters = text.chars().filter(is_letter).count();
    let others = text.chars().filter(|character| {
        !is_letter(character) && !is_scripted(*character) && !is_mark(*character)
    });
    if !(1..=LETTERS).contains(&letters) || others.count() > 0 {
        // A single sign, such as ∇, takes an accent too.
        let mut signs = text.chars();
        let (sign, None) = (signs.next()?, signs.next()) else {
            return None;
        };
        return Some([sign, mark].into_iter().nfc().collect());
    }
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        out.push(character);
        if is_letter(&character) {
            while let Some(inner) = characters.next_if(|next| is_mark(*next)) {
                out.push(inner);
            }
            out.push(mark);
        }
    }
    Some(out.nfc().collect())
}

/// Whether a character combines with the one before it.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}')
}
