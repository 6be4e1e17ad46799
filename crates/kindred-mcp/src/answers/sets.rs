//! Answers about seed sets.

use jiff::civil::Date;
use kindred_engine::{PaperId, RateCounts, SetSummary};
use schemars::JsonSchema;
use serde::Serialize;

use crate::bounds::Cut;
use crate::reply::{Answer, halve};
use crate::text::{Page, defuse};

/// Answer of `list_sets`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct SetsAnswer {
    /// The seed sets, by name.
    pub(crate) sets: Vec<SetSummary>,
    /// How many there are.
    pub(crate) of: usize,
    /// Name of the encoder that similarities are measured with.
    pub(crate) encoder: String,
    /// The latest day on which a paper of the library first appeared; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latest_day: Option<Date>,
}

impl Answer for SetsAnswer {
    fn cut(&mut self, _: &Cut) {}

    fn halve(&mut self) -> usize {
        halve(&mut self.sets)
    }

    fn write(&self, page: &mut Page) {
        let latest =
            (self.latest_day).map_or("no dated paper yet".to_owned(), |day| day.to_string());
        page.line(format!(
            "encoder: {}; latest papers: {latest}",
            defuse(&self.encoder)
        ));
        if self.sets.is_empty() {
            page.line(
                "there is no seed set yet; add_to_set makes one of papers that the user likes",
            );
        }
        for set in &self.sets {
            page.line(format!(
                "{}: {} liked, {} disliked",
                set.name, set.likes, set.dislikes
            ));
        }
    }
}

/// Answer of `rate_paper` and `add_to_set`: what changed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct RateAnswer {
    /// The seed set.
    pub(crate) set: String,
    /// Whether the set was made by this call.
    pub(crate) made: bool,
    /// Papers that were rated, changed and left as they were.
    #[serde(flatten)]
    pub(crate) counts: RateCounts,
    /// Papers whose rating was taken back.
    pub(crate) removed: u64,
    /// Papers that the set has disliked, and that stay so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) disliked: Vec<PaperId>,
}

impl Answer for RateAnswer {
    fn cut(&mut self, _: &Cut) {}

    fn write(&self, page: &mut Page) {
        let counts = &self.counts;
        let made = if self.made { " (new)" } else { "" };
        page.line(format!(
            "set {}{made}: {} added, {} changed, {} as before, {} taken back",
            self.set, counts.added, counts.changed, counts.unchanged, self.removed
        ));
        if !self.disliked.is_empty() {
            let ids: Vec<String> = self
                .disliked
                .iter()
                .map(|id| defuse(&id.to_string()))
                .collect();
            page.line(format!(
                "disliked before and left so: {}; rate_paper changes a rating",
                ids.join(", ")
            ));
        }
    }
}
