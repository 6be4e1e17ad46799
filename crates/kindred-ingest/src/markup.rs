//! HTML to plain text, as feeds and exports carry it in titles and abstracts.
//!
//! Not a parser of HTML: tags are dropped, those of blocks leave a blank, scripts, styles and
//! comments go with what they hold, and entities are resolved once, so `&amp;lt;` is `&lt;`. A `<`
//! that opens no tag stays, since abstracts write `p < 0.05`. Time is linear in the text.

/// Elements whose content is no text.
const HIDDEN: [&str; 4] = ["script", "style", "iframe", "noscript"];
/// Elements that begin or end a line, and those that stand for a blank.
const BLOCKS: [&str; 34] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "img",
    "li",
    "list",
    "list-item",
    "ol",
    "p",
    "pre",
    "sec",
    "section",
    "table",
    "td",
    "title",
    "ul",
];
/// Longest name of an entity, in bytes.
const MAX_ENTITY_BYTES: usize = 32;

/// Entities of HTML that scholarly texts use, beside those of Latin-1 and Greek letters.
const ENTITIES: [(&str, &str); 60] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("hellip", "…"),
    ("bull", "•"),
    ("dagger", "†"),
    ("Dagger", "‡"),
    ("permil", "‰"),
    ("prime", "′"),
    ("Prime", "″"),
    ("minus", "−"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("sbquo", "‚"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("bdquo", "„"),
    ("lsaquo", "‹"),
    ("rsaquo", "›"),
    ("ensp", " "),
    ("emsp", " "),
    ("thinsp", " "),
    ("zwnj", ""),
    ("zwj", ""),
    ("trade", "™"),
    ("euro", "€"),
    ("larr", "←"),
    ("rarr", "→"),
    ("harr", "↔"),
    ("uarr", "↑"),
    ("darr", "↓"),
    ("infin", "∞"),
    ("asymp", "≈"),
    ("ne", "≠"),
    ("equiv", "≡"),
    ("le", "≤"),
    ("ge", "≥"),
    ("sim", "∼"),
    ("prop", "∝"),
    ("sum", "∑"),
    ("prod", "∏"),
    ("int", "∫"),
    ("radic", "√"),
    ("part", "∂"),
    ("nabla", "∇"),
    ("isin", "∈"),
    ("notin", "∉"),
    ("cap", "∩"),
    ("cup", "∪"),
    ("sub", "⊂"),
    ("sube", "⊆"),
    ("oplus", "⊕"),
    ("otimes", "⊗"),
    ("scaron", "š"),
    ("Scaron", "Š"),
    ("oelig", "œ"),
];
/// Names of U+00A0 to U+00FF in their order.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];
/// Names of U+03B1 to U+03C9 in their order; those of capitals begin with a capital.
const GREEK: [&str; 25] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "sigmaf", "sigma", "tau", "upsilon", "phi",
    "chi", "psi", "omega",
];

/// Returns what a reader of a piece of HTML sees.
pub(crate) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    // Once no tag can end, none is looked for again.
    let mut may_close = true;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('&') {
            let (resolved, length) = entity(rest).unwrap_or_else(|| ("&".to_owned(), 1));
            text.push_str(&resolved);
            rest = &rest[length..];
            continue;
        }
        if rest.starts_with("<!--") {
            rest = rest.find("-->").map_or("", |end| &rest[end + 3..]);
            continue;
        }
        let end = if may_close && is_tag(rest) {
            rest.find('>')
        } else {
            None
        };
        let Some(end) = end else {
            may_close &= !is_tag(rest);
            text.push('<');
            rest = &rest[1..];
            continue;
        };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        let name = name_of(tag.trim_start_matches('/'));
        if is_block(&name) {
            text.push(' ');
        }
        let is_hidden = is_hidden(&name) && !tag.starts_with('/') && !tag.ends_with('/');
        if is_hidden {
            rest = after_closing(rest, &name);
        }
    }
    text.push_str(rest);
    text
}

/// Whether an element's content is no text, by its local name.
pub(crate) fn is_hidden(name: &str) -> bool {
    HIDDEN.contains(&name)
}

/// Whether an element stands apart from the text around, by its local name.
pub(crate) fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name)
}

