//! The command line as plain data; nothing here touches a disk.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use kindred_engine::{Category, Device, Dtype, Extent, FeedRanker, PaperId};

pub(crate) use self::config::{ConfigAction, ConfigArguments};
pub(crate) use self::digest::{DigestArguments, DigestFormat, ScheduleArguments, ScheduleFormat};
pub(crate) use self::feed::{FeedArguments, ReplayArguments, WhyArguments};
pub(crate) use self::mcp::McpArguments;
pub(crate) use self::rows::{IdArgument, Row, RowArguments, Template, id_or_input};
pub(crate) use self::rules::RuleArguments;
pub(crate) use self::serve::ServeArguments;
pub(crate) use self::shell::{CompletionsArguments, ManArguments};
pub(crate) use self::sync::{LedgerAction, LedgerArguments, SyncArguments, Unfollow};
pub(crate) use self::topics::{
    BodyArguments, DiffSince, MapArguments, MapTheme, TopicsAction, TopicsArguments,
    TopicsDiffArguments, TopicsListArguments, TopicsRenameArguments, TopicsShowArguments,
    TopicsSubscribeArguments,
};

mod config;
mod digest;
mod feed;
mod mcp;
mod rows;
mod rules;
mod serve;
mod shell;
mod sync;
mod topics;

/// Finds, ranks and groups arXiv papers on your own machine.
#[derive(Debug, Parser)]
#[command(
    name = "kindred",
    version,
    arg_required_else_help = true,
    after_help = "Exit status: 0 fine, 1 nothing found or a fault found, 2 usage or configuration, \
                  3 set-up missing, 4 network, 5 the work failed, 130 stopped."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) shared: SharedArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Arguments that every command takes.
#[derive(Debug, Args)]
pub(crate) struct SharedArguments {
    /// Data directory of the library [default: kindred/default in the user's data folder]
    #[arg(long, global = true, env = "KINDRED_LIBRARY", value_name = "DIR")]
    pub(crate) library: Option<PathBuf>,
    /// Folder that fetched models are kept in [default: kindred/models in the user's data folder]
    #[arg(
        long,
        global = true,
        env = "KINDRED_MODELS",
        value_name = "DIR",
        hide_short_help = true
    )]
    pub(crate) models: Option<PathBuf>,
    /// Where transformers compute: cpu, cuda or metal; cuda:1 is the second one
    #[arg(
        long,
        global = true,
        env = "KINDRED_DEVICE",
        value_name = "DEVICE",
        value_parser = device,
        default_value_t,
        hide_short_help = true
    )]
    pub(crate) device: Device,
    /// File of settings [default: kindred/config.toml in the user's configuration folder]
    #[arg(
        long,
        global = true,
        env = "KINDRED_CONFIG",
        value_name = "FILE",
        hide_short_help = true
    )]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to colour the output
    #[arg(
        long,
        global = true,
        env = "KINDRED_COLOR",
        value_enum,
        default_value_t,
        value_name = "WHEN"
    )]
    pub(crate) color: When,
    /// When to link titles to their pages (OSC 8)
    #[arg(
        long,
        global = true,
        env = "KINDRED_HYPERLINK",
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_short_help = true
    )]
    pub(crate) hyperlink: When,
    /// Say nothing about progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// When the output has colours or links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum When {
    /// On a terminal that shows them, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole job on a built-in model and a small sample, without a network
    Demo(DemoArguments),
    /// Add papers from files and embed them
    Import(ImportArguments),
    /// Follow arXiv: fetch and embed what was announced, and prove that nothing is missing
    Sync(SyncArguments),
    /// Show for each category and day what was announced, fetched, embedded and shown
    Ledger(LedgerArguments),
    /// Embed papers that have no vector yet and bring the search graph up to date
    Embed,
    /// Find papers like given ones or like a text
    Similar(SimilarArguments),
    /// Find papers by words and by meaning
    Search(SearchArguments),
    /// Show one paper
    Show(ShowArguments),
    /// Make and change seed sets
    Set(SetArguments),
    /// Put papers into a seed set as liked
    Like(RateArguments),
    /// Put papers into a seed set as disliked
    Dislike(RateArguments),
    /// Rank new arrivals against a seed set and say why
    Feed(FeedArguments),
    /// Replay past days: how well feeds would have found what was liked later
    Replay(ReplayArguments),
    /// Take the score of one paper apart, and see what it would be without some rated papers
    Why(WhyArguments),
    /// Write what feeds recommend as a page, a feed, a list of references or a mail
    Digest(DigestArguments),
    /// Print a cron line or systemd units for every morning's import and digest
    Schedule(ScheduleArguments),
    /// Group papers into topics
    Topics(TopicsArguments),
    /// Draw papers as a map: near ones near each other, topics as regions
    Map(MapArguments),
    /// Open the library as a local web page with a JSON API
    Serve(ServeArguments),
    /// Offer the library to language-model agents over standard input and output (MCP)
    Mcp(McpArguments),
    /// List, fetch, choose and inspect encoders
    Models(ModelsArguments),
    /// Count what the library holds
    Stats,
    /// Check everything that is stored
    Verify(VerifyArguments),
    /// Look for what keeps the program from working, and say what helps
    Doctor,
    /// Show settings and the file that they are read from
    Config(ConfigArguments),
    /// Print completions for a shell
    Completions(CompletionsArguments),
    /// Print the manual page, or write one for each command
    Man(ManArguments),
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Keep the demo's library in this folder instead of throwing it away
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// arXiv Atom, OAI-PMH XML, RSS or Atom feeds, snapshot or own JSON Lines, others by `--mapping`;
    /// plain, .gz or .zst; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Where the fields stand in JSON Lines of another source: biorxiv, openalex, semantic-scholar,
    /// or a file that ends in .toml
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) mapping: Option<String>,
    /// Only import; `kindred embed` does the rest later
    #[arg(long)]
    pub(crate) no_embed: bool,
}

