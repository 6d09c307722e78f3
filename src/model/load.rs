//! Opening a model directory for inference.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{DType, Device};

use super::calibration::{Calibration, probabilities};
use super::config::{ConfigError, EncoderConfig};
use super::cpu;
use super::kernels::{Encoder, Isa, KernelError, Precision};
use super::lexical::Lexical;
use super::manifest::{FILES, Manifest, ManifestError};
use super::network::{self, Network, NoDropout, Packed};
use super::scratch::Scratch;
use super::tokenizer::{Encoded, Tokenizer, TokenizerError};
use super::weights::{Weights, WeightsError};
use super::{DeviceError, device};
use crate::domain::{HeadPrediction, HeadSpec, Prediction};

/// Arithmetic of the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dtype {
    /// What is fastest on the device at the accuracy that was measured.
    #[default]
    Auto,
    /// 32-bit floating point.
    F32,
    /// 8-bit integers with 32-bit sums (CPU only).
    I8,
}

impl std::str::FromStr for Dtype {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Self::Auto),
            "f32" => Ok(Self::F32),
            "i8" => Ok(Self::I8),
            _ => Err("expected `auto`, `f32` or `i8`".to_owned()),
        }
    }
}

/// How a model is loaded.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `cpu`, `cuda` or `cuda:N`; empty means `cpu`.
    pub device: String,
    /// Arithmetic.
    pub dtype: Dtype,
}

