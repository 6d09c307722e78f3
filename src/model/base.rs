//! An encoder as Hugging Face publishes it: the starting point of training.

use std::path::Path;

use candle_core::{DType, Device};

use super::config::{ConfigError, EncoderConfig};
use super::network::{self, TensorMap};
use super::tokenizer::{Tokenizer, TokenizerError};
use super::weights::{Weights, WeightsError};

/// Configuration, tokenizer and weights of an encoder, with the files as they were.
pub struct Base {
    /// Shape.
    pub config: EncoderConfig,
    /// Tokenizer, cut at the encoder's limit.
    pub tokenizer: Tokenizer,
    weights: Weights,
    /// `config.json` as read.
    pub config_json: String,
    /// `tokenizer.json` as read.
    pub tokenizer_json: Vec<u8>,
}

/// Why an encoder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// A file is missing or unreadable.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// `config.json` is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `tokenizer.json` is wrong.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// `model.safetensors` is wrong.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The tokenizer can give ids that the encoder does not have.
    #[error("`tokenizer.json` has {tokenizer} pieces, the encoder {encoder}")]
    Vocabulary {
        /// Pieces of the tokenizer.
        tokenizer: usize,
        /// Rows of the word table.
        encoder: usize,
    },
}

impl Base {
    /// Opens a directory with `config.json`, `tokenizer.json` and `model.safetensors`.
    ///
    /// # Errors
    /// [`BaseError`] with the file at fault.
    pub fn open(dir: &Path) -> Result<Self, BaseError> {
        let read = |name: &str| {
            let path = dir.join(name);
            std::fs::read(&path).map_err(|source| BaseError::Io { path: path.display().to_string(), source })
        };
        let config_json = String::from_utf8_lossy(&read("config.json")?).into_owned();
        let config = EncoderConfig::from_json(&config_json)?;
        let tokenizer_json = read("tokenizer.json")?;
        let tokenizer = Tokenizer::from_bytes(&tokenizer_json, config.max_tokens())?;
        if tokenizer.vocab_size() > config.vocab_size {
            let (tokenizer, encoder) = (tokenizer.vocab_size(), config.vocab_size);
            return Err(BaseError::Vocabulary { tokenizer, encoder });
        }
        let weights = Weights::from_file(&dir.join("model.safetensors"))?;
        Ok(Self { config, tokenizer, weights, config_json, tokenizer_json })
    }

    /// The encoder's tensors on a device.
    ///
    /// # Errors
    /// [`WeightsError`] with the tensor that is missing or misshapen.
    pub fn tensors(&self, device: &Device, dtype: DType) -> Result<TensorMap, WeightsError> {
        network::load_tensors(&self.config, &[], &self.weights, device, dtype)
    }
}
