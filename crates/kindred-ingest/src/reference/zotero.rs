//! Zotero's own database, read from a copy.
//!
//! Source: `resource/schema/userdata.sql` of Zotero 5 to 7. Zotero holds its database locked and
//! may write at any moment, so the file and its journals are copied into a folder of their own,
//! again if one of them changed meanwhile, and only the copy is opened: recovery happens there and
//! nothing is written beside the original. The file is as untrusted as any other: no views, no
//! triggers, no functions of its schema are run.

mod database;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;

use self::database::{Database, Item};
use super::draft::{Collector, ReferenceDraft};
use super::{ReferenceFormat, ReferenceOptions, ReferencePlace, References};
use crate::IngestError;

/// Times that a copy is tried while Zotero writes.
const COPIES: usize = 5;
/// Files beside a database in which transactions may stand that are not in it yet.
const JOURNALS: [&str; 2] = ["-wal", "-journal"];

/// Reads the items of a database, trash, notes, attachments and feeds left out.
pub(super) fn read(path: &Path, options: &ReferenceOptions) -> Result<References, IngestError> {
    let input = path.display().to_string();
    let read_error = |source| IngestError::Read {
        input: input.clone(),
        source,
    };
    let copy = copy(path).map_err(read_error)?;
    let failed = |source| IngestError::Database {
        input: input.clone(),
        source,
    };
    let database = Database::open(&copy.file).map_err(failed)?;
    if let Some(table) = database.missing_table().map_err(failed)? {
        return Err(IngestError::ForeignDatabase { input, table });
    }
    let wanted = if options.collections.is_empty() {
        None
    } else {
        Some(chosen(&database, options, &input)?)
    };
    let mut collector = Collector::new(&options.limits);
    let mut fields = database.fields().map_err(failed)?;
    let mut creators = database.creators().map_err(failed)?;
    for item in database.items().map_err(failed)? {
        if wanted
            .as_ref()
            .is_some_and(|items| !items.contains(&item.number))
        {
            continue;
        }
        let place = ReferencePlace::Item(item.key.clone());
        if collector.is_full(&place) {
            break;
        }
        let fields = fields.remove(&item.number).unwrap_or_default();
        let authors = creators.remove(&item.number).unwrap_or_default();
        collector.add(place, &draft(&item, &fields, authors));
    }
    Ok(collector.finish(ReferenceFormat::Zotero))
}

/// A copied database; its folder vanishes with the value.
struct Copy {
    file: PathBuf,
    _folder: TempDir,
}

/// Copies a database with its journals, once more if one of them changed meanwhile.
fn copy(path: &Path) -> io::Result<Copy> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("zotero.sqlite");
    for _ in 0..COPIES {
        let before = state(path)?;
        fs_err::copy(path, &file)?;
        for journal in JOURNALS {
            let (from, to) = (beside(path, journal), beside(&file, journal));
            match fs_err::copy(from, &to) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    // One of an earlier try must not stay beside a newer database.
                    match fs_err::remove_file(&to) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                        _ => {}
                    }
                }
                Err(error) => return Err(error),
            }
        }
        if state(path)? == before {
            return Ok(Copy {
                file,
                _folder: folder,
            });
        }
    }
    Err(io::Error::other(format!(
        "it changed during each of {COPIES} copies; try again when Zotero is idle or closed"
    )))
}

/// Sizes and times of a database and its journals.
fn state(path: &Path) -> io::Result<Vec<Option<(u64, SystemTime)>>> {
    let of = |path: PathBuf| match fs_err::metadata(path) {
        Ok(metadata) => Ok(Some((metadata.len(), metadata.modified()?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    std::iter::once(path.to_owned())
        .chain(JOURNALS.map(|journal| beside(path, journal)))
        .map(of)
        .collect()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The items of the collections that were asked for, and of those within them.
fn chosen(
    database: &Database,
    options: &ReferenceOptions,
    input: &str,
) -> Result<BTreeSet<i64>, IngestError> {
    let failed = |source| IngestError::Database {
        input: input.to_owned(),
        source,
    };
    let collections = database.collections().map_err(failed)?;
    let mut wanted = BTreeSet::new();
    for name in &options.collections {
        let found: Vec<i64> = collections
            .iter()
            .filter(|(_, collection)| {
                let path = path_of(&collections, collection.parent, &collection.name);
                is_same(&collection.name, name) || is_same(&path, name)
            })
            .map(|(number, _)| *number)
            .collect();
        if found.is_empty() {
            let known = collections
                .values()
                .map(|collection| path_of(&collections, collection.parent, &collection.name));
            return Err(IngestError::UnknownCollection {
                input: input.to_owned(),
                name: name.clone(),
                known: known.collect(),
            });
        }
        wanted.extend(found);
    }
    // Collections come in no order of depth, so they are gone through until nothing is new.
    loop {
        let within: Vec<i64> = collections
            .iter()
            .filter(|(number, collection)| {
                collection
                    .parent
                    .is_some_and(|parent| wanted.contains(&parent))
                    && !wanted.contains(number)
            })
            .map(|(number, _)| *number)
            .collect();
        if within.is_empty() {
            break;
        }
        wanted.extend(within);
    }
    database.items_in(&wanted).map_err(failed)
}

/// A collection's name behind those that it lies in, such as `Thesis/Methods`.
fn path_of(
    collections: &BTreeMap<i64, database::Collection>,
    mut parent: Option<i64>,
    name: &str,
) -> String {
    /// More than anybody nests; ends a damaged chain that leads back into itself.
    const DEEPEST: usize = 32;
    let mut path = name.to_owned();
    for _ in 0..DEEPEST {
        let Some(above) = parent.and_then(|number| collections.get(&number)) else {
            break;
        };
        path = format!("{}/{path}", above.name);
        parent = above.parent;
    }
    path
}

fn is_same(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

/// What the fields of an item say of a paper.
fn draft(item: &Item, fields: &BTreeMap<String, String>, authors: Vec<String>) -> ReferenceDraft {
    let first = |names: &[&str]| {
        let found = names.iter().find_map(|name| fields.get(*name));
        found.cloned().unwrap_or_default()
    };
    let hints = [
        "archiveID",
        "extra",
        "number",
        "reportNumber",
        "archiveLocation",
        "publicationTitle",
        "repository",
        "archive",
        "volume",
        "series",
    ];
    ReferenceDraft {
        key: item.key.clone(),
        title: first(&["title", "caseName", "nameOfAct", "subject"]),
        authors,
        abstract_text: first(&["abstractNote"]),
        date: first(&["date", "issueDate"]),
        venue: first(&[
            "publicationTitle",
            "proceedingsTitle",
            "conferenceName",
            "bookTitle",
            "repository",
            "publisher",
        ]),
        doi: first(&["DOI"]),
        url: first(&["url"]),
        hints: hints
            .iter()
            .filter_map(|name| fields.get(*name).cloned())
            .collect(),
        added: item.added,
        ..ReferenceDraft::default()
    }
}
