//! A page as a browser reads it: parsed by the HTML standard's algorithm.

use html5ever::ParseOpts;
use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element with its attributes and all text below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// Names, with their prefix where they have one, and values.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find_map(|(found, value)| (found == name).then_some(value.as_str()))
    }

    /// Whether it is an element `name` of a class or with an id: `p.text`, `h1#title`, `li`.
    pub(crate) fn is(&self, selector: &str) -> bool {
        if let Some((name, id)) = selector.split_once('#') {
            return self.name == name && self.get("id") == Some(id);
        }
        let (name, class) = selector.split_once('.').unwrap_or((selector, ""));
        let classes = self.get("class").unwrap_or_default();
        self.name == name && (class.is_empty() || classes.split(' ').any(|one| one == class))
    }
}

/// All elements of a page in the order in which they begin.
#[derive(Debug)]
pub(crate) struct Dom(pub(crate) Vec<Element>);

impl Dom {
    pub(crate) fn of(html: &str) -> Self {
        let dom = html5ever::parse_document(RcDom::default(), ParseOpts::default()).one(html);
        let mut elements = Vec::new();
        walk(&dom.document, &mut elements);
        Self(elements)
    }

    pub(crate) fn all<'a, 'b: 'a>(
        &'a self,
        selector: &'b str,
    ) -> impl Iterator<Item = &'a Element> + use<'a, 'b> {
        self.0.iter().filter(move |element| element.is(selector))
    }

    /// The text of the first element of a kind.
    #[track_caller]
    pub(crate) fn text(&self, selector: &str) -> &str {
        let found = self.0.iter().find(|element| element.is(selector));
        &found.unwrap_or_else(|| panic!("no {selector}")).text
    }
}

fn walk(node: &Handle, elements: &mut Vec<Element>) {
    if let NodeData::Element {
        name,
        attrs,
        template_contents,
        ..
    } = &node.data
    {
        let attributes = attrs.borrow();
        let attributes = attributes.iter().map(|attribute| {
            let prefix = attribute.name.prefix.as_ref();
            let prefix = prefix.map_or_else(String::new, |prefix| format!("{prefix}:"));
            let name = format!("{prefix}{}", attribute.name.local);
            (name, attribute.value.to_string())
        });
        let mut text = String::new();
        read(node, &mut text);
        elements.push(Element {
            name: name.local.to_string(),
            attributes: attributes.collect(),
            text,
        });
        if let Some(contents) = &*template_contents.borrow() {
            walk(contents, elements);
        }
    }
    for child in node.children.borrow().iter() {
        walk(child, elements);
    }
}

fn read(node: &Handle, text: &mut String) {
    if let NodeData::Text { contents } = &node.data {
        text.push_str(&contents.borrow());
    }
    for child in node.children.borrow().iter() {
        read(child, text);
    }
}
