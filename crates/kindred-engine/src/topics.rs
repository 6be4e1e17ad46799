//! A body of papers grouped into topics.

use kindred_core::PaperKey;
use kindred_topics::{TopicInput, TopicOptions, TopicText, cluster};

use crate::answer::{EncoderView, TopicAssignment, TopicPaper, TopicView, TopicsAnswer};
use crate::similar::Selection;
use crate::{Control, EngineError, Library, Progress};

/// A question for topics.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicsQuery {
    /// Which papers to group.
    pub selection: Selection,
    /// Finer (above 1) or coarser (below 1) topics than the default.
    pub resolution: f64,
    /// Whether to return each paper's topic too.
    pub assignment: bool,
}

impl Library {
    /// Groups papers into topics with labels; the same papers give the same topics on every
    /// machine and whatever the order of their import.
    ///
    /// # Errors
    /// [`EngineError::NothingEmbedded`] if there are no vectors, [`EngineError::Stopped`] when
    /// stopped; otherwise as the parts report.
    pub fn topics(
        &self,
        query: &TopicsQuery,
        control: &Control<'_>,
    ) -> Result<TopicsAnswer, EngineError> {
        let choice = self.encoder_choice()?;
        let keys = self.store.keys_where(&query.selection.filter())?;
        let mut ids = self.store.ids(keys.as_slice())?;
        ids.sort_by(|(_, left), (_, right)| left.cmp(right));
        let in_id_order: Vec<PaperKey> = ids.into_iter().map(|(key, _)| key).collect();
        let (found, vectors) = self.index()?.embeddings_for(&in_id_order);
        control.check()?;
        let papers = self.store.papers(&found)?;
        let texts: Vec<TopicText<'_>> = papers
            .iter()
            .map(|stored| TopicText {
                title: &stored.paper.title,
                abstract_text: &stored.paper.abstract_text,
            })
            .collect();
        let defaults = TopicOptions::for_size(papers.len());
        let options = TopicOptions {
            resolution: defaults.resolution * query.resolution,
            ..defaults
        };
        let progress = |progress: kindred_topics::TopicProgress| {
            control.report(Progress::Topics {
                done: progress.done as u64,
                total: progress.total as u64,
            });
        };
        let input = TopicInput {
            vectors: &vectors,
            texts: &texts,
        };
        let topics = cluster(&input, &options, &progress, control.stop).map_err(|error| {
            if control.is_stopped() {
                EngineError::Stopped
            } else {
                error.into()
            }
        })?;

        let total = papers.len().max(1) as f64;
        let views = topics
            .topics
            .iter()
            .enumerate()
            .map(|(position, topic)| TopicView {
                number: position + 1,
                label: topic.label.clone(),
                size: topic.size,
                share: topic.size as f64 / total,
                terms: topic.terms.clone(),
                papers: topic
                    .representatives
                    .iter()
                    .map(|&row| row as usize)
                    .map(|row| TopicPaper {
                        id: papers[row].paper.id.clone(),
                        title: papers[row].paper.title.clone(),
                        strength: topics.strength[row],
                    })
                    .collect(),
            })
            .collect();
        let assignment = query.assignment.then(|| {
            papers
                .iter()
                .zip(topics.assignment.iter().zip(&topics.strength))
                .map(|(stored, (&topic, &strength))| TopicAssignment {
                    id: stored.paper.id.clone(),
                    topic: topic as usize + 1,
                    strength,
                })
                .collect()
        });
        Ok(TopicsAnswer {
            encoder: EncoderView::from(&choice),
            papers: papers.len(),
            not_embedded: (in_id_order.len() - found.len()) as u64,
            topics: views,
            assignment,
        })
    }
}
