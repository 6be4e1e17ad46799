//! A reader of MathML that shares nothing with the crate: what it accepts a page may hold.

use kindred_tex::{Piece, parse};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

const ELEMENTS: [&str; 26] = [
    "math",
    "semantics",
    "annotation",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mfrac",
    "msqrt",
    "mroot",
    "mpadded",
    "mphantom",
    "mtable",
    "mtr",
    "mtd",
    "menclose",
];
const ATTRIBUTES: [&str; 22] = [
    "accent",
    "accentunder",
    "class",
    "depth",
    "display",
    "displaystyle",
    "encoding",
    "fence",
    "form",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "notation",
    "rspace",
    "scriptlevel",
    "stretchy",
    "symmetric",
];
const CLASSES: [&str; 6] = [
    "tex-left",
    "tex-right",
    "tex-bold",
    "tex-italic",
    "tex-code",
    "tex-unknown",
];

/// Fails unless `mathml` is one well-formed element of allowed names and harmless values.
pub(crate) fn assert_harmless(mathml: &str) {
    let mut reader = Reader::from_str(mathml);
    reader.config_mut().check_end_names = true;
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        match reader.read_event().expect(mathml) {
            Event::Start(start) => {
                roots += usize::from(depth == 0);
                depth += 1;
                assert_allowed(&start, mathml);
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => {
                assert!(depth > 0, "text outside of elements: {mathml}");
                assert!(!text.as_ref().contains(['<', '>', '&', '\0']), "{mathml}");
            }
            Event::GeneralRef(_) => {}
            Event::Eof => break,
            Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => panic!("more than elements and text in {mathml}"),
        }
    }
    assert_eq!((depth, roots), (0, 1), "{mathml}");
}

fn assert_allowed(start: &BytesStart<'_>, mathml: &str) {
    let name = start.name();
    assert!(ELEMENTS.contains(&name.as_ref()), "{name:?} in {mathml}");
    for attribute in start.attributes() {
        let attribute = attribute.expect(mathml);
        let (key, value) = (attribute.key.as_ref(), &*attribute.value);
        assert!(
            key == "width" || ATTRIBUTES.contains(&key),
            "{key} in {mathml}"
        );
        let is_plain = |one: char| one.is_ascii_alphanumeric() || ".%-/ ".contains(one);
        assert!(
            value.chars().all(is_plain) && value.len() < 60,
            "{value} in {mathml}"
        );
        if key == "class" {
            assert!(CLASSES.contains(&value), "{value} in {mathml}");
        }
        if let Some(em) = value.strip_suffix("em") {
            let em: f64 = em.trim_end_matches('r').parse().expect(mathml);
            assert!(em.abs() <= 10.0, "{em} in {mathml}");
        }
    }
}

/// Checks every formula of a text and returns how many there are.
pub(crate) fn assert_all_harmless(text: &str) -> usize {
    let marked = parse(text);
    let mut formulas = 0;
    for piece in marked.pieces() {
        if let Piece::Math { mathml, .. } = piece {
            assert_harmless(mathml);
            formulas += 1;
        }
    }
    formulas
}
