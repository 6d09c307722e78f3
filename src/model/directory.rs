//! Writing a model directory, so that a crash leaves no half-written file and no manifest over missing ones.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use super::manifest::{MANIFEST, Manifest, entry};

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("`{path}`: {source}")]
pub struct WriteError {
    /// The file.
    pub path: String,
    /// What the system said.
    pub source: std::io::Error,
}

/// Writes the files and, last, the manifest with their digests, which is given back. The bytes depend on the arguments
/// alone.
///
/// # Errors
/// [`WriteError`].
pub fn write(
    dir: &Path,
    mut manifest: Manifest,
    files: &BTreeMap<&str, Vec<u8>>,
) -> Result<Manifest, WriteError> {
    std::fs::create_dir_all(dir).map_err(|source| WriteError { path: dir.display().to_string(), source })?;
    for (name, bytes) in files {
        replace(&dir.join(name), bytes)?;
    }
    manifest.files = files.iter().map(|(name, bytes)| ((*name).to_owned(), entry(bytes))).collect();
    let json = serde_json::to_value(&manifest).expect("a manifest is plain JSON");
    replace(&dir.join(MANIFEST), format!("{json:#}\n").as_bytes())?;
    Ok(manifest)
}

/// Writes a file by way of a temporary one, synced before it takes the name.
///
/// # Errors
/// [`WriteError`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|source| WriteError { path: path.display().to_string(), source })
}
