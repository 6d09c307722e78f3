//! The end of a forward: one vector a text, and the heads' logits.

use std::ops::Range;

use super::{
    arena::{Desk, blocks},
    linear::Apply,
    pass::Pass,
    shape::Pooling,
};

impl Pass<'_> {
    /// Pooled vectors and logits of this seat's texts.
    ///
    /// # Safety
    /// As `run`; all tokens' vectors are final.
    pub(super) unsafe fn pool(&self, desk: &Desk, texts: Range<usize>) {
        let (shared, encoder) = (&self.shared, self.encoder);
        let (width, hidden) = (encoder.padded.hidden, encoder.shape.hidden);
        for (first, rows) in blocks(&texts) {
            // SAFETY: rows of this seat's share of the texts; all tokens' vectors are there since the barrier.
            unsafe {
                for text in first..first + rows {
                    let pooled = shared.pooled_rows.row(text, width);
                    match encoder.shape.pooling {
                        Pooling::Cls => pooled.copy_from_slice(shared.first_rows.row(text, width)),
                        Pooling::Mean => self.mean(text, pooled),
                    }
                    shared.pooled.row(text, hidden).copy_from_slice(&pooled[..hidden]);
                }
                let (x, to) = (shared.pooled_rows.from(first, 0), shared.head_rows.from(first, 0));
                let on = Apply { x, rows, to, residual: None, activation: None };
                encoder.heads.apply(&encoder.table, desk, 0..encoder.heads.columns(), on);
                for text in first..first + rows {
                    let logits = shared.head_rows.row(text, encoder.classes);
                    shared.logits.row(text, encoder.classes).copy_from_slice(logits);
                }
            }
        }
    }

    /// Mean of a text's token vectors.
    unsafe fn mean(&self, text: usize, pooled: &mut [f32]) {
        let tokens = self.starts[text]..self.starts[text + 1];
        let share = 1.0 / tokens.len() as f32;
        pooled.fill(0.0);
        for token in tokens {
            // SAFETY: tokens' vectors are only read after the barrier.
            let row = unsafe { self.shared.x.row(token, pooled.len()) };
            pooled.iter_mut().zip(row).for_each(|(sum, value)| *sum += *value);
        }
        for sum in pooled {
            *sum *= share;
        }
    }
}
