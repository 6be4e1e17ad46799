//! `sync`.

use std::io;

use anyhow::Result;
use kindred_engine::{
    EngineError, FeedReport, GapView, ListReport, SyncOptions, SyncReport, SyncRequest,
};
use serde::Serialize;

use super::import::{EmbedAnswer, print_embed, run_embed};
use super::ledger::gap_line;
use crate::arguments::{SyncArguments, Unfollow};
use crate::exit::Outcome;
use crate::network::{Network, failed, now};
use crate::output::{Screen, count, plural};
use crate::session::Session;

/// Gaps that are printed.
const SHOWN_GAPS: usize = 10;

/// What `sync` answers.
#[derive(Debug, Serialize)]
struct SyncAnswer {
    /// What the service gave and the library took.
    #[serde(flatten)]
    sync: SyncReport,
    /// What was embedded of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    embed: Option<EmbedAnswer>,
}

pub(crate) fn sync(session: &Session, arguments: &SyncArguments) -> Result<Outcome> {
    if !arguments.unfollow.is_empty() {
        return unfollow(session, arguments);
    }
    let is_empty = arguments.category.is_empty() && arguments.feed.is_empty() && !arguments.full;
    let mut library = match session.write() {
        // A folder with nothing in it would be taken for a library the next time.
        Err(error) if super::import::is_no_library(&error) && is_empty => {
            return Err(EngineError::NothingFollowed.into());
        }
        Err(error) if super::import::is_no_library(&error) => session.create()?,
        opened => opened?,
    };
    let contact = library.contact(arguments.contact.as_deref())?;
    let network = Network::find(session, contact)?;
    let pass = |name: &str| network.halt.pass(name);
    let options = SyncOptions {
        service: network.service.clone(),
        client: network.client.clone(),
        clock: network.clock.clone(),
        point: &pass,
    };
    if let Some(file) = &arguments.snapshot {
        super::import::import_snapshot(session, &mut library, file, network.clock.now())?;
    }
    if !arguments.feed.is_empty() || !arguments.drop_feed.is_empty() {
        let hosts = network.service.other_hosts();
        library.change_other_feeds(&arguments.feed, &arguments.drop_feed, &hosts)?;
    }
    let request = SyncRequest {
        categories: arguments.category.clone(),
        whole: arguments.full,
        since: arguments.since,
        by: arguments.by.into(),
    };
    let mut sync = session.with_control(|control| library.sync(&request, &options, control))?;
    let error = sync.error.take();
    let is_idle = error.is_some() && sync.lists.iter().all(|list| list.records == 0);
    let embed = if arguments.no_embed || sync.stopped || is_idle {
        None
    } else {
        pass("embed: before");
        let report = run_embed(session, &mut library)?;
        pass("embed: after");
        Some(EmbedAnswer::from(&report))
    };
    let has_failed_feeds = sync.other_feeds.iter().any(|feed| feed.failure.is_some());
    session.print(&SyncAnswer { sync, embed }, print_sync)?;
    match error {
        None if has_failed_feeds => Ok(Outcome::PartlyFailed),
        None => Ok(Outcome::Fine),
        Some(EngineError::Stopped) => {
            session.note("stopped; nothing is lost, the same command goes on from here");
            Err(EngineError::Stopped.into())
        }
        Some(error) => Err(failed(error)),
    }
}

fn unfollow(session: &Session, arguments: &SyncArguments) -> Result<Outcome> {
    let mut library = session.write()?;
    let mut outcome = Outcome::Fine;
    for Unfollow(category) in &arguments.unfollow {
        let name = category
            .as_ref()
            .map_or_else(|| "all of arXiv".to_owned(), ToString::to_string);
        if library.unfollow(category.as_ref(), now()?)? {
            session.note(&format!("{name} is not followed any more; its papers stay"));
        } else {
            session.note(&format!("{name} was not followed"));
            outcome = Outcome::Nothing;
        }
    }
    Ok(outcome)
}

fn print_sync(answer: &SyncAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let sync = &answer.sync;
    for list in &sync.lists {
        print_list(list, screen)?;
    }
    if let Some(feed) = &sync.feed {
        print_feed(feed, screen)?;
    }
    for feed in &sync.other_feeds {
        let what = match &feed.failure {
            Some(failure) => format!("failed: {failure}"),
            None => format!("{}, {} new", plural(feed.records, "paper"), count(feed.new)),
        };
        screen.line(&format!("{}: {what}", feed.address))?;
    }
    if sync.missing.asked > 0 {
        let left = match sync.missing.left {
            0 => "none is left".to_owned(),
            left => format!("{} still missing", count(left)),
        };
        let asked = plural(sync.missing.asked, "missing paper");
        screen.line(&format!(
            "{asked} asked for: {} came, {left}",
            count(sync.missing.found)
        ))?;
    }
    for id in &sync.missing.given_up {
        screen.indented(&format!("given up, since nobody delivers it: {id}"), 2)?;
    }
    for gap in sync.closed.iter().take(SHOWN_GAPS) {
        screen.line(&gap_line("complete now", gap))?;
    }
    print_open(&sync.open, screen)?;
    answer
        .embed
        .as_ref()
        .map_or(Ok(()), |embed| print_embed(embed, screen))
}

fn print_list(list: &ListReport, screen: &mut Screen<'_>) -> io::Result<()> {
    let days = match (list.from, list.until) {
        (Some(from), Some(until)) => format!(", changes of {from} to {until}"),
        (Some(from), None) => format!(", changes from {from}"),
        (None, _) => String::new(),
    };
    screen.heading(&format!("{}{days}", list.title))?;
    let mut parts = vec![plural(list.records, "record")];
    for (number, what) in [
        (list.new, "new"),
        (list.updated, "updated"),
        (list.enriched, "enriched"),
        (list.unchanged, "unchanged"),
        (list.deleted, "deleted"),
        (list.rejected, "unusable, asked for again"),
    ] {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    }
    screen.indented(&parts.join(", "), 2)?;
    if list.listed > 0 {
        let recovered = match list.recovered {
            0 => "all are here".to_owned(),
            one => format!("{} had been left out and were fetched", count(one)),
        };
        screen.indented(
            &format!("census: {} listed, {recovered}", count(list.listed)),
            2,
        )?;
    }
    match &list.failure {
        Some(failure) => screen.indented(&format!("failed: {failure}"), 2),
        None => Ok(()),
    }
}

fn print_feed(feed: &FeedReport, screen: &mut Screen<'_>) -> io::Result<()> {
    if let Some(day) = feed.day
        && feed.fresh + feed.replaced > 0
    {
        let ahead = match feed.ahead {
            0 => String::new(),
            ahead => format!(", {} not in OAI-PMH yet", count(ahead)),
        };
        screen.line(&format!(
            "feed of {day}: {} new, {} replaced{ahead}",
            count(feed.fresh),
            count(feed.replaced)
        ))?;
    }
    feed.remark
        .as_ref()
        .map_or(Ok(()), |remark| screen.line(&format!("feed: {remark}")))
}

fn print_open(open: &[GapView], screen: &mut Screen<'_>) -> io::Result<()> {
    for gap in open.iter().take(SHOWN_GAPS) {
        screen.line(&gap_line("incomplete", gap))?;
    }
    let hidden = open.len().saturating_sub(SHOWN_GAPS) as u64;
    if hidden > 0 {
        screen.line(&format!("and {} more (`kindred ledger`)", count(hidden)))?;
    }
    Ok(())
}
