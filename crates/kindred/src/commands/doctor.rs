//! `doctor`.

use std::io;
use std::net::{IpAddr, TcpListener};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use kindred_engine::{CheckState, DoctorAnswer, DoctorCheck, DoctorQuery, Library};

use crate::exit::Outcome;
use crate::mail::{self, MailError, MailSettings};
use crate::network::now;
use crate::output::Screen;
use crate::session::Session;

pub(crate) fn doctor(session: &Session) -> Result<Outcome> {
    let mut answer = Library::doctor(
        &session.paths.library,
        &DoctorQuery {
            now: now()?,
            device: session.device,
        },
    );
    answer
        .checks
        .extend([check_settings(session), check_mail(session)]);
    answer.checks.push(check_port(session));
    session.print(&answer, print)?;
    Ok(if answer.has_failed() {
        Outcome::Nothing
    } else {
        Outcome::Fine
    })
}

fn print(answer: &DoctorAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    for check in &answer.checks {
        let color = match check.state {
            CheckState::Ok => AnsiColor::Green,
            CheckState::Warn => AnsiColor::Yellow,
            CheckState::Fail => AnsiColor::Red,
        };
        let style = Style::new().fg_color(Some(color.into()));
        screen.state(check.state.as_str(), style, (&check.name, &check.text))?;
        if let Some(fix) = &check.fix {
            screen.indented(&format!("fix: {fix}"), 17)?;
        }
    }
    let count = |state| {
        answer
            .checks
            .iter()
            .filter(|check| check.state == state)
            .count()
    };
    screen.line(&format!(
        "{} ok, {} to look at, {} failed",
        count(CheckState::Ok),
        count(CheckState::Warn),
        count(CheckState::Fail)
    ))
}

fn check_settings(session: &Session) -> DoctorCheck {
    let name = "settings";
    let settings = &session.settings;
    if let Some(problem) = settings.problem() {
        let fix = problem.hint.as_deref();
        let fix = fix.unwrap_or("correct the line; `kindred config path` prints the file");
        return DoctorCheck::fail(name, problem.to_string(), fix);
    }
    match settings.file() {
        Some(file) if settings.is_file_there() => {
            DoctorCheck::ok(name, format!("`{}` is read", file.display()))
        }
        Some(file) => DoctorCheck::ok(
            name,
            format!("no file `{}`, none is needed", file.display()),
        ),
        None => DoctorCheck::ok(
            name,
            "no home folder is set, so there is no file of settings",
        ),
    }
}

/// Reads the settings of the mail server, without asking it.
fn check_mail(session: &Session) -> DoctorCheck {
    let name = "mail";
    let named = session.settings.text("digest.mail_settings");
    let named = named.map(std::path::PathBuf::from);
    match MailSettings::read(named.as_deref(), &|name| std::env::var(name).ok()) {
        Ok(settings) => {
            let open = settings.account.as_ref().and_then(mail::Account::open_file);
            match open {
                Some(file) => DoctorCheck::warn(
                    name,
                    format!("others can read the password in `{}`", file.display()),
                    format!("chmod 600 {}", file.display()),
                ),
                None => DoctorCheck::ok(
                    name,
                    format!(
                        "digests go through {}, port {} ({}); `kindred digest --mail` asks it",
                        settings.host,
                        settings.port,
                        settings.security.name()
                    ),
                ),
            }
        }
        Err(MailError::Missing { what: "server", .. }) => {
            DoctorCheck::ok(name, "not set up, only `kindred digest --mail` needs it")
        }
        Err(error) => {
            let hints = error.hints();
            let fix = hints
                .first()
                .map_or("correct the file of mail settings", |hint| hint);
            DoctorCheck::fail(name, chain(&error), fix)
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// Tries whether the page's port can be had.
fn check_port(session: &Session) -> DoctorCheck {
    let name = "port";
    let setting = |key| session.settings.text(key).unwrap_or_default();
    let (address, port) = (setting("serve.address"), setting("serve.port"));
    let wanted = (address.parse::<IpAddr>(), port.parse::<u16>());
    let (Ok(address), Ok(port)) = wanted else {
        return DoctorCheck::fail(
            name,
            format!("`{address}` port `{port}` cannot be listened on"),
            "correct serve.address and serve.port in the file of settings",
        );
    };
    if !address.is_loopback() && setting("serve.allow_remote") != "true" {
        return DoctorCheck::fail(
            name,
            format!("other machines can reach {address}, so `kindred serve` refuses it"),
            "set serve.allow_remote to true, or serve.address to one such as 127.0.0.1",
        );
    }
    let address: std::net::SocketAddr = (address, port).into();
    match TcpListener::bind(address) {
        Ok(_) => DoctorCheck::ok(name, format!("{address} is free for the page")),
        Err(error) => DoctorCheck::warn(
            name,
            format!("{address} cannot be listened on: {error}"),
            "set serve.port to another one, unless that is Kindred's own page",
        ),
    }
}
