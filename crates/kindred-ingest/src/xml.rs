//! XML as this crate accepts it: one page in memory, bounded, without DOCTYPE, complete.
//!
//! quick-xml reports a plain end of file for a document that is cut off, and the depth limit of
//! its serde layer does not exist in the pull reader, so both are watched here.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::error::shorten;
use crate::{Limits, PageFault};

pub(crate) use self::element::Element;

mod element;

/// Namespaces of the vocabularies that are read, matched by address and never by prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Namespace {
    None,
    Atom,
    OpenSearch,
    /// Extensions of arXiv in Atom and RSS.
    ArxivAtom,
    DublinCore,
    /// RSS 1.0.
    Rss,
    Rdf,
    /// Module of RSS for whole texts.
    Content,
    /// Metadata of publishers, any version.
    Prism,
    OaiPmh,
    OaiDublinCore,
    OaiArxiv,
    OaiArxivRaw,
    OaiArxivOld,
    Unknown,
}

impl Namespace {
    fn of(address: &str) -> Self {
        match address {
            "" => Self::None,
            "http://www.w3.org/2005/Atom" => Self::Atom,
            "http://a9.com/-/spec/opensearch/1.1/" => Self::OpenSearch,
            "http://arxiv.org/schemas/atom" => Self::ArxivAtom,
            "http://purl.org/dc/elements/1.1/" => Self::DublinCore,
            "http://purl.org/rss/1.0/" => Self::Rss,
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Self::Rdf,
            "http://purl.org/rss/1.0/modules/content/" => Self::Content,
            "http://purl.org/rss/1.0/modules/prism/" => Self::Prism,
            _ if address.starts_with("http://prismstandard.org/namespaces/") => Self::Prism,
            "http://www.openarchives.org/OAI/2.0/" => Self::OaiPmh,
            "http://www.openarchives.org/OAI/2.0/oai_dc/" => Self::OaiDublinCore,
            "http://arxiv.org/OAI/arXiv/" => Self::OaiArxiv,
            "http://arxiv.org/OAI/arXivRaw/" => Self::OaiArxivRaw,
            "http://arxiv.org/OAI/arXivOld/" => Self::OaiArxivOld,
            _ => Self::Unknown,
        }
    }
}

/// A start tag.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) namespace: Namespace,
    /// Local name.
    pub(crate) name: String,
    /// Names as written, with their prefix; values unescaped.
    attributes: Vec<(String, String)>,
    /// Offset of its `<` in the page.
    pub(crate) offset: usize,
}

impl Tag {
    pub(crate) fn is(&self, namespace: Namespace, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What comes next on a page.
#[derive(Debug)]
pub(crate) enum Step<'page> {
    Open(Tag),
    Close,
    Text(Cow<'page, str>),
    /// The page is complete: its root was seen and closed.
    End,
}

/// Walks over a page, checking everything that makes a page acceptable.
pub(crate) struct Walker<'page> {
    reader: NsReader<&'page [u8]>,
    limits: &'page Limits,
    depth: usize,
    root_seen: bool,
}

impl<'page> Walker<'page> {
    pub(crate) fn new(text: &'page str, limits: &'page Limits) -> Self {
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        config.allow_unmatched_ends = false;
        config.allow_dangling_amp = false;
        Self {
            reader,
            limits,
            depth: 0,
            root_seen: false,
        }
    }

    /// Elements that are open now.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Offset of what comes next.
    pub(crate) fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Reads on.
    pub(crate) fn step(&mut self) -> Result<Step<'page>, PageFault> {
        loop {
            let offset = self.offset();
            let (resolved, event) = match self.reader.read_resolved_event() {
                Ok(read) => read,
                Err(error) => return Err(self.fault_of(&error)),
            };
            let namespace = match resolved {
                ResolveResult::Bound(bound) => Namespace::of(bound.into_inner()),
                ResolveResult::Unbound => Namespace::None,
                ResolveResult::Unknown(_) => Namespace::Unknown,
            };
            match event {
                Event::Start(start) => return self.open(&start, namespace, offset).map(Step::Open),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Step::Close);
                }
                Event::Text(text) => {
                    if self.depth > 0 {
                        return Ok(Step::Text(text.xml10_content()));
                    }
                    if !text.chars().all(char::is_whitespace) {
                        return Err(PageFault::OutsideRoot { found: "text" });
                    }
                }
                Event::CData(data) => return self.inside(data.xml10_content()),
                Event::GeneralRef(reference) => {
                    let text = resolve(&reference)?;
                    return self.inside(text);
                }
                Event::DocType(_) => return Err(PageFault::Doctype),
                Event::Decl(declaration) => check_encoding(&declaration)?,
                Event::Eof => return self.finish(),
                // With empty elements expanded, `Empty` does not occur.
                Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
    }

