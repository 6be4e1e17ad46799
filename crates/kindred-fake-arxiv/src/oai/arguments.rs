//! Arguments of requests and their checks, in the order of arXiv's service.

use jiff::civil::{Date, date};

use super::token::Token;
use super::{Format, OaiError};
use crate::page::Context;
use crate::taxonomy;
use crate::world::schedule::{shift, utc_day};

/// The earliest datestamp, and the earliest `from`.
pub(crate) const EARLIEST: Date = date(2005, 9, 16);

/// A request whose arguments are right.
#[derive(Debug)]
pub(super) enum Call {
    Identify,
    ListMetadataFormats,
    ListSets,
    GetRecord {
        identifier: String,
        id: String,
        format: Format,
    },
    List(List),
}

/// A request for a list.
#[derive(Debug)]
pub(super) struct List {
    /// `None` for headers alone.
    pub(super) format: Option<Format>,
    pub(super) prefix: String,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) set: Option<String>,
    pub(super) skip: usize,
    /// Whether a token led here.
    pub(super) by_token: bool,
    /// The arguments as they came.
    pub(super) given: Vec<(String, String)>,
}

impl List {
    pub(super) fn verb(&self) -> &'static str {
        match self.format {
            Some(_) => "ListRecords",
            None => "ListIdentifiers",
        }
    }
}

impl Call {
    /// The attributes of the element `request`.
    pub(super) fn attributes(&self) -> Vec<(&str, String)> {
        let verb = |verb: &str| vec![("verb", verb.to_owned())];
        match self {
            Self::Identify => verb("Identify"),
            Self::ListMetadataFormats => verb("ListMetadataFormats"),
            Self::ListSets => verb("ListSets"),
            Self::GetRecord {
                identifier, format, ..
            } => vec![
                ("verb", "GetRecord".to_owned()),
                ("identifier", identifier.clone()),
                ("metadataPrefix", format.prefix().to_owned()),
            ],
            Self::List(list) => list
                .given
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone()))
                .collect(),
        }
    }
}

fn bad(text: impl Into<String>) -> OaiError {
    OaiError::new("badArgument", text)
}

