//! The base encoder's geometry, for the examples.

use minwon::model::kernels::{Activation, EncoderShape, Pooling};

pub const LAYERS: usize = 12;
pub const SHAPE: EncoderShape = EncoderShape {
    hidden: 384,
    heads: 12,
    intermediate: 1536,
    layer_norm_eps: 1e-12,
    activation: Activation::Gelu,
    pooling: Pooling::Mean,
};
