//! A hundred hostile texts: each must be quick, and none may leave anything but words and MathML.

use std::time::{Duration, Instant};

use kindred_tex::{Piece, parse};

use crate::mathml::assert_all_harmless;

/// Most time for one text of up to 64 KiB, in a build for tests on a busy machine.
const LIMIT: Duration = Duration::from_secs(1);

/// Texts that try to get out of their place.
const ESCAPES: [&str; 46] = [
    r"$\href{javascript:alert(1)}{x}$",
    r"$\href{data:text/html,<script>alert(1)</script>}{x}$",
    r"\href{javascript:alert(1)}{x}",
    r"$\url{javascript:alert(1)}$",
    r"$\includegraphics{http://evil.example/x.png}$",
    r"$\includegraphics[width=9999cm]{x}$",
    r"$\htmlId{x}{y}$",
    r"$\htmlClass{x}{y}$",
    r"$\htmlStyle{position:fixed}{y}$",
    r"$\htmlData{onclick=alert(1)}{y}$",
    r"$\class{x}{y} \style{color:red}{z} \cssId{a}{b}$",
    r"$\operatorname{<script>alert(1)</script>}$",
    r"$\operatorname{</mo></math><script>alert(1)</script>}$",
    r"$\mathrm{</mi></math><script>}$",
    r"$\text{</mtext></math><script>alert(1)</script>}$",
    r#"$\text{" onclick="alert(1)}$"#,
    r"$</math><script>alert(1)</script>$",
    r"$x</annotation></semantics></math><img src=x onerror=alert(1)>$",
    r"$<!--$ and $-->$",
    r"$<![CDATA[x]]>$",
    r"$&lt;script&gt;$ $&#x3c;script&#62;$",
    r"$\<script\>$",
    r"$\foo<img>$",
    r"$\begin{<script>}x\end{<script>}$",
    r"$\begin{array}{<script>}x\end{array}$",
    r#"$\begin{array}{c@{"><script>}c}x\end{array}$"#,
    r"$\tag{<script>}x$",
    r#"$\label{"><script>}x \ref{"><script>} \eqref{"><script>}$"#,
    r"\begin{equation}x\tag{<b>}\label{<i>}\end{equation}",
    r"$\color{red;background:url(//evil.example)}x$",
    r"$\textcolor{expression(alert(1))}{x}$",
    r"$\colorbox{red}{x} \fcolorbox{red}{blue}{x}$",
    r"$\unicode{x3c}script\unicode{x3e} \unicode{60} \unicode{x0} \unicode{x202e}$",
    r"$\char`\< \char60 \symbol{60}$",
    r"$\hspace{99999em}x\hspace{-99999em}$",
    r"$\kern99999em x \mkern-99999mu y \hskip 1000cm z$",
    r"$\rule{9999em}{9999em}$",
    r"$\raisebox{9999em}{x} \lower9999em\hbox{x}$",
    r"$\genfrac{(}{)}{9999em}{0}{a}{b}$",
    r"$\\[9999em] x \\[-9999em]$",
    r"$\begin{matrix}a\\[9999em]b\end{matrix}$",
    r"$\input{/etc/passwd} \include{x} \openin \read \write18{ls}$",
    r"$\catcode`\$=12 \csname x\endcsname \expandafter\relax$",
    r"$\require{html} \mathchoice{a}{b}{c}{d}$",
    "$\u{202e}abc\u{2066}def\u{200f}$",
    "$\0\u{1}\u{7f}\u{9b}[2J\u{fffe}\u{ffff}$",
];

/// Texts that define macros, or are broken.
const BROKEN: [&str; 31] = [
    r"$\def\a{\a\a}\a$",
    r"$\def\x#1{\x{#1#1}}\x{y}$",
    r"$\newcommand{\a}{\b}\newcommand{\b}{\a}\a$",
    r"$\renewcommand{\frac}[2]{\frac{#1}{#2}}\frac12$",
    r"$\let\a\b\a$",
    r"$\edef\a{\a}\gdef\b{\b}\b$",
    r"$\loop\a\repeat$",
    r"$#1 #2 ##$",
    r"$}$",
    r"${$",
    r"$}{$",
    r"$\left($",
    r"$\right)$",
    r"$\left(\right.\left.$",
    r"$\middle|$",
    r"$\frac$",
    r"$\frac{1}$",
    r"$\sqrt[$",
    r"$^$",
    r"$_^_^$",
    r"$x^{$}$",
    r"$\begin{matrix}$",
    r"$\end{matrix}$",
    r"$\begin{matrix}\end{pmatrix}$",
    r"$&&&\\\\&$",
    r"$\limits\nolimits x\limits$",
    r"$\text{$\text{$x$}$}$",
    r"$\",
    r"$\matrix{{\end{matrix}}$",
    r"$\begin{matrix}a}\end{matrix}$",
    r"$\cases{a & {b \endcases}$",
];

