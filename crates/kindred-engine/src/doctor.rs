//! What keeps a library from working, and what helps.
//!
//! Quick enough to be asked at any time: nothing is written, no network is used, and of the vectors
//! only what every search reads is read. [`Library::verify`] is what checks every stored byte.

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kindred_core::{Encoder, Role, announcement_day};
use kindred_embed::{Device, Instructions};
use kindred_store::Store;
use schemars::JsonSchema;
use serde::Serialize;

use self::space::{available, bytes, size_of};
use crate::choice::EncoderChoice;
use crate::import::chain;
use crate::lock::{Writer, writer_of};
use crate::{EngineError, Library};

mod space;

/// Text that the encoder is tried with.
const TRIAL: &str = "Attention is all you need: sequence models without recurrence.";
/// No copy of this program is older, so no clock that is right shows an earlier day.
const PROGRAM_DAY: Date = jiff::civil::date(2026, 1, 1);
/// Days that papers may be ahead of the clock: services date by their own time zones.
const AHEAD_DAYS: i64 = 2;
/// Days without a complete one that need no explanation.
const QUIET_DAYS: i64 = 4;
/// Free space below which nothing can be imported, in bytes.
const LEAST_FREE: u64 = 64 << 20;

/// A question to the doctor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoctorQuery {
    /// The present moment, by the clock of the machine.
    pub now: Timestamp,
    /// Where encoders compute.
    pub device: Device,
}

/// What the doctor found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DoctorAnswer {
    /// One entry for each thing that was looked at, in a fixed order.
    pub checks: Vec<DoctorCheck>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DoctorCheck {
    /// What was looked at: `library`, `format`, `encoder`, ...; the same in every answer.
    pub name: String,
    /// How it is.
    pub state: CheckState,
    /// What was found, in one line.
    pub text: String,
    /// What helps; absent where nothing has to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// The program works, but not as well as it could.
    Warn,
    /// Something does not work until it is put right.
    Fail,
}

impl CheckState {
    /// Returns its name: `ok`, `warn` or `fail`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl DoctorAnswer {
    /// Whether something does not work.
    pub fn has_failed(&self) -> bool {
        let failed = |check: &DoctorCheck| check.state == CheckState::Fail;
        self.checks.iter().any(failed)
    }
}

impl DoctorCheck {
    /// Something that is as it should be.
    pub fn ok(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, CheckState::Ok, text.into(), None)
    }

    /// Something that could be better, and what helps.
    pub fn warn(name: &str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(name, CheckState::Warn, text.into(), Some(fix.into()))
    }

    /// Something that does not work, and what helps.
    pub fn fail(name: &str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(name, CheckState::Fail, text.into(), Some(fix.into()))
    }

    fn new(name: &str, state: CheckState, text: String, fix: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            state,
            text,
            fix,
        }
    }

    /// Something that could not be looked at because of an error, which says itself what helps.
    fn failed(name: &str, error: &EngineError, otherwise: &str) -> Self {
        let hints = error.hints();
        let fix = hints.first().map_or(otherwise, String::as_str);
        Self::fail(name, chain(error), fix)
    }
}

impl Library {
    /// Looks for what keeps the library in `folder` from working. That there is none, or that it
    /// cannot be opened, is part of the answer.
    pub fn doctor(folder: &Path, query: &DoctorQuery) -> DoctorAnswer {
        let opened = Self::open_read_only(folder).map(|library| library.with_device(query.device));
        look(folder, opened.as_ref(), query)
    }

    /// The same for a library that is open, with what it has loaded.
    pub fn check_up(&self, now: Timestamp) -> DoctorAnswer {
        let query = DoctorQuery {
            now,
            device: self.device(),
        };
        look(self.folder(), Ok(self), &query)
    }
}

fn look(
    folder: &Path,
    opened: Result<&Library, &EngineError>,
    query: &DoctorQuery,
) -> DoctorAnswer {
    let mut checks = Vec::new();
    match opened {
        Ok(library) => {
            checks.push(DoctorCheck::ok(
                "library",
                format!("`{}` opens", folder.display()),
            ));
            checks.push(library.check_format());
        }
        Err(error) => checks.push(DoctorCheck::failed(
            "library",
            error,
            "restore a copy of the folder, or import the papers into a new one",
        )),
    }
    checks.push(check_lock(folder));
    let library = opened.ok();
    checks.push(check_encoder(library, query.device));
    checks.push(check_processor());
    if let Some(library) = library {
        checks.push(library.check_vectors());
        checks.push(library.check_index());
    }
    checks.push(check_disk(folder));
    checks.push(check_clock(library, query.now));
    if let Some(library) = library {
        checks.push(library.check_following(query.now));
    }
    DoctorAnswer { checks }
}

