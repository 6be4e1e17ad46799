//! What is to be read: files that were sent, pasted text, files of this machine.
//!
//! What was sent lies in a folder of its own within the library's, under numbers and never under
//! names that a browser gave, and vanishes with the value.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use fs_err::File;
use jiff::SignedDuration;
use kindred_engine::{Input, ReferenceReview, Timestamp};
use tempfile::TempDir;

use super::inputs;
use crate::app::App;
use crate::error::Failure;
use crate::signed::{TOKEN_FIELD, check_token};

/// Most bytes of a form with files.
pub(super) const MAX_FILE: usize = 64 << 20;
/// Most files of one form.
const MOST_FILES: usize = 16;
/// Most bytes of a field that is no file.
const SHORT: usize = 256;
/// Most letters of a file's name that are shown.
const NAME: usize = 80;
/// What folders of what was sent begin with.
const PREFIX: &str = "page-import-";
/// How long they stay when their server was killed: nobody can be sending for so long.
const LEFT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Start of every SQLite file.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What is to be read.
#[derive(Debug)]
pub(super) struct Received {
    /// Where each input lies and what it is called.
    files: Vec<(PathBuf, String)>,
    /// Folder that vanishes when all was read.
    _folder: Option<TempDir>,
}

impl Received {
    /// Text that was pasted.
    pub(super) fn text(app: &App, text: &str) -> Result<Self, Failure> {
        let folder = folder(app)?;
        let path = folder.path().join("0");
        fs_err::write(&path, text).map_err(failed)?;
        Ok(Self {
            files: vec![(path, "pasted text".to_owned())],
            _folder: Some(folder),
        })
    }

    pub(super) fn inputs(&self) -> Vec<Input> {
        inputs(self.files.iter().map(|(path, _)| path.clone()))
    }

    /// What all of it is called.
    pub(super) fn name(&self) -> String {
        match self.files.as_slice() {
            [] => "nothing".to_owned(),
            [(_, name)] => name.clone(),
            [(_, name), others @ ..] => format!("{name} and {} more", others.len()),
        }
    }

    /// A message with what inputs are called instead of where they lie.
    pub(super) fn renamed(&self, text: &str) -> String {
        self.files
            .iter()
            .fold(text.to_owned(), |text, (path, name)| {
                text.replace(&path.display().to_string(), name)
            })
    }

    /// Gives the inputs of a review the names that people know.
    pub(super) fn rename(&self, review: &mut ReferenceReview) {
        for input in &mut review.inputs {
            input.input = self.renamed(&input.input);
            let failure = input.failure.as_deref();
            input.failure = failure.map(|failure| self.renamed(failure));
        }
        for reference in &mut review.references {
            reference.input = self.renamed(&reference.input);
            let first = reference.duplicate_of.as_deref();
            reference.duplicate_of = first.map(|first| self.renamed(first));
        }
    }
}

/// Takes the files of a form, whose first field has to be the token; nothing after it is read
/// before it was checked.
pub(super) async fn files(app: &Arc<App>, request: Request) -> Result<Received, Failure> {
    let mut form = Multipart::from_request(request, app)
        .await
        .or(Err(Failure::Forbidden(
            "expected a form with files of this server",
        )))?;
    let first = form.next_field().await.map_err(|error| cut(&error))?;
    let token = match first {
        Some(field) if field.name() == Some(TOKEN_FIELD) => short(field).await?,
        Some(_) | None => None,
    };
    check_token(app, token.as_deref())?;
    let folder = folder(app)?;
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| cut(&error))? {
        let Some(name) = field.file_name().map(shown_name) else {
            short(field).await?;
            continue;
        };
        if files.len() >= MOST_FILES {
            let message = format!("more than {MOST_FILES} files; send the others afterwards");
            return Err(Failure::bad(message));
        }
        let path = folder.path().join(files.len().to_string());
        if save(field, &path).await? > 0 {
            files.push((path, name));
        }
    }
    if files.is_empty() {
        return Err(Failure::bad("no file was chosen, or it is empty"));
    }
    Ok(Received {
        files,
        _folder: Some(folder),
    })
}

/// Reads a field that is no file; `None` if it is longer than such a field can be.
async fn short(mut field: Field<'_>) -> Result<Option<String>, Failure> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| cut(&error))? {
        if text.len() + chunk.len() > SHORT {
            return Ok(None);
        }
        text.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(text).ok())
}

