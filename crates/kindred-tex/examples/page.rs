//! Reads formulas, one a line without dollars, and prints a page that shows each as MathML, as
//! Unicode and as TeX. `--display` sets them on lines of their own.

use std::io::{self, BufRead, Write};

use kindred_tex::{Piece, parse};

fn main() -> io::Result<()> {
    let is_display = std::env::args().any(|argument| argument == "--display");
    let delimiter = if is_display { "$$" } else { "$" };
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "<!doctype html><meta charset=\"utf-8\"><style>\n\
         @font-face {{ font-family: Mathematics; src: url(math.woff2) }}\n\
         math {{ font-family: Mathematics, math }} body {{ font: 17px/1.6 sans-serif }}\n\
         td {{ padding: 1px 12px; border-bottom: 1px solid #ddd }}\n\
         .tex-left {{ text-align: left }} .tex-right {{ text-align: right }}\n\
         .tex-unknown {{ border-bottom: 1px dotted }}\n\
         </style><table>"
    )?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let marked = parse(&format!("{delimiter}{line}{delimiter}"));
        let mathml = match marked.pieces() {
            [Piece::Math { mathml, .. }] => mathml.as_str(),
            _ => "not converted",
        };
        let unicode = marked.unicode().replace('&', "&amp;").replace('<', "&lt;");
        writeln!(out, "<tr><td>{mathml}<td>{unicode}")?;
    }
    writeln!(out, "</table>")
}
