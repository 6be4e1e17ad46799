//! `set`, `like` and `dislike`.

use anyhow::Result;
use kindred_engine::{EngineError, Library, PaperId, RateCounts, Rating, SetName};
use serde::Serialize;

use super::find::{facts, found};
use super::{references, rules};
use crate::arguments::{RateArguments, Row, RowArguments, SetAction};
use crate::exit::{Outcome, UsageError};
use crate::ids;
use crate::network::now;
use crate::output::{Entry, count, plural, print_rows};
use crate::session::Session;

/// Name of the set that the first rating makes where none was named.
const FIRST_SET: &str = "reading";

/// What changed in a set.
#[derive(Debug, Serialize)]
struct RateAnswer {
    set: String,
    #[serde(flatten)]
    counts: RateCounts,
}

/// What became of a set.
#[derive(Debug, Serialize)]
struct ChangeAnswer {
    set: String,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<u64>,
}

pub(crate) fn set(session: &Session, action: SetAction) -> Result<Outcome> {
    match action {
        SetAction::List => list(session),
        SetAction::Show { name, rows } => show(session, &name, &rows),
        SetAction::Add { name, ids } => {
            let papers = ids::ids(&ids)?;
            let mut library = session.beside()?;
            let set = set_name(&name)?;
            rate(session, &mut library, (&set, &papers), Rating::Like)
        }
        SetAction::Remove { name, ids } => {
            let papers = ids::ids(&ids)?;
            let removed = session.beside()?.unrate(&set_name(&name)?, &papers)?;
            let answer = ChangeAnswer {
                set: name,
                removed: Some(removed),
                change: "removed",
            };
            session.print(&answer, |answer, screen| {
                screen.line(&format!(
                    "{} taken out of {}",
                    plural(removed, "paper"),
                    answer.set
                ))
            })?;
            Ok(if removed == 0 {
                Outcome::Nothing
            } else {
                Outcome::Fine
            })
        }
        SetAction::Rule(arguments) => rules::rule(session, &arguments),
        SetAction::Import(arguments) => references::import(session, &arguments),
        SetAction::Delete { name } => {
            session.beside()?.delete_set(&set_name(&name)?)?;
            let answer = ChangeAnswer {
                set: name,
                removed: None,
                change: "deleted",
            };
            session.print(&answer, |answer, screen| {
                screen.line(&format!("deleted {}", answer.set))
            })?;
            Ok(Outcome::Fine)
        }
        SetAction::Rename { name, new_name } => {
            session
                .beside()?
                .rename_set(&set_name(&name)?, &set_name(&new_name)?)?;
            let answer = ChangeAnswer {
                set: new_name,
                removed: None,
                change: "renamed",
            };
            session.print(&answer, |answer, screen| {
                screen.line(&format!("{name} is now {}", answer.set))
            })?;
            Ok(Outcome::Fine)
        }
    }
}

pub(crate) fn like(session: &Session, arguments: &RateArguments) -> Result<Outcome> {
    rate_in_default(session, arguments, Rating::Like)
}

pub(crate) fn dislike(session: &Session, arguments: &RateArguments) -> Result<Outcome> {
    rate_in_default(session, arguments, Rating::Dislike)
}

fn rate_in_default(
    session: &Session,
    arguments: &RateArguments,
    rating: Rating,
) -> Result<Outcome> {
    let papers = ids::ids(&arguments.ids)?;
    let mut library = session.beside()?;
    let set = default_set(&library, arguments.set.as_deref(), true)?;
    rate(session, &mut library, (&set, &papers), rating)
}

/// Returns the named set, else the only one there is; with `may_make`, a first one.
pub(crate) fn default_set(
    library: &Library,
    name: Option<&str>,
    may_make: bool,
) -> Result<SetName> {
    if let Some(name) = name {
        return set_name(name);
    }
    let sets = library.sets()?;
    match sets.as_slice() {
        [only] => Ok(only.name.clone()),
        [] if may_make => set_name(FIRST_SET),
        [] => {
            let error = EngineError::UnknownSet {
                name: FIRST_SET.to_owned(),
                known: Vec::new(),
            };
            Err(error.into())
        }
        several => {
            let names: Vec<String> = several.iter().map(|set| set.name.to_string()).collect();
            let message = format!("there are {} seed sets, name one", several.len());
            Err(UsageError {
                message,
                hint: Some(names.join(", ")),
            }
            .into())
        }
    }
}

pub(crate) fn set_name(text: &str) -> Result<SetName> {
    Ok(text.parse::<SetName>().map_err(EngineError::from)?)
}

fn rate(
    session: &Session,
    library: &mut Library,
    (set, ids): (&SetName, &[PaperId]),
    rating: Rating,
) -> Result<Outcome> {
    let counts = library.rate(set, ids, rating, now()?)?;
    let verb = if rating == Rating::Like {
        "liked"
    } else {
        "disliked"
    };
    let answer = RateAnswer {
        set: set.to_string(),
        counts,
    };
    session.print(&answer, |answer, screen| {
        let mut parts = Vec::new();
        for (number, what) in [
            (answer.counts.added, "new"),
            (answer.counts.changed, "changed"),
            (answer.counts.unchanged, "as before"),
        ] {
            if number > 0 {
                parts.push(format!("{} {what}", count(number)));
            }
        }
        screen.line(&format!("{verb} in {}: {}", answer.set, parts.join(", ")))
    })?;
    Ok(Outcome::Fine)
}

fn list(session: &Session) -> Result<Outcome> {
    let sets = session.read()?.sets()?;
    session.print(&sets, |sets, screen| {
        for set in sets {
            screen.line(&format!(
                "{:<24} {} liked, {} disliked",
                set.name.to_string(),
                count(set.likes),
                count(set.dislikes)
            ))?;
        }
        Ok(())
    })?;
    Ok(found(sets.is_empty(), session))
}

fn show(session: &Session, name: &str, rows: &RowArguments) -> Result<Outcome> {
    let rated = session.read()?.rated(&set_name(name)?)?;
    if let Some(template) = rows.template() {
        let rows = rated.iter().enumerate().map(|(position, rated)| Row {
            rank: position + 1,
            score: rated.rating.to_owned(),
            paper: &rated.paper,
        });
        print_rows(&template, rows)?;
        return Ok(found(rated.is_empty(), session));
    }
    session.print(&rated, |rated, screen| {
        for (position, rated) in rated.iter().enumerate() {
            screen.entry(&Entry {
                rank: position + 1,
                score: if rated.rating == "like" { "+" } else { "-" }.to_owned(),
                title: rated.paper.title.clone(),
                url: rated.paper.url.clone(),
                facts: facts(&rated.paper),
                notes: Vec::new(),
            })?;
        }
        Ok(())
    })?;
    Ok(found(rated.is_empty(), session))
}
