//! `models`.

use std::io;

use anyhow::Result;
use kindred_engine::{
    Device, Dtype, EncoderChoice, EncoderOptions, EngineError, HubCache, Library, ModelFacts,
    ModelOrigin, ModelShelf, PreparedEncoder,
};
use serde::Serialize;

use super::import::{EmbedAnswer, run_embed};
use crate::arguments::{EncoderArguments, ModelsAction};
use crate::exit::Outcome;
use crate::output::{Screen, bytes, plural};
use crate::session::Session;

/// What is said of the number type of a transformer that a library never used.
const OPEN_DTYPE: &str = "numbers chosen when first used";

/// What is added where a library's vectors were made with other files of an encoder.
const CHANGED: &str = ", changed since it was used";

/// What `models use` answers.
#[derive(Debug, Serialize)]
struct UseAnswer {
    name: String,
    fingerprint: String,
    dimension: usize,
    dtype: Dtype,
    #[serde(skip_serializing_if = "Option::is_none")]
    embed: Option<EmbedAnswer>,
}

/// What `models show` answers.
#[derive(Debug, Serialize)]
struct ShowAnswer {
    #[serde(flatten)]
    facts: ModelFacts,
    #[serde(skip_serializing_if = "Option::is_none")]
    dtype: Option<Dtype>,
}

pub(crate) fn models(session: &Session, action: ModelsAction) -> Result<Outcome> {
    let shelf = ModelShelf::new(&session.paths.models).with_cache(HubCache::of_user());
    match action {
        ModelsAction::List => list(session, &shelf),
        #[cfg(feature = "hub")]
        ModelsAction::Pull { id, revision } => pull(session, &shelf, &id, &revision),
        ModelsAction::Use {
            model,
            options,
            no_embed,
        } => {
            let origin = shelf.find(&model)?;
            use_model(session, &origin, options, no_embed)
        }
        ModelsAction::Show { model } => show(session, &shelf, model.as_deref()),
    }
}

fn list(session: &Session, shelf: &ModelShelf) -> Result<Outcome> {
    let models = shelf.list(library(session)?.as_ref())?;
    session.print(&models, |models, screen| {
        for model in models {
            let mark = if model.in_use { "*" } else { " " };
            let changed = if model.has_changed { CHANGED } else { "" };
            let about = match (&model.facts, &model.fault) {
                (Some(facts), _) => format!(
                    "{}, {} dimensions, {}, {}{changed}",
                    facts.family.as_str(),
                    facts.dimension,
                    model.dtype.map_or(OPEN_DTYPE, Dtype::as_str),
                    bytes(facts.bytes)
                ),
                (None, Some(fault)) => format!("unusable: {fault}"),
                (None, None) => String::new(),
            };
            screen.line(&format!("{mark} {:<44} {about}", model.name))?;
        }
        Ok(())
    })?;
    Ok(Outcome::Fine)
}

/// Opens the library for reading, if there is one.
fn library(session: &Session) -> Result<Option<Library>> {
    match Library::open_read_only(&session.paths.library) {
        Ok(library) => Ok(Some(library)),
        Err(EngineError::NoLibrary { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(feature = "hub")]
fn pull(session: &Session, shelf: &ModelShelf, id: &str, revision: &str) -> Result<Outcome> {
    use crate::exit::UsageError;

    let id: kindred_engine::ModelId = id.parse().map_err(|error| UsageError {
        message: format!("`{id}` is not a model name: {error}"),
        hint: Some("such as sentence-transformers/all-MiniLM-L6-v2".to_owned()),
    })?;
    let folder = session.with_control(|control| shelf.pull(&id, revision, control))?;
    let (facts, dtype) = ModelShelf::show(&ModelOrigin::Folder(folder), None)?;
    session.print(&ShowAnswer { facts, dtype }, print_facts)?;
    session.note(&format!(
        "`kindred models use {id}` embeds a library with it"
    ));
    Ok(Outcome::Fine)
}

fn use_model(
    session: &Session,
    origin: &ModelOrigin,
    arguments: EncoderArguments,
    no_embed: bool,
) -> Result<Outcome> {
    let asked = EncoderOptions {
        dtype: arguments.dtype,
        dimension: arguments.dim,
        max_tokens: arguments.max_tokens,
    };
    let before = match library(session)? {
        Some(library) => library.encoder_options(origin)?,
        None => EncoderOptions::default(),
    };
    // Loaded before anything is written: a model that cannot be used makes no library.
    let wanted = asked.or(before);
    let prepared = PreparedEncoder::load(origin, wanted, session.device)?;
    let choice = prepared.choice().clone();
    note_dtype(session, wanted.dtype, &choice);
    for note in prepared.notes() {
        session.note(&format!("{}: {note}", choice.name));
    }
    let mut library = session.create()?;
    library.use_prepared(prepared)?;
    let embed = if no_embed {
        None
    } else {
        Some(EmbedAnswer::from(&run_embed(session, &mut library)?))
    };
    let answer = UseAnswer {
        name: choice.name,
        fingerprint: choice.fingerprint.to_string(),
        dimension: choice.dimension,
        dtype: choice.dtype,
        embed,
    };
    session.print(&answer, |answer, screen| {
        screen.line(&format!(
            "using {}, {} dimensions, {}",
            answer.name, answer.dimension, answer.dtype
        ))?;
        answer
            .embed
            .as_ref()
            .map_or(Ok(()), |embed| super::import::print_embed(embed, screen))
    })?;
    Ok(Outcome::Fine)
}

/// Says so where an encoder does not compute in what was asked for.
fn note_dtype(session: &Session, asked: Option<Dtype>, choice: &EncoderChoice) {
    if asked.is_none_or(|asked| asked == choice.dtype) {
        return;
    }
    let reason = match session.device {
        Device::Cpu => format!("{} has no transformer", choice.name),
        device @ (Device::Cuda(_) | Device::Metal(_)) => format!("this is device {device}"),
    };
    session.note(&format!(
        "{reason}: it computes in {} whatever is asked for",
        choice.dtype
    ));
}

fn show(session: &Session, shelf: &ModelShelf, model: Option<&str>) -> Result<Outcome> {
    let library = library(session)?;
    let origin = match (model, &library) {
        (Some(model), _) => shelf.find(model)?,
        (None, Some(library)) => library.encoder_choice()?.origin,
        (None, None) => ModelOrigin::default(),
    };
    let (facts, dtype) = ModelShelf::show(&origin, library.as_ref())?;
    session.print(&ShowAnswer { facts, dtype }, print_facts)?;
    Ok(Outcome::Fine)
}

fn print_facts(answer: &ShowAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let facts = &answer.facts;
    screen.fact("name", &facts.name)?;
    screen.fact("family", facts.family.as_str())?;
    if facts.layers > 0 {
        screen.fact(
            "layers",
            &format!("{}, hidden size {}", facts.layers, facts.hidden),
        )?;
    }
    screen.fact("dimensions", &facts.dimension.to_string())?;
    let numbers = answer.dtype.map_or(OPEN_DTYPE, Dtype::as_str);
    screen.fact("computes in", numbers)?;
    let reads = facts.max_tokens.map_or_else(
        || "whole texts".to_owned(),
        |tokens| format!("at most {}", plural(tokens as u64, "token")),
    );
    screen.fact("reads", &reads)?;
    screen.fact("size", &bytes(facts.bytes))?;
    if let Some(license) = &facts.license {
        screen.fact("licence", license)?;
    }
    for note in &facts.notes {
        screen.fact("note", note)?;
    }
    screen.fact("fingerprint", facts.fingerprint.as_str())
}