    /// Opens the next child of the element that was open at `depth`, skipping texts and the
    /// rest of children that were not read to their end; `None` once that element is closed.
    pub(crate) fn next_child(&mut self, depth: usize) -> Result<Option<Tag>, PageFault> {
        loop {
            match self.step()? {
                Step::Open(tag) if self.depth == depth + 1 => return Ok(Some(tag)),
                Step::Close if self.depth < depth => return Ok(None),
                Step::End => return Ok(None),
                Step::Open(_) | Step::Close | Step::Text(_) => {}
            }
        }
    }

    fn inside(&self, text: Cow<'page, str>) -> Result<Step<'page>, PageFault> {
        if self.depth > 0 {
            Ok(Step::Text(text))
        } else {
            Err(PageFault::OutsideRoot { found: "text" })
        }
    }

    fn open(
        &mut self,
        start: &BytesStart<'_>,
        namespace: Namespace,
        offset: usize,
    ) -> Result<Tag, PageFault> {
        if self.depth == 0 && self.root_seen {
            return Err(PageFault::OutsideRoot {
                found: "a second element",
            });
        }
        self.root_seen = true;
        self.depth += 1;
        let over = |what, limit| Err(PageFault::OverLimit { what, limit });
        if self.depth > self.limits.depth {
            return over("nesting", self.limits.depth);
        }
        if start.len() > self.limits.tag_bytes {
            return over("bytes of a start tag", self.limits.tag_bytes);
        }
        let mut attributes = Vec::new();
        for (count, attribute) in start.attributes().enumerate() {
            if count == self.limits.attributes {
                return over("attributes of an element", self.limits.attributes);
            }
            let attribute = attribute.map_err(|error| malformed(&error))?;
            let value = unescape(&attribute.value).map_err(|error| malformed(&error))?;
            attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(Tag {
            namespace,
            name: start.local_name().as_ref().to_owned(),
            attributes,
            offset,
        })
    }

    fn finish(&self) -> Result<Step<'page>, PageFault> {
        if self.depth > 0 || !self.root_seen {
            return Err(PageFault::Cut { open: self.depth });
        }
        Ok(Step::End)
    }

    /// A syntax error is a construct that the end of the page left open.
    fn fault_of(&self, error: &quick_xml::Error) -> PageFault {
        if matches!(error, quick_xml::Error::Syntax(_)) {
            PageFault::Cut { open: self.depth }
        } else {
            malformed(error)
        }
    }
}

fn malformed(error: &dyn std::fmt::Display) -> PageFault {
    PageFault::Malformed {
        message: shorten(&error.to_string()),
    }
}

/// Resolves one of the five built-in entities or a character reference.
fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, PageFault> {
    if let Some(number) = reference.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return code
            .ok()
            .and_then(char::from_u32)
            .map(|character| Cow::Owned(character.into()))
            .ok_or_else(|| PageFault::UnknownEntity {
                name: shorten(reference),
            });
    }
    resolve_predefined_entity(reference)
        .map(Cow::Borrowed)
        .ok_or_else(|| PageFault::UnknownEntity {
            name: shorten(reference),
        })
}

fn check_encoding(declaration: &BytesDecl<'_>) -> Result<(), PageFault> {
    let Some(encoding) = declaration.encoding() else {
        return Ok(());
    };
    let encoding = encoding.map_err(|error| malformed(&error))?;
    let is_utf8 = ["utf-8", "utf8", "us-ascii", "ascii"]
        .iter()
        .any(|known| encoding.eq_ignore_ascii_case(known));
    if is_utf8 {
        Ok(())
    } else {
        Err(PageFault::Encoding {
            found: shorten(&encoding),
        })
    }
}

#[cfg(test)]
mod tests;
