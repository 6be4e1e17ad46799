//! Counting and checking what a library holds.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kindred_core::{KeySet, PaperKey};
use kindred_index::{CompactOptions, Index, IndexError, IndexFault, IndexStats, RepairReport};
use kindred_store::{StoreFault, StoreStats, TopicRepair};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::EncoderView;
use crate::choice::EncoderChoice;
use crate::embed::index_progress;
use crate::library::spec_of;
use crate::{Control, EngineError, Library, Progress};

/// What puts most faults right.
const REPAIR: &str = "kindred verify --repair";

/// What a library holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Stats {
    /// Data directory.
    pub folder: String,
    /// What the store counts.
    pub store: StoreStats,
    /// The encoder in use.
    pub encoder: EncoderView,
    /// Papers with a vector of it.
    pub embedded: u64,
    /// Papers that wait for one.
    pub pending: u64,
    /// What the index counts; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<IndexStats>,
}

/// One thing that is wrong with a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LibraryFault {
    /// The file or table.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What puts it right.
    pub remedy: String,
}

/// What `verify` found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerifyReport {
    /// Papers checked.
    pub papers: u64,
    /// Vectors checked.
    pub vectors: u64,
    /// What is wrong; empty if all is well.
    pub faults: Vec<LibraryFault>,
    /// What a repair did about it.
    pub repaired: Vec<String>,
    #[serde(skip)]
    damaged: Damaged,
}

/// What of the database a repair makes again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Damaged {
    words: bool,
    topics: bool,
}

