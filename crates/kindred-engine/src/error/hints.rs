//! What may help, error by error.

use std::path::Path;

use kindred_core::{PaperId, close_names};
use kindred_embed::{BuiltIn, Device, ModelError};
use kindred_fetch::FetchError;

use super::EngineError;
use crate::choice::ModelOrigin;

impl EngineError {
    /// Returns what may help, in the words of the command line.
    pub fn hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::NoLibrary { .. } => one(
                "`kindred import FILE...` makes one, `kindred demo` shows the program without one",
            ),
            Self::InUse { .. } => one("try again when it is done"),
            Self::UnknownPaper { close, .. } if close.is_empty() => {
                one("`kindred import FILE...` adds papers, `kindred search WORDS` finds them")
            }
            Self::UnknownPaper { close, .. } => vec![close_ids(close)],
            Self::NothingFollowed
            | Self::UnknownCategory { .. }
            | Self::WholeByQuery
            | Self::FutureDay { .. }
            | Self::Fetch(_) => self.following_hints(),
            Self::UnknownSet { name, known } if known.is_empty() => {
                vec![format!("`kindred set add {name} ID...` makes it")]
            }
            Self::UnknownSet { name, known } => vec![known_sets(name, known)],
            Self::UnknownRule { set, known, .. } if known.is_empty() => {
                vec![format!("`kindred set rule {set} --must WORD` adds one")]
            }
            Self::UnknownRule { known, .. } => vec![format!("there are {}", known.join(", "))],
            Self::AmbiguousRule { meant, .. } => vec![format!("it can be {}", meant.join(", "))],
            Self::ContradictoryRules { .. } => {
                one("no paper could be shown for both; leave one out, or `--remove` the other")
            }
            Self::NothingLiked { name } | Self::NothingElseLiked { name, .. } => {
                vec![format!("`kindred set add {name} ID...` adds one")]
            }
            Self::LikesNotEmbedded { name } => vec![format!(
                "`kindred embed` embeds what waits, `kindred set add {name} ID...` adds others"
            )],
            Self::UnknownTopic { .. }
            | Self::AmbiguousTopic { .. }
            | Self::TopicDied { .. }
            | Self::NoTopics { .. }
            | Self::SetTaken { .. }
            | Self::TopicQuery { .. } => self.topic_hints(),
            Self::NotRated { name, .. } => {
                vec![format!("`kindred set show {name}` lists its papers")]
            }
            Self::NeedsOwnRanker { options, .. } => vec![format!(
                "leave out {}, or rank by `--ranker kindred`",
                options.join(", ")
            )],
            Self::NoVector { .. } => one("`kindred embed` embeds what waits"),
            Self::NothingEmbedded { pending: 0, .. } => one(
                "`kindred import FILE...` adds papers, `kindred verify --repair` makes lost \
                 vectors again",
            ),
            Self::NothingEmbedded { .. } => one("`kindred embed` makes them"),
            Self::EncoderChanged { origin, .. } => changed_hints(origin),
            Self::UnknownModel { name, .. } => vec![fetch_hint(name)],
            Self::PartlyCached { name, folder } => partly_cached_hints(name, folder),
            Self::DeviceNotBuilt { feature, .. } => vec![not_built_hint(feature)],
            Self::DeviceDtype { name, device, .. } => vec![dtype_hint(name, *device)],
            Self::Model(error) => model_hints(error),
            Self::Replay(error) => error.hints(),
            Self::Trial(_) => one("its files may be damaged, or its tokenizer another model's"),
            Self::Store(_) => Vec::new(),
            Self::Index(_) => {
                one("`kindred verify` names every fault, `kindred verify --repair` rebuilds")
            }
            Self::SetName(_)
            | Self::Query(_)
            | Self::Stopped
            | Self::Io(_)
            | Self::Ingest(_)
            | Self::Rank(_)
            | Self::Topics(_)
            | Self::Setting { .. }
            | Self::Vector(_) => Vec::new(),
            #[cfg(feature = "hub")]
            Self::Hub(error) => hub_hints(error),
        }
    }

    /// Those of topics.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others have hints of their own"
    )]
    fn topic_hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::UnknownTopic { close, .. } if close.is_empty() => {
                one("`kindred topics tree` lists the topics with their numbers")
            }
            Self::UnknownTopic { close, .. } => vec![format!("there are {}", close.join(", "))],
            Self::AmbiguousTopic { .. } => one("name it by its number"),
            Self::TopicDied { .. } => one(
                "`kindred topics diff --since DAY` says where its papers went, `kindred topics \
                 tree` what there is",
            ),
            Self::NoTopics { .. } => one("`kindred topics` with the same options groups them"),
            Self::SetTaken { name } => {
                vec![format!(
                    "choose another name, or `kindred set delete {name}` first"
                )]
            }
            Self::TopicQuery { .. } => {
                one("write words, \"phrases\", author:NAME, title:WORD, -without")
            }
            _ => Vec::new(),
        }
    }

    /// What may help where following arXiv failed.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "asked only of the errors of following"
    )]
    fn following_hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NothingFollowed => "`kindred sync --category cs.DC` follows a category and \
                 fetches its last four weeks; more than one may be given"
                .to_owned(),
            Self::UnknownCategory { category, close } if close.is_empty() => format!(
                "`kindred sync --unfollow {category}` follows it no longer, if it was followed"
            ),
            Self::UnknownCategory { close, .. } => {
                let names: Vec<String> = close.iter().map(|name| format!("`{name}`")).collect();
                format!("close to it are {}", names.join(", "))
            }
            Self::WholeByQuery => "leave out `--by query`, or follow categories; \
                 `kindred sync --unfollow all` follows all of arXiv no longer"
                .to_owned(),
            Self::FutureDay { today, .. } => format!("name a day up to {today}"),
            Self::Fetch(error) => return fetch_hints(error),
            _ => return Vec::new(),
        };
        vec![hint]
    }
}

