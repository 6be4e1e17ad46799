//! OAI-PMH as arXiv's service of 2025 speaks it: errors with status 200, days as granularity,
//! tokens that are an offset over (time of modification, id).

mod arguments;
mod formats;
mod token;

use std::fmt::Write as _;

use jiff::SignedDuration;
use jiff::civil::Date;

use crate::clock::{next_utc_midnight, seconds};
use crate::fault::Fault;
use crate::http::{Request, Response};
use crate::page::{Context, Document, Memory, Shown, served, spoil};
use crate::taxonomy;
use crate::world::Record;
use crate::world::schedule::{newest_published, published, utc_day};
use crate::xml::escape;
pub(crate) use arguments::EARLIEST;
use arguments::{Call, List};
use formats::Format;
use token::Token;

/// An error of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OaiError {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

impl OaiError {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

/// Answers one request.
pub(crate) fn answer(context: &Context<'_>, memory: &mut Memory, request: &Request) -> Response {
    // The cache in front of the service knows addresses, and forms of POST are none.
    let address = (request.method != "POST").then_some(request.target.as_str());
    if let Some(held) = address.and_then(|target| memory.frozen(target, context.now)) {
        return xml(held);
    }
    let parameters = request.parameters();
    match arguments::read(context, &parameters).and_then(|call| run(context, memory, &call)) {
        Ok(text) => xml(text),
        Err(error) => {
            let mut document = envelope(context, &[]);
            writeln!(
                document.head,
                "<error code='{}'>{}</error>",
                error.code,
                escape(&error.text)
            )
            .expect("a String takes every text");
            let text = document.into_text(context.faults);
            if let (Some(target), "noRecordsMatch") = (address, error.code) {
                memory.freeze(target, context.now, &text);
            }
            xml(text)
        }
    }
}

fn xml(text: String) -> Response {
    Response::new(200, "text/xml", text)
}

/// Everything around the answer of a verb.
fn envelope(context: &Context<'_>, attributes: &[(&str, String)]) -> Document {
    let mut head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH \
         xmlns=\"http://www.openarchives.org/OAI/2.0/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/ \
         http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\">\n<responseDate>{}</responseDate>\n<request",
        seconds(context.shown_now())
    );
    for (name, value) in attributes {
        write!(head, " {name}=\"{}\"", escape(value)).expect("a String takes every text");
    }
    writeln!(head, ">{}/oai</request>", context.base).expect("a String takes every text");
    Document {
        head,
        records: Vec::new(),
        end: "</OAI-PMH>\n".to_owned(),
    }
}

fn run(context: &Context<'_>, memory: &mut Memory, call: &Call) -> Result<String, OaiError> {
    let attributes = call.attributes();
    let mut document = envelope(context, &attributes);
    match call {
        Call::Identify => document.head += &formats::identify(context.base),
        Call::ListMetadataFormats => document.head += formats::METADATA_FORMATS,
        Call::ListSets => {
            document.head += "<ListSets>\n";
            document.records = taxonomy::all_sets()
                .iter()
                .map(|(set, name)| {
                    format!(
                        "<set>\n <setSpec>{set}</setSpec>\n <setName>{name}</setName>\n</set>\n"
                    )
                })
                .collect();
            document.end.insert_str(0, "</ListSets>\n");
        }
        Call::GetRecord { id, format, .. } => {
            let record = context.world.record(id, view(context)).ok_or_else(|| {
                OaiError::new("idDoesNotExist", format!("Nothing found for {id}"))
            })?;
            let mut shown = vec![Shown::whole(record)];
            spoil(context, &mut shown);
            document.head += "<GetRecord>\n";
            document.records = formats::records(&shown, *format);
            document.end.insert_str(0, "</GetRecord>\n");
        }
        Call::List(list) => {
            list_page(context, list, &mut document)?;
            let text = document.into_text(context.faults);
            let name = list.verb();
            return Ok(memory.or_last(context.faults, name, list.by_token, text));
        }
    }
    Ok(document.into_text(context.faults))
}

/// The moment whose world is told: now, unless the newest announcement is held back.
fn view(context: &Context<'_>) -> jiff::Timestamp {
    if context.faults.has(Fault::Quiet) || context.faults.has(Fault::StaleFeed) {
        published(newest_published(context.now)) - SignedDuration::from_secs(1)
    } else {
        context.now
    }
}

/// What `list` matches at this moment, in the order of (time of modification, id).
fn matches(context: &Context<'_>, list: &List) -> Vec<Record> {
    let mut records = context.world.records(view(context));
    records.retain(|record| {
        let day = record.datestamp();
        day >= list.from.unwrap_or(EARLIEST)
            && list.until.is_none_or(|until| day <= until)
            && list.set.as_ref().is_none_or(|set| {
                record
                    .facts
                    .sets()
                    .iter()
                    .any(|of| taxonomy::lies_in(of, set))
            })
    });
    // Records come in the order of ids, which the sort keeps.
    records.sort_by_key(|record| record.modified);
    records
}

fn list_page(context: &Context<'_>, list: &List, document: &mut Document) -> Result<(), OaiError> {
    let records = matches(context, list);
    let rest = records.get(list.skip..).unwrap_or_default();
    if rest.is_empty() {
        return Err(OaiError::new(
            "noRecordsMatch",
            "The combination of the values of the from, until, set and metadataPrefix arguments \
             results in an empty list.",
        ));
    }
    let limit = match list.format {
        Some(_) => context.sizes.records,
        None => context.sizes.headers,
    };
    let full = rest.len().min(limit);
    let page = &rest[..served(context.faults, full)];
    let verb = list.verb();
    writeln!(document.head, "<{verb}>").expect("a String takes every text");
    let mut shown: Vec<Shown> = page.iter().cloned().map(Shown::whole).collect();
    spoil(context, &mut shown);
    document.records = match list.format {
        Some(format) => formats::records(&shown, format),
        None => shown.iter().map(formats::header).collect(),
    };
    let more = page.len() < rest.len();
    let mut end = String::new();
    if more {
        let token = after(list, page, context);
        writeln!(
            end,
            "<resumptionToken expirationDate=\"{}\">{}</resumptionToken>",
            seconds(next_utc_midnight(context.now)),
            escape(&token.to_text())
        )
        .expect("a String takes every text");
    } else if list.by_token {
        end += "<resumptionToken/>\n";
    }
    writeln!(end, "</{verb}>").expect("a String takes every text");
    document.end.insert_str(0, &end);
    if context.faults.has(Fault::EditDuring) && !list.by_token {
        let last = page.last().map(Record::datestamp);
        // Earlier days are out of the token's reach; see `after`.
        let front = page.iter().find(|record| Some(record.datestamp()) == last);
        if let Some(record) = front {
            context.world.edit(&record.id, context.now);
        }
    }
    Ok(())
}

/// The token for what follows `page`: from its last day on, less what the page has of that day.
fn after(list: &List, page: &[Record], context: &Context<'_>) -> Token {
    let mut token = Token {
        verb: list.verb().to_owned(),
        prefix: list.prefix.clone(),
        from: list.from,
        until: list.until,
        set: list.set.clone(),
        skip: list.skip + page.len(),
        issued: utc_day(context.now),
    };
    let days: (Option<Date>, Option<Date>) = (
        page.first().map(Record::datestamp),
        page.last().map(Record::datestamp),
    );
    if let (Some(first), Some(last)) = days
        && first != last
    {
        token.skip = page
            .iter()
            .rev()
            .take_while(|record| record.datestamp() == last)
            .count();
        token.from = Some(last);
    }
    token
}
