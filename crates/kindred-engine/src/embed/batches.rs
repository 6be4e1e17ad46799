//! Texts on their way through the encoder, a bounded number at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use kindred_core::{Encoder, Fingerprint, PaperKey, Role, UnitVector};
use kindred_store::{EmbedFailure, Embedded, PendingText, Store};

use crate::EngineError;

/// Papers of the first batch at least; few, as nothing is known of the encoder's speed yet.
const FIRST_BATCH: usize = 16;
/// Papers of the smallest batch, on however few threads.
const SMALLEST_BATCH: usize = 4;
/// Papers that each thread gets of the smallest batch, so that none is idle while one of them has
/// a long text.
const PAPERS_PER_THREAD: usize = 2;
/// Papers of the largest batch, which bounds the memory.
const LARGEST_BATCH: usize = 16_384;
/// What a batch should take to encode; a kill costs one or two of them.
const BATCH_TIME: Duration = Duration::from_secs(3);
/// How much larger than the last one that was measured a batch may be.
const GROWTH: usize = 4;
/// Batches handed over and not taken back: one is encoded, one waits so that the encoder never
/// does.
const IN_FLIGHT: usize = 2;

/// Reads the papers that wait, in batches of the size that fits the encoder's speed.
pub(super) struct Batches<'a> {
    fingerprint: &'a Fingerprint,
    last: Option<PaperKey>,
    size: usize,
    /// Papers of the smallest batch on this machine.
    smallest: usize,
    is_measured: bool,
    is_done: bool,
}

impl<'a> Batches<'a> {
    /// Begins at the first paper; the encoder computes on `threads` threads.
    pub(super) fn new(fingerprint: &'a Fingerprint, threads: usize) -> Self {
        let smallest = smallest_batch(threads);
        Self {
            fingerprint,
            last: None,
            size: FIRST_BATCH.max(smallest),
            smallest,
            is_measured: false,
            is_done: false,
        }
    }

    /// Reads the next batch; `None` once no paper is left.
    pub(super) fn read(&mut self, store: &Store) -> Result<Option<Vec<PendingText>>, EngineError> {
        if self.is_done {
            return Ok(None);
        }
        let batch = store.pending(self.fingerprint, self.last, self.size)?;
        let Some(last) = batch.last() else {
            self.is_done = true;
            return Ok(None);
        };
        self.last = Some(last.key);
        Ok(Some(batch))
    }

    /// Returns how many batches may be under way: one alone until the encoder's speed is known.
    pub(super) fn at_once(&self) -> usize {
        if self.is_measured { IN_FLIGHT } else { 1 }
    }

    /// Fits the size of the next batches to how long one took.
    pub(super) fn learn(&mut self, encoded: &Encoded) {
        self.size = next_size(encoded.texts(), encoded.took, self.smallest);
        self.is_measured = true;
    }
}

fn smallest_batch(threads: usize) -> usize {
    SMALLEST_BATCH.max(threads.saturating_mul(PAPERS_PER_THREAD))
}

/// Returns how many papers take [`BATCH_TIME`] if `texts` of them took `took`, `smallest` at least.
fn next_size(texts: usize, took: Duration, smallest: usize) -> usize {
    let share = BATCH_TIME.as_nanos() / took.as_nanos().max(1);
    let slow = took > BATCH_TIME;
    let size = if slow {
        let part = took.as_nanos().div_ceil(BATCH_TIME.as_nanos());
        texts / usize::try_from(part).unwrap_or(usize::MAX)
    } else {
        texts.saturating_mul(usize::try_from(share).unwrap_or(usize::MAX).min(GROWTH))
    };
    size.min(LARGEST_BATCH).max(smallest)
}

/// What became of one batch.
pub(super) struct Encoded {
    pub(super) rows: Vec<(PaperKey, UnitVector)>,
    pub(super) embedded: Vec<Embedded>,
    pub(super) failures: Vec<EmbedFailure>,
    /// Time that the encoder took.
    pub(super) took: Duration,
}

impl Encoded {
    /// Returns the number of texts of the batch.
    pub(super) fn texts(&self) -> usize {
        self.embedded.len() + self.failures.len()
    }
}

/// The encoder on a thread of its own, with a bounded hand-over on both sides.
pub(super) struct Queue {
    batches: SyncSender<Vec<PendingText>>,
    encoded: Receiver<Encoded>,
    in_flight: usize,
}

impl Queue {
    /// Starts the thread; it ends when the queue is dropped. Once `stop` is set, batches that wait
    /// are dropped and only the one that is being encoded comes back.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        encoder: &'scope dyn Encoder,
        stop: &'scope AtomicBool,
    ) -> Self {
        let (batches, to_encode) = sync_channel::<Vec<PendingText>>(IN_FLIGHT);
        let (finished, encoded) = sync_channel(IN_FLIGHT);
        scope.spawn(move || {
            for batch in to_encode {
                if stop.load(Ordering::Relaxed) || finished.send(encode(encoder, &batch)).is_err() {
                    break;
                }
            }
        });
        Self {
            batches,
            encoded,
            in_flight: 0,
        }
    }

    /// Returns how many batches were handed over and not taken back.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Hands a batch over; `false` if the thread is gone, stopped or by a panic, and no batch will
    /// be encoded any more.
    #[must_use]
    pub(super) fn push(&mut self, batch: Vec<PendingText>) -> bool {
        let is_taken = self.batches.send(batch).is_ok();
        self.in_flight += usize::from(is_taken);
        is_taken
    }

    /// Waits for the next batch that is done, in the order in which they were handed over; `None`
    /// if none is under way.
    pub(super) fn take(&mut self) -> Option<Encoded> {
        if self.in_flight == 0 {
            return None;
        }
        self.in_flight -= 1;
        self.encoded.recv().ok()
    }
}

fn encode(encoder: &dyn Encoder, batch: &[PendingText]) -> Encoded {
    let started = Instant::now();
    let texts: Vec<&str> = batch.iter().map(|item| item.text.as_str()).collect();
    let vectors = encoder.encode(&texts, Role::Document);
    let mut encoded = Encoded {
        rows: Vec::with_capacity(batch.len()),
        embedded: Vec::with_capacity(batch.len()),
        failures: Vec::new(),
        took: started.elapsed(),
    };
    for (item, vector) in batch.iter().zip(vectors) {
        match vector {
            Ok(vector) => {
                encoded.rows.push((item.key, vector));
                encoded.embedded.push(Embedded {
                    key: item.key,
                    text_hash: item.text_hash,
                });
            }
            Err(error) => encoded.failures.push(EmbedFailure {
                key: item.key,
                text_hash: item.text_hash,
                reason: error.to_string(),
            }),
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
