//! One module for each command or family of commands.

use anyhow::Result;

use crate::arguments::Command;
use crate::exit::Outcome;
use crate::session::Session;

mod care;
mod config;
mod demo;
mod digest;
mod doctor;
mod feed;
mod find;
mod import;
mod ledger;
mod map;
mod mcp;
mod models;
mod references;
mod replay;
mod rules;
mod schedule;
mod serve;
mod sets;
mod shell;
mod sync;
mod topics;
mod why;

/// Runs a command.
pub(crate) fn run(session: &Session, command: Command) -> Result<Outcome> {
    match command {
        Command::Demo(arguments) => demo::demo(session, &arguments),
        Command::Import(arguments) => import::import(session, &arguments),
        Command::Sync(arguments) => sync::sync(session, &arguments),
        Command::Ledger(arguments) => ledger::ledger(session, &arguments),
        Command::Embed => import::embed(session),
        Command::Similar(arguments) => find::similar(session, &arguments),
        Command::Search(arguments) => find::search(session, &arguments),
        Command::Show(arguments) => find::show(session, &arguments),
        Command::Set(arguments) => sets::set(session, arguments.action),
        Command::Like(arguments) => sets::like(session, &arguments),
        Command::Dislike(arguments) => sets::dislike(session, &arguments),
        Command::Feed(arguments) => feed::feed(session, &arguments),
        Command::Replay(arguments) => replay::replay(session, &arguments),
        Command::Why(arguments) => why::why(session, &arguments),
        Command::Digest(arguments) => digest::digest(session, &arguments),
        Command::Schedule(arguments) => schedule::schedule(session, &arguments),
        Command::Topics(arguments) => topics::topics(session, &arguments),
        Command::Map(arguments) => map::map(session, &arguments),
        Command::Serve(arguments) => serve::serve(session, &arguments),
        Command::Mcp(arguments) => mcp::mcp(session, &arguments),
        Command::Models(arguments) => models::models(session, arguments.action),
        Command::Stats => care::stats(session),
        Command::Verify(arguments) => care::verify(session, &arguments),
        Command::Doctor => doctor::doctor(session),
        Command::Config(arguments) => config::config(session, &arguments.action),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(session, &arguments),
    }
}
