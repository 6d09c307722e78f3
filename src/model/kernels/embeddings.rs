//! Word, position and token-type vectors.

use super::{
    buffer::Buffer,
    error::KernelError,
    layers::PackedNorm,
    weights::{EmbeddingWeights, WordTable},
};

/// The embedding tables: words as they came, positions with the token type added.
pub(super) struct Embeddings {
    words: WordTable,
    vocabulary: usize,
    hidden: usize,
    /// `[max_tokens][hidden]`, from the first used position on.
    positions: Buffer<f32>,
    pub norm: PackedNorm,
}

impl Embeddings {
    /// Takes checked weights.
    pub(super) fn new(
        weights: &EmbeddingWeights<'_>,
        hidden: usize,
        padded: usize,
    ) -> Result<Self, KernelError> {
        let vocabulary = weights.words.vocabulary(hidden)?;
        let used = &weights.positions[weights.position_offset * hidden..];
        let sums: Vec<f32> = used.iter().zip(weights.token_type.iter().cycle()).map(|(a, b)| a + b).collect();
        Ok(Self {
            words: weights.words.clone(),
            vocabulary,
            hidden,
            positions: Buffer::padded(&sums, sums.len()),
            norm: PackedNorm::new(&weights.norm, padded),
        })
    }

    pub(super) fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    pub(super) fn max_tokens(&self) -> usize {
        self.positions.as_slice().len() / self.hidden
    }

    /// The sum for token `id` at `position` of its text; pads become zero.
    pub(super) fn write(&self, id: u32, position: usize, row: &mut [f32]) {
        let (row, pads) = row.split_at_mut(self.hidden);
        pads.fill(0.0);
        let at = id as usize * self.hidden;
        let positions = &self.positions.as_slice()[position * self.hidden..][..self.hidden];
        match &self.words {
            WordTable::F32(words) => {
                for ((cell, word), position) in row.iter_mut().zip(&words[at..][..self.hidden]).zip(positions)
                {
                    *cell = word + position;
                }
            }
            WordTable::I8 { rows, scales } => {
                let scale = scales[id as usize];
                for ((cell, byte), position) in row.iter_mut().zip(&rows[at..][..self.hidden]).zip(positions)
                {
                    *cell = f32::from(*byte) * scale + position;
                }
            }
        }
    }
}
