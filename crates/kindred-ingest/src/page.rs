//! XML pages: decoded, walked to their end, and only then handed out.

use kindred_core::{Announcement, AnnouncementKind, Record};

use crate::error::shorten;
use crate::source::starts_like_json;
use crate::xml::{Element, Namespace, Step, Tag, Walker};
use crate::{
    Format, IngestError, Item, ItemHeader, Limits, PageFacts, PageFault, Place, RecordError,
    Repairs, atom, feed, oai, paper_feed,
};

/// An accepted page of papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PapersPage {
    /// What it is.
    pub format: Format,
    /// Its records, in its order.
    pub items: Vec<Item>,
    /// What it says about itself and the list that it belongs to.
    pub facts: PageFacts,
}

/// Reads a page that is in memory: an answer of the query service, of OAI-PMH or a feed.
///
/// `input` names it in errors. What is accepted is what [`SourceReader`](crate::SourceReader)
/// accepts of a file.
///
/// # Errors
/// Any [`IngestError`]; none of the page can be used then.
pub fn parse_papers(
    input: &str,
    bytes: Vec<u8>,
    limits: &Limits,
) -> Result<PapersPage, IngestError> {
    look_at_start(input, &bytes)?;
    parse_page(input, bytes, limits)
}

/// Refuses what is not XML.
pub(crate) fn look_at_start(input: &str, bytes: &[u8]) -> Result<(), IngestError> {
    if starts_like_json(input, bytes)? {
        return Err(IngestError::UnknownFormat {
            input: input.to_owned(),
            found: "JSON".to_owned(),
        });
    }
    Ok(())
}

/// What a record turned into; an announcement may lack its day until the whole feed is read.
pub(crate) struct Converted {
    pub(crate) record: Record,
    pub(crate) undated: Option<AnnouncementKind>,
}

impl From<Record> for Converted {
    fn from(record: Record) -> Self {
        Self {
            record,
            undated: None,
        }
    }
}

/// Parses a whole page; an error means that none of it can be used.
pub(crate) fn parse_page(
    input: &str,
    bytes: Vec<u8>,
    limits: &Limits,
) -> Result<PapersPage, IngestError> {
    walk_page(input, bytes, limits, |builder| {
        let format = builder.root()?;
        builder.complete()?;
        Ok(PapersPage {
            format,
            items: builder.finish_items(),
            facts: std::mem::take(&mut builder.facts),
        })
    })
}

/// Decodes a page and hands it to `read`.
pub(crate) fn walk_page<T>(
    input: &str,
    bytes: Vec<u8>,
    limits: &Limits,
    read: impl FnOnce(&mut Builder<'_>) -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    let decoded = DecodedPage::new(bytes).map_err(|source| IngestError::Page {
        input: input.to_owned(),
        offset: 0,
        source,
    })?;
    read(&mut Builder {
        input,
        limits,
        walker: Walker::new(decoded.body(), limits),
        decoded: &decoded,
        items: Vec::new(),
        undated: Vec::new(),
        facts: PageFacts::default(),
    })
}

/// Reads a page on behalf of its format.
pub(crate) struct Builder<'page> {
    input: &'page str,
    pub(crate) limits: &'page Limits,
    walker: Walker<'page>,
    decoded: &'page DecodedPage,
    items: Vec<Item>,
    undated: Vec<(usize, AnnouncementKind)>,
    pub(crate) facts: PageFacts,
}

