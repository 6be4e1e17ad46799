//! From the first argument to the exit code.

use std::io;
use std::process::ExitCode;

use anyhow::Error;
use clap::{CommandFactory as _, FromArgMatches as _};
use kindred_engine::{EngineError, Fault};
use kindred_web::ServeError;

use crate::arguments::{Arguments, Command, ConfigAction};
use crate::commands;
use crate::mail::MailError;
use crate::output::clean;
use crate::session::Session;
use crate::settings::Settings;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what was asked.
    Fine,
    /// It worked, but found nothing, or found a fault in what it checked.
    Nothing,
    /// Some of the work failed; the rest was done and the failures were named.
    PartlyFailed,
}

impl Outcome {
    fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Nothing => 1,
            Self::PartlyFailed => 5,
        }
    }
}

/// A mistake in the arguments that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct UsageError {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// Parses the arguments, runs the command, prints what went wrong.
pub(crate) fn run() -> ExitCode {
    let outcome = parse().and_then(|(arguments, settings)| {
        let session = Session::new(&arguments.shared, settings)?;
        commands::run(&session, arguments.command)
    });
    match outcome {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<clap::Error>() => print_usage(&error),
        Err(error) => {
            let (code, hints) = judge(&error);
            print_error(&error, &hints);
            ExitCode::from(code)
        }
    }
}

/// Parses the arguments, reads the settings, and parses again with those as defaults.
fn parse() -> anyhow::Result<(Arguments, Settings)> {
    let command = Arguments::command();
    let matches = command.clone().try_get_matches()?;
    let arguments = Arguments::from_arg_matches(&matches)?;
    let is_lenient = works_without_settings(&arguments.command);
    let settings = Settings::read(&command, &matches, is_lenient)?;
    if !settings.has_entries() {
        return Ok((arguments, settings));
    }
    let matches = settings.install(command).try_get_matches()?;
    Ok((Arguments::from_arg_matches(&matches)?, settings))
}

/// Whether a command is of use even where the file of settings cannot be read.
fn works_without_settings(command: &Command) -> bool {
    if let Command::Config(arguments) = command {
        return matches!(arguments.action, ConfigAction::Path);
    }
    matches!(
        command,
        Command::Doctor | Command::Completions(_) | Command::Man(_)
    )
}

/// Prints help, or what is wrong with the arguments.
fn print_usage(error: &Error) -> ExitCode {
    let Some(error) = error.downcast_ref::<clap::Error>() else {
        return ExitCode::from(2);
    };
    // Nothing more can be done if the streams are closed.
    drop(error.print());
    ExitCode::from(u8::from(error.use_stderr()) * 2)
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where errors are printed"
)]
fn print_error(error: &Error, hints: &[String]) {
    let chain: Vec<String> = error
        .chain()
        .map(|cause| clean(&cause.to_string()))
        .collect();
    let mut parts: Vec<&str> = Vec::new();
    for text in &chain {
        // A transparent wrapper repeats its source.
        if parts
            .last()
            .is_none_or(|last| !last.ends_with(text.as_str()))
        {
            parts.push(text);
        }
    }
    eprintln!("error: {}", parts.join(": "));
    for hint in hints {
        eprintln!("hint: {}", clean(hint));
    }
}

fn is_broken_pipe(error: &Error) -> bool {
    let is_pipe = |kind: io::ErrorKind| kind == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| is_pipe(error.kind()))
            || cause
                .downcast_ref::<serde_json::Error>()
                .and_then(serde_json::Error::io_error_kind)
                .is_some_and(is_pipe)
    })
}

/// Returns the exit code of an error and what may help.
fn judge(error: &Error) -> (u8, Vec<String>) {
    if let Some(usage) = error.downcast_ref::<UsageError>() {
        return (2, usage.hint.iter().cloned().collect());
    }
    if let Some(mail) = error.downcast_ref::<MailError>() {
        return (mail.code(), mail.hints());
    }
    let serve = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<ServeError>());
    let engine = if let Some(ServeError::Engine(error)) = serve {
        // A transparent wrapper is no cause of its own, so the chain leaves out what is in it.
        Some(error)
    } else if let Some(serve) = serve {
        return (if serve.is_usage() { 2 } else { 5 }, serve.hints());
    } else {
        error
            .chain()
            .find_map(|cause| cause.downcast_ref::<EngineError>())
    };
    let Some(error) = engine else {
        return (5, Vec::new());
    };
    let code = match error.fault() {
        Fault::NotFound => 1,
        Fault::Usage => 2,
        Fault::SetUp => 3,
        Fault::Network => 4,
        Fault::Stopped => 130,
        Fault::Work => 5,
    };
    (code, error.hints())
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_page_that_cannot_open_the_library_is_judged_as_other_commands_are() {
        let missing = || EngineError::NoLibrary {
            folder: "/none".into(),
        };
        let plain = judge(&missing().into());
        assert_eq!(plain.0, 3);
        assert!(!plain.1.is_empty());
        let served: anyhow::Result<()> = Err(ServeError::Engine(missing()).into());
        assert_eq!(
            judge(&served.context("starting the page").unwrap_err()),
            plain
        );
    }
}