impl Library {
    fn check_format(&self) -> DoctorCheck {
        let name = "format";
        let newest = Store::newest_format();
        match self.store.format() {
            Ok(found) if found < newest => DoctorCheck::ok(
                name,
                format!("format {found}; the next command that writes brings it to {newest}"),
            ),
            Ok(found) => DoctorCheck::ok(name, format!("format {found}, the newest")),
            Err(error) => DoctorCheck::failed(name, &error.into(), "kindred verify"),
        }
    }

    fn check_vectors(&self) -> DoctorCheck {
        let name = "vectors";
        let counted = self.encoder_choice().and_then(|choice| {
            let waiting = self.store.pending_count(&choice.fingerprint)?;
            let embedded = self.store.embedded_count(&choice.fingerprint)?;
            let failures = self.store.embed_failures(&choice.fingerprint)?.len();
            Ok((waiting, embedded, failures))
        });
        match counted {
            Ok((0, 0, 0)) => DoctorCheck::warn(
                name,
                "there are no papers yet",
                "kindred import FILE, or kindred sync --category CATEGORY",
            ),
            Ok((0, embedded, 0)) => DoctorCheck::ok(
                name,
                format!("papers with a vector: {embedded}, none waits"),
            ),
            Ok((0, embedded, failures)) => DoctorCheck::warn(
                name,
                format!("papers with a vector: {embedded}; the encoder refused {failures}"),
                "kindred embed says why; another source may have better texts",
            ),
            Ok((waiting, embedded, _)) => DoctorCheck::warn(
                name,
                format!("papers with a vector: {embedded}; {waiting} wait and cannot be found"),
                "kindred embed",
            ),
            Err(error) => DoctorCheck::failed(name, &error, "kindred verify"),
        }
    }

    fn check_index(&self) -> DoctorCheck {
        let name = "index";
        let repair = "kindred verify --repair";
        match self.index() {
            Ok(index) => {
                let stats = index.stats();
                let text = format!(
                    "opens: vectors {}, segments {}; `kindred verify` checks every byte",
                    stats.live, stats.segments
                );
                match index.faults() {
                    [] => DoctorCheck::ok(name, text),
                    [fault, ..] => DoctorCheck::warn(
                        name,
                        format!("works, but slower than it could: {fault}"),
                        repair,
                    ),
                }
            }
            Err(EngineError::NothingEmbedded { pending: 0, .. }) => {
                DoctorCheck::ok(name, "there is none yet, as no paper has a vector")
            }
            Err(EngineError::NothingEmbedded { .. }) => {
                DoctorCheck::fail(name, "no paper has a vector yet", "kindred embed")
            }
            Err(error) => DoctorCheck::fail(name, chain(&error), repair),
        }
    }

    fn check_following(&self, now: Timestamp) -> DoctorCheck {
        let name = "sync";
        let found = self
            .following(now)
            .and_then(|following| Ok((following, self.last_sync()?)));
        match found {
            Ok((None, _)) => DoctorCheck::ok(
                name,
                "nothing is followed; `kindred sync --category CATEGORY` would",
            ),
            Ok((Some(following), last)) => {
                let last = last.map_or_else(
                    || "never synced".to_owned(),
                    |last| format!("last sync {last:.0}"),
                );
                let text = format!("{last}; {}", following.line);
                // Over a weekend with a holiday nothing is announced for so long.
                let recent = announcement_day(now).saturating_sub(QUIET_DAYS.days());
                let is_late = following.complete_until.is_none_or(|day| day < recent);
                if is_late || following.open_gaps > 0 {
                    DoctorCheck::warn(name, text, "kindred sync, then kindred ledger")
                } else {
                    DoctorCheck::ok(name, text)
                }
            }
            Err(error) => DoctorCheck::failed(name, &error, "kindred verify"),
        }
    }

    /// Returns when the last list was complete, by the clock of its service.
    fn last_sync(&self) -> Result<Option<Timestamp>, EngineError> {
        let mut last = None;
        for list in self.followed_lists()? {
            let covered = self.store.harvest_of(&list.name)?;
            let covered = covered.and_then(|harvest| harvest.covered);
            last = last.max(covered.map(|covered| covered.checked));
        }
        Ok(last)
    }
}

