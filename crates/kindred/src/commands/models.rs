//! `models`.

use std::io;

use anyhow::Result;
use kindred_engine::{EngineError, Library, ModelFacts, ModelOrigin, ModelShelf};
use serde::Serialize;

use super::import::{EmbedAnswer, run_embed};
use crate::arguments::ModelsAction;
use crate::exit::Outcome;
use crate::output::{Screen, bytes, plural};
use crate::session::Session;

/// What `models use` answers.
#[derive(Debug, Serialize)]
struct UseAnswer {
    name: String,
    fingerprint: String,
    dimension: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    embed: Option<EmbedAnswer>,
}

pub(crate) fn models(session: &Session, action: ModelsAction) -> Result<Outcome> {
    let shelf = ModelShelf::new(&session.paths.models);
    match action {
        ModelsAction::List => list(session, &shelf),
        #[cfg(feature = "hub")]
        ModelsAction::Pull { id, revision } => pull(session, &shelf, &id, &revision),
        ModelsAction::Use { model, no_embed } => use_model(session, &shelf, &model, no_embed),
        ModelsAction::Show { model } => show(session, &shelf, model.as_deref()),
    }
}

fn list(session: &Session, shelf: &ModelShelf) -> Result<Outcome> {
    let models = shelf.list(choice(session)?.as_ref())?;
    session.print(&models, |models, screen| {
        for model in models {
            let mark = if model.in_use { "*" } else { " " };
            let about = match (&model.facts, &model.fault) {
                (Some(facts), _) => format!(
                    "{}, {} dimensions, {}",
                    facts.family.as_str(),
                    facts.dimension,
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

/// Returns the encoder that the library uses, if there is a library.
fn choice(session: &Session) -> Result<Option<kindred_engine::EncoderChoice>> {
    match Library::open_read_only(&session.paths.library) {
        Ok(library) => Ok(Some(library.encoder_choice()?)),
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
    let facts = ModelShelf::inspect(&ModelOrigin::Folder(folder))?;
    session.print(&facts, print_facts)?;
    session.note(&format!(
        "`kindred models use {id}` embeds a library with it"
    ));
    Ok(Outcome::Fine)
}

fn use_model(
    session: &Session,
    shelf: &ModelShelf,
    model: &str,
    no_embed: bool,
) -> Result<Outcome> {
    let origin = shelf.find(model)?;
    // A model that cannot be used makes no library.
    ModelShelf::inspect(&origin)?;
    let mut library = session.create()?;
    let choice = library.use_encoder(&origin)?;
    let embed = if no_embed {
        None
    } else {
        Some(EmbedAnswer::from(&run_embed(session, &mut library)?))
    };
    let answer = UseAnswer {
        name: choice.name,
        fingerprint: choice.fingerprint.to_string(),
        dimension: choice.dimension,
        embed,
    };
    session.print(&answer, |answer, screen| {
        screen.line(&format!(
            "using {}, {} dimensions",
            answer.name, answer.dimension
        ))?;
        answer
            .embed
            .as_ref()
            .map_or(Ok(()), |embed| super::import::print_embed(embed, screen))
    })?;
    Ok(Outcome::Fine)
}

fn show(session: &Session, shelf: &ModelShelf, model: Option<&str>) -> Result<Outcome> {
    let origin = match model {
        Some(model) => shelf.find(model)?,
        None => choice(session)?.map_or(ModelOrigin::BuiltIn, |choice| choice.origin),
    };
    let facts = ModelShelf::inspect(&origin)?;
    session.print(&facts, print_facts)?;
    Ok(Outcome::Fine)
}

fn print_facts(facts: &ModelFacts, screen: &mut Screen<'_>) -> io::Result<()> {
    screen.fact("name", &facts.name)?;
    screen.fact("family", facts.family.as_str())?;
    if facts.layers > 0 {
        screen.fact(
            "layers",
            &format!("{}, hidden size {}", facts.layers, facts.hidden),
        )?;
    }
    screen.fact("dimensions", &facts.dimension.to_string())?;
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
