//! `config`.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

use crate::arguments::ConfigAction;
use crate::exit::{Outcome, UsageError};
use crate::mail;
use crate::session::Session;
use crate::settings::{Kind, LIST_MARK, Origin, Settings, Value};

/// What `config show` answers.
#[derive(Debug, Serialize)]
struct ConfigAnswer {
    file: FileView,
    settings: Vec<SettingView>,
    /// Settings of the mail server, which have a file of their own; what is in it is not shown.
    mail: FileView,
}

/// A file of settings.
#[derive(Debug, Serialize)]
struct FileView {
    /// `null` where the user has no home folder.
    path: Option<PathBuf>,
    /// Whether it is there.
    exists: bool,
}

/// A setting as it holds.
#[derive(Debug, Serialize)]
struct SettingView {
    key: &'static str,
    /// A string, a number, a truth value or a list of strings; `null` where it is not set.
    value: serde_json::Value,
    origin: OriginView,
}

/// Where a setting came from.
#[derive(Debug, Serialize)]
struct OriginView {
    /// `flag`, `environment`, `file` or `default`.
    kind: &'static str,
    /// The flag or the variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// Its line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

impl OriginView {
    fn text(&self) -> String {
        match (&self.name, &self.file, self.line) {
            (Some(name), ..) => name.clone(),
            (None, Some(file), Some(line)) => format!("{}:{line}", file.display()),
            _ => self.kind.to_owned(),
        }
    }
}

pub(crate) fn config(session: &Session, action: &ConfigAction) -> Result<Outcome> {
    match action {
        ConfigAction::Show { origin } => show(session, *origin),
        ConfigAction::Path => path(session),
    }
}

fn path(session: &Session) -> Result<Outcome> {
    let view = file_view(&session.settings);
    let Some(path) = &view.path else {
        let message = "no home folder is set, so there is no file of settings".to_owned();
        let hint = Some("name one with --config or KINDRED_CONFIG".to_owned());
        return Err(UsageError { message, hint }.into());
    };
    session.print(&view, |_, screen| screen.line(&path.display().to_string()))?;
    Ok(Outcome::Fine)
}

fn show(session: &Session, with_origin: bool) -> Result<Outcome> {
    let settings = &session.settings;
    let mail = settings
        .text("digest.mail_settings")
        .map(PathBuf::from)
        .or_else(mail::default_file);
    let answer = ConfigAnswer {
        file: file_view(settings),
        settings: settings
            .values()
            .iter()
            .map(|value| setting_view(session, value))
            .collect(),
        mail: FileView {
            exists: mail.as_deref().is_some_and(std::path::Path::is_file),
            path: mail,
        },
    };
    session.print(&answer, |answer, screen| {
        for setting in &answer.settings {
            let value = text_of(&setting.value);
            let row = format!("{:<21} {value}", setting.key);
            if with_origin {
                screen.line(&format!("{row}  [{}]", setting.origin.text()))?;
            } else {
                screen.line(&row)?;
            }
        }
        for (what, file) in [("settings", &answer.file), ("mail settings", &answer.mail)] {
            if let Some(path) = &file.path {
                let state = if file.exists { "" } else { ", not there" };
                screen.faint(&format!("{what}: {}{state}", path.display()), 0)?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Fine)
}

fn text_of(value: &serde_json::Value) -> String {
    match (value, value.as_str(), value.as_array()) {
        (serde_json::Value::Null, ..) => "(not set)".to_owned(),
        (_, Some(text), _) => text.to_owned(),
        (_, _, Some(items)) => items
            .iter()
            .map(text_of)
            .collect::<Vec<_>>()
            .join(LIST_MARK),
        (other, None, None) => other.to_string(),
    }
}

fn file_view(settings: &Settings) -> FileView {
    FileView {
        path: settings.file().map(PathBuf::from),
        exists: settings.is_file_there(),
    }
}

fn setting_view(session: &Session, value: &Value) -> SettingView {
    let settings = &session.settings;
    let text = value.text.clone().or_else(|| {
        // The program's own choice depends on the user's folders.
        let folder = match value.setting.key {
            "library" => &session.paths.library,
            "models" => &session.paths.models,
            _ => return None,
        };
        Some(folder.display().to_string())
    });
    let json = |text: &str| match value.setting.kind {
        Kind::Number | Kind::Port | Kind::Switch => serde_json::from_str(text).ok(),
        Kind::List => Some(text.split(LIST_MARK).collect()),
        Kind::Text | Kind::Path | Kind::Address => None,
    };
    let (kind, name, line) = match &value.origin {
        Origin::Flag(name) => ("flag", Some(name.clone()), None),
        Origin::Environment(name) => ("environment", Some(name.clone()), None),
        Origin::File(line) => ("file", None, Some(*line)),
        Origin::Default => ("default", None, None),
    };
    SettingView {
        key: value.setting.key,
        value: text.map_or(serde_json::Value::Null, |text| {
            json(&text).unwrap_or(serde_json::Value::String(text))
        }),
        origin: OriginView {
            kind,
            name,
            file: line.and_then(|_| settings.file()).map(PathBuf::from),
            line,
        },
    }
}
