//! Markdown, read back by a `CommonMark` parser with every extension on.

use kindred_digest::{Format, isolated, readable};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::support::{HOSTILE, any_digest, assert_tame, digest_of};

/// The texts of the links, and the addresses that they lead to.
fn links(markdown: &str) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let mut open = false;
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                links.push((String::new(), dest_url.to_string()));
                open = true;
            }
            Event::End(TagEnd::Link) => open = false,
            Event::Text(text) => {
                if let Some((title, _)) = links.last_mut().filter(|_| open) {
                    title.push_str(&text);
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
                | Tag::Strikethrough
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
    links
}

fn assert_titles(digest: &kindred_digest::Digest) {
    let markdown = Format::Markdown.render(digest);
    assert_tame(&markdown);
    let links = links(&markdown);
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

proptest! {
    #[test]
    fn any_title_comes_back_as_it_was(digest in any_digest()) {
        assert_titles(&digest);
    }
}
