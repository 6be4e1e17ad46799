//! Hostile TeX: quick, without links, within its line.

use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::{desk, id, strange};
use crate::testing::dom::Dom;
use crate::view::text::marked;

/// A hundred texts that are meant to loop, to grow, to nest, to lead elsewhere or to cover a page.
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn texts() -> Vec<String> {
    let commands = [
        r"\href{javascript:alert(1)}{x}",
        r"\href{https://evil.example}{x}",
        r"\url{javascript:alert(1)}",
        r"\includegraphics{//evil.example/x.png}",
        r"\includegraphics[width=9999em]{x}",
        r"\htmlData{onclick=alert(1)}{x}",
        r"\htmlClass{x}{y}",
        r"\htmlId{main}{x}",
        r"\htmlStyle{position:fixed}{x}",
        r"\cssId{main}{x}",
        r"\class{x}{y}",
        r"\style{color:red}{x}",
        r"\unicode{x3c}script\unicode{x3e}",
        r"\char60 script\char62",
        r"\symbol{60}img\symbol{62}",
        r"\input{/etc/passwd}",
        r"\include{x}",
        r"\write18{id}",
        r"\immediate\write18{id}",
        r"\openin5=/etc/passwd",
        r"\read5 to\x",
        r"\catcode`\<=1",
        r"\csname alert\endcsname",
        r"\def\x{\x\x}\x",
        r"\def\x#1{\x{#1#1}}\x{a}",
        r"\newcommand{\x}{\x}\x",
        r"\let\x\y\x",
        r"\gdef\x{1}",
        r"\edef\x{\x}",
        r"\futurelet\x\y",
        r"\loop\iftrue\repeat",
        r"\expandafter\x\x",
        r"\rule{9999em}{9999em}",
        r"\kern9999em x",
        r"\hspace{-9999em}x",
        r"\hskip 9999pt x",
        r"\raisebox{9999em}{x}",
        r"\raise9999em\hbox{x}",
        r"\mkern-9999mu x",
        r"\hphantom{x}",
        r"\vspace{9999em}",
        r"\\[9999em] x",
        r"\fontsize{999}{999}x",
        r"\scalebox{999}{x}",
        r"\color{red}x",
        r"\textcolor{url(//evil.example)}{x}",
        r"\colorbox{red}{x}",
        r"\fcolorbox{a}{b}{x}",
        r"\require{html}\href{x}{y}",
        r"\begin{document}x\end{document}",
        r"\begin{x}\end{y}",
        r"\begin{array}{cc}x",
        r"\end{array}",
        r"\begin{tabular}{c}x\end{tabular}",
        r"\left( x",
        r"x \right)",
        r"\left.\left.\left. x",
        r"\middle|",
        r"\over\over\over",
        r"x \atop y \above 9999em z",
        r"x^^x",
        r"x^{^{^x}}",
        r"x__y",
        r"x_1_2_3",
        r"x^1^2",
        r"\frac",
        r"\frac{1}",
        r"\sqrt[\sqrt[\sqrt[",
        r"\sqrt[999999999999]{x}",
        r"{{{{",
        r"}}}}",
        r"\{\{\{",
        r"&&&&",
        r"####",
        r"\#1#2",
        r"%comment",
        r"\verb|<script>|",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\mbox{</math><script>alert(1)</script>}",
        r"\mathrm{</mi><img src=x>}",
        r"\operatorname{<b>}",
        r"\tag{<i>}",
        r"\label{main}\ref{main}",
        r"\bbox[onclick=alert(1)]{x}",
        r"\ce{<b>}",
        r"\xrightarrow[<b>]{<i>}",
    ];
    let mut all: Vec<String> = commands.iter().map(|tex| format!("A ${tex}$ b")).collect();
    let nest = |open: &str, close: &str, depth: usize| {
        format!("A ${}x{}$ b", open.repeat(depth), close.repeat(depth))
    };
    all.extend([
        nest("{", "}", 20_000),
        nest(r"\frac{", "}{y}", 2_000),
        nest(r"\sqrt{", "}", 5_000),
        nest("x^{", "}", 8_000),
        nest(r"\left(", r"\right)", 3_000),
        nest(r"\text{$", "$}", 2_000),
        nest(r"\begin{array}{c}", r"\end{array}", 800),
        format!(r"A $\ce{{{}x{}}}$ b", "{".repeat(2_000), "}".repeat(2_000)),
        format!(r"A $\ce{{{}x}}$ b", r"\hat".repeat(1_000)),
        format!(
            r"A $\left{{\langle{}x{}}}$ b",
            "{".repeat(2_000),
            "}".repeat(2_000)
        ),
        nest(r"\operatorname", "", 300),
        r"A $\matrix{{\end{matrix}}$ b".to_owned(),
        "$".repeat(30_000),
        "$$".repeat(9_999) + "x",
        r"\(".repeat(8_000),
        r"\[".repeat(8_000),
        format!("${}$", "&".repeat(20_000)),
        format!("${}$", r"\alpha".repeat(8_000)),
        format!("${}$", r"x^".repeat(15_000)),
        "{".repeat(60_000),
        r"\".repeat(30_000),
        format!("${}$", r"\undefined".repeat(4_000)),
        format!("{}$x$", r"\emph{".repeat(10_000)),
        format!("${}$", "\u{202e}\u{0}x".repeat(5_000)),
    ]);
    assert!(all.len() >= 100, "{}", all.len());
    all
}

/// Attributes of MathML that let a formula leave its line.
const ESCAPES: [&str; 6] = ["height", "depth", "lspace", "voffset", "width", "mathsize"];

#[tokio::test]
async fn hostile_tex_is_quick_and_stays_in_its_place() {
    let texts = texts();
    let mut slowest = (Duration::ZERO, 0);
    for (number, text) in texts.iter().enumerate() {
        // The quicker of two, for other programs run as well.
        let took = (0..2).map(|_| {
            let start = Instant::now();
            marked(text);
            start.elapsed()
        });
        slowest = slowest.max((took.min().unwrap(), number));
    }
    let (took, number) = slowest;
    let text: String = texts[number].chars().take(60).collect();
    assert!(took < Duration::from_millis(400), "{took:?} for {text}");

    let desk = desk(&texts);
    for (number, text) in texts.iter().enumerate() {
        let text: String = text.chars().take(60).collect();
        let page = desk.get(&format!("/paper/{}", id(number))).await;
        assert_eq!(page.status, StatusCode::OK, "{text}: {}", page.text());
        let found = strange(page.text());
        assert!(found.is_empty(), "{text}: {found:?}");
        for element in Dom::of(page.text()).0 {
            let is_of_formula = element.name.starts_with('m') && element.name != "main";
            for name in ESCAPES.iter().filter(|_| is_of_formula) {
                let value = element.get(name).unwrap_or("0");
                let number = value.trim_end_matches(|c: char| c.is_alphabetic() || c == '%');
                let size: f64 = number.parse().unwrap_or(0.0);
                assert!(
                    size.abs() <= 100.0,
                    "{text}: {} {name}={value}",
                    element.name
                );
            }
        }
    }
}
