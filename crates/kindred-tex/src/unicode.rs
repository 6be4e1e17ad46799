//! Writes a formula on one line of Unicode.
//!
//! Spaces follow the rules of TeX (Knuth 1984, appendix G and chapter 18) with one width: around
//! relations and binary operators, behind separators, beside the names of functions; none in
//! scripts. What was italic, bold, upright, sans serif or typewriter becomes plain letters, which
//! fonts of terminals have and searches find; script, Fraktur and blackboard bold stay.

mod atoms;
mod letters;
mod scripts;

use self::atoms::{Atom, Class, joined};
use self::letters::plain;
pub(crate) use self::scripts::script;
use self::scripts::{enclosed, fraction};
use crate::tree::{Element, Node};

/// A formula on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The line, without space at either end.
    pub(crate) text: String,
    /// Whether every script and accent has a form in Unicode.
    pub(crate) is_complete: bool,
}

/// Writes a tree.
pub(crate) fn line(tree: &Node) -> Line {
    let mut writer = Writer {
        is_complete: true,
        is_tight: false,
    };
    let text = writer.row(std::slice::from_ref(tree));
    Line {
        text: text.trim().to_owned(),
        is_complete: writer.is_complete,
    }
}

/// Looks a name up in a table of names, each followed by what it stands for.
pub(crate) fn found(table: &'static str, name: &str) -> Option<&'static str> {
    let mut words = table.split_whitespace();
    while let (Some(command), Some(value)) = (words.next(), words.next()) {
        if command == name {
            return Some(value);
        }
    }
    None
}

#[derive(Debug)]
struct Writer {
    is_complete: bool,
    /// Whether no spaces are set, as in scripts and fractions.
    is_tight: bool,
}

impl Writer {
    /// Writes elements beside each other.
    fn row(&mut self, nodes: &[Node]) -> String {
        let mut atoms = Vec::with_capacity(nodes.len());
        for node in nodes {
            self.node(node, &mut atoms);
        }
        atoms::merge_dots(&mut atoms);
        joined(&atoms, self.is_tight)
    }

    /// Writes one element as a text of its own.
    fn text(&mut self, node: &Node) -> String {
        self.row(std::slice::from_ref(node)).trim().to_owned()
    }

    /// Writes a script, or a part of a fraction, without spaces.
    fn tight(&mut self, node: &Node) -> String {
        let before = std::mem::replace(&mut self.is_tight, true);
        let text = self.text(node);
        self.is_tight = before;
        text
    }

    /// Appends what an element consists of.
    fn node(&mut self, node: &Node, atoms: &mut Vec<Atom>) {
        let [first, second, third] = [0, 1, 2].map(|place| node.children.get(place));
        match (node.element, first, second) {
            (Element::Row | Element::Padded | Element::Enclose | Element::Cell, _, _) => {
                for child in &node.children {
                    self.node(child, atoms);
                }
            }
            (Element::Identifier, _, _) => atoms.push(Atom::identifier(plain(&node.text))),
            (Element::Number, _, _) => atoms.push(Atom::new(plain(&node.text), Class::Number)),
            (Element::Operator, _, _) => atoms.extend(Atom::operator(node)),
            (Element::Text, _, _) => {
                let words = node.text.replace('\u{a0}', " ");
                atoms.push(Atom::new(words, Class::Text));
            }
            (Element::Space, _, _) if node.length("width").is_some_and(|width| width > 100) => {
                atoms.push(Atom::new(" ".to_owned(), Class::Text));
            }
            (Element::Sub | Element::Under, Some(base), Some(below)) => {
                if node.is_set("accentunder") {
                    self.accent(base, below, true, atoms);
                } else {
                    self.scripts(base, Some(below), None, atoms);
                }
            }
            (Element::Sup | Element::Over, Some(base), Some(above)) => {
                if node.is_set("accent") {
                    self.accent(base, above, false, atoms);
                } else {
                    self.scripts(base, None, Some(above), atoms);
                }
            }
            (Element::SubSup | Element::UnderOver, Some(base), Some(below)) => {
                self.scripts(base, Some(below), third, atoms);
            }
            (Element::MultiScripts, Some(base), _) => self.multiscripts(base, node, atoms),
            (Element::Fraction, Some(above), Some(below)) => {
                atoms.push(self.fraction(node, above, below));
            }
            (Element::Sqrt, _, _) => {
                let inside = self.row(&node.children);
                let text = format!("√{}", enclosed(inside.trim()));
                atoms.push(Atom::new(text, Class::Ordinary));
            }
            (Element::Root, Some(inside), Some(degree)) => {
                atoms.push(self.root(inside, degree));
            }
            (Element::Table, _, _) => self.table(node, atoms),
            _ => {}
        }
    }

    /// Appends a base with its scripts.
    fn scripts(
        &mut self,
        base: &Node,
        below: Option<&Node>,
        above: Option<&Node>,
        atoms: &mut Vec<Atom>,
    ) {
        let mut bases = Vec::new();
        self.node(base, &mut bases);
        let mut last = match bases.len() {
            0 => Atom::new(String::new(), Class::Ordinary),
            1 => bases.remove(0),
            _ if base.element == Element::Row
                && bases.iter().any(|atom| atom.class != Class::Function) =>
            {
                let text = enclosed(joined(&bases, self.is_tight).trim());
                Atom::new(text, Class::Ordinary)
            }
            _ => Atom::new(joined(&bases, self.is_tight), Class::Ordinary),
        };
        for (mark, node) in [('_', below), ('^', above)] {
            let Some(node) = node else { continue };
            let text = self.tight(node);
            if text.is_empty() {
                continue;
            }
            let written = script(mark, &text);
            self.is_complete &= written.is_some();
            let written = written.unwrap_or_else(|| scripts::marked(mark, &text));
            last.text.push_str(&written);
        }
        atoms.push(last);
    }

    /// Appends scripts on both sides of a base: behind it, then before it, in pairs of a lower and
    /// an upper one.
    fn multiscripts(&mut self, base: &Node, node: &Node, atoms: &mut Vec<Atom>) {
        let mut sides = [String::new(), String::new()];
        let mut side = 0;
        let mut mark = '_';
        for child in node.children.iter().skip(1) {
            if child.element == Element::PreScripts {
                (side, mark) = (1, '_');
                continue;
            }
            let text = self.tight(child);
            if !text.is_empty() {
                let written = script(mark, &text);
                self.is_complete &= written.is_some();
                sides[side].push_str(&written.unwrap_or_else(|| scripts::marked(mark, &text)));
            }
            mark = if mark == '_' { '^' } else { '_' };
        }
        let [behind, before] = sides;
        let text = format!("{before}{}{behind}", self.text(base));
        atoms.push(Atom::new(text, Class::Ordinary));
    }

    /// Writes a fraction; one without a line is a pair.
    fn fraction(&mut self, node: &Node, above: &Node, below: &Node) -> Atom {
        let (above, below) = (self.tight(above), self.tight(below));
        let text = if node.length("linethickness") == Some(0) {
            format!("{above} choose {below}")
        } else {
            fraction(&above, &below)
        };
        Atom::new(text, Class::Ordinary)
    }

    fn root(&mut self, inside: &Node, degree: &Node) -> Atom {
        let degree = self.tight(degree);
        let sign = match degree.as_str() {
            "" | "2" => "√".to_owned(),
            "3" => "∛".to_owned(),
            "4" => "∜".to_owned(),
            _ => {
                let written = script('^', &degree);
                self.is_complete &= written.is_some();
                format!("{}√", written.unwrap_or_else(|| format!("({degree})")))
            }
        };
        let text = format!("{sign}{}", enclosed(&self.text(inside)));
        Atom::new(text, Class::Ordinary)
    }

    /// Writes a table in one line: columns apart by commas, rows by semicolons.
    fn table(&mut self, node: &Node, atoms: &mut Vec<Atom>) {
        let rows: Vec<String> = node
            .children
            .iter()
            .map(|row| {
                let cells = row.children.iter().map(|cell| self.text(cell));
                cells
                    .filter(|cell| !cell.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            })
            .filter(|row| !row.is_empty())
            .collect();
        atoms.push(Atom::new(rows.join("; "), Class::Ordinary));
    }

    /// Appends a base with an accent over or under each of its letters.
    fn accent(&mut self, base: &Node, accent: &Node, is_under: bool, atoms: &mut Vec<Atom>) {
        let mut bases = Vec::new();
        self.node(base, &mut bases);
        let text = joined(&bases, self.is_tight).trim().to_owned();
        let mark = letters::combining(&accent.text, is_under);
        let written = mark.and_then(|mark| letters::accented(&text, mark));
        self.is_complete &= written.is_some() || mark.is_none();
        let text = written.unwrap_or_else(|| match letters::accent_name(&accent.text) {
            Some(name) if !text.is_empty() => format!("{name}({text})"),
            // A brace holds together what has a note above or below it.
            _ => enclosed(&text),
        });
        let class = match bases.as_slice() {
            [one] => one.class,
            _ => Class::Ordinary,
        };
        atoms.push(Atom::new(text, class));
    }
}
