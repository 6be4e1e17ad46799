//! Reads the converter's MathML into a tree, leaving out what is not allowed.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::prepare::UNKNOWN_HERE;

use super::{Attribute, Element, MAX_LENGTH, Node, UNKNOWN, Value};

/// Deepest nesting of elements that is read.
const MAX_DEPTH: usize = 256;
/// Most elements in one formula.
const MAX_ELEMENTS: usize = 20_000;
/// Width that an arrow with words on it has at least, in thousandths of an em of those words.
const LEAST_ARROW: i32 = 2_000;
/// Names of attributes whose value is `true` or `false`.
const FLAGS: [&str; 8] = [
    "accent",
    "accentunder",
    "displaystyle",
    "fence",
    "largeop",
    "movablelimits",
    "stretchy",
    "symmetric",
];
/// Names of attributes whose value is a length.
const LENGTHS: [&str; 8] = [
    "depth",
    "height",
    "linethickness",
    "lspace",
    "maxsize",
    "minsize",
    "rspace",
    "width",
];
/// Attributes whose value is one of a few words.
const WORDS: [(&str, &[&str]); 3] = [
    ("form", &["infix", "postfix", "prefix"]),
    ("mathvariant", &["normal"]),
    (
        "notation",
        &[
            "updiagonalstrike",
            "downdiagonalstrike",
            "updiagonalstrike downdiagonalstrike",
            "horizontalstrike",
        ],
    ),
];
/// Units of lengths.
const UNITS: [&str; 4] = ["rem", "em", "ex", "%"];
/// Elements of HTML inside words, and the class of their words.
const STYLES: [(&str, Option<&str>); 8] = [
    ("b", Some("tex-bold")),
    ("i", Some("tex-italic")),
    ("em", Some("tex-italic")),
    ("code", Some("tex-code")),
    ("span", None),
    ("s", None),
    ("u", None),
    ("a", None),
];

/// Why a converter's output was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// It is no well-formed XML.
    Malformed,
    /// It holds an element that is not allowed, or one where it must not be.
    Element,
    /// It is nested too deep or holds too many elements.
    Size,
}

/// Reads a `<math>` element; returns what is in it as a row.
pub(crate) fn read(mathml: &str) -> Result<Node, ReadError> {
    let mut reader = Reader::from_str(mathml);
    let mut builder = Builder::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => builder.open(&start)?,
            Ok(Event::Empty(start)) => {
                builder.open(&start)?;
                builder.close()?;
            }
            Ok(Event::End(_)) => builder.close()?,
            Ok(Event::Text(text)) => {
                builder.text(text.as_ref())?;
            }
            Ok(Event::GeneralRef(reference)) => {
                let character = resolved(&reference).ok_or(ReadError::Malformed)?;
                builder.text(character.encode_utf8(&mut [0; 4]))?;
            }
            Ok(Event::Eof) => break,
            Ok(_) | Err(_) => return Err(ReadError::Malformed),
        }
    }
    builder.root.ok_or(ReadError::Malformed)
}

/// Elements that are open, and the finished root.
#[derive(Debug, Default)]
struct Builder {
    open: Vec<Node>,
    root: Option<Node>,
    /// Open elements of HTML inside the words of the innermost element.
    styles: usize,
    elements: usize,
    /// Whether the next words are the name of a command that the converter does not know.
    is_unknown: bool,
}

impl Builder {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), ReadError> {
        self.elements += 1;
        if self.open.len() >= MAX_DEPTH || self.elements > MAX_ELEMENTS || self.styles > MAX_DEPTH {
            return Err(ReadError::Size);
        }
        let name = start.name();
        if self.open.is_empty() {
            if name.as_ref() != "math" || self.root.is_some() {
                return Err(ReadError::Element);
            }
            self.open.push(Node::new(Element::Row));
            return Ok(());
        }
        let parent = self.open.last_mut().ok_or(ReadError::Element)?;
        if parent.element.is_token() {
            let style = STYLES.iter().find(|(style, _)| *style == name.as_ref());
            let (_, class) = style.ok_or(ReadError::Element)?;
            if parent.element != Element::Text {
                return Err(ReadError::Element);
            }
            if let Some(class) = class.filter(|_| parent.attributes.is_empty()) {
                parent.attributes.push(Attribute {
                    name: "class",
                    value: Value::Word(class),
                });
            }
            self.styles += 1;
            return Ok(());
        }
        if name.as_ref() == "merror" {
            // The converter's mark around the name of a command that it does not know.
            self.is_unknown = true;
            self.open.push(Node::new(Element::Row));
            return Ok(());
        }
        let element = Element::named(name.as_ref()).ok_or(ReadError::Element)?;
        let mut node = Node::new(element);
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_cause| ReadError::Malformed)?;
            node.attributes
                .extend(known(attribute.key.as_ref(), &attribute.value));
        }
        if element == Element::Text && std::mem::take(&mut self.is_unknown) {
            node.attributes = vec![Attribute {
                name: "class",
                value: Value::Word(UNKNOWN),
            }];
        }
        self.open.push(node);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        if self.styles > 0 {
            self.styles -= 1;
            return Ok(());
        }
        let node = self.open.pop().ok_or(ReadError::Malformed)?;
        let is_whole = match node.element.children() {
            Some(number) => node.children.len() == number,
            None => node.element != Element::MultiScripts || !node.children.is_empty(),
        };
        if !is_whole {
            return Err(ReadError::Element);
        }
        let node = improved(node);
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        match self.open.last_mut() {
            Some(node) if node.element.is_token() => {
                let name = text
                    .strip_prefix('\\')
                    .and_then(|name| name.strip_prefix(UNKNOWN_HERE));
                if let Some(name) = name {
                    node.text.push('\\');
                    node.text.push_str(name);
                    return Ok(());
                }
                node.text
                    .extend(text.chars().filter(|character| !is_unseen(*character)));
                Ok(())
            }
            _ if text.trim().is_empty() => Ok(()),
            _ => Err(ReadError::Element),
        }
    }
}