/// Which papers may be in an answer.
#[derive(Debug, Args)]
pub(crate) struct SelectionArguments {
    /// Only papers of this category or archive, such as cs.DC or math (may be repeated)
    #[arg(long, short, value_name = "CATEGORY")]
    pub(crate) category: Vec<Category>,
    /// Only papers whose first version is of this day or later (YYYY-MM-DD)
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<Date>,
    /// Only papers whose first version is of this day or earlier (YYYY-MM-DD)
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Date>,
}

/// Arguments of `similar`.
#[derive(Debug, Args)]
pub(crate) struct SimilarArguments {
    /// Papers of the library; several are averaged; `-` reads ids from standard input, one a line
    #[arg(
        id = "papers",
        required_unless_present_any = ["text", "file"],
        value_name = "ID",
        value_parser = id_or_input
    )]
    pub(crate) ids: Vec<IdArgument>,
    /// Find papers like this text
    #[arg(long, conflicts_with_all = ["papers", "file"], value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Find papers like the text of this file; `-` reads standard input
    #[arg(long, conflicts_with = "papers", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    /// Most papers to show
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N", value_parser = limit())]
    pub(crate) limit: u16,
    #[command(flatten)]
    pub(crate) rows: RowArguments,
}

/// Arguments of `search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// Words, "phrases", author:NAME, title:WORD, abstract:WORD, cat:CATEGORY, -without
    #[arg(required = true, value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    /// What to go by
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) by: SearchBy,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    /// Most papers to show
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N", value_parser = limit())]
    pub(crate) limit: u16,
    #[command(flatten)]
    pub(crate) rows: RowArguments,
}

/// What a search goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SearchBy {
    /// Words and meaning, fused.
    #[default]
    Both,
    /// Words alone.
    Words,
    /// Meaning alone.
    Meaning,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The paper
    #[arg(value_name = "ID")]
    pub(crate) id: PaperId,
}

/// Arguments of `set`.
#[derive(Debug, Args)]
pub(crate) struct SetArguments {
    #[command(subcommand)]
    pub(crate) action: SetAction,
}

