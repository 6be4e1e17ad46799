//! From files to stored papers.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fs_err::File;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kindred_ingest::{FieldMapping, Input, Position, ReadOptions, SourceReader};
use kindred_store::{Follow, HarvestBatch, HarvestedRecord, ImportCounts, ImportProgress};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Control, EngineError, Library, Progress};

/// Records of one transaction.
const BATCH: usize = 5_000;
/// Rejected records that a report names; all are counted.
const NAMED_REJECTIONS: usize = 100;
/// Bytes of a file's start that identify it, together with its size.
const HEAD_BYTES: u64 = 64 * 1024;

/// What became of one input.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct InputReport {
    /// Its name.
    pub input: String,
    /// What it was recognised as; absent if it could not be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Records read in this run.
    pub records: u64,
    /// Papers that the library did not know.
    pub new: u64,
    /// Known papers with a newer or better text.
    pub updated: u64,
    /// Known papers of which something beside the text was learnt.
    pub enriched: u64,
    /// Known papers of which nothing was learnt.
    pub unchanged: u64,
    /// Papers that the source says were deleted.
    pub deleted: u64,
    /// Records that could not be used.
    pub rejected: u64,
    /// Where and why, for the first hundred of them.
    pub rejections: Vec<Rejection>,
    /// Records in which broken characters were mended.
    pub repaired: u64,
    /// Records skipped because an earlier, interrupted run had imported them.
    pub resumed_after: u64,
    /// The latest day of change among the records, those of an earlier run included, where they
    /// say when they changed; days to come are left out.
    #[serde(skip)]
    pub latest: Option<Date>,
    /// Why the input could not be read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What the answer of a service said about itself, where that is worth saying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Seconds spent on it.
    pub seconds: f64,
}

/// A record that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rejection {
    /// Where it stands, such as `line 12`.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct ImportReport {
    /// One report for each input, in their order.
    pub inputs: Vec<InputReport>,
    /// Whether it was stopped before its end; the next run goes on there.
    pub stopped: bool,
}

/// What an import reads and on which day.
#[derive(Debug)]
pub struct ImportRequest<'a> {
    /// The inputs, read one after the other.
    pub inputs: &'a [Input],
    /// The present moment.
    pub now: Timestamp,
}

impl Library {
    /// Adds the papers of all inputs.
    ///
    /// Records go to the store in batches, each with the place reached, in one transaction; a run
    /// that was interrupted in any way goes on there. An input that cannot be read is reported and
    /// the next one follows; so is a record that cannot be used.
    ///
    /// # Errors
    /// Only as the store reports: damage, a full disk.
    pub fn import(
        &mut self,
        request: &ImportRequest<'_>,
        control: &Control<'_>,
    ) -> Result<ImportReport, EngineError> {
        self.import_all(request, None, control)
    }

    /// As [`Library::import`], of JSON Lines in which a mapping says where the fields stand.
    ///
    /// # Errors
    /// As [`Library::import`].
    pub fn import_mapped(
        &mut self,
        request: &ImportRequest<'_>,
        mapping: &Arc<FieldMapping>,
        control: &Control<'_>,
    ) -> Result<ImportReport, EngineError> {
        self.import_all(request, Some(mapping), control)
    }

    fn import_all(
        &mut self,
        request: &ImportRequest<'_>,
        mapping: Option<&Arc<FieldMapping>>,
        control: &Control<'_>,
    ) -> Result<ImportReport, EngineError> {
        let mut report = ImportReport::default();
        for input in request.inputs {
            if control.is_stopped() {
                report.stopped = true;
                break;
            }
            let started = Instant::now();
            let mut one = self.import_input(input, mapping, request.now, control)?;
            one.seconds = rounded(started.elapsed());
            report.stopped |= control.is_stopped();
            report.inputs.push(one);
        }
        Ok(report)
    }

    /// Adds the papers of a bulk snapshot and follows all of arXiv from there: the next sync asks
    /// for what changed since a week before the snapshot's last record.
    ///
    /// # Errors
    /// As [`Library::import`].
    pub fn import_snapshot(
        &mut self,
        request: &ImportRequest<'_>,
        control: &Control<'_>,
    ) -> Result<ImportReport, EngineError> {
        /// Days by which a snapshot may be behind its last record.
        const MARGIN_DAYS: i64 = 7;

        let report = self.import(request, control)?;
        let is_whole = !report.stopped && report.inputs.iter().all(|one| one.failure.is_none());
        let latest = report.inputs.iter().filter_map(|one| one.latest).max();
        if is_whole && let Some(latest) = latest {
            self.store.follow(&Follow {
                category: None,
                since: latest.saturating_sub(MARGIN_DAYS.days()),
            })?;
        }
        Ok(report)
    }

