//! One linear layer in its packed form, f32 or i8, and how it is applied to a block of rows.

use std::ops::Range;

use super::{
    arena::Desk,
    buffer::Buffer,
    calibrate::smoothing,
    pack::{PackedF32, PackedI8, Plan},
    product::{Finish, ProductF32, ProductI8},
    rows::Quantize,
    shape::Activation,
    table::Table,
    view::View,
};

/// A packed linear layer.
pub(super) struct Linear {
    weights: Weights,
    bias: Buffer<f32>,
    depth: usize,
    columns: usize,
}

enum Weights {
    F32(PackedF32),
    I8 { packed: PackedI8, channel_scale: Option<Buffer<f32>> },
}

/// What a linear layer is applied to.
#[derive(Clone, Copy)]
pub(super) struct Apply {
    /// `rows` rows of the layer's padded inputs.
    pub x: View<f32>,
    pub rows: usize,
    /// `rows` rows of the chosen columns.
    pub to: View<f32>,
    pub residual: Option<View<f32>>,
    pub activation: Option<Activation>,
}

impl Linear {
    pub(super) fn f32(plan: &Plan<'_>, table: &Table) -> Self {
        Self::with(plan, Weights::F32(plan.pack_f32(table.panel)))
    }

    /// As bytes; `smooth` gives each channel's greatest activation and the strength.
    pub(super) fn i8(plan: &Plan<'_>, table: &Table, smooth: Option<(&[f32], f32)>) -> Self {
        let factors =
            smooth.map(|(peaks, strength)| smoothing(peaks, &plan.inputs, &plan.input_peaks(), strength));
        let packed = plan.pack_i8(table.panel, factors.as_deref(), table.saturates);
        let channel_scale = factors.map(|factors| {
            let inverse: Vec<f32> = factors.iter().map(|factor| 1.0 / factor).collect();
            Buffer::padded(&inverse, inverse.len())
        });
        Self::with(plan, Weights::I8 { packed, channel_scale })
    }

    fn with(plan: &Plan<'_>, weights: Weights) -> Self {
        Self { weights, bias: plan.bias(), depth: plan.depth(), columns: plan.columns.len() }
    }

    /// Padded outputs.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of the packed weights.
    pub(super) fn bytes(&self) -> usize {
        match &self.weights {
            Weights::F32(packed) => packed.panels.bytes(),
            Weights::I8 { packed, .. } => packed.panels.bytes(),
        }
    }

    /// Computes the layer's output `columns` (whole panels) for a block of rows.
    ///
    /// # Safety
    /// The views reach over `rows` rows of the layer's padded inputs and of the chosen columns, nobody else
    /// writes there, and `rows` is at most the desk's block.
    pub(super) unsafe fn apply(&self, table: &Table, desk: &Desk, columns: Range<usize>, on: Apply) {
        let Apply { x, rows, to, residual, activation } = on;
        debug_assert!(columns.start.is_multiple_of(table.panel) && columns.end.is_multiple_of(table.panel));
        debug_assert!(columns.end <= self.columns);
        let panel_count = columns.len() / table.panel;
        // SAFETY: whole panels of this layer's buffers, which hold `columns` columns of `depth` inputs; the
        // caller vouches for the views, the table for the machine.
        unsafe {
            let bias = Some(self.bias.as_ptr().add(columns.start));
            let finish = Finish { row_scale: None, bias, residual, activation };
            match &self.weights {
                Weights::F32(packed) => {
                    let panels = packed.panels.as_ptr().add(columns.start * self.depth);
                    let depth = self.depth;
                    (table.product_f32)(&ProductF32 {
                        a: x,
                        rows,
                        depth,
                        panels,
                        panel_count,
                        c: to,
                        finish,
                    });
                }
                Weights::I8 { packed, channel_scale } => {
                    let bytes = desk.bytes.with_stride(self.depth);
                    (table.quantize)(&Quantize {
                        x,
                        rows,
                        width: self.depth,
                        channel_scale: channel_scale.as_ref().map(Buffer::as_ptr),
                        bytes,
                        scale: desk.scale.at(0, 0),
                        zero: desk.zero.at(0, 0),
                    });
                    (table.product_i8)(&ProductI8 {
                        a: bytes,
                        scale: desk.scale.at(0, 0),
                        zero: desk.zero.at(0, 0),
                        rows,
                        depth: self.depth,
                        panels: packed.panels.as_ptr().add(columns.start * self.depth),
                        panel_count,
                        column_scale: packed.scale.as_ptr().add(columns.start),
                        column_sum: packed.sum.as_ptr().add(columns.start),
                        c: to,
                        finish,
                    });
                }
            }
        }
    }
}
