//! Shape of an encoder, read from a Hugging Face `config.json`.
//!
//! BERT and RoBERTa / XLM-RoBERTa are the same network; they differ in where positions start and in the prefix of
//! their tensor names.

use serde::{Deserialize, Serialize};

/// Architecture family, as `model_type` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// Positions start at 0.
    #[serde(rename = "bert")]
    Bert,
    /// Positions start at `pad_token_id + 1`.
    #[serde(rename = "roberta")]
    Roberta,
    /// As RoBERTa, with another vocabulary.
    #[serde(rename = "xlm-roberta")]
    XlmRoberta,
}

/// Activation of the feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    /// Gaussian error linear unit with the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415).
    #[serde(rename = "gelu")]
    Gelu,
    /// Its tanh approximation.
    #[serde(rename = "gelu_new", alias = "gelu_pytorch_tanh", alias = "gelu_fast")]
    GeluTanh,
    /// max(0, x).
    #[serde(rename = "relu")]
    Relu,
}

/// The numbers of an encoder that the forward pass needs. Unknown fields of the file are kept out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Architecture family.
    pub model_type: Family,
    /// Rows of the word embedding table.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Attention heads; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward block.
    pub intermediate_size: usize,
    /// Activation of the feed-forward block.
    pub hidden_act: Activation,
    /// Rows of the position table.
    pub max_position_embeddings: usize,
    /// Rows of the token-type table.
    pub type_vocab_size: usize,
    /// Added to the variance in layer normalisation.
    pub layer_norm_eps: f64,
    /// Id of the padding token; also shifts RoBERTa's positions.
    #[serde(default)]
    pub pad_token_id: usize,
    /// Anything but `absolute` is refused.
    #[serde(default = "absolute")]
    position_embedding_type: String,
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not JSON, or a needed field is missing or of the wrong type.
    #[error("`config.json`: {0}\nhint: BERT, RoBERTa and XLM-RoBERTa encoders can be loaded")]
    Syntax(#[from] serde_json::Error),
    /// Numbers that do not make an encoder.
    #[error("`config.json`: {0}")]
    Invalid(String),
}

impl EncoderConfig {
    /// Reads and checks a `config.json`.
    ///
    /// # Errors
    /// [`ConfigError`] with the field at fault.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let config: Self = serde_json::from_str(text)?;
        let sizes = [
            ("vocab_size", config.vocab_size),
            ("hidden_size", config.hidden_size),
            ("num_hidden_layers", config.num_hidden_layers),
            ("num_attention_heads", config.num_attention_heads),
            ("intermediate_size", config.intermediate_size),
            ("max_position_embeddings", config.max_position_embeddings),
            ("type_vocab_size", config.type_vocab_size),
        ];
        let invalid = |what: String| Err(ConfigError::Invalid(what));
        if let Some((name, _)) = sizes.iter().find(|(_, value)| *value == 0) {
            return invalid(format!("`{name}` must be positive"));
        }
        if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            return invalid(format!(
                "`hidden_size` {} is no multiple of `num_attention_heads` {}",
                config.hidden_size, config.num_attention_heads
            ));
        }
        if config.max_tokens() == 0 {
            return invalid("`max_position_embeddings` leaves no room beyond `pad_token_id`".into());
        }
        if config.position_embedding_type != "absolute" {
            return invalid(format!(
                "`position_embedding_type` is `{}`, only `absolute` is supported",
                config.position_embedding_type
            ));
        }
        if config.layer_norm_eps <= 0.0 || config.layer_norm_eps.is_nan() {
            return invalid("`layer_norm_eps` must be positive".into());
        }
        Ok(config)
    }

    /// Row of the position table for the first token.
    pub fn position_offset(&self) -> usize {
        match self.model_type {
            Family::Bert => 0,
            Family::Roberta | Family::XlmRoberta => self.pad_token_id + 1,
        }
    }

    /// Longest sequence in tokens, special tokens included.
    pub fn max_tokens(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.position_offset())
    }

    /// Width of one attention head.
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rstest::rstest;

    /// A config for tests, with any of its fields replaced.
    pub(crate) fn tiny_json(changes: &serde_json::Value) -> String {
        let mut json = serde_json::json!({
            "model_type": "bert", "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2,
            "num_attention_heads": 2, "intermediate_size": 32, "hidden_act": "gelu",
            "max_position_embeddings": 24, "type_vocab_size": 1, "layer_norm_eps": 1e-12, "pad_token_id": 1,
        });
        for (key, value) in changes.as_object().into_iter().flatten() {
            json[key] = value.clone();
        }
        json.to_string()
    }

    #[test]
    fn positions_start_where_the_family_says() {
        let bert = EncoderConfig::from_json(&tiny_json(&serde_json::json!({}))).unwrap();
        assert_eq!((bert.position_offset(), bert.max_tokens()), (0, 24));
        let xlmr = tiny_json(&serde_json::json!({"model_type": "xlm-roberta"}));
        let xlmr = EncoderConfig::from_json(&xlmr).unwrap();
        assert_eq!((xlmr.position_offset(), xlmr.max_tokens()), (2, 22));
    }

    #[rstest]
    #[case(serde_json::json!({"model_type": "gpt2"}), "gpt2")]
    #[case(serde_json::json!({"hidden_size": 15}), "`hidden_size` 15 is no multiple")]
    #[case(serde_json::json!({"num_hidden_layers": 0}), "`num_hidden_layers` must be positive")]
    #[case(serde_json::json!({"hidden_act": "swish"}), "swish")]
    #[case(serde_json::json!({"position_embedding_type": "relative_key"}), "relative_key")]
    #[case(serde_json::json!({"layer_norm_eps": 0.0}), "`layer_norm_eps`")]
    #[case(serde_json::json!({"vocab_size": null}), "config.json")]
    fn a_config_that_cannot_work_is_refused_by_name(#[case] change: serde_json::Value, #[case] part: &str) {
        let error = EncoderConfig::from_json(&tiny_json(&change)).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
