//! The sizes and choices that make a BERT-type encoder, and the padded sizes the kernels use.

use super::error::KernelError;

/// Largest hidden or intermediate size: keeps `255 · 127 · size` inside an `i32`.
const LARGEST_WIDTH: usize = 65_536;

/// Sizes and choices of a BERT-type encoder (post-norm, absolute positions).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderShape {
    /// Width of a token's vector.
    pub hidden: usize,
    /// Number of attention heads; divides `hidden`.
    pub heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// Added to the variance in each LayerNorm.
    pub layer_norm_eps: f32,
    /// Non-linearity of the feed-forward layer.
    pub activation: Activation,
    /// How a text's vector is made of its tokens' vectors.
    pub pooling: Pooling,
}

/// Non-linearity of the feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x · Φ(x)` with the error function (BERT's `gelu`).
    Gelu,
    /// The tanh approximation (`gelu_new`, `gelu_pytorch_tanh`).
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
}

/// How a text's vector is made of its tokens' vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Mean over all tokens.
    Mean,
    /// The first token's vector.
    Cls,
}

/// In what numbers the linear layers are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats throughout.
    F32,
    /// 8-bit weights and activations (a scale and zero point for each token), sums in 32 bits.
    I8,
}

/// The shape with every width padded to whole panels, so that no kernel sees an odd size.
///
/// Pads hold zeros: weights and biases of padded columns are zero, so the activations there are too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Padded {
    /// Columns of a panel.
    pub panel: usize,
    /// `hidden`, padded.
    pub hidden: usize,
    /// Width of one head, padded.
    pub head: usize,
    /// All heads side by side.
    pub context: usize,
    /// `intermediate`, padded.
    pub intermediate: usize,
}

impl EncoderShape {
    /// Refuses sizes that cannot be computed.
    pub(super) fn check(&self) -> Result<(), KernelError> {
        if self.hidden == 0 || self.heads == 0 || self.intermediate == 0 {
            return Err(KernelError::Shape("`hidden`, `heads` and `intermediate` must not be zero"));
        }
        if !self.hidden.is_multiple_of(self.heads) {
            return Err(KernelError::Shape("`heads` must divide `hidden`"));
        }
        if self.hidden > LARGEST_WIDTH || self.intermediate > LARGEST_WIDTH {
            return Err(KernelError::Shape("`hidden` and `intermediate` must be at most 65536"));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps.is_finite()) {
            return Err(KernelError::Shape("`layer_norm_eps` must be above zero"));
        }
        Ok(())
    }

    /// Width of one attention head.
    pub(super) fn head_width(&self) -> usize {
        self.hidden / self.heads
    }

    pub(super) fn padded(&self, panel: usize) -> Padded {
        let head = self.head_width().next_multiple_of(panel);
        Padded {
            panel,
            hidden: self.hidden.next_multiple_of(panel),
            head,
            context: head * self.heads,
            intermediate: self.intermediate.next_multiple_of(panel),
        }
    }
}
