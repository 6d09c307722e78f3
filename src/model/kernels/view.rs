//! A pointer to rows at a fixed distance, shared between threads that keep to their own rows.

/// Rows of `T`, `stride` elements apart.
#[derive(Debug)]
pub(super) struct View<T> {
    start: *mut T,
    stride: usize,
}

impl<T> Clone for View<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for View<T> {}

// SAFETY: a view is only an address; every access goes through an unsafe function whose caller promises
// that no other thread writes the same rows at that time.
unsafe impl<T: Send> Send for View<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send> Sync for View<T> {}

impl<T> View<T> {
    pub(super) fn new(start: *mut T, stride: usize) -> Self {
        Self { start, stride }
    }

    /// The same start with rows at another distance.
    pub(super) fn with_stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// Elements between the starts of two rows.
    #[inline(always)]
    pub(super) fn stride(self) -> usize {
        self.stride
    }

    /// Address of a cell.
    ///
    /// # Safety
    /// The cell lies inside the buffer that the view was made of, or just behind it.
    #[inline(always)]
    pub(super) unsafe fn at(self, row: usize, column: usize) -> *mut T {
        // SAFETY: inside the buffer or just behind, as the caller promises.
        unsafe { self.start.add(row * self.stride + column) }
    }

    /// The same rows from another first cell on.
    ///
    /// # Safety
    /// As `at`.
    #[inline(always)]
    pub(super) unsafe fn from(self, row: usize, column: usize) -> Self {
        // SAFETY: the same promise.
        let start = unsafe { self.at(row, column) };
        Self { start, ..self }
    }

    /// The first `width` cells of a row.
    ///
    /// # Safety
    /// They lie inside the buffer, are initialised, and nobody else uses them while the slice lives.
    #[inline(always)]
    pub(super) unsafe fn row<'a>(self, row: usize, width: usize) -> &'a mut [T] {
        // SAFETY: as the caller promises.
        unsafe { std::slice::from_raw_parts_mut(self.at(row, 0), width) }
    }
}
