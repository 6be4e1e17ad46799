//! One id, address or title a line.

use kindred_core::{IdError, PaperId, VersionedId};

use super::draft::{Collector, ReferenceDraft};
use super::identify::{find_arxiv, find_doi};
use super::{ReferenceFault, ReferencePlace};
use crate::error::shorten;

/// Reads a list; blank lines and lines that begin with `#` are left out, marks of lists go.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    for (number, line) in (1..).zip(text.lines()) {
        let line = without_mark(line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = ReferencePlace::Line(number);
        if collector.is_full(&place) {
            return;
        }
        match entry(line) {
            Ok(draft) => collector.add(place, &draft),
            Err(fault) => collector.problem(place, fault),
        }
    }
}

fn without_mark(line: &str) -> &str {
    ["- ", "* ", "+ ", "• "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
        .unwrap_or(line)
        .trim_start()
}

fn entry(line: &str) -> Result<ReferenceDraft, ReferenceFault> {
    let is_one_word = !line.contains(char::is_whitespace);
    let parsed = line.parse::<VersionedId>();
    if let Ok(VersionedId { id, .. }) = &parsed {
        let is_doi =
            matches!(id, PaperId::Other { scheme, .. } if scheme.eq_ignore_ascii_case("doi"));
        if !is_doi {
            return Ok(ReferenceDraft {
                id: Some(id.clone()),
                ..ReferenceDraft::default()
            });
        }
    }
    if let Some(id) = find_arxiv(line) {
        return Ok(ReferenceDraft {
            id: Some(id),
            ..ReferenceDraft::default()
        });
    }
    if let Some(doi) = find_doi(line) {
        return Ok(ReferenceDraft {
            doi,
            ..ReferenceDraft::default()
        });
    }
    if is_one_word {
        let is_address = ["http://", "https://", "www."]
            .iter()
            .any(|start| line.starts_with(start));
        if is_address {
            let found = shorten(line);
            return Err(ReferenceFault::UnknownAddress { found });
        }
        if let Err(
            source @ (IdError::OutOfRange { .. }
            | IdError::BareNumber { .. }
            | IdError::UnknownArchive { .. }
            | IdError::TooLong { .. }),
        ) = parsed
        {
            return Err(ReferenceFault::Id { source });
        }
    }
    Ok(ReferenceDraft {
        title: line.to_owned(),
        ..ReferenceDraft::default()
    })
}
