//! What can go wrong, and when it does.

use jiff::Timestamp;

/// One of the three services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// OAI-PMH, under `/oai`.
    Oai,
    /// Announcement feeds, under `/rss/` and `/atom/`.
    Feed,
    /// The query interface, under `/api/query`.
    Query,
}

/// What the header `Retry-After` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// So many seconds.
    Seconds(u32),
    /// An HTTP date so many seconds after the virtual time.
    DateIn(u32),
    /// There is no such header.
    None,
}

/// Something that goes wrong with an answer.
///
/// What names a record, a page or a list leaves answers alone that hold none (`Identify`, errors).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A page without records. The token of OAI-PMH leads to the same place once more; totals of
    /// the query interface stay.
    EmptyPage,
    /// Half of the page's records. Token and totals are right: nothing is lost to a client that
    /// counts what it got. A feed just lacks the rest.
    ShortPage,
    /// The answer to the last request of this list once more, byte for byte; first pages are left
    /// alone. A list is a verb, a search or a feed.
    DuplicatePage,
    /// The document ends within the record in the middle.
    CutMidRecord,
    /// The document ends after the record in the middle, with nothing closed.
    CutBetweenRecords,
    /// The document ends after the last record.
    CutBeforeToken,
    /// Status 200 and no body.
    EmptyBody,
    /// Status 200 and the text `Rate exceeded.`.
    RateExceeded,
    /// Status 429.
    TooMany {
        /// What the answer says about when to come back.
        retry_after: RetryAfter,
    },
    /// Status 503.
    Unavailable,
    /// Status 406.
    NotAcceptable,
    /// Status 403.
    Forbidden,
    /// Status 200 and a web page.
    Html,
    /// A redirect to an address that redirects to itself for ever.
    RedirectLoop,
    /// A redirect to `http://localhost.invalid/`.
    RedirectAway,
    /// 10,000 bytes, one every 200 ms of real time.
    Slow,
    /// A few characters are in Latin-1 though the document says UTF-8.
    WrongCharset,
    /// The document is in UTF-16 with a byte order mark, and says so.
    Utf16,
    /// 200 MB of zeros in gzip, which nobody has to have asked for.
    GzipBomb,
    /// A chunked body that never ends.
    Endless,
    /// The connection ends within the head of the answer.
    Reset,
    /// Every tenth record of the page is left out without a trace; of fewer than ten the last.
    HiddenRecords,
    /// Header `Date` and the times within the document are shifted.
    ClockSkew {
        /// Seconds into the future.
        seconds: i64,
    },
    /// After the first page of a list, a record at its front is edited. The edit is an event of
    /// the world from then on.
    EditDuring,
    /// The record nearest to the middle that has several versions is told as its version 1.
    LowerVersion,
    /// The record in the middle has `status="deleted"` and no metadata; the other two services
    /// leave it out and count one less.
    DeletedHeader,
    /// The last announcement but one under today's date.
    StaleFeed,
    /// The newest announcement is not there yet: the answer is that of the evening before.
    Quiet,
    /// The record in the middle lacks its title.
    OneBadRecord,
}

/// Which answers of a service a fault spoils.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// The next so many.
    Times(u32),
    /// Only the n-th from now, counted from 1.
    Nth(u32),
    /// All before this moment of virtual time.
    Until(Timestamp),
    /// All.
    Forever,
}

/// The faults that are planned.
#[derive(Debug, Default)]
pub(crate) struct Book(Vec<Planned>);

#[derive(Debug)]
struct Planned {
    source: Source,
    fault: Fault,
    plan: Plan,
    /// Answers of the source since it was planned.
    answers: u32,
}

impl Book {
    pub(crate) fn add(&mut self, source: Source, fault: Fault, plan: Plan) {
        self.0.push(Planned {
            source,
            fault,
            plan,
            answers: 0,
        });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The faults of the next answer of `source`, which counts as given.
    pub(crate) fn next(&mut self, source: Source, now: Timestamp) -> Active {
        let mut active = Vec::new();
        for planned in self.0.iter_mut().filter(|planned| planned.source == source) {
            planned.answers = planned.answers.saturating_add(1);
            let applies = match planned.plan {
                Plan::Times(count) => planned.answers <= count,
                Plan::Nth(place) => planned.answers == place,
                Plan::Until(end) => now < end,
                Plan::Forever => true,
            };
            if applies {
                active.push(planned.fault);
            }
        }
        Active(active)
    }
}

/// The faults of one answer, in the order in which they were planned.
#[derive(Debug, Default)]
pub(crate) struct Active(pub(crate) Vec<Fault>);

impl Active {
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// Seconds that the clock of the service is ahead.
    pub(crate) fn skew(&self) -> i64 {
        self.0
            .iter()
            .map(|fault| {
                if let Fault::ClockSkew { seconds } = fault {
                    *seconds
                } else {
                    0
                }
            })
            .sum()
    }
}
