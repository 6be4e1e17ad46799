//! The table of a review: each reference beside the paper of the library that it is.

use kindred_engine::{
    PaperId, ReferenceCounts, ReferenceReview, ReferenceStatus, ReviewedReference,
};
use maud::{Markup, html};

use super::review::{FORM, Question, STATUSES, can_write, name_of, number_of};
use super::table;
use crate::view::card::day;
use crate::view::{grouped, link, text};

/// The table of what is shown.
pub(super) fn rows(review: &ReferenceReview, question: &Question) -> Markup {
    let several = review.inputs.len() > 1;
    html! {
        table .review {
            caption .unseen { "References and what they are to the library" }
            thead { tr {
                th scope="col" { span .unseen { "Tick" } }
                th scope="col" { "Reference" }
                th scope="col" { "In the library" }
            } }
            @for status in STATUSES {
                @if number_of(&review.counts, status) > 0 {
                    tbody id=(name_of(status)) {
                        tr .group { th colspan="3" scope="rowgroup" { (heading(&review.counts, status)) } }
                        @for (place, reviewed) in review.references.iter().enumerate() {
                            @if reviewed.status == status { (row(place, reviewed, several, question)) }
                        }
                    }
                }
            }
        }
    }
}

fn heading(counts: &ReferenceCounts, status: ReferenceStatus) -> Markup {
    html! {
        @match status {
            ReferenceStatus::Likely => { (grouped(counts.likely)) " likely: compare the titles and tick what is the same paper" }
            ReferenceStatus::Matched => { (grouped(counts.matched)) " matched" }
            ReferenceStatus::Missing => {
                (grouped(counts.missing)) " not in the library; "
                @match counts.addable {
                    0 => { "none has an abstract, so none can be added" }
                    addable => { (grouped(addable)) " with an abstract can be added to it" }
                }
            }
            ReferenceStatus::Rated => {
                (grouped(counts.rated)) " rated already"
                @if counts.contradicting > 0 { ", " (grouped(counts.contradicting)) " of them the other way; ratings stay" }
            }
            ReferenceStatus::Duplicate => { (grouped(counts.duplicate)) " named twice" }
        }
    }
}

fn row(place: usize, reviewed: &ReviewedReference, several: bool, question: &Question) -> Markup {
    let name = if reviewed.title.is_empty() {
        reviewed
            .id
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| reviewed.doi.clone())
    } else {
        Some(text::plain(&reviewed.title))
    };
    let name = name.unwrap_or_else(|| reviewed.place.clone());
    html! {
        tr {
            td .choose {
                @if can_write(reviewed) {
                    label .tick {
                        input type="checkbox" name="row" value=(place) form=(FORM) checked[question.is_ticked(reviewed)]
                            aria-label={ "Import: " (name) };
                    }
                }
            }
            td .told {
                div .name { @if reviewed.title.is_empty() { (name) } @else { (text::title(&reviewed.title)) } }
                p .facts {
                    @for (place, fact) in facts(reviewed, several).iter().enumerate() {
                        @if place > 0 { " · " }
                        (fact)
                    }
                }
            }
            td .found { (found(reviewed)) }
        }
    }
}

/// Who wrote it, when, under which ids, and where it stands.
fn facts(reviewed: &ReviewedReference, several: bool) -> Vec<Markup> {
    let mut facts = Vec::new();
    if !reviewed.authors.is_empty() {
        facts.push(authors(&reviewed.authors));
    }
    if let Some(date) = reviewed.date {
        facts.push(html! { (day(date)) });
    }
    // Without a title the id stands in its place.
    if !reviewed.title.is_empty() {
        let id = reviewed.id.as_ref().map(PaperId::short);
        let ids = id.into_iter().chain(reviewed.doi.clone());
        facts.extend(ids.map(|id| html! { span .id { (id) } }));
    }
    let key = reviewed.citation_key.as_deref();
    let key = key.filter(|key| !reviewed.place.ends_with(*key));
    facts.push(html! {
        @if several { bdi { (reviewed.input) } ", " }
        (reviewed.place)
        @if let Some(key) = key { ", " bdi { (key) } }
    });
    facts
}

fn authors(names: &[String]) -> Markup {
    html! {
        @match names {
            [] => {}
            [one] => { (text::name(one)) }
            [one, other] => { (text::name(one)) ", " (text::name(other)) }
            [one, ..] => { (text::name(one)) " and " (names.len() - 1) " more" }
        }
    }
}

/// What stands opposite: the paper of the library, or why there is none.
fn found(reviewed: &ReviewedReference) -> Markup {
    html! {
        @if let Some(paper) = &reviewed.paper {
            div .name { a href=(link::paper(&paper.id)) { (text::title(&paper.title)) } }
            p .facts {
                span .id { (paper.id.short()) } " · " (table::said(paper.by))
                @if let Some(rated) = reviewed.rated { " · " (rated) "d already" }
            }
        }
        @match reviewed.status {
            ReferenceStatus::Duplicate => {
                p .facts { "same as " (reviewed.duplicate_of.as_deref().unwrap_or_default()) }
            }
            ReferenceStatus::Missing if reviewed.addable => {
                p .facts { "not here; its title and abstract can be added" }
            }
            ReferenceStatus::Missing => {
                p .facts { "not here, and without abstract" }
            }
            ReferenceStatus::Matched | ReferenceStatus::Likely | ReferenceStatus::Rated => {}
        }
    }
}
