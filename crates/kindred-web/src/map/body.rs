//! The page of the map: the picture with its tools, and beside it all that the picture says.

use maud::{Markup, html};

use crate::view::{SET_NAME, SET_NAME_TITLE, name_field};

/// A topic of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeTopic {
    /// Its lasting number.
    pub(crate) id: u64,
    /// Its name or label.
    pub(crate) label: String,
    /// Papers in it.
    pub(crate) papers: u64,
    /// The topics below it.
    pub(crate) below: Vec<TreeTopic>,
}

/// What the page shows.
#[derive(Debug)]
pub(crate) struct MapView<'a> {
    /// Tells the script which map to ask for.
    pub(crate) version: &'a str,
    /// Papers on it.
    pub(crate) papers: usize,
    /// Where the papers are from and when they were laid out.
    pub(crate) subtitle: &'a str,
    pub(crate) topics: &'a [TreeTopic],
    /// All seed sets, by name.
    pub(crate) sets: &'a [String],
    /// The set that ratings go to.
    pub(crate) set: &'a str,
    /// The still picture, for readers without scripts.
    pub(crate) picture: &'a Markup,
    /// The hidden field that every form needs.
    pub(crate) token: &'a Markup,
    /// What else there is to say and to do.
    pub(crate) notes: &'a Markup,
}

/// The page below its heading.
pub(crate) fn body(view: &MapView<'_>) -> Markup {
    html! {
        div.map-page {
            section #map aria-label="Map" data-version=(view.version) {
                div #plane tabindex="0" role="group" aria-label="Plane of papers" aria-describedby="map-keys" {
                    canvas #shade aria-hidden="true" {}
                    canvas #density aria-hidden="true" {}
                    canvas #overlay role="img" aria-label={ "Map of " (view.papers) " papers" } {}
                }
                noscript {
                    (view.picture)
                }
                p #map-keys.unseen {
                    "Arrow keys move the map, plus and minus zoom, 0 shows all of it, Enter goes to the list of papers. "
                    "Shift and drag selects a rectangle, with Control or Command a lasso."
                }
                (top(view))
                (zoom())
                (bottom())
                (card(view))
            }
            (panel(view))
        }
    }
}

fn top(view: &MapView<'_>) -> Markup {
    html! {
        div.map-float.map-top {
            form #find.map-box role="search" action="/" method="get" aria-label="Search the map" {
                label.unseen for="find-text" { "Search papers and topics on the map" }
                input #find-text type="search" name="q" placeholder="Search the map" autocomplete="off" spellcheck="false"
                    aria-describedby="hits";
                button type="submit" title="Enter; Shift and Enter: the one before" { "Next" }
            }
            div.map-box.layers {
                label { "Colour"
                    select #layer {
                        option value="topic" selected { "topic" }
                        option value="category" { "category" }
                        option value="year" { "year" }
                        @if !view.sets.is_empty() { option value="score" { "fit to a set" } }
                    }
                }
                label hidden { "of"
                    select #layer-set {
                        @for set in view.sets { option value=(set) selected[set == view.set] { (set) } }
                    }
                }
            }
            p #hits.map-box role="status" {}
            div #outdated.map-box role="alert" hidden {
                "The map has changed since this page was opened. "
                button type="button" { "Reload the map" }
            }
        }
    }
}

fn zoom() -> Markup {
    html! {
        div #zoom.map-box role="group" aria-label="Zoom" {
            button type="button" data-zoom="in" aria-label="Zoom in" { "+" }
            button type="button" data-zoom="out" aria-label="Zoom out" { "\u{2212}" }
            button type="button" data-zoom="all" aria-label="Show all" { "\u{2922}" }
        }
    }
}

