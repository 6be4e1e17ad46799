//! What stands above and beside a feed: the day, the set, the threshold, the other days.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kindred_digest::interest_name;
use kindred_engine::PaperId;
use kindred_engine::answer::{FeedAnswer, Reason};
use maud::{Markup, html};

use super::question::Question;
use super::reasons::signed;
use super::subscribe::FORMATS;
use super::threshold::{Parts, Threshold};
use super::{Sheet, long_day, short_day};
use crate::app::{App, Facts};
use crate::view::{count, grouped, link, text, token};

/// Days in the list.
const LISTED: usize = 14;
/// Words and rated papers that explain a feed.
const EXPLAINED: usize = 12;

/// The heading with the days beside this one.
pub(super) fn top((question, day): (&Question, Date), sheet: &Sheet, parts: &Parts<'_>) -> Markup {
    let answer = &sheet.ranking.answer;
    let arrived = answer.arrivals + answer.revisions;
    let days = &sheet.days.arrived;
    let earlier = days.iter().map(|(day, _)| *day).find(|other| *other < day);
    let later = (days.iter().rev())
        .map(|(day, _)| *day)
        .find(|other| *other > day);
    html! {
        p .path {
            a href="/sets" { "Library" } " › " a href=(link::set(&question.set)) { (question.set) } " › Feed"
        }
        h1 { time datetime=(day) { (long_day(day)) } " – " (grouped(parts.above.len() as u64)) " of " (grouped(arrived)) }
        p .quiet .about { (sheet.summary.line()) }
        nav .days aria-label="Days beside" {
            @if let Some(earlier) = earlier {
                a rel="prev" href=(question.address("feed", Some(earlier))) { "← " (short_day(earlier)) }
            }
            @if let Some(later) = later {
                a rel="next" href=(question.address("feed", Some(later))) { (short_day(later)) " →" }
            }
        }
    }
}

/// The threshold and the categories.
pub(super) fn filters(question: &Question, day: Date, answer: &FeedAnswer) -> Markup {
    let kept = answer.expected.map_or(0.0, |expected| expected.kept);
    let ranked = answer.expected.map_or(0, |expected| expected.of);
    html! {
        form .filter action=(link::of_set(&question.set, "feed")) method="get" {
            input type="hidden" name="day" value=(day);
            label { "Threshold " select name="threshold" {
                @for threshold in Threshold::ALL {
                    @let papers = count(threshold.papers(answer) as u64, "paper");
                    option value=(threshold.word()) selected[threshold == question.threshold] {
                        (threshold.word()) " – " (papers)
                    }
                }
            } }
            label { "Categories " input type="text" name="cat" value=(question.typed()) placeholder="all" size="12"; }
            button type="submit" { "Show" }
        }
        p .quiet .about {
            "Of " (count(ranked as u64, "ranked paper")) " you are expected to keep " (about(kept)) ". "
            (initial(question.threshold.word())) " shows the papers that hold "
            (question.threshold.percent()) " % of that, the likeliest first."
        }
    }
}

fn initial(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// An expected number of papers.
pub(in crate::pages) fn about(expected: f64) -> String {
    if expected >= 9.95 {
        format!("about {expected:.0}")
    } else if expected >= 0.05 {
        format!("about {expected:.1}")
    } else {
        "hardly any".to_owned()
    }
}

/// The filters of a feed, for forms.
pub(super) fn kept(question: &Question, day: Date) -> Markup {
    html! {
        input type="hidden" name="day" value=(day);
        input type="hidden" name="threshold" value=(question.threshold.word());
        input type="hidden" name="cat" value=(question.typed());
    }
}

/// How many ratings the ranking does not know yet.
pub(super) fn update((app, question, day): (&App, &Question, Date), ratings: usize) -> Markup {
    html! {
        form #update .notice .update action=(link::of_set(&question.set, "feed/update")) method="post" hidden[ratings == 0] {
            (token(app)) (kept(question, day))
            span data-since { (count(ratings as u64, "rating")) " since this ranking" }
            button type="submit" { "Update ranking" }
        }
    }
}

