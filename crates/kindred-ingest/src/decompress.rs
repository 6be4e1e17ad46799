//! Bytes of an input: compression seen by magic bytes, progress counted, expansion bounded.

use std::fmt;
use std::io::{self, BufReader, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use crate::{IngestError, Limits};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Zstandard frames that carry no data, `0x184D2A50` to `0x184D2A5F` in little-endian order.
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

const BUFFER_BYTES: usize = 128 * 1024;

/// Compression of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, of any number of members.
    Gzip,
    /// Zstandard, of any number of frames.
    Zstandard,
}

impl fmt::Display for Compression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Gzip => "gzip",
            Self::Zstandard => "Zstandard",
        })
    }
}

/// What the raw end of the chain shares with its owner.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    raw_bytes: AtomicU64,
    raw_failed: AtomicBool,
}

impl Progress {
    /// Bytes taken from the input, compressed if it is.
    pub(crate) fn raw_bytes(&self) -> u64 {
        self.raw_bytes.load(Ordering::Relaxed)
    }
}

/// Counts what is read, and remembers whether a failure came from here, not from a decoder.
struct Counted {
    inner: Box<dyn Read + Send>,
    progress: Arc<Progress>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                let count_u64 = u64::try_from(count).unwrap_or(u64::MAX);
                self.progress
                    .raw_bytes
                    .fetch_add(count_u64, Ordering::Relaxed);
                Ok(count)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.progress.raw_failed.store(true, Ordering::Relaxed);
                }
                Err(error)
            }
        }
    }
}

type Raw = Chain<Cursor<Vec<u8>>, BufReader<Counted>>;

enum Decoder {
    Plain(Raw),
    Gzip(Box<MultiGzDecoder<Raw>>),
    Zstandard(Box<ZstdDecoder<'static, Raw>>),
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(raw) => raw.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstandard(decoder) => decoder.read(buffer),
        }
    }
}

/// The decompressed bytes of an input.
pub(crate) struct Bytes {
    input: String,
    decoder: Decoder,
    compression: Option<Compression>,
    progress: Arc<Progress>,
    expansion: u64,
    expansion_floor: u64,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Decompressed bytes handed out so far.
    consumed: u64,
}

impl fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bytes")
            .field("input", &self.input)
            .field("compression", &self.compression)
            .field("consumed", &self.consumed)
            .finish_non_exhaustive()
    }
}

impl Bytes {
    /// Starts on a stream; reads its first bytes to see whether it is compressed.
    pub(crate) fn new(
        input: &str,
        reader: Box<dyn Read + Send>,
        limits: &Limits,
    ) -> Result<Self, IngestError> {
        let progress = Arc::new(Progress::default());
        let mut counted = BufReader::with_capacity(
            BUFFER_BYTES,
            Counted {
                inner: reader,
                progress: Arc::clone(&progress),
            },
        );
        let read_error = |source| IngestError::Read {
            input: input.to_owned(),
            source,
        };
        let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
        (&mut counted)
            .take(4)
            .read_to_end(&mut magic)
            .map_err(read_error)?;
        let compression = compression_of(&magic);
        let raw = Cursor::new(magic).chain(counted);
        let decoder = match compression {
            None => Decoder::Plain(raw),
            Some(Compression::Gzip) => Decoder::Gzip(Box::new(MultiGzDecoder::new(raw))),
            Some(Compression::Zstandard) => {
                let decoder = ZstdDecoder::with_buffer(raw).map_err(read_error)?;
                Decoder::Zstandard(Box::new(decoder))
            }
        };
        Ok(Self {
            input: input.to_owned(),
            decoder,
            compression,
            progress,
            expansion: limits.expansion,
            expansion_floor: limits.expansion_floor,
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            consumed: 0,
        })
    }

    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Decompressed bytes consumed so far.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Returns bytes not consumed yet, none at the end.
    pub(crate) fn fill(&mut self) -> Result<&[u8], IngestError> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.read_more()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Returns the first bytes of the input, as many as asked for unless it ends before or the
    /// buffer is smaller.
    pub(crate) fn peek(&mut self, count: usize) -> Result<&[u8], IngestError> {
        while self.end < count.min(self.buffer.len()) {
            if self.read_more()? == 0 {
                break;
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Reads into the free end of the buffer; 0 at the end of the input.
    fn read_more(&mut self) -> Result<usize, IngestError> {
        let count = loop {
            match self.decoder.read(&mut self.buffer[self.end..]) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(error)),
            }
        };
        self.end += count;
        self.check_expansion()?;
        Ok(count)
    }

    /// Marks bytes as consumed, at most as many as [`Bytes::fill`] returned.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        self.consumed += u64::try_from(count).unwrap_or(u64::MAX);
    }

    fn check_expansion(&self) -> Result<(), IngestError> {
        let fresh = u64::try_from(self.end - self.start).unwrap_or(u64::MAX);
        let produced = self.consumed.saturating_add(fresh);
        let raw = self.progress.raw_bytes();
        let allowed = raw.saturating_mul(self.expansion).max(self.expansion_floor);
        if self.compression.is_some() && produced > allowed {
            return Err(IngestError::TooLarge {
                input: self.input.clone(),
                what: format!("{raw} compressed bytes grow to {produced} or more"),
                limit: allowed,
            });
        }
        Ok(())
    }

    fn read_error(&self, source: io::Error) -> IngestError {
        let from_system = self.progress.raw_failed.load(Ordering::Relaxed);
        match self.compression {
            Some(compression) if !from_system => IngestError::Damaged {
                input: self.input.clone(),
                compression,
                good_bytes: self.consumed,
                source,
            },
            Some(_) | None => IngestError::Read {
                input: self.input.clone(),
                source,
            },
        }
    }
}

fn compression_of(magic: &[u8]) -> Option<Compression> {
    let skippable = magic.len() == 4 && magic[0] & 0xf0 == 0x50 && magic[1..] == ZSTD_SKIPPABLE;
    if magic.starts_with(&GZIP_MAGIC) {
        Some(Compression::Gzip)
    } else if magic.starts_with(&ZSTD_MAGIC) || skippable {
        Some(Compression::Zstandard)
    } else {
        None
    }
}
