//! Topics of papers whose categories are known: ours beside `BERTopic`, HDBSCAN and k-means.
//!
//! The sets with their vectors lie in one folder, so that every method reads the same numbers in
//! the same order; `benches/topics/run.sh` leaves the results of the peers beside them.

use std::path::Path;

use anyhow::Result;
use kindred_benches::TopicSet;
use kindred_core::{Role, paper_text};

use crate::vectors::VectorCache;

mod agreement;
mod cost;
mod methods;
mod sets;
mod stability;

pub(crate) use sets::SetName;

/// Writes papers and vectors of each set to `folder/SET` where they are not there.
pub(crate) fn export(
    data: &Path,
    (cache, encoder): (&VectorCache<'_>, &str),
    folder: &Path,
    names: &[SetName],
) -> Result<()> {
    for name in names {
        let own = folder.join(name.as_str());
        if own.join("meta.json").exists() {
            continue;
        }
        let papers = name.draw(data)?;
        let texts: Vec<String> = papers
            .iter()
            .map(|paper| paper_text(&paper.title, &paper.abstract_text))
            .collect();
        let set = TopicSet {
            vectors: cache.encode(&texts, Role::Document)?,
            papers,
            encoder: encoder.to_owned(),
        };
        set.write(&own)?;
    }
    Ok(())
}

/// Prints the tables of each set that lies in `folder`.
#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
pub(crate) fn run(folder: &Path, names: &[SetName]) -> Result<()> {
    for name in names.iter().filter(|name| name.has_gold()) {
        let set = TopicSet::read(&folder.join(name.as_str()))?;
        let mut all = methods::ours(&set, name.as_str())?;
        let (peers, absent) = methods::peers(folder, name.as_str())?;
        all.extend(peers);
        let encoder = &set.encoder;
        println!("### Topics of `{}` ({encoder})\n", name.as_str());
        println!("{}", agreement::table(&set, &all));
        println!("{}", stability::table(&all));
        for line in absent {
            println!("{line}");
        }
    }
    println!("{}", cost::table(folder, names)?);
    Ok(())
}
