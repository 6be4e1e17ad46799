//! `set import`: bibliographies into a seed set, after a review.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::Result;
use kindred_digest::readable;
use kindred_engine::{
    Input, MatchedBy, Rating, ReferenceCounts, ReferenceRequest, ReferenceReview, ReferenceStatus,
    ReviewedReference, SetName, WriteOptions, WrittenReferences,
};
use serde::Serialize;

use super::import::{EmbedAnswer, input, print_embed, run_embed};
use super::sets::set_name;
use crate::arguments::SetImportArguments;
use crate::exit::Outcome;
use crate::network::now;
use crate::output::{Screen, authors, count, plural};
use crate::session::Session;

/// References of a kind that are printed, unless the user has to act on each.
const SHOWN: usize = 30;
/// Problems of one input that are printed.
const SHOWN_PROBLEMS: usize = 20;

/// What `set import` answers.
#[derive(Debug, Serialize)]
struct ReferencesAnswer {
    #[serde(flatten)]
    review: ReferenceReview,
    /// Absent where nothing was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<WrittenReferences>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embed: Option<EmbedAnswer>,
}

pub(crate) fn import(session: &Session, arguments: &SetImportArguments) -> Result<Outcome> {
    let set = set_name(&arguments.name)?;
    let inputs: Vec<Input> = arguments.files.iter().map(|path| input(path)).collect();
    let rating = if arguments.dislike {
        Rating::Dislike
    } else {
        Rating::Like
    };
    // Ratings alone can be written beside another process that imports papers.
    let open = || {
        if arguments.add {
            session.write()
        } else {
            session.beside()
        }
    };
    // Opened for writing from the start: an older library gets its index of titles.
    let mut library = open()?;
    let review = library.review_references(&ReferenceRequest {
        set: &set,
        rating,
        inputs: &inputs,
        collections: &arguments.collection,
    })?;
    if !session.json {
        session.screen(|screen| print_review(&review, arguments, screen))?;
    }
    let outcome = outcome_of(&review);
    let to_write = to_write(&review.counts, arguments);
    if to_write > 0 && !arguments.yes {
        // Others may write while the user thinks.
        drop(library);
        if !may_write(session, &set, to_write, rating)? {
            let answer = ReferencesAnswer {
                review,
                written: None,
                embed: None,
            };
            session.print(&answer, |_, _| Ok(()))?;
            return Ok(outcome);
        }
        library = open()?;
    }
    let written = if to_write == 0 {
        None
    } else {
        let options = WriteOptions {
            rating,
            likely: arguments.likely,
            add: arguments.add,
            now: now()?,
        };
        Some(library.write_references(&set, &review, &options)?)
    };
    let embed = match &written {
        Some(written) if written.papers > 0 => Some(run_embed(session, &mut library)?),
        _ => None,
    };
    let answer = ReferencesAnswer {
        review,
        written,
        embed: embed.as_ref().map(EmbedAnswer::from),
    };
    session.print(&answer, print_written)?;
    Ok(outcome)
}

/// How many papers would be rated.
fn to_write(counts: &ReferenceCounts, arguments: &SetImportArguments) -> u64 {
    let likely = if arguments.likely { counts.likely } else { 0 };
    let added = if arguments.add { counts.addable } else { 0 };
    counts.matched + likely + added
}

fn outcome_of(review: &ReferenceReview) -> Outcome {
    if review.inputs.iter().any(|input| input.failure.is_some()) {
        Outcome::PartlyFailed
    } else if review.references.is_empty() {
        Outcome::Nothing
    } else {
        Outcome::Fine
    }
}

