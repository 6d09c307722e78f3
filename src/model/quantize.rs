//! A model directory with its matrices in 8 bits by row, from one with any stored precision.

use std::collections::BTreeMap;
use std::path::Path;

use super::directory::{self, WriteError};
use super::manifest::{FILES, Manifest, ManifestError};
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
    #[error(transparent)]
    Io(#[from] WriteError),
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
    let mut files = BTreeMap::new();
    for name in FILES {
        files.insert(name, manifest.read_file(source, name)?);
    }
    let weights = Weights::from_bytes(&files[WEIGHTS])?.quantised().to_bytes()?;
    files.insert(WEIGHTS, weights);
    manifest.provenance.insert("quantised".to_owned(), "i8 by row".to_owned());
    Ok(directory::write(output, manifest, &files)?)
}
