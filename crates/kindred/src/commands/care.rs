//! `stats` and `verify`.

use std::io;

use anyhow::Result;
use kindred_engine::{Stats, VerifyReport};

use crate::arguments::VerifyArguments;
use crate::exit::Outcome;
use crate::network::now;
use crate::output::{Screen, bytes, count};
use crate::session::Session;

pub(crate) fn stats(session: &Session) -> Result<Outcome> {
    let stats = session.read()?.stats()?;
    session.print(&stats, print_stats)?;
    Ok(Outcome::Fine)
}

pub(crate) fn verify(session: &Session, arguments: &VerifyArguments) -> Result<Outcome> {
    let report = if arguments.repair {
        let mut library = session.write()?;
        let now = now()?;
        session.with_control(|control| library.repair(now, control))?
    } else {
        // Checked while nobody writes: half of a change would look like damage.
        let library = session.write()?;
        session.with_progress(|control| library.verify(control))?
    };
    session.print(&report, print_verify)?;
    Ok(if report.faults.is_empty() {
        Outcome::Fine
    } else {
        Outcome::Nothing
    })
}

fn print_stats(stats: &Stats, screen: &mut Screen<'_>) -> io::Result<()> {
    let store = &stats.store;
    screen.fact("library", &stats.folder)?;
    screen.fact("papers", &count(store.papers))?;
    screen.fact("with abstract", &count(store.with_abstract))?;
    if let (Some(first), Some(last)) = (store.first_day, store.last_day) {
        screen.fact("first versions", &format!("{first} to {last}"))?;
    }
    let categories: Vec<String> = store
        .categories
        .iter()
        .take(10)
        .map(|(category, papers)| format!("{category} {}", count(*papers)))
        .collect();
    screen.fact("categories", &categories.join(", "))?;
    screen.fact("seed sets", &count(store.sets))?;
    screen.fact("database", &bytes(store.database_bytes))?;
    let encoder = &stats.encoder;
    screen.fact(
        "encoder",
        &format!(
            "{}, {} dimensions, {}, {}",
            encoder.name,
            encoder.dimension,
            encoder.dtype,
            &encoder.fingerprint[..12]
        ),
    )?;
    screen.fact("embedded", &count(stats.embedded))?;
    if stats.pending > 0 {
        screen.fact(
            "not embedded",
            &format!("{} (`kindred embed`)", count(stats.pending)),
        )?;
    }
    if let Some(index) = &stats.index {
        screen.fact("vectors", &bytes(index.vector_bytes))?;
        screen.fact(
            "search graph",
            &format!(
                "{} over {} papers",
                bytes(index.graph_bytes),
                count(index.graph_rows as u64)
            ),
        )?;
    }
    Ok(())
}

fn print_verify(report: &VerifyReport, screen: &mut Screen<'_>) -> io::Result<()> {
    for action in &report.repaired {
        screen.line(&format!("repaired: {action}"))?;
    }
    for fault in &report.faults {
        screen.line(&format!("fault: {}: {}", fault.place, fault.problem))?;
        screen.indented(&format!("remedy: {}", fault.remedy), 2)?;
    }
    if report.faults.is_empty() {
        screen.line(&format!(
            "no fault in {} papers and {} vectors",
            count(report.papers),
            count(report.vectors)
        ))?;
    }
    Ok(())
}
