//! Topics as markup: the tree, bars by month, facts, changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kindred_engine::answer::{
    EventPaper, MonthCount, TopicDiffAnswer, TopicEventView, TopicRef, TopicShowAnswer, TopicView,
    TopicsAnswer,
};
use kindred_engine::{TopicChange, TopicId, TopicMembership};
use maud::{Markup, html};

use crate::view::{count, grouped, link, text};

/// Height of the bars, in their own units.
const HEIGHT: u64 = 24;
/// Growth below this many papers a month is not spoken of.
const SLOWEST: f64 = 0.5;
/// Topics beside one that are named.
const NEIGHBORS: usize = 8;

/// The day of a moment, in universal time.
pub(super) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// All topics, the parts of each folded into it.
pub(super) fn tree(answer: &TopicsAnswer) -> Markup {
    let topics: BTreeMap<TopicId, &TopicView> =
        answer.topics.iter().map(|one| (one.id, one)).collect();
    let mut roots: Vec<&TopicView> = (answer.topics.iter())
        .filter(|topic| topic.parent.is_none())
        .collect();
    roots.sort_by_key(|topic| (std::cmp::Reverse(topic.size), topic.id));
    html! {
        ul .topics { @for topic in roots { (branch(topic, &topics)) } }
    }
}

/// The coarsest topics of a large tree, with the names of their parts folded into them.
pub(super) fn coarse(answer: &TopicsAnswer, membership: &TopicMembership) -> Markup {
    html! {
        ul .topics { @for topic in &answer.topics { li {
            (row(topic))
            @let parts = membership.parts(topic.id);
            @if !parts.is_empty() {
                details {
                    summary { (count(parts.len() as u64, "part")) }
                    ul .counts { @for part in parts {
                        li { (named(&part.topic)) " " span .number { (grouped(part.size)) } }
                    } }
                }
            }
        } } }
    }
}

fn row(topic: &TopicView) -> Markup {
    html! {
        div .topic {
            div .name {
                a href=(link::topic(topic.id)) { (text::name(&topic.label)) }
                " " span .number { (grouped(topic.size)) }
                p .facts { (facts(topic)) }
            }
            (bars(&topic.months))
        }
    }
}

fn branch(topic: &TopicView, topics: &BTreeMap<TopicId, &TopicView>) -> Markup {
    let parts: Vec<&TopicView> = (topic.children.iter())
        .filter_map(|id| topics.get(id).copied())
        .collect();
    html! {
        li {
            (row(topic))
            @if !parts.is_empty() {
                details open[topic.level == 0 && parts.len() <= 4] {
                    summary { (count(parts.len() as u64, "part")) }
                    ul { @for part in parts { (branch(part, topics)) } }
                }
            }
        }
    }
}

/// Growth, share of the liked papers, sets.
fn facts(topic: &TopicView) -> Markup {
    let change = topic.per_month - topic.per_month_before;
    let (sign, word) = if change.abs() < SLOWEST {
        ("→", "steady")
    } else if change > 0.0 {
        ("↗", "growing")
    } else {
        ("↘", "shrinking")
    };
    html! {
        span .growth title={ (format!("{:.1}", topic.per_month_before)) " a month before" } {
            span aria-hidden="true" { (sign) } " " (word) ", " (format!("{:.1}", topic.per_month)) " a month"
        }
        @if topic.liked > 0 {
            " · " (count(topic.liked, "liked paper")) " (" (kindred_digest::percentage(topic.liked_share)) " of all)"
        }
        @for set in &topic.sets { " · set " a href=(link::feed(set)) { bdi { (set) } } }
    }
}

/// Papers by month, drawn to the height of the fullest one, and in words.
fn bars(months: &[MonthCount]) -> Markup {
    let most = months.iter().map(|month| month.papers).max().unwrap_or(0);
    let told: Vec<String> = (months.iter())
        .map(|month| format!("{} {}", month.month, month.papers))
        .collect();
    let width = months.len() * 6;
    let (mut ground, mut fill) = (String::new(), String::new());
    for (place, month) in months.iter().enumerate() {
        let left = place * 6;
        let height = (month.papers * HEIGHT).div_ceil(most.max(1)).min(HEIGHT);
        let bar = |path: &mut String, bottom: u64, height: u64| {
            write!(path, "M{left} {bottom}h5v-{height}h-5z").expect("a string takes all text");
        };
        bar(&mut ground, HEIGHT, 1);
        bar(&mut fill, HEIGHT, height);
    }
    html! {
        svg .months viewBox={ "0 0 " (width) " " (HEIGHT) } role="img"
            aria-label={ "Papers by month: " (told.join(", ")) } {
            path .ground d=(ground) {}
            path .fill d=(fill) {}
        }
    }
}