/// Lets a tilde grow over a base of several letters, draws a line over a base with the character
/// for that, and keeps the room under an arrow small.
fn improved(mut node: Node) -> Node {
    let is_over = node.element == Element::Over;
    if let [base, other] = node.children.as_mut_slice()
        && matches!(node.element, Element::Over | Element::Under)
    {
        let is_long = base.children.len() > 1 || base.text.chars().nth(1).is_some();
        match other.text.as_str() {
            "\u{332}" if !is_over => "_".clone_into(&mut other.text),
            "\u{332}" if is_over => "\u{203e}".clone_into(&mut other.text),
            "~" | "\u{2dc}" if is_over && is_long => {
                "\u{2dc}".clone_into(&mut other.text);
                other.attributes = vec![Attribute {
                    name: "stretchy",
                    value: Value::Flag(true),
                }];
            }
            _ if other.element == Element::Space => {
                other.attributes = vec![Attribute {
                    name: "width",
                    value: Value::Length(LEAST_ARROW, "em"),
                }];
            }
            _ => {}
        }
    }
    node
}

/// Whether a character must not get into a page: one that XML forbids, or one that changes the
/// direction of what follows.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
                | '\u{fffe}' | '\u{ffff}'
        )
}

/// Returns the character of `&lt;`, `&#39;` and such.
fn resolved(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match reference.as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// Returns an attribute if name and value are known.
fn known(name: &str, value: &str) -> Option<Attribute> {
    if name == "style" {
        return alignment(value);
    }
    if name == "scriptlevel" {
        let value = Value::Level(value.parse().ok().filter(|level| *level < 10)?);
        return Some(Attribute {
            name: "scriptlevel",
            value,
        });
    }
    if let Some(name) = FLAGS.into_iter().find(|flag| *flag == name) {
        let value = Value::Flag(match value {
            "true" => true,
            "false" => false,
            _ => return None,
        });
        return Some(Attribute { name, value });
    }
    if let Some(name) = LENGTHS.into_iter().find(|length| *length == name) {
        let value = length(value)?;
        return Some(Attribute { name, value });
    }
    let (name, words) = WORDS.into_iter().find(|(known, _)| *known == name)?;
    let word = words.iter().find(|word| **word == value)?;
    Some(Attribute {
        name,
        value: Value::Word(word),
    })
}

/// Turns the alignment that a cell has as a style into a class.
fn alignment(style: &str) -> Option<Attribute> {
    let class = if style.contains("text-align: left") {
        "tex-left"
    } else if style.contains("text-align: right") {
        "tex-right"
    } else {
        return None;
    };
    Some(Attribute {
        name: "class",
        value: Value::Word(class),
    })
}

/// Reads a length and bounds it; one without unit can only be zero.
fn length(text: &str) -> Option<Value> {
    let unit = UNITS.into_iter().find(|unit| text.ends_with(unit));
    let number: f64 = text.strip_suffix(unit.unwrap_or(""))?.parse().ok()?;
    if !number.is_finite() || (unit.is_none() && number.abs() > 0.0) {
        return None;
    }
    let limit = f64::from(MAX_LENGTH);
    let scale = if unit == Some("%") { 10.0 } else { 1_000.0 };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to a few thousands"
    )]
    let thousandths = (number * scale).round().clamp(-limit, limit) as i32;
    Some(Value::Length(thousandths, unit.unwrap_or("")))
}