/// Checks the parameters of a request.
pub(super) fn read(
    context: &Context<'_>,
    parameters: &[(String, String)],
) -> Result<Call, OaiError> {
    for (place, (name, _)) in parameters.iter().enumerate() {
        if parameters[..place].iter().any(|(known, _)| known == name) {
            return Err(bad(format!("Multiple instances of argument {name}")));
        }
    }
    let value = |name: &str| {
        parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let only = |allowed: &[&str]| match parameters
        .iter()
        .find(|(name, _)| name != "verb" && !allowed.contains(&name.as_str()))
    {
        Some((name, _)) => Err(bad(format!("Unallowed parameter {name}"))),
        None => Ok(()),
    };
    match value("verb") {
        Some("Identify") => only(&[]).map(|()| Call::Identify),
        Some("ListSets") => only(&[]).map(|()| Call::ListSets),
        Some("ListMetadataFormats") => {
            only(&["identifier"])?;
            if let Some(identifier) = value("identifier") {
                let id = arxiv_id(identifier)?;
                known(context, id)?;
            }
            Ok(Call::ListMetadataFormats)
        }
        Some("GetRecord") => {
            only(&["identifier", "metadataPrefix"])?;
            let (Some(identifier), Some(prefix)) = (value("identifier"), value("metadataPrefix"))
            else {
                return Err(bad("identifier and metadataPrefix required."));
            };
            Ok(Call::GetRecord {
                identifier: identifier.to_owned(),
                id: arxiv_id(identifier)?.to_owned(),
                format: Format::of(prefix)?,
            })
        }
        Some(verb @ ("ListRecords" | "ListIdentifiers")) => {
            if let Some(text) = value("resumptionToken") {
                if parameters.len() != 2 {
                    return Err(bad("No other parameters allowed with resumptionToken"));
                }
                return by_token(context, verb, text, parameters);
            }
            only(&["metadataPrefix", "from", "until", "set"])?;
            let prefix = value("metadataPrefix").ok_or_else(|| bad("metadataPrefix required."))?;
            let format = Format::of(prefix)?;
            let (from, until) = period(context, value("from"), value("until"))?;
            let set = value("set").map(set).transpose()?;
            Ok(Call::List(List {
                format: (verb == "ListRecords").then_some(format),
                prefix: prefix.to_owned(),
                from,
                until,
                set,
                skip: 0,
                by_token: false,
                given: parameters.to_vec(),
            }))
        }
        Some(other) => Err(OaiError::new("badVerb", format!("Invalid verb: {other}"))),
        None => Err(OaiError::new("badVerb", "No verb was given")),
    }
}

fn by_token(
    context: &Context<'_>,
    verb: &str,
    text: &str,
    parameters: &[(String, String)],
) -> Result<Call, OaiError> {
    let wrong = |_: OaiError| OaiError::new("badResumptionToken", "Token structure is invalid.");
    let token = Token::read(text, utc_day(context.now))?;
    let format = Format::of(&token.prefix).map_err(wrong)?;
    let set = token.set.as_deref().map(set).transpose().map_err(wrong)?;
    if token.verb != verb {
        return Err(OaiError::new(
            "badResumptionToken",
            "Token is of another verb.",
        ));
    }
    Ok(Call::List(List {
        format: (verb == "ListRecords").then_some(format),
        prefix: token.prefix,
        from: token.from,
        until: token.until,
        set,
        skip: token.skip,
        by_token: true,
        given: parameters.to_vec(),
    }))
}

/// The id within an identifier of OAI-PMH.
fn arxiv_id(identifier: &str) -> Result<&str, OaiError> {
    let id = identifier
        .strip_prefix("oai:arXiv.org:")
        .ok_or_else(|| bad("All identifiers start with: oai:arXiv.org:"))?;
    let digits = id.chars().filter(char::is_ascii_digit).count();
    if digits < 7 || !(id.contains('.') || id.contains('/')) {
        return Err(bad("Invalid arXiv id structure"));
    }
    Ok(id)
}

fn known(context: &Context<'_>, id: &str) -> Result<(), OaiError> {
    match context.world.record(id, context.now) {
        Some(_) => Ok(()),
        None => Err(OaiError::new(
            "idDoesNotExist",
            format!("Nothing found for {id}"),
        )),
    }
}

fn period(
    context: &Context<'_>,
    from: Option<&str>,
    until: Option<&str>,
) -> Result<(Option<Date>, Option<Date>), OaiError> {
    let from = from.map(|text| day("from", text)).transpose()?;
    let until = until.map(|text| day("until", text)).transpose()?;
    if from.is_some_and(|from| from < EARLIEST) {
        return Err(bad(format!("Start date too early, earliest: {EARLIEST}")));
    }
    if until.is_some_and(|until| until > shift(utc_day(context.now), 1)) {
        return Err(bad("Until date too late"));
    }
    if let (Some(from), Some(until)) = (from, until)
        && from > until
    {
        return Err(bad("from date after until date"));
    }
    Ok((from, until))
}

fn day(name: &str, text: &str) -> Result<Date, OaiError> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = text.len() == 10
        && text
            .split('-')
            .zip([4, 2, 2])
            .all(|(part, length)| part.len() == length && digits(part))
        && text.matches('-').count() == 2;
    let parsed = if is_plain { text.parse().ok() } else { None };
    parsed.ok_or_else(|| bad(format!("{name} date format must be YYYY-MM-DD")))
}

fn set(text: &str) -> Result<String, OaiError> {
    if taxonomy::all_sets().iter().any(|(known, _)| known == text) {
        Ok(text.to_owned())
    } else {
        Err(bad("Set does not exist"))
    }
}