/// Sets, days, formats, and what speaks for and against.
pub(super) fn aside((question, day): (&Question, Date), sheet: &Sheet, facts: &Facts) -> Markup {
    let answer = &sheet.ranking.answer;
    let categories = question.typed();
    html! {
        aside .beside aria-label="Days, sets and formats" {
            h2 { "Days" }
            ul .counts {
                @for (other, arrivals) in window(&sheet.days.arrived, day) {
                    li {
                        a href=(question.address("feed", Some(*other))) aria-current=[(*other == day).then_some("date")] { (short_day(*other)) }
                        " " span .number { (grouped(*arrivals)) }
                        @if sheet.days.read.contains_key(other) { " " span .quiet { "✓ read" } }
                    }
                }
            }
            @if facts.sets.len() > 1 {
                h2 { "Sets" }
                ul .counts {
                    @for set in &facts.sets {
                        li { a href=(link::feed(&set.name)) aria-current=[(set.name == question.set).then_some("true")] { (set.name) }
                            " " span .number { (grouped(set.likes)) } }
                    }
                }
            }
            details .explain {
                summary { "Explain this feed" }
                (explain(answer))
            }
            h2 { "Take it along" }
            p .formats {
                @for format in FORMATS {
                    @let page = format!("feed.{}", format.ending);
                    a href=(question.address(&page, (!format.is_subscription).then_some(day))) { (format.name) } " "
                }
            }
            @if !categories.is_empty() { p .quiet { "Only " (categories) } }
        }
    }
}

/// The days around one, so that it is among them.
fn window(days: &[(Date, u64)], day: Date) -> &[(Date, u64)] {
    let place = days.iter().position(|(other, _)| *other <= day);
    let place = place.unwrap_or(days.len());
    let first = (place + 1).saturating_sub(LISTED);
    &days[first..days.len().min(first + LISTED)]
}

/// What speaks for and against the papers of a feed, added up over them.
fn explain(answer: &FeedAnswer) -> Markup {
    let mut words: BTreeMap<&str, f64> = BTreeMap::new();
    let mut rated: BTreeMap<&PaperId, (f64, &Reason)> = BTreeMap::new();
    for hit in &answer.results {
        for part in &hit.terms {
            *words.entry(&part.term).or_default() += part.share;
        }
        for part in &hit.reasons {
            rated.entry(&part.id).or_insert((0.0, part)).0 += part.share;
        }
    }
    let mut words: Vec<(&str, f64)> = words.into_iter().collect();
    words.sort_by(|left, right| right.1.total_cmp(&left.1));
    let (mut fors, mut against): (Vec<_>, Vec<_>) =
        rated.into_values().partition(|(share, _)| *share >= 0.0);
    fors.sort_by(|left, right| right.0.total_cmp(&left.0));
    against.sort_by(|left, right| left.0.total_cmp(&right.0));
    let seeds = |title: &str, seeds: &[(f64, &Reason)]| {
        html! {
            @if !seeds.is_empty() {
                h3 { (title) }
                ul { @for (share, part) in seeds.iter().take(EXPLAINED / 2) {
                    li { a href=(link::paper(&part.id)) { (text::title(&part.title)) } " " span .number { (signed(*share)) } }
                } }
            }
        }
    };
    let trained = answer.trained_on;
    html! {
        p { "Shares of the scores, added up over " (count(answer.results.len() as u64, "paper")) " of the day." }
        @if !words.is_empty() {
            h3 { "Words for" }
            p { @for (place, (word, share)) in words.iter().take(EXPLAINED).enumerate() {
                @if place > 0 { ", " }
                bdi { (word) } " " span .number { (signed(*share)) }
            } }
        }
        (seeds("Papers for", &fors))
        (seeds("Papers against", &against))
        @if !answer.interests.is_empty() {
            h3 { "Interests" }
            ol { @for interest in &answer.interests { li { bdi { (interest_name(interest)) } } } }
        }
        p { "Learnt from " (trained.likes) " liked, " (trained.dislikes) " not for you, and "
            (count(trained.background as u64, "random paper")) " of the library. Chances are "
            @if trained.outcomes == 0 { "those of other readers until you have marked days as read." }
            @else { "calibrated on " (count(trained.outcomes as u64, "paper")) " shown before." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_days_holds_the_day_that_is_shown() {
        let day = |number: i8| Date::new(2026, 3, number).unwrap();
        let days: Vec<(Date, u64)> = (1..=31).rev().map(|number| (day(number), 1)).collect();
        let shown = |number| {
            let window = window(&days, day(number));
            (window[0].0, window[window.len() - 1].0)
        };
        assert_eq!(shown(31), (day(31), day(18)));
        assert_eq!(shown(20), (day(31), day(18)));
        assert_eq!(shown(5), (day(18), day(5)));
        assert!(window(&[], day(1)).is_empty());
    }
}
