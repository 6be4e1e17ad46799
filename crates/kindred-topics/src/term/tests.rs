use super::*;

/// The runs of a text as they are shown.
fn shown_runs(text: &str) -> Vec<String> {
    let (mut lexicon, mut tokens) = (Lexicon::default(), Vec::new());
    read(text, false, &mut lexicon, &mut tokens);
    assert!(tokens.last().is_none_or(|token| token.is_break()));
    let runs = tokens.split(|token| token.is_break());
    let mut found: Vec<String> = runs
        .map(|run| {
            let mut line = String::new();
            for (place, token) in run.iter().enumerate() {
                if place > 0 {
                    line.push(if token.is_tied() { '-' } else { ' ' });
                }
                let written = lexicon.written.text(token.written());
                line += &shown(written, token.is_capital_expected());
            }
            line
        })
        .collect();
    // What is behind the last break.
    found.pop();
    found
}

fn normal(text: &str) -> Vec<String> {
    let (mut lexicon, mut tokens) = (Lexicon::default(), Vec::new());
    read(text, false, &mut lexicon, &mut tokens);
    let words = tokens.iter().filter(|token| !token.is_break());
    words
        .map(|token| {
            lexicon
                .normal
                .text(lexicon.entry(token.written()).word)
                .to_owned()
        })
        .collect()
}

#[test]
fn stop_words_punctuation_and_numbers_break_runs() {
    assert_eq!(
        shown_runs("We propose secure aggregation, and 22 graph-based LLMs for 3D scenes in 22ms."),
        ["secure aggregation", "graph", "LLMs", "3D scenes"]
    );
}

#[test]
fn hyphens_tie_and_genitives_vanish() {
    assert_eq!(
        shown_runs("the non-convex low-rank tensors"),
        ["non-convex low-rank tensors"]
    );
    assert_eq!(
        shown_runs("in-context learning of multi-agent time-series models, and time series"),
        [
            "in-context learning",
            "multi-agent time-series models",
            "time series"
        ]
    );
    assert_eq!(
        shown_runs("k-means and end-to-end X-rays"),
        ["k-means", "X-rays"]
    );
    assert_eq!(
        shown_runs("the Parkinson's disease - Bayes' rule"),
        ["Parkinson disease", "Bayes rule"]
    );
}

#[test]
fn tex_is_taken_off() {
    assert_eq!(
        shown_runs(
            r#"the \emph{Steiner trees} of $k$-connected {G}\"odel graphs \cite{x} $$\sum_i x$$"#
        ),
        ["Steiner trees", "k-connected G\u{f6}del graphs"]
    );
    assert_eq!(
        shown_runs(r"the Erd\H{o}s graphs \& colours \(x^2\) over \'etale maps"),
        ["Erd\u{151}s graphs colours", "\u{e9}tale maps"]
    );
    assert_eq!(shown_runs("costs $5 for spectral gaps"), ["spectral gaps"]);
}

#[test]
fn formulas_within_words_belong_to_them() {
    assert_eq!(
        shown_runs(r"the CO$_2$ lines, MoS$_{2}$ layers and H$_{\rm 2}$O masers"),
        ["CO2 lines", "MoS2 layers", "H2O masers"]
    );
    assert_eq!(normal("CO$_2$ CO\u{2082} CO2"), ["co2"; 3]);
    assert_eq!(
        shown_runs(r"the $p$-adic $L$-functions and $\mathbb{Z}_2$ topological order $x_2$ orbits"),
        ["p-adic L-functions", "topological", "orbits"]
    );
}

#[test]
fn capitals_are_shown_within_sentences_only() {
    assert_eq!(
        shown_runs("Graphs meet Markov chains. Markov chains"),
        ["graphs", "Markov chains", "markov chains"]
    );
}

#[test]
fn diacritics_do_not_part_words() {
    assert_eq!(
        normal("Schrödinger Schro\u{308}dinger Schrodinger Schr\\\"odinger Schr{\\\"{o}}dinger"),
        ["schrodinger"; 5]
    );
    assert_eq!(
        normal(r#"K\"ahler \'etale \c{S}ahin Ho\v rava \L ojasiewicz \O{}rsted Stra\ss e"#),
        [
            "kahler",
            "etale",
            "sahin",
            "horava",
            "lojasiewicz",
            "orsted",
            "strasse"
        ]
    );
    assert_eq!(
        normal("K\u{e4}hler \u{e9}tale Ho\u{159}ava \u{141}ojasiewicz \u{d8}rsted Stra\u{df}e"),
        [
            "kahler",
            "etale",
            "horava",
            "lojasiewicz",
            "orsted",
            "strasse"
        ]
    );
}

#[test]
fn hostile_text_ends() {
    for text in [
        "$", "\\", "\\\"", "\\v", "$_2$", "x$_2$", "$p$-", "\\'{", "\\(", "$$$", "\\cite{", "'s",
        "-", "a-", "\u{301}", "{{{{",
    ] {
        read(text, true, &mut Lexicon::default(), &mut Vec::new());
    }
}

#[test]
fn singulars_cover_the_usual_plurals() {
    for (plural, singular) in [
        ("networks", "network"),
        ("classes", "class"),
        ("caches", "cache"),
        ("galaxies", "galaxy"),
        ("hypotheses", "hypothesis"),
        ("matrices", "matrix"),
        ("vertices", "vertex"),
    ] {
        assert!(singulars(plural).contains(&singular.to_owned()), "{plural}");
    }
    assert!(singulars("mass").is_empty());
}
