//! One record of a page as a small tree.

use super::{Namespace, Step, Tag, Walker};
use crate::{PageFault, markup};

/// An element with everything inside of it.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) tag: Tag,
    content: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Text(String),
    Element(Element),
}

impl Element {
    /// Reads the rest of an element that was just opened.
    ///
    /// `None` where it is longer than the limit of a record; it is then read to its end, so that
    /// the records after it can still be used.
    pub(crate) fn read(walker: &mut Walker<'_>, tag: Tag) -> Result<Option<Self>, PageFault> {
        let limit = walker.limits.record_bytes;
        let start = tag.offset;
        let outer_depth = walker.depth() - 1;
        let mut open = vec![Self::new(tag)];
        let mut too_large = false;
        loop {
            let step = walker.step()?;
            if !too_large && walker.offset() - start > limit {
                too_large = true;
                open.clear();
            }
            match step {
                Step::Close if walker.depth() == outer_depth => {
                    return Ok(if too_large { None } else { open.pop() });
                }
                Step::End => return Err(PageFault::Cut { open: 0 }),
                Step::Open(_) | Step::Close | Step::Text(_) if too_large => {}
                Step::Open(tag) => open.push(Self::new(tag)),
                Step::Close => {
                    let closed = open.pop();
                    if let (Some(element), Some(parent)) = (closed, open.last_mut()) {
                        parent.content.push(Node::Element(element));
                    }
                }
                Step::Text(text) => {
                    if let Some(element) = open.last_mut() {
                        element.push_text(&text);
                    }
                }
            }
        }
    }

    fn new(tag: Tag) -> Self {
        Self {
            tag,
            content: Vec::new(),
        }
    }

    /// Appends a piece of text; pieces split by entities and CDATA sections become one.
    fn push_text(&mut self, piece: &str) {
        if let Some(Node::Text(text)) = self.content.last_mut() {
            text.push_str(piece);
        } else if !piece.is_empty() {
            self.content.push(Node::Text(piece.to_owned()));
        }
    }

    /// Child elements in order.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Child elements of one name.
    pub(crate) fn all<'element>(
        &'element self,
        namespace: Namespace,
        name: &'element str,
    ) -> impl Iterator<Item = &'element Self> {
        self.children()
            .filter(move |child| child.tag.is(namespace, name))
    }

    /// First child element of that name.
    pub(crate) fn child(&self, namespace: Namespace, name: &str) -> Option<&Self> {
        self.children().find(|child| child.tag.is(namespace, name))
    }

    /// All text inside, that of inner elements included; recursion ends at the limit of depth.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.append_text(&mut text);
        text
    }

    fn append_text(&self, text: &mut String) {
        for node in &self.content {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.append_text(text),
            }
        }
    }

    /// All text inside as a reader of a page sees it: blocks apart, scripts and styles left out.
    pub(crate) fn page_text(&self) -> String {
        let mut text = String::new();
        self.append_page_text(&mut text);
        text
    }

    fn append_page_text(&self, text: &mut String) {
        for node in &self.content {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => {
                    let name = element.tag.name.to_ascii_lowercase();
                    if markup::is_hidden(&name) {
                        continue;
                    }
                    if markup::is_block(&name) {
                        text.push(' ');
                    }
                    element.append_page_text(text);
                    if markup::is_block(&name) {
                        text.push(' ');
                    }
                }
            }
        }
    }

    /// Text of the first child of that name, empty where there is none.
    pub(crate) fn text_of(&self, namespace: Namespace, name: &str) -> String {
        self.child(namespace, name)
            .map(Self::text)
            .unwrap_or_default()
    }
}
