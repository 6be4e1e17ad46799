//! Answers of rankings and their reasons.

use kindred_engine::answer::{
    FeedAnswer, FeedHit, Reason, RevisionView, RunKind, TextRun, WhyAnswer,
};

use crate::bounds::{Cut, shorten};
use crate::reply::{Answer, cut_papers, halve};
use crate::text::{Page, defuse, percentage, plural, quoted};

/// Characters that are kept of words that a revision left as they were.
const CONTEXT_CHARACTERS: usize = 60;

impl Answer for FeedAnswer {
    fn cut(&mut self, cut: &Cut) {
        cut_papers(self.results.iter_mut().map(|hit| &mut hit.paper), cut);
        for hit in &mut self.results {
            cut_reasons(&mut hit.reasons, cut);
            if let Some(revision) = &mut hit.revision {
                cut_revision(revision, cut);
            }
        }
        self.rules.truncate(cut.whole_items);
    }

    fn halve(&mut self) -> usize {
        halve(&mut self.results)
    }

    fn write(&self, page: &mut Page) {
        page.line(format!(
            "{} of {} that arrived from {} to {}, ranked for seed set {} (trained on {} liked, {} \
             disliked)",
            plural(self.results.len(), "paper"),
            self.arrivals + self.revisions,
            self.since,
            self.until,
            self.set,
            self.trained_on.likes,
            self.trained_on.dislikes
        ));
        if let Some(following) = &self.following {
            page.line(defuse(&following.line));
        }
        page.line(left_out(self));
        for hit in &self.results {
            page.entry(Some(hit.rank), &facts(hit), &hit.paper);
            for reason in &hit.reasons {
                page.line(format!("   because: {}", because(reason)));
            }
            if !hit.terms.is_empty() {
                let terms: Vec<&str> = hit.terms.iter().map(|one| one.term.as_str()).collect();
                let terms = quoted(&terms.join(", "));
                page.line(format!("   because: its words {terms}"));
            }
        }
    }
}

impl Answer for WhyAnswer {
    fn cut(&mut self, cut: &Cut) {
        cut.paper(&mut self.paper);
        cut_reasons(&mut self.reasons, cut);
    }

    fn write(&self, page: &mut Page) {
        let facts = [
            format!("place {} of {}", self.rank, self.of),
            format!("probability {}", percentage(self.relevance)),
        ];
        page.entry(None, &facts, &self.paper);
        page.line(format!(
            "Ranked for seed set {} among what arrived from {} to {}. The score, {:+.2}, is the \
             sum of:",
            self.set, self.since, self.until, self.score
        ));
        if self.in_set {
            page.line("(the set has rated this paper: judged by the others)");
        }
        page.line(format!("{:+.2}  where a typical paper starts", self.start));
        for reason in &self.reasons {
            page.line(format!("{:+.2}  {}", reason.share, because(reason)));
        }
        page.line(format!("{:+.2}  the other rated papers", self.other_papers));
        for term in &self.terms {
            let words = quoted(&term.term);
            page.line(format!("{:+.2}  the words: {words}", term.share));
        }
        page.line(format!("{:+.2}  other words", self.other_terms));
        page.line(format!("{:+.2}  its surroundings", self.surroundings));
        page.line(format!(
            "{:+.2}  distance from random papers",
            self.background
        ));
        if let Some(other) = &self.without {
            let ids: Vec<String> = (other.without.iter())
                .map(|id| defuse(&id.to_string()))
                .collect();
            page.line(format!(
                "Without {}: place {}, score {:+.2}, probability {}",
                ids.join(", "),
                other.rank,
                other.score,
                percentage(other.relevance)
            ));
        }
    }
}

fn facts(hit: &FeedHit) -> Vec<String> {
    let mut facts = vec![match hit.relevance {
        Some(relevance) => format!("probability {}", percentage(relevance)),
        None => format!("score {:.2}", hit.score),
    }];
    facts.extend((hit.pinned.as_deref()).map(|rule| format!("always shown: {}", defuse(rule))));
    facts.extend(hit.interest.map(|number| format!("interest {number}")));
    facts.extend(hit.revision.is_some().then(|| "a new version".to_owned()));
    facts
}

fn because(reason: &Reason) -> String {
    format!(
        "{}d {} (similarity {:.2}) {}",
        reason.rating,
        defuse(&reason.id.to_string()),
        reason.similarity,
        quoted(&reason.title)
    )
}

/// Says what was left out and why.
fn left_out(answer: &FeedAnswer) -> String {
    let counts = &answer.left_out;
    let parts: Vec<String> = [
        (counts.below_limit, "below the limit"),
        (counts.in_set, "rated in the set"),
        (counts.shown_before, "shown before"),
        (counts.unchanged_revisions, "unchanged revisions"),
        (counts.owned, "liked in other sets"),
        (counts.duplicates, "duplicates"),
        (counts.by_rule, "by rule"),
        (counts.withdrawn, "withdrawn"),
        (counts.not_embedded, "without a vector"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{number} {what}"))
    .collect();
    if parts.is_empty() {
        "left out: none".to_owned()
    } else {
        format!("left out: {}", parts.join(", "))
    }
}

fn cut_reasons(reasons: &mut [Reason], cut: &Cut) {
    for reason in reasons {
        shorten(&mut reason.title, cut.title_characters, "\u{2026}");
    }
}

/// Keeps what a revision changed and cuts what it left as it was.
fn cut_revision(revision: &mut RevisionView, cut: &Cut) {
    let cut_runs = |runs: &mut Vec<TextRun>, most: usize| {
        for run in runs.iter_mut() {
            let most = match run.kind {
                RunKind::Equal => CONTEXT_CHARACTERS.min(most),
                RunKind::Removed | RunKind::Added => most,
            };
            shorten(&mut run.text, most.max(1), "\u{2026}");
        }
        runs.truncate(most.max(4));
    };
    cut_runs(&mut revision.title, cut.title_characters);
    cut_runs(&mut revision.abstract_text, cut.abstract_characters);
}
