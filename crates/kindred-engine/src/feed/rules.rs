//! The rules of a set applied to papers, with a count for each.

use kindred_core::{Rule, RuleKind, RuleSubject};

use crate::answer::RuleCount;

/// What the rules say of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A rule removed it, and counted it.
    Removed,
    /// This author rule pins it.
    Pinned(String),
    /// No rule is against it.
    Passed,
}

/// The rules of a set in the order of application: by kind, then as they were given.
#[derive(Debug)]
pub(super) struct RuleSet {
    conditions: Vec<Condition>,
}

/// A rule, or all categories of a set: a paper has to be in one of them.
#[derive(Debug)]
struct Condition {
    kind: RuleKind,
    rules: Vec<Rule>,
    removed: u64,
}

impl RuleSet {
    pub(super) fn new(mut rules: Vec<Rule>) -> Self {
        rules.sort_by_key(Rule::kind);
        let mut conditions: Vec<Condition> = Vec::new();
        for rule in rules {
            let kind = rule.kind();
            match conditions.last_mut() {
                Some(last) if kind == RuleKind::Category && last.kind == kind => {
                    last.rules.push(rule);
                }
                _ => conditions.push(Condition {
                    kind,
                    rules: vec![rule],
                    removed: 0,
                }),
            }
        }
        Self { conditions }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Judges a paper; the first rule that removes it counts it.
    ///
    /// A pinned author's paper need not have what `must` and `category` ask for; what `mute`,
    /// `must-not` and `not-category` exclude is out all the same.
    pub(super) fn judge(&mut self, paper: &RuleSubject) -> Verdict {
        let pin = self
            .conditions
            .iter()
            .filter(|condition| condition.kind == RuleKind::PinAuthor)
            .flat_map(|condition| &condition.rules)
            .find(|rule| rule.matches(paper))
            .map(|rule| rule.text().to_owned());
        for condition in &mut self.conditions {
            let matches = condition.rules.iter().any(|rule| rule.matches(paper));
            let removes = match condition.kind {
                RuleKind::MuteAuthor | RuleKind::MustNot | RuleKind::NotCategory => matches,
                RuleKind::Category | RuleKind::Must => pin.is_none() && !matches,
                RuleKind::PinAuthor => false,
            };
            if removes {
                condition.removed += 1;
                return Verdict::Removed;
            }
        }
        pin.map_or(Verdict::Passed, Verdict::Pinned)
    }

    /// Returns how many papers were removed in all.
    pub(super) fn removed(&self) -> u64 {
        self.conditions
            .iter()
            .map(|condition| condition.removed)
            .sum()
    }

    pub(super) fn counts(&self) -> Vec<RuleCount> {
        self.conditions
            .iter()
            .map(|condition| RuleCount {
                rule: condition
                    .rules
                    .iter()
                    .map(Rule::text)
                    .collect::<Vec<_>>()
                    .join(" | "),
                kind: condition.kind,
                removed: condition.removed,
            })
            .collect()
    }
}
