//! English-like titles, abstracts and names, with the oddities of real ones.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::words::{FAMILY, GIVEN, INSTITUTES, JOURNALS, Subject, subject_of};

/// Picks one of `choices`.
pub(super) fn pick<'a>(random: &mut ChaCha8Rng, choices: &[&'a str]) -> &'a str {
    choices.choose(random).copied().unwrap_or_default()
}

/// A title as `arXivRaw` prints it, perhaps with a line break.
pub(super) fn title(random: &mut ChaCha8Rng, category: &str) -> String {
    let subject = subject_of(category);
    let thing = pick(random, subject.things);
    let method = pick(random, subject.methods);
    let setting = pick(random, subject.settings);
    let quality = pick(random, subject.qualities);
    let title = match random.random_range(0..6) {
        0 => format!("{quality} {thing} for {setting}"),
        1 => format!("{thing} by {method}"),
        2 => format!("On {quality} {thing} in {setting} with {method}"),
        3 => format!("{method} and {thing}: a {quality} approach"),
        4 => format!("How {quality} are {thing} in {setting}?"),
        _ => format!("Towards {quality} {thing} through {method} in {setting}"),
    };
    let title = capitalize(&title);
    match random.random_range(0..24) {
        0 => format!("{title} & beyond"),
        1 => format!("{title} when $n < k$"),
        2 => format!(r"{title}: the Poincar\'e case"),
        3 => format!(r#"{title} \`a la Schr\"odinger"#),
        4 => format!("{title} \u{2014} na\u{ef}ve \u{3b1}-bounds"),
        5 => format!("{title} (\"part II\")"),
        6..9 => match title.match_indices(' ').nth(3) {
            Some((space, _)) => format!("{}\n  {}", &title[..space], &title[space + 1..]),
            None => title,
        },
        _ => title,
    }
}

/// Sentences of an abstract.
pub(super) fn sentences(random: &mut ChaCha8Rng, category: &str) -> Vec<String> {
    let subject = subject_of(category);
    let mut sentences: Vec<String> = (0..random.random_range(4..8))
        .map(|place| sentence(random, subject, place))
        .collect();
    match random.random_range(0..16) {
        0 => sentences.push("The bound $a < b$ & its converse hold for all $x > 0$.".to_owned()),
        1 => sentences.push("A stray brace } ends this remark.".to_owned()),
        2 => sentences.push(r"We thank the Universit\'e d'Exemple for $\alpha$-tests.".to_owned()),
        3 => sentences.push("Code: https://example.org/code?a=1&b=2".to_owned()),
        4 => sentences.push("\u{201c}Na\u{ef}ve\u{201d} estimates miss it by 3\u{d7}.".to_owned()),
        _ => {}
    }
    sentences
}

/// One more sentence, at `place` of its abstract.
pub(super) fn sentence(random: &mut ChaCha8Rng, subject: &Subject, place: u32) -> String {
    let thing = pick(random, subject.things);
    let other = pick(random, subject.things);
    let method = pick(random, subject.methods);
    let setting = pick(random, subject.settings);
    let quality = pick(random, subject.qualities);
    let number = random.random_range(2..400);
    match (place, random.random_range(0..4)) {
        (0, 0 | 1) => format!("We study {quality} {thing} in {setting}."),
        (0, _) => capitalize(&format!("{thing} are central to the theory of {setting}.")),
        (_, 0) => format!("Our approach combines {method} with {quality} {other}."),
        (_, 1) => format!("In {setting}, it improves on {other} by {number} per cent."),
        (_, 2) => format!("We show that {method} makes {thing} {quality} in {number} cases."),
        (_, _) => format!("This extends what is known about {thing} and {other}."),
    }
}

/// An abstract as `arXivRaw` prints it: two spaces, lines of at most 78 characters, a line break.
pub(super) fn wrapped(sentences: &[String]) -> String {
    let mut text = String::from(" ");
    let mut column = 1;
    for word in sentences.iter().flat_map(|sentence| sentence.split(' ')) {
        let length = word.chars().count();
        if column + 1 + length > 78 {
            text.push('\n');
            column = length;
        } else {
            text.push(' ');
            column += 1 + length;
        }
        text.push_str(word);
    }
    text.push('\n');
    text
}

/// White space collapsed, as a reader of the text is to know it.
pub(super) fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names of authors.
pub(super) fn authors(random: &mut ChaCha8Rng) -> Vec<String> {
    let count = if random.random_bool(0.02) {
        random.random_range(8..30)
    } else {
        random.random_range(1..6)
    };
    let mut names: Vec<String> = Vec::new();
    while names.len() < count {
        let name = format!("{} {}", pick(random, &GIVEN), pick(random, &FAMILY));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The one string of `arXivRaw`: names joined by commas and `and`, some with affiliations.
pub(super) fn author_line(random: &mut ChaCha8Rng, names: &[String]) -> String {
    let with_affiliations = random.random_bool(0.15);
    let parts: Vec<String> = names
        .iter()
        .map(|name| {
            if with_affiliations {
                format!("{name} ({})", pick(random, &INSTITUTES))
            } else {
                name.clone()
            }
        })
        .collect();
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Comments of authors.
pub(super) fn comments(random: &mut ChaCha8Rng) -> Option<String> {
    random.random_bool(0.6).then(|| {
        let pages = random.random_range(4..60);
        let figures = random.random_range(0..20);
        match random.random_range(0..3) {
            0 => format!("{pages} pages"),
            1 => format!("{pages} pages, {figures} figures"),
            _ => format!("{pages} pages, {figures} figures; accepted at Fixtures & Fakes"),
        }
    })
}

/// A reference to a journal and the DOI of the article.
pub(super) fn publication(random: &mut ChaCha8Rng, year: i16) -> (String, String) {
    let volume = random.random_range(1..200);
    let page = random.random_range(1..900);
    let journal = pick(random, &JOURNALS);
    let suffix = random.random_range(10_000..1_000_000);
    (
        format!("{journal} {volume} ({year}) {page}"),
        format!("10.5555/sample.{volume}.{page}.{suffix}"),
    )
}

fn capitalize(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
