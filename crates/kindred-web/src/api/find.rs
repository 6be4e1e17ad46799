//! Papers: one, those like others, those that a search finds.

use std::sync::Arc;

use jiff::civil::Date;
use kindred_engine::answer::{SearchAnswer, SimilarAnswer};
use kindred_engine::{
    Category, Paper, PaperId, SearchMode, SearchQuery, Seeds, Selection, SimilarQuery, WordQuery,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Count, List, Text, Written};
use super::{Limit, MAX_IDS, MAX_TEXT, Nothing, twenty};
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;

/// Most categories of a filter.
pub(super) const MAX_CATEGORIES: usize = 50;

/// A paper with all that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ShowAnswer {
    #[serde(flatten)]
    paper: Paper,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<PaperId>,
}

/// What to find papers like: `ids` or `text`, one of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Similar {
    /// Papers of the library; several are averaged. Ids with a comma can only be asked by POST.
    #[serde(default)]
    ids: List<PaperId, MAX_IDS>,
    /// A text, such as an abstract, of at most 16 KiB.
    #[serde(default)]
    text: Option<Text<MAX_TEXT>>,
    /// Only papers of these categories or archives.
    #[serde(default)]
    cat: List<Category, MAX_CATEGORIES>,
    /// Only papers whose first version is of this day or later.
    #[serde(default)]
    since: Option<Written<Date>>,
    /// Only papers whose first version is of this day or earlier.
    #[serde(default)]
    until: Option<Written<Date>>,
    /// Most papers to answer.
    #[serde(default = "twenty")]
    k: Limit,
}

/// What a search goes by.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    /// Words and meaning.
    #[default]
    Both,
    /// Words alone.
    Words,
    /// Meaning alone.
    Meaning,
}

/// What to search for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// Words, `"phrases"`, `author:NAME`, `title:WORD`, `abstract:WORD`, `cat:CATEGORY`, `-without`.
    q: Text<MAX_TEXT>,
    /// What to go by.
    #[serde(default)]
    by: By,
    /// Only papers of these categories or archives.
    #[serde(default)]
    cat: List<Category, MAX_CATEGORIES>,
    /// Only papers whose first version is of this day or later.
    #[serde(default)]
    since: Option<Written<Date>>,
    /// Only papers whose first version is of this day or earlier.
    #[serde(default)]
    until: Option<Written<Date>>,
    /// Most papers to answer.
    #[serde(default = "twenty")]
    k: Limit,
}

pub(super) async fn paper(app: Arc<App>, id: PaperId, _: Nothing) -> Result<ShowAnswer, Failure> {
    app.read(Cost::Quick, move |library| {
        let stored = library.paper(&id)?;
        Ok(ShowAnswer {
            paper: stored.paper,
            also: stored.also,
        })
    })
    .await
}

pub(super) async fn similar(
    app: Arc<App>,
    (): (),
    asked: Similar,
) -> Result<SimilarAnswer, Failure> {
    let seeds = match (asked.ids.0, asked.text) {
        (ids, None) if !ids.is_empty() => Seeds::Papers(ids),
        (ids, Some(Text(text))) if ids.is_empty() => Seeds::Text(text),
        _ => return Err(Failure::bad("expected either `ids` or `text`")),
    };
    let query = SimilarQuery {
        seeds,
        selection: selection(asked.cat, asked.since, asked.until)?,
        limit: asked.k.get(),
    };
    app.read(Cost::Quick, move |library| library.similar(&query))
        .await
}

pub(super) async fn search(app: Arc<App>, (): (), asked: Search) -> Result<SearchAnswer, Failure> {
    let words: WordQuery = (asked.q.0.parse()).map_err(|error| Failure::Bad {
        message: format!("`q`: {error}"),
        hint: Some("write words, \"phrases\", author:NAME, title:WORD, -without".to_owned()),
    })?;
    let query = SearchQuery {
        words,
        selection: selection(asked.cat, asked.since, asked.until)?,
        limit: asked.k.get(),
        mode: match asked.by {
            By::Both => SearchMode::Fused,
            By::Words => SearchMode::Words,
            By::Meaning => SearchMode::Meaning,
        },
    };
    app.read(Cost::Quick, move |library| library.search(&query))
        .await
}

/// Which papers may be in an answer.
pub(super) fn selection<const MAX: usize>(
    categories: List<Category, MAX>,
    since: Option<Written<Date>>,
    until: Option<Written<Date>>,
) -> Result<Selection, Failure> {
    let (since, until) = (since.map(|day| day.0), until.map(|day| day.0));
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        let message = format!("`since` {since} is after `until` {until}");
        return Err(Failure::bad(message));
    }
    Ok(Selection {
        categories: categories.0,
        since,
        until,
    })
}

/// A count of reasons, of papers named, of days.
pub(super) type Few = Count<0, 200>;
