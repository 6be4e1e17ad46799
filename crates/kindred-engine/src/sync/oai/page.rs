//! One page of a list, asked for until it can be used.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kindred_core::{PaperId, announcement_day, available_from};
use kindred_fetch::Verdict;
use kindred_ingest::{Format, IngestError, Item, Limits, PageFacts, PapersPage, parse_papers};

use crate::EngineError;
use crate::import::chain;
use crate::sync::FollowedList;
use crate::sync::run::Run;

/// Times that a doubtful page is asked for before it is taken as it is; the census decides then.
pub(super) const DOUBTS: u32 = 2;

/// What a request for a page led to.
pub(super) enum Page {
    /// Records, and when they were answered by the clock of the service.
    Papers(Box<PapersPage>, Timestamp),
    /// The service does not know the token, or it has expired.
    BadToken,
    /// The service has nothing for those days, as of that moment.
    Nothing(Timestamp),
    /// The service refuses the request for a reason that asking again does not change.
    Refused(IngestError),
}

/// What a page is asked for by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'a> {
    /// All records that changed on a day or later.
    From(Date),
    /// Those that changed on one day.
    Day(Date),
    /// The token of the page before.
    Token(&'a str),
}

/// Asks for a page until it can be used.
///
/// A page that repeats the one before, or stands in the middle of a list without saying how the
/// list goes on, may have been cut by a cache; it is asked for again, twice at most.
pub(super) fn request(
    run: &Run<'_>,
    list: &FollowedList,
    asked: Asked<'_>,
    previous: &BTreeSet<PaperId>,
) -> Result<Page, EngineError> {
    let mut arguments = vec![("verb", "ListRecords")];
    let (from, until);
    match asked {
        Asked::Token(token) => arguments.push(("resumptionToken", token)),
        Asked::From(day) | Asked::Day(day) => {
            arguments.push(("metadataPrefix", "arXivRaw"));
            if let Some(set) = &list.set {
                arguments.push(("set", set));
            }
            from = day.to_string();
            arguments.push(("from", &from));
            if matches!(asked, Asked::Day(_)) {
                until = day.to_string();
                arguments.push(("until", &until));
            }
        }
    }
    let address = run.service.oai_request(&arguments);
    let mut doubts = 0;
    run.get(&address, &mut |answer| {
        let sent = answer.sent.unwrap_or(answer.received);
        let page = match parse_papers("the page", answer.body, &Limits::default()) {
            Ok(page) => page,
            Err(IngestError::Oai { code, .. }) if code == "badResumptionToken" => {
                return Verdict::Use(Page::BadToken);
            }
            Err(error @ (IngestError::Oai { .. } | IngestError::NotPapers { .. })) => {
                return Verdict::Use(Page::Refused(error));
            }
            Err(error) => return Verdict::Again(chain(&error)),
        };
        if page.format != Format::OaiPmh {
            return Verdict::Again(format!("{} in place of an OAI-PMH page", page.format));
        }
        // A moment that is still to come would let the cursor jump over what comes until then.
        let answered = response_time(&page.facts).unwrap_or(sent).min(run.now());
        if page.facts.oai_code.is_some() {
            return Verdict::Use(Page::Nothing(answered));
        }
        let doubt = doubt(asked, &page, previous);
        if let Some(doubt) = doubt
            && doubts < DOUBTS
        {
            doubts += 1;
            return Verdict::Again(doubt.to_owned());
        }
        Verdict::Use(Page::Papers(Box::new(page), answered))
    })
}

fn doubt(
    asked: Asked<'_>,
    page: &PapersPage,
    previous: &BTreeSet<PaperId>,
) -> Option<&'static str> {
    if matches!(asked, Asked::Token(_)) && page.facts.resumption_token.is_none() {
        return Some("a page in the middle of a list that does not say how the list goes on");
    }
    (!previous.is_empty() && ids_of(&page.items) == *previous)
        .then_some("the page before once more")
}

/// The papers that a page names.
pub(super) fn ids_of(items: &[Item]) -> BTreeSet<PaperId> {
    items
        .iter()
        .filter_map(|item| Some(item.header.as_ref()?.id.clone()))
        .collect()
}

/// When an answer was made, by the clock of the service; a cached one is old.
fn response_time(facts: &PageFacts) -> Option<Timestamp> {
    facts.response_date.as_deref()?.trim().parse().ok()
}

/// Whether an answer was made before the latest announcement was in, and is served since.
pub(super) fn is_frozen(run: &Run<'_>, answered: Timestamp) -> bool {
    let now = run.now();
    let available = available_from(announcement_day(now));
    let is_old = now.duration_since(answered) > SignedDuration::from_mins(10);
    is_old && answered < available && available <= now
}
