//! A masked text and the way between its bytes and the original's.

use std::fmt;
use std::ops::Range;

use super::{Found, PersonalDataKind};

/// A text without its personal data. Holds no original, so it may be stored; whoever keeps the original in memory
/// can go back with [`Masked::to_original`].
#[derive(Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text with placeholders.
    pub text: String,
    found: Vec<Found>,
    /// Bytes of `text` that stand for `found`, in the same order.
    covers: Vec<Range<usize>>,
}

impl Masked {
    pub(super) fn new(original: &str, found: Vec<Found>) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut covers = Vec::with_capacity(found.len());
        let mut done = 0;
        for item in &found {
            text.push_str(&original[done..item.bytes.start]);
            let start = text.len();
            text.push_str(item.kind.placeholder());
            covers.push(start..text.len());
            done = item.bytes.end;
        }
        text.push_str(&original[done..]);
        Self { text, found, covers }
    }

    /// What was masked, with bytes of the original; sorted, disjoint.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// The kinds that were found, each once, sorted.
    pub fn kinds(&self) -> Vec<PersonalDataKind> {
        let mut kinds: Vec<_> = self.found.iter().map(|item| item.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Bytes of the masked text for bytes of the original. What touches the inside of a masked item maps to the whole
    /// placeholder. Ends beyond the text are drawn in.
    ///
    /// ```
    /// use minwon::text::personal_data::mask;
    /// let masked = mask("연락처 010-0000-1234 입니다");
    /// assert_eq!(&masked.text[masked.to_masked(14..16)], "[전화번호]");
    /// ```
    pub fn to_masked(&self, original: Range<usize>) -> Range<usize> {
        let total = self.original_len();
        shift(&original, total, self.found.iter().map(|f| &f.bytes).zip(&self.covers), self.text.len())
    }

    /// Bytes of the original for bytes of the masked text. What touches the inside of a placeholder maps to the whole
    /// item. Ends beyond the text are drawn in.
    pub fn to_original(&self, masked: Range<usize>) -> Range<usize> {
        let total = self.original_len();
        shift(&masked, self.text.len(), self.covers.iter().zip(self.found.iter().map(|f| &f.bytes)), total)
    }

    fn original_len(&self) -> usize {
        let cut: usize = self.found.iter().map(|f| f.bytes.len()).sum();
        let put: usize = self.covers.iter().map(Range::len).sum();
        self.text.len() - put + cut
    }
}

/// Kinds and lengths only: neither text may come into a log through `{:?}`.
impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masked")
            .field("text_bytes", &self.text.len())
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}

/// Moves `range` from a text of `from_len` bytes to one of `to_len`, given their unlike pieces.
fn shift<'a>(
    range: &Range<usize>,
    from_len: usize,
    pieces: impl Iterator<Item = (&'a Range<usize>, &'a Range<usize>)>,
    to_len: usize,
) -> Range<usize> {
    let start = range.start.min(from_len);
    let end = range.end.clamp(start, from_len);
    let (mut to_start, mut to_end) = (None, None);
    let (mut from_at, mut to_at) = (0, 0);
    for (from, to) in pieces {
        if to_start.is_none() && start < from.end {
            to_start = Some(if start <= from.start { to_at + (start - from_at) } else { to.start });
        }
        if to_end.is_none() && end <= from.end {
            to_end = Some(if end <= from.start { to_at + (end - from_at) } else { to.end });
        }
        (from_at, to_at) = (from.end, to.end);
    }
    let to_start = to_start.unwrap_or(to_at + start.saturating_sub(from_at)).min(to_len);
    let to_end = to_end.unwrap_or(to_at + end.saturating_sub(from_at)).min(to_len);
    // An empty range just inside an item would otherwise end before it starts.
    to_start..to_end.max(to_start)
}
