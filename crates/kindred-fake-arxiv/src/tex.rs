//! The accents of TeX that the world writes, and what arXiv's services make of them.

/// TeX and the character that it stands for.
const ACCENTS: [(&str, &str); 14] = [
    (r"{\'e}", "\u{e9}"),
    (r"\'e", "\u{e9}"),
    (r"\'{a}", "\u{e1}"),
    (r"\'i", "\u{ed}"),
    (r"\^e", "\u{ea}"),
    (r"\^o", "\u{f4}"),
    (r#"\"u"#, "\u{fc}"),
    (r#"\"o"#, "\u{f6}"),
    (r#"{\"a}"#, "\u{e4}"),
    (r"\~n", "\u{f1}"),
    (r"\c{c}", "\u{e7}"),
    (r"\v{s}", "\u{161}"),
    (r"{\o}", "\u{f8}"),
    (r"{\ss}", "\u{df}"),
];

/// Turns accents into Unicode, as the formats `arXiv` and `oai_dc`, feeds and queries show texts.
pub(crate) fn to_unicode(text: &str) -> String {
    ACCENTS
        .iter()
        .fold(text.to_owned(), |text, (tex, unicode)| {
            text.replace(tex, unicode)
        })
}
