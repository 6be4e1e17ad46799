//! Superscripts, subscripts and fractions.

/// Characters with a superscript, each followed by it.
const SUPERSCRIPTS: &str = "0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺-⁻−⁻=⁼(⁽)⁾aᵃbᵇcᶜdᵈeᵉfᶠgᵍhʰiⁱjʲkᵏlˡmᵐnⁿoᵒpᵖrʳsˢtᵗuᵘvᵛwʷxˣyʸzᶻ\
AᴬBᴮDᴰEᴱGᴳHᴴIᴵJᴶKᴷLᴸMᴹNᴺOᴼPᴾRᴿTᵀUᵁVⱽWᵂαᵅβᵝγᵞδᵟθᶿχᵡεᵋφᵠ∗*⋆*⊤ᵀ∘°/ᐟ";
/// Characters with a subscript, each followed by it.
const SUBSCRIPTS: &str =
    "0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉+₊-₋−₋=₌(₍)₎aₐeₑhₕiᵢjⱼkₖlₗmₘnₙoₒpₚrᵣsₛtₜuᵤvᵥxₓβᵦγᵧρᵨφᵩχᵪ";
/// Characters that are raised by themselves.
const RAISED: &str = "′″‴⁗‵*†‡°";

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

/// Writes a script in Unicode; `None` if a character has no form for it.
pub(crate) fn script(mark: char, text: &str) -> Option<String> {
    let table = if mark == '^' {
        SUPERSCRIPTS
    } else {
        SUBSCRIPTS
    };
    text.chars()
        .filter(|character| *character != ' ')
        .map(|character| {
            if mark == '^' && RAISED.contains(character) {
                Some(character)
            } else {
                mapped(table, character)
            }
        })
        .collect()
}

/// Writes a script that has no form in Unicode, as in `K_X`, `e^(−t/τ)` and `M_{g,n}`.
pub(super) fn marked(mark: char, text: &str) -> String {
    if text.chars().count() == 1 || (mark == '^' && is_one_group(text)) {
        format!("{mark}{text}")
    } else if mark == '^' {
        format!("^({text})")
    } else {
        format!("_{{{text}}}")
    }
}

/// Whether a character is raised or lowered.
pub(super) fn is_scripted(character: char) -> bool {
    let is_result = |table: &str| table.chars().skip(1).step_by(2).any(|one| one == character);
    RAISED.contains(character)
        || (!character.is_ascii() && (is_result(SUPERSCRIPTS) || is_result(SUBSCRIPTS)))
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
    let mut characters = text.chars();
    let is_letter = characters.next().is_some_and(char::is_alphabetic)
        && characters.all(|character| is_scripted(character) || is_mark(character));
    let is_one = text.chars().count() == 1
        || is_letter
        || text.chars().all(|character| character.is_ascii_digit())
        || text.chars().all(char::is_alphabetic)
        || is_one_group(text);
    if is_one {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

/// Whether the parenthesis that a text begins with is closed at its end only.
fn is_one_group(text: &str) -> bool {
    let Some(inside) = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return false;
    };
    let mut depth = 0_usize;
    for character in inside.chars() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}')
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
