//! The weights as the caller holds them: borrowed, row-major, checked against the shape once.

use std::sync::Arc;

use super::{error::KernelError, shape::EncoderShape};

/// A weight matrix of a linear layer, row-major `[out][in]`.
#[derive(Debug, Clone, Copy)]
pub enum Matrix<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// Bytes with one scale an output row: value = `rows · scale`.
    I8 {
        /// `[out][in]` bytes, within ±127.
        rows: &'a [i8],
        /// One scale an output row.
        scales: &'a [f32],
    },
}

/// A linear layer `y = W x + b`.
#[derive(Debug, Clone, Copy)]
pub struct LinearWeights<'a> {
    /// `W`, `[out][in]`.
    pub weight: Matrix<'a>,
    /// `b`, one value an output row.
    pub bias: &'a [f32],
}

/// A LayerNorm's gain and offset.
#[derive(Debug, Clone, Copy)]
pub struct NormWeights<'a> {
    /// Multiplied after normalising (`weight`).
    pub gain: &'a [f32],
    /// Added last (`bias`).
    pub offset: &'a [f32],
}

/// The word-embedding table, shared with whoever else needs it and kept as it is.
#[derive(Debug, Clone)]
pub enum WordTable {
    /// `[vocabulary][hidden]` floats.
    F32(Arc<[f32]>),
    /// Bytes with one scale a word, dequantised at look-up.
    I8 {
        /// `[vocabulary][hidden]` bytes.
        rows: Arc<[i8]>,
        /// One scale a word.
        scales: Arc<[f32]>,
    },
}

/// Everything that turns token ids into the first layer's input.
#[derive(Debug, Clone)]
pub struct EmbeddingWeights<'a> {
    /// Word vectors.
    pub words: WordTable,
    /// Position vectors, `[positions][hidden]`; the row count bounds the texts' length.
    pub positions: &'a [f32],
    /// First position used: 0 for BERT, `pad_id + 1` for RoBERTa and XLM-R.
    pub position_offset: usize,
    /// The token-type row added to every token (type 0), `[hidden]`.
    pub token_type: &'a [f32],
    /// LayerNorm after the sum.
    pub norm: NormWeights<'a>,
}

/// One transformer layer.
#[derive(Debug, Clone, Copy)]
pub struct LayerWeights<'a> {
    /// Attention queries.
    pub query: LinearWeights<'a>,
    /// Attention keys.
    pub key: LinearWeights<'a>,
    /// Attention values.
    pub value: LinearWeights<'a>,
    /// Projection after attention.
    pub attention_output: LinearWeights<'a>,
    /// LayerNorm after attention.
    pub attention_norm: NormWeights<'a>,
    /// Feed-forward, hidden → intermediate.
    pub ffn_up: LinearWeights<'a>,
    /// Feed-forward, intermediate → hidden.
    pub ffn_down: LinearWeights<'a>,
    /// LayerNorm after the feed-forward.
    pub output_norm: NormWeights<'a>,
}

/// All weights of an encoder with its heads.
#[derive(Debug, Clone)]
pub struct EncoderWeights<'a> {
    /// Embeddings.
    pub embeddings: EmbeddingWeights<'a>,
    /// Layers, first one first.
    pub layers: Vec<LayerWeights<'a>>,
    /// All classification heads one under another, applied to the pooled vector in f32; may have no rows.
    pub heads: LinearWeights<'a>,
}

impl Matrix<'_> {
    /// Value at output `row`, input `column` of a matrix with `width` inputs.
    pub(super) fn value(&self, row: usize, column: usize, width: usize) -> f32 {
        match self {
            Self::F32(values) => values[row * width + column],
            Self::I8 { rows, scales } => f32::from(rows[row * width + column]) * scales[row],
        }
    }

    fn check(&self, name: &str, out: usize, width: usize) -> Result<(), KernelError> {
        match self {
            Self::F32(values) => check_values(name, values, out * width),
            Self::I8 { rows, scales } => {
                check_length(name, rows.len(), out * width)?;
                check_values(name, scales, out)
            }
        }
    }
}

impl LinearWeights<'_> {
    /// The scale that an output row is stored with, times `factor`; floats have none.
    pub(super) fn stored_scale(&self, row: usize, factor: f32) -> Option<f32> {
        match self.weight {
            Matrix::F32(_) => None,
            Matrix::I8 { scales, .. } => Some(scales[row] * factor).filter(|scale| scale.abs().is_normal()),
        }
    }

    fn check(&self, name: &str, out: usize, width: usize) -> Result<(), KernelError> {
        self.weight.check(name, out, width)?;
        check_values(&format!("{name} bias"), self.bias, out)
    }
}

impl NormWeights<'_> {
    fn check(&self, name: &str, width: usize) -> Result<(), KernelError> {
        check_values(&format!("{name} gain"), self.gain, width)?;
        check_values(&format!("{name} offset"), self.offset, width)
    }
}

impl WordTable {
    /// Number of words, or the length error if the table is ragged.
    pub(super) fn vocabulary(&self, hidden: usize) -> Result<usize, KernelError> {
        let name = "word embeddings";
        let (cells, words) = match self {
            Self::F32(values) => (values.len(), values.len() / hidden),
            Self::I8 { rows, scales } => (rows.len(), scales.len()),
        };
        check_length(name, cells, words * hidden)?;
        match self {
            Self::F32(values) => check_values(name, values, cells)?,
            Self::I8 { scales, .. } => check_values(name, scales, words)?,
        }
        Ok(words)
    }
}

impl EncoderWeights<'_> {
    /// Checks every length against the shape and every float for being finite.
    pub(super) fn check(&self, shape: &EncoderShape) -> Result<(), KernelError> {
        let (hidden, inner) = (shape.hidden, shape.intermediate);
        let embeddings = &self.embeddings;
        let positions = embeddings.positions.len() / hidden;
        check_values("position embeddings", embeddings.positions, positions * hidden)?;
        if positions <= embeddings.position_offset {
            return Err(KernelError::Shape("`position_offset` leaves no position for a text"));
        }
        check_values("token type embedding", embeddings.token_type, hidden)?;
        embeddings.norm.check("embedding norm", hidden)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let name = |part: &str| format!("layer {index} {part}");
            layer.query.check(&name("query"), hidden, hidden)?;
            layer.key.check(&name("key"), hidden, hidden)?;
            layer.value.check(&name("value"), hidden, hidden)?;
            layer.attention_output.check(&name("attention_output"), hidden, hidden)?;
            layer.attention_norm.check(&name("attention_norm"), hidden)?;
            layer.ffn_up.check(&name("ffn_up"), inner, hidden)?;
            layer.ffn_down.check(&name("ffn_down"), hidden, inner)?;
            layer.output_norm.check(&name("output_norm"), hidden)?;
        }
        self.heads.check("heads", self.heads.bias.len(), hidden)
    }
}

fn check_length(name: &str, found: usize, expected: usize) -> Result<(), KernelError> {
    if found == expected {
        Ok(())
    } else {
        Err(KernelError::WeightLength { name: name.to_owned(), expected, found })
    }
}

fn check_values(name: &str, values: &[f32], expected: usize) -> Result<(), KernelError> {
    check_length(name, values.len(), expected)?;
    if values.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(KernelError::WeightNotFinite(name.to_owned()))
    }
}
