//! `topics`.

mod text;

use anyhow::Result;
use kindred_engine::answer::{TopicRef, TopicsAnswer};
use kindred_engine::{EngineError, Library, Selection, TopicBody, TopicDiffQuery, TopicsQuery};
use serde::Serialize;

pub(super) use self::text::print_topics;
use self::text::{print_diff, print_topic, print_tree};
use super::find::{found, note_pending, selection};
use crate::arguments::{
    BodyArguments, DiffSince, TopicsAction, TopicsArguments, TopicsDiffArguments,
    TopicsListArguments, TopicsRenameArguments, TopicsShowArguments, TopicsSubscribeArguments,
};
use crate::exit::Outcome;
use crate::files::write_whole;
use crate::network::now;
use crate::output::plural;
use crate::session::Session;

pub(crate) fn topics(session: &Session, arguments: &TopicsArguments) -> Result<Outcome> {
    match &arguments.action {
        None => list(session, &arguments.list),
        Some(TopicsAction::Tree(tree)) => show_tree(session, &tree.body),
        Some(TopicsAction::Show(show)) => show_topic(session, show),
        Some(TopicsAction::Diff(diff)) => show_diff(session, diff),
        Some(TopicsAction::Rename(rename)) => rename_topic(session, rename),
        Some(TopicsAction::Subscribe(subscribe)) => subscribe_topic(session, subscribe),
    }
}

/// Opens the library so that a run can be stored; if another process writes to it, what is there
/// can still be read.
pub(super) fn open(session: &Session) -> Result<Library> {
    match session.write() {
        Err(error) if is_in_use(&error) => {
            session.note("note: the library is in use, so nothing of this is stored");
            session.read()
        }
        opened => opened,
    }
}

fn is_in_use(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<EngineError>(),
        Some(EngineError::InUse { .. })
    )
}

pub(super) fn body(arguments: &BodyArguments) -> TopicBody {
    TopicBody {
        selection: selection(&arguments.selection),
        set: arguments.set.clone(),
        query: arguments.query.clone(),
        topics: arguments.topics.map(usize::from),
    }
}

fn list(session: &Session, arguments: &TopicsListArguments) -> Result<Outcome> {
    let mut library = open(session)?;
    let is_file = arguments.html.is_some() || arguments.csv.is_some();
    let query = TopicsQuery {
        body: body(&arguments.body),
        level: (!is_file).then_some(usize::from(arguments.level)),
        rerun: arguments.rerun,
        assignment: arguments.assignment || arguments.csv.is_some(),
    };
    let now = now()?;
    let answer = session.with_control(|control| library.topics(&query, now, control))?;
    drop(library);
    let is_empty = answer.topics.is_empty();
    if let Some(file) = arguments.csv.as_ref().filter(|_| !is_empty) {
        write_whole(file, &kindred_digest::topics_csv(&answer))?;
        session.note(&format!("wrote `{}`", file.display()));
    }
    if let Some(file) = arguments.html.as_ref().filter(|_| !is_empty) {
        write_whole(file, kindred_digest::topics_html(&answer).as_bytes())?;
        session.note(&format!("wrote `{}`", file.display()));
    }
    if session.json || !is_file || is_empty {
        let limit = usize::from(arguments.limit);
        session.print(&answer, |answer, screen| {
            print_topics(answer, limit, screen)
        })?;
    }
    Ok(finish(session, &answer))
}

fn finish(session: &Session, answer: &TopicsAnswer) -> Outcome {
    note_pending(session, answer.not_embedded);
    found(answer.topics.is_empty(), session)
}

fn show_tree(session: &Session, arguments: &BodyArguments) -> Result<Outcome> {
    let mut library = open(session)?;
    let query = TopicsQuery {
        body: body(arguments),
        ..TopicsQuery::default()
    };
    let now = now()?;
    let answer = session.with_control(|control| library.topics(&query, now, control))?;
    drop(library);
    session.print(&answer, print_tree)?;
    Ok(finish(session, &answer))
}

fn show_topic(session: &Session, arguments: &TopicsShowArguments) -> Result<Outcome> {
    let library = session.read()?;
    let answer = library.topic(&arguments.topic, usize::from(arguments.limit))?;
    session.print(&answer, print_topic)?;
    Ok(Outcome::Fine)
}

fn show_diff(session: &Session, arguments: &TopicsDiffArguments) -> Result<Outcome> {
    let library = session.read()?;
    let answer = library.topic_diff(&TopicDiffQuery {
        body: TopicBody {
            selection: Selection {
                categories: arguments.category.clone(),
                since: arguments.papers_since,
                until: arguments.papers_until,
            },
            set: arguments.set.clone(),
            query: arguments.query.clone(),
            topics: arguments.topics.map(usize::from),
        },
        since: match arguments.since {
            DiffSince::Last => None,
            DiffSince::Day(day) => Some(day),
        },
        papers: usize::from(arguments.papers),
    })?;
    session.print(&answer, print_diff)?;
    let is_empty = answer.placed.is_empty() && answer.runs.iter().all(|run| run.events.is_empty());
    Ok(if is_empty {
        Outcome::Nothing
    } else {
        Outcome::Fine
    })
}

/// What `topics rename` answers.
#[derive(Debug, Serialize)]
struct RenameAnswer {
    topic: TopicRef,
    /// Whether it has a name now, else its label.
    named: bool,
}

fn rename_topic(session: &Session, arguments: &TopicsRenameArguments) -> Result<Outcome> {
    let mut library = session.beside()?;
    let topic = library.rename_topic(&arguments.topic, arguments.name.as_ref(), now()?)?;
    let answer = RenameAnswer {
        topic,
        named: arguments.name.is_some(),
    };
    session.print(&answer, |answer, screen| {
        let (id, label) = (answer.topic.id, &answer.topic.label);
        screen.line(&if answer.named {
            format!("topic {id} is called {label} from now on")
        } else {
            format!("topic {id} has its label again: {label}")
        })
    })?;
    Ok(Outcome::Fine)
}

fn subscribe_topic(session: &Session, arguments: &TopicsSubscribeArguments) -> Result<Outcome> {
    let mut library = session.beside()?;
    let answer = library.subscribe_topic(&arguments.topic, &arguments.set, now()?)?;
    session.print(&answer, |answer, screen| {
        screen.line(&format!(
            "{} likes {} of topic {}, {}",
            answer.set,
            plural(answer.likes, "paper"),
            answer.topic.id,
            answer.topic.label
        ))?;
        screen.aside(&format!(
            "`kindred feed {}` ranks new arrivals by them",
            answer.set
        ))
    })?;
    Ok(Outcome::Fine)
}
