//! `why`.

use std::io;

use anyhow::Result;
use kindred_digest::{interest_name, percentage};
use kindred_engine::answer::{WhatIf, WhyAnswer};
use kindred_engine::{Library, WhyQuery};

use super::feed::{about, first_day, reason};
use super::find::{facts, short_id};
use super::sets::default_set;
use crate::arguments::WhyArguments;
use crate::exit::Outcome;
use crate::network::today;
use crate::output::{Entry, Screen, count, plural};
use crate::session::Session;

pub(crate) fn why(session: &Session, arguments: &WhyArguments) -> Result<Outcome> {
    let library = session.read()?;
    let as_of = match arguments.as_of {
        Some(day) => day,
        None => own_day(&library, arguments)?,
    };
    let answer = library.why(&WhyQuery {
        id: arguments.id.clone(),
        set: default_set(&library, arguments.set.as_deref(), false)?,
        as_of,
        since: first_day(arguments.since, as_of)?,
        reasons: usize::from(arguments.reasons),
        without: arguments.without.clone(),
    })?;
    session.print(&answer, print)?;
    Ok(Outcome::Fine)
}

/// The day on which the paper arrived, else today.
fn own_day(library: &Library, arguments: &WhyArguments) -> Result<jiff::civil::Date> {
    let stored = library.paper(&arguments.id)?;
    let day = stored
        .paper
        .first_date()
        .map(kindred_engine::PaperDate::first_day);
    day.map_or_else(today, Ok)
}

fn print(answer: &WhyAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    screen.entry(&Entry {
        rank: answer.rank,
        score: percentage(answer.relevance),
        title: answer.paper.title.clone(),
        url: answer.paper.url.clone(),
        facts: facts(&answer.paper),
        notes: Vec::new(),
    })?;
    screen.aside(&format!(
        "place {} of {} from {} to {} for {}; expected to be kept of them: {}",
        count(answer.rank as u64),
        plural(answer.of as u64, "paper"),
        answer.since,
        answer.until,
        answer.set,
        about(answer.expected)
    ))?;
    if answer.in_set {
        screen.aside("it is rated in the set: judged by the other papers")?;
    }
    if let Some(interest) = &answer.interest {
        screen.aside(&format!(
            "interest {}: {}",
            interest.number,
            interest_name(interest)
        ))?;
    }
    for (value, what) in parts(answer) {
        screen.line(&format!("{value:+8.2}  {what}"))?;
    }
    screen.line(&format!(
        "{:+8.2}  the score; a probability of {}",
        answer.score,
        percentage(answer.relevance)
    ))?;
    if let Some(what_if) = &answer.without {
        print_what_if(answer, what_if, screen)?;
    }
    Ok(())
}

/// Everything that the score is the sum of.
fn parts(answer: &WhyAnswer) -> Vec<(f64, String)> {
    let mut parts = vec![(
        answer.start,
        "where a typical paper of the library starts".to_owned(),
    )];
    for part in &answer.reasons {
        parts.push((part.share, reason(part, answer.score)));
    }
    let named = answer.reasons.len();
    let rated = answer.trained_on.likes + answer.trained_on.dislikes;
    if rated > named {
        let others = plural((rated - named) as u64, "other rated paper");
        parts.push((answer.other_papers, others));
    }
    for part in &answer.terms {
        parts.push((
            part.share,
            format!("the words \u{201c}{}\u{201d}", part.term),
        ));
    }
    parts.push((
        answer.other_terms,
        "other words, less what a typical paper has of them".to_owned(),
    ));
    parts.push((
        answer.surroundings,
        "how close it is to papers of all kinds".to_owned(),
    ));
    let papers = plural(answer.trained_on.background as u64, "random paper");
    parts.push((answer.background, format!("how far it is from {papers}")));
    parts
}

fn print_what_if(answer: &WhyAnswer, what_if: &WhatIf, screen: &mut Screen<'_>) -> io::Result<()> {
    let ids: Vec<String> = (what_if.without.iter())
        .map(|id| short_id(&id.to_string()))
        .collect();
    screen.line(&format!(
        "without {}: place {} instead of {}, score {:+.2} instead of {:+.2}, probability {} \
         instead of {}",
        ids.join(", "),
        count(what_if.rank as u64),
        count(answer.rank as u64),
        what_if.score,
        answer.score,
        percentage(what_if.relevance),
        percentage(answer.relevance)
    ))
}
