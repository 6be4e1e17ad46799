//! `import` and `embed`.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;
use kindred_engine::{
    EmbedReport, EngineError, FieldMapping, ImportReport, ImportRequest, Input, Library,
};
use serde::Serialize;

use crate::arguments::ImportArguments;
use crate::exit::{Outcome, UsageError};
use crate::network::now;
use crate::output::{Screen, count, plural};
use crate::session::Session;

/// Most of a field mapping that is read; a real one has a few lines.
const MAPPING_BYTES: u64 = 1 << 20;
/// Rejected records that are printed for each input.
const SHOWN_REJECTIONS: usize = 5;

/// What `import` answers.
#[derive(Debug, Serialize)]
struct ImportAnswer {
    #[serde(flatten)]
    import: ImportReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    embed: Option<EmbedAnswer>,
}

/// What `embed` answers.
#[derive(Debug, Serialize)]
pub(crate) struct EmbedAnswer {
    /// Papers that got a vector.
    embedded: u64,
    /// Papers that cannot have one.
    failed: u64,
    /// Why, for the first hundred of them.
    failures: Vec<String>,
    /// Seconds spent on vectors.
    encoding_seconds: f64,
    /// Seconds spent on the search graph.
    indexing_seconds: f64,
}

impl From<&EmbedReport> for EmbedAnswer {
    fn from(report: &EmbedReport) -> Self {
        let failures = report
            .failures
            .iter()
            .map(|(id, reason)| format!("{id}: {reason}"));
        Self {
            embedded: report.embedded,
            failed: report.failed,
            failures: failures.collect(),
            encoding_seconds: report.encoding.as_secs_f64(),
            indexing_seconds: report.indexing.as_secs_f64(),
        }
    }
}

pub(crate) fn import(session: &Session, arguments: &ImportArguments) -> Result<Outcome> {
    let mapping = arguments.mapping.as_deref().map(mapping).transpose()?;
    let inputs: Vec<Input> = arguments.files.iter().map(|path| input(path)).collect();
    let mut library = match session.write() {
        Err(error) if is_no_library(&error) => {
            check_readable(&arguments.files)?;
            session.create()?
        }
        opened => opened?,
    };
    let request = ImportRequest {
        inputs: &inputs,
        now: now()?,
    };
    let import = session.with_control(|control| match &mapping {
        Some(mapping) => library.import_mapped(&request, mapping, control),
        None => library.import(&request, control),
    })?;
    let stopped = import.stopped;
    let embed = if stopped || arguments.no_embed {
        None
    } else {
        match run_embed(session, &mut library) {
            Ok(report) => Some(EmbedAnswer::from(&report)),
            Err(error) => {
                session.print(
                    &ImportAnswer {
                        import,
                        embed: None,
                    },
                    print_import,
                )?;
                return Err(error);
            }
        }
    };
    let failed = import.inputs.iter().any(|input| input.failure.is_some());
    session.print(&ImportAnswer { import, embed }, print_import)?;
    if stopped {
        session.note("stopped; nothing is lost, the same command goes on from here in its files");
        return Err(EngineError::Stopped.into());
    }
    Ok(if failed {
        Outcome::PartlyFailed
    } else {
        Outcome::Fine
    })
}

/// Imports the bulk snapshot that an archive starts from.
pub(super) fn import_snapshot(
    session: &Session,
    library: &mut Library,
    file: &Path,
    now: Timestamp,
) -> Result<()> {
    let inputs = [input(file)];
    let request = ImportRequest {
        inputs: &inputs,
        now,
    };
    let import = session.with_control(|control| library.import_snapshot(&request, control))?;
    let stopped = import.stopped;
    let failed = import.inputs.iter().any(|input| input.failure.is_some());
    let answer = ImportAnswer {
        import,
        embed: None,
    };
    if !session.json {
        session.screen(|screen| print_import(&answer, screen))?;
    }
    if stopped {
        session.note("stopped; nothing is lost, the same command goes on from here in the file");
        return Err(EngineError::Stopped.into());
    }
    if failed {
        anyhow::bail!("the snapshot was not read to its end, so nothing was asked of arXiv");
    }
    Ok(())
}

pub(crate) fn embed(session: &Session) -> Result<Outcome> {
    let mut library = session.write()?;
    let report = run_embed(session, &mut library)?;
    session.print(&EmbedAnswer::from(&report), print_embed)?;
    Ok(Outcome::Fine)
}

/// Embeds what waits for a vector, with progress.
pub(crate) fn run_embed(session: &Session, library: &mut Library) -> Result<EmbedReport> {
    let report = session.with_control(|control| library.embed(control));
    if matches!(report, Err(EngineError::Stopped)) {
        session.note("stopped; finished batches are kept, `kindred embed` goes on from here");
    }
    Ok(report?)
}

