//! `schedule`: what cron or systemd has to be told for every morning's import and digest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::civil::Time;
use serde::Serialize;

use self::quote::{cron_line, shell_command, unit_command};
use super::sets::set_name;
use crate::arguments::{ScheduleArguments, ScheduleFormat};
use crate::exit::{Outcome, UsageError};
use crate::files::write_whole;
use crate::mail::default_file;
use crate::session::Session;

mod quote;

/// Longest line that every cron takes, in bytes.
const LONGEST_LINE: usize = 990;

/// A schedule, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Schedule {
    /// `cron` or `systemd`.
    format: &'static str,
    /// When it runs, in local time.
    time: String,
    /// Programs with their arguments, in order.
    commands: Vec<Vec<String>>,
    files: Vec<ScheduleFile>,
}

/// A file to put in place.
#[derive(Debug, Serialize)]
struct ScheduleFile {
    name: &'static str,
    content: String,
}

pub(crate) fn schedule(session: &Session, arguments: &ScheduleArguments) -> Result<Outcome> {
    let commands = commands(session, arguments)?;
    let files = match arguments.format {
        ScheduleFormat::Cron => vec![crontab(&commands, arguments.time)?],
        ScheduleFormat::Systemd => vec![
            ScheduleFile {
                name: "kindred.service",
                content: service(&commands),
            },
            ScheduleFile {
                name: "kindred.timer",
                content: timer(arguments.time),
            },
        ],
    };
    if let Some(folder) = &arguments.write {
        if arguments.format == ScheduleFormat::Cron {
            let message = "--write is for systemd units".to_owned();
            let hint = Some("add --format systemd, or paste the line into `crontab -e`".to_owned());
            return Err(UsageError { message, hint }.into());
        }
        fs_err::create_dir_all(folder).context("making the folder of the units")?;
        for file in &files {
            write_whole(&folder.join(file.name), file.content.as_bytes())?;
        }
    }
    let schedule = Schedule {
        format: match arguments.format {
            ScheduleFormat::Cron => "cron",
            ScheduleFormat::Systemd => "systemd",
        },
        time: clock(arguments.time),
        commands,
        files,
    };
    print(session, arguments, &schedule)?;
    if !arguments.mail && arguments.out.is_none() {
        session.note("hint: --out FILE or --mail takes the digest somewhere");
    }
    Ok(Outcome::Fine)
}

/// Prints files as they are: what is pasted has to be exact.
fn print(session: &Session, arguments: &ScheduleArguments, schedule: &Schedule) -> Result<()> {
    session.print(schedule, |schedule, screen| {
        for (position, file) in schedule.files.iter().enumerate() {
            if arguments.format == ScheduleFormat::Systemd {
                if position > 0 {
                    screen.gap()?;
                }
                screen.exact(&format!("# ~/.config/systemd/user/{}", file.name))?;
            }
            for line in file.content.lines() {
                screen.exact(line)?;
            }
        }
        Ok(())
    })?;
    match (arguments.format, &arguments.write) {
        (ScheduleFormat::Cron, _) => session.note("hint: `crontab -e` takes this line"),
        (ScheduleFormat::Systemd, None) => session.note(
            "hint: with the units in place (--write ~/.config/systemd/user): `systemctl --user \
             daemon-reload && systemctl --user enable --now kindred.timer`",
        ),
        (ScheduleFormat::Systemd, Some(_)) => session.note(
            "hint: `systemctl --user daemon-reload && systemctl --user enable --now kindred.timer`",
        ),
    }
    Ok(())
}

