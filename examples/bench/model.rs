//! A model of the base's geometry with random weights.

use std::sync::Arc;

use minwon::model::kernels::{
    EmbeddingWeights, EncoderWeights, LayerWeights, LinearWeights, Matrix, NormWeights, WordTable,
};

use crate::geometry::{LAYERS, SHAPE};

pub const WORDS: usize = 1000;
const POSITIONS: usize = 512;
/// Owns the weights.
pub struct Random {
    words: Arc<[f32]>,
    positions: Vec<f32>,
    /// Query, key, value, output, up, down of each layer.
    linears: Vec<[(Vec<f32>, Vec<f32>); 6]>,
    heads: (Vec<f32>, Vec<f32>),
    ones: Vec<f32>,
    zeros: Vec<f32>,
}

impl Random {
    pub fn new() -> Self {
        let mut state = 1_u64;
        let mut values = |count: usize, size: f32| -> Vec<f32> {
            (0..count)
                .map(|_| {
                    // Sum of four uniform numbers: bell-shaped, as trained weights are.
                    let mut sum = 0.0;
                    for _ in 0..4 {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1_442_695_040_888_963_407);
                        sum += (state >> 40) as f32 / 16_777_216.0 - 0.5;
                    }
                    sum * size
                })
                .collect()
        };
        let (hidden, inner) = (SHAPE.hidden, SHAPE.intermediate);
        let mut linear = |out: usize, width: usize| (values(out * width, 0.08), values(out, 0.1));
        Self {
            linears: (0..LAYERS)
                .map(|_| {
                    [
                        (hidden, hidden),
                        (hidden, hidden),
                        (hidden, hidden),
                        (hidden, hidden),
                        (inner, hidden),
                        (hidden, inner),
                    ]
                    .map(|(out, width)| linear(out, width))
                })
                .collect(),
            heads: linear(24, hidden),
            words: Arc::from(linear(WORDS, hidden).0),
            positions: linear(POSITIONS, hidden).0,
            ones: vec![1.0; hidden],
            zeros: vec![0.0; hidden],
        }
    }

    pub fn weights(&self) -> EncoderWeights<'_> {
        let norm = NormWeights { gain: &self.ones, offset: &self.zeros };
        let layers = self.linears.iter().map(|linears| {
            let [query, key, value, attention_output, ffn_up, ffn_down] = linears.each_ref().map(borrow);
            LayerWeights {
                query,
                key,
                value,
                attention_output,
                attention_norm: norm,
                ffn_up,
                ffn_down,
                output_norm: norm,
            }
        });
        EncoderWeights {
            embeddings: EmbeddingWeights {
                words: WordTable::F32(Arc::clone(&self.words)),
                positions: &self.positions,
                position_offset: 0,
                token_type: &self.zeros,
                norm,
            },
            layers: layers.collect(),
            heads: borrow(&self.heads),
        }
    }
}

fn borrow(linear: &(Vec<f32>, Vec<f32>)) -> LinearWeights<'_> {
    LinearWeights { weight: Matrix::F32(&linear.0), bias: &linear.1 }
}
