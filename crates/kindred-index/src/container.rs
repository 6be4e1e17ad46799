//! The form that segment and graph files share: a hashed header with a table of hashed sections.
//!
//! All numbers are little-endian. The first 16 bytes and the hash at the end of the header keep
//! their place in every format to come, so that damage and a newer format are told apart.
//!
//! ```text
//!  0  magic           8 bytes
//!  8  format          u32
//! 12  header length   u32, bytes of the header with its hash
//! 16  owner           32 bytes: what the file belongs to
//! 48  count           u64, rows
//! 56  width           u32, numbers per row
//! 60  sections        u32
//! 64  one entry for each section, in file order:
//!       kind 8 bytes (ASCII, zero padded), offset u64, length u64, BLAKE3 32 bytes, zero u64
//!  .  BLAKE3 of all bytes before, 32 bytes: the hash that a manifest names the file by
//! ```
//! Sections follow in order, each at the next multiple of 64 with zeros between; the file ends
//! with the last one.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::disk::{self, Disk};
use crate::error::{FileFault, IndexError};

const PREAMBLE: usize = 16;
const FIXED: usize = 64;
const ENTRY: usize = 64;
const HASH: usize = 32;
const MAX_SECTIONS: usize = 64;
const ALIGNMENT: u64 = 64;
/// Bytes that are read, hashed and converted at a time; a multiple of every number's size.
const CHUNK: usize = 1 << 16;

/// What identifies a kind of file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileKind {
    pub(crate) magic: [u8; 8],
    /// The format written, and the newest read.
    pub(crate) format: u32,
}

/// Name of a section.
pub(crate) type SectionKind = [u8; 8];

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) owner: [u8; 32],
    pub(crate) count: u64,
    pub(crate) width: u32,
}

/// A file as the manifest names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) bytes: u64,
    pub(crate) hash: blake3::Hash,
}

