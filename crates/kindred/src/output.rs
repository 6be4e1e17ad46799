//! Text for people: wrapped to the terminal, coloured and linked where it can be.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use kindred_digest::{abridged, isolated, marked_words, readable};
use kindred_engine::answer::{RunKind, TextRun};
use unicode_width::UnicodeWidthStr;

pub(crate) use self::links::LinksAlone;
use crate::arguments::{Row, Template};

mod links;

/// Width of lines where the terminal does not say.
const DEFAULT_WIDTH: usize = 80;
/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 120;
/// Columns taken by rank and score before an entry's text.
const INDENT: usize = 12;

/// Where text for people goes.
pub(crate) struct Screen<'a> {
    out: &'a mut dyn Write,
    /// `None`: no wrapping, because a program may read it.
    width: Option<usize>,
    links: bool,
}

/// One numbered result.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) rank: usize,
    pub(crate) score: String,
    /// As the paper has it, TeX included.
    pub(crate) title: String,
    pub(crate) url: Option<String>,
    /// Id, category, date and such, shown dimmed.
    pub(crate) facts: Vec<String>,
    /// Further lines.
    pub(crate) notes: Vec<String>,
}

impl std::fmt::Debug for Screen<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Screen")
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl<'a> Screen<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, is_terminal: bool, links: bool) -> Self {
        let width = is_terminal.then(|| {
            terminal_size::terminal_size()
                .map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
                .clamp(40, WIDEST)
        });
        Self { out, width, links }
    }

    /// Prints a line as it is, wrapped.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(text, 0, 0, Style::new())
    }

    /// Prints a line exactly, however long it is.
    pub(crate) fn exact(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Prints an empty line.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Prints a heading.
    pub(crate) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(text, 0, 0, Style::new().bold())
    }

    /// Prints a dimmed line.
    pub(crate) fn aside(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(text, 0, 0, Style::new().dimmed())
    }

    /// Prints a line, indented by `indent` columns on every row.
    pub(crate) fn indented(&mut self, text: &str, indent: usize) -> io::Result<()> {
        self.wrapped(text, indent, indent, Style::new())
    }

    /// Prints a dimmed line, indented likewise.
    pub(crate) fn faint(&mut self, text: &str, indent: usize) -> io::Result<()> {
        self.wrapped(text, indent, indent, Style::new().dimmed())
    }

    /// Prints a numbered result.
    pub(crate) fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let number = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        write!(
            self.out,
            "{:>3}  {number}{:>5}{number:#}  ",
            entry.rank, entry.score
        )?;
        let title = clean(&readable(&entry.title));
        let rows = self.rows(&title, INDENT);
        for (row, text) in rows.iter().enumerate() {
            if row > 0 {
                write!(self.out, "{:INDENT$}", "")?;
            }
            // A title may not reorder the number and the score before it.
            self.linked(&isolated(text), entry.url.as_deref())?;
            writeln!(self.out)?;
        }
        let facts = entry.facts.join(" · ");
        self.wrapped(&facts, INDENT, INDENT, Style::new().dimmed())?;
        for note in &entry.notes {
            self.wrapped(note, INDENT, INDENT + 2, Style::new())?;
        }
        Ok(())
    }

    /// Prints where two texts differ, below an entry: words taken out as `[-old-]`, words put in as
    /// `{+new+}`, and of longer passages that stayed only the words beside a change.
    pub(crate) fn runs(&mut self, label: &str, runs: &[TextRun]) -> io::Result<()> {
        let room = self.width.map(|width| width.saturating_sub(INDENT + 2));
        write!(self.out, "{:INDENT$}{label}", "")?;
        let mut used = label.width();
        for (kind, word) in marked_words(&abridged(runs, readable)) {
            let style = match kind {
                RunKind::Equal => Style::new(),
                RunKind::Removed => Style::new().fg_color(Some(AnsiColor::Red.into())),
                RunKind::Added => Style::new().fg_color(Some(AnsiColor::Green.into())),
            };
            let columns = word.width();
            if room.is_some_and(|room| used + 1 + columns > room) {
                write!(self.out, "\n{:1$}", "", INDENT + 2)?;
                used = 0;
            } else {
                write!(self.out, " ")?;
                used += 1;
            }
            write!(self.out, "{style}{word}{style:#}")?;
            used += columns;
        }
        writeln!(self.out)
    }

    /// Prints the state of something, its name and what was found.
    pub(crate) fn state(
        &mut self,
        state: &str,
        style: Style,
        named: (&str, &str),
    ) -> io::Result<()> {
        let (name, text) = named;
        write!(self.out, "{style}{state:<4}{style:#}  {name:<10} ")?;
        let text = clean(text);
        for (row, part) in self.rows(&text, 17).iter().enumerate() {
            let indent = if row == 0 { 0 } else { 17 };
            writeln!(self.out, "{:indent$}{part}", "")?;
        }
        Ok(())
    }

    /// Prints name and value of a fact, values aligned.
    pub(crate) fn fact(&mut self, name: &str, value: &str) -> io::Result<()> {
        let label = format!("{name:<18}");
        write!(self.out, "{label}")?;
        let value = clean(value);
        for (row, text) in self.rows(&value, 18).iter().enumerate() {
            if row > 0 {
                write!(self.out, "{:18}", "")?;
            }
            writeln!(self.out, "{text}")?;
        }
        Ok(())
    }

    fn linked(&mut self, text: &str, url: Option<&str>) -> io::Result<()> {
        let bold = Style::new().bold();
        match url {
            Some(url) if self.links => {
                let url = clean(url);
                write!(
                    self.out,
                    "\x1b]8;;{url}\x1b\\{bold}{text}{bold:#}\x1b]8;;\x1b\\"
                )
            }
            _ => write!(self.out, "{bold}{text}{bold:#}"),
        }
    }

    fn wrapped(&mut self, text: &str, first: usize, rest: usize, style: Style) -> io::Result<()> {
        let text = clean(text);
        for (row, part) in self.rows(&text, rest.max(first)).iter().enumerate() {
            let indent = if row == 0 { first } else { rest };
            writeln!(self.out, "{:indent$}{style}{part}{style:#}", "")?;
        }
        Ok(())
    }

    /// Breaks `text` at spaces into rows that fit beside `indent` columns.
    fn rows(&self, text: &str, indent: usize) -> Vec<String> {
        let Some(width) = self.width else {
            return vec![text.to_owned()];
        };
        let room = width.saturating_sub(indent).max(20);
        let mut rows = vec![String::new()];
        let mut used = 0;
        for word in text.split(' ') {
            let columns = word.width();
            if used > 0 && used + 1 + columns > room {
                rows.push(String::new());
                used = 0;
            }
            let row = rows.last_mut().expect("there is always a row");
            if used > 0 {
                row.push(' ');
                used += 1;
            }
            row.push_str(word);
            used += columns;
        }
        rows
    }
}

