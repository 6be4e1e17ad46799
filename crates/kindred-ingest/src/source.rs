//! The reader over any input.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use crate::decompress::{Bytes, Progress};
use crate::error::shorten;
use crate::lines::LineReader;
use crate::page::{PapersPage, parse_page};
use crate::{Format, IngestError, Item, Limits, PageFacts, Position, ReadOptions};

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// The standard input of the process.
    Stdin,
}

impl fmt::Display for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Stdin => formatter.write_str("standard input"),
        }
    }
}

/// Reads the records of one input, in its order.
///
/// An `Err` of the iterator is fatal: nothing follows it. Records that cannot be used are items.
///
/// # Examples
/// ```
/// use kindred_core::Record;
/// use kindred_ingest::{Format, ReadOptions, SourceReader};
///
/// let lines = r#"{"id": "2603.22691v1", "title": "A title", "categories": "cs.DC"}"#;
/// let mut reader =
///     SourceReader::from_reader("example", Box::new(lines.as_bytes()), None, &ReadOptions::default())?;
/// assert_eq!(reader.format(), Format::JsonLines);
/// let item = reader.next().unwrap()?;
/// assert!(matches!(item.record, Ok(Record::Paper { .. })));
/// assert_eq!(item.place.to_string(), "line 1");
/// # Ok::<(), kindred_ingest::IngestError>(())
/// ```
#[derive(Debug)]
pub struct SourceReader {
    name: String,
    format: Format,
    progress: Arc<Progress>,
    total_bytes: Option<u64>,
    body: Body,
    page: Option<PageFacts>,
    position: Position,
}

#[derive(Debug)]
enum Body {
    Lines(Box<LineReader>),
    Page {
        items: std::vec::IntoIter<Item>,
        length: u64,
    },
    Done,
}

impl SourceReader {
    /// Opens an input and detects its format.
    ///
    /// An XML page is read and checked as a whole here.
    ///
    /// # Errors
    /// Any [`IngestError`].
    pub fn open(input: &Input, options: &ReadOptions) -> Result<Self, IngestError> {
        let name = input.to_string();
        match input {
            Input::Stdin => Self::from_reader(&name, Box::new(io::stdin()), None, options),
            Input::File(path) => {
                let error = |source| IngestError::Open {
                    input: name.clone(),
                    source,
                };
                let file = fs_err::File::open(path).map_err(error)?;
                let metadata = file.metadata().map_err(error)?;
                if metadata.is_dir() {
                    return Err(IngestError::Directory { input: name });
                }
                let total = metadata.is_file().then_some(metadata.len());
                Self::from_reader(&name, Box::new(file), total, options)
            }
        }
    }

    /// Reads any stream. `name` stands for it in messages, `total_bytes` is its length where that
    /// is known.
    ///
    /// # Errors
    /// As [`SourceReader::open`].
    pub fn from_reader(
        name: &str,
        reader: Box<dyn Read + Send>,
        total_bytes: Option<u64>,
        options: &ReadOptions,
    ) -> Result<Self, IngestError> {
        let limits = &options.limits;
        let mut bytes = Bytes::new(name, reader, limits)?;
        let progress = bytes.progress();
        let mut source = Self {
            name: name.to_owned(),
            format: Format::JsonLines,
            progress,
            total_bytes,
            body: Body::Done,
            page: None,
            position: Position::default(),
        };
        if looks_like_json(name, &mut bytes)? {
            let mut lines = LineReader::start(name, bytes, options)?;
            if let Some(position) = options.resume_at {
                lines.resume(name, position)?;
            }
            source.format = lines.format();
            source.position = lines.position();
            source.body = Body::Lines(Box::new(lines));
        } else if options.mapping.is_some() {
            return Err(IngestError::NotLines {
                input: name.to_owned(),
            });
        } else {
            let content = read_page(name, &mut bytes, limits)?;
            let PapersPage {
                format,
                items,
                facts,
            } = parse_page(name, content, limits)?;
            source.format = format;
            source.page = Some(facts);
            source.body = Body::Page {
                items: items.into_iter(),
                length: bytes.consumed(),
            };
        }
        Ok(source)
    }

