//! What was found, as a page.

use std::collections::BTreeMap;

use kindred_engine::answer::{SearchHit, TopicRef};
use kindred_engine::{SearchMode, SetName};
use maud::{Markup, html};

use super::question::{Asked, FILTERS, Question, Sort};
use super::{DEPTH, Found, Hit, PAGE};
use crate::app::{App, Facts};
use crate::error::Failure;
use crate::pages;
use crate::signed::TOKEN_FIELD;
use crate::view::card::{Deck, Extra, Measure};
use crate::view::{Visit, count, link, name_field, text};

/// Topics beside the results.
const TOPICS: usize = 8;
/// Questions that an empty page proposes.
const EXAMPLES: [&str; 3] = [
    "secure aggregation -blockchain",
    "\"graph neural network\" molecules",
    "title:exoplanet atmosphere",
];

/// The name of the window.
pub(super) fn title(question: &Question, found: Option<&Found>) -> String {
    let seed = found.and_then(|found| found.seeds.first());
    match (&question.asked, seed) {
        (Asked::Papers(ids), Some(seed)) if ids.len() == 1 => {
            format!("Like {}", text::plain(&seed.title))
        }
        (Asked::Papers(ids), _) => format!("Like {}", count(ids.len() as u64, "paper")),
        (Asked::Text(_), _) => "Like a text".to_owned(),
        (Asked::Words(_), _) => question.text.chars().take(60).collect(),
        (Asked::Nothing, _) => "Search".to_owned(),
    }
}

/// The page before anything was asked.
pub(super) fn start(facts: &Facts, question: &Question) -> Markup {
    html! {
        h1 .unseen { "Search" }
        (form(question))
        @if facts.embedded == 0 {
            section .failure {
                h2 { "Nothing can be found yet" }
                p { a href="/import" { "Import papers" } ", or on the command line "
                    code { "kindred import FILE…" } " or " code { "kindred sync --category cs.DC" } "." }
            }
        } @else {
            section .examples {
                h2 { "For example" }
                ul { @for example in EXAMPLES {
                    li { a href=(link::with_query("/", &[("q", example)])) { (example) } }
                } }
                p .quiet { "An arXiv id, a DOI, an address or a pasted abstract finds papers like it." }
            }
        }
    }
}

/// What went wrong, with the form as it was filled in.
pub(super) fn failed(question: &Question, failure: &Failure) -> Markup {
    html! { (form(question)) (pages::failed(failure)) }
}

/// The results.
pub(super) fn list(
    (app, visit, facts): (&App, &Visit, &Facts),
    set: &SetName,
    question: &Question,
    found: &Found,
) -> Markup {
    let deck = Deck {
        app,
        visit,
        set,
        ratings: &found.ratings,
        sets: facts.sets.iter().map(|set| set.name.clone()).collect(),
        back: visit.here.clone(),
        can_tick: true,
    };
    let mut shown: Vec<usize> = (0..found.hits.len())
        .filter(|&place| {
            let topics = &found.topics[place];
            question
                .topic
                .is_none_or(|wanted| topics.iter().any(|topic| topic.id == wanted))
        })
        .collect();
    if question.sort == Sort::Newest {
        let day = |place: usize| {
            found.hits[place]
                .paper()
                .date
                .map(kindred_engine::PaperDate::first_day)
        };
        shown.sort_by_key(|&place| std::cmp::Reverse(day(place)));
    }
    let first = question.page * PAGE;
    let page: Vec<usize> = shown.iter().copied().skip(first).take(PAGE).collect();
    html! {
        h1 .unseen { (title(question, Some(found))) }
        (form(question))
        (reading(question, found))
        div .columns {
            section .results aria-label="Results" {
                h2 .unseen { "Results" }
                p .quiet .summary {
                    (summary(shown.len(), found.hidden))
                    " · " (sorting(question))
                }
                @if page.is_empty() { (nothing(question)) }
                (ticked(app))
                @for &place in &page {
                    (deck.card(found.hits[place].paper(), &extra(&found.hits[place], &found.topics[place])))
                }
                (pager(question, shown.len()))
            }
            (aside(question, found))
        }
    }
}

