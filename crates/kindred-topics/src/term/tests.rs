use super::*;

fn shown(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    runs(text, false, |run| {
        let mut line = String::new();
        for (place, word) in run.iter().enumerate() {
            if place > 0 {
                line.push(if word.is_tied { '-' } else { ' ' });
            }
            line.push_str(&word.shown);
        }
        found.push(line);
    });
    found
}

#[test]
fn stop_words_punctuation_and_numbers_break_runs() {
    assert_eq!(
        shown("We propose secure aggregation, and 22 graph-based LLMs for 3D scenes in 22ms."),
        ["secure aggregation", "graph", "LLMs", "3D scenes"]
    );
}

#[test]
fn hyphens_tie_and_genitives_vanish() {
    assert_eq!(
        shown("the non-convex low-rank tensors"),
        ["non-convex low-rank tensors"]
    );
    assert_eq!(
        shown("k-means and end-to-end X-rays"),
        ["k-means", "end", "end X-rays"]
    );
    assert_eq!(
        shown("the Parkinson's disease - Bayes' rule"),
        ["Parkinson disease", "Bayes rule"]
    );
}

#[test]
fn tex_is_taken_off() {
    assert_eq!(
        shown(
            r#"the \emph{Steiner trees} of $k$-connected {G}\"odel graphs \cite{x} $$\sum_i x$$"#
        ),
        ["Steiner trees", "connected Godel graphs"]
    );
    assert_eq!(
        shown(r"the Erd\H{o}s graphs \& colours \(x^2\) over \'etale maps"),
        ["Erdos graphs colours", "etale maps"]
    );
    assert_eq!(shown("costs $5 for spectral gaps"), ["spectral gaps"]);
}

#[test]
fn capitals_are_shown_within_sentences_only() {
    assert_eq!(
        shown("Graphs meet Markov chains. Markov chains"),
        ["graphs", "Markov chains", "markov chains"]
    );
}

#[test]
fn diacritics_do_not_part_words() {
    let mut normal = Vec::new();
    runs("Schrödinger Schro\u{308}dinger Schrodinger", false, |run| {
        normal.extend(run.iter().map(|word| word.normal.clone()));
    });
    assert_eq!(normal, ["schrodinger"; 3]);
}

#[test]
fn hostile_text_ends() {
    for text in [
        "$", "\\", "\\(", "$$$", "\\cite{", "'s", "-", "a-", "\u{301}", "{{{{",
    ] {
        runs(text, true, |_| {});
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