/// Whether a text that begins with `<` begins with a tag.
fn is_tag(text: &str) -> bool {
    let inside = &text[1..];
    if inside.starts_with(['!', '?']) {
        return true;
    }
    let name = inside.strip_prefix('/').unwrap_or(inside);
    let end = name.find(|c: char| !is_name_character(c));
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && end.is_some_and(|end| {
            name[end..].starts_with(|c: char| c.is_whitespace() || matches!(c, '/' | '>'))
        })
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ':' | '-')
}

/// The local name of a tag in lower case: `jats:p` is `p`.
fn name_of(tag: &str) -> String {
    let end = tag.find(|c: char| !is_name_character(c));
    let name = &tag[..end.unwrap_or(tag.len())];
    name.rsplit(':').next().unwrap_or("").to_ascii_lowercase()
}

/// What follows the closing tag of a hidden element; nothing where it is never closed.
fn after_closing<'text>(text: &'text str, name: &str) -> &'text str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let is_end = rest
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_end {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

/// The character that a text begins with as an entity, and the entity's length.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text
        .bytes()
        .take(MAX_ENTITY_BYTES)
        .position(|byte| byte == b';')?;
    let name = &text[1..end];
    let resolved = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        char::from_u32(code.ok()?)?.to_string()
    } else {
        named(name)?
    };
    Some((resolved, end + 1))
}

fn named(name: &str) -> Option<String> {
    if let Some((_, text)) = ENTITIES.iter().find(|(known, _)| *known == name) {
        return Some((*text).to_owned());
    }
    let letter = |base: u32, at: usize| {
        let code = base + u32::try_from(at).ok()?;
        char::from_u32(code).map(String::from)
    };
    if let Some(at) = LATIN.iter().position(|known| *known == name) {
        return letter(0xa0, at);
    }
    let at = GREEK
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))?;
    let is_capital = name.starts_with(|c: char| c.is_ascii_uppercase());
    letter(if is_capital { 0x391 } else { 0x3b1 }, at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(html: &str) -> String {
        let text = plain_text(html);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tags_go_and_blocks_leave_a_blank() {
        assert_eq!(
            words("<p>H<sub>2</sub>O<br/>and <i>E. coli</i></p><p>again</p>"),
            "H2O and E. coli again"
        );
        assert_eq!(words("<jats:p>One</jats:p><jats:p>two</jats:p>"), "One two");
        assert_eq!(words("<A HREF=\"x\">link</A> <!-- no --> end"), "link end");
    }

    #[test]
    fn comparisons_stay() {
        for text in [
            "p < 0.05 and q > 1",
            "a<b",
            "x<y",
            "1 <2> 3",
            "<",
            "a <",
            "<b",
            "</",
        ] {
            assert_eq!(words(text), text);
        }
    }

    #[test]
    fn scripts_and_styles_go_with_what_they_hold() {
        assert_eq!(
            words("a<script>if (x < 1) alert('</b>')</ScRiPt >b<style>p{}</style>c"),
            "abc"
        );
        assert_eq!(words("a<script>never closed <p>b"), "a");
        assert_eq!(words("a<script/>b"), "ab");
    }

    #[test]
    fn entities_are_resolved_once() {
        assert_eq!(
            words("&lt;b&gt; &amp;lt; &eacute;&Uuml;&szlig;"),
            "<b> &lt; éÜß"
        );
        assert_eq!(
            words("&alpha;&Omega;&sigmaf; &#945;&#x3B2; &nbsp;x"),
            "αΩς αβ x"
        );
        assert_eq!(
            words("AT&T &unknown; & &#xD800; &#;"),
            "AT&T &unknown; & &#xD800; &#;"
        );
    }

    #[test]
    fn hostile_markup_takes_linear_time() {
        for piece in [
            "<a",
            "<",
            "&",
            "&#",
            "<!--",
            "<script>",
            "<a>",
            "</",
            "<script></",
        ] {
            assert!(plain_text(&piece.repeat(1 << 18)).len() <= piece.len() << 18);
        }
    }

    proptest! {
        #[test]
        fn no_markup_panics(html in "(<|>|/|&|;|#|script|p|!--|-->|é|\\PC){0,24}") {
            let _unused = plain_text(&html);
        }
    }
}