fn check_lock(folder: &Path) -> DoctorCheck {
    let name = "lock";
    match writer_of(folder) {
        Ok(Writer::None) => DoctorCheck::ok(name, "no other process writes to the library"),
        Ok(Writer::Process(process)) => {
            let process =
                process.map_or_else(String::new, |process| format!(" (process {process})"));
            DoctorCheck::warn(
                name,
                format!("a process{process} writes to the library, others can only read"),
                "wait until it is done",
            )
        }
        Err(error) => DoctorCheck::failed(name, &error, "check the folder's permissions"),
    }
}

/// Loads the library's encoder, or the program's own, and encodes a text.
fn check_encoder(library: Option<&Library>, device: Device) -> DoctorCheck {
    let name = "encoder";
    let choose = "kindred models use kindred-small";
    let tried = match library {
        Some(library) => library.encoder().map(try_out),
        None => EncoderChoice::usual()
            .and_then(|choice| choice.load(device))
            .map(|encoder| try_out(encoder.as_ref())),
    };
    match tried {
        Ok(Ok(facts)) => DoctorCheck::ok(name, format!("{facts}, encodes on {device}")),
        Ok(Err(reason)) => DoctorCheck::fail(name, reason, choose),
        Err(error) => DoctorCheck::failed(name, &error, choose),
    }
}

/// Encodes a text and returns what the encoder is.
fn try_out(encoder: &dyn Encoder) -> Result<String, String> {
    let vectors = encoder.encode(&[TRIAL], Role::Document);
    match vectors.into_iter().next() {
        Some(Ok(vector)) if vector.as_slice().len() == encoder.dimension() => Ok(format!(
            "{} with fingerprint {}, dimensions {}",
            encoder.name(),
            encoder.fingerprint().short(),
            encoder.dimension()
        )),
        Some(Ok(vector)) => Err(format!(
            "{} gave a vector of {} numbers, expected {}",
            encoder.name(),
            vector.as_slice().len(),
            encoder.dimension()
        )),
        Some(Err(error)) => Err(format!("{} gives no vector: {error}", encoder.name())),
        None => Err(format!("{} gave no answer", encoder.name())),
    }
}

fn check_processor() -> DoctorCheck {
    let level = Instructions::best();
    let text = format!("instructions for encoders: {}", level.as_str());
    if level == Instructions::Portable && cfg!(target_arch = "x86_64") {
        let text = format!("{text}; encoding is several times slower than with avx2");
        return DoctorCheck::warn(
            "processor",
            text,
            "kindred models use kindred-static computes least",
        );
    }
    DoctorCheck::ok("processor", text)
}

fn check_disk(folder: &Path) -> DoctorCheck {
    let name = "disk";
    let size = size_of(folder);
    let Some(free) = available(folder) else {
        return DoctorCheck::ok(
            name,
            format!(
                "the library takes {}, free space is not known here",
                bytes(size)
            ),
        );
    };
    let text = format!("{} free, the library takes {}", bytes(free), bytes(size));
    let fix = "free some space, or move the folder and name it with --library";
    if free < LEAST_FREE {
        DoctorCheck::fail(name, text, fix)
    } else if free < size {
        let text = format!("{text}; to merge vectors or embed anew may need as much again");
        DoctorCheck::warn(name, text, fix)
    } else {
        DoctorCheck::ok(name, text)
    }
}

fn check_clock(library: Option<&Library>, now: Timestamp) -> DoctorCheck {
    let name = "clock";
    let today = now.to_zoned(TimeZone::UTC).date();
    let newest = match library.map(Library::latest_day).transpose() {
        Ok(newest) => newest.flatten(),
        Err(error) => return DoctorCheck::failed(name, &error, "kindred verify"),
    };
    let fix = "set the clock of the machine";
    if today < PROGRAM_DAY {
        let text = format!("it is {today} by the clock, this program was made later");
        return DoctorCheck::fail(name, text, fix);
    }
    match newest {
        Some(newest) if newest > today.saturating_add(AHEAD_DAYS.days()) => {
            let text = format!(
                "it is {today} by the clock, but the newest paper is of {newest}; feeds and syncs \
                 go by the clock"
            );
            DoctorCheck::warn(name, text, fix)
        }
        Some(newest) => DoctorCheck::ok(
            name,
            format!("it is {today}, the newest paper is of {newest}"),
        ),
        None => DoctorCheck::ok(name, format!("it is {today}")),
    }
}

#[cfg(test)]
mod tests;
