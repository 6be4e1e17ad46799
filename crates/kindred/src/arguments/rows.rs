//! Ids from standard input, and answers as lines for other programs.

use std::fmt::Write as _;

use clap::Args;
use kindred_engine::PaperId;
use kindred_engine::answer::PaperView;

use crate::output::clean;

/// An id of a paper, or where ids are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IdArgument {
    /// This paper.
    Paper(PaperId),
    /// Standard input: `-`.
    Input,
}

/// Reads an id, or `-`.
pub(crate) fn id_or_input(text: &str) -> Result<IdArgument, <PaperId as std::str::FromStr>::Err> {
    if text == "-" {
        return Ok(IdArgument::Input);
    }
    text.parse().map(IdArgument::Paper)
}

/// How results are printed for other programs.
#[derive(Debug, Args)]
pub(crate) struct RowArguments {
    /// Print ids alone, one a line, as `-` reads them
    #[arg(long, conflicts_with = "json")]
    ids: bool,
    /// Print a line of this form for each result: {rank}, {score}, {id}, {title}, {url}, {authors},
    /// {categories}, {date}, with \t and \n; {{ is a brace
    #[arg(
        long = "format",
        value_name = "FORM",
        conflicts_with_all = ["json", "ids"],
        hide_short_help = true
    )]
    form: Option<Template>,
}

impl RowArguments {
    /// Returns the form of a line, where lines were asked for.
    pub(crate) fn template(&self) -> Option<Template> {
        if self.ids {
            return Some(Template(vec![Part::Field(Field::Id)]));
        }
        self.form.clone()
    }
}

/// The form of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Rank,
    Score,
    Id,
    Title,
    Url,
    Authors,
    Categories,
    Date,
}

const FIELDS: [(&str, Field); 8] = [
    ("rank", Field::Rank),
    ("score", Field::Score),
    ("id", Field::Id),
    ("title", Field::Title),
    ("url", Field::Url),
    ("authors", Field::Authors),
    ("categories", Field::Categories),
    ("date", Field::Date),
];

/// One result.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    /// Position, from 1.
    pub(crate) rank: usize,
    /// What it was ranked by; empty where there is nothing.
    pub(crate) score: String,
    pub(crate) paper: &'a PaperView,
}

impl std::str::FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text.chars();
        while let Some(letter) = rest.next() {
            match letter {
                '\\' => match rest.next() {
                    Some('t') => plain.push('\t'),
                    Some('n') => plain.push('\n'),
                    Some('\\') => plain.push('\\'),
                    _ => return Err("expected \\t, \\n or \\\\ after a backslash".to_owned()),
                },
                '{' if rest.as_str().starts_with('{') => {
                    rest.next();
                    plain.push('{');
                }
                '{' => {
                    let closed = rest.as_str().split_once('}');
                    let (name, after) = closed.ok_or("a { has no }; write {{ for a brace")?;
                    let known = FIELDS.iter().find(|(known, _)| *known == name);
                    let (_, field) = known.ok_or_else(|| unknown(name))?;
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(Part::Field(*field));
                    rest = after.chars();
                }
                other => plain.push(other),
            }
        }
        parts.push(Part::Text(plain));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(Self(parts))
    }
}

fn unknown(name: &str) -> String {
    let names = FIELDS.map(|(name, _)| format!("{{{name}}}"));
    format!("there is no {{{name}}}, expected {}", names.join(", "))
}

impl Template {
    /// Writes the line of a result, without its end. Control characters of texts are replaced, so
    /// that tabs and ends of lines are those of the form.
    pub(crate) fn line(&self, row: &Row<'_>) -> String {
        let mut line = String::new();
        for part in &self.0 {
            let field = match part {
                Part::Text(text) => {
                    line.push_str(text);
                    continue;
                }
                Part::Field(field) => field,
            };
            let paper = row.paper;
            let text = match field {
                Field::Rank => row.rank.to_string(),
                Field::Score => row.score.clone(),
                Field::Id => paper.id.to_string(),
                Field::Title => paper.title.clone(),
                Field::Url => paper.url.clone().unwrap_or_default(),
                Field::Authors => paper.authors.join("; "),
                Field::Categories => {
                    let mut text = String::new();
                    for (position, category) in paper.categories.iter().enumerate() {
                        let gap = if position > 0 { " " } else { "" };
                        write!(text, "{gap}{category}").expect("a string takes everything");
                    }
                    text
                }
                Field::Date => paper.date.map_or_else(String::new, |date| date.to_string()),
            };
            line.push_str(&clean(&text));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> PaperView {
        PaperView {
            id: "2603.90124".parse().unwrap(),
            url: Some("https://arxiv.org/abs/2603.90124".to_owned()),
            title: "One\ttitle\u{1b}[2J".to_owned(),
            abstract_text: String::new(),
            authors: vec!["A. One".to_owned(), "B. Two".to_owned()],
            categories: vec!["cs.DC".parse().unwrap(), "cs.LG".parse().unwrap()],
            date: None,
            version: None,
            venue: None,
            withdrawn: false,
        }
    }

    #[test]
    fn lines_have_the_form_and_texts_cannot_break_them() {
        let paper = paper();
        let row = Row {
            rank: 2,
            score: "0.5".to_owned(),
            paper: &paper,
        };
        let line = |form: &str| form.parse::<Template>().unwrap().line(&row);
        assert_eq!(
            line(r"{rank}\t{id}\t{title}\\{{x}"),
            "2\tarXiv:2603.90124\tOne\u{fffd}title\u{fffd}[2J\\{x}"
        );
        assert_eq!(
            line("{authors}|{categories}|{date}"),
            "A. One; B. Two|cs.DC cs.LG|"
        );
        assert_eq!(
            line("{score} {url}"),
            "0.5 https://arxiv.org/abs/2603.90124"
        );
    }

    #[test]
    fn wrong_forms_are_refused() {
        for (form, reason) in [
            (
                "{titel}",
                "there is no {titel}, expected {rank}, {score}, {id}",
            ),
            ("{id", "has no }"),
            (r"\x", "after a backslash"),
            ("\\", "after a backslash"),
        ] {
            let error = form.parse::<Template>().unwrap_err();
            assert!(error.contains(reason), "{form}: {error}");
        }
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(id_or_input("-").unwrap(), IdArgument::Input);
        assert!(matches!(
            id_or_input("2603.90124"),
            Ok(IdArgument::Paper(_))
        ));
        assert!(id_or_input("--").is_err());
    }
}
