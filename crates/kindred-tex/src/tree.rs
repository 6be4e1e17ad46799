//! A formula as a tree of MathML elements.
//!
//! Only what is listed here can be in a tree: elements and names of attributes are closed lists,
//! values of attributes are flags, known words or bounded lengths. What is written from a tree can
//! therefore hold no link, style, script or handler, whatever the converter made of the TeX.

mod read;
mod write;

pub(crate) use self::read::{ReadError, read};
pub(crate) use self::write::write;

/// Elements of MathML that formulas are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// A row of what it holds, without layout of its own.
    Row,
    /// An identifier.
    Identifier,
    /// A number.
    Number,
    /// An operator, relation, fence or separator.
    Operator,
    /// Words.
    Text,
    /// Empty space.
    Space,
    /// Base and subscript.
    Sub,
    /// Base and superscript.
    Sup,
    /// Base, subscript and superscript.
    SubSup,
    /// Base and what is below it.
    Under,
    /// Base and what is above it.
    Over,
    /// Base, what is below and what is above it.
    UnderOver,
    /// Base and scripts on both sides.
    MultiScripts,
    /// Mark between scripts behind and before the base.
    PreScripts,
    /// Numerator and denominator.
    Fraction,
    /// A square root.
    Sqrt,
    /// Radicand and degree.
    Root,
    /// A row with its size changed.
    Padded,
    /// Room for what is not shown.
    Phantom,
    /// A table.
    Table,
    /// A row of a table.
    TableRow,
    /// A cell of a table.
    Cell,
    /// Something struck out.
    Enclose,
}

/// Elements and their names.
const ELEMENTS: [(Element, &str); 23] = [
    (Element::Row, "mrow"),
    (Element::Identifier, "mi"),
    (Element::Number, "mn"),
    (Element::Operator, "mo"),
    (Element::Text, "mtext"),
    (Element::Space, "mspace"),
    (Element::Sub, "msub"),
    (Element::Sup, "msup"),
    (Element::SubSup, "msubsup"),
    (Element::Under, "munder"),
    (Element::Over, "mover"),
    (Element::UnderOver, "munderover"),
    (Element::MultiScripts, "mmultiscripts"),
    (Element::PreScripts, "mprescripts"),
    (Element::Fraction, "mfrac"),
    (Element::Sqrt, "msqrt"),
    (Element::Root, "mroot"),
    (Element::Padded, "mpadded"),
    (Element::Phantom, "mphantom"),
    (Element::Table, "mtable"),
    (Element::TableRow, "mtr"),
    (Element::Cell, "mtd"),
    (Element::Enclose, "menclose"),
];

impl Element {
    /// Returns the element of a name; `None` if it is not allowed.
    fn named(name: &str) -> Option<Self> {
        let known = ELEMENTS.iter().find(|(_, known)| *known == name);
        known.map(|(element, _)| *element)
    }

    /// Returns the name in MathML.
    fn name(self) -> &'static str {
        let known = ELEMENTS.iter().find(|(element, _)| *element == self);
        known.map_or("mrow", |(_, name)| name)
    }

    /// Whether the element holds text, not elements.
    fn is_token(self) -> bool {
        matches!(
            self,
            Self::Identifier | Self::Number | Self::Operator | Self::Text
        )
    }

    /// Returns how many children MathML asks for; `None` if any number will do.
    fn children(self) -> Option<usize> {
        match self {
            Self::Sub | Self::Sup | Self::Under | Self::Over | Self::Fraction | Self::Root => {
                Some(2)
            }
            Self::SubSup | Self::UnderOver => Some(3),
            Self::Identifier
            | Self::Number
            | Self::Operator
            | Self::Text
            | Self::Space
            | Self::PreScripts => Some(0),
            Self::Row
            | Self::MultiScripts
            | Self::Sqrt
            | Self::Padded
            | Self::Phantom
            | Self::Table
            | Self::TableRow
            | Self::Cell
            | Self::Enclose => None,
        }
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// One of the words that the attribute is known to take.
    Word(&'static str),
    /// A length in thousandths of the unit, at most [`MAX_LENGTH`] either way.
    Length(i32, &'static str),
    /// A level of scripts, 0 to 9.
    Level(u8),
}

/// Longest length that is kept, in thousandths of its unit: a formula may not push the page about.
pub(crate) const MAX_LENGTH: i32 = 10_000;

/// Class of words that are the name of a command which is not known.
pub(crate) const UNKNOWN: &str = "tex-unknown";

/// An attribute of an element.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Attribute {
    /// One of the names that [`read`] knows.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: Value,
}

/// One element with what it holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Which element it is.
    pub(crate) element: Element,
    /// Its attributes, each at most once.
    pub(crate) attributes: Vec<Attribute>,
    /// Elements that it holds; none in a token.
    pub(crate) children: Vec<Node>,
    /// Text of a token, unescaped.
    pub(crate) text: String,
}

impl Node {
    /// Makes an empty element.
    fn new(element: Element) -> Self {
        Self {
            element,
            attributes: Vec::new(),
            children: Vec::new(),
            text: String::new(),
        }
    }

    /// Returns a length in thousandths of an em.
    pub(crate) fn length(&self, name: &str) -> Option<i32> {
        self.attributes
            .iter()
            .find_map(|attribute| match attribute.value {
                Value::Length(length, _) if attribute.name == name => Some(length),
                Value::Flag(_) | Value::Word(_) | Value::Length(..) | Value::Level(_) => None,
            })
    }

    /// Appends the names of commands that are not known.
    pub(crate) fn unknown<'a>(&'a self, names: &mut Vec<&'a str>) {
        let is_unknown = |attribute: &Attribute| attribute.value == Value::Word(UNKNOWN);
        if self.attributes.iter().any(is_unknown) {
            names.push(&self.text);
        }
        for child in &self.children {
            child.unknown(names);
        }
    }

    /// Whether a flag is set.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.attributes
            .iter()
            .any(|attribute| attribute.name == name && attribute.value == Value::Flag(true))
    }
}
