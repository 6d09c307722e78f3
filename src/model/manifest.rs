//! `manifest.json`: what a model directory holds, with the digest of every file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::HeadSpec;

/// Version of the directory layout that this code reads and writes.
pub const FORMAT: u32 = 1;
/// Name of the manifest in a model directory.
pub const MANIFEST: &str = "manifest.json";
/// Files that every model directory holds besides the manifest.
pub const FILES: [&str; 4] = ["config.json", "tokenizer.json", "model.safetensors", "calibration.json"];

/// Digest and size of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// Contents of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout version, [`FORMAT`].
    pub format: u32,
    /// Name of the model.
    pub name: String,
    /// Version of the model.
    pub version: String,
    /// Classification heads in the order of the file.
    pub heads: Vec<HeadSpec>,
    /// Version of the label scheme that the labels come from.
    pub taxonomy: String,
    /// Longest text in tokens that the model was trained for; longer ones are cut and marked.
    pub max_tokens: usize,
    /// How it was made: base, rows, seed and the like, for people to read.
    #[serde(default)]
    pub provenance: BTreeMap<String, String>,
    /// Every file but the manifest.
    pub files: BTreeMap<String, FileEntry>,
}

/// Why a model directory is not what its manifest says.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// A file cannot be read.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest is no JSON, or a field is missing or wrong.
    #[error("`{path}`: {source}")]
    Syntax {
        /// The file.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Another layout version, or impossible values.
    #[error("`manifest.json`: {0}")]
    Invalid(String),
    /// A file's digest differs.
    #[error(
        "`{file}` is not the file of the manifest: sha256 {found}, expected {expected}\nhint: fetch the model again"
    )]
    Digest {
        /// Name in the directory.
        file: String,
        /// Digest found.
        found: String,
        /// Digest in the manifest.
        expected: String,
    },
}

impl Manifest {
    /// Reads `manifest.json` from a directory.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn read(dir: &Path) -> Result<Self, ManifestError> {
        let path = dir.join(MANIFEST);
        let name = path.display().to_string();
        let bytes =
            std::fs::read(&path).map_err(|source| ManifestError::Io { path: name.clone(), source })?;
        let manifest: Self =
            serde_json::from_slice(&bytes).map_err(|source| ManifestError::Syntax { path: name, source })?;
        manifest.check().map_err(ManifestError::Invalid)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("format {} is not supported, this version reads {FORMAT}", self.format));
        }
        if let Some(missing) = FILES.iter().find(|file| !self.files.contains_key(**file)) {
            return Err(format!("`{missing}` is not listed"));
        }
        if let Some(strange) =
            self.files.keys().find(|file| file.contains(['/', '\\']) || file.starts_with('.'))
        {
            return Err(format!("`{strange}` is no plain file name"));
        }
        match self.heads.iter().find(|head| head.labels.len() < 2) {
            Some(head) => Err(format!("head `{}` has fewer than two labels", head.name)),
            None => Ok(()),
        }
    }

    /// Reads a listed file and checks its digest.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn read_file(&self, dir: &Path, file: &str) -> Result<Vec<u8>, ManifestError> {
        let path = dir.join(file);
        let bytes = std::fs::read(&path)
            .map_err(|source| ManifestError::Io { path: path.display().to_string(), source })?;
        let found = sha256(&bytes);
        let expected = self.files.get(file).map(|entry| entry.sha256.clone()).unwrap_or_default();
        if found != expected {
            return Err(ManifestError::Digest { file: file.to_owned(), found, expected });
        }
        Ok(bytes)
    }

    /// Checks every listed file.
    ///
    /// # Errors
    /// The first [`ManifestError`].
    pub fn verify(&self, dir: &Path) -> Result<(), ManifestError> {
        self.files.keys().try_for_each(|file| self.read_file(dir, file).map(drop))
    }

    /// Digest of the weights, which names the model in answers.
    pub fn weights_sha256(&self) -> &str {
        self.files.get("model.safetensors").map_or("", |entry| &entry.sha256)
    }
}

/// Entry for a file's content.
pub fn entry(bytes: &[u8]) -> FileEntry {
    FileEntry { sha256: sha256(bytes), bytes: bytes.len() as u64 }
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, b| {
        let _ = write!(hex, "{b:02x}");
        hex
    })
}
