//! Announcement feeds, RSS 2.0 and Atom, as arXiv's feed service makes them: one day alone, cut
//! with new papers last, replacements from version 6 on left out.

mod print;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;

use crate::fault::Fault;
use crate::http::{Request, Response, decode};
use crate::page::{Context, Memory, Shown, served, spoil};
use crate::taxonomy;
use crate::world::schedule::{eastern_day, is_announcement_day, midnight, previous, shift};
use crate::world::{Announced, Record};
use print::{Channel, Form};

/// Replacements of this version and later ones are left out.
const VERSION_LIMIT: u16 = 6;

/// Answers one request to `/rss/CATEGORIES`, `/atom/CATEGORIES` or `/feed/status`.
pub(crate) fn answer(context: &Context<'_>, memory: &mut Memory, request: &Request) -> Response {
    // A plus separates categories, so that it must not become a space.
    let path = decode(request.target.split('?').next().unwrap_or_default(), false);
    let (form, query) = match path.split('/').collect::<Vec<_>>()[..] {
        ["", "rss", query] => (Form::Rss, query),
        ["", "atom", query] => (Form::Atom, query),
        _ => return Response::new(200, "text/plain", "Status: GOOD"),
    };
    let version = request
        .parameters()
        .into_iter()
        .find(|(name, _)| name == "version")
        .map(|(_, value)| value);
    let today = eastern_day(context.now);
    let named = match version.as_deref() {
        None | Some("2.0" | "1.0") => categories(query),
        Some(other) => Err(format!(
            "Unsupported feed version '{other}' requested. We currently support RSS 2.0, Atom 1.0."
        )),
    };
    let (names, asked) = match named {
        Ok(found) => found,
        Err(text) => {
            let channel = Channel::error(context, form, query, &text, today);
            let body = channel.document(Vec::new()).into_text(context.faults);
            return Response::new(400, form.content_type(), body);
        }
    };
    let (batch, printed) = days(context, today);
    let mut shown = if is_announcement_day(batch) {
        listed(context, batch, &asked)
    } else {
        Vec::new()
    };
    shown.truncate(served(context.faults, shown.len()));
    let front = shown.first().map(|shown| shown.record.id.clone());
    spoil(context, &mut shown);
    shown.retain(|shown| shown.state != crate::page::State::Deleted);
    let channel = Channel::of(context, form, &names, printed);
    let items: Vec<String> = shown.iter().map(|shown| channel.item(shown)).collect();
    let tag = tag(&items, printed);
    if let (Some(id), true) = (front, context.faults.has(Fault::EditDuring)) {
        context.world.edit(&id, context.now);
    }
    let text = channel.document(items).into_text(context.faults);
    let body = memory.or_last(context.faults, &path, true, text);
    let is_known = request.header("if-none-match") == Some(tag.as_str());
    let left = midnight(shift(today, 1)).as_second() - context.now.as_second();
    let response = if is_known && context.faults.0.is_empty() {
        Response::new(304, form.content_type(), "")
    } else {
        Response::new(200, form.content_type(), body)
    };
    response
        .with("ETag", tag)
        .with("Cache-Control", format!("max-age={left}"))
}

/// The day whose batch is told, and the day that is printed.
fn days(context: &Context<'_>, today: Date) -> (Date, Date) {
    if context.faults.has(Fault::StaleFeed) {
        (previous(today), today)
    } else if context.faults.has(Fault::Quiet) && is_announcement_day(today) {
        let yesterday = shift(today, -1);
        (yesterday, yesterday)
    } else {
        (today, today)
    }
}

/// The names asked for in their spelling, and every category that they stand for.
fn categories(query: &str) -> Result<(Vec<String>, Vec<&'static str>), String> {
    let mut names = Vec::new();
    let mut asked = Vec::new();
    for name in query.split('+') {
        let members = taxonomy::members(name);
        let spelling = taxonomy::spelling(name);
        let (Some(members), Some(spelling)) = (members, spelling) else {
            return Err(match name.split_once('.') {
                Some(_) => format!("Bad subject class '{name}'."),
                None => format!("Bad archive '{name}'. Valid archive names are: cs, math, ..."),
            });
        };
        names.push(spelling.to_owned());
        asked.extend(members);
    }
    Ok((names, asked))
}

/// Order in which a feed is cut, last first to go.
fn rank(kind: &str) -> u8 {
    match kind {
        "replace-cross" => 1,
        "replace" => 2,
        "cross" => 3,
        _ => 4,
    }
}

/// What is announced on `day` in the categories `asked`, each paper once, cut to the limit.
fn listed(context: &Context<'_>, day: Date, asked: &[&str]) -> Vec<Shown> {
    let mut kinds: BTreeMap<String, (u8, Record, &'static str)> = BTreeMap::new();
    for (record, announced) in context.world.announced(day) {
        let facts = &record.facts;
        let is_asked = |name: &String| asked.contains(&name.as_str());
        let is_primary = facts
            .categories
            .first()
            .is_some_and(|name| is_asked(name) || asked.contains(&taxonomy::canonical(name)));
        let touches = match &announced {
            Announced::New => facts.categories.iter().any(is_asked),
            Announced::Cross(added) => added.iter().any(is_asked),
            Announced::Replacement => {
                facts.categories.iter().any(is_asked) && facts.current().number < VERSION_LIMIT
            }
        };
        if !touches {
            continue;
        }
        // Of several listings of a paper, the first of new, cross, replacement is kept.
        let (order, kind) = match (announced, is_primary) {
            (Announced::New, true) => (0, "new"),
            (Announced::New, false) => (0, "cross"),
            (Announced::Cross(_), _) => (1, "cross"),
            (Announced::Replacement, true) => (2, "replace"),
            (Announced::Replacement, false) => (2, "replace-cross"),
        };
        let id = record.id.clone();
        let known = kinds.get(&id).is_some_and(|(known, ..)| *known <= order);
        if !known {
            kinds.insert(id, (order, record, kind));
        }
    }
    let mut shown: Vec<Shown> = kinds
        .into_values()
        .map(|(_, record, kind)| Shown {
            kind,
            ..Shown::whole(record)
        })
        .collect();
    shown.sort_by(|a, b| {
        rank(a.kind)
            .cmp(&rank(b.kind))
            .then_with(|| b.record.id.cmp(&a.record.id))
    });
    shown.truncate(context.sizes.feed_items);
    // The library that prints the feed puts each item before the one added last.
    shown.reverse();
    shown
}

/// The entity tag of a feed: of what it announces, not of when it was made.
fn tag(items: &[String], day: Date) -> String {
    let mut hasher = DefaultHasher::new();
    day.to_string().hash(&mut hasher);
    for item in items {
        item.split("<updated>").next().hash(&mut hasher);
        item.split("</updated>").nth(1).hash(&mut hasher);
    }
    format!("\"{:016x}\"", hasher.finish())
}
