//! Why a seed set's past cannot be replayed.

use jiff::ToSpan;
use jiff::civil::Date;

/// Why a seed set's past cannot be replayed as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The period ends before it begins.
    #[error("the first day {since} is after the last day {until}")]
    Period {
        /// First day asked for.
        since: Date,
        /// Last day asked for.
        until: Date,
    },
    /// A day asked for has not come yet.
    #[error("day {day} is in the future, today is {today}")]
    Future {
        /// The day asked for.
        day: Date,
        /// Today.
        today: Date,
    },
    /// Every paper of the library is older than the period.
    #[error("no paper of the library arrived on {since} or later, the latest are of {latest}")]
    AfterLatest {
        /// First day asked for.
        since: Date,
        /// Day of the latest papers.
        latest: Date,
    },
    /// No paper that could be ranked arrived in the period.
    #[error("no paper with a vector and an exact day arrived from {since} to {until}")]
    NoArrivals {
        /// First day asked for.
        since: Date,
        /// Last day asked for.
        until: Date,
    },
    /// There is nothing to learn from at the first day.
    #[error(
        "seed set `{name}` held no like when {day} began, the first day with arrivals; its first \
         like is of {first_like}"
    )]
    NoLikeYet {
        /// The set.
        name: String,
        /// First day of the period on which papers arrived.
        day: Date,
        /// Day of the set's first like.
        first_like: Date,
        /// Day of the latest papers of the library.
        latest: Date,
    },
    /// There is nothing to measure with: all likes are older than the period.
    #[error(
        "seed set `{name}` gained no like from {day} on, the first day with arrivals; its last \
         like is of {last_like}"
    )]
    NoLaterLikes {
        /// The set.
        name: String,
        /// First day of the period on which papers arrived.
        day: Date,
        /// Day of the set's last like.
        last_like: Date,
    },
    /// There is nothing to measure with: later likes are of papers that arrived at other times.
    #[error("none of the papers that arrived from {since} to {until} was liked in `{name}` later")]
    NothingKept {
        /// The set.
        name: String,
        /// First day asked for.
        since: Date,
        /// Last day asked for.
        until: Date,
    },
}

impl ReplayError {
    /// Whether other arguments may help, not other data alone.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Period { .. } | Self::Future { .. } | Self::AfterLatest { .. } => true,
            Self::NoArrivals { .. }
            | Self::NoLikeYet { .. }
            | Self::NoLaterLikes { .. }
            | Self::NothingKept { .. } => false,
        }
    }

    /// Returns what may help, in the words of the command line.
    pub(crate) fn hints(&self) -> Vec<String> {
        let needs =
            "a replay needs papers that were liked on the day they arrived or later, after \
                     other likes; `kindred set import` keeps the days of a reference manager"
                .to_owned();
        match self {
            Self::Period { since, .. } => {
                vec![format!("--until {since} or later, or an earlier --since")]
            }
            Self::Future { today, .. } => vec![format!("{today} or an earlier day")],
            Self::AfterLatest { latest, .. } => {
                vec![format!("--since {latest} or an earlier day")]
            }
            Self::NoArrivals { .. } => vec![
                "a longer period; `kindred embed` makes missing vectors".to_owned(),
                "a paper of which only the month or year is known arrives on no day".to_owned(),
            ],
            Self::NoLikeYet {
                first_like, latest, ..
            } if first_like < latest => {
                let next = first_like.saturating_add(1.day());
                vec![format!("--since {next} or later"), needs]
            }
            Self::NoLaterLikes { last_like, .. } => {
                vec![format!("--since {last_like} or earlier"), needs]
            }
            Self::NoLikeYet { .. } | Self::NothingKept { .. } => vec![needs],
        }
    }
}
