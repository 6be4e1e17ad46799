//! Bytes to papers: arXiv's query answers, OAI-PMH pages, feeds and JSON Lines.
//!
//! [`SourceReader`] opens a file or any stream, looks through gzip and Zstandard by their magic
//! bytes, detects the [`Format`] by content and yields one [`Item`] for each record. A record
//! that cannot be used is an item with a [`RecordError`] and its [`Place`], and reading goes on;
//! an input that cannot be trusted as a whole is an [`IngestError`].
//!
//! JSON Lines of another form are read with a [`FieldMapping`]; those of bioRxiv, OpenAlex and
//! Semantic Scholar are built in.
//!
//! [`read_references`] reads what people keep about papers instead: BibTeX, RIS, CSL-JSON, Zotero's
//! database and plain lists.
//!
//! What is trusted differs by format. JSON Lines are read in constant memory, and every complete
//! line counts on its own. An XML page is one unit: it is accepted only if its root was seen, its
//! depth came back to zero and nothing follows, because a page that was cut off between two
//! records would otherwise look like the end of a list. No record of a refused page is yielded.
//!
//! All input is hostile: sizes, depths and counts are capped by [`Limits`], DOCTYPE is refused and
//! only the five built-in entities and character references are resolved.

mod atom;
mod authors;
mod dates;
mod decompress;
mod draft;
mod error;
mod feed;
mod format;
mod item;
mod json;
mod lines;
mod listing;
mod mapping;
mod markup;
mod names;
mod oai;
mod options;
mod page;
mod paper_feed;
mod reference;
mod source;
mod text;
mod xml;

pub use decompress::Compression;
pub use error::{IngestError, PageFault, RecordError};
pub use format::Format;
pub use item::{Item, ItemHeader, PageFacts, Place, Repairs};
pub use listing::{HeaderList, SetList, parse_headers, parse_sets};
pub use mapping::{FieldMapping, MappingError};
pub use options::{Limits, Position, ReadOptions};
pub use page::{PapersPage, parse_papers};
pub use reference::{
    Reference, ReferenceFault, ReferenceFormat, ReferenceOptions, ReferencePlace, ReferenceProblem,
    References, parse_references, read_references,
};
pub use source::{Input, SourceReader};
