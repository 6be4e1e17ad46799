use super::*;

fn walk(text: &str) -> Result<Vec<String>, PageFault> {
    let limits = Limits::default();
    let mut walker = Walker::new(text, &limits);
    let mut steps = Vec::new();
    loop {
        match walker.step()? {
            Step::Open(tag) => steps.push(format!("<{}>", tag.name)),
            Step::Close => steps.push("/".to_owned()),
            Step::Text(text) => steps.push(text.into_owned()),
            Step::End => return Ok(steps),
        }
    }
}

fn root(text: &str) -> Result<Element, PageFault> {
    let limits = Limits::default();
    let mut walker = Walker::new(text, &limits);
    let tag = walker.next_child(0)?.expect("a root");
    Ok(Element::read(&mut walker, tag)?.expect("a small record"))
}

/// Finding 2: quick-xml splits text at every entity.
#[test]
fn text_is_accumulated_over_entities_and_cdata() {
    let read = root("<t>Q&amp;A &lt;in&gt; <![CDATA[R&D <b>]]>&#33;&#x41;<i>!</i>?</t>").unwrap();
    assert_eq!(read.text(), "Q&A <in> R&D <b>!A!?");
}

#[test]
fn namespaces_are_matched_by_address_whatever_the_prefix() {
    let read = root(
        "<x:feed xmlns:x='http://www.w3.org/2005/Atom' xmlns='http://arxiv.org/schemas/atom'>\
         <x:title>a</x:title><title>b</title><title xmlns=''>c</title><y:title>d</y:title>\
         </x:feed>",
    )
    .unwrap();
    assert!(read.tag.is(Namespace::Atom, "feed"));
    assert_eq!(read.text_of(Namespace::Atom, "title"), "a");
    assert_eq!(read.text_of(Namespace::ArxivAtom, "title"), "b");
    assert_eq!(read.text_of(Namespace::None, "title"), "c");
    assert_eq!(read.text_of(Namespace::Unknown, "title"), "d");
}

/// Finding 1: a cut-off document is a plain end of file to the parser.
#[test]
fn every_cut_is_seen() {
    let whole = "<?xml version='1.0'?><a b='c'><d>e&amp;f</d><!-- g --><h/><![CDATA[i]]></a>";
    walk(whole).unwrap();
    for end in 0..whole.len() {
        let fault = walk(&whole[..end]).unwrap_err();
        assert!(
            matches!(
                fault,
                PageFault::Cut { .. } | PageFault::Malformed { .. } | PageFault::OutsideRoot { .. }
            ),
            "{end}: {fault}"
        );
    }
}

#[test]
fn only_blanks_and_comments_may_follow_the_root() {
    walk("<a/>\n <!-- b --> <?c?>\n").unwrap();
    for after in ["b", "<b/>", "&amp;", "<![CDATA[b]]>", "</a>"] {
        assert!(walk(&format!("<a/>{after}")).is_err(), "{after}");
    }
}

/// Threat 1: no DTD, no entity but the built-in ones.
#[test]
fn doctype_and_unknown_entities_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>";
    assert_eq!(walk(bomb).unwrap_err(), PageFault::Doctype);
    for entity in [
        "nbsp",
        "xxe",
        "#xD800",
        "#x110000",
        "#",
        "#x",
        "#-1",
        "#99999999999",
    ] {
        let fault = walk(&format!("<a>&{entity};</a>")).unwrap_err();
        assert!(
            matches!(
                fault,
                PageFault::UnknownEntity { .. } | PageFault::Malformed { .. }
            ),
            "{entity}: {fault}"
        );
    }
    assert!(walk("<a b='&nbsp;'/>").is_err());
    assert!(walk("<a>b & c</a>").is_err());
}

/// Threats 2 and 3: attributes, namespaces, nesting, huge tags.
#[test]
fn counts_and_depth_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    walk(&nested(32)).unwrap();
    for depth in [33, 1000, 1_000_000] {
        assert!(walk(&nested(depth)).is_err(), "{depth}");
    }
    let attributes = |count: usize, name: &str| {
        let list: Vec<String> = (0..count).map(|n| format!("{name}{n}='b'")).collect();
        format!("<a {}/>", list.join(" "))
    };
    walk(&attributes(64, "n")).unwrap();
    for (count, name) in [(65, "n"), (80_000, "n"), (80_000, "xmlns:n")] {
        assert!(walk(&attributes(count, name)).is_err(), "{count} {name}");
    }
    assert!(walk(&format!("<a b='{}'/>", "c".repeat(70_000))).is_err());
}

#[test]
fn declared_encodings_other_than_utf8_are_refused() {
    walk("<?xml version='1.0' encoding='utf-8'?><a/>").unwrap();
    walk("<?xml version='1.0'?><a/>").unwrap();
    let fault = walk("<?xml version='1.0' encoding='ISO-8859-1'?><a/>").unwrap_err();
    assert_eq!(
        fault,
        PageFault::Encoding {
            found: "ISO-8859-1".into()
        }
    );
}

#[test]
fn record_over_its_limit_is_read_to_its_end() {
    let limits = Limits {
        record_bytes: 50,
        ..Limits::default()
    };
    let page = format!("<r><a>{}<b/></a><c>d</c></r>", "x".repeat(100));
    let mut walker = Walker::new(&page, &limits);
    walker.next_child(0).unwrap();
    let large = walker.next_child(1).unwrap().unwrap();
    assert!(Element::read(&mut walker, large).unwrap().is_none());
    let next = walker.next_child(1).unwrap().unwrap();
    assert_eq!(
        Element::read(&mut walker, next).unwrap().unwrap().text(),
        "d"
    );
}
