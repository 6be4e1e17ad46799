//! What the tools are asked with.

use jiff::civil::Date;
use kindred_engine::{Category, EngineError, Library, PaperId, SetName};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bounds::{DEFAULT_LIMIT, MAX_IDS, MAX_LIMIT};
use crate::error::ToolError;

/// Name of the set that the first rating makes where there is none.
const FIRST_SET: &str = "reading";

/// What a search goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SearchBy {
    /// Words and meaning, fused.
    #[default]
    Both,
    /// Words alone.
    Words,
    /// Meaning alone.
    Meaning,
}

/// Arguments of `search_papers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchArguments {
    /// Words, "phrases in quotes", author:NAME, title:WORD, abstract:WORD, cat:CATEGORY, -without.
    /// Free words order the results by words and by meaning; the rest are conditions.
    #[schemars(length(min = 1, max = 4096))]
    pub(crate) query: String,
    /// What to go by.
    #[serde(default)]
    pub(crate) by: SearchBy,
    /// Only papers of these categories or archives, such as cs.DC or math.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) categories: Vec<Category>,
    /// Only papers whose first version is of this day or later (YYYY-MM-DD).
    pub(crate) since: Option<Date>,
    /// Only papers whose first version is of this day or earlier (YYYY-MM-DD).
    pub(crate) until: Option<Date>,
    /// Most papers to return; 10 if absent.
    #[schemars(range(min = 1, max = 50))]
    pub(crate) limit: Option<u64>,
}

/// Arguments of `similar_papers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimilarArguments {
    /// Papers of the library to find papers like; several are averaged. With a text beside them,
    /// papers count that are like both.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) ids: Vec<PaperId>,
    /// A text to find papers like, such as an abstract or an idea in a few sentences; at most 16 KiB.
    #[schemars(length(max = 16384))]
    pub(crate) text: Option<String>,
    /// Only papers of these categories or archives, such as cs.DC or math.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) categories: Vec<Category>,
    /// Only papers whose first version is of this day or later (YYYY-MM-DD).
    pub(crate) since: Option<Date>,
    /// Only papers whose first version is of this day or earlier (YYYY-MM-DD).
    pub(crate) until: Option<Date>,
    /// Most papers to return; 10 if absent.
    #[schemars(range(min = 1, max = 50))]
    pub(crate) limit: Option<u64>,
}

/// Arguments of `get_paper`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaperArguments {
    /// The paper: an arXiv id such as 2603.22691 or an id with its scheme, such as doi:10.1000/182.
    pub(crate) id: PaperId,
}

/// Arguments of `rank_new`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RankArguments {
    /// The seed set; the only one there is if absent.
    pub(crate) set: Option<String>,
    /// Last day of the arrivals that are ranked (YYYY-MM-DD); the latest day with papers if absent.
    pub(crate) day: Option<Date>,
    /// First day of those arrivals (YYYY-MM-DD); six days before the last if absent.
    pub(crate) since: Option<Date>,
    /// Only arrivals of these categories or archives, such as cs.DC or math.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) categories: Vec<Category>,
    /// Most papers to return; 10 if absent.
    #[schemars(range(min = 1, max = 50))]
    pub(crate) limit: Option<u64>,
}

/// Arguments of `list_sets`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoArguments {}

/// Arguments of `explain_match`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainArguments {
    /// The paper.
    pub(crate) id: PaperId,
    /// The seed set; the only one there is if absent.
    pub(crate) set: Option<String>,
    /// Rated papers to leave out, to see what the score would be without them.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(crate) without: Vec<PaperId>,
    /// Last day of the arrivals that it is ranked among (YYYY-MM-DD); the paper's own if absent.
    pub(crate) day: Option<Date>,
    /// First day of those arrivals (YYYY-MM-DD); six days before the last if absent.
    pub(crate) since: Option<Date>,
    /// Rated papers, and as many terms, to name; 8 if absent.
    #[schemars(range(min = 0, max = 20))]
    pub(crate) reasons: Option<u64>,
}

/// What the reader thinks of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RatingArgument {
    /// More like this.
    Like,
    /// Less like this.
    Dislike,
    /// Takes the rating back.
    None,
}

/// Arguments of `rate_paper`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateArguments {
    /// The paper.
    pub(crate) id: PaperId,
    /// What the user thinks of it. It replaces what the set had.
    pub(crate) rating: RatingArgument,
    /// The seed set, which has to exist; if absent, the only one there is, or where there is none a
    /// new one, `reading`.
    pub(crate) set: Option<String>,
}

/// Arguments of `add_to_set`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddArguments {
    /// Name of the seed set: letters, digits, `-`, `_` and `.`; it is made if there is none.
    pub(crate) set: String,
    /// The papers to add as liked.
    #[schemars(length(min = 1, max = 100))]
    pub(crate) ids: Vec<PaperId>,
}

/// Reads a tool's arguments; an error names the argument that is wrong.
pub(crate) fn parse<T: DeserializeOwned>(tool: &str, values: JsonObject) -> Result<T, ToolError> {
    serde_path_to_error::deserialize(Value::Object(values)).map_err(|error| {
        let path = error.path().to_string();
        let place = match path.as_str() {
            "." => String::new(),
            path => format!(" `{path}`"),
        };
        let message = format!("{tool} cannot read its argument{place}: {}", error.inner());
        ToolError::new(message).with_hint("tools/list has the schema of the arguments")
    })
}

