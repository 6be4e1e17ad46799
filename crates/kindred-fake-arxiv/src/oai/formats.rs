//! Records in the metadata formats, element by element as the service prints them.

use std::fmt::Write as _;

use super::{EARLIEST, OaiError};
use crate::clock::http_date;
use crate::page::{Shown, State};
use crate::tex::to_unicode;
use crate::world::Facts;
use crate::world::schedule::utc_day;
use crate::xml::escape;

/// A metadata format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Raw,
    Arxiv,
    Old,
    DublinCore,
}

impl Format {
    pub(super) fn of(prefix: &str) -> Result<Self, OaiError> {
        [Self::Raw, Self::Arxiv, Self::Old, Self::DublinCore]
            .into_iter()
            .find(|format| format.prefix() == prefix)
            .ok_or_else(|| {
                OaiError::new(
                    "cannotDisseminateFormat",
                    "Did not recognize requested format",
                )
            })
    }

    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Raw => "arXivRaw",
            Self::Arxiv => "arXiv",
            Self::Old => "arXivOld",
            Self::DublinCore => "oai_dc",
        }
    }
}

/// The answer to `ListMetadataFormats`.
pub(super) const METADATA_FORMATS: &str = "<ListMetadataFormats>
<metadataFormat>
 <metadataPrefix>oai_dc</metadataPrefix>
 <schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>
 <metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>
</metadataFormat>
<metadataFormat>
 <metadataPrefix>arXiv</metadataPrefix>
 <schema>http://arxiv.org/OAI/arXiv.xsd</schema>
 <metadataNamespace>http://arxiv.org/OAI/arXiv/</metadataNamespace>
</metadataFormat>
<metadataFormat>
 <metadataPrefix>arXivOld</metadataPrefix>
 <schema>http://arxiv.org/OAI/arXivOld.xsd</schema>
 <metadataNamespace>http://arxiv.org/OAI/arXivOld/</metadataNamespace>
</metadataFormat>
<metadataFormat>
 <metadataPrefix>arXivRaw</metadataPrefix>
 <schema>http://arxiv.org/OAI/arXivRaw.xsd</schema>
 <metadataNamespace>http://arxiv.org/OAI/arXivRaw/</metadataNamespace>
</metadataFormat>
</ListMetadataFormats>
";

/// The answer to `Identify`.
pub(super) fn identify(base: &str) -> String {
    format!(
        "<Identify>\n<repositoryName>arXiv</repositoryName>\n<baseURL>{base}/oai</baseURL>\n\
         <protocolVersion>2.0</protocolVersion>\n<adminEmail>help@arxiv.org</adminEmail>\n\
         <earliestDatestamp>{EARLIEST}</earliestDatestamp>\n\
         <deletedRecord>persistent</deletedRecord>\n<granularity>YYYY-MM-DD</granularity>\n\
         </Identify>\n"
    )
}

/// Records with headers and metadata.
pub(super) fn records(shown: &[Shown], format: Format) -> Vec<String> {
    shown
        .iter()
        .map(|shown| {
            let header = header(shown);
            if shown.state == State::Deleted {
                return format!("<record>\n{header}</record>\n");
            }
            let metadata = match format {
                Format::Raw => raw(shown),
                Format::Arxiv => arxiv(shown),
                Format::Old => old(shown),
                Format::DublinCore => dublin_core(shown),
            };
            format!("<record>\n{header}<metadata>\n{metadata}</metadata>\n</record>\n")
        })
        .collect()
}

/// A header alone.
pub(super) fn header(shown: &Shown) -> String {
    let status = if shown.state == State::Deleted {
        " status=\"deleted\""
    } else {
        ""
    };
    let mut text = format!(
        "<header{status}>\n <identifier>oai:arXiv.org:{}</identifier>\n <datestamp>{}</datestamp>\n",
        shown.record.id,
        shown.record.datestamp()
    );
    for set in shown.record.facts.sets() {
        writeln!(text, " <setSpec>{set}</setSpec>").expect("a String takes every text");
    }
    text + "</header>\n"
}

/// Appends ` <name>text</name>`, unless there is none.
fn element(into: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        writeln!(into, " <{name}>{}</{name}>", escape(text)).expect("a String takes every text");
    }
}

/// The namespaces and the place of the schema of one of arXiv's own formats.
fn opened(name: &str) -> String {
    format!(
        " <{name} xmlns=\"http://arxiv.org/OAI/{name}/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://arxiv.org/OAI/{name}/ http://arxiv.org/OAI/{name}.xsd\">\n"
    )
}

fn title<'a>(shown: &Shown, title: &'a str) -> Option<&'a str> {
    (shown.state != State::Untitled).then_some(title)
}

fn raw(shown: &Shown) -> String {
    let facts = &shown.record.facts;
    let mut text = opened("arXivRaw");
    element(&mut text, "id", Some(&shown.record.id));
    // The templates of the service print Python's `None`.
    let submitter = facts.submitter.as_deref().unwrap_or("None");
    element(&mut text, "submitter", Some(submitter));
    for version in &facts.versions {
        write!(
            text,
            " <version version=\"v{}\"><date>{}</date><size>{}kb</size>",
            version.number,
            http_date(version.submitted),
            version.size_kilobytes
        )
        .expect("a String takes every text");
        if let Some(flags) = version.source_type {
            write!(text, "<source_type>{flags}</source_type>").expect("a String takes every text");
        }
        text += "</version>\n";
    }
    element(&mut text, "title", title(shown, &facts.title));
    element(&mut text, "authors", Some(author_line(facts)));
    element(&mut text, "categories", Some(&facts.categories.join(" ")));
    element(&mut text, "comments", facts.comments.as_deref());
    element(&mut text, "report-no", facts.report_number.as_deref());
    // The service prints the MSC class under both names.
    let acm = facts
        .acm_class
        .as_ref()
        .map(|_| facts.msc_class.as_deref().unwrap_or("None"));
    element(&mut text, "acm-class", acm);
    element(&mut text, "msc-class", facts.msc_class.as_deref());
    element(&mut text, "journal-ref", facts.journal_ref.as_deref());
    element(&mut text, "doi", facts.doi.as_deref());
    element(&mut text, "license", facts.license.as_deref());
    element(&mut text, "abstract", Some(&facts.abstract_text));
    text + " </arXivRaw>\n"
}

