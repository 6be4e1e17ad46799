//! The papers of a feed, those below the threshold, and what was left out.

use jiff::civil::Date;
use kindred_engine::AnnouncementKind;
use kindred_engine::answer::{FeedAnswer, FeedHit, LeftOut};
use maud::{Markup, html};

use super::question::Question;
use super::reasons::why;
use super::threshold::Parts;
use super::{Sheet, head};
use crate::app::App;
use crate::feeds::LIMIT;
use crate::view::card::{Deck, Extra, Measure};
use crate::view::{count, grouped, link, token};

/// Papers below the threshold that are shown folded.
const BELOW: usize = 10;

/// As what a paper is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    New,
    Cross,
    Revised,
}

impl Group {
    const ALL: [Self; 3] = [Self::New, Self::Cross, Self::Revised];

    /// A paper without a known announcement is new.
    fn of(hit: &FeedHit) -> Self {
        match hit.announced {
            _ if hit.revision.is_some() => Self::Revised,
            Some(AnnouncementKind::Replace | AnnouncementKind::ReplaceCross) => Self::Revised,
            Some(AnnouncementKind::Cross) => Self::Cross,
            Some(AnnouncementKind::New) | None => Self::New,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Cross => "Cross-listed",
            Self::Revised => "Revised",
        }
    }
}

/// The papers above the threshold.
pub(super) fn groups((deck, answer): (&Deck<'_>, &FeedAnswer), parts: &Parts<'_>) -> Markup {
    html! {
        @for group in Group::ALL {
            @let hits: Vec<&FeedHit> = parts.above.iter().copied().filter(|hit| Group::of(hit) == group).collect();
            @if !hits.is_empty() {
                section .group aria-label=(group.name()) {
                    h2 { (group.name()) " " span .quiet { (hits.len()) } }
                    @for hit in hits { (card((deck, answer), hit)) }
                }
            }
        }
        @if parts.above.is_empty() {
            p .empty { "No paper of this day is above your threshold." }
        }
    }
}

fn card((deck, answer): (&Deck<'_>, &FeedAnswer), hit: &FeedHit) -> Markup {
    let extra = Extra {
        measure: hit.relevance.map_or(Measure::None, Measure::Relevance),
        why: why(hit, answer),
        links: html! { " " a href=(link::why_on(deck.set, &hit.paper.id, answer.as_of)) { "Why" } },
    };
    deck.card(&hit.paper, &extra)
}

/// The next papers, folded.
pub(super) fn below((deck, answer): (&Deck<'_>, &FeedAnswer), parts: &Parts<'_>) -> Markup {
    html! {
        @if !parts.below.is_empty() {
            @let next: Vec<&FeedHit> = parts.below.iter().copied().take(BELOW).collect();
            section .below aria-label="Below your threshold" {
                h2 .ruled { span { "Below your threshold" } }
                details {
                    summary { "The next " (next.len()) }
                    @for hit in next { (card((deck, answer), hit)) }
                }
            }
        }
    }
}

/// What was left out, and the mark that the day is read.
pub(super) fn end(
    (app, question, day): (&App, &Question, Date),
    sheet: &Sheet,
    parts: &Parts<'_>,
) -> Markup {
    let answer = &sheet.ranking.answer;
    let hidden = answer.arrivals + answer.revisions - parts.above.len() as u64;
    let reasons = hidden_by(answer, parts);
    let is_read = sheet.days.read.contains_key(&day);
    html! {
        section #end .end aria-label="End of the feed" {
            p { strong { "All seen." }
                @if hidden > 0 {
                    " " (grouped(hidden)) " hidden: "
                    @for (place, (number, why)) in reasons.iter().enumerate() {
                        @if place > 0 { ", " }
                        (grouped(*number)) " " (why)
                    }
                    "."
                }
            }
            @if parts.above.len() + parts.below.len() == LIMIT {
                p .quiet { "At most " (LIMIT) " papers of a day are kept; filter by category to see others." }
            }
            @if answer.rules.iter().any(|rule| rule.removed > 0) {
                details {
                    summary { "By which rule" }
                    ul { @for rule in answer.rules.iter().filter(|rule| rule.removed > 0) {
                        li { (rule.kind) " " bdi { (rule.rule) } ": " (count(rule.removed, "paper")) }
                    } }
                }
            }
            @if answer.left_out.not_embedded > 0 {
                p .quiet { "Papers without a vector are ranked after " code { "kindred embed" } "." }
            }
            @if let Some(line) = &sheet.following { p .quiet { "Following arXiv: " (crate::pages::in_code(line)) "." } }
            @if is_read {
                p .quiet { "This day is marked as read: what was shown on it is left out of later days." }
            } @else if !parts.above.is_empty() {
                form action=(link::of_set(&question.set, "feed/read")) method="post" {
                    (token(app)) (head::kept(question, day))
                    button type="submit" { "Mark this day as read" }
                    " " span .quiet { "later days leave these papers out, and the chances learn from what you kept" }
                }
            }
            p { a .button href=(question.address("ask", Some(day))) { "Ask me 8" } " "
                span .quiet { "papers whose rating would teach most" } }
        }
    }
}

/// Why papers are not shown, with their number; all fields are named, so that a new one cannot be
/// forgotten here.
fn hidden_by(answer: &FeedAnswer, parts: &Parts<'_>) -> Vec<(u64, &'static str)> {
    let LeftOut {
        in_set,
        shown_before,
        unchanged_revisions,
        owned,
        duplicates,
        by_rule,
        withdrawn,
        not_embedded,
        below_limit,
    } = answer.left_out;
    [
        (parts.below.len() as u64 + below_limit, "below threshold"),
        (in_set, "rated before"),
        (shown_before, "shown on an earlier day"),
        (owned, "liked in another set"),
        (unchanged_revisions, "revised without news"),
        (duplicates, "the same work again"),
        (by_rule, "by rule"),
        (withdrawn, "withdrawn"),
        (not_embedded, "without a vector yet"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .collect()
}
