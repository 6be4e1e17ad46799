//! Papers, their versions, and the records that sources send about them.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Category, PaperDate, PaperId};

/// One work, as one source described it or as the store merged it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Paper {
    /// Identifier without version.
    pub id: PaperId,
    /// Title with its TeX, white space collapsed to single spaces. Never empty.
    pub title: String,
    /// Abstract with its TeX, white space collapsed; empty where the source has none.
    #[serde(rename = "abstract")]
    pub abstract_text: String,
    /// Author names in the order of the source.
    pub authors: Vec<String>,
    /// Categories, primary first, each once.
    pub categories: Vec<Category>,
    /// What is known of its versions, ascending by number, each number once; never empty. The
    /// last one is the version that title and abstract belong to.
    pub versions: Vec<Version>,
    /// Comments of the authors.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comments: Option<String>,
    /// Journal reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub journal_ref: Option<String>,
    /// Digital object identifier, without a resolver's address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub doi: Option<String>,
    /// Address of the licence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub license: Option<String>,
    /// Conference or journal, where the source names it apart.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub venue: Option<String>,
    /// Keywords and classes of other schemes (ACM, MSC) in the order of the source.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub keywords: Vec<String>,
    /// Whether the last version withdraws the paper. Such papers are found but never recommended.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub withdrawn: bool,
    /// The kind of source that title and abstract came from.
    pub source: SourceKind,
}

impl Paper {
    /// Returns the number of the version that title and abstract belong to;
    /// [`Version::UNKNOWN`] where the source did not say.
    pub fn version(&self) -> u16 {
        self.versions
            .last()
            .map_or(Version::UNKNOWN, |version| version.number)
    }

    /// Returns the date of the first version: that of version 1, else the earliest known.
    pub fn first_date(&self) -> Option<PaperDate> {
        let of_first = self.versions.iter().find(|version| version.number == 1);
        of_first.and_then(|version| version.date).or_else(|| {
            self.versions
                .iter()
                .filter_map(|version| version.date)
                .min()
        })
    }

    /// Returns the text that encoders read: `title. abstract`.
    pub fn text(&self) -> String {
        paper_text(&self.title, &self.abstract_text)
    }
}

/// Joins a title and an abstract into the text that encoders read: `title. abstract`, or the
/// title alone where there is no abstract.
pub fn paper_text(title: &str, abstract_text: &str) -> String {
    if abstract_text.is_empty() {
        title.to_owned()
    } else {
        format!("{title}. {abstract_text}")
    }
}

/// One revision of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// From 1 up, or [`Version::UNKNOWN`].
    pub number: u16,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<PaperDate>,
}

impl Version {
    /// Number of a version that the source did not name. Any named version is newer.
    pub const UNKNOWN: u16 = 0;
}

/// Kinds of source, by how much of a paper they tell.
///
/// Where two sources describe the same version differently, the later variant here wins, whatever
/// the order of import.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// JSON Lines of our own form.
    JsonLines,
    /// An RSS or Atom feed of announcements.
    Feed,
    /// OAI-PMH, `oai_dc`.
    OaiDublinCore,
    /// OAI-PMH, `arXiv`.
    OaiArxiv,
    /// arXiv's query service (Atom).
    Query,
    /// The bulk snapshot (JSON Lines).
    Snapshot,
    /// OAI-PMH, `arXivRaw`: all versions, raw text.
    OaiArxivRaw,
}

impl SourceKind {
    /// All kinds, in ascending precedence.
    pub const ALL: [Self; 7] = [
        Self::JsonLines,
        Self::Feed,
        Self::OaiDublinCore,
        Self::OaiArxiv,
        Self::Query,
        Self::Snapshot,
        Self::OaiArxivRaw,
    ];

    /// Returns a stable number for storage: 1 to 7, larger wins.
    pub fn precedence(self) -> u8 {
        match self {
            Self::JsonLines => 1,
            Self::Feed => 2,
            Self::OaiDublinCore => 3,
            Self::OaiArxiv => 4,
            Self::Query => 5,
            Self::Snapshot => 6,
            Self::OaiArxivRaw => 7,
        }
    }

    /// Returns the kind with that stored number.
    pub fn from_precedence(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.precedence() == number)
    }
}

/// What an arXiv feed announces about a paper.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AnnouncementKind {
    /// A new paper.
    New,
    /// A paper of another category, listed here too.
    Cross,
    /// A new version.
    Replace,
    /// A new version of a paper of another category.
    ReplaceCross,
}

/// One line of a day's announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// New, cross-listed or replaced, as seen from the feed that was asked for.
    pub kind: AnnouncementKind,
    /// Day of the announcement.
    pub day: Date,
}

/// One record of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A paper, with its announcement where the source is a feed.
    Paper {
        /// What the source says of it.
        paper: Box<Paper>,
        /// The announcement.
        announcement: Option<Announcement>,
    },
    /// The source says that the record was deleted.
    Deleted(PaperId),
}