fn author_line(facts: &Facts) -> &str {
    if facts.author_line.is_empty() {
        "None"
    } else {
        &facts.author_line
    }
}

fn old(shown: &Shown) -> String {
    let facts = &shown.record.facts;
    let mut text = opened("arXivOld");
    element(&mut text, "id", Some(&shown.record.id));
    element(&mut text, "title", title(shown, &facts.title));
    element(&mut text, "authors", Some(author_line(facts)));
    element(&mut text, "categories", Some(&facts.categories.join(" ")));
    element(&mut text, "comments", facts.comments.as_deref());
    element(&mut text, "report-no", facts.report_number.as_deref());
    element(&mut text, "msc-class", facts.msc_class.as_deref());
    element(&mut text, "acm-class", facts.acm_class.as_deref());
    element(&mut text, "journal-ref", facts.journal_ref.as_deref());
    element(&mut text, "doi", facts.doi.as_deref());
    element(&mut text, "abstract", Some(&facts.abstract_text));
    element(&mut text, "license", facts.license.as_deref());
    text + " </arXivOld>\n"
}

/// A name as family name and the rest.
fn split_name(name: &str) -> (String, String) {
    let name = to_unicode(name);
    match name.rsplit_once(' ') {
        Some((given, family)) => (family.to_owned(), given.to_owned()),
        None => (name, String::new()),
    }
}

fn arxiv(shown: &Shown) -> String {
    let facts = &shown.record.facts;
    let mut text = opened("arXiv");
    let current = utc_day(facts.current().submitted).to_string();
    element(&mut text, "id", Some(&shown.record.id));
    // Of the current version, whatever the schema says.
    element(&mut text, "created", Some(&current));
    if facts.versions.len() > 1 {
        element(&mut text, "updated", Some(&current));
    }
    text += " <authors>\n";
    for name in &facts.authors {
        let (family, given) = split_name(name);
        writeln!(
            text,
            "  <author><keyname>{}</keyname><forenames>{}</forenames></author>",
            escape(&family),
            escape(&given)
        )
        .expect("a String takes every text");
    }
    text += " </authors>\n";
    let unicode = |text: &Option<String>| text.as_deref().map(to_unicode);
    element(&mut text, "title", title(shown, &to_unicode(&facts.title)));
    element(&mut text, "categories", Some(&facts.categories.join(" ")));
    element(&mut text, "comments", unicode(&facts.comments).as_deref());
    element(&mut text, "report-no", facts.report_number.as_deref());
    element(&mut text, "msc-class", facts.msc_class.as_deref());
    let acm = facts
        .acm_class
        .as_ref()
        .map(|_| facts.msc_class.as_deref().unwrap_or("None"));
    element(&mut text, "acm-class", acm);
    element(
        &mut text,
        "journal-ref",
        unicode(&facts.journal_ref).as_deref(),
    );
    element(&mut text, "doi", facts.doi.as_deref());
    element(&mut text, "license", facts.license.as_deref());
    element(
        &mut text,
        "abstract",
        Some(&to_unicode(&facts.abstract_text)),
    );
    text + " </arXiv>\n"
}

fn dublin_core(shown: &Shown) -> String {
    let facts = &shown.record.facts;
    let mut text = String::from(
        " <oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai_dc/ \
         http://www.openarchives.org/OAI/2.0/oai_dc.xsd\">\n",
    );
    element(
        &mut text,
        "dc:title",
        title(shown, &to_unicode(&facts.title)),
    );
    for name in &facts.authors {
        let (family, given) = split_name(name);
        element(&mut text, "dc:creator", Some(&format!("{family}, {given}")));
    }
    for category in facts.canonical_categories() {
        element(&mut text, "dc:subject", crate::taxonomy::name(&category));
    }
    element(&mut text, "dc:subject", facts.msc_class.as_deref());
    element(&mut text, "dc:subject", facts.acm_class.as_deref());
    element(
        &mut text,
        "dc:description",
        Some(&to_unicode(&facts.abstract_text)),
    );
    element(&mut text, "dc:description", facts.comments.as_deref());
    let first = utc_day(facts.versions[0].submitted);
    let current = utc_day(facts.current().submitted);
    element(&mut text, "dc:date", Some(&first.to_string()));
    if first != current {
        element(&mut text, "dc:date", Some(&current.to_string()));
    }
    element(&mut text, "dc:type", Some("text"));
    let address = format!("http://arxiv.org/abs/{}", shown.record.id);
    element(&mut text, "dc:identifier", Some(&address));
    element(&mut text, "dc:identifier", facts.journal_ref.as_deref());
    let doi = facts.doi.as_ref().map(|doi| format!("doi:{doi}"));
    element(&mut text, "dc:identifier", doi.as_deref());
    text + " </oai_dc:dc>\n"
}
