//! BibTeX entries: TeX stays TeX, everything else is escaped, braces always balance.

use std::collections::BTreeSet;

use kindred_engine::PaperId;
use kindred_engine::answer::PaperView;

use crate::markup::percent_encoded;
use crate::text::tidy;
use crate::{Digest, Item};

/// Renders each paper of a digest once.
pub(crate) fn render(digest: &Digest) -> String {
    let mut keys = BTreeSet::new();
    let mut out = String::new();
    for (item, sets) in digest.papers() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&entry(item, &sets, &mut keys));
    }
    if out.is_empty() {
        // An empty file would look like a failure.
        out.push_str("% nothing new\n");
    }
    out
}

/// Renders papers as BibTeX entries, each once.
pub fn bibtex(papers: &[PaperView]) -> String {
    let mut keys = BTreeSet::new();
    let entries = papers
        .iter()
        .enumerate()
        .map(|(place, paper)| entry(&Item::bare(place + 1, paper), &[], &mut keys));
    entries.collect::<Vec<_>>().join("\n")
}

fn entry(item: &Item, sets: &[&str], keys: &mut BTreeSet<String>) -> String {
    let paper = &item.paper;
    let mut fields = vec![("title", protected(&paper.title))];
    if !paper.authors.is_empty() {
        let authors: Vec<String> = paper.authors.iter().map(|name| author(name)).collect();
        fields.push(("author", authors.join(" and ")));
    }
    if let Some(date) = paper.date {
        let text = date.to_string();
        fields.push(("year", text[..4].to_owned()));
        fields.extend(text.get(5..7).map(|month| ("month", month.to_owned())));
    }
    match &paper.id {
        PaperId::Arxiv(id) => {
            fields.push(("eprint", id.to_string()));
            fields.push(("archiveprefix", "arXiv".to_owned()));
            fields.extend(
                paper
                    .categories
                    .first()
                    .map(|category| ("primaryclass", category.to_string())),
            );
        }
        PaperId::Other { scheme, value } if scheme.eq_ignore_ascii_case("doi") => {
            fields.push(("doi", protected(value)));
        }
        PaperId::Other { .. } => {}
    }
    if let Some(venue) = &paper.venue {
        fields.push(("howpublished", protected(venue)));
    }
    if let Some(url) = &paper.url {
        fields.push(("url", percent_encoded(url)));
    }
    if !tidy(&paper.abstract_text).is_empty() {
        fields.push(("abstract", protected(&paper.abstract_text)));
    }
    fields.push(("keywords", protected(&sets.join(", "))));
    let lines: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| format!("  {name} = {{{value}}}"))
        .collect();
    format!(
        "@misc{{{},\n{}\n}}\n",
        key(&paper.id, keys),
        lines.join(",\n")
    )
}

/// Returns a key of letters, digits and marks that is not in use yet.
fn key(id: &PaperId, keys: &mut BTreeSet<String>) -> String {
    let base: String = id
        .to_string()
        .chars()
        .map(|c| {
            let is_kept = c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '+');
            if is_kept { c } else { '-' }
        })
        .collect();
    let mut key = base.clone();
    let mut number = 1_u32;
    while !keys.insert(key.clone()) {
        number += 1;
        key = format!("{base}-{number}");
    }
    key
}

/// Returns a name as one author, whatever words it holds.
fn author(name: &str) -> String {
    let name = protected(name);
    let is_list = name
        .split(' ')
        .any(|word| word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("others"));
    if is_list || name.is_empty() {
        format!("{{{name}}}")
    } else {
        name
    }
}

/// Makes text safe between braces. BibTeX counts braces whether a backslash stands before them or
/// not, so text whose braces do not balance loses them all; characters with a meaning in TeX get a
/// backslash unless they have one or stand in a formula.
fn protected(text: &str) -> String {
    let mut text = tidy(text);
    if !is_balanced(&text) {
        text.retain(|character| !matches!(character, '{' | '}'));
    }
    let dollars = unescaped(&text, '$');
    let mut out = String::with_capacity(text.len());
    let mut is_escaped = false;
    let mut is_formula = false;
    for character in text.chars() {
        match character {
            '$' if !is_escaped && dollars.is_multiple_of(2) => is_formula = !is_formula,
            '$' | '%' | '#' if !is_escaped => out.push('\\'),
            '&' | '_' if !is_escaped && !is_formula => out.push('\\'),
            '^' if !is_escaped && !is_formula => {
                out.push_str("\\textasciicircum{}");
                continue;
            }
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
        out.push(character);
    }
    if is_escaped {
        // A backslash at the end would escape the closing brace.
        out.pop();
    }
    out
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0_usize;
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return false,
            '}' => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// Counts a character where no backslash stands before it.
fn unescaped(text: &str, wanted: char) -> usize {
    let mut is_escaped = false;
    let mut found = 0;
    for character in text.chars() {
        if character == wanted && !is_escaped {
            found += 1;
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tex_stays_and_the_rest_is_escaped() {
        assert_eq!(
            protected(r"$x_1 & y$ {\'E} 5% & a_b"),
            r"$x_1 & y$ {\'E} 5\% \& a\_b"
        );
        assert_eq!(protected(r"a\& b}, @misc{x"), r"a\& b, @miscx");
        assert_eq!(protected(r"costs $5 \"), r"costs \$5 ");
        assert_eq!(protected("x^2"), r"x\textasciicircum{}2");
    }

    #[test]
    fn a_name_is_one_author() {
        assert_eq!(author("Ann and Bob Group"), "{Ann and Bob Group}");
        assert_eq!(author("Anderson Andrews"), "Anderson Andrews");
    }

    #[test]
    fn keys_are_unique() {
        let mut keys = BTreeSet::new();
        let id: PaperId = "own:a/b".parse().unwrap();
        let other: PaperId = "own:a-b".parse().unwrap();
        assert_eq!(key(&id, &mut keys), "own:a-b");
        assert_eq!(key(&other, &mut keys), "own:a-b-2");
    }
}
