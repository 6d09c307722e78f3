//! The knowledge base on disk: topics as files, and the vectors of their questions beside them.

use std::path::{Path, PathBuf};

use crate::drafting::{DenseIndex, KnowledgeBase, TopicError};

/// Ending of topic files.
const TOPIC: &str = "md";
/// Files of the folder that are no topics.
const NO_TOPICS: [&str; 2] = ["README.md", "FORMAT.md"];

/// Why a knowledge base cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KbError {
    /// A file or the folder cannot be read or written.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Files that are no topics.
    #[error("{}", lines(.0))]
    Topics(Vec<TopicError>),
    /// A file of vectors that is damaged.
    #[error("`{path}`: {what}\nhint: make it again with `minwon kb build`")]
    Vectors {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
}

fn lines(errors: &[TopicError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn io(path: &Path, source: std::io::Error) -> KbError {
    KbError::Io { path: path.display().to_string(), source }
}

/// Reads every topic of a folder.
///
/// # Errors
/// [`KbError`] with all files that are no topics.
pub fn read(dir: &Path) -> Result<KnowledgeBase, KbError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| io(dir, e))? {
        let path = entry.map_err(|e| io(dir, e))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|ending| ending == TOPIC) && !NO_TOPICS.contains(&name.as_str()) {
            let text = std::fs::read_to_string(&path).map_err(|e| io(&path, e))?;
            files.push((name, text));
        }
    }
    files.sort();
    KnowledgeBase::from_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map_err(KbError::Topics)
}

/// The file that holds the questions' vectors for one model.
pub fn vectors_path(dir: &Path, model_sha256: &str) -> PathBuf {
    dir.join(format!("questions-{}.f16", model_sha256.get(..16).unwrap_or(model_sha256)))
}

/// Reads the vectors of the questions, if they were stored for this model and this state of the knowledge base.
///
/// # Errors
/// [`KbError`] if the file is there and damaged.
pub fn read_vectors(
    dir: &Path,
    kb: &KnowledgeBase,
    model_sha256: &str,
) -> Result<Option<DenseIndex>, KbError> {
    let path = vectors_path(dir, model_sha256);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io(&path, e)),
    };
    DenseIndex::from_bytes(kb, model_sha256, &bytes)
        .map(Some)
        .map_err(|what| KbError::Vectors { path: path.display().to_string(), what })
}

/// Stores vectors of the questions, in the order of [`KnowledgeBase::questions`].
///
/// # Errors
/// [`KbError::Io`].
pub fn write_vectors(
    dir: &Path,
    kb: &KnowledgeBase,
    model_sha256: &str,
    vectors: &[Vec<f32>],
) -> Result<PathBuf, KbError> {
    let path = vectors_path(dir, model_sha256);
    let bytes = crate::drafting::vectors_to_bytes(kb, model_sha256, vectors);
    crate::model::directory::replace(&path, &bytes).map_err(|e| io(&path, e.source))?;
    Ok(path)
}