/// Returns the commands of a morning, with absolute paths: neither cron nor systemd knows the
/// user's folder or search path.
fn commands(session: &Session, arguments: &ScheduleArguments) -> Result<Vec<Vec<String>>> {
    let program = std::env::current_exe().context("finding the path of this program")?;
    let base = |verb: &str| -> Result<Vec<String>> {
        let mut command = vec![
            text(&program)?,
            "--quiet".to_owned(),
            "--library".to_owned(),
            absolute(&session.paths.library)?,
        ];
        // Where a folder of models is not in its usual place, cron would not know.
        if session.paths.models.is_dir() {
            command.extend(["--models".to_owned(), absolute(&session.paths.models)?]);
        }
        if let Some(file) = session.settings.named_file() {
            command.extend(["--config".to_owned(), absolute(file)?]);
        }
        command.push(verb.to_owned());
        Ok(command)
    };
    let mut commands = Vec::new();
    if arguments.sync {
        commands.push(base("sync")?);
    }
    if !arguments.import.is_empty() {
        let mut import = base("import")?;
        import.push("--".to_owned());
        for file in &arguments.import {
            import.push(absolute(file)?);
        }
        commands.push(import);
    }
    let mut digest = base("digest")?;
    if let Some(out) = &arguments.out {
        digest.extend(["--out".to_owned(), absolute(out)?]);
    }
    if arguments.mail {
        digest.push("--mail".to_owned());
        let set = session.settings.text("digest.mail_settings");
        let named = arguments.mail_settings.clone().or(set.map(PathBuf::from));
        let settings = named.or_else(|| default_file().filter(|file| file.is_file()));
        if let Some(settings) = settings {
            digest.extend(["--mail-settings".to_owned(), absolute(&settings)?]);
        }
    }
    for set in &arguments.sets {
        digest.push(set_name(set)?.to_string());
    }
    commands.push(digest);
    Ok(commands)
}

fn absolute(path: &Path) -> Result<String> {
    let path: PathBuf = std::path::absolute(path)
        .with_context(|| format!("finding where `{}` is", path.display()))?;
    text(&path)
}

/// Returns a path as text; cron and systemd files hold nothing else.
fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        UsageError {
            message: format!("the path `{}` is not valid UTF-8", path.display()),
            hint: Some("give it a name in UTF-8".to_owned()),
        }
        .into()
    })
}

/// Writes one line: a command that fails does not keep the next from running.
fn crontab(commands: &[Vec<String>], time: Time) -> Result<ScheduleFile> {
    let commands: Vec<String> = commands.iter().map(|words| shell_command(words)).collect();
    let joined = commands.join("; ");
    if joined.contains(['\n', '\r']) {
        let message = "a path with a line break in it cannot stand in a crontab".to_owned();
        let hint = Some("use --format systemd".to_owned());
        return Err(UsageError { message, hint }.into());
    }
    let content = cron_line(time, &joined);
    if content.len() > LONGEST_LINE {
        let message = format!(
            "the line has {} bytes, cron takes at most {LONGEST_LINE}",
            content.len()
        );
        let hint = Some("use --format systemd, or shorter paths".to_owned());
        return Err(UsageError { message, hint }.into());
    }
    Ok(ScheduleFile {
        name: "crontab",
        content,
    })
}

fn service(commands: &[Vec<String>]) -> String {
    let last = commands.len() - 1;
    let lines: Vec<String> = commands
        .iter()
        .enumerate()
        .map(|(position, words)| {
            // An import that fails does not keep the digest from being written.
            let may_fail = if position < last { "-" } else { "" };
            format!("ExecStart={may_fail}{}\n", unit_command(words))
        })
        .collect();
    // Exit status 1 is a day without news.
    format!(
        "[Unit]\nDescription=Kindred: the morning's papers\n\n[Service]\nType=oneshot\n{}\
         SuccessExitStatus=1\nNice=10\n",
        lines.concat()
    )
}

fn timer(time: Time) -> String {
    format!(
        "[Unit]\nDescription=Kindred: every morning\n\n[Timer]\nOnCalendar=*-*-* {}:00\n\
         Persistent=true\n\n[Install]\nWantedBy=timers.target\n",
        clock(time)
    )
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}
