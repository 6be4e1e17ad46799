//! A paper in a list.

use std::collections::BTreeMap;

use kindred_engine::answer::PaperView;
use kindred_engine::{PaperDate, PaperId, Rating, SetName};
use maud::{Markup, html};

use super::undo::{self, Change};
use super::{Visit, link, name_field, text, token};
use crate::app::App;

/// Authors named before the others are folded.
const FIRST_AUTHORS: usize = 3;

/// What the cards of a page have in common.
pub(crate) struct Deck<'a> {
    pub(crate) app: &'a App,
    pub(crate) visit: &'a Visit,
    /// The set that ratings go to.
    pub(crate) set: &'a SetName,
    /// Its ratings.
    pub(crate) ratings: &'a BTreeMap<PaperId, Rating>,
    /// All sets, to save to.
    pub(crate) sets: Vec<SetName>,
    /// Where to come back to after a rating.
    pub(crate) back: String,
    /// Whether papers can be ticked.
    pub(crate) can_tick: bool,
}

/// How well a paper fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Measure {
    /// Cosine similarity.
    Cosine(f32),
    /// Probability that the reader keeps it.
    Relevance(f64),
    /// Nothing that could be compared with other lists.
    None,
}

/// What a card shows besides the paper.
pub(crate) struct Extra {
    pub(crate) measure: Measure,
    /// Lines below the facts: why it is here.
    pub(crate) why: Markup,
    /// Further links.
    pub(crate) links: Markup,
}

impl Extra {
    pub(crate) fn none() -> Self {
        Self {
            measure: Measure::None,
            why: html! {},
            links: html! {},
        }
    }
}

impl Deck<'_> {
    /// A paper with its facts, its abstract, what can be done with it.
    pub(crate) fn card(&self, paper: &PaperView, extra: &Extra) -> Markup {
        let anchor = link::anchor(&paper.id);
        let rating = self.ratings.get(&paper.id).copied();
        let is_folded = rating == Some(Rating::Dislike);
        html! {
            article .card .folded[is_folded] id=(anchor) aria-labelledby={ "t-" (anchor) } data-id=(paper.id.short()) {
                div .head {
                    @if self.can_tick {
                        label .tick {
                            input type="checkbox" name="id" value=(paper.id.short()) form="ticked"
                                aria-label={ "Choose " (text::plain(&paper.title)) };
                        }
                    }
                    h3 id={ "t-" (anchor) } { a href=(link::paper(&paper.id)) data-key="o" { (text::title(&paper.title)) } }
                    (measure(extra.measure))
                }
                (facts(paper))
                div .why { (extra.why) }
                (self.abstract_of(paper))
                div .actions {
                    (self.rate(paper, rating))
                    (links(paper, &extra.links))
                }
            }
        }
    }

    fn abstract_of(&self, paper: &PaperView) -> Markup {
        html! {
            @if !paper.abstract_text.trim().is_empty() {
                details .abstract open[self.visit.preferences.abstracts] {
                    summary data-key="a" { "Abstract" }
                    p { (text::marked(&paper.abstract_text)) }
                }
            }
        }
    }

    /// The change of a paper's rating that can be undone.
    fn change(&self, paper: &PaperView, rating: Option<Rating>) -> Option<&Change> {
        self.visit.change.as_ref().filter(|change| {
            let before = change.before.map(|(before, _)| before);
            change.id == paper.id && change.set == *self.set && before != rating
        })
    }

    /// What rates a paper, undoes or takes back a rating and saves the paper to another set; the
    /// part of a page that changes with a rating.
    pub(crate) fn rate(&self, paper: &PaperView, rating: Option<Rating>) -> Markup {
        let button = |value: Rating, name: &str, key: &str| {
            let is_pressed = rating == Some(value);
            let word = if is_pressed { "none" } else { word_of(value) };
            let title = text::plain(&paper.title);
            html! {
                button type="submit" name="rating" value=(word) data-key=(key)
                    aria-pressed=(if is_pressed { "true" } else { "false" })
                    aria-label={ (name) ": " (title) } { (name) }
            }
        };
        html! { div .verdict data-part=(link::anchor(&paper.id)) data-rated=(undo::word(rating)) {
            form .rate action="/rate" method="post" {
                (token(self.app))
                input type="hidden" name="id" value=(paper.id.short());
                input type="hidden" name="set" value=(self.set);
                input type="hidden" name="back" value=(self.back);
                (button(Rating::Like, "Like", "l"))
                (button(Rating::Dislike, "Not for me", "x"))
                @if let Some(rating) = rating {
                    span .rated { (said(rating)) " in " bdi { (self.set) } }
                }
                @if let Some(change) = self.change(paper, rating) {
                    button type="submit" name="undo" value=(undo::told(change.before)) .undo data-key="u" { "Undo" }
                } @else if rating.is_some() {
                    button type="submit" name="rating" value="none" .take-back { "Take back" }
                }
            }
            details .save {
                summary data-key="b" { "Save to…" }
                form action="/save" method="post" {
                    (token(self.app))
                    input type="hidden" name="id" value=(paper.id.short());
                    input type="hidden" name="back" value=(self.back);
                    label { "Set " select name="set" {
                        @for set in &self.sets { option value=(set) selected[set == self.set] { (set) } }
                        option value="" { "a new one:" }
                    } }
                    label { span .unseen { "Name of the new set" } (name_field("new", None, false)) }
                    button type="submit" { "Save" }
                }
            }
        } }
    }
}

