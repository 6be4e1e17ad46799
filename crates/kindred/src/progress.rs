//! Progress of long work on standard error.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use kindred_engine::Progress;

/// Shows one bar at a time on a terminal; elsewhere only notes.
#[derive(Debug)]
pub(crate) struct ProgressDisplay {
    quiet: bool,
    is_terminal: bool,
    bar: Mutex<Option<Shown>>,
}

/// The bar on the screen, and the count of records that it started from.
type Shown = (Stage, ProgressBar, u64);

/// What a bar is about; a change of stage starts a new bar.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Import(String),
    Sync(String),
    Embed,
    Index,
    Topics,
    Layout,
    Replay,
    Verify,
    Fetch(String),
}

impl Stage {
    fn template(&self, is_bounded: bool) -> &'static str {
        match (self, is_bounded) {
            (Self::Import(_), true) => {
                "{prefix} {wide_bar} {bytes}/{total_bytes}  {msg}  {eta} left"
            }
            (Self::Import(_), false) => "{prefix} {spinner} {bytes}  {msg}",
            (Self::Sync(_), _) => "{prefix} {spinner} {human_pos} records",
            (Self::Fetch(_), true) => {
                "{prefix} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left"
            }
            (Self::Fetch(_), false) => "{prefix} {spinner} {bytes}  {bytes_per_sec}",
            (
                Self::Embed
                | Self::Index
                | Self::Topics
                | Self::Layout
                | Self::Replay
                | Self::Verify,
                _,
            ) => "{prefix} {wide_bar} {human_pos}/{human_len}  {rate}/s  {eta} left",
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Import(name) => format!("importing {}", file_name(name)),
            Self::Sync(list) => format!("following {list}"),
            Self::Embed => "embedding".to_owned(),
            Self::Index => "indexing".to_owned(),
            Self::Topics => "grouping".to_owned(),
            Self::Layout => "laying out".to_owned(),
            Self::Replay => "replaying".to_owned(),
            Self::Verify => "verifying".to_owned(),
            Self::Fetch(name) => format!("fetching {}", file_name(name)),
        }
    }
}

impl ProgressDisplay {
    pub(crate) fn new(quiet: bool) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            quiet,
            is_terminal,
            bar: Mutex::new(None),
        }
    }

    /// Shows one report.
    pub(crate) fn show(&self, progress: Progress) {
        let (stage, position, total, message) = match progress {
            Progress::Note(text) => return self.note(&text),
            Progress::Import {
                input,
                bytes,
                total_bytes,
                records,
            } => (Stage::Import(input), bytes, total_bytes, Some(records)),
            Progress::Sync { list, records } => (Stage::Sync(list), records, None, None),
            Progress::Embed { done, total } => (Stage::Embed, done, Some(total), None),
            Progress::Index { done, total } => (Stage::Index, done, Some(total), None),
            Progress::Topics { done, total } => (Stage::Topics, done, Some(total), None),
            Progress::Layout { done, total } => (Stage::Layout, done, Some(total), None),
            Progress::Replay { done, total } => (Stage::Replay, done, Some(total), None),
            Progress::Verify { done, total } => (Stage::Verify, done, Some(total), None),
            Progress::Fetch {
                file,
                bytes,
                total_bytes,
            } => (Stage::Fetch(file), bytes, total_bytes, None),
            _ => return,
        };
        if self.quiet || !self.is_terminal {
            return;
        }
        let Ok(mut current) = self.bar.lock() else {
            return;
        };
        let is_same = current.as_ref().is_some_and(|(shown, ..)| *shown == stage);
        if !is_same {
            if let Some((_, old, _)) = current.take() {
                old.finish_and_clear();
            }
            let bar = new_bar(&stage, total);
            *current = Some((stage, bar, message.unwrap_or_default()));
        }
        if let Some((_, bar, first)) = current.as_ref() {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(position);
            if let Some(records) = message {
                let seconds = bar.elapsed().as_secs_f64().max(0.001);
                let rate = records.saturating_sub(*first) as f64 / seconds;
                bar.set_message(format!("{records} records, {rate:.0}/s"));
            }
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        if let Ok(mut current) = self.bar.lock()
            && let Some((_, bar, _)) = current.take()
        {
            bar.finish_and_clear();
        }
    }

    /// Prints a line, above the bar if there is one.
    #[expect(
        clippy::print_stderr,
        reason = "this is the one place for lines beside the data"
    )]
    pub(crate) fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        let shown = self
            .bar
            .lock()
            .ok()
            .is_some_and(|current| match current.as_ref() {
                Some((_, bar, _)) => {
                    bar.println(text);
                    true
                }
                None => false,
            });
        if !shown {
            eprintln!("{text}");
        }
    }
}

/// Returns the last part of a path, so that the bar keeps to its line.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn new_bar(stage: &Stage, total: Option<u64>) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    let style = ProgressStyle::with_template(stage.template(total.is_some()))
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.with_key("rate", |state: &ProgressState, line: &mut dyn Write| {
        // A line that cannot be written is not shown; there is nobody to tell.
        let rate = state.per_sec();
        let digits = usize::from(rate < 10.0);
        write!(line, "{rate:.digits$}").ok();
    });
    bar.set_style(style.progress_chars("=> "));
    bar.set_prefix(stage.title());
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
