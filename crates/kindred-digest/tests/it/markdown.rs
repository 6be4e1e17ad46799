//! Markdown, read back by a `CommonMark` parser with every extension on.

use kindred_digest::{Format, isolated, readable};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::support::{HOSTILE, any_digest, assert_tame, digest_of};

/// What a parser reads.
#[derive(Debug, Default)]
struct Read {
    /// The texts of the links, and the addresses that they lead to.
    links: Vec<(String, String)>,
    /// What is struck through.
    removed: Vec<String>,
    /// What is strong, the titles too.
    strong: Vec<String>,
}

fn read(markdown: &str) -> Read {
    let mut read = Read::default();
    let mut open = [false; 3];
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                read.links.push((String::new(), dest_url.to_string()));
                open[0] = true;
            }
            Event::Start(Tag::Strikethrough) => {
                read.removed.push(String::new());
                open[1] = true;
            }
            Event::Start(Tag::Strong) => {
                read.strong.push(String::new());
                open[2] = true;
            }
            Event::End(TagEnd::Link) => open[0] = false,
            Event::End(TagEnd::Strikethrough) => open[1] = false,
            Event::End(TagEnd::Strong) => open[2] = false,
            Event::Text(text) => {
                let places = [
                    read.links.last_mut().map(|(title, _)| title),
                    read.removed.last_mut(),
                    read.strong.last_mut(),
                ];
                for (place, _) in places.into_iter().zip(open).filter(|(_, open)| *open) {
                    place.unwrap().push_str(&text);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Code(code) => panic!("code: {code}"),
            Event::InlineMath(math) | Event::DisplayMath(math) => panic!("math: {math}"),
            Event::Start(
                Tag::Image { .. }
                | Tag::CodeBlock(_)
                | Tag::BlockQuote(_)
                | Tag::Table(_)
                | Tag::FootnoteDefinition(_)
                | Tag::MetadataBlock(_)
                | Tag::DefinitionList
                | Tag::Superscript
                | Tag::Subscript,
            )
            | Event::Rule
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => panic!("{event:?} in {markdown}"),
            _ => {}
        }
    }
    read
}

fn assert_titles(digest: &kindred_digest::Digest) {
    let markdown = Format::Markdown.render(digest);
    assert_tame(&markdown);
    let Read {
        links,
        removed,
        strong,
    } = read(&markdown);
    let titles: Vec<String> = digest.sections[0]
        .results
        .iter()
        .map(|item| match readable(&item.paper.title) {
            title if title.is_empty() => "(no title)".to_owned(),
            title => isolated(&title),
        })
        .collect();
    let found: Vec<&String> = links.iter().map(|(title, _)| title).collect();
    assert_eq!(found, titles.iter().collect::<Vec<_>>(), "{markdown}");
    // What was taken out and put in is marked as such, all of it and nothing else.
    let changed = (titles.iter()).filter(|title| *title != "(no title)");
    let changed: Vec<&String> = changed.collect();
    assert_eq!(removed.iter().collect::<Vec<_>>(), changed, "{markdown}");
    let expected: Vec<String> = (titles.iter())
        .flat_map(|title| {
            let added = (title != "(no title)").then(|| title.clone());
            [title.clone(), "new".to_owned()].into_iter().chain(added)
        })
        .collect();
    assert_eq!(strong, expected, "{markdown}");
    assert!(
        links
            .iter()
            .all(|(_, url)| url.starts_with("https://arxiv.org/abs/2603.9"))
    );
}

#[test]
fn hostile_titles_are_only_text() {
    assert_titles(&digest_of(&HOSTILE));
}

#[test]
fn probabilities_and_differences_are_shown() {
    let markdown = Format::Markdown.render(&digest_of(&["Old *"]));
    for part in [
        "\n   97 % · 2603.90000",
        "\ninterests: 1 client, update \\(13 papers\\); 2 Old \\* \\(1 paper\\)\n",
        "\n   * title: … two three four five ~~Old \\*~~ **new**\n",
        "\n   * abstract: **Old \\*** Old \\*\n",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
}

proptest! {
    #[test]
    fn any_title_comes_back_as_it_was(digest in any_digest()) {
        assert_titles(&digest);
    }
}
