//! Questions: papers whose rating would teach most.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::ToSpan as _;
use jiff::civil::Date;
use kindred_engine::answer::PaperView;
use kindred_engine::{
    EngineError, FeedQuery, FeedRanker, Library, ListOptions, PaperId, Rating, SetName,
};
use maud::{Markup, html};

use super::PageError;
use super::feed::long_day;
use super::set::set_name;
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::signed::Fields;
use crate::view::card::{Deck, Extra, Measure};
use crate::view::{Frame, Place, Visit, count, link, page};

/// Questions at once.
const QUESTIONS: usize = 8;
/// Papers that were asked about before and are not asked about again, the last ones.
const SKIPPED: usize = 96;
/// Days, up to the named one, that papers are chosen from.
const DAYS: i64 = 30;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/set/{name}/ask", get(ask))
}

/// The papers that are asked about.
struct Asked {
    papers: Vec<(PaperView, Option<f64>)>,
    /// Papers that they were chosen from; `None` where the address names them.
    candidates: Option<usize>,
    /// Papers that were left out because they were asked about before.
    skipped: Vec<PaperId>,
    ratings: BTreeMap<PaperId, Rating>,
}

async fn ask(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let set = set_name(&name)?;
    let ids: Vec<PaperId> = fields.read_all("id")?;
    if ids.len() > QUESTIONS {
        let message = format!("{} papers, expected at most {QUESTIONS}", ids.len());
        return Err(Failure::bad(message).into());
    }
    let skipped: Vec<PaperId> = fields.read_all("skip")?;
    if skipped.len() > SKIPPED {
        let message = format!(
            "{} papers to skip, expected at most {SKIPPED}",
            skipped.len()
        );
        return Err(Failure::bad(message).into());
    }
    let day: Option<Date> = fields.read("day")?;
    let facts = app.facts().await?;
    let title = format!("Questions for {set}");
    let frame = Frame::new(&title, Place::Feed);
    let name = set.clone();
    let asked = app.read(Cost::Slow, move |library| {
        let newest = library.days(1)?.first().map(|(day, _)| *day);
        let Some(day) = day.or(newest) else {
            return Ok(None);
        };
        questions(library, (&name, day), ids, skipped).map(|asked| Some((asked, day)))
    });
    let content = match asked.await? {
        None => html! {
            h1 { (title) }
            section .notice { p { "No paper has arrived yet: " a href="/import" { "import papers" } " first." } }
        },
        Some((asked, day)) => {
            let sets = facts.sets.iter().map(|set| set.name.clone()).collect();
            show((&app, &visit, sets), (&set, day), &asked)
        }
    };
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn questions(
    library: &Library,
    (set, day): (&SetName, Date),
    ids: Vec<PaperId>,
    skipped: Vec<PaperId>,
) -> Result<Asked, EngineError> {
    let ratings = library.ratings(set)?;
    if !ids.is_empty() {
        let read = |id: PaperId| -> Result<_, EngineError> {
            Ok((PaperView::from(&library.paper(&id)?), None))
        };
        return Ok(Asked {
            papers: ids.into_iter().map(read).collect::<Result<_, _>>()?,
            candidates: None,
            skipped,
            ratings,
        });
    }
    let answer = library.ask(&FeedQuery {
        set: set.clone(),
        as_of: day,
        since: day.saturating_sub((DAYS - 1).days()),
        categories: Vec::new(),
        limit: QUESTIONS + skipped.len(),
        reasons: 0,
        ranker: FeedRanker::default(),
        list: ListOptions::default(),
    })?;
    Ok(Asked {
        papers: (answer.questions.into_iter())
            .filter(|question| !skipped.contains(&question.paper.id))
            .take(QUESTIONS)
            .map(|question| (question.paper, question.relevance))
            .collect(),
        candidates: Some(answer.candidates),
        skipped,
        ratings,
    })
}

fn show(
    (app, visit, sets): (&App, &Visit, Vec<SetName>),
    (set, day): (&SetName, Date),
    asked: &Asked,
) -> Markup {
    let shown: Vec<&PaperId> = asked.papers.iter().map(|(paper, _)| &paper.id).collect();
    let skipped: Vec<&PaperId> = asked.skipped.iter().collect();
    let before = [skipped.as_slice(), &shown].concat();
    let before = &before[before.len().saturating_sub(SKIPPED)..];
    let deck = Deck {
        app,
        visit,
        set,
        ratings: &asked.ratings,
        sets,
        // The papers are named, so that they stay while they are rated.
        back: address((set, day), &[("skip", &skipped), ("id", &shown)]),
        can_tick: false,
    };
    let answered = (asked.papers.iter())
        .filter(|(paper, _)| asked.ratings.contains_key(&paper.id))
        .count();
    html! {
        p .path { a href="/sets" { "Library" } " › "
            @if deck.sets.contains(set) { a href=(link::set(set)) { (set) } } @else { (set) }
            " › Questions" }
        h1 { "Would you keep these?" }
        @if let Some(candidates) = asked.candidates {
            p .quiet { "Chosen from " (count(candidates as u64, "paper")) " of the " (DAYS) " days up to "
                (long_day(day)) ", so that your answers teach the set most. Skip what you cannot tell." }
        }
        @if asked.papers.is_empty() {
            p .empty { "No paper of these days is left to ask about."
                @if !skipped.is_empty() { " " a href=(address((set, day), &[])) { "Ask about those you skipped" } }
            }
        }
        section .results aria-label="Questions" {
            h2 .unseen { "Questions" }
            @for (paper, relevance) in &asked.papers {
                @let extra = Extra { measure: relevance.map_or(Measure::None, Measure::Relevance), ..Extra::none() };
                (deck.card(paper, &extra))
            }
        }
        nav .days aria-label="Then" {
            @if answered > 0 { span .quiet { (answered) " of " (asked.papers.len()) " answered" } }
            a rel="next" .button href=(address((set, day), &[("skip", before)])) { "Ask me 8 others" }
            a href=(link::feed(set)) { "Back to the feed" }
        }
    }
}

/// The address of questions of a day with papers in some of its fields.
fn address((set, day): (&SetName, Date), papers: &[(&str, &[&PaperId])]) -> String {
    let day = ("day", day.to_string());
    let papers =
        (papers.iter()).flat_map(|(name, ids)| ids.iter().map(move |id| (*name, id.short())));
    let fields: Vec<(&str, String)> = std::iter::once(day).chain(papers).collect();
    let fields: Vec<(&str, &str)> = (fields.iter())
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    link::with_query(&link::of_set(set, "ask"), &fields)
}

#[cfg(test)]
mod tests;
