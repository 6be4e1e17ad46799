//! Topics: the tree, one topic with its papers, and what changed.

mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use kindred_engine::answer::{
    PaperView, TopicDiffAnswer, TopicPaper, TopicShowAnswer, TopicsAnswer,
};
use kindred_engine::{
    EngineError, PaperId, Rating, SetName, TopicBody, TopicDiffQuery, TopicId, TopicName,
};
use maud::{Markup, html};

use super::PageError;
use super::jobs::Work;
use crate::app::{App, Facts};
use crate::error::Failure;
use crate::gate::Cost;
use crate::signed::{Fields, Signed};
use crate::view::card::{Deck, Extra};
use crate::view::{Frame, Place, Visit, count, link, name_field, page, token};

/// Papers of a topic that are shown.
const PAPERS: usize = 50;
/// Most of them that can be asked for.
const MOST_PAPERS: usize = 200;
/// Papers named of each change.
const NAMED: usize = 3;
/// Most topics of which all levels are on one page; of more, the parts of a topic are named, and theirs
/// are on its own page.
const MOST_WHOLE: usize = 300;
/// New papers for each grouped one from which on it is said that they should be grouped anew: one
/// in this many.
const NEW_SHARE: u64 = 10;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/topics", get(topics))
        .route("/topics/{id}", get(topic))
        .route("/topics/{id}/name", post(rename))
        .route("/topics/{id}/set", post(subscribe))
}