impl Builder<'_> {
    pub(crate) fn input(&self) -> String {
        self.input.to_owned()
    }

    fn root(&mut self) -> Result<Format, IngestError> {
        let root = self.open_root()?;
        match (root.namespace, root.name.as_str()) {
            (Namespace::Atom, "feed") => atom::read(self),
            (Namespace::None, "rss") => feed::read_rss(self),
            (Namespace::Rdf, "RDF") => paper_feed::read_rdf(self),
            (Namespace::OaiPmh, "OAI-PMH") => oai::read(self),
            (Namespace::OaiPmh | Namespace::None, "record") => oai::read_bare_record(self, root),
            (namespace, name) if oai::is_metadata(namespace, name) => {
                oai::read_bare_metadata(self, root)
            }
            (_, name) => Err(self.unknown_root(name)),
        }
    }

    /// Opens the root element.
    pub(crate) fn open_root(&mut self) -> Result<Tag, IngestError> {
        let root = self.next_child(0)?;
        root.ok_or_else(|| self.fault(PageFault::Cut { open: 0 }))
    }

    /// Says what a page is that has none of the expected root elements.
    pub(crate) fn unknown_root(&self, name: &str) -> IngestError {
        if name.eq_ignore_ascii_case("html") {
            return IngestError::Refused {
                input: self.input(),
                found: "an HTML page".to_owned(),
            };
        }
        IngestError::UnknownFormat {
            input: self.input(),
            found: format!("XML with the root element `{}`", shorten(name)),
        }
    }

    /// Opens the next child of the element that is open at `depth`; `None` once it is closed.
    pub(crate) fn next_child(&mut self, depth: usize) -> Result<Option<Tag>, IngestError> {
        let child = self.walker.next_child(depth);
        child.map_err(|fault| self.fault(fault))
    }

    /// Reads the element that was just opened; `None` where it is too large.
    pub(crate) fn element(&mut self, tag: Tag) -> Result<Option<Element>, IngestError> {
        let element = Element::read(&mut self.walker, tag);
        element.map_err(|fault| self.fault(fault))
    }

    /// Reads the element that was just opened and returns its trimmed text.
    pub(crate) fn text(&mut self, tag: Tag) -> Result<String, IngestError> {
        let element = self.element(tag)?;
        Ok(element.map_or_else(String::new, |element| element.text().trim().to_owned()))
    }

    /// Adds the record that was just opened.
    pub(crate) fn record(
        &mut self,
        tag: Tag,
        convert: impl FnOnce(&Element, &Limits, &mut Repairs) -> Result<Converted, RecordError>,
    ) -> Result<(), IngestError> {
        let start = tag.offset;
        let element = self.element(tag)?;
        self.converted(start, element.as_ref(), convert)
    }

    /// Adds a record from an element that was read already; `None` stands for a too large one.
    pub(crate) fn converted(
        &mut self,
        start: usize,
        element: Option<&Element>,
        convert: impl FnOnce(&Element, &Limits, &mut Repairs) -> Result<Converted, RecordError>,
    ) -> Result<(), IngestError> {
        if self.items.len() == self.limits.page_records {
            return Err(self.fault(PageFault::OverLimit {
                what: "records of a page",
                limit: self.limits.page_records,
            }));
        }
        let end = self.walker.offset();
        let mut repairs = Repairs {
            invalid_utf8: self.decoded.replacements_in(start, end),
            control_characters: 0,
        };
        let converted = match element {
            Some(element) => convert(element, self.limits, &mut repairs),
            None => Err(RecordError::TooLarge {
                field: "record",
                found: end - start,
                limit: self.limits.record_bytes,
            }),
        };
        self.facts.records += 1;
        let record = converted.map(|converted| {
            if let Some(kind) = converted.undated {
                self.undated.push((self.items.len(), kind));
            }
            converted.record
        });
        self.items.push(Item {
            record,
            place: Place {
                offset: self.decoded.original_offset(start),
                number: self.facts.records,
                is_line: false,
            },
            repairs,
            header: None,
        });
        Ok(())
    }

    /// Gives the item that was added last the header that it came with.
    pub(crate) fn give_header(&mut self, header: Option<ItemHeader>) {
        if let Some(item) = self.items.last_mut() {
            item.header = header;
        }
    }

    /// Walks to the end of the page, which checks that it is complete.
    pub(crate) fn complete(&mut self) -> Result<(), IngestError> {
        loop {
            match self.walker.step() {
                Ok(Step::End) => return Ok(()),
                Ok(Step::Open(_) | Step::Close | Step::Text(_)) => {}
                Err(fault) => return Err(self.fault(fault)),
            }
        }
    }

    /// Gives announcements without a day of their own that of the feed.
    fn finish_items(&mut self) -> Vec<Item> {
        let mut items = std::mem::take(&mut self.items);
        if let Some(day) = self.facts.announced {
            for &(at, kind) in &self.undated {
                if let Ok(Record::Paper { announcement, .. }) = &mut items[at].record {
                    *announcement = Some(Announcement { kind, day });
                }
            }
        }
        items
    }

    fn fault(&self, source: PageFault) -> IngestError {
        IngestError::Page {
            input: self.input(),
            offset: self.decoded.original_offset(self.walker.offset()),
            source,
        }
    }
}

