//! Parts of a line and the spaces between them.

use super::letters::plain;
use crate::tree::Node;

/// How a part stands among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A letter or what behaves like one.
    Ordinary,
    /// A number.
    Number,
    /// The name of a function, or a large operator.
    Function,
    /// Between two terms.
    Binary,
    /// Between two sides.
    Relation,
    /// An opening fence.
    Open,
    /// A closing fence.
    Close,
    /// A separator.
    Punctuation,
    /// A colon, which relates two sides or follows a name.
    Colon,
    /// Dots.
    Inner,
    /// Words and spaces, which bring their own spaces.
    Text,
}

/// One part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) text: String,
    pub(super) class: Class,
}

/// Relations that are not arrows and not in the blocks that are taken for relations.
const RELATIONS: &str = "=<>∈∉∋∌∝∣∤∥∦∷∺⊂⊃⊄⊅⊆⊇⊈⊉⊊⊋⊏⊐⊑⊒⊢⊣⊨⊩⊪⊫⊬⊭⊮⊯⊰⊱⊲⊳⊴⊵⋈⋐⋑⋔⟂⩽⩾⪅⪆⪇⪈⪉⪊⪋⪌⪍⪎⪕⪖⪝⪞⪯⪰⪷⪸≔≕⩴\
⫅⫆⫋⫌⌢⌣";
/// Binary operators.
const BINARY: &str = "+−±∓×÷∗∘∙·⋅⊕⊖⊗⊘⊙⊚⊛⊝⊞⊟⊠⊡∧∨∩∪⊓⊔⊎∖≀⋄⋆⋇⋉⋊⋎⋏⋒⋓∔⨿†‡⊺⊻⊼⋋⋌△▽⧺⨯";
/// Large operators.
const LARGE: &str = "∑∏∐∫∬∭∮∯∰⨌⋂⋃⋀⋁⨀⨁⨂⨄⨆⨅⨉";

impl Atom {
    pub(super) fn new(text: String, class: Class) -> Self {
        Self { text, class }
    }

    /// Makes an identifier; a name of several letters is no function, since those are operators.
    pub(super) fn identifier(text: String) -> Self {
        let class = match text.as_str() {
            ":" => Class::Colon,
            "…" | "⋯" => Class::Inner,
            _ => Class::Ordinary,
        };
        Self::new(text, class)
    }

    /// Makes an operator; `None` for those that cannot be seen.
    pub(super) fn operator(node: &Node) -> Option<Self> {
        let text = plain(&node.text);
        let mut characters = text.chars();
        let first = characters.next()?;
        if matches!(first, '\u{2061}'..='\u{2064}') {
            return None;
        }
        let is_word = characters.next().is_some() && first.is_alphabetic();
        let class = if is_word {
            Class::Function
        } else {
            spaced(node, first).unwrap_or_else(|| class_of(first))
        };
        let text = match text.as_str() {
            "∣" => "|".to_owned(),
            "⋅" => "·".to_owned(),
            _ => text,
        };
        Some(Self::new(text, class))
    }
}

/// Returns the class that explicit space on both sides gives an operator.
fn spaced(node: &Node, first: char) -> Option<Class> {
    let (left, right) = (node.length("lspace")?, node.length("rspace")?);
    match (left, right) {
        _ if first == ':' => Some(Class::Colon),
        (270.., 270..) => Some(Class::Relation),
        (200.., 200..) => Some(Class::Binary),
        (0, 0) if "|/∥‖!".contains(first) => Some(Class::Ordinary),
        _ => None,
    }
}

/// Returns the class of an operator.
fn class_of(character: char) -> Class {
    match character {
        ',' | ';' => Class::Punctuation,
        ':' => Class::Colon,
        '(' | '[' | '{' | '⌊' | '⌈' | '⟨' | '⟦' | '⟪' | '⌜' | '⌞' | '⦇' => {
            Class::Open
        }
        ')' | ']' | '}' | '⌋' | '⌉' | '⟩' | '⟧' | '⟫' | '⌝' | '⌟' | '⦈' => {
            Class::Close
        }
        '…' | '⋯' | '⋱' => Class::Inner,
        '≀' => Class::Binary,
        '\u{2190}'..='\u{21ff}'
        | '\u{223c}'..='\u{228b}'
        | '\u{22d0}'..='\u{22ed}'
        | '\u{27f0}'..='\u{27ff}'
        | '\u{2900}'..='\u{297f}'
        | '\u{2a6c}'..='\u{2ae8}'
            if !BINARY.contains(character) =>
        {
            Class::Relation
        }
        _ if RELATIONS.contains(character) => Class::Relation,
        _ if BINARY.contains(character) => Class::Binary,
        _ if LARGE.contains(character) => Class::Function,
        _ => Class::Ordinary,
    }
}