/// The form of a search; that of similar papers has the papers in it.
fn form(question: &Question) -> Markup {
    let is_search = question.path == "/";
    let option = |value: &str, name: &str, chosen: bool| html! { option value=(value) selected[chosen] { (name) } };
    html! {
        form .search role="search" action=(question.path) method="get" {
            @if is_search {
                div .line {
                    input #q type="search" name="q" value=(question.text) maxlength="16384" aria-label="Words, an id, a DOI, an address, or an abstract"
                        placeholder="Words, an id, a DOI, an address, or an abstract" autofocus[question.text.is_empty()];
                    button type="submit" { "Search" }
                }
            } @else if let Asked::Papers(ids) = &question.asked {
                @for id in ids { input type="hidden" name="id" value=(id.short()); }
            } @else {
                label { "Text " textarea name="text" rows="5" maxlength="16384" { (question.text) } }
                " " button type="submit" { "Search" }
            }
            details .filters open[question.is_filtered()] {
                summary { "Filters" }
                div .fields {
                    label { "Category " input type="text" name="cat" value=(question.typed("cat")) placeholder="cs.DC" size="10"; }
                    label { "From " input type="text" name="from" value=(question.typed("from")) placeholder="2025" size="10" inputmode="numeric"; }
                    label { "To " input type="text" name="to" value=(question.typed("to")) placeholder="2026-03-31" size="10"; }
                    @if is_search {
                        label { "By " select name="by" {
                            (option("", "words and meaning", question.mode == SearchMode::Fused))
                            (option("words", "words alone", question.mode == SearchMode::Words))
                            (option("meaning", "meaning alone", question.mode == SearchMode::Meaning))
                        } }
                    }
                    label { "Order " select name="sort" {
                        (option("", "best first", question.sort == Sort::Best))
                        (option("newest", "newest first", question.sort == Sort::Newest))
                    } }
                    label .box { input type="checkbox" name="hide" value="known" checked[question.hides_known]; " Hide what I have" }
                    @if let Some(topic) = question.topic { input type="hidden" name="topic" value=(topic); }
                    button type="submit" { "Apply" }
                }
            }
        }
    }
}

/// How the text was read, and the papers asked about.
fn reading(question: &Question, found: &Found) -> Markup {
    html! {
        @if let Some(reading) = question.reading() { p .reading { (reading) } }
        @if !found.seeds.is_empty() {
            section .seeds aria-label="Asked about" {
                p { "Papers like" }
                ul { @for seed in &found.seeds { li {
                    a href=(link::paper(&seed.id)) { (text::title(&seed.title)) }
                    span .quiet { " " (seed.id.short()) }
                } } }
            }
        }
    }
}

fn summary(shown: usize, hidden: usize) -> String {
    let shown = if shown == DEPTH {
        format!("the best {DEPTH}")
    } else {
        count(shown as u64, "paper")
    };
    match hidden {
        0 => shown,
        hidden => format!("{shown}, {hidden} hidden that you have"),
    }
}

fn sorting(question: &Question) -> Markup {
    html! {
        @match question.sort {
            Sort::Best => { "best first, " a href=(question.address(&[("sort", "newest")])) { "newest first" } },
            Sort::Newest => { "newest first, " a href=(question.address(&[("sort", "")])) { "best first" } },
        }
    }
}

fn nothing(question: &Question) -> Markup {
    html! {
        div .empty {
            p { "No paper." }
            @if question.is_filtered() {
                p { a href=(question.address(&FILTERS.map(|name| (name, "")))) { "Without filters" } }
            }
        }
    }
}

