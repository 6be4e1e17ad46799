//! From stored texts to vectors and a search graph.

mod batches;

use std::time::{Duration, Instant};

use kindred_core::PaperId;
use kindred_index::{CompactOptions, CompactProgress, Index, IndexError};

use self::batches::{Batches, Encoded, Queue};
use crate::choice::{EncoderChoice, EncoderOptions, ModelOrigin, PreparedEncoder};
use crate::{Control, EngineError, Library, Progress};

/// Batches after which the small segments that they left are merged, so that their number stays
/// small however long the job is.
const MERGE_AFTER: usize = 64;
/// Failures that a report names; all are counted.
const NAMED_FAILURES: usize = 100;

/// What an embedding run did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EmbedReport {
    /// Papers that have a vector now and had none, or one of an older text.
    pub embedded: u64,
    /// Papers that cannot have one, with the reason; at most the first hundred.
    pub failures: Vec<(PaperId, String)>,
    /// How many cannot have one.
    pub failed: u64,
    /// Time spent on encoding and storing vectors.
    pub encoding: Duration,
    /// Time spent on the search graph.
    pub indexing: Duration,
}

/// One run over the papers that wait.
struct Job<'a> {
    choice: &'a EncoderChoice,
    control: &'a Control<'a>,
    /// Batches after which small segments are merged.
    merge_after: usize,
}

impl Library {
    /// Encodes every paper whose text has no vector yet, and brings the search graph up to date.
    ///
    /// While one batch is encoded, the one before it is made durable: vectors first, then the rows
    /// that name them. Batches are made to take about three seconds, so a kill costs a few seconds
    /// of work; with an encoder that takes longer for two papers on each thread, it costs those.
    ///
    /// # Panics
    /// If the encoder does; what was recorded before is kept.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] when stopped, with all finished batches kept; otherwise as the
    /// encoder, the index or the store report.
    pub fn embed(&mut self, control: &Control<'_>) -> Result<EmbedReport, EngineError> {
        self.choose_built_in_if_new()?;
        let choice = self.encoder_choice()?;
        let mut report = EmbedReport::default();
        let mut index = self.take_index(&choice)?;
        let job = Job {
            choice: &choice,
            control,
            merge_after: MERGE_AFTER,
        };
        let outcome = self.embed_pending(&job, &mut index, &mut report);
        let compacted = outcome.and_then(|()| compact(&mut index, control, &mut report));
        self.forget_index();
        compacted.map(|()| report)
    }

    /// Stores the built-in encoder as the library's, if none was chosen and a paper waits.
    fn choose_built_in_if_new(&mut self) -> Result<(), EngineError> {
        if self.store.setting("encoder")?.is_some() {
            return Ok(());
        }
        let options = EncoderOptions::default();
        let built_in = PreparedEncoder::load(&ModelOrigin::default(), options, self.device())?;
        if self.store.pending_count(&built_in.choice.fingerprint)? > 0 {
            self.use_prepared(built_in)?;
        }
        Ok(())
    }

    fn embed_pending(
        &mut self,
        job: &Job<'_>,
        index: &mut Index,
        report: &mut EmbedReport,
    ) -> Result<(), EngineError> {
        let (choice, control) = (job.choice, job.control);
        let total = self.store.pending_count(&choice.fingerprint)?;
        let mut done = 0;
        control.report(Progress::Embed { done, total });
        if total == 0 {
            return Ok(());
        }
        let started = Instant::now();
        let (encoder, store) = self.encoder_and_store()?;
        let outcome = std::thread::scope(|scope| {
            let mut queue = Queue::start(scope, encoder, control.stop);
            let mut batches = Batches::new(&choice.fingerprint, rayon::current_num_threads());
            let mut written = 0;
            loop {
                while queue.in_flight() < batches.at_once()
                    && !control.is_stopped()
                    && let Some(batch) = batches.read(store)?
                {
                    if !queue.push(batch) {
                        break;
                    }
                }
                let Some(encoded) = queue.take() else {
                    break;
                };
                batches.learn(&encoded);
                done += encoded.texts() as u64;
                if !encoded.rows.is_empty() {
                    index.append(&encoded.rows)?;
                }
                let Encoded {
                    embedded, failures, ..
                } = &encoded;
                store.record_embedded(&choice.fingerprint, embedded, failures)?;
                report.embedded += embedded.len() as u64;
                report.failed += failures.len() as u64;
                let room = NAMED_FAILURES.saturating_sub(report.failures.len());
                for failure in failures.iter().take(room) {
                    if let Some(id) = store.id(failure.key)? {
                        report.failures.push((id, failure.reason.clone()));
                    }
                }
                control.report(Progress::Embed {
                    done,
                    total: total.max(done),
                });
                written += 1;
                if written % job.merge_after == 0 {
                    merge(index, control)?;
                }
            }
            control.check()
        });
        report.encoding = started.elapsed();
        outcome
    }
}

/// Merges small segments; graphs are built at the end of a job.
fn merge(index: &mut Index, control: &Control<'_>) -> Result<(), EngineError> {
    let options = CompactOptions {
        graph_threshold: usize::MAX,
        stop: Some(control.stop),
        ..CompactOptions::default()
    };
    match index.compact(&options) {
        // What is under way is still recorded.
        Ok(_) | Err(IndexError::Stopped) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn compact(
    index: &mut Index,
    control: &Control<'_>,
    report: &mut EmbedReport,
) -> Result<(), EngineError> {
    let started = Instant::now();
    let progress = |progress| index_progress(control, progress);
    let options = CompactOptions {
        progress: Some(&progress),
        stop: Some(control.stop),
        ..CompactOptions::default()
    };
    let compacted = index.compact(&options);
    report.indexing = started.elapsed();
    control.check()?;
    compacted?;
    Ok(())
}

/// Hands on how far the index is.
pub(crate) fn index_progress(control: &Control<'_>, progress: CompactProgress) {
    let (rows, total) = match progress {
        CompactProgress::Merging { rows, total }
        | CompactProgress::Building { rows, total, .. } => (rows, total),
    };
    control.report(Progress::Index {
        done: rows as u64,
        total: total as u64,
    });
}

#[cfg(test)]
mod tests;
