use proptest::prelude::*;

use kindred_tex::unicode as tex_to_unicode;

fn assert_all(cases: &[(&str, &str)]) {
    let written: Vec<_> = cases
        .iter()
        .map(|(tex, _)| (*tex, tex_to_unicode(tex)))
        .collect();
    let expected: Vec<_> = cases
        .iter()
        .map(|(tex, unicode)| (*tex, (*unicode).to_owned()))
        .collect();
    assert_eq!(written, expected);
}

#[test]
fn scripts_and_letters_become_unicode() {
    assert_all(&[
        ("$x^2$", "x²"),
        (r"$\alpha$-stable noise", "α-stable noise"),
        (r"maps on $\mathbb{R}^n$", "maps on ℝⁿ"),
        (r"$\mathbb R^{d+1}$", "ℝᵈ⁺¹"),
        (r"an $\mathcal{O}(n \log n)$ bound", "an 𝒪(n log n) bound"),
        (r"$O(n\log n)$", "O(n log n)"),
        ("H$_2$O and $^{13}$C", "H₂O and ¹³C"),
        (r"$10^{-3}$ at $25^\circ$C", "10⁻³ at 25°C"),
        (r"${\cal N}=4$", "𝒩 = 4"),
        (r"$A^T B^{\top}$, $f'$", "AᵀBᵀ, f′"),
        (r"\(k \in \mathbb{N}\)", "k ∈ ℕ"),
        (r"$k\in\{1,\ldots,n\}$", "k ∈ {1, …, n}"),
        (r"$\hat{y} \neq \vec v$", "ŷ ≠ v⃗"),
        (r"($\times$4) and $\textit{near} $", "(×4) and near"),
        ("360{\\deg} turns", "360° turns"),
        (r"A\textsuperscript{2}B\textsubscript{q}", "A²Bq"),
        (r"$512 \times 512$ or $3\times3$", "512 × 512 or 3 × 3"),
        (r"$\alpha + \beta x$", "α + βx"),
        (r"$\sum_{i=1}^{n} x_i$", "∑ᵢ₌₁ⁿ xᵢ"),
    ]);
}

#[test]
fn layouts_become_one_line() {
    assert_all(&[
        (r"$\frac{1}{2}$ and $\frac12$", "½ and ½"),
        (r"$\frac{a+b}{c}$", "(a+b)/c"),
        (
            r"$\sqrt{n \log n}$, $\sqrt n$, $\sqrt[3]{2}$",
            "√(n log n), √n, ∛2",
        ),
        (r"$\binom{n}{k}$", "(n choose k)"),
        (r"$\left( \frac{x}{y} \right.$", "(x/y"),
        (r"$x \not\in S$", "x ∉ S"),
        (r"$7 \equiv 2 \pmod{5}$", "7 ≡ 2 (mod 5)"),
        (r"$P_{\text{max}}$ in $\mathrm{kPa}$", "Pₘₐₓ in kPa"),
    ]);
}

#[test]
fn arrows_and_matrices_become_one_line() {
    assert_all(&[
        (r"$\xrightarrow{f}$", "→ᶠ"),
        (r"$\begin{pmatrix} a \\ b \end{pmatrix}$", "(a; b)"),
        (
            r"\cite{smith} and \newmacro{x}",
            r"[smith] and \newmacro{x}",
        ),
    ]);
}

#[test]
fn scripts_without_letters_keep_their_marks() {
    assert_all(&[
        ("$K_X$", "K_X"),
        ("$x^{q,Q}$", "x^(q,Q)"),
        (r"$\Sigma_{\Delta}$", "Σ_Δ"),
    ]);
}

#[test]
fn accents_and_marks_of_running_text() {
    assert_all(&[
        (r#"\'Etale, na\"{\i}ve, {\'e}t\'{e}"#, "Étale, naïve, été"),
        (
            r#"Erd\H{o}s, \v{C}ech, G\"odel, S\o rensen"#,
            "Erdős, Čech, Gödel, Sørensen",
        ),
        (
            r"{\O}rsted and \L{}ukasiewicz, Fran\c cois",
            "Ørsted and Łukasiewicz, François",
        ),
        (r"R\&D at 5\% of \$3", "R&D at 5% of $3"),
        (r"Fig.~2, ~10 and a~b", "Fig. 2, ~10 and a b"),
        (
            "``quoted'' -- or 1--2 --- not --this",
            "“quoted” – or 1–2 — not --this",
        ),
        (r"\emph{very \textbf{deep}} {\it style}", "very deep style"),
        (
            r"\href{http://a.example}{there} \url{http://b.example}",
            "there http://b.example",
        ),
        (
            r"\alpha particles \sim 3 in \mathbb{Z}",
            "α particles ∼ 3 in ℤ",
        ),
    ]);
}

#[test]
fn what_cannot_be_converted_stays_as_it_was() {
    for text in [
        r"$\newmacro x^2$ here",
        r"\newmacro{x}",
        "costs $5 million to $6 million",
        "US$ and AU$ prices",
        "one dollar: $",
        "sets {a, b} and {}",
        r"$x^$, $_$, ${$, $}$",
        r"\",
        r"\'",
        r"\c",
        "a_b^c & d % e # f",
    ] {
        assert_eq!(tex_to_unicode(text), text);
    }
}

#[test]
fn deep_and_long_text_is_quick_and_whole() {
    let deep = "{".repeat(20_000);
    assert_eq!(tex_to_unicode(&deep), deep);
    let nested = format!("${}x{}$", "{".repeat(500), "}".repeat(500));
    assert_eq!(tex_to_unicode(&nested), nested);
    let dollars = "$a".repeat(20_001);
    assert!(tex_to_unicode(&dollars).len() <= dollars.len());
    let wrapped = format!("{}x{}", r"\emph{".repeat(300), "}".repeat(300));
    assert!(tex_to_unicode(&wrapped).contains('x'));
}

proptest! {
    #[test]
    fn any_text_is_survived(text in r"[\\${}^_a-z0-9 '`~\-\[\]é]{0,80}") {
        let converted = tex_to_unicode(&text);
        prop_assert!(converted.chars().all(|c| !c.is_control()));
    }

    #[test]
    fn text_without_tex_is_left_alone(text in "[A-Za-z0-9 ,.;:()é&%#{}_^]{0,80}") {
        prop_assert_eq!(tex_to_unicode(&text), text);
    }
}
