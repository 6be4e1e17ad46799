//! Arguments of `sync` and `ledger`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use kindred_engine::{Category, CategoryError, SyncBy};

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    /// Follow this category or archive from now on, such as cs.DC or math (may be repeated); without
    /// any, all that are followed are brought up to date
    #[arg(long, short, value_name = "CATEGORY")]
    pub(crate) category: Vec<Category>,
    /// The first announcement day to have complete (YYYY-MM-DD) [default: four weeks ago for a
    /// category that was not followed before]
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<Date>,
    /// Follow all of arXiv: fetch the whole archive once, then what changes
    #[arg(long)]
    pub(crate) full: bool,
    /// Take the archive from this bulk snapshot (JSON Lines, plain, .gz or .zst) and fetch only what
    /// changed since
    #[arg(long, requires = "full", value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Follow this category no longer, or with `all` all of arXiv; papers stay (may be repeated)
    #[arg(
        long,
        value_name = "CATEGORY|all",
        value_parser = category_or_all,
        conflicts_with_all = ["category", "full", "since", "feed", "drop_feed", "by", "no_embed"]
    )]
    pub(crate) unfollow: Vec<Unfollow>,
    /// Read this RSS or Atom feed of papers with each sync from now on (may be repeated); only
    /// addresses of the public internet are read
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) feed: Vec<String>,
    /// Read this feed no longer; its papers stay (may be repeated)
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) drop_feed: Vec<String>,
    /// What to ask: OAI-PMH and the feed; OAI-PMH alone; or the query service by day of submission
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) by: By,
    /// Mail or web address that arXiv can write to if this program misbehaves; it is remembered
    #[arg(long, env = "KINDRED_CONTACT", value_name = "ADDRESS")]
    pub(crate) contact: Option<String>,
    /// Only fetch; `kindred embed` does the rest later
    #[arg(long)]
    pub(crate) no_embed: bool,
}

/// What is followed no longer; `None` stands for all of arXiv.
#[derive(Debug, Clone)]
pub(crate) struct Unfollow(pub(crate) Option<Category>);

fn category_or_all(text: &str) -> Result<Unfollow, CategoryError> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(Unfollow(None));
    }
    text.parse().map(|category| Unfollow(Some(category)))
}

/// What to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum By {
    /// OAI-PMH and the announcement feed.
    #[default]
    All,
    /// OAI-PMH alone.
    Oai,
    /// The query service.
    Query,
}

impl From<By> for SyncBy {
    fn from(by: By) -> Self {
        match by {
            By::All => Self::All,
            By::Oai => Self::Oai,
            By::Query => Self::Query,
        }
    }
}

/// Arguments of `ledger`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct LedgerArguments {
    #[command(subcommand)]
    pub(crate) action: Option<LedgerAction>,
    /// Only this of the followed categories (may be repeated)
    #[arg(long, short, value_name = "CATEGORY")]
    pub(crate) category: Vec<Category>,
    /// Days to look back on
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub(crate) days: u16,
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerAction {
    /// Compare the ids that arXiv lists with the library; the next sync fetches what is not here
    Audit {
        /// Only this of the followed categories (may be repeated)
        #[arg(long, short, value_name = "CATEGORY")]
        category: Vec<Category>,
        /// Mail or web address that arXiv can write to
        #[arg(long, env = "KINDRED_CONTACT", value_name = "ADDRESS")]
        contact: Option<String>,
    },
}