/// Finds a mapping by its name, or reads it from a file.
fn mapping(name: &str) -> Result<Arc<FieldMapping>> {
    let is_file = Path::new(name)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let usage = |message: String, hint: &str| UsageError {
        message,
        hint: Some(hint.to_owned()),
    };
    let found = if is_file {
        let mut text = String::new();
        fs_err::File::open(name)
            .and_then(|file| file.take(MAPPING_BYTES).read_to_string(&mut text))
            .map_err(|error| usage(error.to_string(), "docs/SOURCES.md has an example"))?;
        FieldMapping::parse(&text)
            .map_err(|error| usage(format!("`{name}`: {error}"), "see docs/SOURCES.md"))
    } else {
        FieldMapping::named(name)
            .map_err(|error| usage(error.to_string(), "docs/SOURCES.md says how to write one"))
    };
    Ok(Arc::new(found?))
}

pub(super) fn is_no_library(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(EngineError::NoLibrary { .. }))
}

/// Fails if none of the files can be opened, so that a mistyped name makes no library.
fn check_readable(files: &[PathBuf]) -> Result<()> {
    let mut first_error = None;
    for file in files {
        match fs_err::metadata(file) {
            _ if file == Path::new("-") => return Ok(()),
            Ok(metadata) if !metadata.is_dir() => return Ok(()),
            Ok(_) => {
                let folder = io::Error::from(io::ErrorKind::IsADirectory);
                let error = anyhow::Error::from(folder).context(file.display().to_string());
                first_error.get_or_insert(error);
            }
            Err(error) => {
                first_error.get_or_insert(error.into());
            }
        }
    }
    first_error.map_or(Ok(()), |error| Err(error.context("no input can be read")))
}

pub(super) fn input(path: &Path) -> Input {
    if path == Path::new("-") {
        Input::Stdin
    } else {
        Input::File(path.to_owned())
    }
}

fn print_import(answer: &ImportAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    for report in &answer.import.inputs {
        let format = report
            .format
            .as_deref()
            .map_or(String::new(), |text| format!(" ({text})"));
        screen.heading(&format!("{}{format}", report.input))?;
        let mut parts = vec![plural(report.records, "record")];
        for (number, what) in [
            (report.new, "new"),
            (report.updated, "updated"),
            (report.enriched, "enriched"),
            (report.unchanged, "unchanged"),
            (report.deleted, "deleted"),
            (report.rejected, "rejected"),
            (report.repaired, "with broken characters mended"),
        ] {
            if number > 0 {
                parts.push(format!("{} {what}", count(number)));
            }
        }
        if report.seconds >= 1.0 {
            let rate = report.records as f64 / report.seconds;
            parts.push(format!("{:.1} s, {rate:.0} records/s", report.seconds));
        }
        screen.indented(&parts.join(", "), 2)?;
        if report.resumed_after > 0 {
            let skipped = count(report.resumed_after);
            screen.indented(
                &format!("went on after {skipped} records of an earlier run"),
                2,
            )?;
        }
        if let Some(remark) = &report.remark {
            screen.indented(remark, 2)?;
        }
        for rejection in report.rejections.iter().take(SHOWN_REJECTIONS) {
            screen.indented(
                &format!("skipped {}: {}", rejection.place, rejection.reason),
                2,
            )?;
        }
        let hidden = report.rejected.saturating_sub(SHOWN_REJECTIONS as u64);
        if hidden > 0 {
            screen.indented(
                &format!("and {} more skipped (--json lists 100)", count(hidden)),
                2,
            )?;
        }
        if let Some(failure) = &report.failure {
            screen.indented(&format!("failed: {failure}"), 2)?;
        }
    }
    answer
        .embed
        .as_ref()
        .map_or(Ok(()), |embed| print_embed(embed, screen))
}

pub(crate) fn print_embed(answer: &EmbedAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    if answer.embedded == 0 && answer.failed == 0 {
        return screen.line("every paper has its vector");
    }
    let rate = answer.embedded as f64 / answer.encoding_seconds.max(0.001);
    screen.line(&format!(
        "embedded {} in {:.1} s ({rate:.0}/s), index {:.1} s",
        plural(answer.embedded, "paper"),
        answer.encoding_seconds,
        answer.indexing_seconds
    ))?;
    if answer.failed > 0 {
        screen.line(&format!(
            "{} cannot be embedded:",
            plural(answer.failed, "paper")
        ))?;
        for failure in answer.failures.iter().take(SHOWN_REJECTIONS) {
            screen.indented(failure, 2)?;
        }
    }
    Ok(())
}
