//! `ledger`.

use std::io;

use anyhow::Result;
use kindred_engine::{
    AuditReport, Category, GapView, LedgerAnswer, LedgerDay, LedgerQuery, SyncOptions,
};

use crate::arguments::{LedgerAction, LedgerArguments};
use crate::exit::Outcome;
use crate::network::{Network, failed, now};
use crate::output::{Screen, clean, count, plural};
use crate::session::Session;

pub(crate) fn ledger(session: &Session, arguments: &LedgerArguments) -> Result<Outcome> {
    if let Some(LedgerAction::Audit { category, contact }) = &arguments.action {
        return audit(session, category, contact.as_deref());
    }
    let library = session.read()?;
    let answer = library.ledger(&LedgerQuery {
        categories: arguments.category.clone(),
        days: arguments.days,
        now: now()?,
    })?;
    let is_open = answer.gaps.iter().any(|gap| gap.closed.is_none());
    session.print(&answer, print_ledger)?;
    Ok(if is_open {
        Outcome::Nothing
    } else {
        Outcome::Fine
    })
}

fn audit(session: &Session, categories: &[Category], contact: Option<&str>) -> Result<Outcome> {
    let mut library = session.write()?;
    let contact = library.contact(contact)?;
    let network = Network::find(session, contact)?;
    let options = SyncOptions {
        service: network.service.clone(),
        client: network.client.clone(),
        clock: network.clock.clone(),
        point: &|name| network.halt.pass(name),
    };
    let report = session
        .with_control(|control| library.audit(categories, &options, control))
        .map_err(failed)?;
    session.print(&report, print_audit)?;
    let is_whole = report
        .lists
        .iter()
        .all(|list| list.absent + list.stale == 0);
    Ok(if is_whole {
        Outcome::Fine
    } else {
        Outcome::Nothing
    })
}

fn print_ledger(answer: &LedgerAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let days: Vec<&LedgerDay> = answer.days.iter().filter(|day| !is_silent(day)).collect();
    let width = days
        .iter()
        .map(|day| day.category.len())
        .max()
        .unwrap_or(0)
        .max("category".len());
    screen.heading(&format!(
        "{:<10}  {:<width$}  {:>9}  {:>8}  {:>7}  {:>8}  {:>5}  {:>7}  state",
        "day", "category", "announced", "replaced", "fetched", "embedded", "shown", "missing"
    ))?;
    for day in days {
        screen.exact(&format!(
            "{}  {:<width$}  {:>9}  {:>8}  {:>7}  {:>8}  {:>5}  {:>7}  {}",
            day.day,
            day.category,
            count(day.announced),
            count(day.replaced),
            count(day.fetched),
            count(day.embedded),
            count(day.shown),
            count(day.missing),
            clean(&state(day))
        ))?;
    }
    let open = answer.gaps.iter().filter(|gap| gap.closed.is_none());
    let closed = answer.gaps.iter().filter(|gap| gap.closed.is_some());
    let (open_count, closed_count) = (open.clone().count() as u64, closed.count() as u64);
    if open_count == 0 {
        return screen.line(&match closed_count {
            0 => "no gap".to_owned(),
            closed => format!("no gap is open; {} closed", plural(closed, "gap")),
        });
    }
    screen.line(&format!("{} open:", plural(open_count, "gap")))?;
    for gap in open {
        screen.indented(&gap_line(gap.kind, gap), 2)?;
    }
    Ok(())
}

/// Whether a day is a weekend on which nothing came, as it should be.
fn is_silent(day: &LedgerDay) -> bool {
    day.expected == "weekend" && day.announced + day.replaced + day.missing == 0 && !day.open
}

fn state(day: &LedgerDay) -> String {
    let why = day.why.join("; ");
    match (day.open, day.proven, day.expected) {
        (true, ..) => format!("OPEN: {why}"),
        (false, _, "to come") => "not out yet".to_owned(),
        (false, true, _) if !why.is_empty() => format!("complete (was open: {why})"),
        (false, true, "announcement") => "complete".to_owned(),
        (false, false, "announcement") => "not asked for yet".to_owned(),
        (false, _, quiet) => quiet.to_owned(),
    }
}

/// Writes a gap in one line.
pub(super) fn gap_line(what: &str, gap: &GapView) -> String {
    let day = format!("{what}: {} of {}", gap.category, gap.day);
    match &gap.outcome {
        Some(outcome) => format!("{day}: {outcome} (was: {})", gap.reason),
        None => format!("{day}: {}", gap.reason),
    }
}

fn print_audit(report: &AuditReport, screen: &mut Screen<'_>) -> io::Result<()> {
    for list in &report.lists {
        let Some(from) = list.from else {
            screen.line(&format!("{}: not harvested yet", list.category))?;
            continue;
        };
        screen.line(&format!(
            "{}, changes from {from}: {} listed, {} not here, {} out of date",
            list.category,
            count(list.listed),
            count(list.absent),
            count(list.stale)
        ))?;
        if !list.examples.is_empty() {
            screen.indented(&list.examples.join(", "), 2)?;
            screen.indented("`kindred sync` fetches them", 2)?;
        }
    }
    Ok(())
}