/// Makes one part of three dots.
pub(super) fn merge_dots(atoms: &mut Vec<Atom>) {
    for (dot, dots) in [(".", "…"), ("·", "⋯"), ("⋅", "⋯")] {
        let mut place = 0;
        while place + 3 <= atoms.len() {
            if atoms[place..place + 3].iter().all(|atom| atom.text == dot) {
                let merged = Atom::new(dots.to_owned(), Class::Inner);
                atoms.splice(place..place + 3, [merged]);
            }
            place += 1;
        }
    }
}

/// Joins parts; without spaces if `is_tight`, but for those between words.
pub(super) fn joined(atoms: &[Atom], is_tight: bool) -> String {
    let classes = settled(atoms);
    let mut out = String::with_capacity(atoms.len() * 2);
    for (place, atom) in atoms.iter().enumerate() {
        if place > 0 && needs_space(atoms, &classes, place, is_tight) && !out.ends_with(' ') {
            out.push(' ');
        }
        if atom.class == Class::Text && out.ends_with(' ') {
            out.push_str(atom.text.trim_start());
        } else {
            out.push_str(&atom.text);
        }
    }
    out
}

/// Returns classes with signs that are not between two terms made ordinary.
fn settled(atoms: &[Atom]) -> Vec<Class> {
    let mut classes: Vec<Class> = atoms.iter().map(|atom| atom.class).collect();
    let is_space = |place: usize| atoms[place].text.trim().is_empty();
    let mut before = None;
    for place in 0..classes.len() {
        if is_space(place) {
            continue;
        }
        let is_bare = matches!(
            before,
            None | Some(
                Class::Function
                    | Class::Binary
                    | Class::Relation
                    | Class::Open
                    | Class::Punctuation
                    | Class::Colon
            )
        );
        let next = (place + 1..classes.len()).find(|next| !is_space(*next));
        let is_last = next.is_none_or(|next| {
            matches!(
                classes[next],
                Class::Relation | Class::Close | Class::Punctuation
            )
        });
        let class = classes[place];
        let is_sign = class == Class::Binary && (is_bare || is_last);
        // `∼ 10` and `→ 0` alone are one word.
        let is_alone = class == Class::Relation && (before.is_none() || next.is_none());
        if is_sign || is_alone {
            classes[place] = Class::Ordinary;
        }
        // What made one sign ordinary makes the next one so: `≈ ±3`.
        before = Some(class);
    }
    classes
}

/// Whether a space stands before a part.
fn needs_space(atoms: &[Atom], classes: &[Class], place: usize, is_tight: bool) -> bool {
    let (left, right) = (&atoms[place - 1], &atoms[place]);
    if left.text.is_empty() || right.text.is_empty() {
        return false;
    }
    let is_word = |atom: &Atom, is_end: bool| {
        let character = if is_end {
            atom.text.chars().next_back()
        } else {
            atom.text.chars().next()
        };
        character.is_some_and(char::is_alphanumeric)
    };
    let is_torn = !is_tight || (is_word(left, true) && is_word(right, false));
    match (classes[place - 1], classes[place]) {
        (Class::Punctuation, Class::Text) => !right.text.starts_with(' '),
        (Class::Text, _)
        | (_, Class::Text)
        | (Class::Function, Class::Open | Class::Close | Class::Punctuation) => false,
        (Class::Function, Class::Ordinary | Class::Number | Class::Function | Class::Inner)
        | (Class::Ordinary | Class::Number | Class::Close | Class::Inner, Class::Function) => {
            is_torn
        }
        _ if is_tight => false,
        (Class::Punctuation, Class::Number) => !is_grouped(atoms, place),
        (Class::Colon, Class::Number) => classes.get(place.wrapping_sub(2)) != Some(&Class::Number),
        (Class::Colon | Class::Relation, Class::Relation)
        | (Class::Relation | Class::Binary, Class::Punctuation) => false,
        (_, Class::Colon) => matches!(classes.get(place + 1), Some(Class::Relation)),
        (Class::Punctuation | Class::Colon | Class::Relation | Class::Binary, _)
        | (_, Class::Relation | Class::Binary)
        | (Class::Inner, Class::Ordinary | Class::Number | Class::Open)
        | (Class::Ordinary | Class::Number | Class::Close, Class::Inner) => true,
        _ => false,
    }
}

/// Whether a number belongs to the one before the comma: `10,000`.
fn is_grouped(atoms: &[Atom], place: usize) -> bool {
    let is_long = atoms[place].text.len() == 3;
    let before = place.checked_sub(2).and_then(|place| atoms.get(place));
    let is_fenced = place
        .checked_sub(3)
        .is_some_and(|place| atoms[place].class == Class::Open);
    is_long && !is_fenced && before.is_some_and(|atom| atom.class == Class::Number)
}
