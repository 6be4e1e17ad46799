//! `mcp`.

use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use kindred_mcp::ServeOptions;

use crate::arguments::McpArguments;
use crate::exit::Outcome;
use crate::network::clock;
use crate::session::Session;

pub(crate) fn mcp(session: &Session, arguments: &McpArguments) -> Result<Outcome> {
    if std::io::stdin().is_terminal() {
        session.note(
            "speaking the Model Context Protocol on standard input and output; programs start \
             this, see docs/AGENTS.md; Ctrl-C ends it",
        );
    }
    let clock = clock()?;
    let options = ServeOptions {
        folder: session.paths.library.clone(),
        device: session.device,
        read_only: arguments.read_only,
        now: Arc::new(move || clock.now()),
    };
    session
        .with_control(|control| kindred_mcp::serve(options, control.stop))
        .context("serving agents")?;
    Ok(Outcome::Fine)
}