/// The head of a topic's page.
pub(super) fn about(answer: &TopicShowAnswer) -> Markup {
    let topic = &answer.topic;
    let terms: Vec<&str> = topic.terms.iter().map(|(term, _)| term.as_str()).collect();
    html! {
        nav .path aria-label="Where this topic is" {
            a href="/topics" { "Topics" }
            @for above in &answer.path { " › " a href=(link::topic(above.id)) { (text::name(&above.label)) } }
        }
        h1 { (text::name(&topic.label)) }
        div .topic {
            div {
                p { (count(topic.size, "paper")) ", " (kindred_digest::percentage(topic.share)) " of all; " (grouped(topic.weak)) " at its edge" }
                p .facts { (facts(topic)) }
                p .quiet { "Terms: " (terms.join(", ")) ". Here since " (day(answer.born)) "." }
            }
            div {
                (bars(&topic.months))
                @if let (Some(first), Some(last)) = (topic.months.first(), topic.months.last()) {
                    p .span { (first.month) " to " (last.month) }
                }
            }
        }
        @if !answer.children.is_empty() {
            h2 { "Parts" }
            ul .counts { @for part in &answer.children {
                li { a href=(link::topic(part.id)) { (text::name(&part.label)) } " " span .number { (grouped(part.size)) } }
            } }
        }
        @if !answer.siblings.is_empty() {
            p .quiet { "Beside it: " (names(&answer.siblings)) }
        }
    }
}

fn names(topics: &[TopicRef]) -> Markup {
    html! {
        @for (place, topic) in topics.iter().take(NEIGHBORS).enumerate() {
            @if place > 0 { ", " }
            (named(topic))
        }
        @if topics.len() > NEIGHBORS { " and " (topics.len() - NEIGHBORS) " more" }
    }
}

fn named(topic: &TopicRef) -> Markup {
    html! { a href=(link::topic(topic.id)) { (text::name(&topic.label)) } }
}

/// What groupings changed, and what was placed since.
pub(super) fn changes(answer: &TopicDiffAnswer) -> Markup {
    html! {
        section #changes {
            h2 { "What changed" }
            form action="/topics" method="get" .inline {
                label { "Since " input type="date" name="since" value=[answer.since.map(|day| day.to_string())]; }
                button type="submit" { "Show" }
            }
            @for run in &answer.runs {
                h3 { "Grouping of " (day(run.at)) ", " (count(run.papers, "paper")) }
                @if run.first {
                    p .quiet { "The first one; there is nothing to compare it with." }
                } @else if run.events.is_empty() {
                    p .quiet { "Nothing changed." }
                } @else {
                    ul { @for event in &run.events { li { (happened(event)) (papers(&event.papers, event.count)) } } }
                }
            }
            @if answer.runs.is_empty() { p .quiet { "No grouping since that day." } }
            @if !answer.placed.is_empty() {
                h3 { "Came since" }
                ul { @for placed in &answer.placed {
                    li { (named(&placed.topic)) ": " (count(placed.count, "paper")) (papers(&placed.papers, placed.count)) }
                } }
            }
        }
    }
}

fn happened(event: &TopicEventView) -> Markup {
    // What is no longer there has no page.
    let gone = |topic: &TopicRef| text::name(&topic.label);
    let list = |topics: &[TopicRef], is_here: bool| {
        html! {
            @for (place, topic) in topics.iter().enumerate() {
                @if place > 0 { " and " }
                @if is_here { (named(topic)) } @else { (gone(topic)) }
            }
        }
    };
    let papers = count(event.count, "paper");
    html! {
        @match event.change {
            TopicChange::Born => { "new: " (named(&event.topic)) ", " (papers) }
            TopicChange::Died => { "gone: " (gone(&event.topic)) ", " (papers) }
            TopicChange::Grew => { "grew: " (named(&event.topic)) ", " (papers) " came" }
            TopicChange::Shrank => { "shrank: " (named(&event.topic)) ", " (papers) " went" }
            TopicChange::Split => { "split: " (gone(&event.topic)) " into " (list(&event.others, true)) ", " (papers) " went" }
            TopicChange::Merged => { "merged: " (list(&event.others, false)) " into " (named(&event.topic)) ", " (papers) " came" }
        }
    }
}

fn papers(papers: &[EventPaper], number: u64) -> Markup {
    let hidden = number.saturating_sub(papers.len() as u64);
    html! {
        @if !papers.is_empty() {
            ul .quiet {
                @for paper in papers { li { a href=(link::paper(&paper.id)) { (text::title(&paper.title)) } } }
                @if hidden > 0 { li { "and " (grouped(hidden)) " more" } }
            }
        }
    }
}