/// Checks the number of papers asked for.
pub(crate) fn limit(asked: Option<u64>) -> Result<usize, ToolError> {
    within("limit", asked, (1, MAX_LIMIT), DEFAULT_LIMIT)
}

/// Checks a number against its bounds.
pub(crate) fn within(
    name: &str,
    asked: Option<u64>,
    (least, most): (usize, usize),
    usual: usize,
) -> Result<usize, ToolError> {
    let Some(asked) = asked else {
        return Ok(usual);
    };
    (usize::try_from(asked).ok())
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            ToolError::new(format!(
                "`{name}` is {asked}, expected a number from {least} to {most}"
            ))
        })
}

/// Checks how many things a list names.
pub(crate) fn at_most<T>(name: &str, list: &[T]) -> Result<(), ToolError> {
    if list.len() <= MAX_IDS {
        return Ok(());
    }
    let found = list.len();
    let message = format!("`{name}` names {found}, expected at most {MAX_IDS} in one call");
    Err(ToolError::new(message))
}

/// Checks the length of a text.
pub(crate) fn no_longer_than(name: &str, text: &str, most: usize) -> Result<(), ToolError> {
    if text.trim().is_empty() {
        return Err(ToolError::new(format!("`{name}` is empty")));
    }
    if text.len() > most {
        let found = text.len();
        let message = format!("`{name}` has {found} bytes, expected at most {most}");
        return Err(ToolError::new(message));
    }
    Ok(())
}

/// Reads the name of a set.
pub(crate) fn set_name(text: &str) -> Result<SetName, ToolError> {
    Ok(text.parse::<SetName>().map_err(EngineError::from)?)
}

/// Returns the named set, else the only one there is.
pub(crate) fn set_or_only(library: &Library, name: Option<&str>) -> Result<SetName, ToolError> {
    if let Some(name) = name {
        return set_name(name);
    }
    let sets = library.sets()?;
    match sets.as_slice() {
        [only] => Ok(only.name.clone()),
        [] => Err(EngineError::UnknownSet {
            name: FIRST_SET.to_owned(),
            known: Vec::new(),
        }
        .into()),
        several => {
            let names: Vec<String> = several.iter().map(|set| set.name.to_string()).collect();
            let message = format!("there are {} seed sets, name one in `set`", several.len());
            Err(ToolError::new(message).with_hint(format!("they are {}", names.join(", "))))
        }
    }
}

/// The same for a rating, which makes a first set where there is none and none is named.
pub(crate) fn set_to_rate_in(library: &Library, name: Option<&str>) -> Result<SetName, ToolError> {
    let sets = library.sets()?;
    let set = match name {
        Some(name) => set_name(name)?,
        None if sets.is_empty() => return set_name(FIRST_SET),
        None => return set_or_only(library, None),
    };
    if sets.iter().any(|known| known.name == set) {
        return Ok(set);
    }
    let known = sets.iter().map(|set| set.name.to_string()).collect();
    let unknown = EngineError::UnknownSet {
        name: set.to_string(),
        known,
    };
    Err(ToolError::from(unknown).with_hint("add_to_set makes a new one"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T: DeserializeOwned>(value: Value) -> Result<T, ToolError> {
        let values = if let Value::Object(values) = value {
            values
        } else {
            serde_json::Map::default()
        };
        parse("tool", values)
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (value, words) in [
            (json!({}), "missing field `query`"),
            (json!({"query": 5}), "argument `query`"),
            (json!({"query": "a", "limit": -1}), "argument `limit`"),
            (json!({"query": "a", "limit": 1e9}), "argument `limit`"),
            (json!({"query": "a", "limit": "9"}), "argument `limit`"),
            (json!({"query": "a", "since": "May"}), "argument `since`"),
            (
                json!({"query": "a", "categories": ["cs.DC", "??"]}),
                "argument `categories[1]`",
            ),
            (json!({"query": "a", "by": "luck"}), "argument `by`"),
            (json!({"query": "a", "colour": 1}), "unknown field `colour`"),
        ] {
            let error = read::<SearchArguments>(value.clone()).unwrap_err().text();
            assert!(error.contains(words), "{value}: {error}");
        }
        assert!(read::<SearchArguments>(json!({"query": "a"})).is_ok());
        let error = read::<SimilarArguments>(json!({"ids": ["2601.90001", "no id"]}));
        assert!(error.unwrap_err().text().contains("argument `ids[1]`"));
    }

    #[test]
    fn numbers_out_of_bounds_are_refused() {
        assert_eq!(limit(None).unwrap(), 10);
        assert_eq!(limit(Some(50)).unwrap(), 50);
        for asked in [0, 51, u64::MAX] {
            let error = limit(Some(asked)).unwrap_err().text();
            assert!(error.contains("expected a number from 1 to 50"), "{error}");
        }
        assert!(at_most("ids", &[0; 100]).is_ok());
        let error = at_most("ids", &[0; 101]).unwrap_err().text();
        assert!(
            error.contains("`ids` names 101, expected at most 100"),
            "{error}"
        );
    }
}
