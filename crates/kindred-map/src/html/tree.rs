//! The tree of topics as a list, which is there without a script too.

use std::fmt::Write as _;

use crate::input::MapInput;
use crate::text::{clean, escaped};
use crate::world::Region;

/// Nested lists of topics, those with more papers first.
pub(super) fn list(input: &MapInput<'_>, regions: &[Option<Region>]) -> String {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); input.topics.len()];
    let mut roots = Vec::new();
    let papers = |topic: usize| regions[topic].map_or(0, |region| region.papers);
    let mut order: Vec<usize> = (0..input.topics.len()).collect();
    order.sort_by_key(|&topic| (std::cmp::Reverse(papers(topic)), input.topics[topic].number));
    for topic in order {
        match input.topics[topic].parent {
            Some(parent) => below[parent as usize].push(topic),
            None => roots.push(topic),
        }
    }
    let mut out = String::new();
    write_list(&mut out, input, &roots, &below);
    out
}

/// Levels only grow from parent to child, so the depth is at most three.
fn write_list(out: &mut String, input: &MapInput<'_>, topics: &[usize], below: &[Vec<usize>]) {
    out.push_str("<ul>");
    for &number in topics {
        let topic = &input.topics[number];
        let name = escaped(&clean(topic.label));
        out.push_str("<li>");
        if !below[number].is_empty() {
            write!(
                out,
                "<button type=\"button\" class=\"open\" aria-expanded=\"true\" \
                 aria-label=\"Topics below {name}\"></button>"
            )
            .expect("a string takes all text");
        }
        write!(
            out,
            "<button type=\"button\" class=\"name\" data-topic=\"{number}\"><i></i>{name}\
             <small>{}</small></button>",
            topic.size
        )
        .expect("a string takes all text");
        if !below[number].is_empty() {
            write_list(out, input, &below[number], below);
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>");
}