/// Things that cost much when they are repeated.
const REPEATED: [&str; 38] = [
    "{",
    "}",
    "$",
    "$$",
    "$a",
    "\\",
    "\\(",
    "\\[",
    "\\begin{equation}",
    "\\emph{",
    "{\\it ",
    "\\sqrt{",
    "$\\sqrt{",
    "\\frac{a}",
    "\\cite{",
    "\\href{",
    "\\foo{",
    "\\url{",
    "~",
    "--",
    "``",
    "\\'",
    "\\'{",
    "^",
    "x^{",
    "_{",
    "\\text{$",
    "\\text{",
    "\\hat",
    "\\left(",
    "\\begin{matrix}",
    "\\ensuremath{",
    "http://",
    "\\operatorname{",
    "\\operatorname",
    "\\ce{",
    "\\big{\\langle",
    "\\left{\\{",
];

/// Commands whose argument is looked at as a whole, with a place for it.
const WHOLE: [&str; 4] = [
    r"\ce{ARGUMENT}",
    r"\ce^{ARGUMENT}",
    r"\left{\langle ARGUMENT}",
    r"\big{\{ARGUMENT}",
];

fn assert_quick(text: &str) {
    let start = Instant::now();
    let marked = parse(text);
    let taken = start.elapsed();
    let beginning: String = text.chars().take(60).collect();
    assert!(taken < LIMIT, "{beginning}: {taken:?}");
    assert!(marked.unicode().len() <= 8 * text.len() + 64, "{beginning}");
    for piece in marked.pieces() {
        if let Piece::Math { mathml, .. } = piece {
            assert!(!mathml.contains("javascript:") || mathml.contains("<annotation"));
        }
    }
    assert_all_harmless(text);
}

#[test]
fn escapes_stay_in_their_place() {
    for text in ESCAPES.into_iter().chain(BROKEN) {
        assert_quick(text);
        assert_quick(&format!("before {text} and ${{}}x^2$ after {text}"));
        assert_quick(&text.replace('$', "$$"));
    }
}

#[test]
fn repetition_costs_no_more_than_its_length() {
    for part in REPEATED {
        assert_quick(&part.repeat(65_536 / part.len()));
        for size in [100, 1_000, 3_900] {
            assert_quick(&format!("${}$", part.repeat(size / part.len())));
            let closed = format!(
                "{}x{}",
                part.repeat(size / part.len() / 2),
                "}".repeat(size / 3)
            );
            assert_quick(&format!("${closed}$"));
            assert_quick(&format!("{closed} "));
        }
    }
}

#[test]
fn depth_is_bounded_where_an_argument_is_read_as_a_whole() {
    for command in WHOLE {
        for part in ["{", r"\hat", r"\hat{", "^{", "x_{", r"\sqrt{", r"\left("] {
            for size in [100, 1_000, 3_900] {
                let open = part.repeat(size / (part.len() + 1));
                let closed = "}".repeat(open.matches('{').count());
                let formula = command.replace("ARGUMENT", &format!("{open}x{closed}"));
                assert_quick(&format!("${formula}$"));
            }
        }
    }
    let shallow = r"$\ce{{{SO4^2-}}} \big{\langle} x \big{)}$";
    assert!(matches!(parse(shallow).pieces(), [Piece::Math { .. }]));
}

#[test]
fn long_formulas_stay_tex() {
    let long = format!("${}$", "x+".repeat(3_000));
    assert!(!matches!(parse(&long).pieces(), [Piece::Math { .. }]));
    let deep = format!("${}x{}$", "{".repeat(200), "}".repeat(200));
    assert!(matches!(parse(&deep).pieces(), [Piece::Tex(_)]));
    let commands = format!("${}x$", r"\hat".repeat(500));
    assert!(matches!(parse(&commands).pieces(), [Piece::Tex(_)]));
    let scripts = format!("${}x{}$", "x^{".repeat(60), "}".repeat(60));
    assert_all_harmless(&scripts);
}

#[test]
fn nothing_of_a_link_is_in_the_page() {
    for text in [ESCAPES[0], ESCAPES[1], ESCAPES[3], ESCAPES[4]] {
        let marked = parse(text);
        let [Piece::Math { mathml, .. }] = marked.pieces() else {
            panic!("{text}: {:?}", marked.pieces());
        };
        let (shown, _annotation) = mathml.split_once("<annotation").expect("an annotation");
        assert!(
            !shown.contains("href") && !shown.contains("src="),
            "{shown}"
        );
    }
    assert_eq!(parse(ESCAPES[2]).unicode(), "x");
}
