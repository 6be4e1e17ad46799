//! `rank_new`, `list_sets` and `explain_match`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kindred_engine::answer::{FeedAnswer, WhyAnswer};
use kindred_engine::{FeedQuery, FeedRanker, Library, ListOptions, PaperDate, PaperId, WhyQuery};

use crate::access::Access;
use crate::answers::SetsAnswer;
use crate::arguments::{ExplainArguments, RankArguments, at_most, limit, set_or_only, within};
use crate::bounds::{MAX_REASONS, MAX_SETS};
use crate::error::ToolError;

/// Days before the last one that a ranking looks back where nobody says.
const DAYS_BACK: i64 = 6;
/// Rated papers and terms that each paper of a ranking is given as its reasons.
const REASONS_OF_A_LIST: usize = 2;
/// The same of one paper whose score is taken apart, where nobody says.
const REASONS_OF_A_PAPER: usize = 8;

pub(super) fn rank_new(
    access: &Access,
    arguments: &RankArguments,
    now: Timestamp,
) -> Result<FeedAnswer, ToolError> {
    at_most("categories", &arguments.categories)?;
    let limit = limit(arguments.limit)?;
    access.read(|library| {
        let as_of = match arguments.day {
            Some(day) => day,
            None => latest(library, now)?,
        };
        let mut answer = library.feed(&FeedQuery {
            set: set_or_only(library, arguments.set.as_deref())?,
            as_of,
            since: first_day(arguments.since, as_of)?,
            categories: arguments.categories.clone(),
            limit,
            reasons: REASONS_OF_A_LIST,
            ranker: FeedRanker::default(),
            list: ListOptions::default(),
        })?;
        // Papers of pinned authors do not count for the engine's limit; an answer has one all the same.
        let more = answer.results.len().saturating_sub(limit);
        answer.results.truncate(limit);
        answer.left_out.below_limit += more as u64;
        answer.following = library.following(now)?;
        Ok(answer)
    })
}

pub(super) fn explain(
    access: &Access,
    arguments: ExplainArguments,
    now: Timestamp,
) -> Result<WhyAnswer, ToolError> {
    at_most("without", &arguments.without)?;
    let reasons = within(
        "reasons",
        arguments.reasons,
        (0, MAX_REASONS),
        REASONS_OF_A_PAPER,
    )?;
    access.read(|library| {
        let as_of = match arguments.day {
            Some(day) => day,
            None => own_day(library, &arguments.id, now)?,
        };
        Ok(library.why(&WhyQuery {
            set: set_or_only(library, arguments.set.as_deref())?,
            as_of,
            since: first_day(arguments.since, as_of)?,
            reasons,
            without: arguments.without,
            id: arguments.id,
        })?)
    })
}

pub(super) fn list_sets(access: &Access) -> Result<SetsAnswer, ToolError> {
    access.read(|library| {
        let mut sets = library.sets()?;
        let of = sets.len();
        sets.truncate(MAX_SETS);
        Ok(SetsAnswer {
            sets,
            of,
            encoder: library.encoder_choice()?.name,
            latest_day: library.latest_day()?,
        })
    })
}

/// The latest day that the library has papers of, today at most.
fn latest(library: &Library, now: Timestamp) -> Result<Date, ToolError> {
    let today = today(now);
    Ok(library.latest_day()?.map_or(today, |day| day.min(today)))
}

/// The day on which a paper arrived, else today.
fn own_day(library: &Library, id: &PaperId, now: Timestamp) -> Result<Date, ToolError> {
    let day = library.paper(id)?.paper.first_date();
    Ok(day.map_or_else(|| today(now), PaperDate::first_day))
}

fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Returns the first day of a period that ends with `as_of`.
fn first_day(since: Option<Date>, as_of: Date) -> Result<Date, ToolError> {
    let first = since.unwrap_or_else(|| as_of.saturating_sub(DAYS_BACK.days()));
    if first > as_of {
        let message = format!("`since` is {first}, after the last day {as_of}");
        return Err(ToolError::new(message));
    }
    Ok(first)
}
