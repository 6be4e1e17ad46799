//! What the address of a feed asks for.

use jiff::civil::Date;
use kindred_engine::{Category, SetName};

use super::Threshold;
use crate::error::Failure;
use crate::feeds::FeedKey;
use crate::pages::set::set_name;
use crate::signed::Fields;
use crate::view::link;

/// A feed as the address of the page has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) set: SetName,
    /// The announcement day; the newest where none is named.
    pub(super) day: Option<Date>,
    pub(super) threshold: Threshold,
    pub(super) categories: Vec<Category>,
}

impl Question {
    pub(super) fn of(name: &str, fields: &Fields) -> Result<Self, Failure> {
        let mut categories = Vec::new();
        let texts = fields.all("cat").flat_map(|text| text.split([',', ' ']));
        for text in texts.filter(|text| !text.is_empty()) {
            let category: Category = text
                .parse()
                .map_err(|error| Failure::bad(format!("category `{text}`: {error}")))?;
            if !categories.contains(&category) {
                categories.push(category);
            }
        }
        Ok(Self {
            set: set_name(name)?,
            day: fields.read("day")?,
            threshold: fields.read("threshold")?.unwrap_or_default(),
            categories,
        })
    }

    /// The ranking of a day.
    pub(super) fn key(&self, day: Date) -> FeedKey {
        FeedKey {
            set: self.set.clone(),
            day,
            categories: self.categories.clone(),
        }
    }

    /// The categories as they are typed.
    pub(super) fn typed(&self) -> String {
        let names: Vec<&str> = self.categories.iter().map(Category::as_str).collect();
        names.join(" ")
    }

    /// The address of a page of the set with these filters and another day.
    pub(super) fn address(&self, page: &str, day: Option<Date>) -> String {
        self.with(page, day, self.threshold)
    }

    /// The same with another threshold.
    pub(super) fn with(&self, page: &str, day: Option<Date>, threshold: Threshold) -> String {
        let day = day.map_or_else(String::new, |day| day.to_string());
        let threshold = if threshold == Threshold::default() {
            ""
        } else {
            threshold.word()
        };
        link::with_query(
            &link::of_set(&self.set, page),
            &[
                ("day", day.as_str()),
                ("threshold", threshold),
                ("cat", &self.typed()),
            ],
        )
    }
}