/// What can be done with papers that are ticked.
fn ticked(app: &App) -> Markup {
    html! {
        form #ticked .ticked action="/similar" method="get" {
            // The first button is the one that Enter presses in the field, and it alone carries the
            // token, which must not come into an address.
            details {
                summary { "Save those ticked" }
                label { "New set " (name_field("new", None, true)) }
                button type="submit" name=(TOKEN_FIELD) value=(app.token.as_str()) formaction="/save" formmethod="post" { "Save as set" }
            }
            button type="submit" formnovalidate { "Similar to those ticked" }
        }
    }
}

fn extra(hit: &Hit, topics: &[TopicRef]) -> Extra {
    let why = match hit {
        Hit::Words(hit) => evidence(hit),
        Hit::Alike(_) => html! {},
    };
    Extra {
        measure: match hit {
            Hit::Words(_) => Measure::None,
            Hit::Alike(hit) => Measure::Cosine(hit.score.get()),
        },
        why: html! {
            (why)
            @if let Some(topic) = topics.last() {
                p { "topic " a href=(link::topic(topic.id)) { (topic.label) } }
            }
        },
        links: html! {},
    }
}

/// By what a search found a paper.
fn evidence(hit: &SearchHit) -> Markup {
    let words = hit
        .words
        .map(|words| format!("place {} by words", words.rank));
    let meaning = (hit.meaning).map(|meaning| {
        format!(
            "place {} by meaning, {:.3} alike",
            meaning.rank, meaning.score
        )
    });
    let lines: Vec<String> = words.into_iter().chain(meaning).collect();
    html! { p { (lines.join(" · ")) } }
}

fn pager(question: &Question, shown: usize) -> Markup {
    let pages = shown.div_ceil(PAGE);
    let to = |page: usize| question.address(&[("page", &(page + 1).to_string())]);
    html! {
        @if pages > 1 {
            nav .pager aria-label="Pages of results" {
                @if question.page > 0 { a rel="prev" href=(to(question.page - 1)) { "Before" } }
                span { "Page " (question.page + 1) " of " (pages) }
                @if question.page + 1 < pages { a rel="next" href=(to(question.page + 1)) { "Next" } }
            }
        }
    }
}

/// Topics and years of the results.
fn aside(question: &Question, found: &Found) -> Markup {
    let mut topics: BTreeMap<u64, (usize, &TopicRef)> = BTreeMap::new();
    let mut years: BTreeMap<i16, usize> = BTreeMap::new();
    for (hit, path) in found.hits.iter().zip(&found.topics) {
        if let Some(topic) = path.last() {
            topics.entry(topic.id.0).or_insert((0, topic)).0 += 1;
        }
        if let Some(date) = hit.paper().date {
            *years.entry(date.first_day().year()).or_default() += 1;
        }
    }
    let mut topics: Vec<(usize, &TopicRef)> = topics.into_values().collect();
    topics.sort_by_key(|(count, topic)| (std::cmp::Reverse(*count), topic.id));
    let most = years.values().copied().max().unwrap_or(1);
    html! {
        aside .beside aria-label="Topics and years of the results" {
            @if !topics.is_empty() {
                h2 { "Topics" }
                ul .counts {
                    @for (papers, topic) in topics.into_iter().take(TOPICS) {
                        @let is_chosen = question.topic == Some(topic.id);
                        @let wanted = if is_chosen { String::new() } else { topic.id.to_string() };
                        li {
                            a href=(question.address(&[("topic", &wanted), ("page", "")])) aria-current=[is_chosen.then_some("true")] { (topic.label) }
                            " " span .number { (papers) }
                        }
                    }
                }
            }
            @if years.len() > 1 {
                h2 { "Years" }
                ul .years {
                    @for (year, papers) in years.iter().rev() {
                        @let name = year.to_string();
                        li {
                            a href=(question.address(&[("from", &name), ("to", &name), ("page", "")])) { (name) }
                            svg .bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
                                rect .fill width=(papers * 100 / most) height="4" {}
                            }
                            span .number { (papers) }
                        }
                    }
                }
            }
        }
    }
}
