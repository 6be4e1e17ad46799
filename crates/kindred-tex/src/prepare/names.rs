//! Names of commands that are prepared, by what is done with them.

/// Commands that have another name in the converter.
pub(super) const RENAMED: [(&str, &str); 22] = [
    ("mbox", "text"),
    ("hbox", "text"),
    ("vbox", "text"),
    ("fbox", "text"),
    ("makebox", "text"),
    ("textnormal", "text"),
    ("textup", "text"),
    ("textmd", "text"),
    ("mathtext", "text"),
    ("intertext", "text"),
    ("textsl", "textit"),
    ("rmfamily", "rm"),
    ("bfseries", "bf"),
    ("itshape", "it"),
    ("mit", "it"),
    ("sl", "it"),
    ("em", "it"),
    ("mathnormal", "mathit"),
    ("mathup", "mathrm"),
    ("operatornamewithlimits", "operatorname"),
    ("bfit", "bf"),
    ("widetilde", "tilde"),
];

/// Commands whose argument is words.
pub(super) const TEXT: [&str; 9] = [
    "text", "textrm", "textbf", "textit", "textsf", "texttt", "textsc", "emph", "textmd",
];

/// Commands about the layout of a page or its numbers, which stand for nothing.
pub(super) const DROPPED: [&str; 26] = [
    "nonumber",
    "notag",
    "scriptsize",
    "footnotesize",
    "small",
    "tiny",
    "normalsize",
    "large",
    "Large",
    "allowbreak",
    "nobreak",
    "noindent",
    "protect",
    "relax",
    "displaylimits",
    "hfill",
    "hfil",
    "xspace",
    "linebreak",
    "newline",
    "centering",
    "par",
    "strut",
    "null",
    "unboldmath",
    "boldmath",
];

/// Such commands that take an argument.
pub(super) const ARGUMENTS_DROPPED: [&str; 9] = [
    "label", "tag", "vspace", "color", "ref", "eqref", "footnote", "cite", "rule",
];

/// Switches of the font, which hold to the end of their group.
pub(super) const SWITCHES: [&str; 8] = ["rm", "bf", "it", "sf", "tt", "cal", "scr", "frak"];

/// Tables of plain TeX and AMS-TeX, whose content is the next group, and what they begin and end
/// with in the converter.
pub(super) const MATRICES: [(&str, &str, &str); 6] = [
    ("matrix", "\\begin{matrix}", "\\end{matrix}"),
    ("pmatrix", "\\begin{pmatrix}", "\\end{pmatrix}"),
    ("cases", "\\begin{cases}", "\\end{cases}"),
    ("eqalign", "\\begin{aligned}", "\\end{aligned}"),
    ("substack", "\\begin{subarray}{c}", "\\end{subarray}"),
    ("shortstack", "\\begin{subarray}{c}", "\\end{subarray}"),
];

/// Commands of running text for letters, which formulas use for such words only.
pub(super) const LETTERS: [&str; 11] =
    ["AA", "aa", "AE", "ae", "OE", "oe", "ss", "L", "O", "o", "l"];
/// Those of them that authors do not mean by something else.
pub(super) const PLAIN_LETTERS: [&str; 6] = ["AA", "aa", "AE", "ae", "oe", "ss"];
/// Accents of running text with a name of letters.
pub(super) const ACCENTS: [&str; 9] = ["r", "H", "v", "c", "u", "k", "d", "b", "t"];
/// Environments that AMS-TeX begins with their name, and ends with `end` before it.
pub(super) const BARE_ENVIRONMENTS: [&str; 7] = [
    "aligned", "gathered", "matrix", "pmatrix", "bmatrix", "cases", "split",
];
/// What stands before the name of a command of running text that is none of formulas, so that the
/// converter does not know it.
pub(crate) const UNKNOWN_HERE: &str = "textmode";

/// Whether a command is followed by a fence.
pub(super) fn delimiter(name: &str) -> bool {
    let stem = name.strip_suffix(['l', 'r', 'm']).unwrap_or(name);
    matches!(name, "left" | "right" | "middle") || matches!(stem, "big" | "Big" | "bigg" | "Bigg")
}