/// Why a model directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no `manifest.json`: a bare encoder or no model at all.
    #[error(
        "`{dir}` holds no `manifest.json`, so it is no model of minwon\nhint: a bare encoder is the base of `minwon train --base`"
    )]
    NoManifest {
        /// The directory.
        dir: String,
    },
    /// A file is missing, damaged or not the manifest's.
    #[error("model: {0}")]
    Manifest(#[from] ManifestError),
    /// `config.json` is wrong.
    #[error("model: {0}")]
    Config(#[from] ConfigError),
    /// `tokenizer.json` is wrong.
    #[error("model: {0}")]
    Tokenizer(#[from] TokenizerError),
    /// `model.safetensors` is wrong.
    #[error("model: {0}")]
    Weights(#[from] WeightsError),
    /// The kernels refused the weights.
    #[error("model: {0}")]
    Kernel(#[from] KernelError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// candle failed.
    #[error("model: {0}")]
    Candle(#[from] candle_core::Error),
    /// Files that do not fit each other.
    #[error("model: {0}")]
    Invalid(String),
}

/// Why a prediction failed. Messages never hold the text.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// The tokenizer failed.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The kernels refused the batch.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// candle failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// The result is not a number: damaged weights.
    #[error("the model gave a result that is not a number")]
    NotFinite,
}

enum Backend {
    Cpu(Box<Encoder>),
    Candle(Box<Network>),
}

/// What the encoder gives for one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Logits of each head.
    pub logits: Vec<Vec<f32>>,
    /// Mean of the last hidden states: the text's embedding, not normalised.
    pub embedding: Vec<f32>,
}

/// A loaded model: tokenizer, encoder, heads, calibration. Shared between threads, each with its [`Scratch`].
pub struct Model {
    /// What the directory says about itself.
    pub manifest: Manifest,
    /// Temperatures and thresholds.
    pub calibration: Calibration,
    /// Where it was loaded from.
    pub dir: PathBuf,
    dimension: usize,
    heads: Vec<Arc<HeadSpec>>,
    tokenizer: Tokenizer,
    lexical: Option<Lexical>,
    backend: Backend,
}

impl Model {
    /// Opens a model directory and checks every file against the manifest.
    ///
    /// # Errors
    /// [`LoadError`] with the file at fault.
    pub fn open(dir: &Path, options: &LoadOptions) -> Result<Self, LoadError> {
        if !dir.join(super::manifest::MANIFEST).exists() {
            return Err(LoadError::NoManifest { dir: dir.display().to_string() });
        }
        let manifest = Manifest::read(dir)?;
        let [config, tokenizer, weights, calibration] = FILES.map(|file| manifest.read_file(dir, file));
        let config = EncoderConfig::from_json(&String::from_utf8_lossy(&config?))?;
        let max_tokens = manifest.max_tokens.clamp(2, config.max_tokens());
        let tokenizer = Tokenizer::from_bytes(&tokenizer?, max_tokens)?;
        if tokenizer.vocab_size() > config.vocab_size {
            return Err(LoadError::Invalid(format!(
                "`tokenizer.json` has {} pieces, the encoder {}",
                tokenizer.vocab_size(),
                config.vocab_size
            )));
        }
        let calibration: Calibration = serde_json::from_slice(&calibration?)
            .map_err(|e| LoadError::Invalid(format!("`calibration.json`: {e}")))?;
        if !calibration.is_sound() {
            return Err(LoadError::Invalid("`calibration.json`: a number is out of range".into()));
        }
        let mut weights = Weights::from_bytes(&weights?)?;
        let classes = manifest.heads.iter().map(|head| head.labels.len()).sum();
        let lexical = Lexical::take(&mut weights, classes)?;
        let backend = backend(&config, &manifest.heads, weights, options)?;
        let heads = manifest.heads.iter().cloned().map(Arc::new).collect();
        let dimension = config.hidden_size;
        Ok(Self { dimension, manifest, calibration, dir: dir.to_owned(), heads, tokenizer, lexical, backend })
    }

    /// Number of values in a text's vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Heads in the order of [`Output::logits`].
    pub fn heads(&self) -> &[Arc<HeadSpec>] {
        &self.heads
    }

    /// Device, arithmetic and instruction set, for people to read.
    pub fn describe(&self) -> String {
        match &self.backend {
            Backend::Cpu(encoder) => {
                format!("cpu {:?} {}", encoder.precision(), encoder.isa()).to_lowercase()
            }
            Backend::Candle(network) => {
                format!("candle {:?} f32", network.device().location()).to_lowercase()
            }
        }
    }

    /// Tokens of a text, folded first.
    ///
    /// # Errors
    /// [`PredictError::Tokenizer`].
    pub fn encode(&self, folded: &str) -> Result<Encoded, PredictError> {
        Ok(self.tokenizer.encode(folded)?)
    }

    /// Runs the encoder and all heads over several texts in one pass.
    ///
    /// # Errors
    /// [`PredictError`].
    pub fn forward(&self, texts: &[&[u32]], scratch: &mut Scratch) -> Result<Vec<Output>, PredictError> {
        let packed = Packed::new(texts.iter().copied());
        let mut outputs = match &self.backend {
            Backend::Cpu(encoder) => cpu::forward(encoder, &packed, &self.heads, scratch)?,
            Backend::Candle(network) => forward_candle(network, &packed)?,
        };
        if let Some(lexical) = &self.lexical {
            for (output, ids) in outputs.iter_mut().zip(texts) {
                self.add_lexical(&lexical.margins(ids), output);
            }
        }
        if outputs.iter().flat_map(|o| &o.logits).flatten().all(|z| z.is_finite()) {
            Ok(outputs)
        } else {
            Err(PredictError::NotFinite)
        }
    }

    fn add_lexical(&self, margins: &[f32], output: &mut Output) {
        let mut rest = margins;
        for (spec, logits) in self.heads.iter().zip(&mut output.logits) {
            let (own, later) = rest.split_at(logits.len());
            rest = later;
            let scale = self.calibration.lexical_scale(&spec.name);
            logits.iter_mut().zip(own).for_each(|(logit, margin)| *logit += scale * margin);
        }
    }

    /// Calibrated probabilities for an output.
    pub fn prediction(&self, output: &Output, tokens: usize) -> Prediction {
        let heads = self.heads.iter().zip(&output.logits).map(|(spec, logits)| HeadPrediction {
            spec: Arc::clone(spec),
            probabilities: probabilities(spec.kind, logits, self.calibration.temperature(&spec.name)),
        });
        Prediction { heads: heads.collect(), tokens }
    }
}

fn backend(
    config: &EncoderConfig,
    heads: &[HeadSpec],
    weights: Weights,
    options: &LoadOptions,
) -> Result<Backend, LoadError> {
    let name = if options.device.is_empty() { "cpu" } else { &options.device };
    let device = device(name)?;
    if device.is_cpu() {
        let precision = match options.dtype {
            Dtype::F32 => Precision::F32,
            Dtype::I8 => Precision::I8,
            Dtype::Auto => preferred(Isa::detect()),
        };
        return Ok(Backend::Cpu(Box::new(cpu::encoder(config, heads, weights, precision)?)));
    }
    if options.dtype == Dtype::I8 {
        return Err(LoadError::Invalid("`--dtype i8` needs `--device cpu`".into()));
    }
    let tensors = network::load_tensors(config, heads, &weights, &device, DType::F32)?;
    Ok(Backend::Candle(Box::new(Network::new(config, heads, &tensors)?)))
}

/// 8-bit arithmetic wherever there is a vector kernel for it: its accuracy is that of f32 within the noise (figures
/// in `docs/PERFORMANCE.md`).
fn preferred(isa: Isa) -> Precision {
    if isa == Isa::Portable { Precision::F32 } else { Precision::I8 }
}

fn forward_candle(network: &Network, packed: &Packed) -> Result<Vec<Output>, PredictError> {
    let pooled = network.pooled(packed, &NoDropout)?;
    let logits = network.heads(&pooled)?;
    let logits: Vec<Vec<Vec<f32>>> =
        logits.iter().map(candle_core::Tensor::to_vec2).collect::<Result<_, _>>()?;
    let pooled = pooled.to_dtype(DType::F32)?.to_device(&Device::Cpu)?.to_vec2::<f32>()?;
    let outputs = pooled.into_iter().enumerate().map(|(text, embedding)| Output {
        logits: logits.iter().map(|head| head[text].clone()).collect(),
        embedding,
    });
    Ok(outputs.collect())
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model({} {}, {})", self.manifest.name, self.manifest.version, self.describe())
    }
}
