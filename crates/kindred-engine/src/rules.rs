//! Rules of seed sets.

use kindred_core::{Rule, RuleKind};
use kindred_store::SetName;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{EngineError, Library};

/// A rule as answers show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleView {
    /// Its place among the rules of the set, in the order of application, from 1.
    pub number: usize,
    /// What it is about.
    pub kind: RuleKind,
    /// The rule as it was written.
    pub rule: String,
}

/// A pinned author whose papers a rule may remove all the same, because the muted name can be the
/// same person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OvershadowedPin {
    /// The pinned author.
    pub pinned: String,
    /// The muted author.
    pub muted: String,
}

/// Rules of a set, and what a change did to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RulesAnswer {
    /// The set.
    pub set: String,
    /// Rules that were added.
    pub added: u64,
    /// Rules that the set had already.
    pub unchanged: u64,
    /// Rules that were removed.
    pub removed: u64,
    /// The rules of the set now, in the order of application.
    pub rules: Vec<RuleView>,
    /// Pinned authors who may be muted under another form of their name; muting wins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overshadowed: Vec<OvershadowedPin>,
}

impl Library {
    /// Returns the rules of a set.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`] if there is no such set.
    pub fn rules(&self, set: &SetName) -> Result<RulesAnswer, EngineError> {
        Ok(answer(set, &self.ordered_rules(set)?))
    }

    /// Removes rules of a set and adds others, all of it or nothing.
    ///
    /// What to remove is named by its number in [`RulesAnswer::rules`], by its text, or by kind and
    /// text (`must-not survey`); numbers are those before the change.
    ///
    /// # Errors
    /// [`EngineError::UnknownSet`], [`EngineError::UnknownRule`],
    /// [`EngineError::AmbiguousRule`] if rules of several kinds have the text,
    /// [`EngineError::ContradictoryRules`] if two rules would undo each other.
    pub fn change_rules(
        &mut self,
        set: &SetName,
        remove: &[String],
        add: &[Rule],
    ) -> Result<RulesAnswer, EngineError> {
        let before = self.ordered_rules(set)?;
        let mut gone = Vec::new();
        for named in remove {
            let place = place_of(set, &before, named)?;
            if !gone.contains(&place) {
                gone.push(place);
            }
        }
        let mut rules: Vec<Rule> = before
            .iter()
            .enumerate()
            .filter(|(place, _)| !gone.contains(place))
            .map(|(_, rule)| rule.clone())
            .collect();
        let (mut added, mut unchanged) = (0, 0);
        for rule in add {
            if rules.iter().any(|other| other.is_same(rule)) {
                unchanged += 1;
                continue;
            }
            if let Some(other) = rules.iter().find(|other| other.contradicts(rule)) {
                return Err(EngineError::ContradictoryRules {
                    set: set.to_string(),
                    first: other.to_string(),
                    second: rule.to_string(),
                });
            }
            rules.push(rule.clone());
            added += 1;
        }
        if added > 0 || !gone.is_empty() {
            self.store.set_rules(set, &rules)?;
        }
        Ok(RulesAnswer {
            added,
            unchanged,
            removed: gone.len() as u64,
            ..self.rules(set)?
        })
    }

    fn ordered_rules(&self, set: &SetName) -> Result<Vec<Rule>, EngineError> {
        self.require_set(set)?;
        let mut rules = self.store.rules(set)?;
        rules.sort_by_key(Rule::kind);
        Ok(rules)
    }
}

fn answer(set: &SetName, rules: &[Rule]) -> RulesAnswer {
    let overshadowed = rules
        .iter()
        .flat_map(|muted| rules.iter().map(move |pinned| (muted, pinned)))
        .filter(|(muted, pinned)| muted.overshadows(pinned))
        .map(|(muted, pinned)| OvershadowedPin {
            pinned: pinned.text().to_owned(),
            muted: muted.text().to_owned(),
        })
        .collect();
    RulesAnswer {
        set: set.to_string(),
        added: 0,
        unchanged: 0,
        removed: 0,
        rules: rules
            .iter()
            .enumerate()
            .map(|(place, rule)| RuleView {
                number: place + 1,
                kind: rule.kind(),
                rule: rule.text().to_owned(),
            })
            .collect(),
        overshadowed,
    }
}

/// Finds the place of the rule that a number or text names.
fn place_of(set: &SetName, rules: &[Rule], named: &str) -> Result<usize, EngineError> {
    let named = named.trim();
    if let Ok(number) = named.parse::<usize>()
        && (1..=rules.len()).contains(&number)
    {
        return Ok(number - 1);
    }
    let is_meant = |rule: &Rule| {
        rule.is_written_as(named)
            || named
                .strip_prefix(rule.kind().name())
                .is_some_and(|text| text.starts_with(' ') && rule.is_written_as(text))
    };
    let found: Vec<usize> = (0..rules.len())
        .filter(|&place| is_meant(&rules[place]))
        .collect();
    match found.as_slice() {
        [place] => Ok(*place),
        [] => Err(EngineError::UnknownRule {
            set: set.to_string(),
            named: named.chars().take(80).collect(),
            known: numbered(rules, &(0..rules.len()).collect::<Vec<_>>()),
        }),
        several => Err(EngineError::AmbiguousRule {
            named: named.chars().take(80).collect(),
            meant: numbered(rules, several),
        }),
    }
}

fn numbered(rules: &[Rule], places: &[usize]) -> Vec<String> {
    places
        .iter()
        .map(|&place| format!("{} {}", place + 1, rules[place]))
        .collect()
}
