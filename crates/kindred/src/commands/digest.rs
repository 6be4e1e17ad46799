//! `digest`.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use jiff::civil::Date;
use kindred_digest::{
    Digest, Envelope, Format, Item, MailMessage, Mailbox, Section, percentage, readable,
};
use kindred_engine::answer::FeedAnswer;
use kindred_engine::{EngineError, FeedQuery, Library, ListOptions, SetName};

use super::feed::{first_day, print_changes, print_interests, remember};
use super::find::{facts, short_id};
use super::sets::{default_set, set_name};
use crate::arguments::{DigestArguments, DigestFormat};
use crate::exit::{Outcome, UsageError};
use crate::files::write_whole;
use crate::mail::{MailError, MailSettings, send};
use crate::network::{now, today};
use crate::output::{Entry, Screen, count, plural};
use crate::session::Session;

/// Rated papers named as the reason of each arrival.
const REASONS: usize = 2;

/// Sender of a message that is only kept as a file and has no settings.
const NOBODY: &str = "Kindred <kindred@localhost>";

/// A digest, and what it was made of.
struct Made {
    digest: Digest,
    feeds: Vec<(SetName, FeedAnswer)>,
}

pub(crate) fn digest(session: &Session, arguments: &DigestArguments) -> Result<Outcome> {
    let format = format(session, arguments)?;
    let as_of = arguments.as_of.map_or_else(today, Ok)?;
    let since = first_day(arguments.since, as_of)?;
    // Settings that do not work are told before the work.
    let settings = arguments
        .mail
        .then(|| mail_settings(arguments.mail_settings.as_deref()))
        .transpose()?;
    let made = make(session, arguments, since, as_of)?;
    let is_printed =
        arguments.out.is_none() && (!arguments.mail || arguments.format.is_some() || session.json);
    if is_printed || arguments.dry_run {
        print(session, arguments, format, &made.digest)?;
    }
    if let Some(out) = &arguments.out {
        write(session, arguments, format, (&made.digest, out))?;
    }
    if made.digest.is_empty() {
        session.note(&format!(
            "nothing new from {since} to {as_of}{}",
            if arguments.mail { ", no mail sent" } else { "" }
        ));
        return Ok(Outcome::Nothing);
    }
    if let Some(settings) = &settings {
        mail(session, arguments, &made.digest, settings)?;
    }
    if !arguments.peek && !arguments.dry_run {
        for (set, answer) in &made.feeds {
            if !answer.results.is_empty() {
                remember(session, answer, set)?;
            }
        }
    }
    Ok(Outcome::Fine)
}

/// Returns the format: as named, as `--json` says, as the ending of the file says, or text.
fn format(session: &Session, arguments: &DigestArguments) -> Result<DigestFormat> {
    let named = arguments.format;
    if session.json && named.is_some_and(|format| format != DigestFormat::Json) {
        let message = "--json and --format ask for different things".to_owned();
        return Err(UsageError {
            message,
            hint: Some("leave one of them out".to_owned()),
        }
        .into());
    }
    if let Some(format) = named {
        return Ok(format);
    }
    if session.json {
        return Ok(DigestFormat::Json);
    }
    let Some(out) = &arguments.out else {
        return Ok(DigestFormat::Terminal);
    };
    let ending = out.extension().and_then(|ending| ending.to_str());
    Ok(match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("md" | "markdown") => DigestFormat::Markdown,
        Some("html" | "htm" | "xhtml") => DigestFormat::Html,
        Some("atom" | "xml") => DigestFormat::Atom,
        Some("json") => DigestFormat::Json,
        Some("bib") => DigestFormat::Bibtex,
        Some("ris") => DigestFormat::Ris,
        Some("eml") => DigestFormat::Eml,
        Some("txt") => DigestFormat::Terminal,
        _ => {
            let message = format!("the ending of `{}` names no format", out.display());
            let hint = Some(
                "--format names one, or end it with .html, .md, .atom, .json, .bib, .ris, .eml or \
                 .txt"
                    .to_owned(),
            );
            return Err(UsageError { message, hint }.into());
        }
    })
}

