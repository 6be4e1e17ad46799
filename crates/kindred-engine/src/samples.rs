//! Papers for tests.

use kindred_core::{Paper, Record, SourceKind, Version};
use kindred_store::ImportBatch;

use crate::Library;

/// A paper with one version of this day.
pub(crate) fn paper(id: &str, title: &str, abstract_text: &str, day: &str) -> Paper {
    Paper {
        id: id.parse().unwrap(),
        title: title.into(),
        abstract_text: abstract_text.into(),
        authors: vec!["Ada Example".into()],
        categories: vec!["cs.LG".parse().unwrap()],
        versions: vec![Version {
            number: 1,
            date: Some(day.parse().unwrap()),
        }],
        comments: None,
        journal_ref: None,
        doi: None,
        license: None,
        venue: None,
        keywords: Vec::new(),
        withdrawn: false,
        source: SourceKind::Query,
    }
}

/// Stores records.
pub(crate) fn store(library: &mut Library, records: &[Record]) {
    let batch = ImportBatch {
        records,
        progress: None,
    };
    library.store.import(&batch).unwrap();
}
