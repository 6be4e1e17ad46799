//! The page with the doors.

use maud::{Markup, html};

use crate::app::{App, Facts};
use crate::error::Failure;
use crate::pages;
use crate::signed::MAX_BODY;
use crate::view::token;

/// What was typed, kept where it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) text: String,
    pub(super) zotero: String,
    pub(super) collections: String,
    pub(super) path: String,
}

pub(super) fn doors(
    (app, facts): (&App, &Facts),
    typed: &Typed,
    failure: Option<&Failure>,
) -> Markup {
    html! {
        h1 { "Import" }
        @if let Some(failure) = failure { (failed(failure)) }
        p { "What you have read, out of a reference manager or a list. Nothing is written before you have seen which of it is here." }
        div .doors {
            (file(app))
            (paste(app, typed))
            (zotero(app, typed))
        }
        h2 #papers { "Papers" }
        p {
            "Papers themselves, to search and to rank: an answer of arXiv's query service (Atom), pages of OAI-PMH, "
            "JSON Lines or the metadata snapshot; gzip and Zstandard are read too."
            @if facts.embedded == 0 { " The library is empty, so begin here, or " a href="/ledger" { "follow arXiv" } "." }
        }
        div .doors { (papers(app)) (path(app, typed)) }
    }
}

fn failed(failure: &Failure) -> Markup {
    let told = failure.told();
    html! {
        section .failure role="alert" {
            h2 { "Not read" }
            p { (pages::in_code(&told.message)) "." }
            @if !told.hints.is_empty() {
                ul { @for hint in &told.hints { li { (pages::in_code(hint)) } } }
            }
        }
    }
}

fn file(app: &App) -> Markup {
    html! {
        section {
            h2 { "A file" }
            p .quiet { "BibTeX, RIS, CSL-JSON, a plain list, or a copy of Zotero's zotero.sqlite; up to 64 MiB." }
            form .drop action="/import/file" method="post" enctype="multipart/form-data" data-drop {
                (token(app))
                label { "Choose files, or drop them here"
                    input type="file" name="file" multiple required; }
                button .main type="submit" { "Review" }
            }
        }
    }
}

fn paste(app: &App, typed: &Typed) -> Markup {
    html! {
        section {
            h2 { "Pasted text" }
            p .quiet { "Ids, DOIs, addresses or titles, one a line, or BibTeX." }
            form action="/import/text" method="post" {
                (token(app))
                label { span .unseen { "Ids, addresses, titles or BibTeX" }
                    textarea name="text" rows="6" maxlength=(MAX_BODY) required spellcheck="false"
                        placeholder="2603.90027\nhttps://doi.org/10.1000/182\nFederated learning with clients that come and go" {
                        // Browsers drop a first line end of their own.
                        "\n" (typed.text)
                    }
                }
                button .main type="submit" { "Review" }
            }
        }
    }
}

fn zotero(app: &App, typed: &Typed) -> Markup {
    html! {
        section {
            h2 { "Zotero" }
            @if app.hosts.is_remote {
                p .quiet { "Zotero's folder is read only for pages of the machine itself. Send zotero.sqlite as a file instead." }
            } @else {
                p .quiet { "Its folder on this machine. The database is copied and only read; Zotero may be open." }
                form action="/import/zotero" method="post" {
                    (token(app))
                    label { "Folder or zotero.sqlite"
                        input type="text" name="path" value=(typed.zotero) placeholder="~/Zotero" required spellcheck="false"; }
                    label { "Only these collections"
                        input type="text" name="collections" value=(typed.collections) placeholder="Thesis/Methods, Reading"; }
                    button .main type="submit" { "Review" }
                }
            }
        }
    }
}

fn papers(app: &App) -> Markup {
    html! {
        section {
            h3 { "Files of papers" }
            form .drop action="/import/papers" method="post" enctype="multipart/form-data" data-drop {
                (token(app))
                label { "Choose files, or drop them here; up to 64 MiB"
                    input type="file" name="file" multiple required; }
                button type="submit" { "Import papers" }
            }
        }
    }
}

fn path(app: &App, typed: &Typed) -> Markup {
    html! {
        @if !app.hosts.is_remote {
            section {
                h3 { "A file on this machine" }
                form action="/import/path" method="post" {
                    (token(app))
                    label { "Its path; any size, such as the whole snapshot"
                        input type="text" name="path" value=(typed.path) required spellcheck="false"
                            placeholder="~/arxiv-metadata-oai-snapshot.json"; }
                    button type="submit" { "Import papers" }
                }
            }
        }
    }
}
