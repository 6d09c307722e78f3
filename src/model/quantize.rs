//! A model directory with its matrices in 8 bits by row, from one with any stored precision.

use std::path::Path;

use super::manifest::{FILES, MANIFEST, Manifest, ManifestError, entry};
use super::weights::{Weights, WeightsError};

const WEIGHTS: &str = "model.safetensors";

/// Why a model cannot be quantised.
#[derive(Debug, thiserror::Error)]
pub enum QuantizeError {
    /// The output is already there; a model is never overwritten.
    #[error("`{path}` exists\nhint: name a directory that does not")]
    Exists {
        /// The output.
        path: String,
    },
    /// The source is damaged.
    #[error("model: {0}")]
    Model(String),
    /// The output cannot be written.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<ManifestError> for QuantizeError {
    fn from(error: ManifestError) -> Self {
        Self::Model(error.to_string())
    }
}

impl From<WeightsError> for QuantizeError {
    fn from(error: WeightsError) -> Self {
        Self::Model(error.to_string())
    }
}

/// Reads and checks the model in `source` and writes it to `output` with every matrix as signed 8-bit rows and one f32
/// scale a row (symmetric, largest magnitude to 127). Vectors stay f32; heads, calibration and tokenizer stay as they
/// are. The manifest is written last, so an output without one is unfinished.
///
/// # Errors
/// [`QuantizeError`]; the source is never changed.
pub fn quantize(source: &Path, output: &Path) -> Result<Manifest, QuantizeError> {
    if output.exists() {
        return Err(QuantizeError::Exists { path: output.display().to_string() });
    }
    let mut manifest = Manifest::read(source)?;
    let io = |path: &Path| {
        let path = path.display().to_string();
        move |source| QuantizeError::Io { path, source }
    };
    let mut files = Vec::new();
    for name in FILES {
        let mut bytes = manifest.read_file(source, name)?;
        if name == WEIGHTS {
            bytes = Weights::from_bytes(&bytes)?.quantised().to_bytes()?;
        }
        manifest.files.insert(name.to_owned(), entry(&bytes));
        files.push((name, bytes));
    }
    manifest.provenance.insert("quantised".to_owned(), "i8 by row".to_owned());
    std::fs::create_dir_all(output).map_err(io(output))?;
    for (name, bytes) in files {
        let path = output.join(name);
        std::fs::write(&path, bytes).map_err(io(&path))?;
    }
    let path = output.join(MANIFEST);
    let json = serde_json::to_string_pretty(&manifest).map_err(|e| QuantizeError::Model(e.to_string()))?;
    std::fs::write(&path, json + "\n").map_err(io(&path))?;
    Ok(manifest)
}
