//! The file: TOML to checked entries with their lines.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Command, Error};
use directories::BaseDirs;
use kindred_engine::close_names;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Kind, SETTINGS, Setting};
use crate::exit::UsageError;

/// One line of the file that sets something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) setting: &'static Setting,
    /// As it would be written on the command line; one value unless the setting is a list.
    pub(crate) values: Vec<OsString>,
    /// Number of the line, from 1.
    pub(crate) line: usize,
}

/// A file while it is read.
struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    command: &'a Command,
}

/// Reads the file and checks every key and value of it by the arguments of `command`.
pub(super) fn read(file: &Path, command: &Command) -> Result<Vec<Entry>, UsageError> {
    let text = fs_err::read_to_string(file).map_err(|error| UsageError {
        message: format!("reading the settings failed: {error}"),
        hint: Some("`kindred config path` prints which file is read".to_owned()),
    })?;
    parse(file, &text, command)
}

/// Reads the text of the file.
pub(super) fn parse(file: &Path, text: &str, command: &Command) -> Result<Vec<Entry>, UsageError> {
    let reader = Reader {
        file,
        text,
        command,
    };
    let table = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        reader.fault(start, error.message(), None)
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        match value.get_ref().as_table() {
            Some(table) if is_table(key.get_ref()) => {
                for (inner, value) in table {
                    let name = format!("{}.{}", key.get_ref(), inner.get_ref());
                    entries.push(reader.entry(&name, inner.span().start, value)?);
                }
            }
            Some(_) | None => entries.push(reader.entry(key.get_ref(), key.span().start, value)?),
        }
    }
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

/// Whether some key is in a table of that name.
fn is_table(name: &str) -> bool {
    SETTINGS
        .iter()
        .any(|setting| setting.command == Some(name) && setting.key.starts_with(name))
}

impl Reader<'_> {
    fn entry(
        &self,
        key: &str,
        start: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Entry, UsageError> {
        let found = SETTINGS.iter().find(|setting| setting.key == key);
        let setting = found.ok_or_else(|| self.unknown(key, start))?;
        let at = value.span().start;
        let wrong = |expected: &str| {
            let found = match value.get_ref().type_str() {
                vowel @ ("array" | "integer") => format!("an {vowel}"),
                other => format!("a {other}"),
            };
            self.fault(at, &format!("{key} is {found}, expected {expected}"), None)
        };
        let value = value.get_ref();
        let string = || value.as_str().ok_or_else(|| wrong("a string"));
        let values: Vec<OsString> = match setting.kind {
            Kind::Text | Kind::Address => vec![string()?.into()],
            Kind::Path => vec![self.path(string()?).into_os_string()],
            Kind::Number | Kind::Port => {
                vec![number(value).ok_or_else(|| wrong("a number"))?.into()]
            }
            Kind::Switch => {
                let switch = value.as_bool().ok_or_else(|| wrong("true or false"))?;
                vec![switch.to_string().into()]
            }
            Kind::List => strings(value).ok_or_else(|| wrong("a list of strings"))?,
        };
        for value in &values {
            self.check(setting, value).map_err(|reason| {
                let text = value.to_string_lossy();
                self.fault(at, &format!("{key} is `{text}`, {reason}"), None)
            })?;
        }
        Ok(Entry {
            setting,
            values,
            line: self.line(start),
        })
    }

    /// Says what a value has to be, if it is not, as its argument would.
    fn check(&self, setting: &Setting, value: &OsString) -> Result<(), String> {
        let text = value.to_string_lossy();
        if setting.kind == Kind::Address && text.parse::<IpAddr>().is_err() {
            return Err("expected an address such as 127.0.0.1 or ::1".to_owned());
        }
        if setting.kind == Kind::Port && text.parse::<u16>().is_err() {
            return Err("expected a port from 0 to 65535".to_owned());
        }
        let Some(argument) = setting.argument_of(self.command) else {
            return Ok(());
        };
        if setting.kind == Kind::Switch {
            return Ok(());
        }
        // By itself, so that nothing else of the command is asked for.
        let alone = Command::new("kindred").no_binary_name(true).arg(
            clap::Arg::new("value")
                .long("value")
                .value_parser(argument.get_value_parser().clone()),
        );
        let mut given = OsString::from("--value=");
        given.push(value);
        match alone.try_get_matches_from([given]) {
            Ok(_) => Ok(()),
            Err(error) => Err(expected(&error)),
        }
    }

    /// Takes a relative path as one beside the file, `~/` as the user's home.
    fn path(&self, text: &str) -> PathBuf {
        if let Some(rest) = text.strip_prefix("~/")
            && let Some(folders) = BaseDirs::new()
        {
            return folders.home_dir().join(rest);
        }
        match self.file.parent() {
            Some(folder) => folder.join(text),
            None => PathBuf::from(text),
        }
    }

    fn unknown(&self, key: &str, start: usize) -> UsageError {
        let all = || SETTINGS.iter().map(|setting| setting.key.to_owned());
        // A key in the wrong table is close by its last part.
        let last = key.rsplit('.').next().unwrap_or(key);
        let same_last = all().filter(|known| known.rsplit('.').next() == Some(last));
        let mut close = close_names(key, all());
        close.extend(same_last);
        let hint = match close.first() {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("the keys are {}", all().collect::<Vec<_>>().join(", ")),
        };
        self.fault(start, &format!("there is no setting `{key}`"), Some(hint))
    }

    fn fault(&self, start: usize, reason: &str, hint: Option<String>) -> UsageError {
        let (file, line) = (self.file.display(), self.line(start));
        UsageError {
            message: format!("settings `{file}`, line {line}: {}", reason.trim()),
            hint,
        }
    }

    /// Returns the number of the line that a byte is in.
    fn line(&self, byte: usize) -> usize {
        let before = self.text.bytes().take(byte);
        1 + before.filter(|byte| *byte == b'\n').count()
    }
}

/// Returns a number as it is written, if that is in tens.
fn number<'a>(value: &'a DeValue<'_>) -> Option<&'a str> {
    let integer = value.as_integer().filter(|number| number.radix() == 10);
    let float = value.as_float().map(toml::de::DeFloat::as_str);
    integer.map(toml::de::DeInteger::as_str).or(float)
}

/// Returns the strings of a list, if it has nothing else.
fn strings(value: &DeValue<'_>) -> Option<Vec<OsString>> {
    let items = value.as_array()?.iter();
    items
        .map(|item| item.get_ref().as_str().map(OsString::from))
        .collect()
}

/// Says what an argument takes, out of clap's refusal.
fn expected(error: &Error) -> String {
    if let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidValue)
        && !known.is_empty()
    {
        return format!("expected {}", known.join(", "));
    }
    match std::error::Error::source(error) {
        Some(reason) => reason.to_string(),
        None => "expected a value".to_owned(),
    }
}
