//! What goes into a forward and what comes out.

use super::error::KernelError;

/// Token ids of one or more texts laid end to end, without padding.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    ids: &'a [u32],
    lengths: &'a [usize],
}

impl<'a> Batch<'a> {
    /// `ids` of all texts one after another, and each text's number of tokens.
    ///
    /// # Errors
    /// When there is no text, a text is empty, or the lengths do not add up.
    pub fn new(ids: &'a [u32], lengths: &'a [usize]) -> Result<Self, KernelError> {
        if lengths.is_empty() {
            return Err(KernelError::EmptyBatch);
        }
        if let Some(text) = lengths.iter().position(|&length| length == 0) {
            return Err(KernelError::EmptyText { text });
        }
        let sum = lengths.iter().fold(0_usize, |sum, &length| sum.saturating_add(length));
        if sum != ids.len() {
            return Err(KernelError::LengthSum { lengths: sum, ids: ids.len() });
        }
        Ok(Self { ids, lengths })
    }

    /// All token ids.
    pub fn ids(&self) -> &'a [u32] {
        self.ids
    }

    /// The texts' lengths in tokens.
    pub fn lengths(&self) -> &'a [usize] {
        self.lengths
    }

    /// Refuses texts longer than `limit` and ids outside `vocabulary`.
    pub(super) fn check(&self, vocabulary: usize, limit: usize) -> Result<(), KernelError> {
        for (text, &tokens) in self.lengths.iter().enumerate() {
            if tokens > limit {
                return Err(KernelError::TextTooLong { text, tokens, limit });
            }
        }
        match self.ids.iter().position(|&id| id as usize >= vocabulary) {
            None => Ok(()),
            Some(position) => Err(KernelError::UnknownToken { id: self.ids[position], position, vocabulary }),
        }
    }
}

/// Results of one forward, borrowed from the arena until its next use.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    pub(super) pooled: &'a [f32],
    pub(super) hidden: usize,
    pub(super) logits: &'a [f32],
    pub(super) classes: usize,
    pub(super) texts: usize,
}

impl<'a> Output<'a> {
    /// Number of texts.
    pub fn texts(&self) -> usize {
        self.texts
    }

    /// Pooled vector of one text (not normalised). Panics if there is no such text.
    pub fn pooled(&self, text: usize) -> &'a [f32] {
        &self.pooled[text * self.hidden..][..self.hidden]
    }

    /// Logits of all heads for one text, in the order of the heads' rows. Panics if there is no such text.
    pub fn logits(&self, text: usize) -> &'a [f32] {
        assert!(text < self.texts, "no text {text} among {}", self.texts);
        &self.logits[text * self.classes..][..self.classes]
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, KernelError};

    #[test]
    fn a_batch_must_hold_texts_that_add_up() {
        assert_eq!(Batch::new(&[], &[]).unwrap_err(), KernelError::EmptyBatch);
        assert_eq!(Batch::new(&[1], &[1, 0]).unwrap_err(), KernelError::EmptyText { text: 1 });
        assert_eq!(Batch::new(&[1, 2], &[1]).unwrap_err(), KernelError::LengthSum { lengths: 1, ids: 2 });
        assert_eq!(
            Batch::new(&[1], &[usize::MAX, 2]).unwrap_err(),
            KernelError::LengthSum { lengths: usize::MAX, ids: 1 }
        );
        assert!(Batch::new(&[1, 2, 3], &[1, 2]).is_ok());
    }

    #[test]
    fn ids_and_lengths_are_checked_against_the_model() {
        let batch = Batch::new(&[4, 9, 2], &[1, 2]).unwrap();
        assert_eq!(batch.check(10, 2), Ok(()));
        let unknown = KernelError::UnknownToken { id: 9, position: 1, vocabulary: 9 };
        assert_eq!(batch.check(9, 2), Err(unknown));
        assert_eq!(batch.check(10, 1), Err(KernelError::TextTooLong { text: 1, tokens: 2, limit: 1 }));
    }
}
