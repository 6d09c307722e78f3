//! The forward written naively in f64, from the definitions, and random models to try it on.

use std::sync::Arc;

use crate::model::kernels::{
    Activation, EmbeddingWeights, EncoderShape, EncoderWeights, LayerWeights, LinearWeights, Matrix,
    NormWeights, Pooling, WordTable,
};

/// A small generator (SplitMix64), so that models depend on a seed alone.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// About normal, mean 0, standard deviation 1.
    pub fn normal(&mut self) -> f32 {
        let unit = |bits: u64| (bits >> 40) as f32 / 16_777_216.0;
        (0..6).map(|_| unit(self.next())).sum::<f32>() * std::f32::consts::SQRT_2
            - 3.0 * std::f32::consts::SQRT_2
    }

    pub fn normals(&mut self, count: usize, deviation: f32, mean: f32) -> Vec<f32> {
        (0..count).map(|_| self.normal() * deviation + mean).collect()
    }
}

/// A matrix as it may be stored.
#[derive(Clone)]
pub enum Stored {
    F32(Vec<f32>),
    I8(Vec<i8>, Vec<f32>),
}

#[derive(Clone)]
pub struct Linear {
    pub weight: Stored,
    pub bias: Vec<f32>,
}

#[derive(Clone)]
pub struct Norm {
    pub gain: Vec<f32>,
    pub offset: Vec<f32>,
}

#[derive(Clone)]
pub struct Layer {
    pub linears: [Linear; 6],
    pub norms: [Norm; 2],
}

/// A whole model, owned.
#[derive(Clone)]
pub struct Model {
    pub shape: EncoderShape,
    pub words: WordTable,
    pub positions: Vec<f32>,
    pub position_offset: usize,
    pub token_type: Vec<f32>,
    pub norm: Norm,
    pub layers: Vec<Layer>,
    pub heads: Linear,
}

/// What a random model is made of.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    pub shape: EncoderShape,
    pub layers: usize,
    pub vocabulary: usize,
    pub positions: usize,
    pub position_offset: usize,
    pub classes: usize,
    pub stored_as_bytes: bool,
    pub seed: u64,
}

impl Linear {
    fn random(random: &mut Random, out: usize, width: usize, bytes: bool) -> Self {
        let bias = random.normals(out, 0.1, 0.0);
        let deviation = 1.0 / (width as f32).sqrt();
        if !bytes {
            return Self { weight: Stored::F32(random.normals(out * width, deviation, 0.0)), bias };
        }
        let rows = (0..out * width).map(|_| (random.normal() * 35.0).clamp(-127.0, 127.0) as i8).collect();
        let scales = (0..out).map(|_| deviation / 35.0 * (0.5 + random.normal().abs())).collect();
        Self { weight: Stored::I8(rows, scales), bias }
    }

    pub fn borrow(&self) -> LinearWeights<'_> {
        let weight = match &self.weight {
            Stored::F32(values) => Matrix::F32(values),
            Stored::I8(rows, scales) => Matrix::I8 { rows, scales },
        };
        LinearWeights { weight, bias: &self.bias }
    }

    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let value = |row: usize, column: usize| match &self.weight {
            Stored::F32(values) => f64::from(values[row * x.len() + column]),
            Stored::I8(rows, scales) => f64::from(rows[row * x.len() + column]) * f64::from(scales[row]),
        };
        let dot = |row: usize| x.iter().enumerate().map(|(column, x)| x * value(row, column)).sum::<f64>();
        self.bias.iter().enumerate().map(|(row, bias)| dot(row) + f64::from(*bias)).collect()
    }
}

impl Norm {
    fn random(random: &mut Random, width: usize) -> Self {
        Self { gain: random.normals(width, 0.2, 1.0), offset: random.normals(width, 0.2, 0.0) }
    }

    fn borrow(&self) -> NormWeights<'_> {
        NormWeights { gain: &self.gain, offset: &self.offset }
    }

    fn apply(&self, x: &[f64], eps: f32) -> Vec<f64> {
        let count = x.len() as f64;
        let mean = x.iter().sum::<f64>() / count;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        let root = (variance + f64::from(eps)).sqrt();
        let affine = self.gain.iter().zip(&self.offset);
        x.iter()
            .zip(affine)
            .map(|(x, (gain, offset))| (x - mean) / root * f64::from(*gain) + f64::from(*offset))
            .collect()
    }
}

impl Layer {
    fn borrow(&self) -> LayerWeights<'_> {
        let [query, key, value, attention_output, ffn_up, ffn_down] =
            self.linears.each_ref().map(Linear::borrow);
        let [attention_norm, output_norm] = self.norms.each_ref().map(Norm::borrow);
        LayerWeights { query, key, value, attention_output, attention_norm, ffn_up, ffn_down, output_norm }
    }
}

