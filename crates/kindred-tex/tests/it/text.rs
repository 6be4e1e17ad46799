//! Running text and the places of its formulas.

use kindred_tex::{Piece, parse, unicode};
use proptest::prelude::*;

use crate::mathml::assert_all_harmless;

/// Puts a text together again from its pieces, formulas by their TeX.
fn rejoined(text: &str) -> String {
    let marked = parse(text);
    let pieces = marked.pieces().iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Tex(text) => text.clone(),
        Piece::Math { tex, .. } => format!("${tex}$"),
    });
    pieces.collect()
}

#[test]
fn pieces_are_words_and_formulas_in_turn() {
    let marked = parse(r"For $x$ and \emph{all $y_1$ of} \[z\] too");
    let kinds: Vec<String> = marked
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Math { tex, display, .. } => format!("<{tex} {display}>"),
            Piece::Tex(tex) => format!("!{tex}"),
        })
        .collect();
    let expected = [
        "For ",
        "<x false>",
        " and all ",
        "<y_1 false>",
        " of ",
        "<z true>",
        " too",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(marked.unicode(), "For x and all y₁ of z too");
    assert_eq!(marked.counts().formulas, 3);
}

#[test]
fn every_delimiter_is_a_formula() {
    for (tex, display) in [
        (r"$x^2$", false),
        (r"$$x^2$$", true),
        (r"\(x^2\)", false),
        (r"\[x^2\]", true),
        (r"\begin{equation}x^2\end{equation}", true),
        (r"\begin{equation*}x^2\end{equation*}", true),
        (r"\begin{align}x^2\end{align}", true),
        (r"\begin{eqnarray}x^2\end{eqnarray}", true),
        (r"\begin{gather*}x^2\end{gather*}", true),
        (r"\begin{math}x^2\end{math}", false),
        (r"\ensuremath{x^2}", false),
    ] {
        let marked = parse(&format!("a {tex} b"));
        let [
            Piece::Text(_),
            Piece::Math { display: found, .. },
            Piece::Text(_),
        ] = marked.pieces()
        else {
            panic!("{tex}: {:?}", marked.pieces());
        };
        assert_eq!(*found, display, "{tex}");
        assert_eq!(marked.unicode(), "a x² b", "{tex}");
    }
}

#[test]
fn money_is_no_formula() {
    for text in [
        "costs $5 million to $6 million",
        "between $5-$10 a day",
        "US$ and AU$ prices",
        "(US$5M) and (US$10M)",
        "a $100K grant, a $1M loan",
        "earns $3.50 per hour, pays $4",
        "raised $1.5 billion; the $2,000 laptop",
        "HK$100 or NT$ 400 each",
        "$1 and nothing else",
    ] {
        assert_eq!(unicode(text), text);
        assert_eq!(parse(text).counts().formulas, 0, "{text}");
    }
    assert_eq!(unicode(r"costs $30 and $x_1$ is"), "costs $30 and x₁ is");
    assert_eq!(unicode(r"for \$5 and $n=5$ more"), "for $5 and n = 5 more");
    assert_eq!(unicode("of $ N $ and $k $ in $5$"), "of N and k in 5");
}

#[test]
fn addresses_are_left_alone() {
    for text in [
        "see https://example.org/~name/a--b_c?d=1%20#e for code",
        "(http://example.org/x_y), www.example.org/~z",
    ] {
        assert_eq!(unicode(text), text);
    }
    assert_eq!(
        unicode(r"\url{https://a.example/b_c} https://a.example/b\_c\%20"),
        "https://a.example/b_c https://a.example/b_c%20"
    );
}

#[test]
fn commands_of_words_leave_the_words() {
    for (tex, expected) in [
        (
            r"as in~\cite{a,b} and \citep[p.~3]{c}",
            "as in [a, b] and [c]",
        ),
        (r"\textcolor{red}{warm} \textbf{bold}", "warm bold"),
        (
            r"\begin{itemize} \item one \item two \end{itemize}",
            " • one • two ",
        ),
        (r"a\label{x} b\footnote", r"a b\footnote"),
        (r"at \sqrt{s} = 13 TeV", "at √s = 13 TeV"),
        (r"M\'{e}xico -- S\~ao", "México – São"),
        (
            r"\ce{H2SO4} and \SI{5}{\micro\meter\per\second}",
            "H₂SO₄ and 5 µm/s",
        ),
    ] {
        assert_eq!(unicode(tex), expected);
    }
}

proptest! {
    #[test]
    fn text_without_tex_comes_back_whole(text in "[A-Za-z0-9 ,.;:()é中&%#_^<>\"/]{0,120}") {
        prop_assert_eq!(rejoined(&text), text.clone());
        prop_assert_eq!(unicode(&text), text);
    }

    #[test]
    fn words_around_formulas_come_back_whole(
        before in "[A-Za-z,. ]{0,30}",
        tex in "[a-z](_[a-z0-9])?(\\^[a-z0-9])?",
        after in "[ .,;)][A-Za-z,. ]{0,30}",
    ) {
        let text = format!("{before}${tex}\\,${after}");
        prop_assert_eq!(rejoined(&text), text);
    }

    #[test]
    fn any_tex_is_harmless(text in proptest::collection::vec(
        prop_oneof![
            Just("$"), Just("$$"), Just("{"), Just("}"), Just("^"), Just("_"), Just("\\"),
            Just("&"), Just("%"), Just("~"), Just("'"), Just("<"), Just("\""), Just("é"),
            Just("\\frac"), Just("\\sqrt"), Just("\\left("), Just("\\right)"), Just("\\text{"),
            Just("\\begin{matrix}"), Just("\\end{matrix}"), Just("\\\\"), Just("\\hat"),
            Just("\\operatorname{"), Just("\\rm"), Just("\\over"), Just("\\mathbb"), Just("\\href{"),
            Just("\\sum"), Just("\\limits"), Just("\\substack{"), Just("\\ce{"), Just("\\foo"),
            Just("\\not"), Just("\\big"), Just("\\hspace{"), Just("3em"), Just("\\begin{array}{c|c}"),
            Just("\\end{array}"), Just("\\tag{"), Just("\\label{"), Just("x"), Just("1"), Just(" "),
            Just("\\cases{"), Just("\\genfrac"), Just("\\color{red}"), Just("\\SI{"), Just("\u{202e}"),
        ],
        0..40,
    )) {
        let text = format!("${}$", text.concat());
        assert_all_harmless(&text);
    }

    #[test]
    fn any_characters_are_harmless(text in "\\PC{0,60}", tex in "\\PC{0,60}") {
        assert_all_harmless(&format!("{text}${tex}$ \\({text}\\)"));
    }
}
