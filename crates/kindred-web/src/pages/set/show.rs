//! The page of a set.

use jiff::tz::TimeZone;
use kindred_engine::{RatedView, RuleKind, SetName};
use maud::{Markup, html};

use super::{Sheet, Summary, papers};
use crate::app::{App, Facts};
use crate::view::{link, name_field, text, token};

/// Papers of a rating that are listed before the rest is asked for.
const LISTED: usize = 100;

pub(super) fn all(
    (app, facts): (&App, &Facts),
    (set, is_all): (&SetName, bool),
    sheet: &Sheet,
) -> Markup {
    let of = |rating: &str| -> Vec<&RatedView> {
        let mut rated: Vec<&RatedView> = (sheet.rated.iter())
            .filter(|rated| rated.rating == rating)
            .collect();
        rated.sort_by_key(|rated| std::cmp::Reverse(rated.at));
        rated
    };
    html! {
        p .path { a href="/sets" { "Library" } " › Set" }
        h1 { (set) }
        p .quiet { (Summary::over(&sheet.rated).line()) }
        nav .days aria-label="Of this set" {
            a .button href=(link::feed(set)) { "Feed" }
            a .button href=(link::of_set(set, "ask")) { "Ask me 8" }
            span .quiet { "Export: " }
            span .formats {
                a href=(link::of_set(set, "papers.bib")) { "BibTeX" }
                a href=(link::of_set(set, "papers.ris")) { "RIS" }
                a href=(link::of_set(set, "papers.json")) { "JSON" }
            }
        }
        div .columns {
            div {
                (members(app, (set, is_all), "Liked", &of("like")))
                (members(app, (set, is_all), "Not for me", &of("dislike")))
                @if sheet.rated.is_empty() {
                    p .empty { "No paper yet. " a href="/" { "Search" } " and like some, "
                        a href="/import" { "import" } " a bibliography, or answer "
                        a href=(link::of_set(set, "ask")) { "8 questions" } "." }
                }
            }
            aside .beside aria-label="Rules and name" {
                (rules(app, set, sheet))
                (topics(app, set, sheet))
                (name(app, set, facts))
            }
        }
    }
}

fn members(
    app: &App,
    (set, is_all): (&SetName, bool),
    title: &str,
    rated: &[&RatedView],
) -> Markup {
    let shown = if is_all { rated.len() } else { LISTED };
    html! {
        @if !rated.is_empty() {
            section {
                h2 { (title) " " span .quiet { (rated.len()) } }
                form action=(link::of_set(set, "remove")) method="post" {
                    (token(app))
                    ul .members {
                        @for rated in rated.iter().take(shown) {
                            @let day = rated.at.to_zoned(TimeZone::UTC).date();
                            li {
                                span { a href=(link::paper(&rated.paper.id)) { (text::title(&rated.paper.title)) } " "
                                    span .quiet { (rated.paper.id.short()) " · rated " time datetime=(day) { (day) } } }
                                button type="submit" name="id" value=(rated.paper.id.short())
                                    aria-label={ "Take out: " (text::plain(&rated.paper.title)) } { "Take out" }
                            }
                        }
                    }
                }
                @if rated.len() > shown {
                    p { a href=(link::with_query(&link::set(set), &[("all", "1")])) { "Show all " (papers(rated.len())) } }
                }
            }
        }
    }
}

/// A kind of rule in words.
fn in_words(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::MuteAuthor => "Without author",
        RuleKind::MustNot => "Without words",
        RuleKind::NotCategory => "Without category",
        RuleKind::Category => "Only category",
        RuleKind::Must => "Only with words",
        RuleKind::PinAuthor => "Always author",
    }
}

fn rules(app: &App, set: &SetName, sheet: &Sheet) -> Markup {
    let action = link::of_set(set, "rules");
    html! {
        section #rules {
            h2 { "Rules" }
            @if sheet.rules.rules.is_empty() { p .quiet { "No score overrides a rule. None yet." } }
            @else {
                form action=(action) method="post" {
                    (token(app))
                    ul .members {
                        @for rule in &sheet.rules.rules {
                            li {
                                span { (in_words(rule.kind)) " " bdi { strong { (rule.rule) } } }
                                button type="submit" name="remove" value={ (rule.kind.name()) " " (rule.rule) }
                                    aria-label={ "Remove: " (in_words(rule.kind)) " " (rule.rule) } { "Remove" }
                            }
                        }
                    }
                }
            }
            @for pin in &sheet.rules.overshadowed {
                p .notice { "Papers of " (text::name(&pin.pinned)) " may be left out all the same, as "
                    (text::name(&pin.muted)) " is muted." }
            }
            form .stack action=(action) method="post" {
                (token(app))
                label { "Kind " select name="kind" {
                    @for kind in [RuleKind::MustNot, RuleKind::Must, RuleKind::Category, RuleKind::NotCategory, RuleKind::PinAuthor, RuleKind::MuteAuthor] {
                        option value=(kind.name()) { (in_words(kind)) }
                    }
                } }
                label { "Words, category or name " input type="text" name="rule" required maxlength="500" placeholder="survey | graph neural network*"; }
                button type="submit" { "Add rule" }
            }
        }
    }
}

fn topics(app: &App, set: &SetName, sheet: &Sheet) -> Markup {
    html! {
        @if !sheet.topics.is_empty() {
            section {
                h2 { "Made of topics" }
                form action=(link::of_set(set, "topics")) method="post" {
                    (token(app))
                    ul .members {
                        @for topic in &sheet.topics {
                            li {
                                a href=(link::topic(topic.id)) { bdi { (topic.label) } }
                                button type="submit" name="topic" value=(topic.id) aria-label={ "End: " (topic.label) } { "End" }
                            }
                        }
                    }
                }
                p .quiet { "The topic’s most central papers were liked for it; ending it leaves them." }
            }
        }
    }
}

fn name(app: &App, set: &SetName, facts: &Facts) -> Markup {
    let others: Vec<&SetName> = (facts.sets.iter())
        .map(|other| &other.name)
        .filter(|other| *other != set)
        .collect();
    html! {
        section {
            h2 { "Name" }
            form .stack action=(link::of_set(set, "rename")) method="post" {
                (token(app))
                label { "New name " (name_field("new", Some(set.as_str()), true)) }
                button type="submit" { "Rename" }
            }
            @if !others.is_empty() {
                h2 { "Merge" }
                form .stack action=(link::of_set(set, "merge")) method="get" {
                    label { "Move in all of " select name="from" { @for other in others { option value=(other) { (other) } } } }
                    button type="submit" { "Merge…" }
                }
            }
            p { a href=(link::of_set(set, "delete")) { "Delete this set…" } }
        }
    }
}
