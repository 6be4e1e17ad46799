//! What formulas become.

use kindred_tex::{Piece, parse, unicode};

use crate::mathml::assert_harmless;

/// Returns the MathML of one formula, without the TeX.
fn mathml(tex: &str) -> String {
    let marked = parse(&format!("${tex}$"));
    let [Piece::Math { mathml, .. }] = marked.pieces() else {
        panic!("{tex}: {:?}", marked.pieces());
    };
    assert_harmless(mathml);
    let (shown, _) = mathml.split_once("<annotation").expect("an annotation");
    shown.replace("<math><semantics>", "")
}

#[test]
fn a_formula_is_a_tree_with_its_tex() {
    let marked = parse(r"$a<b_1$");
    let [
        Piece::Math {
            mathml,
            tex,
            display,
        },
    ] = marked.pieces()
    else {
        panic!("{:?}", marked.pieces());
    };
    assert_eq!((tex.as_str(), *display), ("a<b_1", false));
    assert_eq!(
        mathml,
        "<math><semantics><mrow><mi>a</mi><mo>&lt;</mo><msub><mi>b</mi><mn>1</mn></msub></mrow>\
         <annotation encoding=\"application/x-tex\">a&lt;b_1</annotation></semantics></math>"
    );
    let marked = parse(r"\[x\]");
    let [Piece::Math { mathml, .. }] = marked.pieces() else {
        panic!("{:?}", marked.pieces());
    };
    assert!(mathml.starts_with("<math display=\"block\">"), "{mathml}");
}

#[test]
fn old_and_new_spellings_are_the_same_formula() {
    for (old, new) in [
        (r"{\cal N}", r"\mathcal{N}"),
        (r"{\rm GeV}", r"\mathrm{GeV}"),
        (r"{\bf x}", r"\mathbf{x}"),
        (r"{a \over b}", r"\frac{a}{b}"),
        (r"M_\rm{UV}", r"M_{\mathrm{UV}}"),
        (r"x_\rm a b", r"x_{\mathrm{a}} b"),
        (r"\mbox{a b}", r"\text{a b}"),
        (r"\hbox{in } x", r"\text{in }x"),
        (r"\text{if $x$ is}", r"{\text{if }{x}\text{ is}}"),
        (r"\mathds{R}", r"\mathbb{R}"),
        (r"\mathbbm{1}", r"\mathbb{1}"),
        (r"\RR^n", r"\mathbb{R}^n"),
        (r"\cA", r"\mathcal{A}"),
        (r"\eps", r"\varepsilon"),
        (r"\ensuremath{x}", r"{x}"),
        (r"\ce{H2O}", r"\mathrm{H_2O}"),
        (r"\GeV", r"\operatorname{GeV}"),
        (r"\left< x \right>", r"\left\langle x \right\rangle"),
        (r"\bigl{(}x\bigr{)}", r"\bigl(x\bigr)"),
        (r"x^a^b", r"x^a{}^b"),
        (r"a*b", r"a * b"),
        (
            r"\pmatrix{a & b \cr c & d}",
            r"\begin{pmatrix}a & b \\ c & d\end{pmatrix}",
        ),
        (r"\substack{a\\b}", r"\begin{subarray}{c}a\\b\end{subarray}"),
        (
            r"\begin{split}a&=b\end{split}",
            r"\begin{aligned}a&=b\end{aligned}",
        ),
        (r"90%", r"90\%"),
        (r"x% y", r"x y"),
        (r"#S", r"\#S"),
        (r"x\nonumber\label{a}", "x"),
    ] {
        assert_eq!(mathml(old), mathml(new), "{old}");
    }
}

#[test]
fn a_command_that_is_not_known_stands_by_its_name() {
    let marked = parse(r"$\newmacro^2 + \l_c$");
    assert_eq!(marked.counts().partial, 1);
    assert_eq!(marked.counts().unknown, [r"\newmacro", r"\l"]);
    assert_eq!(marked.unicode(), r"$\newmacro^2 + \l_c$");
    let shown = mathml(r"\newmacro^2");
    assert!(
        shown.contains(r#"<mtext class="tex-unknown">\newmacro</mtext>"#),
        "{shown}"
    );
}

#[test]
fn a_formula_that_cannot_be_converted_stays_tex() {
    for tex in [
        r"$\frac$",
        r"$x^{2$",
        r"$\left( x$",
        r"$\begin{foo}x\end{foo}$",
    ] {
        let marked = parse(tex);
        assert_eq!(marked.pieces(), [Piece::Tex(tex.to_owned())]);
        assert_eq!(marked.unicode(), tex);
        assert!(!marked.counts().misses[0].cause.is_empty());
    }
}

#[test]
fn unicode_reads_like_the_formula() {
    let (mut written, mut expected) = (Vec::new(), Vec::new());
    for (tex, line) in [
        (r"\overline{\mathcal M}_{g,n}", "ℳ̄_{g,n}"),
        (r"\sqrt{s}=13\,{\rm TeV}", "√s = 13 TeV"),
        (r"e^{-t/\tau}", "e^(−t/τ)"),
        (r"10^{-3}", "10⁻³"),
        (r"a/b, \frac{a}{b}", "a/b, a/b"),
        (r"\frac{\partial u}{\partial t}", "(∂u)/(∂t)"),
        (r"-1 \le x < 10{,}000", "−1 ≤ x < 10,000"),
        (r"\approx\pm 3", "≈±3"),
        (r"f\colon X\to Y", "f: X → Y"),
        (r"x := y, 1:2", "x := y, 1:2"),
        (r"\langle\psi|\phi\rangle", "⟨ψ|ϕ⟩"),
        (r"P(A\mid B)", "P(A | B)"),
        (r"\lim_{n\to\infty}a_n", "lim_{n→∞} aₙ"),
        (r"x_1,\ldots,x_n", "x₁, …, xₙ"),
        (r"\vec{v}\cdot\hat{n}", "v⃗ · n̂"),
        (r"\widetilde{SU}(2)", "S̃Ũ(2)"),
        (r"\overline{a+b}", "bar(a + b)"),
        (r"\sqrt[n]{x+1}", "ⁿ√(x + 1)"),
        (r"\mathbf{x}\in\mathsf{P}, \mathfrak{g}", "x ∈ P, 𝔤"),
        (r"{}^{13}\mathrm{C}, \prescript{1}{2}{X}", "¹³C, ₂¹X"),
        (r"\sin^2\theta", "sin² θ"),
        (r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", "(a, b; c, d)"),
        (r"\underbrace{x+y}_{n}", "(x + y)ₙ"),
        (r"\stackrel{\rm def}{=}", "=ᵈᵉᶠ"),
        (r"M_\odot, \Msun", "M_⊙, M_⊙"),
        (r"\mathrm{\AA}, \r{A}", "Å, Å"),
    ] {
        written.push((tex, unicode(&format!("${tex}$"))));
        expected.push((tex, line.to_owned()));
    }
    assert_eq!(written, expected);
}
