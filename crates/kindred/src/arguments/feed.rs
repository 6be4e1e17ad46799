//! Arguments of `feed`, `why` and `replay`.

use clap::Args;
use jiff::civil::Date;
use kindred_engine::{Category, FeedRanker, PaperId};

use super::{RowArguments, limit, ranker};

/// Arguments of `why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArguments {
    /// The paper
    #[arg(value_name = "ID")]
    pub(crate) id: PaperId,
    /// The seed set [default: the only one there is]
    #[arg(long, value_name = "SET")]
    pub(crate) set: Option<String>,
    /// Also show score and place as if this paper had not been rated (may be repeated)
    #[arg(long, value_name = "ID")]
    pub(crate) without: Vec<PaperId>,
    /// First day of the arrivals that it is ranked among [default: six days before the last]
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<Date>,
    /// Last day of those arrivals [default: the paper's own day]
    #[arg(long, value_name = "DAY")]
    pub(crate) as_of: Option<Date>,
    /// Rated papers, and as many terms, to name
    #[arg(
        long,
        default_value_t = 8,
        value_name = "N",
        value_parser = clap::value_parser!(u8).range(0..=200)
    )]
    pub(crate) reasons: u8,
}

/// Reads a share: `90%`, `0.9`.
fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.strip_suffix('%') {
        Some(percent) => (percent, 100.0),
        None => (text, 1.0),
    };
    let value: Option<f64> = number.trim().parse().ok();
    value
        .map(|value| value / scale)
        .filter(|value| (0.0..=1.0).contains(value))
        .ok_or_else(|| "expected a share of 0 to 1 or 0% to 100%, like 90% or 0.9".to_owned())
}

/// Arguments of `feed`.
#[derive(Debug, Args)]
pub(crate) struct FeedArguments {
    /// The seed set [default: the only one there is]
    #[arg(value_name = "SET")]
    pub(crate) set: Option<String>,
    /// First day of arrivals [default: six days before the feed's day]
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<Date>,
    /// Read the feed as if today were this day
    #[arg(long, value_name = "DAY")]
    pub(crate) as_of: Option<Date>,
    /// Only arrivals of this category or archive (may be repeated)
    #[arg(long, short, value_name = "CATEGORY")]
    pub(crate) category: Vec<Category>,
    /// Most arrivals to show
    #[arg(
        long,
        short = 'n',
        visible_alias = "budget",
        default_value_t = 20,
        value_name = "N",
        value_parser = limit()
    )]
    pub(crate) limit: u16,
    /// What orders them: kindred, or another ranker that `kindred replay` measures it against; those
    /// give neither probabilities nor reasons
    #[arg(long, default_value_t, value_name = "NAME", value_parser = ranker())]
    pub(crate) ranker: FeedRanker,
    /// End the list where this share of what you are expected to keep is in it, if that is before
    /// the limit: 90% or 0.9
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) expect: Option<f64>,
    /// How much a paper loses for being like one above it, 0 (not at all) to 1
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share)]
    pub(crate) diversity: f64,
    /// Give every interest of the set places in proportion to what is expected of it
    #[arg(long)]
    pub(crate) balance: bool,
    /// Places, the last ones, for papers between two interests of the set
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) explore: u8,
    /// Ask about N arrivals instead, those whose rating would teach most; the set may be new
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u8).range(1..=50),
        conflicts_with_all = [
            "limit", "ranker", "expect", "diversity", "balance", "explore", "reasons"
        ]
    )]
    pub(crate) ask: Option<u8>,
    /// Rated papers, and as many terms, named as the reason of each arrival
    #[arg(
        long,
        default_value_t = 2,
        value_name = "N",
        value_parser = clap::value_parser!(u8).range(0..=20)
    )]
    pub(crate) reasons: u8,
    /// Do not remember these papers as shown
    #[arg(long)]
    pub(crate) peek: bool,
    #[command(flatten)]
    pub(crate) rows: RowArguments,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// The seed set [default: the only one there is]
    #[arg(value_name = "SET")]
    pub(crate) set: Option<String>,
    /// First day whose arrivals are ranked; the set has to hold a like by then
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Date,
    /// Last day whose arrivals are ranked [default: that of the latest papers]
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Date>,
    /// Places of each day's ranking that recall and nDCG look at
    #[arg(long, short = 'n', default_value_t = 20, value_name = "N", value_parser = limit())]
    pub(crate) limit: u16,
}
