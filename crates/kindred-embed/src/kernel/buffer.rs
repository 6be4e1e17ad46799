//! Memory that begins at a cache line.

use std::fmt;

use bytemuck::{Pod, Zeroable};

/// Bytes of a cache line, of an AVX-512 register and of a row of an AMX tile.
const LINE_BYTES: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE_BYTES]);

// SAFETY: an array of bytes; all zero bits are a value of it.
unsafe impl Zeroable for Line {}
// SAFETY: it has no padding (its alignment is its size), any bits are a value, and it is `Copy`.
unsafe impl Pod for Line {}

/// Numbers of type `T`, the first of them at the beginning of a cache line.
#[derive(Clone, Default)]
pub(crate) struct Buffer<T> {
    lines: Vec<Line>,
    length: usize,
    kind: std::marker::PhantomData<T>,
}

impl<T: Pod> Buffer<T> {
    /// Makes a buffer of `length` zeros.
    pub(crate) fn zeroed(length: usize) -> Self {
        let mut buffer = Self {
            lines: Vec::new(),
            length: 0,
            kind: std::marker::PhantomData,
        };
        buffer.fit(length);
        buffer
    }

    /// Makes room for `length` numbers. What is there stays, what is new is zero.
    pub(crate) fn fit(&mut self, length: usize) {
        let lines = (length * size_of::<T>()).div_ceil(LINE_BYTES);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0; LINE_BYTES]));
        }
        self.length = self.length.max(length);
    }

    /// Returns the numbers.
    pub(crate) fn as_slice(&self) -> &[T] {
        &bytemuck::cast_slice(&self.lines)[..self.length]
    }

    /// Returns the numbers to write to.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.length]
    }
}

impl<T> fmt::Debug for Buffer<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Buffer({})", self.length)
    }
}
