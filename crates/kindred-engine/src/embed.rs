//! From stored texts to vectors and a search graph.

use std::time::{Duration, Instant};

use kindred_core::{Encoder, PaperId, PaperKey, Role, UnitVector};
use kindred_index::{CompactOptions, CompactProgress, Index};
use kindred_store::{EmbedFailure, Embedded, PendingText};

use crate::library::EncoderChoice;
use crate::{Control, EngineError, Library, Progress};

/// Papers of the first batch; small, so that progress shows at once.
const FIRST_BATCH: usize = 256;
/// Papers of the largest batch; a batch is what a kill may cost.
const LARGEST_BATCH: usize = 16_384;
/// A batch that took less than this is followed by one of twice its size.
const QUICK_BATCH: Duration = Duration::from_secs(3);

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

impl Library {
    /// Encodes every paper whose text has no vector yet, and brings the search graph up to date.
    ///
    /// Each batch is durable before the next starts: vectors first, then the rows that name them.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] when stopped, with all finished batches kept; otherwise as the
    /// encoder, the index or the store report.
    pub fn embed(&mut self, control: &Control<'_>) -> Result<EmbedReport, EngineError> {
        let choice = self.encoder_choice()?;
        let mut report = EmbedReport::default();
        if self.store.pending_count(&choice.fingerprint)? > 0 {
            self.encoder()?;
            self.set_encoder_setting_if_new(&choice)?;
        }
        let mut index = self.take_index(&choice)?;
        let outcome = self.embed_pending(&choice, &mut index, control, &mut report);
        let compacted = outcome.and_then(|()| compact(&mut index, control, &mut report));
        self.forget_index();
        compacted.map(|()| report)
    }

    fn set_encoder_setting_if_new(&mut self, choice: &EncoderChoice) -> Result<(), EngineError> {
        if self.store.setting("encoder")?.is_none() {
            self.set_encoder_choice(choice)?;
        }
        Ok(())
    }

    fn embed_pending(
        &mut self,
        choice: &EncoderChoice,
        index: &mut Index,
        control: &Control<'_>,
        report: &mut EmbedReport,
    ) -> Result<(), EngineError> {
        let total = self.store.pending_count(&choice.fingerprint)?;
        let mut batch_size = FIRST_BATCH;
        let mut done = 0;
        let mut last = None;
        while done < total {
            control.check()?;
            control.report(Progress::Embed { done, total });
            let started = Instant::now();
            let pending = self.store.pending(&choice.fingerprint, last, batch_size)?;
            let Some(last_text) = pending.last() else {
                break;
            };
            last = Some(last_text.key);
            let (rows, embedded, failures) = encode_batch(self.encoder()?, &pending);
            if !rows.is_empty() {
                index.append(&rows)?;
            }
            self.store
                .record_embedded(&choice.fingerprint, &embedded, &failures)?;
            done += pending.len() as u64;
            report.embedded += embedded.len() as u64;
            report.failed += failures.len() as u64;
            let room = NAMED_FAILURES.saturating_sub(report.failures.len());
            for failure in failures.into_iter().take(room) {
                if let Some(id) = self.store.id(failure.key)? {
                    report.failures.push((id, failure.reason));
                }
            }
            let took = started.elapsed();
            report.encoding += took;
            if took < QUICK_BATCH {
                batch_size = (batch_size * 2).min(LARGEST_BATCH);
            }
        }
        control.report(Progress::Embed {
            done,
            total: total.max(done),
        });
        Ok(())
    }
}

type EncodedBatch = (
    Vec<(PaperKey, UnitVector)>,
    Vec<Embedded>,
    Vec<EmbedFailure>,
);

fn encode_batch(encoder: &dyn Encoder, pending: &[PendingText]) -> EncodedBatch {
    let texts: Vec<&str> = pending.iter().map(|item| item.text.as_str()).collect();
    let mut batch: EncodedBatch = (Vec::with_capacity(pending.len()), Vec::new(), Vec::new());
    for (item, vector) in pending.iter().zip(encoder.encode(&texts, Role::Document)) {
        match vector {
            Ok(vector) => {
                batch.0.push((item.key, vector));
                batch.1.push(Embedded {
                    key: item.key,
                    text_hash: item.text_hash,
                });
            }
            Err(error) => {
                let reason = error.to_string();
                batch.2.push(EmbedFailure {
                    key: item.key,
                    text_hash: item.text_hash,
                    reason,
                });
            }
        }
    }
    batch
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
