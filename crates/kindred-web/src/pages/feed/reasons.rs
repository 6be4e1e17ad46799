//! Why a paper is in a feed.

use kindred_digest::abridged;
use kindred_engine::answer::{
    FeedAnswer, FeedHit, InterestView, Reason, RevisionView, RunKind, TextRun,
};
use maud::{Markup, html};

use crate::view::{link, text};

/// Smallest share, beside the largest, of a reason that is told.
const SMALLEST_SHARE: f64 = 0.2;

/// Everything that is told of why a paper is here.
pub(super) fn why(hit: &FeedHit, answer: &FeedAnswer) -> Markup {
    html! {
        @if let Some(author) = &hit.pinned {
            p { strong { "Pinned" } ": author " (text::name(author)) }
        }
        @if let Some([left, right]) = hit.between {
            p { "To explore: between " (interest_of(&answer.interests, left)) " and " (interest_of(&answer.interests, right)) }
        } @else if let Some(number) = hit.interest {
            p { "Interest " (interest_of(&answer.interests, number)) }
        }
        @if let Some(revision) = &hit.revision { (changes(revision, hit.paper.version)) }
        @for part in told(hit) { (reason(part, hit.score)) }
        @if !hit.terms.is_empty() {
            p { "Words of papers you liked: "
                @for (place, part) in hit.terms.iter().enumerate() {
                    @if place > 0 { ", " }
                    "“" bdi { (part.term) } "” " span .number { (signed(part.share)) }
                }
            }
        }
    }
}

/// The rated papers with a part in the score that is worth a line.
fn told(hit: &FeedHit) -> impl Iterator<Item = &Reason> {
    let largest = (hit.reasons.iter()).fold(0.0_f64, |most, part| most.max(part.share.abs()));
    // That a revision is like its earlier self is no reason.
    hit.reasons
        .iter()
        .filter(move |part| part.share.abs() >= SMALLEST_SHARE * largest && part.id != hit.paper.id)
}

/// A rated paper, how alike it is, and its part of the score.
pub(super) fn reason(part: &Reason, score: f64) -> Markup {
    html! {
        p {
            @if part.rating == "like" { "Because you liked " } @else { "Although not for you: " }
            a href=(link::paper(&part.id)) { (text::title(&part.title)) }
            " " span .number { (format!("{:.2} alike, {} of the score {score:.2}", part.similarity, signed(part.share))) }
        }
    }
}

/// A number with its sign, a true minus included.
pub(in crate::pages) fn signed(value: f64) -> String {
    let text = format!("{value:+.2}");
    text.strip_prefix('-')
        .map_or(text.clone(), |digits| format!("−{digits}"))
}

/// The number and the terms of an interest.
pub(in crate::pages) fn interest_of(interests: &[InterestView], number: usize) -> Markup {
    let found = interests.iter().find(|interest| interest.number == number);
    html! {
        (number)
        @if let Some(interest) = found { " (" bdi { (interest.terms.join(", ")) } ")" }
    }
}

/// What a new version changed, word by word.
pub(super) fn changes(revision: &RevisionView, version: Option<u16>) -> Markup {
    let newest = version.map_or_else(
        || "A new version".to_owned(),
        |number| format!("Version {number}"),
    );
    let seen = revision.seen_version.map_or_else(
        || "an earlier one".to_owned(),
        |number| format!("version {number}"),
    );
    html! {
        p { (newest) ", you saw " (seen) ": it says something else now, "
            span .number { (format!("{:.2} alike", revision.similarity)) } }
        @for (label, runs) in [("Title", &revision.title), ("Abstract", &revision.abstract_text)] {
            @if runs.iter().any(|run| run.kind != RunKind::Equal) {
                p .changes { span .quiet { (label) ": " } (words(runs)) }
            }
        }
    }
}

fn words(runs: &[TextRun]) -> Markup {
    html! {
        @for (place, run) in abridged(runs, text::plain).iter().enumerate() {
            @if place > 0 { " " }
            @match run.kind {
                RunKind::Equal => (run.text),
                RunKind::Removed => del { span .unseen { "removed: " } (run.text) },
                RunKind::Added => ins { span .unseen { "added: " } (run.text) },
            }
        }
    }
}