/// Asks on a terminal; elsewhere says how to go on, and writes nothing.
fn may_write(session: &Session, set: &SetName, papers: u64, rating: Rating) -> Result<bool> {
    let is_asked = !session.json && io::stdin().is_terminal() && io::stderr().is_terminal();
    if !is_asked {
        session.note("nothing was written; `--yes` writes what was matched");
        return Ok(false);
    }
    let verb = if rating == Rating::Like {
        "liked"
    } else {
        "disliked"
    };
    let mut out = io::stderr().lock();
    write!(
        out,
        "Put {} into {set} as {verb}? [y/N] ",
        plural(papers, "paper")
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let is_yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    if !is_yes {
        writeln!(out, "nothing was written")?;
    }
    Ok(is_yes)
}

fn print_written(answer: &ReferencesAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let Some(written) = &answer.written else {
        return screen.line("nothing to write");
    };
    let mut parts = vec![format!("{} new", count(written.ratings.added))];
    for (number, what) in [
        (written.ratings.changed, "changed"),
        (written.ratings.unchanged, "as before"),
        (written.dated, "with the day they were added"),
    ] {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    }
    if written.papers > 0 {
        parts.push(format!(
            "{} put into the library",
            plural(written.papers, "paper")
        ));
    }
    screen.line(&format!(
        "{}d in {}: {}",
        answer.review.rating,
        answer.review.set,
        parts.join(", ")
    ))?;
    answer
        .embed
        .as_ref()
        .map_or(Ok(()), |embed| print_embed(embed, screen))
}

fn print_review(
    review: &ReferenceReview,
    arguments: &SetImportArguments,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    for input in &review.inputs {
        let format = input
            .format
            .as_deref()
            .map_or(String::new(), |format| format!(" ({format})"));
        screen.heading(&format!(
            "{}{format}: {}",
            input.input,
            plural(input.references, "reference")
        ))?;
        for problem in input.problems.iter().take(SHOWN_PROBLEMS) {
            screen.indented(&format!("{}: {}", problem.place, problem.reason), 2)?;
        }
        more(input.problems.len(), SHOWN_PROBLEMS, screen)?;
        if let Some(failure) = &input.failure {
            screen.indented(&format!("failed: {failure}"), 2)?;
        }
    }
    let counts = &review.counts;
    let several = review.inputs.len() > 1;
    let likely = if arguments.likely {
        ""
    } else {
        " (left out, `--likely` takes them)"
    };
    for (status, number, title, shown) in [
        (
            ReferenceStatus::Matched,
            counts.matched,
            "matched".to_owned(),
            SHOWN,
        ),
        (
            ReferenceStatus::Likely,
            counts.likely,
            format!("likely{likely}"),
            usize::MAX,
        ),
        (
            ReferenceStatus::Rated,
            counts.rated,
            rated_title(counts),
            SHOWN,
        ),
        (
            ReferenceStatus::Duplicate,
            counts.duplicate,
            "named twice".to_owned(),
            SHOWN,
        ),
        (
            ReferenceStatus::Missing,
            counts.missing,
            missing_title(counts, arguments.add),
            usize::MAX,
        ),
    ] {
        if number == 0 {
            continue;
        }
        screen.heading(&format!("{} {title}", count(number)))?;
        let of_status = review
            .references
            .iter()
            .filter(|reviewed| reviewed.status == status);
        for reviewed in of_status.take(shown) {
            print_reference(reviewed, several, screen)?;
        }
        more(usize::try_from(number).unwrap_or(usize::MAX), shown, screen)?;
    }
    Ok(())
}

fn rated_title(counts: &ReferenceCounts) -> String {
    if counts.contradicting == 0 {
        return "rated already".to_owned();
    }
    format!(
        "rated already, {} of them the other way; their ratings stay",
        count(counts.contradicting)
    )
}

fn missing_title(counts: &ReferenceCounts, is_added: bool) -> String {
    match (counts.addable, is_added) {
        (0, _) => "not in the library".to_owned(),
        (number, true) => format!(
            "not in the library, {} with title and abstract to be put in",
            count(number)
        ),
        (number, false) => format!(
            "not in the library (`--add` puts in the {} with title and abstract)",
            count(number)
        ),
    }
}

fn more(number: usize, shown: usize, screen: &mut Screen<'_>) -> io::Result<()> {
    let hidden = number.saturating_sub(shown);
    if hidden == 0 {
        return Ok(());
    }
    let text = format!("and {} more (--json lists all)", count(hidden as u64));
    screen.indented(&text, 2)
}

fn print_reference(
    reviewed: &ReviewedReference,
    several: bool,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    let place = if several {
        format!("{} of {}", reviewed.place, reviewed.input)
    } else {
        reviewed.place.clone()
    };
    let written = if reviewed.title.is_empty() {
        reviewed
            .id
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| reviewed.doi.clone())
            .unwrap_or_default()
    } else {
        reviewed.title.clone()
    };
    match (&reviewed.paper, &reviewed.duplicate_of) {
        (_, Some(first)) => screen.indented(&format!("{place}: {written} · as {first}"), 2),
        (Some(paper), None) => {
            let mut facts = vec![paper.id.to_string(), by(paper.by).to_owned()];
            if let Some(added) = reviewed.added {
                let day = added.to_zoned(jiff::tz::TimeZone::UTC).date();
                facts.push(format!("added {day}"));
            }
            if let Some(rated) = reviewed.rated {
                facts.push(format!("{rated}d"));
            }
            if reviewed.status == ReferenceStatus::Likely {
                screen.indented(&format!("{place}: {written}"), 2)?;
                let found = format!("perhaps {} · {}", readable(&paper.title), facts.join(" · "));
                return screen.indented(&found, 4);
            }
            let found = format!(
                "{place}: {} · {}",
                readable(&paper.title),
                facts.join(" · ")
            );
            screen.indented(&found, 2)
        }
        (None, None) => {
            screen.indented(&format!("{place}: {written}"), 2)?;
            let facts = known(reviewed);
            if facts.is_empty() {
                return Ok(());
            }
            screen.indented(&facts.join(" · "), 4)
        }
    }
}

/// What is known of a paper that the library does not have, so that it can be fetched.
fn known(reviewed: &ReviewedReference) -> Vec<String> {
    let mut facts = vec![authors(&reviewed.authors)];
    facts.extend(reviewed.date.map(|date| date.to_string()));
    let page = reviewed
        .id
        .as_ref()
        .map(|id| id.url().unwrap_or_else(|| id.to_string()));
    let doi = reviewed
        .doi
        .as_ref()
        .map(|doi| format!("https://doi.org/{doi}"));
    facts.extend(page.or(doi).or_else(|| reviewed.url.clone()));
    facts.retain(|fact| !fact.is_empty());
    facts
}

fn by(by: MatchedBy) -> &'static str {
    match by {
        MatchedBy::Id => "by id",
        MatchedBy::Doi => "by DOI",
        MatchedBy::TitleAndAuthor => "by title and first author",
        MatchedBy::Title => "same title, authors unknown or others",
        MatchedBy::SimilarTitle => "similar title",
        MatchedBy::IdOfOtherTitle => "same id, another title",
    }
}
