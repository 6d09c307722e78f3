//! The encoder and its classification heads in candle: for training, for the GPU, and as the reference that the CPU
//! kernels are tested against.
//!
//! Texts are laid end to end (`tokens × hidden`), so nothing is computed for padding; only attention on a device
//! without the fused operation pads. The network: Devlin et al. 2019 (arXiv:1810.04805), post-norm.

use std::collections::BTreeMap;

use candle_core::{DType, Device, IndexOp, Result, Tensor};

use super::config::{Activation, EncoderConfig};
use super::ops::{self, Sequences};
use super::weights::{Weights, WeightsError};
use crate::domain::HeadSpec;

/// Where a network's tensors come from: stored weights for inference, trainable variables in training.
pub type TensorMap = BTreeMap<String, Tensor>;

/// Token ids of several texts, laid end to end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    /// Ids of all texts, one after another.
    pub ids: Vec<u32>,
    /// Tokens in each text; none is zero.
    pub lengths: Vec<usize>,
}

impl Packed {
    /// Lays texts end to end.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut packed = Self::default();
        for ids in texts {
            packed.ids.extend_from_slice(ids);
            packed.lengths.push(ids.len());
        }
        packed
    }
}

/// Zeroes elements at random in training and scales up the rest (Srivastava et al. 2014). The caller owns the
/// randomness, so that a run can be repeated.
pub trait Dropout {
    /// The tensor with dropout applied.
    ///
    /// # Errors
    /// From candle.
    fn apply(&self, x: &Tensor) -> Result<Tensor>;
}

/// No dropout: inference.
pub struct NoDropout;

impl Dropout for NoDropout {
    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.clone())
    }
}

struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    fn new(tensors: &TensorMap, name: &str) -> Result<Self> {
        Ok(Self {
            weight: find(tensors, &format!("{name}.weight"))?,
            bias: find(tensors, &format!("{name}.bias"))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

struct Norm {
    gamma: Tensor,
    beta: Tensor,
    eps: f64,
}

impl Norm {
    fn new(tensors: &TensorMap, name: &str, eps: f64) -> Result<Self> {
        let (gamma, beta) =
            (find(tensors, &format!("{name}.weight"))?, find(tensors, &format!("{name}.bias"))?);
        Ok(Self { gamma, beta, eps })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::layer_norm(x, &self.gamma, &self.beta, self.eps)
    }
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// Encoder with mean pooling and any number of classification heads, all computed in one pass.
pub struct Network {
    config: EncoderConfig,
    word: Tensor,
    position: Tensor,
    token_type: Tensor,
    embedding_norm: Norm,
    layers: Vec<Layer>,
    heads: Vec<Linear>,
}

impl Network {
    /// Builds a network over tensors by canonical name; `heads` may be empty for a bare encoder.
    ///
    /// # Errors
    /// If a tensor is missing; shapes are checked where the tensors are read ([`load_tensors`]).
    pub fn new(config: &EncoderConfig, heads: &[HeadSpec], tensors: &TensorMap) -> Result<Self> {
        let eps = config.layer_norm_eps;
        let layer = |n: usize| -> Result<Layer> {
            let name = |part: &str| format!("encoder.layer.{n}.{part}");
            Ok(Layer {
                query: Linear::new(tensors, &name("attention.self.query"))?,
                key: Linear::new(tensors, &name("attention.self.key"))?,
                value: Linear::new(tensors, &name("attention.self.value"))?,
                output: Linear::new(tensors, &name("attention.output.dense"))?,
                attention_norm: Norm::new(tensors, &name("attention.output.LayerNorm"), eps)?,
                up: Linear::new(tensors, &name("intermediate.dense"))?,
                down: Linear::new(tensors, &name("output.dense"))?,
                output_norm: Norm::new(tensors, &name("output.LayerNorm"), eps)?,
            })
        };
        Ok(Self {
            config: config.clone(),
            word: find(tensors, "embeddings.word_embeddings.weight")?,
            position: find(tensors, "embeddings.position_embeddings.weight")?,
            token_type: find(tensors, "embeddings.token_type_embeddings.weight")?.i(0)?,
            embedding_norm: Norm::new(tensors, "embeddings.LayerNorm", eps)?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?,
            heads: heads
                .iter()
                .map(|head| Linear::new(tensors, &format!("heads.{}", head.name)))
                .collect::<Result<_>>()?,
        })
    }

    /// Hidden states of all tokens, `tokens × hidden`.
    ///
    /// # Errors
    /// From candle; ids beyond the vocabulary and texts beyond the position table are errors.
    pub fn hidden(&self, batch: &Packed, dropout: &dyn Dropout) -> Result<Tensor> {
        let device = self.word.device();
        let offset = self.config.position_offset();
        let positions: Vec<u32> =
            batch.lengths.iter().flat_map(|&n| (offset..offset + n).map(|p| p as u32)).collect();
        let ids = Tensor::new(batch.ids.as_slice(), device)?;
        let positions = Tensor::new(positions, device)?;
        let embedded = (self.word.index_select(&ids, 0)? + self.position.index_select(&positions, 0)?)?
            .broadcast_add(&self.token_type)?;
        let mut x = dropout.apply(&self.embedding_norm.forward(&embedded)?)?;
        let sequences = Sequences::new(&batch.lengths, device)?;
        for layer in &self.layers {
            x = self.layer(layer, &x, &sequences, dropout)?;
        }
        Ok(x)
    }

    /// Device that the network runs on.
    pub fn device(&self) -> &Device {
        self.word.device()
    }

    fn layer(&self, l: &Layer, x: &Tensor, sequences: &Sequences, dropout: &dyn Dropout) -> Result<Tensor> {
        let heads = self.config.num_attention_heads;
        let (q, k, v) = (l.query.forward(x)?, l.key.forward(x)?, l.value.forward(x)?);
        let context = ops::attention(&q, &k, &v, heads, sequences)?;
        let attended = dropout.apply(&l.output.forward(&context)?)?;
        let x = l.attention_norm.forward(&(attended + x)?)?;
        let up = l.up.forward(&x)?;
        let up = match self.config.hidden_act {
            Activation::Gelu => ops::gelu(&up)?,
            Activation::GeluTanh => up.gelu()?,
            Activation::Relu => up.relu()?,
        };
        let down = dropout.apply(&l.down.forward(&up)?)?;
        l.output_norm.forward(&(down + x)?)
    }

    /// Mean over each text's tokens, `texts × hidden`.
    ///
    /// # Errors
    /// From candle.
    pub fn pooled(&self, batch: &Packed, dropout: &dyn Dropout) -> Result<Tensor> {
        let hidden = self.hidden(batch, dropout)?;
        let mut start = 0;
        let means = batch.lengths.iter().map(|&n| {
            let rows = hidden.narrow(0, start, n)?;
            start += n;
            rows.mean_keepdim(0)
        });
        Tensor::cat(&means.collect::<Result<Vec<_>>>()?, 0)
    }

    /// Logits of every head, `texts × labels` each, in `f32`.
    ///
    /// # Errors
    /// From candle.
    pub fn logits(&self, batch: &Packed, dropout: &dyn Dropout) -> Result<Vec<Tensor>> {
        self.heads(&dropout.apply(&self.pooled(batch, dropout)?)?)
    }

    /// Logits of every head from pooled vectors.
    ///
    /// # Errors
    /// From candle.
    pub fn heads(&self, pooled: &Tensor) -> Result<Vec<Tensor>> {
        self.heads.iter().map(|head| head.forward(pooled)?.to_dtype(DType::F32)).collect()
    }
}

fn find(tensors: &TensorMap, name: &str) -> Result<Tensor> {
    match tensors.get(name) {
        Some(tensor) => Ok(tensor.clone()),
        None => candle_core::bail!("tensor `{name}` is missing"),
    }
}

/// Names and shapes of all tensors of an encoder with these heads, in name order.
pub fn tensor_shapes(config: &EncoderConfig, heads: &[HeadSpec]) -> BTreeMap<String, Vec<usize>> {
    let (h, f) = (config.hidden_size, config.intermediate_size);
    let mut shapes = BTreeMap::new();
    let mut linear = |name: String, out: usize, width: usize| {
        shapes.insert(format!("{name}.weight"), vec![out, width]);
        shapes.insert(format!("{name}.bias"), vec![out]);
    };
    for n in 0..config.num_hidden_layers {
        let name = |part: &str| format!("encoder.layer.{n}.{part}");
        for part in
            ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
        {
            linear(name(part), h, h);
        }
        linear(name("intermediate.dense"), f, h);
        linear(name("output.dense"), h, f);
    }
    for head in heads {
        linear(format!("heads.{}", head.name), head.labels.len(), h);
    }
    let norms = (0..config.num_hidden_layers)
        .flat_map(|n| {
            ["attention.output", "output"].map(|part| format!("encoder.layer.{n}.{part}.LayerNorm"))
        })
        .chain(["embeddings.LayerNorm".to_owned()]);
    for norm in norms {
        shapes.insert(format!("{norm}.weight"), vec![h]);
        shapes.insert(format!("{norm}.bias"), vec![h]);
    }
    shapes.insert("embeddings.word_embeddings.weight".into(), vec![config.vocab_size, h]);
    shapes.insert("embeddings.position_embeddings.weight".into(), vec![config.max_position_embeddings, h]);
    shapes.insert("embeddings.token_type_embeddings.weight".into(), vec![config.type_vocab_size, h]);
    shapes
}

/// Reads every tensor that the network needs, with its shape checked.
///
/// # Errors
/// [`WeightsError`] with the tensor at fault.
pub fn load_tensors(
    config: &EncoderConfig,
    heads: &[HeadSpec],
    weights: &Weights,
    device: &Device,
    dtype: DType,
) -> std::result::Result<TensorMap, WeightsError> {
    tensor_shapes(config, heads)
        .into_iter()
        .map(|(name, shape)| {
            let tensor = weights.tensor(&name, &shape, dtype, device)?;
            Ok((name, tensor))
        })
        .collect()
}
