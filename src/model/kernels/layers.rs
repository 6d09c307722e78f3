//! Packing the layers: which rows and inputs of the caller's weights go where, pads included.

use super::{
    buffer::Buffer,
    calibrate::LinearKind,
    encoder::EncoderOptions,
    linear::Linear,
    pack::{Column, Plan},
    shape::{EncoderShape, Padded, Precision},
    table::Table,
    weights::{LayerWeights, LinearWeights, NormWeights},
};

/// One packed layer.
pub(super) struct Layer {
    pub qkv: Linear,
    pub attention_output: Linear,
    pub attention_norm: PackedNorm,
    pub ffn_up: Linear,
    pub ffn_down: Linear,
    pub output_norm: PackedNorm,
}

/// Gain and offset, zero in the pads.
pub(super) struct PackedNorm {
    pub gain: Buffer<f32>,
    pub offset: Buffer<f32>,
}

/// The padded inputs of linear layers, by what feeds them: for each its channel, or nothing.
pub(super) struct Inputs {
    hidden: Vec<Option<usize>>,
    /// The heads side by side, each with its pads.
    context: Vec<Option<usize>>,
    intermediate: Vec<Option<usize>>,
}

/// What all layers are packed for.
pub(super) struct Packer<'a> {
    pub shape: &'a EncoderShape,
    pub padded: Padded,
    pub table: &'a Table,
    pub inputs: &'a Inputs,
    pub options: &'a EncoderOptions<'a>,
}

impl Packer<'_> {
    pub(super) fn layer(&self, index: usize, layer: &LayerWeights<'_>) -> Layer {
        let Inputs { hidden, context, intermediate } = self.inputs;
        let linear = |kind, columns| self.linear(index, kind, columns);
        let root = 1.0 / (self.shape.head_width() as f32).sqrt();
        let qkv = [(&layer.query, root), (&layer.key, 1.0), (&layer.value, 1.0)];
        let qkv = qkv.into_iter().flat_map(|(part, factor)| columns(context, part, factor)).collect();
        let norm = |norm| PackedNorm::new(norm, self.padded.hidden);
        let output = columns(hidden, &layer.attention_output, 1.0);
        Layer {
            qkv: linear(LinearKind::Qkv, qkv),
            attention_output: linear(LinearKind::AttentionOutput, output),
            attention_norm: norm(&layer.attention_norm),
            ffn_up: linear(LinearKind::FfnUp, columns(intermediate, &layer.ffn_up, 1.0)),
            ffn_down: linear(LinearKind::FfnDown, columns(hidden, &layer.ffn_down, 1.0)),
            output_norm: norm(&layer.output_norm),
        }
    }

    /// The classification heads, always in f32.
    pub(super) fn heads(&self, heads: &LinearWeights<'_>) -> Linear {
        let classes = heads.bias.len();
        let columns = columns(&cells(classes, classes.next_multiple_of(self.padded.panel)), heads, 1.0);
        let inputs = self.inputs.hidden.clone();
        Linear::f32(&Plan { columns, inputs, width: self.shape.hidden }, self.table)
    }

    fn linear(&self, index: usize, kind: LinearKind, columns: Vec<Column<'_>>) -> Linear {
        let width = if kind == LinearKind::FfnDown { self.shape.intermediate } else { self.shape.hidden };
        let plan = Plan { columns, inputs: self.inputs.of(kind).to_vec(), width };
        let i8 = &self.options.i8;
        if self.options.precision == Precision::F32 || i8.keep_f32.contains(&(index, kind)) {
            return Linear::f32(&plan, self.table);
        }
        let smooth = i8.stats.map(|stats| (stats.peaks(index, kind), i8.strength));
        Linear::i8(&plan, self.table, smooth)
    }
}

impl Layer {
    /// Bytes of the packed matrices.
    pub(super) fn bytes(&self) -> usize {
        let linears = [&self.qkv, &self.attention_output, &self.ffn_up, &self.ffn_down];
        linears.map(Linear::bytes).iter().sum()
    }
}

impl PackedNorm {
    pub(super) fn new(norm: &NormWeights<'_>, padded: usize) -> Self {
        Self { gain: Buffer::padded(norm.gain, padded), offset: Buffer::padded(norm.offset, padded) }
    }
}

impl Inputs {
    pub(super) fn new(shape: &EncoderShape, padded: Padded) -> Self {
        let width = shape.head_width();
        let in_head = |cell: usize| (cell / padded.head * width, cell % padded.head);
        let context = (0..padded.context).map(in_head);
        Self {
            hidden: cells(shape.hidden, padded.hidden),
            context: context.map(|(head, inside)| (inside < width).then_some(head + inside)).collect(),
            intermediate: cells(shape.intermediate, padded.intermediate),
        }
    }

    /// The inputs of a kind of layer.
    pub(super) fn of(&self, kind: LinearKind) -> &[Option<usize>] {
        match kind {
            LinearKind::Qkv | LinearKind::FfnUp => &self.hidden,
            LinearKind::AttentionOutput => &self.context,
            LinearKind::FfnDown => &self.intermediate,
        }
    }
}

/// One column for each padded row of a layer, times a factor.
fn columns<'a>(rows: &[Option<usize>], layer: &'a LinearWeights<'a>, factor: f32) -> Vec<Column<'a>> {
    rows.iter().map(|row| row.map(|row| (layer, row, factor))).collect()
}

/// `width` cells, then pads.
fn cells(width: usize, padded: usize) -> Vec<Option<usize>> {
    (0..padded).map(|cell| (cell < width).then_some(cell)).collect()
}
