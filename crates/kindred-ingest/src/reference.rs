//! References out of bibliographies and reference managers.
//!
//! Not papers but what people wrote down about papers: a title, some authors, perhaps an arXiv id
//! or a DOI. [`read_references`] tells the format by the content, reads what is sound and names the
//! line of what is not. BibTeX and RIS are read by parsers of our own: those that are kept give up
//! a whole file at its first fault, and a bibliography of ten years has faults.

mod bibtex;
mod csl;
mod decode;
mod draft;
pub(crate) mod identify;
mod list;
mod ris;
mod zotero;

use std::fmt;
use std::io;

use jiff::Timestamp;
use kindred_core::{IdError, PaperDate, PaperId};

use self::decode::decode;
use self::draft::Collector;
use crate::decompress::Bytes;
use crate::error::shorten;
use crate::{IngestError, Input, Limits};

/// Start of every SQLite file.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes looked at to tell formats apart.
const LOOKED_AT: usize = 4096;

/// Format of a list of references, detected by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceFormat {
    /// BibTeX or BibLaTeX.
    Bibtex,
    /// RIS, as reference managers and publishers write it.
    Ris,
    /// CSL-JSON, or the JSON of Zotero and its plug-ins.
    CslJson,
    /// Zotero's own database.
    Zotero,
    /// One id, address or title a line.
    List,
}

impl fmt::Display for ReferenceFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Bibtex => "BibTeX",
            Self::Ris => "RIS",
            Self::CslJson => "CSL-JSON",
            Self::Zotero => "Zotero database",
            Self::List => "list of ids, addresses and titles",
        })
    }
}

/// Where a reference stands: prints as `line 12` or `item ABCD2345`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferencePlace {
    /// Number of its first line, from 1 on.
    Line(u64),
    /// Key of its item in Zotero.
    Item(String),
}

impl fmt::Display for ReferencePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(formatter, "line {number}"),
            Self::Item(key) => write!(formatter, "item {key}"),
        }
    }
}

/// What somebody wrote down about one paper. It has a title, an id or a DOI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands.
    pub place: ReferencePlace,
    /// Citation key, where the format has one.
    pub key: Option<String>,
    /// arXiv id found in any of its fields, or the id of another scheme in a list of ids.
    pub id: Option<PaperId>,
    /// Digital object identifier in lower case, without a resolver; never one of arXiv's.
    pub doi: Option<String>,
    /// Title as plain text, formulas between dollar signs; empty where there is none.
    pub title: String,
    /// Authors as `First Last`, in order.
    pub authors: Vec<String>,
    /// Abstract as plain text; empty where there is none.
    pub abstract_text: String,
    /// When it was published.
    pub date: Option<PaperDate>,
    /// Journal, conference or book.
    pub venue: Option<String>,
    /// Address of its page.
    pub url: Option<String>,
    /// When it was put into the reference manager.
    pub added: Option<Timestamp>,
}

