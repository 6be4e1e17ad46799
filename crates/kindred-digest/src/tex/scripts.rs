//! Superscripts, subscripts, fractions, and letters of mathematical alphabets.

/// Characters with a superscript, each followed by it.
const SUPERSCRIPTS: &str = "0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺−⁻=⁼(⁽)⁾aᵃbᵇcᶜdᵈeᵉfᶠgᵍhʰiⁱjʲkᵏlˡmᵐnⁿoᵒpᵖrʳsˢtᵗuᵘvᵛwʷxˣyʸzᶻ\
AᴬBᴮDᴰEᴱGᴳHᴴIᴵJᴶKᴷLᴸMᴹNᴺOᴼPᴾRᴿTᵀUᵁVⱽWᵂαᵅβᵝγᵞδᵟθᶿχᵡ∗*⋆*⊤ᵀ∘°";
/// Characters with a subscript, each followed by it.
const SUBSCRIPTS: &str =
    "0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉+₊−₋=₌(₍)₎aₐeₑhₕiᵢjⱼkₖlₗmₘnₙoₒpₚrᵣsₛtₜuᵤvᵥxₓβᵦγᵧρᵨφᵩχᵪ";
/// Characters that are raised by themselves.
const RAISED: &str = "′″*†‡°";

/// Fractions of one character.
const FRACTIONS: [(&str, &str, &str); 18] = [
    ("1", "2", "½"),
    ("1", "3", "⅓"),
    ("2", "3", "⅔"),
    ("1", "4", "¼"),
    ("3", "4", "¾"),
    ("1", "5", "⅕"),
    ("2", "5", "⅖"),
    ("3", "5", "⅗"),
    ("4", "5", "⅘"),
    ("1", "6", "⅙"),
    ("5", "6", "⅚"),
    ("1", "7", "⅐"),
    ("1", "8", "⅛"),
    ("3", "8", "⅜"),
    ("5", "8", "⅝"),
    ("7", "8", "⅞"),
    ("1", "9", "⅑"),
    ("1", "10", "⅒"),
];

/// Letters that Unicode put elsewhere than in their alphabet's row.
const EXCEPTIONS: [(Alphabet, &str); 3] = [
    (Alphabet::Blackboard, "CℂHℍNℕPℙQℚRℝZℤ"),
    (Alphabet::Script, "BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ"),
    (Alphabet::Fraktur, "CℭHℌIℑRℜZℨ"),
];

/// Alphabets whose letters mean something of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// `\mathbb`.
    Blackboard,
    /// `\mathcal` and `\mathscr`.
    Script,
    /// `\mathfrak`.
    Fraktur,
}

impl Alphabet {
    /// Returns the alphabet of a command.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "mathbb" | "Bbb" | "mathds" | "mathbbm" => Some(Self::Blackboard),
            "mathcal" | "mathscr" | "cal" | "scr" => Some(Self::Script),
            "mathfrak" | "frak" => Some(Self::Fraktur),
            _ => None,
        }
    }

    /// Converts every letter; digits too in blackboard bold.
    pub(super) fn write(self, text: &str) -> String {
        text.chars()
            .map(|character| self.letter(character).unwrap_or(character))
            .collect()
    }

    fn letter(self, character: char) -> Option<char> {
        let exceptions = EXCEPTIONS.iter().find(|(alphabet, _)| *alphabet == self)?.1;
        if let Some(exception) = mapped(exceptions, character) {
            return Some(exception);
        }
        let (upper, lower) = match self {
            Self::Blackboard => (0x1d538, 0x1d552),
            Self::Script => (0x1d49c, 0x1d4b6),
            Self::Fraktur => (0x1d504, 0x1d51e),
        };
        let code = u32::from(character);
        let converted = match character {
            'A'..='Z' => upper + code - u32::from('A'),
            'a'..='z' => lower + code - u32::from('a'),
            '0'..='9' if self == Self::Blackboard => 0x1d7d8 + code - u32::from('0'),
            _ => return None,
        };
        char::from_u32(converted)
    }
}

/// Writes a script: in Unicode if every character has its form, else as TeX does.
pub(super) fn script(mark: char, text: &str) -> String {
    in_unicode(mark, text).unwrap_or_else(|| {
        if text.chars().count() == 1 {
            format!("{mark}{text}")
        } else {
            format!("{mark}{{{text}}}")
        }
    })
}

/// Writes a script in Unicode; `None` if a character has no form for it.
pub(super) fn in_unicode(mark: char, text: &str) -> Option<String> {
    let table = if mark == '^' {
        SUPERSCRIPTS
    } else {
        SUBSCRIPTS
    };
    text.chars()
        .filter(|character| *character != ' ')
        .map(|character| {
            let is_raised = mark == '^' && RAISED.contains(character);
            if is_raised {
                Some(character)
            } else {
                mapped(table, character)
            }
        })
        .collect()
}

/// Writes a fraction on one line.
pub(super) fn fraction(above: &str, below: &str) -> String {
    if let Some((_, _, one)) = FRACTIONS
        .iter()
        .find(|(numerator, denominator, _)| *numerator == above && *denominator == below)
    {
        return (*one).to_owned();
    }
    format!("{}/{}", enclosed(above), enclosed(below))
}

/// Puts parentheses around what an operator on one side would tear apart.
pub(super) fn enclosed(text: &str) -> String {
    let is_one = text.chars().count() == 1
        || text.chars().all(|character| character.is_ascii_digit())
        || text.chars().all(char::is_alphabetic);
    if is_one {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

/// Looks a character up in a table of pairs.
fn mapped(table: &str, character: char) -> Option<char> {
    let mut characters = table.chars();
    while let (Some(from), Some(to)) = (characters.next(), characters.next()) {
        if from == character {
            return Some(to);
        }
    }
    None
}
