//! `feed`.

use std::io;

use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use kindred_digest::{interest_name, notes, percentage, readable};
use kindred_engine::answer::{
    AskAnswer, FeedAnswer, FeedHit, InterestView, Reason, RevisionView, RuleCount,
};
use kindred_engine::{FeedQuery, FeedRanker, Library, ListOptions, RuleKind};

use super::find::{facts, short_id};
use super::sets::default_set;
use crate::arguments::{FeedArguments, Row};
use crate::exit::{Outcome, UsageError};
use crate::network::{now, today};
use crate::output::{Entry, Screen, count, plural, print_rows};
use crate::session::Session;

/// Days that a feed looks back, its own day included, where no first day is named.
const DEFAULT_DAYS: i64 = 7;

/// Smallest share, beside the largest, of a reason that is printed.
const SMALLEST_SHARE: f64 = 0.2;

pub(crate) fn feed(session: &Session, arguments: &FeedArguments) -> Result<Outcome> {
    let as_of = arguments.as_of.map_or_else(today, Ok)?;
    let since = first_day(arguments.since, as_of)?;
    let library = session.read()?;
    let set = default_set(&library, arguments.set.as_deref(), arguments.ask.is_some())?;
    let query = FeedQuery {
        set: set.clone(),
        as_of,
        since,
        categories: arguments.category.clone(),
        limit: usize::from(arguments.limit),
        reasons: usize::from(arguments.reasons),
        ranker: arguments.ranker,
        list: ListOptions {
            expect: arguments.expect,
            diversity: arguments.diversity,
            proportional: arguments.balance,
            exploration: usize::from(arguments.explore),
        },
    };
    if let Some(count) = arguments.ask {
        let query = FeedQuery {
            limit: usize::from(count),
            ..query
        };
        return ask(session, &library, &query, arguments);
    }
    let mut answer = library.feed(&query)?;
    answer.following = library.following(now()?)?;
    let latest = library.latest_day()?;
    drop(library);
    match arguments.rows.template() {
        Some(template) => print_rows(&template, rows(&answer))?,
        None => session.print(&answer, print_feed)?,
    }
    if answer.arrivals + answer.revisions == 0 {
        session.note(&format!(
            "no paper of the library arrived from {since} to {as_of}"
        ));
        if let Some(latest) = latest {
            session.note(&format!(
                "hint: the latest are of {latest}: --as-of {latest}"
            ));
        }
    }
    if answer.results.is_empty() {
        return Ok(Outcome::Nothing);
    }
    if !arguments.peek {
        remember(session, &answer, &set)?;
    }
    Ok(Outcome::Fine)
}

/// Returns what was recommended, as rows.
fn rows(answer: &FeedAnswer) -> impl Iterator<Item = Row<'_>> {
    answer.results.iter().map(|hit| Row {
        rank: hit.rank,
        score: hit.score.to_string(),
        paper: &hit.paper,
    })
}

/// Asks about the arrivals whose rating would teach most.
fn ask(
    session: &Session,
    library: &Library,
    query: &FeedQuery,
    arguments: &FeedArguments,
) -> Result<Outcome> {
    let answer = library.ask(query)?;
    match arguments.rows.template() {
        Some(template) => {
            let rows = answer.questions.iter().map(|question| Row {
                rank: question.rank,
                score: question
                    .relevance
                    .map_or_else(String::new, |relevance| relevance.to_string()),
                paper: &question.paper,
            });
            print_rows(&template, rows)?;
        }
        None => session.print(&answer, print_questions)?,
    }
    if answer.questions.is_empty() {
        session.note(&format!(
            "no paper from {} to {} is left to ask about",
            answer.since, answer.until
        ));
        return Ok(Outcome::Nothing);
    }
    Ok(Outcome::Fine)
}