/// Prints a line for each result, for other programs.
pub(crate) fn print_rows<'a>(
    template: &Template,
    rows: impl IntoIterator<Item = Row<'a>>,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for row in rows {
        writeln!(out, "{}", template.line(&row))?;
    }
    out.flush()
}

/// Makes text of papers safe for a terminal: control characters, which could move the cursor or
/// rewrite what was shown, become a visible mark; direction overrides are dropped.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Names up to three authors.
pub(crate) fn authors(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one}, {two}"),
        [one, two, three] => format!("{one}, {two}, {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// Writes a number with thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a number of bytes.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{number} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Writes `one thing` or `5 things`.
pub(crate) fn plural(number: u64, thing: &str) -> String {
    if number == 1 {
        format!("1 {thing}")
    } else {
        format!("{} {thing}s", count(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_cannot_reach_the_terminal() {
        assert_eq!(
            clean("a\u{1b}[2Jb\u{202e}c\u{9b}"),
            "a\u{fffd}[2Jbc\u{fffd}"
        );
    }

    #[test]
    fn titles_are_shown_without_tex() {
        let entry = Entry {
            rank: 1,
            score: "0.5".to_owned(),
            title: "Erd\\H{o}s on $O(n^2)$\u{1b}[2J and \\$5".to_owned(),
            url: None,
            facts: Vec::new(),
            notes: Vec::new(),
        };
        let mut sink = Vec::new();
        Screen::new(&mut sink, false, false).entry(&entry).unwrap();
        let text = String::from_utf8(sink).unwrap();
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert!(
            plain.contains("Erdős on O(n²)\u{fffd}[2J and $5"),
            "{plain}"
        );
    }

    #[test]
    fn rows_fit_the_width() {
        let mut sink = Vec::new();
        let mut screen = Screen {
            out: &mut sink,
            width: Some(40),
            links: false,
        };
        screen.indented(&"word ".repeat(30), 4).unwrap();
        let text = String::from_utf8(sink).unwrap();
        assert!(text.lines().count() > 3);
        assert!(text.lines().all(|line| line.width() <= 40));
    }

    #[test]
    fn differences_show_changes_and_the_words_beside_them() {
        let run = |kind, text: &str| TextRun {
            kind,
            text: text.to_owned(),
        };
        let runs = [
            run(RunKind::Equal, "one two three four five six"),
            run(RunKind::Removed, "old words"),
            run(RunKind::Added, "new\u{1b}[2J"),
            run(RunKind::Equal, "a b c d e f g h i j"),
            run(RunKind::Added, "end"),
        ];
        let mut sink = Vec::new();
        Screen::new(&mut sink, false, false)
            .runs("title:", &runs)
            .unwrap();
        let text = String::from_utf8(sink).unwrap();
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(
            plain.trim(),
            "title: … three four five six [-old words-] {+new\u{fffd}[2J+} a b c d … g h i j {+end+}"
        );
        let mut sink = Vec::new();
        let mut narrow = Screen {
            out: &mut sink,
            width: Some(40),
            links: false,
        };
        narrow.runs("abstract:", &runs).unwrap();
        let text = String::from_utf8(sink).unwrap();
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert!(plain.lines().count() > 2, "{plain}");
        assert!(plain.lines().all(|line| line.width() <= 40), "{plain}");
    }

    #[test]
    fn piped_text_is_not_wrapped() {
        let mut sink = Vec::new();
        let mut screen = Screen::new(&mut sink, false, false);
        screen.line(&"word ".repeat(60)).unwrap();
        assert_eq!(String::from_utf8(sink).unwrap().lines().count(), 1);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(bytes(1_572_864), "1.5 MiB");
        assert_eq!(plural(1, "paper"), "1 paper");
    }
}
