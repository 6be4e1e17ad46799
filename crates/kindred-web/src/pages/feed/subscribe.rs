//! Feeds in other formats: files of a day, and a feed for feed readers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::ToSpan as _;
use jiff::civil::Date;
use kindred_digest::{Digest, Format, Section};
use kindred_engine::answer::FeedAnswer;
use kindred_engine::{FeedQuery, FeedRanker, ListOptions};

use super::question::Question;
use super::split;
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::pages::PageError;
use crate::signed::Fields;

/// Days that a subscription covers, the newest included.
const SUBSCRIBED: i64 = 7;
/// Most entries of a subscription.
const ENTRIES: usize = 60;
/// Rated papers that are named for each entry.
const REASONS: usize = 2;

/// A format that a feed is offered in.
#[derive(Debug)]
pub(super) struct FeedFormat {
    pub(super) ending: &'static str,
    pub(super) name: &'static str,
    kind: &'static str,
    format: Format,
    /// Whether it always has the newest days, for readers that ask again and again.
    pub(super) is_subscription: bool,
}

/// A format of one day.
const fn of_day(
    ending: &'static str,
    name: &'static str,
    kind: &'static str,
    format: Format,
) -> FeedFormat {
    FeedFormat {
        ending,
        name,
        kind,
        format,
        is_subscription: false,
    }
}

pub(super) static FORMATS: &[FeedFormat] = &[
    of_day(
        "md",
        "Markdown",
        "text/markdown; charset=utf-8",
        Format::Markdown,
    ),
    of_day("html", "HTML", "text/html; charset=utf-8", Format::Html),
    FeedFormat {
        is_subscription: true,
        ..of_day(
            "atom",
            "Atom",
            "application/atom+xml; charset=utf-8",
            Format::Atom,
        )
    },
    of_day(
        "bib",
        "BibTeX",
        "application/x-bibtex; charset=utf-8",
        Format::Bibtex,
    ),
    of_day(
        "ris",
        "RIS",
        "application/x-research-info-systems; charset=utf-8",
        Format::Ris,
    ),
    of_day("json", "JSON", "application/json", Format::Json),
];

pub(super) fn router() -> Router<Arc<App>> {
    FORMATS.iter().fold(Router::new(), |router, format| {
        let path = format!("/set/{{name}}/feed.{}", format.ending);
        let handler = move |app: State<Arc<App>>, name: Path<String>, fields: Fields| async move {
            if format.is_subscription {
                subscription(app, name, fields, format).await
            } else {
                file(app, name, fields, format).await
            }
        };
        router.route(&path, get(handler))
    })
}

/// The papers of a day above the threshold, as a file.
async fn file(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    fields: Fields,
    format: &FeedFormat,
) -> Result<Response, PageError> {
    let question = Question::of(&name, &fields)?;
    let day = match question.day {
        Some(day) => day,
        None => newest(&app).await?,
    };
    let now = app.now();
    let (ranking, following) = app
        .ranking(question.key(day), move |library, _| library.following(now))
        .await?;
    let mut answer = ranking.answer.clone();
    let above = split(&ranking.answer, question.threshold).above;
    answer.left_out.below_limit += (answer.results.len() - above.len()) as u64;
    answer.results = above.into_iter().cloned().collect();
    let line = following.map(|following| following.line);
    let text = format.format.render(&digest(&answer, line));
    let name = format!("{}-{day}.{}", question.set, format.ending);
    Ok(attachment(format.kind, &name, text))
}

/// The newest days, for feed readers; the ids of entries stay.
async fn subscription(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    fields: Fields,
    format: &FeedFormat,
) -> Result<Response, PageError> {
    let question = Question::of(&name, &fields)?;
    let as_of = match question.day {
        Some(day) => day,
        None => newest(&app).await?,
    };
    let expect = f64::from(question.threshold.percent()) / 100.0;
    let now = app.now();
    let query = FeedQuery {
        set: question.set,
        as_of,
        since: as_of.saturating_sub((SUBSCRIBED - 1).days()),
        categories: question.categories,
        limit: ENTRIES,
        reasons: REASONS,
        ranker: FeedRanker::default(),
        list: ListOptions {
            expect: Some(expect),
            ..ListOptions::default()
        },
    };
    let (answer, following) = app
        .read(Cost::Slow, move |library| {
            Ok((
                library.feed_by_announcement(&query)?,
                library.following(now)?,
            ))
        })
        .await?;
    let line = following.map(|following| following.line);
    let text = format.format.render(&digest(&answer, line));
    Ok(([(header::CONTENT_TYPE, format.kind)], text).into_response())
}

async fn newest(app: &App) -> Result<Date, Failure> {
    let days = app.read(Cost::Quick, |library| library.days(1)).await?;
    let newest = days.first().map(|(day, _)| *day);
    newest.ok_or_else(|| Failure::Conflict {
        message: "the library has no paper with a day yet".to_owned(),
        hint: Some("`kindred sync` or an import brings papers".to_owned()),
    })
}

fn digest(answer: &FeedAnswer, following: Option<String>) -> Digest {
    Digest {
        as_of: answer.as_of,
        since: answer.since,
        following,
        sections: vec![Section::from(answer)],
    }
}

/// A file to be saved under a name.
pub(in crate::pages) fn attachment(kind: &'static str, name: &str, text: String) -> Response {
    let name: String = name.bytes().map(encoded).collect();
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let disposition =
        HeaderValue::from_str(&disposition).expect("percent-encoded text is visible ASCII");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text).into_response()
}

/// A byte as RFC 8187 has it in names of files.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