fn print_questions(answer: &AskAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    screen.aside(&format!(
        "{}, {} to {}: would you keep these? Chosen from {} to teach most",
        answer.set,
        answer.since,
        answer.until,
        plural(answer.candidates as u64, "paper")
    ))?;
    for question in &answer.questions {
        screen.entry(&Entry {
            rank: question.rank,
            score: question.relevance.map_or_else(String::new, percentage),
            title: question.paper.title.clone(),
            url: question.paper.url.clone(),
            facts: facts(&question.paper),
            notes: Vec::new(),
        })?;
    }
    screen.aside(&format!(
        "answer with `kindred like --set {0} ID...` and `kindred dislike --set {0} ID...`",
        answer.set
    ))
}

/// Writes the score of any ranker in at most five columns, as long as it is one of usual size.
fn bare_score(score: f64) -> String {
    let decimals = match score.abs() {
        size if size < 99.95 => 2,
        size if size < 999.5 => 1,
        _ => 0,
    };
    let text = format!("{score:.decimals$}");
    // What is nothing at this precision has no sign.
    let is_nothing = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_nothing {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// Returns the first day of a period that ends with `as_of`.
pub(super) fn first_day(since: Option<Date>, as_of: Date) -> Result<Date> {
    let first = since.unwrap_or_else(|| as_of.saturating_sub((DEFAULT_DAYS - 1).days()));
    if first > as_of {
        let message = format!("the first day {first} is after the last day {as_of}");
        let hint = Some(format!("--as-of {first} or later, or an earlier --since"));
        return Err(UsageError { message, hint }.into());
    }
    Ok(first)
}

/// Remembers what was shown, also while another process writes.
pub(super) fn remember(
    session: &Session,
    answer: &FeedAnswer,
    set: &kindred_engine::SetName,
) -> Result<()> {
    let shown = Library::open_beside(&session.paths.library)
        .and_then(|mut library| library.mark_shown(answer, set));
    match shown {
        Err(error) if error.is_busy() => {
            session.note("note: the library is in use, these papers may be shown again");
            Ok(())
        }
        shown => Ok(shown?),
    }
}

pub(crate) fn print_feed(answer: &FeedAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let trained = answer.trained_on;
    let own = FeedRanker::default().name();
    let by = if answer.ranker == own {
        String::new()
    } else {
        format!("by {} ", answer.ranker)
    };
    screen.aside(&format!(
        "{}, {} to {}: {} ranked {by}against {} liked and {} disliked",
        answer.set,
        answer.since,
        answer.until,
        plural(
            answer.results.len() as u64 + answer.left_out.below_limit,
            // A revision arrived long ago.
            if answer.revisions == 0 {
                "arrival"
            } else {
                "paper"
            }
        ),
        trained.likes,
        trained.dislikes
    ))?;
    print_interests(&answer.interests, screen)?;
    for hit in &answer.results {
        screen.entry(&entry(hit))?;
        print_changes(hit.revision.as_ref(), screen)?;
    }
    print_expected(answer, screen)?;
    print_left_out(answer, screen)?;
    match &answer.following {
        Some(following) => screen.aside(&format!("following: {}", following.line)),
        None => Ok(()),
    }
}

/// Says how far one has to read.
fn print_expected(answer: &FeedAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let Some(expected) = answer.expected.filter(|expected| expected.of > 0) else {
        return Ok(());
    };
    let by = match answer.trained_on.outcomes {
        0 => "by what other readers keep".to_owned(),
        outcomes => format!("by {} shown before", plural(outcomes as u64, "paper")),
    };
    screen.aside(&format!(
        "read {} of {} to expect {:.0} % of what you would keep, {} ({by})",
        count(expected.papers as u64),
        count(expected.of as u64),
        100.0 * expected.share,
        about(expected.kept),
    ))
}

/// Writes an expected number of papers.
pub(super) fn about(expected: f64) -> String {
    if expected >= 9.95 {
        format!("{expected:.0} papers")
    } else if expected >= 0.05 {
        format!("{expected:.1} papers")
    } else {
        "hardly any papers".to_owned()
    }
}

/// Names the interests of a set.
pub(super) fn print_interests(
    interests: &[InterestView],
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    let named: Vec<String> = (interests.iter())
        .map(|interest| format!("{} {}", interest.number, interest_name(interest)))
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    screen.aside(&format!("interests: {}", named.join("; ")))
}

/// Prints where the words of a revised paper differ.
pub(super) fn print_changes(
    revision: Option<&RevisionView>,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    let Some(revision) = revision else {
        return Ok(());
    };
    for (label, runs) in [
        ("title:", &revision.title),
        ("abstract:", &revision.abstract_text),
    ] {
        if !runs.is_empty() {
            screen.runs(label, runs)?;
        }
    }
    Ok(())
}

/// Says what was left out, and which rule removed how many.
fn print_left_out(answer: &FeedAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let left = answer.left_out;
    let parts: Vec<String> = [
        (left.below_limit, "further down"),
        (left.in_set, "already in the set"),
        (left.shown_before, "shown before"),
        (left.unchanged_revisions, "revised without news"),
        (left.owned, "in another set"),
        (left.duplicates, "the same work again"),
        (left.by_rule, "removed by rules"),
        (left.withdrawn, "withdrawn"),
        (left.not_embedded, "not embedded yet"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{} {what}", count(number)))
    .collect();
    if !parts.is_empty() {
        screen.aside(&format!("left out: {}", parts.join(", ")))?;
    }
    for rule in &answer.rules {
        screen.aside(&format!("  {}", rule_line(rule, answer)))?;
    }
    Ok(())
}

/// Says what a rule did: `must-not survey: 3 removed`.
fn rule_line(rule: &RuleCount, answer: &FeedAnswer) -> String {
    if rule.kind != RuleKind::PinAuthor {
        return format!(
            "{} {}: {} removed",
            rule.kind,
            rule.rule,
            count(rule.removed)
        );
    }
    let is_its = |hit: &&FeedHit| hit.pinned.as_deref() == Some(rule.rule.as_str());
    let pinned = answer.results.iter().filter(is_its).count() as u64;
    format!("{} {}: {} shown", rule.kind, rule.rule, count(pinned))
}

fn entry(hit: &FeedHit) -> Entry {
    // A paper with hardly a share in the score is no reason worth a line.
    let largest = hit
        .reasons
        .iter()
        .fold(0.0_f64, |largest, part| largest.max(part.share.abs()));
    // That a revision is like its earlier self is no reason either.
    let told = hit
        .reasons
        .iter()
        .filter(|part| part.share.abs() >= SMALLEST_SHARE * largest && part.id != hit.paper.id);
    Entry {
        rank: hit.rank,
        // Without a probability the score itself says most.
        score: (hit.relevance).map_or_else(|| bare_score(hit.score), percentage),
        title: hit.paper.title.clone(),
        url: hit.paper.url.clone(),
        facts: facts(&hit.paper),
        notes: notes(hit)
            .into_iter()
            .chain(told.map(|part| reason(part, hit.score)))
            .chain(words(hit))
            .collect(),
    }
}

/// Names the words that it shares with liked papers.
fn words(hit: &FeedHit) -> Option<String> {
    let named: Vec<String> = (hit.terms.iter())
        .map(|part| format!("\u{201c}{}\u{201d} {:+.2}", part.term, part.share))
        .collect();
    (!named.is_empty()).then(|| format!("by words of liked papers: {}", named.join(", ")))
}

pub(super) fn reason(reason: &Reason, score: f64) -> String {
    let verb = if reason.rating == "like" {
        "because you liked"
    } else {
        "although you disliked"
    };
    format!(
        "{verb} {} {} ({:.2} alike, {:+.2} of the score {score:.2})",
        short_id(&reason.id.to_string()),
        readable(&reason.title),
        reason.similarity,
        reason.share
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_any_size_fit_their_column() {
        for (score, expected) in [
            (0.312, "0.31"),
            (-0.001, "0.00"),
            (0.0, "0.00"),
            (-4.705, "-4.71"),
            (99.94, "99.94"),
            (139.49, "139.5"),
            (-1234.5, "-1234"),
        ] {
            assert_eq!(bare_score(score), expected);
        }
    }
}