/// Says what helps where a service cannot be asked; what was fetched before is kept in any case.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest says itself what is the matter"
)]
fn fetch_hints(error: &FetchError) -> Vec<String> {
    let again = "what was fetched is kept; the same command goes on from there";
    let text = match error {
        FetchError::HostNotFound { .. } => {
            format!("is this machine connected to a network? {again}")
        }
        FetchError::Connect { .. } => format!("a firewall may be in the way; {again}"),
        FetchError::Proxy { .. } => format!(
            "the proxy is named by HTTPS_PROXY or ALL_PROXY, NO_PROXY lists hosts that need none; \
             {again}"
        ),
        FetchError::Tls { .. } => format!(
            "a wrong clock or a proxy that opens connections makes certificates invalid; {again}"
        ),
        FetchError::Forbidden { state, .. } => format!(
            "arXiv takes further requests for an attack; once the cause is gone, removing \
             `{state}` ends the pause early"
        ),
        FetchError::Contact { .. } => "such as `--contact reader@example.org`".to_owned(),
        FetchError::Stopped => return Vec::new(),
        _ => again.to_owned(),
    };
    vec![text]
}

fn known_sets(name: &str, known: &[String]) -> String {
    let all = format!("there are {}", known.join(", "));
    match close_names(name, known.iter().cloned()).first() {
        Some(close) if known.len() > 1 => format!("did you mean `{close}`? {all}"),
        _ => all,
    }
}

fn close_ids(close: &[PaperId]) -> String {
    let ids: Vec<String> = close.iter().map(|id| format!("`{}`", id.short())).collect();
    format!("close to it are {}", ids.join(", "))
}

/// What to do about vectors that were made with other files of the encoder than there are now.
fn changed_hints(origin: &ModelOrigin) -> Vec<String> {
    match origin {
        ModelOrigin::BuiltIn(_) => {
            let [first, second] =
                BuiltIn::ALL.map(|built_in| format!("`kindred models use {built_in}`"));
            vec![format!(
                "{first} or {second} embeds the library's papers anew; nothing else is lost"
            )]
        }
        ModelOrigin::Folder(folder) => vec![format!(
            "`kindred models use {}` embeds the library's papers anew with the files that are \
             there now",
            folder.display()
        )],
    }
}

/// Says how a model of the hub, its revision behind an `@` where there is one, is had.
fn fetch_hint(model: &str) -> String {
    if !cfg!(feature = "hub") {
        return "put its files into one folder, then `kindred models use FOLDER`".to_owned();
    }
    let (name, revision) = model.split_once('@').unwrap_or((model, ""));
    let revision = match revision {
        "" => String::new(),
        revision => format!(" --revision {revision}"),
    };
    format!("`kindred models pull {name}{revision}` fetches it")
}

/// Says what can be done with a model of which the cache holds a part.
fn partly_cached_hints(name: &str, folder: &Path) -> Vec<String> {
    let use_it = format!(
        "`kindred models use {}` takes what is there, with mean pooling",
        folder.display()
    );
    vec![fetch_hint(name), use_it]
}

/// Names the argument that sets an option which does not fit.
fn model_hints(error: &ModelError) -> Vec<String> {
    let ModelError::Option {
        option, expected, ..
    } = error
    else {
        return Vec::new();
    };
    let argument = match *option {
        "truncate_dimension" => "--dim",
        "max_tokens" => "--max-tokens",
        _ => return Vec::new(),
    };
    vec![format!("`{argument}` of this model takes {expected}")]
}

#[cfg(feature = "hub")]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest says itself what to do"
)]
fn hub_hints(error: &kindred_embed::HubError) -> Vec<String> {
    use kindred_embed::HubError;

    let by_hand = || {
        let files: Vec<String> = kindred_embed::files_of_a_model()
            .iter()
            .map(|file| format!("`{file}`"))
            .collect();
        format!(
            "by hand: put what the model has of {} into one folder, then `kindred models use \
             FOLDER`",
            files.join(", ")
        )
    };
    match error {
        HubError::Network { .. } => vec![
            "the same command goes on where it stopped; HF_ENDPOINT names another hub, \
             HTTPS_PROXY a proxy"
                .to_owned(),
            by_hand(),
        ],
        HubError::Offline { id, .. } => vec![
            format!("`kindred models use {id}` takes it from the cache of the Python tools"),
            by_hand(),
        ],
        HubError::Authentication { .. } => vec![
            "set HF_TOKEN to a token of an account that may read it, after accepting the \
             conditions on the model's page if it has any"
                .to_owned(),
        ],
        HubError::Checksum { .. } => {
            vec!["the same command fetches it again; a proxy may have changed it".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn not_built_hint(feature: &str) -> String {
    format!(
        "`cargo build --release --features {feature}` builds it in; leave out `--device` and \
         KINDRED_DEVICE to compute on the processor"
    )
}

fn dtype_hint(name: &str, device: Device) -> String {
    format!(
        "`--device cpu` goes on as before; `kindred models use {name} --dtype f32 --device \
         {device}` embeds the library's papers anew"
    )
}