    /// Returns the format of the content.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the name of the input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many bytes were taken from the input, before decompression. The reader works
    /// ahead by a buffer.
    pub fn compressed_bytes_read(&self) -> u64 {
        self.progress.raw_bytes()
    }

    /// Returns the length of the input before decompression, where it is known.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// Returns the position behind the item last returned.
    ///
    /// For an XML page it stays at the start until the last item was returned.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Returns what an XML page says about itself; `None` for JSON Lines.
    pub fn page(&self) -> Option<&PageFacts> {
        self.page.as_ref()
    }
}

impl Iterator for SourceReader {
    type Item = Result<Item, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.body {
            Body::Done => None,
            Body::Page { items, length } => {
                let item = items.next();
                if items.as_slice().is_empty() {
                    self.position = Position::new(*length);
                    self.body = Body::Done;
                }
                item.map(Ok)
            }
            Body::Lines(lines) => {
                let read = lines.next_item();
                self.position = lines.position();
                if !matches!(read, Ok(Some(_))) {
                    self.body = Body::Done;
                }
                read.transpose()
            }
        }
    }
}

impl std::iter::FusedIterator for SourceReader {}

/// Bytes that are looked at: enough for every form that is told apart here, and more blanks than
/// any source sends.
const LOOKED_AT: usize = 4096;

/// Looks at the first bytes that are not blank and decides between JSON and XML.
fn looks_like_json(name: &str, bytes: &mut Bytes) -> Result<bool, IngestError> {
    starts_like_json(name, bytes.peek(LOOKED_AT)?)
}

/// Decides between JSON and XML by the first bytes of an input, or by all of a shorter one.
pub(crate) fn starts_like_json(name: &str, available: &[u8]) -> Result<bool, IngestError> {
    /// Bytes shown of content that is not known.
    const SHOWN: usize = 60;

    let available = &available[..available.len().min(LOOKED_AT)];
    let content = available
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(available);
    let content = content.trim_ascii_start();
    let unknown = |found: String| IngestError::UnknownFormat {
        input: name.to_owned(),
        found,
    };
    let starts_with = |text: &str| {
        content
            .get(..text.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()))
    };
    let refused = |found: &str| IngestError::Refused {
        input: name.to_owned(),
        found: found.to_owned(),
    };
    match content.first() {
        None if available.len() < LOOKED_AT => Err(IngestError::Empty {
            input: name.to_owned(),
        }),
        None => Err(unknown(format!("{LOOKED_AT} or more blanks"))),
        Some(b'{') => Ok(true),
        Some(b'[') => Err(unknown(
            "a JSON array, one object per line is needed".into(),
        )),
        Some(b'<') if starts_with("<!doctype html") || starts_with("<html") => {
            Err(refused("an HTML page"))
        }
        Some(b'<' | 0 | 0xfe | 0xff) => Ok(false),
        Some(_) if starts_with("rate exceeded") => Err(refused("`Rate exceeded.`")),
        Some(b'P') if content.starts_with(b"PK\x03\x04") => {
            Err(unknown("a ZIP archive, unpack it first".into()))
        }
        Some(_) if content.starts_with(b"SQLite format 3") => {
            Err(unknown("a SQLite database".into()))
        }
        Some(_) => {
            let head = String::from_utf8_lossy(&content[..content.len().min(SHOWN)]);
            let printable: String = head.chars().filter(|c| !c.is_control()).collect();
            Err(unknown(format!(
                "something that starts with `{}`",
                shorten(&printable)
            )))
        }
    }
}

/// Reads a whole page into memory.
fn read_page(name: &str, bytes: &mut Bytes, limits: &Limits) -> Result<Vec<u8>, IngestError> {
    let mut content = Vec::new();
    loop {
        let available = bytes.fill()?;
        if available.is_empty() {
            return Ok(content);
        }
        let count = available.len();
        if content.len() + count > limits.page_bytes {
            return Err(IngestError::TooLarge {
                input: name.to_owned(),
                what: format!("an XML page of more than {} bytes", content.len() + count),
                limit: u64::try_from(limits.page_bytes).unwrap_or(u64::MAX),
            });
        }
        content.extend_from_slice(available);
        bytes.consume(count);
    }
}