/// The numbers of a section.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Numbers<'a> {
    U32(&'a [u32]),
    U64(&'a [u64]),
    F32(&'a [f32]),
}

impl Numbers<'_> {
    fn byte_length(self) -> u64 {
        match self {
            Self::U32(values) => values.len() as u64 * 4,
            Self::U64(values) => values.len() as u64 * 8,
            Self::F32(values) => values.len() as u64 * 4,
        }
    }

    /// Hands the bytes on in chunks.
    fn write_to(self, mut sink: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = Vec::with_capacity(CHUNK);
        macro_rules! convert {
            ($values:expr, $size:expr) => {
                for chunk in $values.chunks(CHUNK / $size) {
                    buffer.clear();
                    for value in chunk {
                        buffer.extend_from_slice(&value.to_le_bytes());
                    }
                    sink(&buffer)?;
                }
            };
        }
        match self {
            Self::U32(values) => convert!(values, 4),
            Self::U64(values) => convert!(values, 8),
            Self::F32(values) => convert!(values, 4),
        }
        Ok(())
    }

    fn hash(self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        self.write_to(|bytes| {
            hasher.update(bytes);
            Ok(())
        })
        .expect("hashing does no input or output");
        hasher.finalize()
    }
}

fn aligned(offset: u64) -> u64 {
    offset.next_multiple_of(ALIGNMENT)
}

/// Writes a file durably.
pub(crate) fn write(
    disk: &dyn Disk,
    path: &Path,
    kind: FileKind,
    header: &Header,
    sections: &[(SectionKind, Numbers<'_>)],
) -> io::Result<Stored> {
    let header_length = FIXED + ENTRY * sections.len() + HASH;
    let mut head = Vec::with_capacity(header_length);
    let small = |number: usize| u32::try_from(number).expect("a header has a few sections");
    head.extend_from_slice(&kind.magic);
    head.extend_from_slice(&kind.format.to_le_bytes());
    head.extend_from_slice(&small(header_length).to_le_bytes());
    head.extend_from_slice(&header.owner);
    head.extend_from_slice(&header.count.to_le_bytes());
    head.extend_from_slice(&header.width.to_le_bytes());
    head.extend_from_slice(&small(sections.len()).to_le_bytes());
    let mut end = header_length as u64;
    for (name, numbers) in sections {
        let offset = aligned(end);
        end = offset + numbers.byte_length();
        head.extend_from_slice(name);
        head.extend_from_slice(&offset.to_le_bytes());
        head.extend_from_slice(&numbers.byte_length().to_le_bytes());
        head.extend_from_slice(numbers.hash().as_bytes());
        head.extend_from_slice(&0_u64.to_le_bytes());
    }
    let hash = blake3::hash(&head);
    head.extend_from_slice(hash.as_bytes());

    let folder = path.parent().expect("index files lie in a folder");
    let name = path
        .file_name()
        .expect("index files have a name")
        .to_string_lossy();
    disk::store(disk, folder, &name, |out| {
        out.write_all(&head)?;
        let mut position = head.len() as u64;
        for (_, numbers) in sections {
            let padding = aligned(position) - position;
            io::copy(&mut io::repeat(0).take(padding), out)?;
            numbers.write_to(|bytes| out.write_all(bytes))?;
            position += padding + numbers.byte_length();
        }
        Ok(())
    })?;
    Ok(Stored { bytes: end, hash })
}

#[derive(Debug)]
struct Entry {
    kind: SectionKind,
    length: u64,
    hash: [u8; HASH],
}

/// A file being read, section by section in file order.
pub(crate) struct Container {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    header: Header,
    stored: Stored,
    entries: std::vec::IntoIter<Entry>,
    /// Bytes read so far.
    position: u64,
}

impl Container {
    /// Opens a file and validates its header: hash, layout, and the length of the file, so that
    /// no size in it can ask for more memory than the file has bytes.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::NewerFormat`], [`IndexError::Disk`].
    pub(crate) fn open(disk: &dyn Disk, path: &Path, kind: FileKind) -> Result<Self, IndexError> {
        let (bytes, mut reader) = disk.open(path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                IndexError::damaged(path, FileFault::Missing)
            } else {
                IndexError::disk("open a file of the index", path)(error)
            }
        })?;
        let fault = |fault| IndexError::damaged(path, fault);
        let length = |expected: usize| FileFault::Length {
            expected: expected as u64,
            found: bytes,
        };
        let read_error = IndexError::disk("read a file of the index", path);

        let mut head = vec![0; PREAMBLE];
        if bytes < (PREAMBLE + HASH) as u64 {
            return Err(fault(length(PREAMBLE + HASH)));
        }
        let mut read = |buffer: &mut [u8]| reader.read_exact(buffer);
        if let Err(error) = read(&mut head) {
            return Err(read_error(error));
        }
        if head[..8] != kind.magic {
            return Err(fault(FileFault::Magic));
        }
        let header_length = u32_at(&head, 12) as usize;
        if !(PREAMBLE + HASH..=FIXED + ENTRY * MAX_SECTIONS + HASH).contains(&header_length) {
            return Err(fault(FileFault::Malformed { part: "header" }));
        }
        if bytes < header_length as u64 {
            return Err(fault(length(header_length)));
        }
        head.resize(header_length, 0);
        if let Err(error) = read(&mut head[PREAMBLE..]) {
            return Err(read_error(error));
        }
        let (content, recorded) = head.split_at(header_length - HASH);
        let hash = blake3::hash(content);
        if hash.as_bytes() != recorded {
            return Err(fault(FileFault::Hash { part: "header" }));
        }
        let format = u32_at(content, 8);
        if format > kind.format {
            let supported = kind.format;
            return Err(IndexError::NewerFormat {
                path: path.to_owned(),
                found: format,
                supported,
            });
        }
        let (header, entries, end) =
            parse(content, format).ok_or_else(|| fault(FileFault::Malformed { part: "header" }))?;
        if end != bytes {
            return Err(fault(FileFault::Length {
                expected: end,
                found: bytes,
            }));
        }
        Ok(Self {
            path: path.to_owned(),
            reader,
            header,
            stored: Stored { bytes, hash },
            entries: entries.into_iter(),
            position: header_length as u64,
        })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Returns what a manifest names the file by.
    pub(crate) fn stored(&self) -> Stored {
        self.stored
    }

    /// Reads the next section of this kind, which must hold `count` numbers. Sections of other
    /// kinds before it are checked and skipped: a later program may have added them.
    pub(crate) fn read_u32(
        &mut self,
        kind: SectionKind,
        count: u64,
    ) -> Result<Vec<u32>, IndexError> {
        let entry = self.find(kind, count.checked_mul(4))?;
        let mut values = Vec::with_capacity(self.capacity(&entry)? / 4);
        self.stream(&entry, |bytes| {
            values.extend(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|&raw| u32::from_le_bytes(raw)),
            );
        })?;
        Ok(values)
    }

    /// Like [`Self::read_u32`].
    pub(crate) fn read_u64(
        &mut self,
        kind: SectionKind,
        count: u64,
    ) -> Result<Vec<u64>, IndexError> {
        let entry = self.find(kind, count.checked_mul(8))?;
        let mut values = Vec::with_capacity(self.capacity(&entry)? / 8);
        self.stream(&entry, |bytes| {
            values.extend(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|&raw| u64::from_le_bytes(raw)),
            );
        })?;
        Ok(values)
    }

    /// Like [`Self::read_u32`].
    pub(crate) fn read_f32(
        &mut self,
        kind: SectionKind,
        count: u64,
    ) -> Result<Vec<f32>, IndexError> {
        let entry = self.find(kind, count.checked_mul(4))?;
        let mut values = Vec::with_capacity(self.capacity(&entry)? / 4);
        self.stream(&entry, |bytes| {
            values.extend(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|&raw| f32::from_le_bytes(raw)),
            );
        })?;
        Ok(values)
    }

    /// Checks the sections that were not read.
    pub(crate) fn finish(mut self) -> Result<Stored, IndexError> {
        while let Some(entry) = self.entries.next() {
            self.stream(&entry, |_| ())?;
        }
        Ok(self.stored)
    }

    /// Returns the next section of a kind, having checked those before it.
    fn find(&mut self, kind: SectionKind, length: Option<u64>) -> Result<Entry, IndexError> {
        while let Some(entry) = self.entries.next() {
            if entry.kind != kind {
                self.stream(&entry, |_| ())?;
            } else if Some(entry.length) == length {
                return Ok(entry);
            } else {
                break;
            }
        }
        Err(IndexError::damaged(
            &self.path,
            FileFault::Malformed {
                part: "section table",
            },
        ))
    }

    /// Returns the bytes of memory for a section; the file was found to have as many.
    fn capacity(&self, entry: &Entry) -> Result<usize, IndexError> {
        let size = usize::try_from(entry.length).ok();
        let fault = FileFault::Malformed {
            part: "section table",
        };
        size.ok_or_else(|| IndexError::damaged(&self.path, fault))
    }

    /// Reads the padding before a section and the section, and checks both.
    fn stream(&mut self, entry: &Entry, mut take: impl FnMut(&[u8])) -> Result<(), IndexError> {
        let mut buffer = vec![0; CHUNK];
        let padding = usize::try_from(aligned(self.position) - self.position)
            .expect("padding is shorter than the alignment");
        self.fill(&mut buffer[..padding])?;
        if buffer[..padding].iter().any(|&byte| byte != 0) {
            return Err(IndexError::damaged(
                &self.path,
                FileFault::Malformed { part: "padding" },
            ));
        }
        let mut hasher = blake3::Hasher::new();
        let mut rest = entry.length;
        while rest > 0 {
            let size = usize::try_from(rest).map_or(CHUNK, |rest| rest.min(CHUNK));
            self.fill(&mut buffer[..size])?;
            hasher.update(&buffer[..size]);
            take(&buffer[..size]);
            rest -= size as u64;
        }
        if *hasher.finalize().as_bytes() == entry.hash {
            Ok(())
        } else {
            Err(IndexError::damaged(
                &self.path,
                FileFault::Hash { part: "content" },
            ))
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), IndexError> {
        self.reader
            .read_exact(buffer)
            .map_err(IndexError::disk("read a file of the index", &self.path))?;
        self.position += buffer.len() as u64;
        Ok(())
    }
}

