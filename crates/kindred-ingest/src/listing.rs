//! OAI-PMH answers without papers: the census of identifiers and the list of sets.

use crate::oai::{item_header, read_answer};
use crate::page::{Builder, walk_page};
use crate::xml::Namespace;
use crate::{IngestError, ItemHeader, Limits, PageFacts, RecordError};

/// A page of `ListIdentifiers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderList {
    /// The headers, in the order of the page.
    pub headers: Vec<ItemHeader>,
    /// Headers that cannot be used.
    pub rejected: Vec<RecordError>,
    /// What the page says about itself and the list that it belongs to.
    pub facts: PageFacts,
}

/// A page of `ListSets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetList {
    /// Name in requests, such as `cs:cs:AI`, and name for people.
    pub sets: Vec<(String, String)>,
    /// What the page says about itself and the list that it belongs to.
    pub facts: PageFacts,
}

/// Reads a page of `ListIdentifiers`; no headers where the service says `noRecordsMatch`.
///
/// # Errors
/// Any [`IngestError`]; none of the page can be used then.
pub fn parse_headers(
    input: &str,
    bytes: Vec<u8>,
    limits: &Limits,
) -> Result<HeaderList, IngestError> {
    let mut headers = Vec::new();
    let mut rejected = Vec::new();
    let facts = parse(input, bytes, limits, "ListIdentifiers", &mut |builder| {
        while let Some(tag) = builder.next_child(2)? {
            if tag.is(Namespace::OaiPmh, "header") {
                let Some(element) = builder.element(tag)? else {
                    continue;
                };
                builder.facts.records += 1;
                match item_header(&element) {
                    Ok(header) => headers.push(header),
                    Err(error) => rejected.push(error),
                }
            } else if tag.is(Namespace::OaiPmh, "resumptionToken") {
                builder.facts.resumption_token = Some(builder.text(tag)?);
            }
        }
        Ok(())
    })?;
    Ok(HeaderList {
        headers,
        rejected,
        facts,
    })
}

/// Reads a page of `ListSets`.
///
/// # Errors
/// Any [`IngestError`]; none of the page can be used then.
pub fn parse_sets(input: &str, bytes: Vec<u8>, limits: &Limits) -> Result<SetList, IngestError> {
    let mut sets = Vec::new();
    let facts = parse(input, bytes, limits, "ListSets", &mut |builder| {
        while let Some(tag) = builder.next_child(2)? {
            if tag.is(Namespace::OaiPmh, "set") {
                let Some(element) = builder.element(tag)? else {
                    continue;
                };
                let text = |name| element.text_of(Namespace::OaiPmh, name).trim().to_owned();
                builder.facts.records += 1;
                sets.push((text("setSpec"), text("setName")));
            } else if tag.is(Namespace::OaiPmh, "resumptionToken") {
                builder.facts.resumption_token = Some(builder.text(tag)?);
            }
        }
        Ok(())
    })?;
    Ok(SetList { sets, facts })
}

fn parse(
    input: &str,
    bytes: Vec<u8>,
    limits: &Limits,
    verb: &str,
    list: &mut dyn FnMut(&mut Builder<'_>) -> Result<(), IngestError>,
) -> Result<PageFacts, IngestError> {
    crate::page::look_at_start(input, &bytes)?;
    walk_page(input, bytes, limits, |builder| {
        let root = builder.open_root()?;
        if !root.is(Namespace::OaiPmh, "OAI-PMH") {
            return Err(builder.unknown_root(&root.name));
        }
        let answered = read_answer(builder, &[verb], list)?;
        builder.complete()?;
        if answered.list_seen && builder.facts.records == 0 {
            return Err(IngestError::EmptyPage {
                input: builder.input(),
                found: "a list without entries and without an error".to_owned(),
            });
        }
        Ok(std::mem::take(&mut builder.facts))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(content: &str) -> Vec<u8> {
        format!(
            "<?xml version='1.0'?><OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'>\
             <responseDate>2026-11-03T05:00:00Z</responseDate><request/>{content}</OAI-PMH>"
        )
        .into_bytes()
    }

    #[test]
    fn a_census_has_ids_days_and_sets() {
        let bytes = page(
            "<ListIdentifiers>\
             <header><identifier>oai:arXiv.org:hep-th/9901001</identifier>\
             <datestamp>2026-11-02</datestamp><setSpec>physics:hep-th</setSpec></header>\
             <header status='deleted'><identifier>oai:arXiv.org:2611.00007</identifier>\
             <datestamp>2026-11-03</datestamp></header>\
             <header><identifier>oai:arXiv.org:nonsense</identifier></header>\
             <resumptionToken>a%3Db</resumptionToken></ListIdentifiers>",
        );
        let list = parse_headers("a page", bytes, &Limits::default()).unwrap();
        assert_eq!(list.headers.len(), 2);
        assert_eq!(list.headers[0].id.short(), "hep-th/9901001");
        assert_eq!(list.headers[0].sets, ["physics:hep-th"]);
        assert_eq!(list.headers[0].datestamp.unwrap().to_string(), "2026-11-02");
        assert!(list.headers[1].is_deleted);
        assert_eq!(list.rejected.len(), 1);
        assert_eq!(list.facts.resumption_token.as_deref(), Some("a%3Db"));
    }

    #[test]
    fn sets_have_two_names() {
        let bytes = page(
            "<ListSets><set><setSpec>cs:cs:AI</setSpec><setName>Artificial Intelligence</setName>\
             </set></ListSets>",
        );
        let list = parse_sets("a page", bytes, &Limits::default()).unwrap();
        assert_eq!(
            list.sets,
            [("cs:cs:AI".to_owned(), "Artificial Intelligence".to_owned())]
        );
    }

    #[test]
    fn what_is_cut_empty_or_another_answer_is_refused() {
        let limits = Limits::default();
        let whole = page("<ListSets><set><setSpec>cs</setSpec></set></ListSets>");
        for length in 0..whole.len() {
            let cut = whole[..length].to_vec();
            assert!(
                parse_sets("a page", cut, &limits).is_err(),
                "cut at {length}"
            );
        }
        assert!(parse_headers("a page", whole, &limits).is_err());
        assert!(parse_headers("a page", page("<ListIdentifiers/>"), &limits).is_err());
        let html = b"<html><body>busy</body></html>".to_vec();
        assert!(matches!(
            parse_headers("a page", html, &limits),
            Err(IngestError::Refused { .. })
        ));
        let text = b"Rate exceeded.".to_vec();
        assert!(matches!(
            parse_headers("a page", text, &limits),
            Err(IngestError::Refused { .. })
        ));
        let none = page("<error code='noRecordsMatch'>none</error>");
        assert!(
            parse_headers("a page", none, &limits)
                .unwrap()
                .headers
                .is_empty()
        );
    }
}