impl Model {
    pub fn random(recipe: &Recipe) -> Self {
        let mut random = Random(recipe.seed);
        let Recipe { shape, vocabulary, .. } = *recipe;
        let (hidden, inner) = (shape.hidden, shape.intermediate);
        let words = if recipe.stored_as_bytes {
            WordTable::I8 {
                rows: (0..vocabulary * hidden)
                    .map(|_| (random.normal() * 40.0).clamp(-127.0, 127.0) as i8)
                    .collect(),
                scales: (0..vocabulary).map(|_| 0.01 + random.normal().abs() * 0.02).collect(),
            }
        } else {
            WordTable::F32(Arc::from(random.normals(vocabulary * hidden, 1.0, 0.0)))
        };
        let bytes = recipe.stored_as_bytes;
        let layers = (0..recipe.layers)
            .map(|_| Layer {
                linears: [
                    (hidden, hidden),
                    (hidden, hidden),
                    (hidden, hidden),
                    (hidden, hidden),
                    (inner, hidden),
                    (hidden, inner),
                ]
                .map(|(out, width)| Linear::random(&mut random, out, width, bytes)),
                norms: [Norm::random(&mut random, hidden), Norm::random(&mut random, hidden)],
            })
            .collect();
        Self {
            shape,
            words,
            positions: random.normals(recipe.positions * hidden, 0.5, 0.0),
            position_offset: recipe.position_offset,
            token_type: random.normals(hidden, 0.5, 0.0),
            norm: Norm::random(&mut random, hidden),
            layers,
            heads: Linear::random(&mut random, recipe.classes, hidden, false),
        }
    }

    pub fn weights(&self) -> EncoderWeights<'_> {
        EncoderWeights {
            embeddings: EmbeddingWeights {
                words: self.words.clone(),
                positions: &self.positions,
                position_offset: self.position_offset,
                token_type: &self.token_type,
                norm: self.norm.borrow(),
            },
            layers: self.layers.iter().map(Layer::borrow).collect(),
            heads: self.heads.borrow(),
        }
    }

    /// Pooled vector and logits of one text.
    pub fn forward(&self, ids: &[u32]) -> (Vec<f64>, Vec<f64>) {
        let eps = self.shape.layer_norm_eps;
        let mut x: Vec<Vec<f64>> = ids
            .iter()
            .enumerate()
            .map(|(position, &id)| self.norm.apply(&self.embed(id, position), eps))
            .collect();
        for layer in &self.layers {
            let [query, key, value, output, up, down] = &layer.linears;
            let context = self.attend(
                &x.iter().map(|x| query.apply(x)).collect::<Vec<_>>(),
                &x.iter().map(|x| key.apply(x)).collect::<Vec<_>>(),
                &x.iter().map(|x| value.apply(x)).collect::<Vec<_>>(),
            );
            for (x, context) in x.iter_mut().zip(context) {
                let y = layer.norms[0].apply(&add(&output.apply(&context), x), eps);
                let inner: Vec<f64> = up.apply(&y).into_iter().map(|value| self.activate(value)).collect();
                *x = layer.norms[1].apply(&add(&down.apply(&inner), &y), eps);
            }
        }
        let pooled = match self.shape.pooling {
            Pooling::Cls => x[0].clone(),
            Pooling::Mean => {
                let sum = x.iter().skip(1).fold(x[0].clone(), |sum, x| add(&sum, x));
                sum.into_iter().map(|sum| sum / ids.len() as f64).collect()
            }
        };
        let logits = self.heads.apply(&pooled);
        (pooled, logits)
    }

    fn embed(&self, id: u32, position: usize) -> Vec<f64> {
        let hidden = self.shape.hidden;
        let word = |i: usize| match &self.words {
            WordTable::F32(values) => f64::from(values[id as usize * hidden + i]),
            WordTable::I8 { rows, scales } => {
                f64::from(rows[id as usize * hidden + i]) * f64::from(scales[id as usize])
            }
        };
        let at = (position + self.position_offset) * hidden;
        (0..hidden)
            .map(|i| word(i) + f64::from(self.positions[at + i]) + f64::from(self.token_type[i]))
            .collect()
    }

    fn attend(&self, queries: &[Vec<f64>], keys: &[Vec<f64>], values: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let width = self.shape.hidden / self.shape.heads;
        let mut context = vec![vec![0.0; self.shape.hidden]; queries.len()];
        for head in 0..self.shape.heads {
            let cells = head * width..(head + 1) * width;
            for (query, context) in queries.iter().zip(&mut context) {
                let score = |key: &Vec<f64>| {
                    cells.clone().map(|i| query[i] * key[i]).sum::<f64>() / (width as f64).sqrt()
                };
                let scores: Vec<f64> = keys.iter().map(score).collect();
                let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights: Vec<f64> = scores.iter().map(|score| (score - greatest).exp()).collect();
                let sum: f64 = weights.iter().sum();
                for i in cells.clone() {
                    context[i] =
                        weights.iter().zip(values).map(|(weight, value)| weight * value[i]).sum::<f64>()
                            / sum;
                }
            }
        }
        context
    }

    fn activate(&self, x: f64) -> f64 {
        match self.shape.activation {
            Activation::Relu => x.max(0.0),
            Activation::Gelu => 0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)),
            Activation::GeluTanh => {
                0.5 * x * (1.0 + (std::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044_715 * x.powi(3))).tanh())
            }
        }
    }
}

fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// erf to about 1e-12: its Taylor series near zero, the continued fraction of erfc further out.
fn erf(x: f64) -> f64 {
    let z = x.abs();
    if z > 6.0 {
        return 1.0_f64.copysign(x);
    }
    let value = if z < 3.0 {
        let (mut term, mut sum) = (z, z);
        for n in 1..70 {
            term *= -z * z / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    } else {
        let fraction = (1..60).rev().fold(0.0, |rest, n| f64::from(n) / 2.0 / (z + rest));
        1.0 - (-z * z).exp() / std::f64::consts::PI.sqrt() / (z + fraction)
    };
    value.copysign(x)
}
