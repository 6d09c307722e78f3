//! From stored weights to the CPU kernels, and from their flat results to heads.

use std::sync::Arc;

use super::config::{Activation, EncoderConfig};
use super::kernels::{
    Activation as KernelActivation, Batch, EmbeddingWeights, Encoder, EncoderOptions, EncoderShape,
    EncoderWeights, KernelError, LayerWeights, LinearWeights, Matrix, NormWeights, Pooling, Precision,
    WordTable,
};
use super::load::{LoadError, Output};
use super::network::Packed;
use super::scratch::Scratch;
use super::weights::{Values, Weights, WeightsError};
use crate::domain::HeadSpec;

const WORDS: &str = "embeddings.word_embeddings.weight";

/// Packs weights for this machine's best instructions.
///
/// # Errors
/// [`LoadError`] with the tensor at fault.
pub fn encoder(
    config: &EncoderConfig,
    heads: &[HeadSpec],
    mut weights: Weights,
    precision: Precision,
) -> Result<Encoder, LoadError> {
    weights.get(WORDS, &[config.vocab_size, config.hidden_size])?;
    let words = match weights.take(WORDS).map(|stored| stored.values) {
        Some(Values::I8 { rows, scales }) => WordTable::I8 { rows: rows.into(), scales: scales.into() },
        Some(Values::F32(values)) => WordTable::F32(values.into()),
        None => return Err(LoadError::Invalid("no word embeddings".into())),
    };
    let source = Source { weights: &weights, hidden: config.hidden_size, inner: config.intermediate_size };
    let positions = source.floats(
        "embeddings.position_embeddings.weight",
        &[config.max_position_embeddings, config.hidden_size],
    )?;
    let types = source
        .floats("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, config.hidden_size])?;
    let (head_weight, head_bias) = source.heads(heads)?;
    let shape = EncoderShape {
        hidden: config.hidden_size,
        heads: config.num_attention_heads,
        intermediate: config.intermediate_size,
        layer_norm_eps: config.layer_norm_eps as f32,
        activation: match config.hidden_act {
            Activation::Gelu => KernelActivation::Gelu,
            Activation::GeluTanh => KernelActivation::GeluTanh,
            Activation::Relu => KernelActivation::Relu,
        },
        pooling: Pooling::Mean,
    };
    let kernel_weights = EncoderWeights {
        embeddings: EmbeddingWeights {
            words,
            positions: &positions,
            position_offset: config.position_offset(),
            token_type: &types[..config.hidden_size],
            norm: source.norm("embeddings.LayerNorm")?,
        },
        layers: (0..config.num_hidden_layers).map(|n| source.layer(n)).collect::<Result<_, _>>()?,
        heads: LinearWeights { weight: Matrix::F32(&head_weight), bias: &head_bias },
    };
    Ok(Encoder::new(shape, &kernel_weights, &EncoderOptions::new(precision))?)
}

struct Source<'a> {
    weights: &'a Weights,
    hidden: usize,
    inner: usize,
}

impl<'a> Source<'a> {
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        Ok(self.weights.get(name, shape)?.to_f32())
    }

    fn vector(&self, name: &str, len: usize) -> Result<&'a [f32], WeightsError> {
        match &self.weights.get(name, &[len])?.values {
            Values::F32(values) => Ok(values),
            Values::I8 { .. } => {
                Err(WeightsError::Tensor { name: name.to_owned(), what: "a vector must be F32".into() })
            }
        }
    }

    fn linear(&self, name: &str, out: usize, width: usize) -> Result<LinearWeights<'a>, WeightsError> {
        let weight = match &self.weights.get(&format!("{name}.weight"), &[out, width])?.values {
            Values::F32(values) => Matrix::F32(values),
            Values::I8 { rows, scales } => Matrix::I8 { rows, scales },
        };
        Ok(LinearWeights { weight, bias: self.vector(&format!("{name}.bias"), out)? })
    }

    fn norm(&self, name: &str) -> Result<NormWeights<'a>, WeightsError> {
        Ok(NormWeights {
            gain: self.vector(&format!("{name}.weight"), self.hidden)?,
            offset: self.vector(&format!("{name}.bias"), self.hidden)?,
        })
    }

    fn layer(&self, n: usize) -> Result<LayerWeights<'a>, WeightsError> {
        let name = |part: &str| format!("encoder.layer.{n}.{part}");
        let square = |part: &str| self.linear(&name(part), self.hidden, self.hidden);
        Ok(LayerWeights {
            query: square("attention.self.query")?,
            key: square("attention.self.key")?,
            value: square("attention.self.value")?,
            attention_output: square("attention.output.dense")?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"))?,
            ffn_up: self.linear(&name("intermediate.dense"), self.inner, self.hidden)?,
            ffn_down: self.linear(&name("output.dense"), self.hidden, self.inner)?,
            output_norm: self.norm(&name("output.LayerNorm"))?,
        })
    }

    /// All heads one under another.
    fn heads(&self, heads: &[HeadSpec]) -> Result<(Vec<f32>, Vec<f32>), WeightsError> {
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for head in heads {
            let labels = head.labels.len();
            weight.extend(self.floats(&format!("heads.{}.weight", head.name), &[labels, self.hidden])?);
            bias.extend(self.floats(&format!("heads.{}.bias", head.name), &[labels])?);
        }
        Ok((weight, bias))
    }
}

/// Runs the kernels, on a team's threads where there is one, and cuts their logits into heads.
///
/// # Errors
/// [`KernelError`] for a batch that the encoder cannot take.
pub fn forward(
    encoder: &Encoder,
    packed: &Packed,
    heads: &[Arc<HeadSpec>],
    scratch: &mut Scratch,
) -> Result<Vec<Output>, KernelError> {
    let batch = Batch::new(&packed.ids, &packed.lengths)?;
    let (arena, team) = scratch.parts();
    let output = match team {
        None => encoder.forward(&batch, arena)?,
        Some(team) => encoder.forward_with(team, &batch, arena)?,
    };
    let cut = |text: usize| {
        let mut rest = output.logits(text);
        let logits = heads.iter().map(|head| {
            let (now, later) = rest.split_at(head.labels.len());
            rest = later;
            now.to_vec()
        });
        Output { logits: logits.collect(), embedding: output.pooled(text).to_vec() }
    };
    Ok((0..output.texts()).map(cut).collect())
}
