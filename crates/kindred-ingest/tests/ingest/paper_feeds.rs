//! Feeds of papers of other sources than arXiv. The forms are those of publishers, the texts were
//! written for these tests.

use jiff::civil::date;
use kindred_core::{Announcement, AnnouncementKind, SourceKind};
use kindred_ingest::{Format, RecordError};

use crate::support::*;

const NEW: AnnouncementKind = AnnouncementKind::New;

/// RSS 1.0 as preprint servers write it.
const RDF: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:prism="http://purl.org/rss/1.0/modules/prism/">
<channel rdf:about="https://www.biorxiv.org">
<title>bioRxiv Subject Collection: Neuroscience</title><link>https://www.biorxiv.org</link>
<dc:date>2026-05-04</dc:date>
<items><rdf:Seq><rdf:li rdf:resource="https://x"/></rdf:Seq></items>
</channel>
<image rdf:about=""><title>bioRxiv</title></image>
<item rdf:about="http://biorxiv.org/cgi/content/short/2026.05.01.592000v2?rss=1">
<title><![CDATA[ Cells that <i>forget</i> ]]></title>
<link>https://www.biorxiv.org/content/10.1101/2026.05.01.592000v2?rss=1</link>
<description><![CDATA[ <p>We count cells&#x2009;(p &lt; 0.05).</p><p>Some forget.</p> ]]></description>
<dc:creator>Lovelace, A. K., Noether, E.</dc:creator>
<dc:date>2026-05-03</dc:date>
<dc:identifier>doi:10.1101/2026.05.01.592000</dc:identifier>
<prism:publicationName>bioRxiv</prism:publicationName>
</item>
<item rdf:about="https://example.org/no-title"><link>https://example.org/no-title</link></item>
</rdf:RDF>"#;

/// RSS 2.0 as journals write it.
const JOURNAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel><title>Journal of Streams</title><link>https://example.org</link>
<pubDate>Tue, 05 May 2026 00:00:00 -0400</pubDate>
<item><title>Streams &amp;amp; lakes</title><link>https://example.org/articles/s1?utm_source=rss</link>
<description></description>
<content:encoded><![CDATA[<p>Journal of Streams, <a href="x">doi:1</a></p>We forget.<script>alert("x")</script>]]></content:encoded>
<dc:creator>Ada Lovelace</dc:creator><dc:creator>Noether, Emmy</dc:creator>
<prism:doi>10.1038/S41586-026-00001-1</prism:doi>
<category>Streams</category><dc:rights>All rights reserved</dc:rights>
<pubDate>Mon, 04 May 2026 20:00:00 GMT</pubDate><guid isPermaLink="false">s1</guid></item>
<item><title>Of a library</title><link>https://dl.acm.org/doi/abs/10.1145/123.45?af=R</link>
<description>Journal of Streams, Volume 1.</description><author>Ada Lovelace, Emmy Noether and J. P. Serre</author></item>
<item><title>Without any number</title><link>https://example.org/articles/s3?id=3&amp;utm_medium=rss#top</link>
<description>Only a link.</description></item>
<item><title>Known elsewhere</title><link>https://arxiv.org/abs/2603.22691v2</link>
<description>A preprint.</description></item>
<item><description>No title, no link.</description></item>
</channel></rss>"#;

/// Atom 1.0 with all three kinds of text.
const ATOM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Letters on Streams</title>
<id>https://example.org/feed</id><updated>2026-05-06T01:00:00Z</updated>
<entry><id>tag:example.org,2026:1</id><title>Plain: a &lt;b&gt; b</title>
<link rel="self" href="https://example.org/api/1"/><link href="https://doi.org/10.1000/L.1"/>
<link rel="enclosure" href="https://example.org/10.9999/wrong"/>
<published>2026-05-05T23:30:00-02:00</published><updated>2026-05-06T00:00:00Z</updated>
<author><name>Ada Lovelace</name></author><author><name>Emmy Noether</name></author>
<summary type="html">&lt;p&gt;One&lt;/p&gt;&lt;p&gt;two &amp;eacute;&lt;/p&gt;</summary>
<category term="streams"/></entry>
<entry><id>urn:uuid:0001</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">H<sub>2</sub>O</div></title>
<updated>2026-05-04T00:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><style>p {}</style><p>two</p></div></content>
</entry>
</feed>"#;

#[test]
fn rdf_feed_of_a_preprint_server() {
    let outcome = read(RDF.as_bytes());
    assert_eq!(outcome.format, Some(Format::Feed));
    let items = outcome.items();
    assert_eq!(items.len(), 2);
    let first = paper(&items[0]);
    assert_eq!(first.id.to_string(), "doi:10.1101/2026.05.01.592000");
    assert_eq!(first.title, "Cells that forget");
    assert_eq!(
        first.abstract_text,
        "We count cells (p < 0.05). Some forget."
    );
    assert_eq!(first.authors, ["A. K. Lovelace", "E. Noether"]);
    assert_eq!(versions(first), ["2 2026-05-03"]);
    assert_eq!(first.venue.as_deref(), Some("bioRxiv"));
    assert_eq!(first.doi.as_deref(), Some("10.1101/2026.05.01.592000"));
    assert_eq!(first.source, SourceKind::Feed);
    let day = date(2026, 5, 3);
    assert_eq!(
        announcement(&items[0]),
        Some(Announcement { kind: NEW, day })
    );
    assert_eq!(
        *quarantined(&items[1]),
        RecordError::Missing { field: "title" }
    );
}

#[test]
fn rss_feed_of_a_journal() {
    let items = read(JOURNAL.as_bytes()).items();
    let first = paper(&items[0]);
    assert_eq!(first.id.to_string(), "doi:10.1038/s41586-026-00001-1");
    assert_eq!(first.title, "Streams & lakes");
    assert_eq!(first.abstract_text, "Journal of Streams, doi:1 We forget.");
    assert_eq!(first.authors, ["Ada Lovelace", "Emmy Noether"]);
    assert_eq!(first.venue.as_deref(), Some("Journal of Streams"));
    assert_eq!(first.keywords, ["Streams"]);
    assert_eq!(first.license, None);
    assert_eq!(versions(first), ["0 2026-05-04T20:00:00Z"]);
    let day = date(2026, 5, 4);
    assert_eq!(
        announcement(&items[0]),
        Some(Announcement { kind: NEW, day })
    );

    let second = paper(&items[1]);
    assert_eq!(second.id.to_string(), "doi:10.1145/123.45");
    assert_eq!(
        second.authors,
        ["Ada Lovelace", "Emmy Noether", "J. P. Serre"]
    );
    // Without a day of its own it is new on that of the feed.
    let day = date(2026, 5, 5);
    assert_eq!(
        announcement(&items[1]),
        Some(Announcement { kind: NEW, day })
    );

    let third = paper(&items[2]);
    assert_eq!(
        third.id.to_string(),
        "link:https://example.org/articles/s3?id=3"
    );
    assert_eq!(third.doi, None);

    let fourth = paper(&items[3]);
    assert_eq!(fourth.id.to_string(), "arXiv:2603.22691");
    assert_eq!(versions(fourth), ["0 -"]);
    assert_eq!(
        *quarantined(&items[4]),
        RecordError::Missing { field: "id" }
    );
}

#[test]
fn atom_feed_with_every_kind_of_text() {
    let outcome = read(ATOM.as_bytes());
    assert_eq!(outcome.format, Some(Format::Feed));
    assert_eq!(
        outcome.page.as_ref().unwrap().announced,
        Some(date(2026, 5, 6))
    );
    let items = outcome.items();
    let first = paper(&items[0]);
    assert_eq!(first.id.to_string(), "doi:10.1000/l.1");
    assert_eq!(first.title, "Plain: a <b> b");
    assert_eq!(first.abstract_text, "One two é");
    assert_eq!(first.authors, ["Ada Lovelace", "Emmy Noether"]);
    assert_eq!(first.venue.as_deref(), Some("Letters on Streams"));
    let day = date(2026, 5, 5);
    assert_eq!(
        announcement(&items[0]),
        Some(Announcement { kind: NEW, day })
    );
    let second = paper(&items[1]);
    assert_eq!(second.id.to_string(), "link:urn:uuid:0001");
    assert_eq!(second.title, "H2O");
    assert_eq!(second.abstract_text, "One two");
}

#[test]
fn cut_feed_is_refused_as_a_whole() {
    for feed in [RDF, JOURNAL, ATOM] {
        let outcome = read(&feed.as_bytes()[..feed.len() - 20]);
        assert!(outcome.error().contains("cut off"));
        assert!(outcome.items.is_empty());
    }
    let foreign = r#"<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:x/></r:RDF>"#;
    assert!(read(foreign.as_bytes()).error().contains("RSS 1.0"));
}

/// arXiv's own announcements are told by its marks, whatever stands beside them.
#[test]
fn announcement_of_arxiv_is_still_one() {
    let mixed = RSS.replacen(
        "</channel>",
        "<item><title>Of a journal</title><link>https://doi.org/10.1000/1</link></item></channel>",
        1,
    );
    let items = read(mixed.as_bytes()).items();
    assert_eq!(paper(&items[0]).id.short(), "2603.00001");
    let last = paper(items.last().unwrap());
    assert_eq!(last.id.to_string(), "doi:10.1000/1");
}
