//! Topics of papers whose categories are known: ours beside `BERTopic`, HDBSCAN and k-means.
//!
//! The sets with their vectors lie in one folder, so that every method reads the same numbers in
//! the same order; `benches/topics/run.sh` leaves the results of the peers beside them.

use std::path::Path;

use anyhow::Result;

use crate::vectors::VectorCache;

mod sets;

pub(crate) use sets::SetName;

/// Writes papers and vectors of each set to `folder/SET`.
pub(crate) fn export(
    data: &Path,
    (cache, encoder): (&VectorCache<'_>, &str),
    folder: &Path,
    names: &[SetName],
) -> Result<()> {
    for name in names {
        let papers = name.read(data)?;
        sets::export(&papers, (cache, encoder), &folder.join(name.as_str()))?;
    }
    Ok(())
}
