//! Writes a tree as MathML.

use std::fmt::Write;

use super::{Node, Value};

/// Writes a whole `<math>` element, with the TeX it came from as an annotation.
pub(crate) fn write(tree: &Node, tex: &str, is_display: bool) -> String {
    let mut out = String::with_capacity(256);
    out.push_str("<math");
    if is_display {
        out.push_str(" display=\"block\"");
    }
    out.push_str("><semantics>");
    node(&mut out, tree);
    out.push_str("<annotation encoding=\"application/x-tex\">");
    escape(&mut out, tex);
    out.push_str("</annotation></semantics></math>");
    out
}

fn node(out: &mut String, tree: &Node) {
    let name = tree.element.name();
    out.push('<');
    out.push_str(name);
    for attribute in &tree.attributes {
        out.push(' ');
        out.push_str(attribute.name);
        out.push_str("=\"");
        value(out, attribute.value);
        out.push('"');
    }
    out.push('>');
    escape(out, &tree.text);
    for child in &tree.children {
        node(out, child);
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn value(out: &mut String, value: Value) {
    match value {
        Value::Flag(is_set) => out.push_str(if is_set { "true" } else { "false" }),
        Value::Word(word) => out.push_str(word),
        Value::Level(level) => out.push(char::from(b'0' + level.min(9))),
        Value::Length(thousandths, "%") => {
            let _written = write!(out, "{}%", thousandths / 10);
        }
        Value::Length(0, _) => out.push('0'),
        Value::Length(thousandths, unit) => {
            let sign = if thousandths < 0 { "-" } else { "" };
            let size = thousandths.unsigned_abs();
            let fraction = format!("{:03}", size % 1_000);
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            let _written = write!(out, "{sign}{}{point}{fraction}{unit}", size / 1_000);
        }
    }
}

/// Escapes what means something in XML and HTML; characters that neither may hold are dropped.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
}
