//! Memory aligned to cache lines, as the kernels like it.

use std::{marker::PhantomData, mem};

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// Types that any bytes are a value of.
///
/// # Safety
/// Every bit pattern is valid, there is no padding, and the alignment divides a line.
pub(super) unsafe trait Plain: Copy {}
// SAFETY: every bit pattern is a float, four bytes without padding.
unsafe impl Plain for f32 {}
// SAFETY: every byte is a `u8`.
unsafe impl Plain for u8 {}
// SAFETY: every byte is an `i8`.
unsafe impl Plain for i8 {}

/// A slice that starts on a cache line. New cells are zero; growing forgets what was there.
pub(super) struct Buffer<T> {
    lines: Vec<Line>,
    length: usize,
    cells: PhantomData<T>,
}

impl<T: Plain> Buffer<T> {
    pub(super) const fn empty() -> Self {
        Self { lines: Vec::new(), length: 0, cells: PhantomData }
    }

    pub(super) fn zeroed(length: usize) -> Self {
        let lines = (length * mem::size_of::<T>()).div_ceil(LINE);
        Self { lines: vec![Line([0; LINE]); lines], length, cells: PhantomData }
    }

    /// A copy of `values`, filled with zeros up to `length`.
    pub(super) fn padded(values: &[T], length: usize) -> Self {
        let mut buffer = Self::zeroed(length);
        buffer.as_mut_slice()[..values.len()].copy_from_slice(values);
        buffer
    }

    /// Makes room for at least `length` cells; allocates only when that is more than ever before.
    pub(super) fn reserve(&mut self, length: usize) {
        if length > self.length {
            // Free the old one first: the two need not live side by side.
            *self = Self::empty();
            *self = Self::zeroed(length);
        }
    }

    pub(super) fn as_ptr(&self) -> *const T {
        self.lines.as_ptr().cast()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut T {
        self.lines.as_mut_ptr().cast()
    }

    pub(super) fn as_slice(&self) -> &[T] {
        // SAFETY: the lines hold at least `length` cells of a plain type and are aligned for it.
        unsafe { std::slice::from_raw_parts(self.as_ptr(), self.length) }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as above, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.length) }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.lines.len() * LINE
    }
}

#[cfg(test)]
mod tests {
    use super::Buffer;

    #[test]
    fn a_buffer_is_aligned_zeroed_and_never_shrinks() {
        let mut buffer = Buffer::<f32>::padded(&[1.0, 2.0], 5);
        assert_eq!(buffer.as_slice(), [1.0, 2.0, 0.0, 0.0, 0.0]);
        assert_eq!(buffer.as_ptr() as usize % 64, 0);
        buffer.reserve(3);
        assert_eq!(buffer.as_slice().len(), 5);
        buffer.reserve(100);
        assert_eq!(buffer.as_slice(), [0.0; 100]);
        assert_eq!(buffer.bytes(), 448);
    }
}
