//! What is set once instead of with every command: `config.toml`.
//!
//! A flag wins over the environment, that over the file, the file over the program's own choice.
//! What the file sets becomes the default of the argument that it stands for, so that it is checked
//! and used as the argument is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use directories::ProjectDirs;

use self::file::{Entry, read};
pub(crate) use self::table::{Kind, SETTINGS, Setting};
use crate::exit::UsageError;

mod file;
mod table;

/// What stands between the items of a list in the text of a setting; no item holds it.
pub(crate) const LIST_MARK: &str = ", ";

/// What is set in one run of the program, and where it came from.
#[derive(Debug)]
pub(crate) struct Settings {
    file: Option<PathBuf>,
    is_named: bool,
    is_file_there: bool,
    entries: Vec<Entry>,
    /// Why the file could not be used, for commands that work without.
    problem: Option<UsageError>,
    values: Vec<Value>,
}

/// One setting as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) setting: &'static Setting,
    /// As it would be written on the command line, a list with [`LIST_MARK`] between its items;
    /// `None` where it is not set and the program's own choice is not a fixed one.
    pub(crate) text: Option<String>,
    pub(crate) origin: Origin,
}

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line; the flag with its dashes.
    Flag(String),
    /// A variable of the environment.
    Environment(String),
    /// A line of the file, from 1.
    File(usize),
    /// The program.
    Default,
}

impl Settings {
    /// Reads the file that the arguments or the environment name, else the user's, which need not
    /// be there.
    ///
    /// With `is_lenient` a file that cannot be used counts as empty and is remembered as a problem.
    ///
    /// # Errors
    /// [`UsageError`] if a named file is not there, or a file has a key or a value that there is
    /// not.
    pub(crate) fn read(command: &Command, matches: &ArgMatches, is_lenient: bool) -> Result<Self> {
        let named = matches.get_one::<PathBuf>("config").cloned();
        let file = named.clone().or_else(default_file);
        let is_file_there = file.as_deref().is_some_and(Path::is_file);
        let read = match &file {
            Some(file) if named.is_some() || is_file_there => read(file, command),
            _ => Ok(Vec::new()),
        };
        let (entries, problem) = match read {
            Ok(entries) => (entries, None),
            Err(problem) if is_lenient => (Vec::new(), Some(problem)),
            Err(problem) => return Err(problem.into()),
        };
        let value = |setting| value(setting, command, matches, &entries);
        Ok(Self {
            values: SETTINGS.iter().map(value).collect(),
            file,
            is_named: named.is_some(),
            is_file_there,
            entries,
            problem,
        })
    }

    /// Returns the file that is or would be read; `None` where the user has no home folder.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Returns the file if the arguments or the environment named it.
    pub(crate) fn named_file(&self) -> Option<&Path> {
        self.file().filter(|_| self.is_named)
    }

    /// Whether the file is there.
    pub(crate) fn is_file_there(&self) -> bool {
        self.is_file_there
    }

    /// Returns why the file could not be used.
    pub(crate) fn problem(&self) -> Option<&UsageError> {
        self.problem.as_ref()
    }

    /// Whether the file sets anything.
    pub(crate) fn has_entries(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Makes what the file sets the defaults of the arguments.
    pub(crate) fn install(&self, mut command: Command) -> Command {
        for entry in &self.entries {
            let setting = entry.setting;
            if setting.argument_of(&command).is_none() {
                continue;
            }
            let values = entry.values.clone();
            let install = move |command: Command| {
                command.mut_arg(setting.argument, |argument| argument.default_values(values))
            };
            command = match setting.command {
                None => install(command),
                Some(name) => command.mut_subcommand(name, install),
            };
        }
        command
    }

    /// Returns all settings as they hold, in the order in which they are documented.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns the text of a setting.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        let value = self.values.iter().find(|value| value.setting.key == key);
        value.and_then(|value| value.text.as_deref())
    }
}

fn value(
    setting: &'static Setting,
    command: &Command,
    matches: &ArgMatches,
    entries: &[Entry],
) -> Value {
    let told = |text: &OsStr| Some(text.to_string_lossy().into_owned());
    let argument = setting.argument_of(command);
    let is_flag = setting.command.is_none()
        && matches.value_source(setting.argument) == Some(ValueSource::CommandLine);
    let variable = argument
        .and_then(|argument| argument.get_env())
        .and_then(|name| std::env::var_os(name).map(|text| (name, text)));
    let entry = entries.iter().find(|entry| entry.setting == setting);
    let (text, origin) = if is_flag {
        let mut given = matches.get_raw(setting.argument).into_iter().flatten();
        (
            given.next().and_then(told),
            Origin::Flag(format!("--{}", setting.flag())),
        )
    } else if let Some((name, text)) = variable {
        let name = name.to_string_lossy().into_owned();
        (told(&text), Origin::Environment(name))
    } else if let Some(entry) = entry {
        let values = entry.values.iter().map(|text| text.to_string_lossy());
        let text = values.collect::<Vec<_>>().join(LIST_MARK);
        (
            Some(text).filter(|_| !entry.values.is_empty()),
            Origin::File(entry.line),
        )
    } else {
        let usual = argument.and_then(|argument| argument.get_default_values().first());
        let usual = usual.and_then(|text| told(text));
        (
            usual.or_else(|| setting.usual.map(str::to_owned)),
            Origin::Default,
        )
    };
    Value {
        setting,
        text,
        origin,
    }
}

/// Returns the file that is read where none is named.
fn default_file() -> Option<PathBuf> {
    ProjectDirs::from("", "", "kindred").map(|folders| folders.config_dir().join("config.toml"))
}

#[cfg(test)]
mod tests;
