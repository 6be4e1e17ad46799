//! `topics`.

use std::io;

use anyhow::Result;
use kindred_engine::TopicsQuery;
use kindred_engine::answer::TopicsAnswer;

use super::find::{found, note_pending, selection, short_id};
use crate::arguments::TopicsArguments;
use crate::exit::Outcome;
use crate::output::{Screen, plural};
use crate::session::Session;

pub(crate) fn topics(session: &Session, arguments: &TopicsArguments) -> Result<Outcome> {
    let library = session.read()?;
    let query = TopicsQuery {
        selection: selection(&arguments.selection),
        resolution: arguments.resolution,
        assignment: arguments.assignment,
    };
    let answer = session.with_control(|control| library.topics(&query, control))?;
    let limit = usize::from(arguments.limit);
    session.print(&answer, |answer, screen| {
        print_topics(answer, limit, screen)
    })?;
    note_pending(session, answer.not_embedded);
    Ok(found(answer.topics.is_empty(), session))
}

pub(crate) fn print_topics(
    answer: &TopicsAnswer,
    limit: usize,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    screen.aside(&format!(
        "{} in {}",
        plural(answer.papers as u64, "paper"),
        plural(answer.topics.len() as u64, "topic")
    ))?;
    for topic in answer.topics.iter().take(limit) {
        let share = topic.share * 100.0;
        screen.heading(&format!(
            "{:>3}  {}  ({}, {share:.0} %)",
            topic.number,
            topic.label,
            plural(topic.size as u64, "paper")
        ))?;
        for paper in &topic.papers {
            screen.indented(
                &format!("{}  {}", short_id(&paper.id.to_string()), paper.title),
                5,
            )?;
        }
    }
    let hidden = answer.topics.len().saturating_sub(limit);
    if hidden > 0 {
        screen.aside(&format!(
            "and {} (--limit)",
            plural(hidden as u64, "smaller topic")
        ))?;
    }
    Ok(())
}
