//! `serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use kindred_engine::{Clock, Control, EngineError, Library, SyncOptions, SyncReport, SyncRequest};
use kindred_web::{JobWork, Outcome as Told, ServeOptions, Server};
use serde::Serialize;

use super::import::is_no_library;
use crate::arguments::ServeArguments;
use crate::exit::Outcome;
use crate::network::Network;
use crate::output::plural;
use crate::session::Session;

/// What `serve` answers; the token stays in its file.
#[derive(Debug, Serialize)]
struct ServeAnswer {
    /// Where the page is.
    url: String,
}

pub(crate) fn serve(session: &Session, arguments: &ServeArguments) -> Result<Outcome> {
    match session.read() {
        Ok(library) => drop(library),
        Err(error) if is_no_library(&error) => {
            drop(session.create()?);
            let folder = session.paths.library.display();
            session.note(&format!("an empty library was made in {folder}"));
        }
        Err(error) => return Err(error),
    }
    let clock: Arc<dyn Clock> = crate::network::clock()?;
    let now = Arc::clone(&clock);
    let options = ServeOptions {
        device: session.device,
        address: SocketAddr::new(arguments.address, arguments.port),
        allow_remote: arguments.allow_remote,
        names: arguments.name.clone(),
        sync: Some(sync_work(session)),
        ..ServeOptions::new(session.paths.library.clone(), Arc::new(move || now.now()))
    };
    let server = Server::bind(options).context("starting the page")?;
    if server.is_remote() {
        session.note(&format!(
            "other machines can reach this library; whoever has the token can read and change it, \
             and nothing is encrypted on the way; name this server with --name as they call it\n\
             token: {}",
            server.token()
        ));
    }
    print(session, &ServeAnswer { url: server.url() })?;
    session.note("Ctrl-C ends it");
    session.until_stopped(|stop| server.run(stop))?;
    Ok(Outcome::Fine)
}

/// Says where the page is. Its JSON is one line: who reads it must not wait for the end of the
/// program.
fn print(session: &Session, answer: &ServeAnswer) -> Result<()> {
    if !session.json {
        return session.screen(|screen| screen.line(&answer.url));
    }
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// What follows arXiv from the page: as `kindred sync` does without arguments.
fn sync_work(session: &Session) -> JobWork {
    let folder = session.paths.library.clone();
    let network_folder = session.paths.network.clone();
    let device = session.device;
    let contact = session.settings.text("sync.contact").map(str::to_owned);
    Arc::new(move |control: &Control<'_>| {
        let mut library = Library::open(&folder)?.with_device(device);
        let contact = library.contact(contact.as_deref())?;
        let network = Network::of(&network_folder, contact)
            .map_err(|error| std::io::Error::other(format!("{error:#}")))?;
        let pass = |name: &str| network.halt.pass(name);
        let options = SyncOptions {
            service: network.service.clone(),
            client: network.client.clone(),
            clock: network.clock.clone(),
            point: &pass,
        };
        let mut report = library.sync(&SyncRequest::default(), &options, control)?;
        if let Some(error) = report.error.take() {
            return Err(error);
        }
        if report.stopped {
            return Err(EngineError::Stopped);
        }
        let embedded = library.embed(control)?.embedded;
        let mut lines = told(&report);
        lines.push(format!("{} embedded", plural(embedded, "paper")));
        Ok(Told {
            lines,
            href: Some("/ledger".to_owned()),
        })
    })
}

fn told(report: &SyncReport) -> Vec<String> {
    (report.lists.iter())
        .map(|list| {
            let records = plural(list.records, "record");
            format!("{}: {records}, {} new", list.title, list.new)
        })
        .collect()
}
