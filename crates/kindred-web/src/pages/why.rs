//! Why a paper has its place in a feed, as a sum, and where it would stand without some ratings.

mod sum;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::ToSpan as _;
use jiff::civil::Date;
use kindred_digest::percentage;
use kindred_engine::answer::WhyAnswer;
use kindred_engine::{EngineError, Library, PaperDate, PaperId, Rating, SetName, WhyQuery};
use maud::{Markup, html};

use super::feed::{interest_of, long_day, signed};
use super::set::set_name;
use super::{PageError, in_code};
use crate::app::App;
use crate::error::{Failure, chain};
use crate::gate::Cost;
use crate::signed::Fields;
use crate::view::card::{Deck, facts};
use crate::view::{Frame, Place, Visit, grouped, link, page, text};

/// Rated papers, and as many terms, that are named.
const REASONS: usize = 12;
/// Days up to that of the paper, where none is named.
const DAYS: i64 = 7;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/set/{name}/why", get(why))
}

/// A question as the address has it.
#[derive(Debug, Clone)]
struct Question {
    set: SetName,
    id: PaperId,
    day: Option<Date>,
    without: Vec<PaperId>,
}

/// The answer and what stands around it.
struct Sheet {
    answer: WhyAnswer,
    /// Why the question without some papers has no answer.
    refused: Option<EngineError>,
    ratings: BTreeMap<PaperId, Rating>,
}

async fn why(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let question = Question {
        set: set_name(&name)?,
        id: fields.need("id")?,
        day: fields.read("day")?,
        without: fields.read_all("without")?,
    };
    if question.without.len() > 200 {
        let message = format!(
            "without {} papers, expected at most 200",
            question.without.len()
        );
        return Err(Failure::bad(message).into());
    }
    let facts = app.facts().await?;
    let asked = question.clone();
    let sheet = app
        .read(Cost::Slow, move |library| sheet(library, &asked))
        .await?;
    let sets = facts.sets.iter().map(|set| set.name.clone()).collect();
    let deck = Deck {
        app: &app,
        visit: &visit,
        set: &question.set,
        ratings: &sheet.ratings,
        sets,
        back: visit.here.clone(),
        can_tick: false,
    };
    let content = show(&deck, &question, &sheet);
    let title = format!("Why: {}", text::plain(&sheet.answer.paper.title));
    let frame = Frame::new(&title, Place::Feed);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn sheet(library: &Library, question: &Question) -> Result<Sheet, EngineError> {
    let (as_of, since) = if let Some(day) = question.day {
        (day, day)
    } else {
        let as_of = own_day(library, &question.id)?;
        (as_of, as_of.saturating_sub((DAYS - 1).days()))
    };
    let mut query = WhyQuery {
        id: question.id.clone(),
        set: question.set.clone(),
        as_of,
        since,
        reasons: REASONS,
        without: question.without.clone(),
    };
    let (answer, refused) = match library.why_by_announcement(&query) {
        Err(error @ (EngineError::NothingElseLiked { .. } | EngineError::NotRated { .. }))
            if !query.without.is_empty() =>
        {
            query.without.clear();
            (library.why_by_announcement(&query)?, Some(error))
        }
        answer => (answer?, None),
    };
    Ok(Sheet {
        answer,
        refused,
        ratings: library.ratings(&question.set)?,
    })
}

/// The day of the paper's first version, else the newest day of the library.
fn own_day(library: &Library, id: &PaperId) -> Result<Date, EngineError> {
    let own = library.paper(id)?.paper.first_date();
    if let Some(day) = own.map(PaperDate::first_day) {
        return Ok(day);
    }
    let newest = library.days(1)?.first().map(|(day, _)| *day);
    Ok(newest.unwrap_or(Date::ZERO))
}

fn show(deck: &Deck<'_>, question: &Question, sheet: &Sheet) -> Markup {
    let answer = &sheet.answer;
    let paper = &answer.paper;
    let anchor = link::anchor(&paper.id);
    html! {
        p .path { a href="/sets" { "Library" } " › " a href=(link::set(deck.set)) { (deck.set) } " › Why" }
        article .sheet id=(anchor) aria-labelledby="title" data-id=(paper.id.short()) {
            h1 #title { a href=(link::paper(&paper.id)) data-key="o" { (text::title(&paper.title)) } }
            (facts(paper))
            div .actions { (deck.rate(paper, sheet.ratings.get(&paper.id).copied())) }
        }
        p .standing {
            "Place " strong { (grouped(answer.rank as u64)) } " of " (grouped(answer.of as u64)) " "
            @if answer.since == answer.until { "on " (long_day(answer.until)) }
            @else { "from " (long_day(answer.since)) " to " (long_day(answer.until)) }
            ", a chance of " strong { (percentage(answer.relevance)) } " that you keep it."
        }
        @if answer.in_set { p .quiet { "You have rated it in this set: it is judged by the other papers." } }
        @if let Some(interest) = &answer.interest {
            p .quiet { "It belongs to interest " (interest_of(std::slice::from_ref(interest), interest.number)) "." }
        }
        h2 { "The score is a sum" }
        (sum::table(answer))
        (what_if(question, sheet))
    }
}

/// Which rated papers to leave out, and what that does.
fn what_if(question: &Question, sheet: &Sheet) -> Markup {
    let answer = &sheet.answer;
    let day = question.day.map(|day| day.to_string()).unwrap_or_default();
    html! {
        section #what-if .what-if aria-labelledby="what-if-title" {
            h2 #what-if-title { "What if you had not rated…" }
            @if let Some(error) = &sheet.refused {
                div .notice role="alert" { p { (in_code(&chain(error))) "." } }
            }
            @if let Some(then) = &answer.without {
                table .compare {
                    thead { tr { th { "" } th .number scope="col" { "Now" } th .number scope="col" { "Without " (then.without.len()) } } }
                    tbody {
                        tr { th scope="row" { "Place" } td .number { (grouped(answer.rank as u64)) } td .number { (grouped(then.rank as u64)) } }
                        tr { th scope="row" { "Score" } td .number { (signed(answer.score)) } td .number { (signed(then.score)) } }
                        tr { th scope="row" { "Chance" } td .number { (percentage(answer.relevance)) } td .number { (percentage(then.relevance)) } }
                    }
                }
            }
            @if answer.reasons.is_empty() { p .quiet { "No rated paper has a part in the score." } }
            @else {
                form action=(link::of_set(&question.set, "why")) method="get" {
                    input type="hidden" name="id" value=(question.id.short());
                    @if !day.is_empty() { input type="hidden" name="day" value=(day); }
                    fieldset {
                        legend { "Leave out" }
                        @for part in &answer.reasons {
                            label .choice {
                                input type="checkbox" name="without" value=(part.id.short()) checked[question.without.contains(&part.id)];
                                span { (text::title(&part.title)) " "
                                    span .quiet { @if part.rating == "like" { "liked" } @else { "not for me" } ", " (signed(part.share)) } }
                            }
                        }
                    }
                    button type="submit" { "Rank without them" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
