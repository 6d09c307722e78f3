//! A stretch of text in the unit that every client can count.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Half-open range `[start, end)` in Unicode scalar values (code points) of the masked text.
///
/// Serialised as a two-element array. Rust code works with byte ranges; [`Span::from_bytes`] converts at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "[usize; 2]", into = "[usize; 2]")]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Span {
    /// The span of `bytes` in `text`. A range that cuts a character is widened to whole characters, and one past
    /// the end is cut to the end.
    pub fn from_bytes(text: &str, bytes: &Range<usize>) -> Self {
        let starts_before = |limit: usize| text.char_indices().take_while(|(at, _)| *at < limit).count();
        let inside = |at: usize| at < text.len() && !text.is_char_boundary(at);
        let start = starts_before(bytes.start);
        let start = if inside(bytes.start) { start - 1 } else { start };
        Self { start, end: starts_before(bytes.end).max(start) }
    }

    /// The text under the span; empty where the span lies outside.
    pub fn slice(self, text: &str) -> &str {
        let mut at = text.char_indices().map(|(i, _)| i).chain(std::iter::once(text.len()));
        let Some(start) = at.by_ref().nth(self.start) else { return "" };
        match self.end.checked_sub(self.start) {
            None | Some(0) => "",
            Some(len) => {
                let end = at.nth(len - 1).unwrap_or(text.len());
                &text[start..end]
            }
        }
    }
}

impl From<[usize; 2]> for Span {
    fn from([start, end]: [usize; 2]) -> Self {
        Self { start, end }
    }
}

impl From<Span> for [usize; 2] {
    fn from(span: Span) -> Self {
        [span.start, span.end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_characters() {
        let text = "양평 ○○리 길가에 고라니가 죽어 있어요";
        let at = text.find("고라니가 죽어").unwrap();
        let span = Span::from_bytes(text, &(at..at + "고라니가 죽어".len()));
        assert_eq!(span, Span { start: 11, end: 18 });
        assert_eq!(span.slice(text), "고라니가 죽어");
        assert_eq!(serde_json::to_string(&span).unwrap(), "[11,18]");
    }

    proptest! {
        #[test]
        fn any_byte_range_gives_a_slice_that_holds_it(text in "\\PC{0,20}", a in 0usize..40, b in 0usize..40) {
            let bytes = a.min(b)..a.max(b);
            let span = Span::from_bytes(&text, &bytes);
            prop_assert!(span.start <= span.end && span.end <= text.chars().count());
            if text.is_char_boundary(bytes.start) && text.is_char_boundary(bytes.end) {
                prop_assert_eq!(span.slice(&text), &text[bytes]);
            }
        }
    }
}
