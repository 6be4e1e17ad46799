//! Changes of a set.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use kindred_engine::{EngineError, PaperId, Rule, RuleKind, SetName, TopicId};
use maud::{Markup, html};

use super::set_name;
use crate::app::App;
use crate::error::Failure;
use crate::pages::PageError;
use crate::signed::{Fields, Signed};
use crate::view::{Frame, Place, Visit, count, link, page, token};

/// Takes papers out.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let set = set_name(&name)?;
    let ids: Vec<PaperId> = fields.read_all("id")?;
    if ids.is_empty() || ids.len() > 1_000 {
        let message = format!("{} papers to take out, expected 1 to 1,000", ids.len());
        return Err(Failure::bad(message).into());
    }
    let asked = set.clone();
    app.change(move |library| library.unrate(&asked, &ids))
        .await?;
    Ok(Redirect::to(&link::set(&set)))
}

/// Gives it another name.
pub(super) async fn rename(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let set = set_name(&name)?;
    let new: SetName = fields.need("new")?;
    let (from, to) = (set.clone(), new.clone());
    app.change(move |library| library.rename_set(&from, &to))
        .await?;
    app.feeds.forget(&set);
    Ok(used_now(&visit, &set, &new, &link::set(&new)))
}

/// Asks before a set is deleted.
pub(super) async fn ask_delete(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Markup, PageError> {
    let set = set_name(&name)?;
    let facts = app.facts().await?;
    let found = facts.sets.iter().find(|found| found.name == set);
    let found = found.ok_or_else(|| unknown(&set, &facts.sets))?;
    let title = format!("Delete {set}?");
    let content = html! {
        h1 { (title) }
        p { "Its " (count(found.likes + found.dislikes, "rating")) ", its rules and what it has shown go for good; the papers stay." }
        form .inline action=(link::of_set(&set, "delete")) method="post" {
            (token(&app))
            button type="submit" .danger { "Delete " (set) }
            a href=(link::set(&set)) { "Keep it" }
        }
    };
    let frame = Frame::new(&title, Place::Library);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Signed(_): Signed,
) -> Result<Redirect, PageError> {
    let set = set_name(&name)?;
    let asked = set.clone();
    app.change(move |library| library.delete_set(&asked))
        .await?;
    app.feeds.forget(&set);
    Ok(Redirect::to("/sets"))
}

/// Asks before another set is merged into this one.
pub(super) async fn ask_merge(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
    fields: Fields,
) -> Result<Markup, PageError> {
    let into = set_name(&name)?;
    let from: SetName = fields.need("from")?;
    let facts = app.facts().await?;
    let found = |set: &SetName| {
        let mut sets = facts.sets.iter();
        sets.find(|found| found.name == *set)
            .ok_or_else(|| unknown(set, &facts.sets))
    };
    let (source, target) = (found(&from)?, found(&into)?);
    let title = format!("Merge {from} into {into}?");
    let content = html! {
        h1 { (title) }
        p { "The " (count(source.likes + source.dislikes, "rating")) " of " (from) " move to " (into) ", which has "
            (count(target.likes + target.dislikes, "rating")) "; what both have rated keeps the rating of " (into) "." }
        p { "Then " (from) " is deleted, with its rules and what it has shown." }
        form .inline action=(link::of_set(&into, "merge")) method="post" {
            (token(&app))
            input type="hidden" name="from" value=(from);
            button type="submit" .danger { "Merge" }
            a href=(link::set(&into)) { "Leave them" }
        }
    };
    let frame = Frame::new(&title, Place::Library);
    Ok(page(&app, (&visit, &facts), &frame, &content))
}

pub(super) async fn merge(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    visit: Visit,
    Signed(fields): Signed,
) -> Result<Response, PageError> {
    let into = set_name(&name)?;
    let from: SetName = fields.need("from")?;
    let (source, target, now) = (from.clone(), into.clone(), app.now());
    app.change(move |library| library.merge_set(&source, &target, now))
        .await?;
    app.feeds.forget(&from);
    Ok(used_now(&visit, &from, &into, &link::set(&into)))
}

/// Adds and removes rules.
pub(super) async fn rules(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let set = set_name(&name)?;
    let remove: Vec<String> = fields.all("remove").map(str::to_owned).collect();
    let mut add = Vec::new();
    if let Some(text) = fields.get("rule") {
        let named = fields.get("kind").unwrap_or_default();
        let mut kinds = RuleKind::ALL.into_iter();
        let kind = kinds.find(|kind| kind.name() == named).ok_or_else(|| {
            let names = RuleKind::ALL.map(RuleKind::name);
            Failure::bad(format!(
                "kind `{named}`, expected one of {}",
                names.join(", ")
            ))
        })?;
        add.push(Rule::new(kind, text).map_err(|error| Failure::bad(error.to_string()))?);
    }
    if remove.is_empty() && add.is_empty() {
        return Err(Failure::bad("no rule to add or to remove was named").into());
    }
    let asked = set.clone();
    app.change(move |library| library.change_rules(&asked, &remove, &add))
        .await?;
    Ok(Redirect::to(&format!("{}#rules", link::set(&set))))
}

/// Ends that the set stands for a topic.
pub(super) async fn topics(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Signed(fields): Signed,
) -> Result<Redirect, PageError> {
    let set = set_name(&name)?;
    let topic: TopicId = fields.need("topic")?;
    let asked = set.clone();
    app.change(move |library| library.unsubscribe_topic(topic, &asked))
        .await?;
    Ok(Redirect::to(&link::set(&set)))
}

/// Goes to a page; where `gone` was the set that is used, `now` is.
fn used_now(visit: &Visit, gone: &SetName, now: &SetName, to: &str) -> Response {
    let mut preferences = visit.preferences.clone();
    if preferences.set.as_ref() != Some(gone) {
        return Redirect::to(to).into_response();
    }
    preferences.set = Some(now.clone());
    let cookie = [(header::SET_COOKIE, preferences.cookie())];
    (cookie, Redirect::to(to)).into_response()
}

fn unknown(set: &SetName, sets: &[kindred_engine::SetSummary]) -> Failure {
    Failure::Engine(EngineError::UnknownSet {
        name: set.to_string(),
        known: sets.iter().map(|set| set.name.to_string()).collect(),
    })
}
