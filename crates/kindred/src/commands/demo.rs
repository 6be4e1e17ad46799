//! `demo`: the whole job on the built-in model and the sample that the program carries.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use kindred_engine::{
    FeedQuery, FeedRanker, ImportRequest, Input, Library, ListOptions, Rating, Seeds, Selection,
    SetName, SimilarQuery, TopicsQuery,
};
use serde::Deserialize;

use super::feed::print_feed;
use super::find::print_similar;
use super::import::run_embed;
use super::sets::set_name;
use super::topics::print_topics;
use crate::arguments::DemoArguments;
use crate::exit::{Outcome, UsageError};
use crate::network::now;
use crate::session::Session;

/// The sample as arXiv's query service would send it.
const SAMPLE: &[u8] = include_bytes!("../../../../data/sample.atom.xml");
/// The sample's seed sets.
const SETS: [&str; 2] = [
    include_str!("../../../../data/sets/distributed-learning.json"),
    include_str!("../../../../data/sets/exoplanets.json"),
];
/// Results shown of each list.
const SHOWN: usize = 5;

/// A seed set of the sample.
#[derive(Debug, Deserialize)]
struct SampleSet {
    name: String,
    about: String,
    likes: Vec<kindred_engine::PaperId>,
    dislikes: Vec<kindred_engine::PaperId>,
}

/// Where the demo's library is, and the guard that removes it where it is not kept.
struct Place {
    folder: PathBuf,
    thrown_away: Option<tempfile::TempDir>,
}

pub(crate) fn demo(session: &Session, arguments: &DemoArguments) -> Result<Outcome> {
    let place = place(arguments.keep.as_deref())?;
    let mut library = Library::create(&place.folder)?.with_device(session.device);
    import_sample(session, &mut library, &place.folder)?;
    let sets: Vec<SampleSet> = SETS
        .iter()
        .map(|text| serde_json::from_str(text))
        .collect::<Result<_, _>>()
        .context("reading the sample's seed sets")?;
    let last_day = library
        .latest_day()?
        .context("the sample has no dated paper")?;
    show_similar(session, &library, &sets[0])?;
    for sample in &sets {
        show_feed(session, &mut library, sample, last_day)?;
    }
    show_topics(session, &mut library)?;
    if place.thrown_away.is_none() {
        let folder = place.folder.display();
        session.note(&format!(
            "the demo's library is kept: kindred --library {folder} stats"
        ));
    } else {
        session.note(
            "now yours: kindred import FILE..., then similar, search, set, feed, topics, map",
        );
    }
    Ok(Outcome::Fine)
}

fn place(keep: Option<&Path>) -> Result<Place> {
    if let Some(folder) = keep {
        if folder.join("kindred.db").exists() {
            let message = format!("`{}` holds a library already", folder.display());
            let hint = Some("--keep wants a new folder".to_owned());
            return Err(UsageError { message, hint }.into());
        }
        return Ok(Place {
            folder: folder.to_owned(),
            thrown_away: None,
        });
    }
    let folder = tempfile::Builder::new()
        .prefix("kindred-demo-")
        .tempdir()
        .context("making a folder for the demo's library")?;
    Ok(Place {
        folder: folder.path().to_owned(),
        thrown_away: Some(folder),
    })
}

fn import_sample(session: &Session, library: &mut Library, folder: &Path) -> Result<()> {
    let file = folder.join("sample.atom.xml");
    fs_err::write(&file, SAMPLE).context("writing the sample")?;
    let inputs = [Input::File(file)];
    let request = ImportRequest {
        inputs: &inputs,
        now: now()?,
    };
    let import = session.with_control(|control| library.import(&request, control))?;
    let embed = run_embed(session, library)?;
    let imported: u64 = import
        .inputs
        .iter()
        .map(|input| input.new + input.unchanged)
        .sum();
    session.screen(|screen| {
        screen.heading("$ kindred import sample.atom.xml")?;
        screen.line(&format!(
            "{imported} papers written for this demo; {} embedded in {:.2} s",
            embed.embedded,
            embed.encoding.as_secs_f64()
        ))?;
        screen.gap()
    })
}

fn show_similar(session: &Session, library: &Library, set: &SampleSet) -> Result<()> {
    let seed = set.likes[0].clone();
    let command = format!("$ kindred similar {}", seed.short());
    let answer = library.similar(&SimilarQuery {
        seeds: Seeds::Papers(vec![seed]),
        selection: Selection::default(),
        limit: SHOWN,
    })?;
    session.screen(|screen| {
        screen.heading(&command)?;
        print_similar(&answer, screen)?;
        screen.gap()
    })
}

fn show_feed(
    session: &Session,
    library: &mut Library,
    sample: &SampleSet,
    day: Date,
) -> Result<()> {
    let set: SetName = set_name(&sample.name)?;
    library.rate(&set, &sample.likes, Rating::Like, now()?)?;
    library.rate(&set, &sample.dislikes, Rating::Dislike, now()?)?;
    let answer = library.feed(&FeedQuery {
        set,
        as_of: day,
        since: day,
        categories: Vec::new(),
        limit: SHOWN,
        reasons: 1,
        ranker: FeedRanker::default(),
        list: ListOptions::default(),
    })?;
    session.screen(|screen| {
        screen.heading(&format!(
            "$ kindred feed {} --since {day} --as-of {day}   # {}",
            sample.name, sample.about
        ))?;
        print_feed(&answer, screen)?;
        screen.gap()
    })
}

fn show_topics(session: &Session, library: &mut Library) -> Result<()> {
    let query = TopicsQuery {
        level: Some(0),
        ..TopicsQuery::default()
    };
    let now = now()?;
    let answer = session.with_control(|control| library.topics(&query, now, control))?;
    session.screen(|screen| {
        screen.heading("$ kindred topics")?;
        print_topics(&answer, SHOWN, screen)?;
        screen.gap()
    })
}
