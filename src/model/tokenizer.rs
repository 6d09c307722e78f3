//! Text to token ids, by the model's own `tokenizer.json`.

use std::ops::Range;
use std::path::Path;

use tokenizers::{Tokenizer as HfTokenizer, TruncationParams};

/// Tokens of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids, special tokens included; never empty.
    pub ids: Vec<u32>,
    /// Byte range of the text behind each token; empty for special tokens.
    pub offsets: Vec<Range<usize>>,
    /// The text had more tokens than the model reads; the rest was left out.
    pub truncated: bool,
}

/// A tokenizer that cannot be loaded or used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The file is missing, damaged or of a kind that is not supported.
    #[error("`tokenizer.json`: {0}")]
    Load(String),
    /// The text could not be encoded. The message never holds the text.
    #[error("tokenizer failed on a text of {chars} characters")]
    Encode {
        /// Length of the text in characters.
        chars: usize,
    },
}

/// Thread-safe tokenizer with the model's length limit built in.
pub struct Tokenizer {
    inner: HfTokenizer,
    max_tokens: usize,
}

impl Tokenizer {
    /// Loads `tokenizer.json`; texts are cut at `max_tokens` tokens, which [`Encoded::truncated`] tells.
    ///
    /// # Errors
    /// [`TokenizerError::Load`].
    pub fn from_file(path: &Path, max_tokens: usize) -> Result<Self, TokenizerError> {
        let bytes = std::fs::read(path).map_err(|e| TokenizerError::Load(e.to_string()))?;
        Self::from_bytes(&bytes, max_tokens)
    }

    /// As [`Tokenizer::from_file`], from the file's content.
    ///
    /// # Errors
    /// [`TokenizerError::Load`].
    pub fn from_bytes(json: &[u8], max_tokens: usize) -> Result<Self, TokenizerError> {
        let load = |e: tokenizers::Error| TokenizerError::Load(e.to_string());
        let mut inner = HfTokenizer::from_bytes(json).map_err(load)?;
        inner.with_padding(None);
        let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
        inner.with_truncation(Some(truncation)).map_err(load)?;
        Ok(Self { inner, max_tokens })
    }

    /// Size of the vocabulary, added tokens included.
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Longest sequence that [`Tokenizer::encode`] returns.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Encodes one text with its special tokens.
    ///
    /// # Errors
    /// [`TokenizerError::Encode`], without the text.
    pub fn encode(&self, text: &str) -> Result<Encoded, TokenizerError> {
        let encoding = self
            .inner
            .encode(text, true)
            .map_err(|_| TokenizerError::Encode { chars: text.chars().count() })?;
        let offsets = encoding
            .get_offsets()
            .iter()
            .zip(encoding.get_special_tokens_mask())
            .map(|(&(start, end), &special)| if special == 1 { 0..0 } else { start..end })
            .collect();
        Ok(Encoded {
            ids: encoding.get_ids().to_vec(),
            offsets,
            truncated: !encoding.get_overflowing().is_empty(),
        })
    }
}
