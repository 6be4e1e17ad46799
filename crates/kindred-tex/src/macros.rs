//! Commands of common packages, and of plain TeX, that the converter does not know.

/// Names and definitions.
pub(crate) const MACROS: &[(&str, &str)] = &[
    ("mathds", r"\mathbb{#1}"),
    ("mathbbm", r"\mathbb{#1}"),
    ("mathbbmss", r"\mathbb{#1}"),
    ("eps", r"\varepsilon"),
    ("upmu", r"\mathrm{\mu}"),
    ("ensuremath", "#1"),
    ("ce", r"\mathrm{#1}"),
    ("SI", r"#1\,\mathrm{#2}"),
    ("widetilde", r"\tilde{#1}"),
];
