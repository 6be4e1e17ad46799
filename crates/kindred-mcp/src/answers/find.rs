//! Answers of searches, and one paper.

use kindred_engine::answer::{Evidence, PaperView, SearchAnswer, SimilarAnswer};
use kindred_engine::{Category, PaperDate, PaperId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::bounds::{Cut, cut_names, shorten};
use crate::reply::{Answer, cut_papers, halve};
use crate::text::{Page, plural};

/// What is known of a version of a paper.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct VersionView {
    /// Its number; absent where no source named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<u16>,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<PaperDate>,
}

/// A paper with all that the library knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct PaperAnswer {
    /// The paper, its abstract whole.
    #[serde(flatten)]
    pub(crate) paper: PaperView,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<PaperId>,
    /// Its versions, ascending.
    pub(crate) versions: Vec<VersionView>,
    /// Comments of the authors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comments: Option<String>,
    /// Journal reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) journal_ref: Option<String>,
    /// Digital object identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) doi: Option<String>,
    /// Address of the licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) license: Option<String>,
    /// Keywords and classes of other schemes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) keywords: Vec<String>,
}

impl Answer for PaperAnswer {
    fn cut(&mut self, cut: &Cut) {
        const MARK: &str = "\u{2026} [cut]";
        let most = cut.whole_characters;
        shorten(&mut self.paper.title, most, MARK);
        shorten(&mut self.paper.abstract_text, most, MARK);
        cut_names(&mut self.paper.authors, cut.whole_items);
        cut_names(&mut self.keywords, cut.whole_items);
        self.paper.categories.truncate(cut.whole_items);
        self.also.truncate(cut.whole_items);
        self.versions.truncate(cut.whole_items);
        let facts = [
            &mut self.comments,
            &mut self.journal_ref,
            &mut self.doi,
            &mut self.license,
            &mut self.paper.venue,
        ];
        for fact in facts.into_iter().flatten() {
            shorten(fact, most, MARK);
        }
    }

    fn write(&self, page: &mut Page) {
        let paper = &self.paper;
        page.open();
        page.field("id", &paper.id.to_string());
        let also: Vec<String> = self.also.iter().map(ToString::to_string).collect();
        page.field("also", &also.join(", "));
        page.field("page", paper.url.as_deref().unwrap_or_default());
        page.field("title", &paper.title);
        page.field("authors", &paper.authors.join(", "));
        let categories: Vec<&str> = paper.categories.iter().map(Category::as_str).collect();
        page.field("categories", &categories.join(" "));
        for version in &self.versions {
            let number = (version.number).map_or_else(String::new, |number| format!("v{number} "));
            let date = (version.date).map_or_else(String::new, |date| date.to_string());
            page.field("version", format!("{number}{date}").trim());
        }
        for (name, value) in [
            ("comments", &self.comments),
            ("journal", &self.journal_ref),
            ("doi", &self.doi),
            ("venue", &paper.venue),
            ("licence", &self.license),
        ] {
            page.field(name, value.as_deref().unwrap_or_default());
        }
        page.field("keywords", &self.keywords.join(", "));
        if paper.withdrawn {
            page.line("withdrawn: yes");
        }
        page.field("abstract", &paper.abstract_text);
        page.close();
    }
}

impl Answer for SearchAnswer {
    fn cut(&mut self, cut: &Cut) {
        cut_papers(self.results.iter_mut().map(|hit| &mut hit.paper), cut);
    }

    fn halve(&mut self) -> usize {
        halve(&mut self.results)
    }

    fn write(&self, page: &mut Page) {
        page.line(found(self.results.len()));
        for hit in &self.results {
            let place = |evidence: Option<Evidence>, name: &str| {
                evidence.map(|evidence| format!("{name} #{}", evidence.rank))
            };
            let mut facts = vec![format!("score {:.3}", hit.score)];
            facts.extend(place(hit.words, "words"));
            facts.extend(place(hit.meaning, "meaning"));
            page.entry(Some(hit.rank), &facts, &hit.paper);
        }
    }
}

impl Answer for SimilarAnswer {
    fn cut(&mut self, cut: &Cut) {
        cut_papers(self.results.iter_mut().map(|hit| &mut hit.paper), cut);
        // The seeds are known to whoever asked: enough to know them again.
        let known = Cut {
            abstract_characters: 0,
            authors: cut.authors.min(3),
            ..*cut
        };
        cut_papers(self.seeds.iter_mut(), &known);
    }

    fn halve(&mut self) -> usize {
        // A hundred seeds weigh more than the results.
        self.seeds.truncate(self.results.len());
        halve(&mut self.results)
    }

    fn write(&self, page: &mut Page) {
        page.line(found(self.results.len()));
        if self.not_embedded > 0 {
            page.line(format!(
                "{} papers have no vector yet and cannot be found; `kindred embed` makes them",
                self.not_embedded
            ));
        }
        for hit in &self.results {
            let similarity = format!("similarity {:.3}", hit.score.get());
            page.entry(Some(hit.rank), &[similarity], &hit.paper);
        }
    }
}

fn found(number: usize) -> String {
    match number {
        0 => "nothing found".to_owned(),
        number => format!("{}, best first", plural(number, "paper")),
    }
}
