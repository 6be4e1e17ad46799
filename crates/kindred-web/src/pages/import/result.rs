//! What was written of a review, and what was not.

use maud::{Markup, html};

use super::review::address;
use super::{table, write};
use crate::pages::in_code;
use crate::reviews::{Kept, Written};
use crate::view::{count, link, text};

/// References that were not written and are named; the CSV names all.
const NAMED: usize = 100;

pub(super) fn written(kept: &Kept, written: &Written) -> Markup {
    let failed: Vec<(usize, table::Fate)> = (0..written.review.references.len())
        .map(|place| (place, table::fate(written, place)))
        .filter(|(_, fate)| fate.is_failure)
        .collect();
    let lines = write::lines_of(&written.review, written.counts);
    let set = written.review.set.parse().ok();
    html! {
        section .written {
            h2 { "Written" }
            ul { @for line in &lines { li { (line) } } }
            @if let Some(reason) = &written.interrupted {
                p .notice { "Not all of them can be found by meaning yet: " (reason) ". " (in_code("`kindred embed` goes on, and so does")) " " a href="/jobs" { "Embed what waits" } "." }
            }
            p {
                @if let Some(set) = &set { a href=(link::feed(set)) { "Feed of " bdi { (set) } } " · " a href=(link::set(set)) { "Its papers" } " · " }
                a href={ (address(&kept.id)) ".csv" } { "All of it as CSV" }
            }
            @if !failed.is_empty() {
                details open[failed.len() <= 10] {
                    summary { (count(failed.len() as u64, "reference")) " could not be imported" }
                    div .scroll { table {
                        thead { tr { th scope="col" { "Reference" } th scope="col" { "Where" } th scope="col" { "Why" } } }
                        tbody {
                            @for (place, fate) in failed.iter().take(NAMED) {
                                @let reviewed = &written.review.references[*place];
                                tr {
                                    td { (text::title(&reviewed.title)) }
                                    td { bdi { (reviewed.input) } ", " (reviewed.place) }
                                    td { (fate.word) ": " (fate.why) }
                                }
                            }
                        }
                    } }
                    @if failed.len() > NAMED { p .quiet { "and " (failed.len() - NAMED) " more in the CSV" } }
                }
            }
        }
    }
}