/// What is wrong at one place of a bibliography.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceFault {
    /// Braces or quotes of a field do not close.
    #[error("braces or quotes of field `{field}` in entry `{key}` do not close, {outcome}")]
    Unbalanced {
        /// The field.
        field: String,
        /// Citation key of its entry.
        key: String,
        /// What was made of it.
        outcome: &'static str,
    },
    /// An entry has no end.
    #[error("entry `{key}` is not closed; its fields up to here are used")]
    NotClosed {
        /// Its citation key, or kind of entry where there is none.
        key: String,
    },
    /// A closing brace before the end of an entry.
    #[error("entry `{key}` is closed before its last field; one brace too many?")]
    ClosedEarly {
        /// Its citation key.
        key: String,
    },
    /// Something else than `name = value`.
    #[error("expected `name = value` in entry `{key}`, found `{found}`")]
    NotAField {
        /// Citation key of the entry.
        key: String,
        /// What stands there, shortened.
        found: String,
    },
    /// A name that no `@string` defines.
    #[error("no `@string` defines `{name}`")]
    UnknownString {
        /// The name.
        name: String,
    },
    /// A citation key twice.
    #[error("key `{key}` was used in line {first} already; both entries are read")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Line of its first use.
        first: u64,
    },
    /// A line that belongs to no record of RIS.
    #[error("`{found}` is no line of RIS, expected a tag such as `TI  - `")]
    NotRis {
        /// The line, shortened.
        found: String,
    },
    /// JSON that does not parse.
    #[error("not a usable JSON object: {message}")]
    Json {
        /// Reason of the parser.
        message: String,
    },
    /// Nothing by which the paper could be found.
    #[error("neither a title nor an id nor a DOI")]
    Nothing,
    /// A field that should be an arXiv id.
    #[error("unusable arXiv id: {source}")]
    Id {
        /// Reason of the parser.
        source: IdError,
    },
    /// An address of which nothing is known.
    #[error("`{found}` is no address of arXiv and no DOI; write the title instead")]
    UnknownAddress {
        /// The address, shortened.
        found: String,
    },
    /// A field larger than allowed.
    #[error("{field} of {found} bytes is left out, expected at most {limit}")]
    TooLarge {
        /// Name of the field.
        field: &'static str,
        /// Its size in bytes.
        found: usize,
        /// The limit in force.
        limit: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("not UTF-8 in {lines} lines from here on; read as Windows-1252 (Latin-1)")]
    Encoding {
        /// Lines with such bytes.
        lines: u64,
    },
    /// More than is read.
    #[error("more than {limit} {unit}; what follows is not read, split the file")]
    TooMuch {
        /// The limit in force.
        limit: usize,
        /// What is counted.
        unit: &'static str,
    },
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceProblem {
    /// Where.
    pub place: ReferencePlace,
    /// What.
    pub fault: ReferenceFault,
}

/// The references of one input, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// What the input was recognised as.
    pub format: ReferenceFormat,
    /// What could be used.
    pub references: Vec<Reference>,
    /// What could not, in the order of places.
    pub problems: Vec<ReferenceProblem>,
}

/// What to read of an input.
#[derive(Debug, Clone, Default)]
pub struct ReferenceOptions {
    /// Sizes beyond which a field or the rest of an input is left out.
    pub limits: Limits,
    /// Of a Zotero database only these collections and those within them, by name or by path
    /// such as `Thesis/Methods`; empty for everything.
    pub collections: Vec<String>,
}

/// Reads all references of an input.
///
/// Zotero's database is copied before it is opened, with what its journals hold, so that it may
/// be in use; nothing is written beside it. Text is read up to [`Limits::page_bytes`].
///
/// # Errors
/// [`IngestError::UnknownReferences`] if nothing of it can be references,
/// [`IngestError::ForeignDatabase`], [`IngestError::UnknownCollection`],
/// [`IngestError::NoCollections`], or if it cannot be read. Faults within are part of the result.
///
/// # Examples
/// ```
/// use kindred_ingest::{ReferenceOptions, parse_references};
///
/// let text = b"@article{key, title = {{\\'E}tale sheaves}, eprint = {math/0611800v2}}";
/// let found = parse_references("refs", text, &ReferenceOptions::default())?;
/// assert_eq!(found.references[0].title, "Étale sheaves");
/// assert_eq!(found.references[0].id.as_ref().unwrap().short(), "math/0611800");
/// # Ok::<(), kindred_ingest::IngestError>(())
/// ```
pub fn read_references(
    input: &Input,
    options: &ReferenceOptions,
) -> Result<References, IngestError> {
    let name = input.to_string();
    let reader: Box<dyn io::Read + Send> = match input {
        Input::Stdin => Box::new(io::stdin()),
        Input::File(path) => {
            let error = |source| IngestError::Open {
                input: name.clone(),
                source,
            };
            let file = fs_err::File::open(path).map_err(error)?;
            if file.metadata().map_err(error)?.is_dir() {
                return Err(IngestError::Directory { input: name });
            }
            Box::new(file)
        }
    };
    let mut bytes = Bytes::new(&name, reader, &options.limits)?;
    if bytes.peek(SQLITE_MAGIC.len())?.starts_with(SQLITE_MAGIC) {
        return match input {
            Input::File(path) => zotero::read(path, options),
            Input::Stdin => Err(IngestError::UnknownReferences {
                input: name,
                found: "an SQLite database on standard input, name its file instead".to_owned(),
            }),
        };
    }
    let mut content = Vec::new();
    let limit = options.limits.page_bytes;
    // One byte more tells a file that is just as long from a longer one.
    while content.len() <= limit {
        let available = bytes.fill()?;
        if available.is_empty() {
            break;
        }
        let count = available.len().min(limit + 1 - content.len());
        content.extend_from_slice(&available[..count]);
        bytes.consume(count);
    }
    parse_references(&name, &content, options)
}

