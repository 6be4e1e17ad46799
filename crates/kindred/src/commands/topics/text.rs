//! Topics as text for people.

use std::collections::BTreeMap;
use std::io;

use jiff::tz::TimeZone;
use kindred_digest::readable;
use kindred_engine::answer::{
    EventPaper, TopicDiffAnswer, TopicEventView, TopicPaper, TopicRef, TopicShowAnswer, TopicView,
    TopicsAnswer,
};
use kindred_engine::{Timestamp, TopicChange, TopicId};

use super::super::find::short_id;
use crate::output::{Screen, plural};

/// Columns of a topic's number and the gap after it.
const NUMBER: usize = 6;
/// Topics beside one that are named.
const NEIGHBORS: usize = 5;
/// Growth below this many papers a month is not spoken of.
const SLOWEST: f64 = 0.5;

pub(in crate::commands) fn print_topics(
    answer: &TopicsAnswer,
    limit: usize,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    screen.aside(&summary(answer))?;
    for topic in answer.topics.iter().take(limit) {
        screen.heading(&format!("{:>4}  {}", topic.id, topic.label))?;
        screen.faint(&facts(topic).join(" · "), NUMBER)?;
        for paper in &topic.papers {
            screen.indented(&paper_line(paper), NUMBER)?;
        }
    }
    let hidden = answer.topics.len().saturating_sub(limit);
    if hidden > 0 {
        screen.aside(&format!(
            "and {} (--limit)",
            plural(hidden as u64, "smaller topic")
        ))?;
    }
    Ok(())
}

pub(super) fn print_tree(answer: &TopicsAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    screen.aside(&summary(answer))?;
    let topics: BTreeMap<TopicId, &TopicView> = answer
        .topics
        .iter()
        .map(|topic| (topic.id, topic))
        .collect();
    for topic in answer.topics.iter().filter(|topic| topic.parent.is_none()) {
        print_branch(topic, &topics, screen)?;
    }
    Ok(())
}

fn print_branch(
    topic: &TopicView,
    topics: &BTreeMap<TopicId, &TopicView>,
    screen: &mut Screen<'_>,
) -> io::Result<()> {
    let indent = usize::from(topic.level) * 4;
    let text = format!("{:>4}  {}  ({})", topic.id, topic.label, topic.size);
    if topic.level == 0 {
        screen.heading(&text)?;
    } else {
        screen.indented(&text, indent)?;
    }
    for child in topic.children.iter().filter_map(|id| topics.get(id)) {
        print_branch(child, topics, screen)?;
    }
    Ok(())
}

pub(super) fn print_topic(answer: &TopicShowAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    let topic = &answer.topic;
    screen.heading(&format!("{}  {}", topic.id, topic.label))?;
    screen.aside(&facts(topic).join(" · "))?;
    let names = |topics: &[TopicRef]| {
        let mut names: Vec<String> = topics.iter().take(NEIGHBORS).map(named).collect();
        if topics.len() > NEIGHBORS {
            names.push(format!("{} more", topics.len() - NEIGHBORS));
        }
        names.join(" · ")
    };
    if !answer.path.is_empty() {
        screen.fact("part of", &names(&answer.path))?;
    }
    if !answer.siblings.is_empty() {
        screen.fact("beside", &names(&answer.siblings))?;
    }
    if !answer.children.is_empty() {
        let parts: Vec<String> = (answer.children.iter())
            .map(|part| format!("{} {} ({})", part.id, part.label, part.size))
            .collect();
        screen.fact("parts", &parts.join(" · "))?;
    }
    let terms: Vec<&str> = topic.terms.iter().map(|(term, _)| term.as_str()).collect();
    screen.fact("terms", &terms.join(", "))?;
    let months: Vec<String> = topic
        .months
        .iter()
        .map(|month| month.papers.to_string())
        .collect();
    if let (Some(first), Some(last)) = (topic.months.first(), topic.months.last()) {
        let span = format!("{} ({} to {})", months.join(" "), first.month, last.month);
        screen.fact("by month", &span)?;
    }
    screen.fact("since", &day(answer.born))?;
    screen.gap()?;
    for paper in &answer.papers {
        let marks = [
            (paper.weak, "weak"),
            (paper.placed, "placed since"),
            (paper.liked, "liked"),
        ];
        let marks: Vec<&str> = marks
            .into_iter()
            .filter(|mark| mark.0)
            .map(|mark| mark.1)
            .collect();
        let marks = if marks.is_empty() {
            String::new()
        } else {
            format!("  [{}]", marks.join(", "))
        };
        let line = format!("{:.2}  {}{marks}", paper.strength, paper_line(paper));
        screen.indented(&line, 2)?;
    }
    let hidden = topic.size.saturating_sub(answer.papers.len() as u64);
    if hidden > 0 {
        screen.aside(&format!("and {} (--limit)", plural(hidden, "paper")))?;
    }
    Ok(())
}

