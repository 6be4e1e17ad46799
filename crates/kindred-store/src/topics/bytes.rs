//! Numbers and texts to and from compact bytes.
//!
//! A number is written in groups of seven bits, lowest first, each in a byte whose top bit says
//! that another follows (LEB128); a text is its length in bytes, then UTF-8.

/// Bytes under construction.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            let group = u8::try_from(number & 0x7f).expect("seven bits fit a byte");
            self.0.push(group | 0x80);
            number >>= 7;
        }
        self.0
            .push(u8::try_from(number).expect("seven bits fit a byte"));
    }

    pub(super) fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).expect("a length fits 64 bits"));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes that are being read; every call is `None` where they are not what a [`Writer`] makes.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let group = u64::from(byte & 0x7f);
            // The last group has one bit left, and no number ends with an empty group.
            if group << shift >> shift != group || (byte == 0 && shift > 0) {
                return None;
            }
            number |= group << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(super) fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        str::from_utf8(text).ok().map(str::to_owned)
    }

    pub(super) fn raw<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// Reads a number of things, then each of them.
    pub(super) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        // Nothing is reserved: a damaged number may be any.
        (0..self.count()?).map(|_| read(self)).collect()
    }
}