impl Library {
    /// Counts what the library holds.
    ///
    /// # Errors
    /// As the store and the index report.
    pub fn stats(&self) -> Result<Stats, EngineError> {
        let choice = self.encoder_choice()?;
        let index = match self.index() {
            Ok(index) => Some(index.stats()),
            Err(EngineError::NothingEmbedded { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Stats {
            folder: self.folder().display().to_string(),
            store: self.store.stats()?,
            embedded: self.store.embedded_count(&choice.fingerprint)?,
            pending: self.store.pending_count(&choice.fingerprint)?,
            encoder: EncoderView::from(&choice),
            index,
        })
    }

    /// Checks every stored byte: the database, all hashes, and that store and vectors agree.
    ///
    /// # Errors
    /// Only where checking itself is impossible; faults are part of the report.
    pub fn verify(&self, control: &Control<'_>) -> Result<VerifyReport, EngineError> {
        let mut report = VerifyReport::default();
        let mut checked = 0;
        let faults = self.store.verify(&mut |done, total| {
            checked = done;
            control.report(Progress::Verify { done, total });
        })?;
        report.papers = checked;
        for fault in &faults {
            let (words, topics) = (
                matches!(fault, StoreFault::WordIndex { .. }),
                matches!(fault, StoreFault::Topics { .. }),
            );
            report.damaged.words |= words;
            report.damaged.topics |= topics;
            report.faults.push(LibraryFault {
                place: "kindred.db".to_owned(),
                problem: fault.to_string(),
                remedy: if words || topics {
                    REPAIR.to_owned()
                } else {
                    "import the source of the paper again, or restore a copy of the library"
                        .to_owned()
                },
            });
        }
        for choice in self.encoders_with_vectors()? {
            control.check()?;
            let faults = self.index_faults(&choice)?;
            report
                .faults
                .extend(faults.iter().map(|fault| LibraryFault {
                    place: fault.path().display().to_string(),
                    problem: fault.to_string(),
                    remedy: REPAIR.to_owned(),
                }));
        }
        if report.faults.is_empty() {
            let (missing, vectors) = self.without_vector()?;
            report.vectors = vectors;
            if !missing.is_empty() {
                let choice = self.encoder_choice()?;
                report.faults.push(LibraryFault {
                    place: self.index_folder(&choice.fingerprint).display().to_string(),
                    problem: format!("{} embedded papers have no vector", missing.len()),
                    remedy: REPAIR.to_owned(),
                });
            }
        }
        Ok(report)
    }

    /// Checks the library, then rebuilds what can be rebuilt: the word index from texts, graphs
    /// from vectors, vectors from texts. Damaged runs of topics are removed, their topics' numbers
    /// and names kept. Damaged vectors of an encoder that is not in use are
    /// removed; using it again makes them anew.
    ///
    /// # Errors
    /// As [`Library::verify`] and [`Library::embed`].
    pub fn repair(
        &mut self,
        now: Timestamp,
        control: &Control<'_>,
    ) -> Result<VerifyReport, EngineError> {
        let mut report = self.verify(control)?;
        if report.damaged.words {
            self.store.rebuild_words()?;
            report.repaired.push("rebuilt the word index".to_owned());
        }
        if report.damaged.topics {
            let repair = self.store.drop_damaged_topics(now)?;
            report.repaired.extend(topic_actions(&repair));
        }
        let in_use = self.encoder_choice()?;
        for choice in self.encoders_with_vectors()? {
            if choice.fingerprint == in_use.fingerprint {
                self.repair_index(&choice, control, &mut report)?;
            } else if !self.index_faults(&choice)?.is_empty() {
                self.store.forget_embedded(&choice.fingerprint, None)?;
                fs_err::remove_dir_all(self.index_folder(&choice.fingerprint))?;
                report
                    .repaired
                    .push(format!("removed damaged vectors of {}", choice.name));
            }
        }
        let (missing, _) = self.without_vector()?;
        if !missing.is_empty() {
            let missing: Vec<PaperKey> = missing.into_iter().collect();
            self.store
                .forget_embedded(&in_use.fingerprint, Some(&missing))?;
        }
        let embedded = self.embed(control)?;
        if embedded.embedded > 0 {
            report
                .repaired
                .push(format!("embedded {} papers again", embedded.embedded));
        }
        let after = self.verify(control)?;
        report.faults = after.faults;
        report.vectors = after.vectors;
        Ok(report)
    }

    fn repair_index(
        &mut self,
        choice: &EncoderChoice,
        control: &Control<'_>,
        report: &mut VerifyReport,
    ) -> Result<(), EngineError> {
        let folder = self.index_folder(&choice.fingerprint);
        if !folder.is_dir() {
            return Ok(());
        }
        self.forget_index();
        let progress = |progress| index_progress(control, progress);
        let options = CompactOptions {
            progress: Some(&progress),
            stop: Some(control.stop),
            ..CompactOptions::default()
        };
        match Index::repair(&folder, &spec_of(choice), &options) {
            Ok(repaired) => report.repaired.extend(actions(&repaired)),
            // Embedding makes an empty index, and then the vectors.
            Err(IndexError::Absent { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Returns what is wrong with the vectors of an encoder; that there are none is not a fault of
    /// theirs.
    fn index_faults(&self, choice: &EncoderChoice) -> Result<Vec<IndexFault>, EngineError> {
        let folder = self.index_folder(&choice.fingerprint);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        match Index::verify(&folder, &spec_of(choice)) {
            Ok(faults) => Ok(faults
                .into_iter()
                .filter(|fault| !fault.is_note())
                .collect()),
            Err(IndexError::Absent { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the papers that the store believes embedded but the index does not hold, and how
    /// many vectors the index holds.
    fn without_vector(&self) -> Result<(BTreeSet<PaperKey>, u64), EngineError> {
        let choice = self.encoder_choice()?;
        let embedded = self.store.embedded_keys(&choice.fingerprint)?;
        let held: KeySet = match self.index() {
            Ok(index) => index.keys(),
            Err(EngineError::NothingEmbedded { .. }) => KeySet::default(),
            Err(error) => return Err(error),
        };
        let missing = embedded
            .into_iter()
            .map(|(key, _)| key)
            .filter(|key| !held.contains(*key))
            .collect();
        Ok((missing, held.len() as u64))
    }
}

/// Says what a repair of topics did.
fn topic_actions(repair: &TopicRepair) -> Vec<String> {
    let counted = [
        (
            repair.runs.len() as u64,
            "removed",
            "run of topics",
            "runs of topics",
        ),
        (repair.maps, "removed", "map", "maps"),
        (
            repair.places,
            "removed",
            "place of a later paper",
            "places of later papers",
        ),
        (repair.topics, "made again", "topic", "topics"),
        (
            repair.kept_names,
            "kept as it can be read",
            "name of a topic",
            "names of topics",
        ),
        (
            repair.lost_names,
            "lost",
            "name of a topic",
            "names of topics",
        ),
        (repair.subscriptions, "cut from its topic", "set", "sets"),
        (
            repair.scopes,
            "gave up",
            "body of papers",
            "bodies of papers",
        ),
    ];
    let mut actions: Vec<String> = (counted.into_iter())
        .filter(|&(count, ..)| count > 0)
        .map(|(count, done, one, many)| {
            let thing = if count == 1 { one } else { many };
            format!("{done}: {count} {thing}")
        })
        .collect();
    if repair.has_new_counters {
        actions.push("made the counters of topics again".to_owned());
    }
    actions
}

/// Says what a repair of the index did.
fn actions(report: &RepairReport) -> Vec<String> {
    let mut actions = Vec::new();
    if report.recovered_manifest {
        actions.push("put the list of vector segments together again".to_owned());
    }
    if report.dropped_segments > 0 {
        actions.push(format!(
            "dropped {} damaged vector segments",
            report.dropped_segments
        ));
    }
    if report.rebuilt_graphs > 0 {
        actions.push(format!("rebuilt {} search graphs", report.rebuilt_graphs));
    }
    actions
}
