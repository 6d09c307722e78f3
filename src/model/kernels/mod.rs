//! A hand-made CPU forward for BERT-type encoders: packed weights, fused layers, f32 or int8.
//!
//! Here belongs what turns token ids into pooled vectors and logits on a CPU, as fast as the machine
//! allows, and nothing else: no files, no tokenizer, no labels, no queue. It needs only `std`.
//!
//! Texts lie end to end without padding or mask. Weights are packed once, when an [`Encoder`] is built, for
//! the best instructions of the machine ([`Isa`]); all working memory is in an [`Arena`] that is reused. A
//! [`Team`] splits a lone request over a few threads.
//!
//! This is the only place in the project with `unsafe` code. How it is kept in check: `simd` holds the
//! intrinsics behind tokens, `product` and `rows` the loops over raw pointers, `table` the one list of
//! entry points; `encoder` checks every length and id before any of them runs.
//!
//! ```
//! # use minwon::model::kernels::*;
//! # let (hidden, inner, words) = (8, 16, 10);
//! # let (square, tall, zeros, ones) = (vec![0.1; 64], vec![0.1; 128], vec![0.0; 16], vec![1.0; 8]);
//! # let linear = |weight: &'static [f32], out: usize| LinearWeights { weight: Matrix::F32(weight), bias: &[0.0; 16][..out] };
//! # let (square, tall): (&[f32], &[f32]) = (square.leak(), tall.leak());
//! # let norm = NormWeights { gain: &ones, offset: &zeros[..8] };
//! # let layer = LayerWeights {
//! #     query: linear(square, 8), key: linear(square, 8), value: linear(square, 8),
//! #     attention_output: linear(square, 8), attention_norm: norm,
//! #     ffn_up: linear(tall, 16), ffn_down: linear(tall, 8), output_norm: norm,
//! # };
//! # let weights = EncoderWeights {
//! #     embeddings: EmbeddingWeights {
//! #         words: WordTable::F32((0..80).map(|i| i as f32).collect()),
//! #         positions: &[0.5; 32], position_offset: 0, token_type: &zeros[..8], norm,
//! #     },
//! #     layers: vec![layer],
//! #     heads: linear(&square[..16], 2),
//! # };
//! let shape = EncoderShape {
//!     hidden, heads: 2, intermediate: inner, layer_norm_eps: 1e-12,
//!     activation: Activation::Gelu, pooling: Pooling::Mean,
//! };
//! let encoder = Encoder::new(shape, &weights, &EncoderOptions::new(Precision::I8))?;
//! let mut arena = Arena::new();
//! let batch = Batch::new(&[0, 5, 2, 0, 2], &[3, 2])?;
//! let output = encoder.forward(&batch, &mut arena)?;
//! assert_eq!((output.texts(), output.pooled(1).len(), output.logits(0).len()), (2, 8, 2));
//! # Ok::<(), KernelError>(())
//! ```
#![expect(unsafe_code, reason = "vector intrinsics and rows shared between threads; see above")]
#![expect(
    clippy::inline_always,
    reason = "generic kernels must melt into the functions that enable instructions"
)]
#![warn(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

mod arena;
mod attention;
mod batch;
mod buffer;
mod calibrate;
mod embeddings;
mod encoder;
mod error;
pub mod fused;
mod isa;
mod layers;
mod linear;
mod math;
mod pack;
mod pass;
mod pooling;
mod product;
mod rows;
mod shape;
mod simd;
mod table;
mod team;
mod view;
mod weights;

#[cfg(test)]
mod tests;

pub use self::{
    arena::Arena,
    batch::{Batch, Output},
    calibrate::{CalibrationStats, I8Options, LinearKind},
    encoder::{Encoder, EncoderOptions},
    error::KernelError,
    isa::Isa,
    shape::{Activation, EncoderShape, Pooling, Precision},
    team::Team,
    weights::{
        EmbeddingWeights, EncoderWeights, LayerWeights, LinearWeights, Matrix, NormWeights, WordTable,
    },
};