pub(super) fn print_diff(answer: &TopicDiffAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    for run in &answer.runs {
        screen.heading(&format!(
            "run {} of {}: {}",
            run.number,
            day(run.at),
            plural(run.papers, "paper")
        ))?;
        if run.first {
            screen.aside("the first run, there is nothing to compare it with")?;
        } else if run.events.is_empty() {
            screen.aside("nothing changed since the run before")?;
        }
        for event in &run.events {
            screen.indented(&event_line(event), 2)?;
            print_papers(&event.papers, event.count, screen)?;
        }
    }
    if answer.runs.is_empty() {
        screen.aside("no run since that day")?;
    }
    if !answer.placed.is_empty() {
        screen.heading("placed since the last run")?;
        for placed in &answer.placed {
            let count = plural(placed.count, "paper");
            screen.indented(&format!("{}: {count}", named(&placed.topic)), 2)?;
            print_papers(&placed.papers, placed.count, screen)?;
        }
    }
    Ok(())
}

fn event_line(event: &TopicEventView) -> String {
    let topic = named(&event.topic);
    let others: Vec<String> = event.others.iter().map(named).collect();
    let others = others.join(" and ");
    let papers = plural(event.count, "paper");
    match event.change {
        TopicChange::Born => format!("born: {topic}, {papers}"),
        TopicChange::Died => format!("died: {topic}, {papers}"),
        TopicChange::Grew => format!("grew: {topic}, {papers} came"),
        TopicChange::Shrank => format!("shrank: {topic}, {papers} went"),
        TopicChange::Split => format!("split: {topic} into {others}, {papers} went"),
        TopicChange::Merged => format!("merged: {others} into {topic}, {papers} came"),
    }
}

fn print_papers(papers: &[EventPaper], count: u64, screen: &mut Screen<'_>) -> io::Result<()> {
    for paper in papers {
        let line = format!(
            "{}  {}",
            short_id(&paper.id.to_string()),
            readable(&paper.title)
        );
        screen.faint(&line, NUMBER)?;
    }
    let hidden = count.saturating_sub(papers.len() as u64);
    if hidden > 0 && !papers.is_empty() {
        screen.faint(&format!("and {} more", plural(hidden, "paper")), NUMBER)?;
    }
    Ok(())
}

fn summary(answer: &TopicsAnswer) -> String {
    let topics = plural(answer.topics.len() as u64, "topic");
    let mut parts = vec![format!("{} in {topics}", plural(answer.papers, "paper"))];
    if let Some(level) = answer.level
        && answer.levels > 1
    {
        parts.push(format!("level {level} of 0 to {}", answer.levels - 1));
    }
    if let Some(run) = &answer.run
        && run.placed > 0
    {
        parts.push(format!("{} placed since {}", run.placed, day(run.at)));
    }
    parts.join(", ")
}

/// Size, growth, likes, sets of a topic.
fn facts(topic: &TopicView) -> Vec<String> {
    let mut facts = vec![format!(
        "{}, {:.0} %",
        plural(topic.size, "paper"),
        topic.share * 100.0
    )];
    if !topic.children.is_empty() {
        facts.push(plural(topic.children.len() as u64, "part"));
    }
    if topic.per_month >= SLOWEST || topic.per_month_before >= SLOWEST {
        facts.push(format!(
            "{:.0} a month, {:.0} before",
            topic.per_month, topic.per_month_before
        ));
    }
    if topic.liked > 0 {
        facts.push(format!(
            "{} liked, {:.0} % of yours",
            topic.liked,
            topic.liked_share * 100.0
        ));
    }
    if topic.weak > 0 {
        facts.push(format!("{} weak", topic.weak));
    }
    for set in &topic.sets {
        facts.push(format!("set {set}"));
    }
    facts
}

fn paper_line(paper: &TopicPaper) -> String {
    format!(
        "{}  {}",
        short_id(&paper.id.to_string()),
        readable(&paper.title)
    )
}

fn named(topic: &TopicRef) -> String {
    format!("{} {}", topic.id, topic.label)
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}