/// The word for a rating in forms.
pub(crate) fn word_of(rating: Rating) -> &'static str {
    match rating {
        Rating::Like => "like",
        Rating::Dislike => "dislike",
    }
}

fn said(rating: Rating) -> &'static str {
    match rating {
        Rating::Like => "Liked",
        Rating::Dislike => "Not for me",
    }
}

/// Authors, categories, date.
pub(crate) fn facts(paper: &PaperView) -> Markup {
    html! {
        p .facts {
            (authors(&paper.authors))
            @for category in &paper.categories {
                " " a .chip href=(link::with_query("/", &[("q", &format!("cat:{category}"))])) { (category) }
            }
            @if let Some(date) = paper.date { " " time { (day(date)) } }
            @if let Some(venue) = &paper.venue { " " span .venue { (text::name(venue)) } }
            " " span .id { (paper.id.short()) }
            @if paper.withdrawn { " " strong .withdrawn { "withdrawn" } }
        }
    }
}

/// A date without its time of day.
pub(crate) fn day(date: PaperDate) -> String {
    let text = date.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}

/// The first three authors and the last; the others are folded.
fn authors(authors: &[String]) -> Markup {
    let named = |names: &[String]| {
        html! {
            @for (place, name) in names.iter().enumerate() {
                @if place > 0 { ", " }
                (text::name(name))
            }
        }
    };
    html! {
        span .authors {
            @if authors.len() <= FIRST_AUTHORS + 1 {
                (named(authors))
            } @else {
                (named(&authors[..FIRST_AUTHORS]))
                details .others {
                    summary { (authors.len() - FIRST_AUTHORS - 1) " more" }
                    (named(&authors[FIRST_AUTHORS..authors.len() - 1]))
                }
                (named(&authors[authors.len() - 1..]))
            }
        }
    }
}

/// A number and a bar.
fn measure(measure: Measure) -> Markup {
    let bar = |share: f64, number: String, name: &str| {
        let width = format!("{:.1}", share.clamp(0.0, 1.0) * 100.0);
        html! {
            span .measure title=(name) {
                span .unseen { (name) " " }
                (number)
                svg .bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
                    rect .ground width="100" height="4" {}
                    rect .fill width=(width) height="4" {}
                }
            }
        }
    };
    match measure {
        Measure::Cosine(score) => bar(f64::from(score), format!("{score:.3}"), "similarity"),
        Measure::Relevance(share) => bar(
            share,
            kindred_digest::percentage(share),
            "chance that you keep it",
        ),
        Measure::None => html! {},
    }
}

fn links(paper: &PaperView, further: &Markup) -> Markup {
    html! {
        span .links {
            a href=(link::similar(&paper.id)) data-key="s" { "Similar" }
            (further)
            @if let Some(url) = &paper.url { " " a href=(url) rel="noreferrer" { (source(&paper.id)) } }
            @if let Some(pdf) = link::pdf(&paper.id) { " " a href=(pdf) rel="noreferrer" data-key="p" { "PDF" } }
            " " a href=(link::bibtex(&paper.id)) data-key="y" { "BibTeX" }
            " " a href=(link::on_map(&paper.id)) data-key="m" { "On map" }
        }
    }
}

/// What the page of a paper elsewhere is called.
pub(crate) fn source(id: &PaperId) -> &'static str {
    match id {
        PaperId::Arxiv(_) => "arXiv",
        PaperId::Other { .. } => "Source",
    }
}
