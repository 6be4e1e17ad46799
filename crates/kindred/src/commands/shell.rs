//! `completions` and `man`.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::arguments::{Arguments, CompletionsArguments, ManArguments};
use crate::exit::Outcome;
use crate::output::plural;
use crate::session::Session;

pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "kindred",
        &mut script,
    );
    write(&script)?;
    Ok(Outcome::Fine)
}

pub(crate) fn man(session: &Session, arguments: &ManArguments) -> Result<Outcome> {
    let command = with_all_helps(Arguments::command());
    let Some(folder) = &arguments.out else {
        let mut page = Vec::new();
        Man::new(command)
            .render(&mut page)
            .context("writing the page")?;
        write(&page)?;
        return Ok(Outcome::Fine);
    };
    let making = || format!("writing pages into `{}`", folder.display());
    fs_err::create_dir_all(folder).with_context(making)?;
    let pages = pages_of(&command);
    clap_mangen::generate_to(command, folder).with_context(making)?;
    session.note(&format!(
        "{} in `{}`",
        plural(pages, "page"),
        folder.display()
    ));
    Ok(Outcome::Fine)
}

/// How many pages are written: one for the command and for each of those below it.
fn pages_of(command: &Command) -> u64 {
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    1 + shown.map(pages_of).sum::<u64>()
}

/// Shows the help of rare arguments too, which `-h` leaves out and manual pages would.
fn with_all_helps(command: Command) -> Command {
    command
        .mut_args(|argument| argument.hide_short_help(false))
        .mut_subcommands(with_all_helps)
}

/// Prints bytes as they are: they are for a program, whatever colours were asked for.
fn write(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}