/// What to do with seed sets.
#[derive(Debug, Subcommand)]
pub(crate) enum SetAction {
    /// List the seed sets
    List,
    /// Show the papers of a seed set
    Show {
        /// Name of the set
        name: String,
        #[command(flatten)]
        rows: RowArguments,
    },
    /// Put papers into a seed set as liked; makes the set if there is none
    Add {
        /// Name of the set
        name: String,
        /// The papers; `-` reads ids from standard input, one a line
        #[arg(required = true, value_name = "ID", value_parser = id_or_input)]
        ids: Vec<IdArgument>,
    },
    /// Put the papers of bibliographies and lists into a seed set, after a review
    Import(SetImportArguments),
    /// List the rules of a seed set's feeds, add and remove some
    Rule(RuleArguments),
    /// Take papers out of a seed set
    Remove {
        /// Name of the set
        name: String,
        /// The papers; `-` reads ids from standard input, one a line
        #[arg(required = true, value_name = "ID", value_parser = id_or_input)]
        ids: Vec<IdArgument>,
    },
    /// Delete a seed set with all its ratings
    Delete {
        /// Name of the set
        name: String,
    },
    /// Give a seed set another name
    Rename {
        /// Name of the set
        name: String,
        /// Its new name
        new_name: String,
    },
}

/// Arguments of `set import`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub(crate) struct SetImportArguments {
    /// Name of the set; it is made if there is none
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// BibTeX, RIS, CSL-JSON, Zotero's zotero.sqlite, or a list of ids, addresses and titles, one a
    /// line; told apart by content; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Write what was matched without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Write likely matches too
    #[arg(long)]
    pub(crate) likely: bool,
    /// Put references with title and abstract that the library does not have into it
    #[arg(long)]
    pub(crate) add: bool,
    /// Rate the papers as disliked
    #[arg(long)]
    pub(crate) dislike: bool,
    /// Of Zotero's database only this collection and those within it, by name or by path such as
    /// Thesis/Methods (may be repeated)
    #[arg(long, value_name = "COLLECTION")]
    pub(crate) collection: Vec<String>,
}

/// Arguments of `like` and `dislike`.
#[derive(Debug, Args)]
pub(crate) struct RateArguments {
    /// The papers; `-` reads ids from standard input, one a line
    #[arg(required = true, value_name = "ID", value_parser = id_or_input)]
    pub(crate) ids: Vec<IdArgument>,
    /// The seed set [default: the only one there is]
    #[arg(long, value_name = "NAME")]
    pub(crate) set: Option<String>,
}

/// Arguments of `models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    #[command(subcommand)]
    pub(crate) action: ModelsAction,
}

/// What to do with encoders.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsAction {
    /// List the built-in encoders and those that were fetched
    List,
    /// Fetch an encoder from the hub, such as sentence-transformers/all-MiniLM-L6-v2
    #[cfg(feature = "hub")]
    Pull {
        /// Name on the hub
        #[arg(value_name = "NAME")]
        id: String,
        /// Branch, tag or commit
        #[arg(long, default_value = "main", value_name = "REVISION")]
        revision: String,
    },
    /// Use an encoder for this library and embed its papers with it
    Use {
        /// `kindred-small` (also `built-in`), `kindred-static`, the name of a fetched model, or a
        /// folder
        #[arg(value_name = "NAME|FOLDER")]
        model: String,
        #[command(flatten)]
        options: EncoderArguments,
        /// Only choose it; `kindred embed` does the rest later
        #[arg(long)]
        no_embed: bool,
    },
    /// Show what an encoder is made of
    Show {
        /// `kindred-small` (also `built-in`), `kindred-static`, the name of a fetched model, or a
        /// folder [default: the one in use]
        #[arg(value_name = "NAME|FOLDER")]
        model: Option<String>,
    },
}

