//! One thread's part of a forward.
//!
//! A thread keeps to its share of the tokens (later: of the texts) in every step, so its own rows need no
//! waiting. Only attention reads other threads' rows: there is one barrier a layer, and one before pooling.

use std::{ops::Range, sync::Mutex};

use super::{
    arena::{Desk, Shared, blocks},
    attention::Attention,
    batch::Batch,
    calibrate::{CalibrationStats, LinearKind},
    encoder::Encoder,
    error::KernelError,
    layers::{Layer, PackedNorm},
    linear::Apply,
    rows::Norm,
    shape::Pooling,
    team::Seat,
    view::View,
};

/// What all threads of a call have in common.
pub(super) struct Pass<'a> {
    pub encoder: &'a Encoder,
    pub batch: Batch<'a>,
    /// First token of each text, and the number of tokens.
    pub starts: &'a [usize],
    pub shared: Shared,
    pub desks: &'a [Desk],
    /// Where the inputs of linear layers are watched.
    pub stats: Option<&'a Mutex<CalibrationStats>>,
}

/// A block of rows on its way through the layers.
#[derive(Clone, Copy)]
struct Block {
    x: View<f32>,
    context: View<f32>,
    rows: usize,
}

impl Pass<'_> {
    /// Does the part of the thread on `seat`.
    ///
    /// # Safety
    /// The shared views and the desks were prepared for this batch, every seat runs once and at the same
    /// time, and nobody else uses the arena.
    pub(super) unsafe fn run(&self, seat: &Seat<'_>) -> Result<(), KernelError> {
        let tokens = seat.share(self.batch.ids().len());
        let texts = seat.share(self.batch.lengths().len());
        let desk = &self.desks[seat.index];
        let last = self.encoder.layers.len() - 1;
        // SAFETY: each step writes only this seat's rows; a barrier stands before each read of other rows.
        unsafe {
            self.embed(tokens.clone());
            for (index, layer) in self.encoder.layers.iter().enumerate() {
                let qkv = self.shared.qkv[index % 2];
                if index == last && self.encoder.shape.pooling == Pooling::Cls {
                    self.project(layer, index, desk, tokens.clone(), qkv, self.encoder.padded.context);
                    seat.meet()?;
                    self.last_for_first_tokens(layer, index, desk, texts.clone(), qkv);
                    continue;
                }
                self.project(layer, index, desk, tokens.clone(), qkv, 0);
                seat.meet()?;
                self.attend(desk, tokens.clone(), qkv);
                for (row, rows) in blocks(&tokens) {
                    let (x, context) = (self.shared.x.from(row, 0), self.shared.context.from(row, 0));
                    self.after_attention(layer, index, desk, Block { x, context, rows });
                }
            }
            if self.encoder.shape.pooling == Pooling::Mean {
                seat.meet()?;
            }
            self.pool(desk, texts);
        }
        Ok(())
    }

    /// Word, position and token type, normalised.
    unsafe fn embed(&self, tokens: Range<usize>) {
        let encoder = self.encoder;
        for text in self.texts_of(&tokens) {
            let (start, end) = (self.starts[text], self.starts[text + 1]);
            for token in start.max(tokens.start)..end.min(tokens.end) {
                // SAFETY: a row of this seat's share.
                let row = unsafe { self.shared.x.row(token, encoder.padded.hidden) };
                encoder.embeddings.write(self.batch.ids()[token], token - start, row);
            }
        }
        // SAFETY: rows of this seat's share.
        unsafe {
            self.norm(self.shared.x.from(tokens.start, 0), tokens.len(), &encoder.embeddings.norm);
        }
    }

    /// Queries, keys and values, from column `from` on (0: all, `context`: keys and values only).
    unsafe fn project(
        &self,
        layer: &Layer,
        index: usize,
        desk: &Desk,
        tokens: Range<usize>,
        qkv: View<f32>,
        from: usize,
    ) {
        for (row, rows) in blocks(&tokens) {
            // SAFETY: rows of this seat's share.
            unsafe {
                let x = self.shared.x.from(row, 0);
                self.watch(index, LinearKind::Qkv, x, rows);
                let on = Apply { x, rows, to: qkv.from(row, from), residual: None, activation: None };
                layer.qkv.apply(&self.encoder.table, desk, from..layer.qkv.columns(), on);
            }
        }
    }

    /// Attention for this seat's tokens over the whole of their texts.
    unsafe fn attend(&self, desk: &Desk, tokens: Range<usize>, qkv: View<f32>) {
        for text in self.texts_of(&tokens) {
            let (start, end) = (self.starts[text], self.starts[text + 1]);
            let rows = start.max(tokens.start) - start..end.min(tokens.end) - start;
            // SAFETY: writes rows of this seat's share; all keys and values are there since the barrier.
            unsafe {
                let queries = qkv.from(start, 0);
                self.attention(text, queries, qkv, self.shared.context.from(start, 0)).run(
                    &self.encoder.table,
                    desk,
                    rows,
                );
            }
        }
    }

    /// The attention of one text. The caller keeps the promises of [`View::from`].
    unsafe fn attention(
        &self,
        text: usize,
        queries: View<f32>,
        qkv: View<f32>,
        context: View<f32>,
    ) -> Attention {
        let padded = self.encoder.padded;
        let (start, end) = (self.starts[text], self.starts[text + 1]);
        // SAFETY: the text's rows, and the columns of keys and values.
        let (keys, values) =
            unsafe { (qkv.from(start, padded.context), qkv.from(start, 2 * padded.context)) };
        Attention { padded, queries, keys, values, tokens: end - start, context }
    }

    /// The last layer where only first tokens are wanted: their queries, attention and feed-forward.
    unsafe fn last_for_first_tokens(
        &self,
        layer: &Layer,
        index: usize,
        desk: &Desk,
        texts: Range<usize>,
        qkv: View<f32>,
    ) {
        let (shared, encoder) = (&self.shared, self.encoder);
        let width = encoder.padded.hidden;
        for (first, rows) in blocks(&texts) {
            // SAFETY: rows of this seat's share of the texts; all tokens' vectors, keys and values are there since
            // the barrier, and no thread reads the tokens' context any more.
            unsafe {
                for text in first..first + rows {
                    shared
                        .first_rows
                        .row(text, width)
                        .copy_from_slice(shared.x.row(self.starts[text], width));
                }
                let x = shared.first_rows.from(first, 0);
                let to = shared.first_queries.from(first, 0);
                let on = Apply { x, rows, to, residual: None, activation: None };
                layer.qkv.apply(&encoder.table, desk, 0..encoder.padded.context, on);
                for text in first..first + rows {
                    let (queries, context) =
                        (shared.first_queries.from(text, 0), shared.context.from(text, 0));
                    self.attention(text, queries, qkv, context).run(&encoder.table, desk, 0..1);
                }
                let context = shared.context.from(first, 0);
                self.after_attention(layer, index, desk, Block { x, context, rows });
            }
        }
    }

    /// Attention's projection, feed-forward and both LayerNorms; the block's `x` is replaced.
    unsafe fn after_attention(&self, layer: &Layer, index: usize, desk: &Desk, block: Block) {
        let Block { x, context, rows } = block;
        let (table, activation) = (&self.encoder.table, Some(self.encoder.shape.activation));
        let (y, inner) = (desk.y, desk.inner);
        // SAFETY: the block's rows belong to this seat, and the desk is its own.
        unsafe {
            self.watch(index, LinearKind::AttentionOutput, context, rows);
            let on = Apply { x: context, rows, to: y, residual: Some(x), activation: None };
            layer.attention_output.apply(table, desk, 0..layer.attention_output.columns(), on);
            self.norm(y, rows, &layer.attention_norm);
            self.watch(index, LinearKind::FfnUp, y, rows);
            let on = Apply { x: y, rows, to: inner, residual: None, activation };
            layer.ffn_up.apply(table, desk, 0..layer.ffn_up.columns(), on);
            self.watch(index, LinearKind::FfnDown, inner, rows);
            let on = Apply { x: inner, rows, to: x, residual: Some(y), activation: None };
            layer.ffn_down.apply(table, desk, 0..layer.ffn_down.columns(), on);
            self.norm(x, rows, &layer.output_norm);
        }
    }

    unsafe fn norm(&self, x: View<f32>, rows: usize, norm: &PackedNorm) {
        let arguments = Norm {
            x,
            rows,
            width: self.encoder.shape.hidden,
            padded: self.encoder.padded.hidden,
            gain: norm.gain.as_ptr(),
            offset: norm.offset.as_ptr(),
            eps: self.encoder.shape.layer_norm_eps,
        };
        // SAFETY: gains and offsets are as long as a padded row; the caller vouches for the rows.
        unsafe { (self.encoder.table.norm)(&arguments) }
    }

    /// Notes the inputs of a linear layer, where somebody asked for that.
    unsafe fn watch(&self, layer: usize, kind: LinearKind, x: View<f32>, rows: usize) {
        let Some(stats) = self.stats else { return };
        let mut stats = stats.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let inputs = self.encoder.inputs.of(kind);
        for row in 0..rows {
            // SAFETY: the layer's input, as wide as its padded inputs.
            stats.widen(layer, kind, inputs, unsafe { x.row(row, inputs.len()) });
        }
    }

    /// The texts that some of `tokens` belong to.
    fn texts_of(&self, tokens: &Range<usize>) -> Range<usize> {
        let first = self.starts.partition_point(|&start| start <= tokens.start) - 1;
        let end = self.starts.partition_point(|&start| start < tokens.end);
        if tokens.is_empty() { 0..0 } else { first..end }
    }
}