async fn topics(
    State(app): State<Arc<App>>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let content = content((&app, &facts), fields.read("since")?, MOST_WHOLE).await?;
    let frame = Frame::new("Topics", Place::Topics);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

/// The topics: all of them where they are at most `most_whole`.
async fn content(
    (app, facts): (&App, &Facts),
    since: Option<Date>,
    most_whole: usize,
) -> Result<Markup, Failure> {
    let membership = app.topic_membership().await?;
    let large = membership.filter(|membership| membership.topics() > most_whole);
    let found = app.read(Cost::Slow, move |library| {
        let body = TopicBody::default();
        let answer = library.stored_topics(&body, large.as_ref().map(|_| 0))?;
        let run = answer.run.as_ref().and_then(|run| run.number);
        // They may have been grouped anew since the membership was read.
        let large = match large {
            Some(known) if Some(known.run()) != run => {
                library.topic_membership(&body)?.map(Arc::new)
            }
            large => large,
        };
        let changes = library.topic_diff(&TopicDiffQuery {
            body,
            since,
            papers: NAMED,
        })?;
        Ok((answer, large, changes))
    });
    match found.await {
        Ok((answer, Some(large), changes)) => {
            let topics = (large.topics(), tree::coarse(&answer, &large));
            Ok(shown((app, facts), &answer, topics, &changes))
        }
        Ok((answer, None, changes)) => {
            let topics = (answer.topics.len(), tree::tree(&answer));
            Ok(shown((app, facts), &answer, topics, &changes))
        }
        Err(Failure::Engine(EngineError::NoTopics { .. })) => Ok(empty(app, facts)),
        Err(error) => Err(error),
    }
}

fn empty(app: &App, facts: &Facts) -> Markup {
    html! {
        h1 { "Topics" }
        section .empty {
            @if facts.embedded == 0 {
                p { "There are no papers to group yet. " a href="/import#papers" { "Import some" } "." }
            } @else {
                p { "The papers are not grouped into topics yet. " code { "kindred topics" } " does it, or:" }
                (Work::Topics.button(app))
            }
        }
    }
}

fn shown(
    (app, facts): (&App, &Facts),
    answer: &TopicsAnswer,
    (number, topics): (usize, Markup),
    changes: &TopicDiffAnswer,
) -> Markup {
    html! {
        h1 { "Topics" }
        p {
            (count(answer.papers, "paper")) " in " (count(number as u64, "topic"))
            @if let Some(run) = &answer.run { ", grouped on " (tree::day(run.at)) }
            "."
        }
        (news(app, facts, answer))
        (topics)
        (tree::changes(changes))
    }
}

/// Says how many papers came since, and whether they should be grouped anew.
fn news(app: &App, facts: &Facts, answer: &TopicsAnswer) -> Markup {
    let placed = answer.run.as_ref().map_or(0, |run| run.placed);
    let grouped = answer.run.as_ref().map_or(0, |run| run.papers);
    let waiting = (facts.embedded as u64).saturating_sub(answer.papers);
    let new = placed + waiting;
    let is_old = new * NEW_SHARE > grouped;
    html! {
        @if new > 0 {
            div .notice[is_old] .quiet[!is_old] {
                p {
                    (count(new, "paper")) " came since"
                    @if placed > 0 { ", " (placed) " of them put among the topics by their neighbours" }
                    @if is_old { ": more than a tenth, so the topics should be made anew. " }
                    @else { ". " }
                    code { "kindred topics" } " does it, or:"
                }
                (Work::Topics.button(app))
            }
        }
    }
}

/// A topic, its papers, and what the page needs of a set.
struct Sheet {
    answer: TopicShowAnswer,
    papers: Vec<(TopicPaper, PaperView)>,
    ratings: BTreeMap<PaperId, Rating>,
}

async fn topic(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let facts = app.facts().await?;
    let id = topic_id(&id)?;
    let set = visit.set(&facts);
    let limit = fields
        .read("papers")?
        .unwrap_or(PAPERS)
        .clamp(1, MOST_PAPERS);
    let name = set.clone();
    let sheet = app
        .read(Cost::Slow, move |library| {
            let answer = library.topic(&id.to_string(), limit)?;
            let mut papers = Vec::with_capacity(answer.papers.len());
            for paper in &answer.papers {
                let view = PaperView::from(&library.paper(&paper.id)?);
                papers.push((paper.clone(), view));
            }
            Ok(Sheet {
                ratings: library.ratings(&name)?,
                answer,
                papers,
            })
        })
        .await?;
    let deck = Deck {
        app: &app,
        visit: &visit,
        set: &set,
        ratings: &sheet.ratings,
        sets: facts.sets.iter().map(|set| set.name.clone()).collect(),
        back: visit.here.clone(),
        can_tick: false,
    };
    let content = html! {
        (tree::about(&sheet.answer))
        (forms(&app, &sheet.answer))
        (papers(&deck, &sheet, limit))
    };
    let title = format!("Topic: {}", sheet.answer.topic.label);
    let frame = Frame::new(&title, Place::Topics);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

fn topic_id(text: &str) -> Result<TopicId, Failure> {
    text.parse().or(Err(Failure::NotFound))
}

fn forms(app: &App, answer: &TopicShowAnswer) -> Markup {
    let topic = &answer.topic;
    let address = link::topic(topic.id);
    html! {
        div .topic-forms {
            form action={ (address) "/set" } method="post" {
                (token(app))
                label { "New seed set " (name_field("set", Some(&proposed(&topic.label)), true)) }
                button type="submit" { "Make a seed set of this topic" }
            }
            details {
                summary { "Rename" }
                form action={ (address) "/name" } method="post" {
                    (token(app))
                    label { "Name " input type="text" name="name" maxlength="80" value=[topic.named.then_some(&topic.label)]; }
                    button type="submit" { "Rename" }
                    p .quiet { "It stays over later groupings. An empty name brings the words back." }
                }
            }
        }
    }
}

/// A name for a set, made of a topic's label.
fn proposed(label: &str) -> String {
    let words = label
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let hyphen = usize::from(!name.is_empty());
        if name.len() + hyphen + word.len() > 40 {
            break;
        }
        if hyphen > 0 {
            name.push('-');
        }
        name.push_str(word);
    }
    if name.is_empty() {
        "topic".to_owned()
    } else {
        name
    }
}

fn papers(deck: &Deck<'_>, sheet: &Sheet, limit: usize) -> Markup {
    let topic = &sheet.answer.topic;
    let address = link::topic(topic.id);
    html! {
        section .results {
            h2 { "Papers" }
            p .quiet .summary { (sheet.papers.len()) " of " (count(topic.size, "paper")) ", the most typical first" }
            @for (member, paper) in &sheet.papers {
                @let extra = Extra {
                    why: html! { p {
                        @if member.weak { "at its edge" } @else { "in its midst" }
                        @if member.placed { " · came after the grouping" }
                    } },
                    ..Extra::none()
                };
                (deck.card(paper, &extra))
            }
            @if topic.size > sheet.papers.len() as u64 && limit < MOST_PAPERS {
                p .pager { a href=(link::with_query(&address, &[("papers", &MOST_PAPERS.to_string())])) { "More papers" } }
            }
        }
    }
}

async fn rename(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let id = topic_id(&id)?;
    let name: Option<TopicName> = fields.read("name")?;
    let now = app.now();
    app.change(move |library| library.rename_topic(&id.to_string(), name.as_ref(), now))
        .await?;
    Ok(Redirect::to(&link::topic(id)))
}

async fn subscribe(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let id = topic_id(&id)?;
    let set: SetName = fields.need("set")?;
    let (name, now) = (set.clone(), app.now());
    app.change(move |library| library.subscribe_topic(&id.to_string(), &name, now))
        .await?;
    let mut preferences = visit.preferences;
    let feed = link::feed(&set);
    preferences.set = Some(set);
    let cookie = [(header::SET_COOKIE, preferences.cookie())];
    Ok((cookie, Redirect::to(&feed)).into_response())
}

#[cfg(test)]
mod tests;