/// Settings of an encoder; stored in the library, and vectors of other settings stay beside.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct EncoderArguments {
    /// Numbers to compute with: f32, bf16, mixed or int8 [default: as the library used it last,
    /// else the program's choice for the model]
    #[arg(long, value_name = "TYPE")]
    pub(crate) dtype: Option<Dtype>,
    /// Dimensions to keep of each vector, for models trained for that (Matryoshka), or `all`
    /// [default: as the library used it last, else all]
    #[arg(long, value_name = "N", value_parser = dimension)]
    pub(crate) dim: Option<Extent>,
    /// Tokens to read of a text, or `model` for as many as the model says [default: as the library
    /// used it last, else as the model says]
    #[arg(long, value_name = "N", value_parser = max_tokens)]
    pub(crate) max_tokens: Option<Extent>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Rebuild what can be rebuilt: graphs from vectors, vectors from texts
    #[arg(long)]
    pub(crate) repair: bool,
}

fn limit() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=10_000)
}

/// Reads the name of a ranker; an unknown one is refused with all there are.
fn ranker() -> impl TypedValueParser<Value = FeedRanker> {
    PossibleValuesParser::new(FeedRanker::names()).try_map(|name| name.parse::<FeedRanker>())
}

fn dimension(text: &str) -> Result<Extent, String> {
    extent(text, "all")
}

fn max_tokens(text: &str) -> Result<Extent, String> {
    extent(text, "model")
}

/// Parses a number, or the word for the model's own.
fn extent(text: &str, of_model: &str) -> Result<Extent, String> {
    if text == of_model {
        return Ok(Extent::OfModel);
    }
    match text.parse::<usize>() {
        Ok(number) if number > 0 => Ok(Extent::Is(number)),
        Ok(_) | Err(_) => Err(format!("expected a number from 1 or `{of_model}`")),
    }
}

fn device(text: &str) -> Result<Device, String> {
    let (name, number) = text.split_once(':').unwrap_or((text, "0"));
    match (name, number.parse()) {
        ("cpu", _) if text == name => Ok(Device::Cpu),
        ("cuda", Ok(number)) => Ok(Device::Cuda(number)),
        ("metal", Ok(number)) => Ok(Device::Metal(number)),
        _ => {
            Err("expected cpu, cuda or metal, the last two with a number such as cuda:1".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn encoder_settings_are_checked_while_parsing() {
        let parse = |arguments: &[&str]| {
            let all = ["kindred", "models", "use", "built-in"];
            Arguments::try_parse_from(all.iter().chain(arguments))
        };
        assert!(parse(&["--dtype", "int8", "--dim", "64", "--max-tokens", "128"]).is_ok());
        assert!(parse(&["--dim", "all", "--max-tokens", "model"]).is_ok());
        let error = parse(&["--dtype", "fp16"]).unwrap_err().to_string();
        assert!(error.contains("f32, bf16, int8 or mixed"), "{error}");
        let error = parse(&["--dim", "0"]).unwrap_err().to_string();
        assert!(error.contains("a number from 1 or `all`"), "{error}");
        let error = parse(&["--max-tokens", "all"]).unwrap_err().to_string();
        assert!(error.contains("a number from 1 or `model`"), "{error}");
    }

    #[test]
    fn devices_are_checked_while_parsing() {
        for (text, expected) in [
            ("cpu", Device::Cpu),
            ("cuda", Device::Cuda(0)),
            ("cuda:1", Device::Cuda(1)),
            ("metal:0", Device::Metal(0)),
        ] {
            assert_eq!(device(text), Ok(expected));
        }
        for text in ["", "gpu", "cpu:0", "cuda:", "cuda:x", "metal:-1"] {
            assert!(device(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn ids_are_checked_while_parsing() {
        let parsed = Arguments::try_parse_from(["kindred", "similar", "2603.22691v2"]).unwrap();
        assert!(matches!(parsed.command, Command::Similar(similar) if similar.ids.len() == 1));
        assert!(Arguments::try_parse_from(["kindred", "similar", "nonsense"]).is_err());
        assert!(Arguments::try_parse_from(["kindred", "similar"]).is_err());
    }
}