    fn import_input(
        &mut self,
        input: &Input,
        mapping: Option<&Arc<FieldMapping>>,
        now: Timestamp,
        control: &Control<'_>,
    ) -> Result<InputReport, EngineError> {
        let mut report = InputReport {
            input: name_of(input),
            ..InputReport::default()
        };
        // Where the file cannot be read, the reader says more clearly why.
        let source = source_key(input, mapping).unwrap_or_default();
        let earlier = match &source {
            Some(source) => self
                .store
                .import_progress(source)?
                .filter(|progress| !progress.finished),
            None => None,
        };
        let options = ReadOptions {
            mapping: mapping.cloned(),
            resume_at: earlier
                .as_ref()
                .map(|progress| Position::new(progress.position)),
            ..ReadOptions::default()
        };
        let mut reader = match SourceReader::open(input, &options) {
            Ok(reader) => reader,
            Err(error) => {
                report.failure = Some(chain(&error));
                return Ok(report);
            }
        };
        report.format = Some(reader.format().to_string());
        if let Some(earlier) = earlier.filter(|_| reader.format().is_lines()) {
            report.resumed_after = earlier.records;
            report.latest = earlier.latest;
            control.report(Progress::Note(format!(
                "going on with {} after record {}",
                report.input, earlier.records
            )));
        }
        let mut run = ImportRun {
            report,
            source,
            now,
            records: Vec::with_capacity(BATCH),
        };
        self.forget_index();
        self.read_all(&mut reader, &mut run, control)?;
        if let Some(page) = reader.page() {
            run.report.remark = remark(page, run.report.records);
        }
        Ok(run.report)
    }

    fn read_all(
        &mut self,
        reader: &mut SourceReader,
        run: &mut ImportRun,
        control: &Control<'_>,
    ) -> Result<(), EngineError> {
        loop {
            let item = if control.is_stopped() {
                None
            } else {
                reader.next()
            };
            let Some(item) = item else { break };
            match item {
                Ok(item) => {
                    run.report.records += 1;
                    run.report.repaired += u64::from(!item.repairs.is_empty());
                    match item.record {
                        Ok(record) => {
                            let changed = item.header.and_then(|header| header.datestamp);
                            run.note_change(changed);
                            run.records.push(HarvestedRecord {
                                record,
                                datestamp: changed,
                            });
                        }
                        Err(error) => run.reject(item.place.to_string(), chain(&error)),
                    }
                }
                Err(error) => run.report.failure = Some(chain(&error)),
            }
            if run.records.len() >= BATCH {
                self.commit(run, SourceReader::position(reader), false)?;
            }
            if run.report.records.is_multiple_of(256) {
                control.report(Progress::Import {
                    input: run.report.input.clone(),
                    bytes: reader.compressed_bytes_read(),
                    total_bytes: reader.total_bytes(),
                    records: run.report.resumed_after + run.report.records,
                });
            }
        }
        let is_finished = !control.is_stopped() && run.report.failure.is_none();
        self.commit(run, SourceReader::position(reader), is_finished)
    }

    fn commit(
        &mut self,
        run: &mut ImportRun,
        position: Position,
        finished: bool,
    ) -> Result<(), EngineError> {
        let progress = run.source.as_ref().map(|source| ImportProgress {
            source: source.clone(),
            position: position.get(),
            records: run.report.resumed_after + run.report.records,
            latest: run.report.latest,
            finished,
            at: run.now,
        });
        let counts = self.store.harvest(&HarvestBatch {
            records: &run.records,
            progress: progress.as_ref(),
            ..HarvestBatch::default()
        })?;
        run.add(&counts);
        run.records.clear();
        Ok(())
    }
}

/// The state of reading one input.
struct ImportRun {
    report: InputReport,
    source: Option<String>,
    now: Timestamp,
    records: Vec<HarvestedRecord>,
}

impl ImportRun {
    fn add(&mut self, counts: &ImportCounts) {
        self.report.new += counts.new;
        self.report.updated += counts.updated;
        self.report.enriched += counts.enriched;
        self.report.unchanged += counts.unchanged;
        self.report.deleted += counts.deleted;
    }

    fn note_change(&mut self, day: Option<Date>) {
        let today = self.now.to_zoned(TimeZone::UTC).date();
        self.report.latest = self.report.latest.max(day.filter(|day| *day <= today));
    }

    fn reject(&mut self, place: String, reason: String) {
        self.report.rejected += 1;
        if self.report.rejections.len() < NAMED_REJECTIONS {
            self.report.rejections.push(Rejection { place, reason });
        }
    }
}

pub(crate) fn name_of(input: &Input) -> String {
    match input {
        Input::File(path) => path.display().to_string(),
        Input::Stdin => "standard input".to_owned(),
    }
}

/// Identifies a file by its size and the hash of its start, so that it is known again under
/// another name; streams are not known again. Read by another mapping it is another source.
fn source_key(
    input: &Input,
    mapping: Option<&Arc<FieldMapping>>,
) -> std::io::Result<Option<String>> {
    match input {
        // What is read from a pipe to identify it would be missing afterwards.
        Input::File(path) if !fs_err::metadata(path)?.is_file() => Ok(None),
        Input::File(path) => {
            let file = file_key(path)?;
            Ok(Some(mapping.map_or(file.clone(), |mapping| {
                let mapping = blake3::hash(mapping.text().as_bytes()).to_hex();
                format!("{file} by {mapping}")
            })))
        }
        Input::Stdin => Ok(None),
    }
}

fn file_key(path: &Path) -> std::io::Result<String> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&size.to_le_bytes());
    hasher.update(&head);
    Ok(hasher.finalize().to_hex().to_string())
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Says what an empty or partial page means.
fn remark(page: &kindred_ingest::PageFacts, records: u64) -> Option<String> {
    if page.oai_code.as_deref() == Some("noRecordsMatch") {
        return Some("the service had no records for that request".to_owned());
    }
    if records == 0 {
        return Some("an empty page: no paper matched the request".to_owned());
    }
    if page.resumption_token.is_some() {
        return Some("one page of a longer list: more pages follow".to_owned());
    }
    let (total, start) = (page.total_results?, page.start_index.unwrap_or(0));
    (start + records < total).then(|| {
        format!(
            "records {} to {} of a list of {total}",
            start + 1,
            start + records
        )
    })
}

fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
