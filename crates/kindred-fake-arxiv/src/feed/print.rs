//! The two forms of a feed, element by element as the feed service prints them.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::page::{Context, Document, Shown, State};
use crate::tex::to_unicode;
use crate::world::schedule::{eastern, midnight};
use crate::xml::{escape_text, escape_value};

/// RSS 2.0 or Atom 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Rss,
    Atom,
}

impl Form {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
        }
    }
}

/// A feed without its items.
#[derive(Debug)]
pub(super) struct Channel {
    form: Form,
    title: String,
    description: String,
    link: String,
    editor: &'static str,
    skips_days: bool,
    /// When the feed was made, with a fraction and offset as Python prints it.
    made: String,
    made_rfc2822: String,
    published: String,
    published_rfc2822: String,
}

impl Channel {
    /// The feed of `names` that is dated `day`.
    pub(super) fn of(context: &Context<'_>, form: Form, names: &[String], day: Date) -> Self {
        let listed = names.join(", ");
        Self {
            title: format!("{listed} updates on arXiv.org"),
            description: format!("{listed} updates on the arXiv.org e-print archive."),
            link: format!("http://rss.arxiv.org/{}/{}", form.path(), names.join("+")),
            editor: "rss-help@arxiv.org",
            skips_days: true,
            ..Self::dated(context, form, day)
        }
    }

    /// The feed that tells an error.
    pub(super) fn error(
        context: &Context<'_>,
        form: Form,
        query: &str,
        text: &str,
        day: Date,
    ) -> Self {
        let link = format!("http://rss.arxiv.org/{}/{query}", form.path());
        Self {
            title: format!("Feed error for query: {link}"),
            description: text.to_owned(),
            link,
            editor: "rss-help.arxiv.org",
            skips_days: false,
            ..Self::dated(context, form, day)
        }
    }

    fn dated(context: &Context<'_>, form: Form, day: Date) -> Self {
        let now = context.shown_now();
        let midnight = midnight(day).to_zoned(eastern());
        Self {
            form,
            title: String::new(),
            description: String::new(),
            link: String::new(),
            editor: "",
            skips_days: false,
            made: now.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string(),
            made_rfc2822: now.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
            published: midnight.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            published_rfc2822: midnight.strftime("%a, %d %b %Y %H:%M:%S %z").to_string(),
        }
    }

    /// The whole feed around `items`.
    pub(super) fn document(&self, items: Vec<String>) -> Document {
        let spaces = "xmlns:arxiv=\"http://arxiv.org/schemas/atom\" \
                      xmlns:dc=\"http://purl.org/dc/elements/1.1/\"";
        let title = escape_text(&self.title);
        let description = escape_text(&self.description);
        let link = escape_value(&self.link);
        let content_type = self.form.content_type();
        let start = "<?xml version='1.0' encoding='UTF-8'?>\n";
        match self.form {
            Form::Rss => {
                let skip = if self.skips_days {
                    "    <skipDays>\n      <day>Saturday</day>\n      <day>Sunday</day>\n    \
                     </skipDays>\n"
                } else {
                    ""
                };
                Document {
                    head: format!(
                        "{start}<rss {spaces} xmlns:atom=\"http://www.w3.org/2005/Atom\" \
                         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                         version=\"2.0\">\n  <channel>\n    <title>{title}</title>\n    \
                         <link>{link}</link>\n    <description>{description}</description>\n    \
                         <atom:link href=\"{link}\" rel=\"self\" type=\"{content_type}\"/>\n    \
                         <docs>http://www.rssboard.org/rss-specification</docs>\n    \
                         <language>en-us</language>\n    \
                         <lastBuildDate>{}</lastBuildDate>\n    \
                         <managingEditor>{}</managingEditor>\n    <pubDate>{}</pubDate>\n{skip}",
                        self.made_rfc2822, self.editor, self.published_rfc2822
                    ),
                    records: items,
                    end: "  </channel>\n</rss>\n".to_owned(),
                }
            }
            Form::Atom => Document {
                head: format!(
                    "{start}<feed {spaces} xmlns=\"http://www.w3.org/2005/Atom\" \
                     xml:lang=\"en-us\">\n  <id>{link}</id>\n  <title>{title}</title>\n  \
                     <updated>{}</updated>\n  \
                     <link href=\"{link}\" rel=\"self\" type=\"{content_type}\"/>\n  \
                     <subtitle>{description}</subtitle>\n",
                    self.made
                ),
                records: items,
                end: "</feed>\n".to_owned(),
            },
        }
    }

    /// One item.
    pub(super) fn item(&self, shown: &Shown) -> String {
        let record = &shown.record;
        let facts = &record.facts;
        let version = facts.current().number;
        let id = &record.id;
        let kind = shown.kind;
        // Abstracts of the feed are one paragraph.
        let flat = |text: &str| {
            to_unicode(text)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        let summary = escape_text(&format!(
            "arXiv:{id}v{version} Announce Type: {kind} \nAbstract: {}",
            flat(&facts.abstract_text)
        ));
        let title = if shown.state == State::Untitled {
            String::new()
        } else {
            format!(
                "      <title>{}</title>\n",
                escape_text(&flat(&facts.title))
            )
        };
        let mut text = match self.form {
            Form::Rss => format!(
                "    <item>\n{title}      <link>https://arxiv.org/abs/{id}</link>\n      \
                 <description>{summary}</description>\n      \
                 <guid isPermaLink=\"false\">oai:arXiv.org:{id}v{version}</guid>\n"
            ),
            Form::Atom => format!(
                "    <entry>\n      <id>oai:arXiv.org:{id}v{version}</id>\n{title}      \
                 <updated>{}</updated>\n      <link href=\"https://arxiv.org/abs/{id}\" \
                 rel=\"alternate\" type=\"text/html\"/>\n      <summary>{summary}</summary>\n",
                self.made
            ),
        };
        for category in &facts.categories {
            let written = match self.form {
                Form::Rss => writeln!(text, "      <category>{category}</category>"),
                Form::Atom => writeln!(text, "      <category term=\"{category}\"/>"),
            };
            written.expect("a String takes every text");
        }
        match self.form {
            Form::Rss => element(&mut text, "pubDate", Some(&self.published_rfc2822)),
            Form::Atom => element(&mut text, "published", Some(&self.published)),
        }
        element(&mut text, "arxiv:announce_type", Some(kind));
        element(&mut text, "dc:rights", facts.license.as_deref());
        element(&mut text, "arxiv:DOI", facts.doi.as_deref());
        element(
            &mut text,
            "arxiv:journal_reference",
            facts.journal_ref.as_deref(),
        );
        let authors = to_unicode(&facts.author_line.replace(" and ", ", "));
        element(&mut text, "dc:creator", Some(&authors));
        text += match self.form {
            Form::Rss => "    </item>\n",
            Form::Atom => "    </entry>\n",
        };
        match self.form {
            Form::Rss => text,
            // Entries lie one level higher than items.
            Form::Atom => text
                .split_inclusive('\n')
                .map(|line| line.strip_prefix("  ").unwrap_or(line))
                .collect(),
        }
    }
}

fn element(into: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        writeln!(into, "      <{name}>{}</{name}>", escape_text(text))
            .expect("a String takes every text");
    }
}
