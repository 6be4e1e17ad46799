//! TeX of titles and abstracts: one parse, written as MathML and as Unicode text.
