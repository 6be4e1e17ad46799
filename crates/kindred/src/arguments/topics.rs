//! Arguments of `topics` and `map`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use kindred_engine::{Category, SetName, TopicName};

use super::{SelectionArguments, limit};

/// Arguments of `topics`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct TopicsArguments {
    #[command(subcommand)]
    pub(crate) action: Option<TopicsAction>,
    #[command(flatten)]
    pub(crate) list: TopicsListArguments,
}

/// Which papers are grouped; each choice has topics of its own.
#[derive(Debug, Args)]
pub(crate) struct BodyArguments {
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    /// Only papers that this seed set likes
    #[arg(long, value_name = "NAME")]
    pub(crate) set: Option<SetName>,
    /// Only papers that a search by these words finds, the best 2,000
    #[arg(long, value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// Topics wanted on the coarsest level [default: the papers decide]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=10_000)
    )]
    pub(crate) topics: Option<u16>,
}

/// Arguments of `topics` without an action.
#[derive(Debug, Args)]
pub(crate) struct TopicsListArguments {
    #[command(flatten)]
    pub(crate) body: BodyArguments,
    /// Level of the tree; 0 is coarsest, a number beyond the tree shows the finest
    #[arg(long, default_value_t = 0, value_name = "LEVEL")]
    pub(crate) level: u8,
    /// Most topics to show
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N", value_parser = limit())]
    pub(crate) limit: u16,
    /// Group the papers anew, even if little has changed since they were
    #[arg(long)]
    pub(crate) rerun: bool,
    /// List each paper's topics too (with --json)
    #[arg(long)]
    pub(crate) assignment: bool,
    /// Write the whole tree as a page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write each paper's topics as a table of values separated by commas
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
}

/// What to do with topics.
#[derive(Debug, Subcommand)]
pub(crate) enum TopicsAction {
    /// Show one topic and its papers
    Show(TopicsShowArguments),
    /// Show all topics as a tree
    Tree(TopicsTreeArguments),
    /// Show what the last run changed, or all runs since a day
    Diff(TopicsDiffArguments),
    /// Give a topic a name that stays
    Rename(TopicsRenameArguments),
    /// Make a topic a seed set, so that its feed ranks each day's arrivals
    Subscribe(TopicsSubscribeArguments),
}

/// Arguments of `topics show`.
#[derive(Debug, Args)]
pub(crate) struct TopicsShowArguments {
    /// The topic's number, name or label
    #[arg(value_name = "TOPIC")]
    pub(crate) topic: String,
    /// Most papers to show
    #[arg(long, short = 'n', default_value_t = 20, value_name = "N", value_parser = limit())]
    pub(crate) limit: u16,
}

/// Arguments of `topics tree`.
#[derive(Debug, Args)]
pub(crate) struct TopicsTreeArguments {
    #[command(flatten)]
    pub(crate) body: BodyArguments,
}

/// Arguments of `topics diff`.
#[derive(Debug, Args)]
pub(crate) struct TopicsDiffArguments {
    /// Only papers of this category or archive, such as cs.DC or math (may be repeated)
    #[arg(long, short, value_name = "CATEGORY")]
    pub(crate) category: Vec<Category>,
    /// Only papers of this day or later, as `--since` was when they were grouped
    #[arg(long, value_name = "DAY")]
    pub(crate) papers_since: Option<Date>,
    /// Only papers of this day or earlier, as `--until` was when they were grouped
    #[arg(long, value_name = "DAY")]
    pub(crate) papers_until: Option<Date>,
    /// Only papers that this seed set likes
    #[arg(long, value_name = "NAME")]
    pub(crate) set: Option<SetName>,
    /// Only papers that a search by these words finds, the best 2,000
    #[arg(long, value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// Topics wanted on the coarsest level, as they were grouped
    #[arg(long, value_name = "N")]
    pub(crate) topics: Option<u16>,
    /// `last` run alone, or all runs of this day (YYYY-MM-DD) or later
    #[arg(long, default_value_t, value_name = "DAY")]
    pub(crate) since: DiffSince,
    /// Papers to name of each change
    #[arg(
        long,
        default_value_t = 3,
        value_name = "N",
        value_parser = clap::value_parser!(u8).range(0..=100)
    )]
    pub(crate) papers: u8,
}

/// From when on changes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DiffSince {
    /// Those of the last run.
    #[default]
    Last,
    /// Those of all runs of a day or later.
    Day(Date),
}

impl std::fmt::Display for DiffSince {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Last => formatter.write_str("last"),
            Self::Day(day) => write!(formatter, "{day}"),
        }
    }
}

impl std::str::FromStr for DiffSince {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "last" {
            return Ok(Self::Last);
        }
        let day = text.parse().map(Self::Day);
        day.map_err(|_error| "expected `last` or a day such as 2026-04-07".to_owned())
    }
}

/// Arguments of `topics rename`.
#[derive(Debug, Args)]
pub(crate) struct TopicsRenameArguments {
    /// The topic's number, name or label
    #[arg(value_name = "TOPIC")]
    pub(crate) topic: String,
    /// Its name from now on; without one it has its label again
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<TopicName>,
}

/// Arguments of `topics subscribe`.
#[derive(Debug, Args)]
pub(crate) struct TopicsSubscribeArguments {
    /// The topic's number, name or label
    #[arg(value_name = "TOPIC")]
    pub(crate) topic: String,
    /// Name of the seed set
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) set: SetName,
}

/// Arguments of `map`.
#[derive(Debug, Args)]
pub(crate) struct MapArguments {
    #[command(flatten)]
    pub(crate) body: BodyArguments,
    /// Write the map as a page that pans, zooms and searches, without a network
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the map as an SVG picture
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Write the map as a PNG picture
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    /// Lay all papers out anew, instead of adding new ones to the map that is there
    #[arg(long)]
    pub(crate) redraw: bool,
    /// Width of pictures, in pixels
    #[arg(
        long,
        default_value_t = 1600,
        value_name = "PIXELS",
        value_parser = clap::value_parser!(u16).range(400..=8_000)
    )]
    pub(crate) width: u16,
    /// Height of pictures, in pixels
    #[arg(
        long,
        default_value_t = 1200,
        value_name = "PIXELS",
        value_parser = clap::value_parser!(u16).range(300..=8_000)
    )]
    pub(crate) height: u16,
    /// Colours of pictures; a page follows the reader's own
    #[arg(long, value_enum, default_value_t, value_name = "THEME")]
    pub(crate) theme: MapTheme,
}

/// Colours of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum MapTheme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}