/// Reads the references of a text; `name` stands for it in messages.
///
/// # Errors
/// [`IngestError::UnknownReferences`], [`IngestError::NoCollections`].
pub fn parse_references(
    name: &str,
    bytes: &[u8],
    options: &ReferenceOptions,
) -> Result<References, IngestError> {
    let limit = options.limits.page_bytes;
    let kept = &bytes[..bytes.len().min(limit)];
    let decoded = decode(kept);
    let text = decoded.text.as_str();
    let format = format_of(text).map_err(|found| IngestError::UnknownReferences {
        input: name.to_owned(),
        found,
    })?;
    if !options.collections.is_empty() {
        return Err(IngestError::NoCollections {
            input: name.to_owned(),
            format,
        });
    }
    let mut collector = Collector::new(&options.limits);
    if let Some((line, lines)) = decoded.foreign {
        collector.problem_at_line(line, ReferenceFault::Encoding { lines });
    }
    match format {
        ReferenceFormat::Bibtex => bibtex::read(text, &mut collector),
        ReferenceFormat::Ris => ris::read(text, &mut collector),
        ReferenceFormat::CslJson => csl::read(text, &mut collector),
        ReferenceFormat::List | ReferenceFormat::Zotero => list::read(text, &mut collector),
    }
    if bytes.len() > limit {
        let lines = u64::try_from(text.lines().count()).unwrap_or(u64::MAX);
        let fault = ReferenceFault::TooMuch {
            limit,
            unit: "bytes",
        };
        collector.problem_at_line(lines, fault);
    }
    Ok(collector.finish(format))
}

/// Tells the format of a text; an error says what it is instead.
fn format_of(text: &str) -> Result<ReferenceFormat, String> {
    let content = text.trim_start();
    let head: String = content.chars().take(LOOKED_AT).collect();
    let lower = head.to_ascii_lowercase();
    if content.is_empty() {
        return Err("empty".to_owned());
    }
    if content.starts_with("%PDF") || content.starts_with("PK\u{3}\u{4}") || head.contains('\0') {
        return Err("not text".to_owned());
    }
    if content.starts_with('<') {
        let what = if lower.contains("<html") {
            "an HTML page"
        } else {
            "XML, export as BibTeX, RIS or CSL-JSON instead"
        };
        return Err(what.to_owned());
    }
    if content.starts_with('{') || content.starts_with("[{") {
        return Ok(ReferenceFormat::CslJson);
    }
    if let Some(rest) = content.strip_prefix('[') {
        return match rest.trim_start().chars().next() {
            None | Some('{' | ']') => Ok(ReferenceFormat::CslJson),
            Some(_) => Ok(ReferenceFormat::List),
        };
    }
    if content.lines().take(200).any(ris::is_start) {
        return Ok(ReferenceFormat::Ris);
    }
    if content.starts_with("PMID-") {
        let found = shorten("PubMed's own format, export as RIS instead");
        return Err(found);
    }
    if content.lines().any(bibtex::is_start) {
        return Ok(ReferenceFormat::Bibtex);
    }
    Ok(ReferenceFormat::List)
}