fn bottom() -> Markup {
    html! {
        div.map-float.map-bottom {
            div.map-say {
                p #in-view.map-box role="status" { "The map is being read." }
                div #legend.map-box role="group" aria-label="Signs" {}
                div #tools.map-box role="group" aria-label="Tools" {
                    button type="button" data-tool="pan" aria-pressed="true" title="Move: drag" {
                        svg viewBox="0 0 16 16" aria-hidden="true" { path d="M8 1v14M1 8h14M8 1 6 3m2-2 2 2M8 15l-2-2m2 2 2-2M1 8l2-2M1 8l2 2m12-2-2-2m2 2-2 2" {} }
                        span { "Move" }
                    }
                    button type="button" data-tool="rectangle" aria-pressed="false" title="Rectangle: Shift and drag" {
                        svg viewBox="0 0 16 16" aria-hidden="true" { rect x="2" y="3.5" width="12" height="9" stroke-dasharray="2.5 2" {} }
                        span { "Rectangle" }
                    }
                    button type="button" data-tool="lasso" aria-pressed="false" title="Lasso: Shift, Control and drag" {
                        svg viewBox="0 0 16 16" aria-hidden="true" { path d="M5 12.5C1.5 11 1 7.500 3 5s7-3.500 10-1.500 2.500 7-1 8.500-4 0-5 1-1 2-2.500 2.500" {} }
                        span { "Lasso" }
                    }
                }
            }
            div #months.map-box role="group" aria-label="Months" hidden {
                p { "Months" output #span {} }
                canvas #histogram aria-hidden="true" {}
                div.brush {
                    label { span.unseen { "From month" } input #from type="range" min="0" max="0" value="0"; }
                    label { span.unseen { "To month" } input #to type="range" min="0" max="0" value="0"; }
                }
            }
        }
    }
}

fn card(view: &MapView<'_>) -> Markup {
    html! {
        div #card role="group" aria-label="Paper" hidden {
            p.title {}
            p.detail {}
            p.topic {}
            div #card-actions hidden {
                form #card-rate action="/rate" method="post" {
                    (view.token)
                    input type="hidden" name="id" value="";
                    input type="hidden" name="set" value=(view.set);
                    input type="hidden" name="back" value="/map";
                    button type="submit" name="rating" value="like" aria-pressed="false" { "Like" }
                    button type="submit" name="rating" value="dislike" aria-pressed="false" { "Not for me" }
                }
                a data-page="paper" href="/" { "Open" }
                a data-page="similar" href="/" { "Similar" }
                details #card-save {
                    summary { "Save to\u{2026}" }
                    form action="/save" method="post" {
                        (view.token)
                        input type="hidden" name="id" value="";
                        input type="hidden" name="back" value="/map";
                        label { span.unseen { "Set" } select name="set" {
                            @for set in view.sets { option value=(set) selected[set == view.set] { (set) } }
                            option value="" { "a new one:" }
                        } }
                        label { span.unseen { "Name of the new set" } (name_field("new", None, false)) }
                        button type="submit" { "Save" }
                    }
                }
                p #card-said role="status" {}
            }
            button.close type="button" aria-label="Close" hidden { "\u{d7}" }
        }
    }
}

fn panel(view: &MapView<'_>) -> Markup {
    html! {
        aside #panel tabindex="-1" aria-label="Topics and papers of the map" {
            header {
                h1 { "Map" }
                p { (view.subtitle) }
                (view.notes)
            }
            section #selection aria-label="Selection" hidden {
                form #make-set action="/map/set" method="post" {
                    (view.token)
                    input type="hidden" name="map" value=(view.version);
                    input type="hidden" name="papers" value="";
                    @if !view.sets.is_empty() {
                        label { "Set"
                            select name="set" {
                                option value="" selected { "a new one" }
                                @for set in view.sets { option value=(set) { (set) } }
                            }
                        }
                    }
                    label { "Name of the set"
                        input type="text" name="name" required maxlength="64" autocomplete="off"
                            pattern=(SET_NAME) title=(SET_NAME_TITLE);
                    }
                    button.main type="submit" { "Make seed set" }
                    p #not-made role="alert" hidden {}
                }
                div.row {
                    button #fit type="button" { "Zoom to it" }
                    button #clear type="button" { "Clear" }
                    a #topic-page href="/topics" hidden { "Topic page" }
                }
            }
            section.scroll aria-label="Topics" {
                h2 { "Topics" }
                div #topics { (tree(view.topics)) }
            }
            section.scroll aria-labelledby="list-name" {
                h2 #list-name { "Papers in view" }
                ol #papers {
                    noscript { li { "The list of papers in view needs JavaScript; each topic's page lists its papers." } }
                }
                button #more type="button" hidden { "More papers" }
            }
        }
    }
}

fn tree(topics: &[TreeTopic]) -> Markup {
    html! {
        ul {
            @for topic in topics {
                li {
                    @if !topic.below.is_empty() {
                        button.fold type="button" hidden aria-expanded="true"
                            aria-label={ "Topics below " (topic.label) } {}
                    }
                    a.name href={ "/topics/" (topic.id) } data-topic=(topic.id) {
                        i {} (topic.label) " " small { (topic.papers) }
                    }
                    @if !topic.below.is_empty() { (tree(&topic.below)) }
                }
            }
        }
    }
}
