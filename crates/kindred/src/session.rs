//! What every command is given: folders, streams, the stop flag.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, Result};
use kindred_engine::{Control, Device, Library};
use serde::Serialize;

use crate::arguments::{SharedArguments, When};
use crate::output::{LinksAlone, Screen};
use crate::paths::Paths;
use crate::progress::ProgressDisplay;
use crate::settings::Settings;

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) paths: Paths,
    pub(crate) json: bool,
    /// Where transformers compute.
    pub(crate) device: Device,
    /// What is set, and where it came from.
    pub(crate) settings: Settings,
    color: When,
    hyperlink: When,
    display: ProgressDisplay,
    stop: Arc<AtomicBool>,
    /// Whether work is under way that watches the stop flag.
    is_stoppable: Arc<AtomicBool>,
}

impl Session {
    pub(crate) fn new(shared: &SharedArguments, settings: Settings) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let is_stoppable = Arc::new(AtomicBool::new(false));
        let (flag, watched) = (Arc::clone(&stop), Arc::clone(&is_stoppable));
        ctrlc::set_handler(move || {
            let is_second = flag.swap(true, Ordering::SeqCst);
            if is_second || !watched.load(Ordering::SeqCst) {
                // What is written stays valid whenever the program ends, so leaving is safe.
                std::process::exit(130);
            }
        })
        .context("listening for Ctrl-C")?;
        Ok(Self {
            paths: Paths::find(shared)?,
            json: shared.json,
            device: shared.device,
            settings,
            color: shared.color,
            hyperlink: shared.hyperlink,
            display: ProgressDisplay::new(shared.quiet),
            stop,
            is_stoppable,
        })
    }

    /// Runs long work that stops when it is asked to, with its progress shown.
    pub(crate) fn with_control<T>(&self, work: impl FnOnce(&Control<'_>) -> T) -> T {
        self.is_stoppable.store(true, Ordering::SeqCst);
        let result = self.with_progress(work);
        self.is_stoppable.store(false, Ordering::SeqCst);
        result
    }

    /// Runs long work that only reads, with its progress shown; Ctrl-C ends the program.
    pub(crate) fn with_progress<T>(&self, work: impl FnOnce(&Control<'_>) -> T) -> T {
        let report = |progress| self.display.show(progress);
        let control = Control {
            progress: &report,
            stop: &self.stop,
        };
        let result = work(&control);
        self.display.finish();
        result
    }

    /// Runs work that lasts until it is stopped.
    pub(crate) fn until_stopped<T>(&self, work: impl FnOnce(&AtomicBool) -> T) -> T {
        self.is_stoppable.store(true, Ordering::SeqCst);
        let result = work(&self.stop);
        self.is_stoppable.store(false, Ordering::SeqCst);
        result
    }

    /// Opens the library for reading.
    pub(crate) fn read(&self) -> Result<Library> {
        Ok(Library::open_read_only(&self.paths.library)?.with_device(self.device))
    }

    /// Opens the library for writing; it has to exist.
    pub(crate) fn write(&self) -> Result<Library> {
        Ok(Library::open(&self.paths.library)?.with_device(self.device))
    }

    /// Opens the library for small changes, which may be made while another process writes:
    /// ratings, sets, rules, names, and what was shown.
    pub(crate) fn beside(&self) -> Result<Library> {
        Ok(Library::open_beside(&self.paths.library)?.with_device(self.device))
    }

    /// Opens the library for writing and makes it if there is none.
    pub(crate) fn create(&self) -> Result<Library> {
        Ok(Library::create(&self.paths.library)?.with_device(self.device))
    }

    /// Prints an answer: as JSON if that was asked for, else as `text` lays it out.
    pub(crate) fn print<A: Serialize>(
        &self,
        answer: &A,
        text: impl FnOnce(&A, &mut Screen<'_>) -> std::io::Result<()>,
    ) -> Result<()> {
        if self.json {
            let mut out = std::io::stdout().lock();
            serde_json::to_writer_pretty(&mut out, answer)?;
            writeln!(out)?;
            out.flush()?;
            return Ok(());
        }
        self.screen(|screen| text(answer, screen))
    }

    /// Prints text for people.
    pub(crate) fn screen(
        &self,
        text: impl FnOnce(&mut Screen<'_>) -> std::io::Result<()>,
    ) -> Result<()> {
        let raw = std::io::stdout();
        let is_terminal = raw.is_terminal();
        let choice = match self.color {
            When::Auto => AutoStream::choice(&raw),
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        };
        let links = match self.hyperlink {
            When::Auto => {
                choice != ColorChoice::Never
                    && is_terminal
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb" && term != "linux")
            }
            When::Always => true,
            When::Never => false,
        };
        let mut out: Box<dyn Write> = if links && choice == ColorChoice::Never {
            Box::new(LinksAlone::new(raw.lock()))
        } else {
            Box::new(AutoStream::new(raw.lock(), choice))
        };
        let mut screen = Screen::new(&mut out, is_terminal, links);
        text(&mut screen)?;
        out.flush()?;
        Ok(())
    }

    /// Says something beside the data.
    pub(crate) fn note(&self, text: &str) {
        self.display.note(text);
    }
}