/// Writes a file as it comes in: pieces of some kilobytes, which the system takes at once.
async fn save(mut field: Field<'_>, path: &Path) -> Result<u64, Failure> {
    let mut file = File::create(path).map_err(failed)?;
    let mut length = 0;
    while let Some(chunk) = field.chunk().await.map_err(|error| cut(&error))? {
        length += chunk.len() as u64;
        file.write_all(&chunk).map_err(failed)?;
    }
    Ok(length)
}

/// Zotero's database: a file, or that in a folder.
pub(super) async fn zotero(app: &App, typed: &str) -> Result<Received, Failure> {
    let path = own_path(app, typed)?;
    beside(move || database(path)).await
}

fn database(mut path: PathBuf) -> Result<Received, Failure> {
    if path.is_dir() {
        path.push("zotero.sqlite");
    }
    let bad = |message: String| Failure::Bad {
        message,
        hint: Some(
            "Zotero names its folder under Settings, Advanced, Files and Folders; \
             usually it is `~/Zotero`"
                .to_owned(),
        ),
    };
    check_file(&path).map_err(bad)?;
    let mut start = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(SQLITE.len() as u64).read_to_end(&mut start))
        .map_err(|error| bad(error.to_string()))?;
    if start != SQLITE {
        let message = format!("`{}` is no database of Zotero", path.display());
        return Err(bad(message));
    }
    Ok(of_this_machine(&path))
}

/// A file of papers on this machine.
pub(super) async fn local(app: &App, typed: &str) -> Result<Received, Failure> {
    let path = own_path(app, typed)?;
    beside(move || {
        check_file(&path).map_err(Failure::bad)?;
        Ok(of_this_machine(&path))
    })
    .await
}

/// Says what is wrong with a path that is no file. Whoever opens a pipe waits for somebody to write to
/// it.
fn check_file(path: &Path) -> Result<(), String> {
    let metadata = fs_err::metadata(path).map_err(|error| error.to_string())?;
    if metadata.is_file() {
        Ok(())
    } else {
        Err(format!("`{}` is no file", path.display()))
    }
}

/// Looks at a path beside the threads that answer: it may lie on a disk that is slow or gone.
async fn beside(
    look: impl FnOnce() -> Result<Received, Failure> + Send + 'static,
) -> Result<Received, Failure> {
    let looked = tokio::task::spawn_blocking(look).await;
    looked.unwrap_or(Err(Failure::Panic))
}

fn of_this_machine(path: &Path) -> Received {
    Received {
        files: vec![(path.to_owned(), shown_name(&path.to_string_lossy()))],
        _folder: None,
    }
}

/// Reads a path that was typed; refused where other machines may have sent it.
fn own_path(app: &App, typed: &str) -> Result<PathBuf, Failure> {
    if app.hosts.is_remote {
        return Err(Failure::Forbidden(
            "files of this machine are not read for others; send the file instead",
        ));
    }
    if typed.is_empty() {
        return Err(Failure::bad("no path was typed"));
    }
    let path = match (typed.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(typed),
    };
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(Failure::bad(format!(
            "`{typed}` is no whole path, expected one that begins with `/`, `~/` or a drive"
        )))
    }
}

fn folder(app: &App) -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(&app.options.library);
    made.map_err(failed)
}

/// Removes what servers left that were killed: folders of what was sent that are older than a day.
/// What cannot be removed stays for the next time.
pub(crate) fn sweep(library: &Path, now: Timestamp) {
    let Ok(entries) = fs_err::read_dir(library) else {
        return;
    };
    for entry in entries.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        let changed = changed.ok().and_then(|at| Timestamp::try_from(at).ok());
        let is_old = changed.is_some_and(|at| now.duration_since(at) > LEFT_FOR);
        if is_folder && is_ours && is_old {
            fs_err::remove_dir_all(entry.path()).ok();
        }
    }
}

/// The last part of a name that a browser gave, to be shown and for nothing else.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME)
        .collect();
    if plain.trim().is_empty() {
        "file".to_owned()
    } else {
        plain
    }
}

fn failed(error: std::io::Error) -> Failure {
    Failure::Engine(error.into())
}

fn cut(error: &MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Failure::TooLarge { limit: MAX_FILE }
    } else {
        Failure::bad(format!(
            "the form did not come whole: {}",
            error.body_text()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_without_folders_and_control_characters() {
        assert_eq!(shown_name("C:\\Users\\a\\refs.bib"), "refs.bib");
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
        assert_eq!(shown_name("a\u{7}\nb"), "ab");
        assert_eq!(shown_name("/"), "file");
        assert_eq!(shown_name(&"x".repeat(300)).len(), NAME);
    }
}
