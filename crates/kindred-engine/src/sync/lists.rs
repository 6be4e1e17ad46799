//! Which list of OAI-PMH holds a category.

use jiff::{SignedDuration, Timestamp};
use kindred_core::{Category, close_names};
use kindred_fetch::Verdict;
use kindred_ingest::{Limits, parse_sets};
use serde::{Deserialize, Serialize};

use super::run::Run;
use crate::{EngineError, Library};

/// Setting under which the sets of the service are kept.
const SETTING: &str = "oai-sets";
/// How long they are taken to be true.
const FRESH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The sets that a service has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KnownSets {
    at: Timestamp,
    /// Address that told, so that another service is asked itself.
    service: String,
    sets: Vec<String>,
}

impl Library {
    /// Returns the set of each category, `None` for one that arXiv has not, asking the service for
    /// its sets where those kept are old or do not have one.
    ///
    /// # Errors
    /// [`EngineError::UnknownCategory`] for one of `wanted`, which nobody follows yet.
    pub(crate) fn sets_of(
        &mut self,
        run: &Run<'_>,
        categories: &[Category],
        wanted: &[Category],
    ) -> Result<Vec<Option<String>>, EngineError> {
        let now = run.now();
        let kept: Option<KnownSets> = self
            .store
            .setting(SETTING)?
            .and_then(|text| serde_json::from_str(&text).ok())
            .filter(|known: &KnownSets| known.service == run.service.oai.as_str());
        let known = kept.as_ref().map(|kept| choose(&kept.sets, categories));
        let is_fresh = kept.is_some_and(|kept| now.duration_since(kept.at) < FRESH);
        if let Some(specs) = &known
            && is_fresh
            && specs.iter().all(Option::is_some)
        {
            return Ok(specs.clone());
        }
        run.point("sets: before the request");
        let sets = match (ask(run), known) {
            (Ok(sets), _) => sets,
            // Names of sets change once in many years; a harvest by old ones beats none.
            (Err(EngineError::Ingest(_) | EngineError::Fetch(_)), Some(specs))
                if specs.iter().all(Option::is_some) =>
            {
                return Ok(specs);
            }
            (Err(error), _) => return Err(error),
        };
        run.point("sets: answered");
        let known = KnownSets {
            at: now,
            service: run.service.oai.to_string(),
            sets,
        };
        let text = serde_json::to_string(&known).map_err(|source| EngineError::Setting {
            name: SETTING,
            source,
        })?;
        self.store.set_setting(SETTING, &text)?;
        run.point("sets: stored");
        let specs = choose(&known.sets, categories);
        for (category, spec) in categories.iter().zip(&specs) {
            if spec.is_none() && wanted.contains(category) {
                return Err(EngineError::UnknownCategory {
                    category: category.to_string(),
                    close: suggestions(&known.sets, category),
                });
            }
        }
        Ok(specs)
    }
}

fn ask(run: &Run<'_>) -> Result<Vec<String>, EngineError> {
    let mut sets = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let address = match &token {
            None => run.service.oai_request(&[("verb", "ListSets")]),
            Some(token) => run
                .service
                .oai_request(&[("verb", "ListSets"), ("resumptionToken", token)]),
        };
        let list = run.get(&address, &mut |answer| match parse_sets(
            "the list of sets",
            answer.body,
            &Limits::default(),
        ) {
            Ok(list) => Verdict::Use(list),
            Err(error) => Verdict::Again(crate::import::chain(&error)),
        })?;
        sets.extend(list.sets.into_iter().map(|(spec, _)| spec));
        let next = (list.facts.resumption_token).filter(|token| !token.is_empty());
        if next.is_none() || next == token {
            return Ok(sets);
        }
        token = next;
    }
}

fn choose(sets: &[String], categories: &[Category]) -> Vec<Option<String>> {
    let chosen = categories.iter().map(|category| set_of(sets, category));
    chosen.collect()
}

/// Finds the set of a category by its last part; of an archive the set `group:archive`, or the
/// group of one part where archives have none of their own.
fn set_of(sets: &[String], category: &Category) -> Option<String> {
    let name = category.as_str();
    let class = name.split_once('.').map(|(_, class)| class);
    let archive = category.archive();
    let parts = |set: &str| -> Vec<String> { set.split(':').map(str::to_owned).collect() };
    let is_class = |set: &str| {
        let parts = parts(set);
        let (last, before) = (parts.last(), parts.iter().rev().nth(1));
        match class {
            Some(class) => {
                last.is_some_and(|last| last == class || last == name)
                    && before.is_some_and(|before| before == archive)
            }
            None => parts.len() == 2 && last.is_some_and(|last| last == archive),
        }
    };
    let found = sets.iter().find(|set| is_class(set));
    let found = found.or_else(|| sets.iter().find(|set| class.is_none() && *set == archive));
    found.cloned()
}

/// Names of the service that are closest to one that it does not have.
fn suggestions(sets: &[String], category: &Category) -> Vec<String> {
    let names = sets.iter().filter_map(|set| {
        let parts: Vec<&str> = set.split(':').collect();
        match parts[..] {
            [_, archive, class] => Some(format!("{archive}.{class}")),
            [_, archive] => Some(archive.to_owned()),
            _ => None,
        }
    });
    close_names(category.as_str(), names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETS: [&str; 12] = [
        "cs",
        "cs:cs",
        "cs:cs:AI",
        "cs:cs:DC",
        "math",
        "math:math",
        "math:math:NA",
        "physics",
        "physics:physics",
        "physics:hep-th",
        "physics:physics:acc-ph",
        "physics:cond-mat:mes-hall",
    ];

    fn found(name: &str) -> Option<String> {
        let sets: Vec<String> = SETS.iter().map(|set| (*set).to_owned()).collect();
        set_of(&sets, &name.parse().unwrap())
    }

    #[test]
    fn categories_have_their_sets() {
        for (name, set) in [
            ("cs.AI", "cs:cs:AI"),
            ("cs", "cs:cs"),
            ("math.NA", "math:math:NA"),
            ("cs.NA", "math:math:NA"),
            ("hep-th", "physics:hep-th"),
            ("physics", "physics:physics"),
            ("physics.acc-ph", "physics:physics:acc-ph"),
            ("cond-mat.mes-hall", "physics:cond-mat:mes-hall"),
        ] {
            assert_eq!(found(name).as_deref(), Some(set), "{name}");
        }
        assert_eq!(found("cs.XX"), None);
    }

    #[test]
    fn a_wrong_name_brings_near_ones() {
        let sets: Vec<String> = SETS.iter().map(|set| (*set).to_owned()).collect();
        let close = suggestions(&sets, &"cs.DX".parse().unwrap());
        assert_eq!(close[0], "cs.DC");
        assert!(suggestions(&sets, &"q-bio.NC".parse().unwrap()).is_empty());
    }
}
