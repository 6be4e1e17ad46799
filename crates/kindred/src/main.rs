//! The program: command line, terminal output, exit codes.
//!
//! Arguments are parsed into plain data ([`arguments`]), commands ask the engine and hand its
//! answers to [`output`]; data goes to standard output, everything else to standard error.

use std::process::ExitCode;

mod arguments;
mod commands;
mod exit;
mod files;
mod ids;
mod mail;
mod network;
mod output;
mod paths;
mod progress;
mod session;
mod settings;

fn main() -> ExitCode {
    exit::run()
}
