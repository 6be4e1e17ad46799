//! The query interface: searches and lists of ids, answered with Atom from an index that changes
//! once a day at midnight in Eastern time.

mod print;
mod search;

use jiff::{SignedDuration, Timestamp};

use crate::fault::Fault;
use crate::http::{Request, Response};
use crate::page::{Context, Memory, Shown, State, served, spoil};
use crate::world::Record;
use crate::world::schedule::{eastern_day, midnight, newest_published, published};
use search::Term;

/// The largest `max_results`.
const MOST: usize = 30_000;

/// Arguments of a request.
#[derive(Debug)]
pub(crate) struct Arguments {
    search_query: String,
    id_list: String,
    start: usize,
    max_results: usize,
    sort_by: String,
    ascending: bool,
}

/// A refusal: the tail of its id, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    anchor: String,
    text: String,
}

impl Refusal {
    fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            anchor: text.replace(' ', "_"),
            text,
        }
    }
}

/// Answers one request.
pub(crate) fn answer(context: &Context<'_>, memory: &mut Memory, request: &Request) -> Response {
    let found = read(&request.parameters()).and_then(|arguments| {
        let records = matches(context, &arguments)?;
        Ok((arguments, records))
    });
    match found {
        Ok((arguments, records)) => {
            let text = page(context, &arguments, &records);
            let list = format!(
                "{}\n{}\n{}",
                arguments.search_query, arguments.id_list, arguments.sort_by
            );
            let text = memory.or_last(context.faults, &list, arguments.start > 0, text);
            Response::new(200, print::CONTENT_TYPE, text)
        }
        Err(refusal) => {
            let text = print::refusal(context, &refusal).into_text(context.faults);
            Response::new(400, print::CONTENT_TYPE, text)
        }
    }
}

fn page(context: &Context<'_>, arguments: &Arguments, records: &[Record]) -> String {
    let rest = records.get(arguments.start..).unwrap_or_default();
    let full = rest.len().min(arguments.max_results);
    let count = served(context.faults, full);
    let mut shown: Vec<Shown> = rest[..count].iter().cloned().map(Shown::whole).collect();
    spoil(context, &mut shown);
    let whole = shown.len();
    shown.retain(|shown| shown.state != State::Deleted);
    let total = records.len() - (whole - shown.len());
    if context.faults.has(Fault::EditDuring)
        && arguments.start == 0
        && let Some(front) = rest.first()
    {
        context.world.edit(&front.id, context.now);
    }
    print::page(context, arguments, total, &shown).into_text(context.faults)
}

/// The moment whose world the index holds: the last midnight, unless its announcement is late.
fn indexed(context: &Context<'_>) -> Timestamp {
    let midnight = midnight(eastern_day(context.now));
    if context.faults.has(Fault::Quiet) || context.faults.has(Fault::StaleFeed) {
        published(newest_published(midnight)) - SignedDuration::from_secs(1)
    } else {
        midnight
    }
}

fn read(parameters: &[(String, String)]) -> Result<Arguments, Refusal> {
    let value = |name: &str, default: &str| {
        parameters
            .iter()
            .find(|(known, _)| known == name)
            .map_or(default, |(_, value)| value)
            .to_owned()
    };
    let number = |name: &str, default: &str| {
        let text = value(name, default);
        match text.parse::<i64>() {
            Err(_) => Err(Refusal::new(format!("{name} must be an integer"))),
            Ok(number) => usize::try_from(number).map_err(|error| {
                // Only numbers below zero fail here.
                Refusal::new(format!("{name} must be non-negative: {error}"))
            }),
        }
    };
    let arguments = Arguments {
        search_query: value("search_query", ""),
        id_list: value("id_list", ""),
        start: number("start", "0")?,
        max_results: number("max_results", "10")?,
        sort_by: value("sortBy", "relevance"),
        ascending: value("sortOrder", "descending") == "ascending",
    };
    if arguments.max_results > MOST {
        return Err(Refusal::new(format!("max_results must not exceed {MOST}")));
    }
    let known = ["relevance", "lastUpdatedDate", "submittedDate"];
    if !known.contains(&arguments.sort_by.as_str()) {
        return Err(Refusal::new(format!(
            "sortBy must be in: {}",
            known.join(", ")
        )));
    }
    let order = value("sortOrder", "descending");
    if order != "ascending" && order != "descending" {
        return Err(Refusal::new("sortOrder must be in: ascending, descending"));
    }
    Ok(arguments)
}

/// All records that are asked for, in the order asked for.
fn matches(context: &Context<'_>, arguments: &Arguments) -> Result<Vec<Record>, Refusal> {
    let now = indexed(context);
    let ids: Vec<&str> = arguments
        .id_list
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .collect();
    let mut records = if ids.is_empty() {
        if arguments.search_query.trim().is_empty() {
            return Ok(Vec::new());
        }
        context.world.records(now)
    } else {
        let mut records = Vec::new();
        for id in &ids {
            records.extend(by_id(context, id, now)?);
        }
        records
    };
    if !arguments.search_query.trim().is_empty() {
        let term = Term::read(&arguments.search_query)?;
        records.retain(|record| term.matches(record));
    }
    let by_submission = |record: &Record| record.facts.versions[0].submitted;
    let by_update = |record: &Record| record.facts.current().submitted;
    match (arguments.sort_by.as_str(), ids.is_empty()) {
        ("lastUpdatedDate", _) => records.sort_by_key(by_update),
        ("submittedDate", _) | (_, true) => records.sort_by_key(by_submission),
        // Relevance keeps the order of a list of ids.
        (_, false) => return Ok(records),
    }
    if !arguments.ascending {
        records.reverse();
    }
    Ok(records)
}

/// The record of an id with or without version; none if it is well-formed and unknown.
fn by_id(context: &Context<'_>, text: &str, now: Timestamp) -> Result<Option<Record>, Refusal> {
    let malformed = || Refusal {
        anchor: format!("incorrect_id_format_for_{text}"),
        text: format!("incorrect id format for {text}"),
    };
    let (id, version) = match text.rsplit_once('v') {
        Some((id, digits))
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            (id, digits.parse::<u16>().ok())
        }
        _ => (text, None),
    };
    if !is_id(id) {
        return Err(malformed());
    }
    Ok(match version {
        Some(version) => context.world.version(id, version, now),
        None => context.world.record(id, now),
    })
}

fn is_id(id: &str) -> bool {
    let digits = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    match (id.split_once('/'), id.split_once('.')) {
        (Some((archive, number)), _) => {
            digits(number, &[7])
                && archive
                    .bytes()
                    .all(|byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'.')
        }
        (None, Some((month, number))) => digits(month, &[4]) && digits(number, &[4, 5]),
        (None, None) => false,
    }
}