/// Text of a page, and where it differs from the bytes that it came from.
struct DecodedPage {
    text: String,
    /// For each replaced sequence the offsets behind it: in the text, in the bytes.
    replaced: Vec<(usize, usize)>,
}

impl DecodedPage {
    /// Decodes UTF-8; invalid sequences become U+FFFD. Valid bytes are not copied.
    fn new(bytes: Vec<u8>) -> Result<Self, PageFault> {
        /// With more invalid sequences the page is in another encoding, not merely damaged.
        const MOST_REPLACEMENTS: usize = 100_000;
        let foreign = |found: &str| PageFault::Encoding {
            found: found.to_owned(),
        };
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(foreign("UTF-16"));
        }
        if bytes.starts_with(b"<\0") || bytes.starts_with(b"\0") {
            return Err(foreign("UTF-16 or UTF-32"));
        }
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => {
                return Ok(Self {
                    text,
                    replaced: Vec::new(),
                });
            }
            Err(error) => error.into_bytes(),
        };
        let mut text = String::with_capacity(bytes.len());
        let mut replaced = Vec::new();
        let mut original = 0;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            original += chunk.valid().len() + chunk.invalid().len();
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced.push((text.len(), original));
                if replaced.len() > MOST_REPLACEMENTS {
                    return Err(foreign("an encoding other than UTF-8"));
                }
            }
        }
        Ok(Self { text, replaced })
    }

    /// The text without a byte order mark.
    fn body(&self) -> &str {
        &self.text[self.mark()..]
    }

    fn mark(&self) -> usize {
        let mark = '\u{feff}';
        if self.text.starts_with(mark) {
            mark.len_utf8()
        } else {
            0
        }
    }

    /// Turns an offset in the body into one in the bytes of the input.
    fn original_offset(&self, offset: usize) -> u64 {
        let offset = offset + self.mark();
        let behind = self.replaced.partition_point(|&(end, _)| end <= offset);
        let original = match behind.checked_sub(1).map(|last| self.replaced[last]) {
            Some((end, original)) => original + (offset - end),
            None => offset,
        };
        u64::try_from(original).unwrap_or(u64::MAX)
    }

    /// Counts replaced sequences between two offsets in the body.
    fn replacements_in(&self, start: usize, end: usize) -> u32 {
        let before = |offset: usize| {
            let offset = offset + self.mark();
            self.replaced.partition_point(|&(place, _)| place <= offset)
        };
        u32::try_from(before(end) - before(start)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_bytes_of_the_input_not_of_the_decoded_text() {
        let page = DecodedPage::new(b"\xef\xbb\xbf<a>\xff\xfe</a>".to_vec()).unwrap();
        assert_eq!(page.body(), "<a>\u{fffd}\u{fffd}</a>");
        let closing = page.body().find("</a>").unwrap();
        assert_eq!(page.original_offset(closing), 8);
        assert_eq!(page.original_offset(0), 3);
        assert_eq!(page.replacements_in(0, closing), 2);
        assert_eq!(page.replacements_in(closing, page.body().len()), 0);
    }

    #[test]
    fn wide_encodings_are_named() {
        for bytes in [&b"\xff\xfe<\0a\0"[..], b"\xfe\xff\0<", b"<\0a\0", b"\0<\0a"] {
            let fault = DecodedPage::new(bytes.to_vec()).err();
            assert!(
                matches!(fault, Some(PageFault::Encoding { .. })),
                "{bytes:?}"
            );
        }
    }
}