/// Reads header and section table; also returns where the file must end. `None` if the layout is
/// not the one that is written.
fn parse(content: &[u8], format: u32) -> Option<(Header, Vec<Entry>, u64)> {
    if format == 0 || content.len() < FIXED {
        return None;
    }
    let sections = u32_at(content, 60) as usize;
    if content.len() != FIXED + ENTRY * sections {
        return None;
    }
    let header = Header {
        owner: content[16..48].try_into().ok()?,
        count: u64_at(content, 48),
        width: u32_at(content, 56),
    };
    let mut end = (content.len() + HASH) as u64;
    let mut entries = Vec::with_capacity(sections);
    for raw in content[FIXED..].as_chunks::<ENTRY>().0 {
        let length = u64_at(raw, 16);
        if u64_at(raw, 8) != aligned(end) || u64_at(raw, 56) != 0 {
            return None;
        }
        end = aligned(end)
            .checked_add(length)
            .filter(|end| *end < u64::MAX - ALIGNMENT)?;
        entries.push(Entry {
            kind: raw[..8].try_into().ok()?,
            length,
            hash: raw[24..56].try_into().ok()?,
        });
    }
    Some((header, entries, end))
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    let raw = bytes[offset..offset + 4].try_into();
    u32::from_le_bytes(raw.expect("four bytes were sliced"))
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    let raw = bytes[offset..offset + 8].try_into();
    u64::from_le_bytes(raw.expect("eight bytes were sliced"))
}

#[cfg(test)]
mod tests;