/// Asks for the feeds of the sets. Where none was named, sets that cannot be ranked with yet are
/// told and left out, as long as one can.
fn make(session: &Session, arguments: &DigestArguments, since: Date, as_of: Date) -> Result<Made> {
    let library = session.read()?;
    let sets = sets(&library, &arguments.sets)?;
    let mut feeds = Vec::new();
    let mut skipped = None;
    for set in sets {
        let answer = library.feed(&FeedQuery {
            set: set.clone(),
            as_of,
            since,
            categories: arguments.category.clone(),
            limit: usize::from(arguments.limit),
            reasons: REASONS,
            ranker: arguments.ranker,
            list: ListOptions::default(),
        });
        match answer {
            Ok(answer) => feeds.push((set, answer)),
            Err(
                error @ (EngineError::NothingLiked { .. } | EngineError::LikesNotEmbedded { .. }),
            ) if arguments.sets.is_empty() => {
                skipped.get_or_insert(Vec::new()).push(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    for error in skipped.into_iter().flatten() {
        if feeds.is_empty() {
            return Err(error.into());
        }
        session.note(&format!("left out: {error}"));
    }
    let following = library.following(now()?)?;
    let digest = Digest {
        as_of,
        since,
        following: following.map(|following| following.line),
        sections: feeds
            .iter()
            .map(|(_, answer)| Section::from(answer))
            .collect(),
    };
    Ok(Made { digest, feeds })
}

/// Returns the named sets, each once, or all there are.
fn sets(library: &Library, names: &[String]) -> Result<Vec<SetName>> {
    if names.is_empty() {
        let sets: Vec<SetName> = library.sets()?.into_iter().map(|set| set.name).collect();
        if sets.is_empty() {
            // Says that there is none, and how to make one.
            return Ok(vec![default_set(library, None, false)?]);
        }
        return Ok(sets);
    }
    let mut sets = Vec::new();
    for name in names {
        let set = set_name(name)?;
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    Ok(sets)
}

/// Renders a digest in any format.
fn render(arguments: &DigestArguments, format: DigestFormat, digest: &Digest) -> Result<Vec<u8>> {
    let text = match format {
        DigestFormat::Terminal => Format::Plain.render(digest),
        DigestFormat::Markdown => Format::Markdown.render(digest),
        DigestFormat::Html => Format::Html.render(digest),
        DigestFormat::Atom => Format::Atom.render(digest),
        DigestFormat::Json => Format::Json.render(digest),
        DigestFormat::Bibtex => Format::Bibtex.render(digest),
        DigestFormat::Ris => Format::Ris.render(digest),
        DigestFormat::Eml => {
            let envelope = match mail_settings(arguments.mail_settings.as_deref()) {
                Ok(settings) => envelope(&settings)?,
                Err(MailError::Missing { .. }) => Envelope {
                    from: nobody(),
                    to: Vec::new(),
                    date: now()?,
                },
                Err(error) => return Err(error.into()),
            };
            return Ok(MailMessage::new(digest, &envelope)?.bytes());
        }
    };
    Ok(text.into_bytes())
}

fn print(
    session: &Session,
    arguments: &DigestArguments,
    format: DigestFormat,
    digest: &Digest,
) -> Result<()> {
    // With `--mail` alone, a dry run shows the message.
    let format = match (format, arguments.mail && arguments.out.is_none()) {
        (DigestFormat::Terminal, true) => DigestFormat::Eml,
        (format, _) => format,
    };
    if format == DigestFormat::Terminal && arguments.out.is_none() {
        return session.screen(|screen| print_digest(digest, screen));
    }
    let content = render(arguments, format, digest)?;
    let mut out = io::stdout().lock();
    out.write_all(&content)?;
    out.flush()?;
    Ok(())
}

fn write(
    session: &Session,
    arguments: &DigestArguments,
    format: DigestFormat,
    (digest, out): (&Digest, &Path),
) -> Result<()> {
    let what = format!(
        "{} of {}",
        plural(digest.len() as u64, "paper"),
        plural(digest.sections.len() as u64, "set")
    );
    if arguments.dry_run {
        session.note(&format!("would write {what} to {}", out.display()));
        return Ok(());
    }
    write_whole(out, &render(arguments, format, digest)?)?;
    session.note(&format!("wrote {what} to {}", out.display()));
    Ok(())
}

fn mail(
    session: &Session,
    arguments: &DigestArguments,
    digest: &Digest,
    settings: &MailSettings,
) -> Result<()> {
    let to: Vec<String> = settings.to.iter().map(ToString::to_string).collect();
    let way = format!(
        "{} through {}, port {}, with {}",
        to.join(", "),
        settings.host,
        settings.port,
        settings.security.name()
    );
    if arguments.dry_run {
        session.note(&format!("would send to {way}"));
        if let Some(account) = &settings.account {
            session.note(&format!(
                "as {}, with the password from {}",
                account.user,
                account.source()
            ));
        }
        return Ok(());
    }
    if let Some(file) = settings
        .account
        .as_ref()
        .and_then(|account| account.open_file())
    {
        session.note(&format!(
            "note: others can read `{}`; `chmod 600` keeps it to you",
            file.display()
        ));
    }
    let message = MailMessage::new(digest, &envelope(settings)?)?;
    send(&message, settings)?;
    session.note(&format!("sent to {way}"));
    Ok(())
}

fn mail_settings(named: Option<&Path>) -> Result<MailSettings, MailError> {
    MailSettings::read(named, &|name| std::env::var(name).ok())
}

fn envelope(settings: &MailSettings) -> Result<Envelope> {
    Ok(Envelope {
        from: settings.from.clone(),
        to: settings.to.clone(),
        date: now()?,
    })
}

fn nobody() -> Mailbox {
    NOBODY.parse().expect("the constant is an address")
}

fn print_digest(digest: &Digest, screen: &mut Screen<'_>) -> io::Result<()> {
    if let Some(standing) = digest.standing() {
        screen.aside(&standing)?;
    }
    for (position, section) in digest.sections.iter().enumerate() {
        if position > 0 {
            screen.gap()?;
        }
        screen.heading(&format!("{}, {}", section.set, digest.period()))?;
        print_interests(&section.interests, screen)?;
        for item in &section.results {
            screen.entry(&entry(item))?;
            print_changes(item.revision.as_ref(), screen)?;
        }
        let parts: Vec<String> = section
            .left_out
            .iter()
            .map(|omission| format!("{} {}", count(omission.count), omission.reason))
            .collect();
        let by =
            (section.other_ranker()).map_or_else(String::new, |name| format!(" ranked by {name}"));
        let left_out = if parts.is_empty() {
            String::new()
        } else {
            format!("; left out: {}", parts.join(", "))
        };
        screen.aside(&format!(
            "{}{by}{left_out}",
            plural(section.arrivals, "arrival")
        ))?;
    }
    Ok(())
}

fn entry(item: &Item) -> Entry {
    Entry {
        rank: item.rank,
        score: item.relevance.map_or_else(String::new, percentage),
        title: item.paper.title.clone(),
        url: item.paper.url.clone(),
        facts: facts(&item.paper),
        notes: item
            .notes
            .iter()
            .cloned()
            .chain(item.reasons.iter().map(|cause| {
                let id = short_id(&cause.id.to_string());
                format!("{} {id} {}", cause.words(), readable(&cause.title))
            }))
            .collect(),
    }
}
