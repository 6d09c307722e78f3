//! Models by name: a directory, or a repository of the Hugging Face hub at a pinned revision.

use std::path::PathBuf;
use std::str::FromStr;

use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};

use super::manifest::{FILES, MANIFEST};

/// Where a model is: `PATH` or `hf:OWNER/NAME@REVISION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A directory.
    Directory(PathBuf),
    /// A repository on the hub.
    Hub {
        /// `OWNER/NAME`.
        repository: String,
        /// Branch, tag or commit. A commit names the same files for ever.
        revision: String,
    },
}

/// A model that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "`hf:{repository}@{revision}`, file `{file}`: {reason}\nhint: without a network, give a directory, or a revision that is in the cache"
)]
pub struct HubError {
    repository: String,
    revision: String,
    file: String,
    reason: String,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("hf:") else {
            return if text.is_empty() {
                Err("the path is empty".into())
            } else {
                Ok(Self::Directory(text.into()))
            };
        };
        let (repository, revision) = rest.split_once('@').unwrap_or((rest, "main"));
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match repository.split_once('/') {
            Some((owner, name)) if plain(owner) && plain(name) && plain(revision) => {
                Ok(Self::Hub { repository: repository.to_owned(), revision: revision.to_owned() })
            }
            _ => Err("expected `hf:OWNER/NAME@REVISION`".into()),
        }
    }
}

impl Source {
    /// The directory with the files of a trained model, fetched into the hub's cache where needed.
    ///
    /// # Errors
    /// [`HubError`] with the file that cannot be had.
    pub fn model(&self) -> Result<PathBuf, HubError> {
        self.files(&[MANIFEST, FILES[0], FILES[1], FILES[2], FILES[3]])
    }

    /// The directory with the files of a bare encoder.
    ///
    /// # Errors
    /// [`HubError`] with the file that cannot be had.
    pub fn base(&self) -> Result<PathBuf, HubError> {
        self.files(&["config.json", "tokenizer.json", "model.safetensors"])
    }

    fn files(&self, files: &[&str]) -> Result<PathBuf, HubError> {
        let (repository, revision) = match self {
            Self::Directory(path) => return Ok(path.clone()),
            Self::Hub { repository, revision } => (repository, revision),
        };
        let repo = Repo::with_revision(repository.clone(), RepoType::Model, revision.clone());
        let cached = Cache::from_env().repo(repo.clone());
        let mut api: Option<ApiRepo> = None;
        let mut directory = PathBuf::new();
        for &file in files {
            let fail = |reason: String| HubError {
                repository: repository.clone(),
                revision: revision.clone(),
                file: file.to_owned(),
                reason,
            };
            // What is in the cache is used without asking the network.
            let path = match cached.get(file) {
                Some(path) => path,
                None => {
                    let repo = match &api {
                        Some(repo) => repo,
                        None => {
                            let built = ApiBuilder::from_env().with_progress(false).build();
                            api.insert(built.map_err(|e| fail(e.to_string()))?.repo(repo.clone()))
                        }
                    };
                    repo.get(file).map_err(|e| fail(e.to_string()))?
                }
            };
            directory = path.parent().map(PathBuf::from).unwrap_or_default();
        }
        Ok(directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn paths_and_repositories_are_told_apart() {
        assert_eq!("models/x".parse(), Ok(Source::Directory("models/x".into())));
        let hub = Source::Hub { repository: "a/b-c".into(), revision: "v1.0".into() };
        assert_eq!("hf:a/b-c@v1.0".parse(), Ok(hub));
        assert!(matches!("hf:a/b".parse(), Ok(Source::Hub { revision, .. }) if revision == "main"));
    }

    #[rstest]
    #[case("")]
    #[case("hf:justname")]
    #[case("hf:a/b@")]
    #[case("hf:../../etc@main")]
    #[case("hf:a/b/c")]
    fn nonsense_is_refused(#[case] text: &str) {
        assert!(text.parse::<Source>().is_err());
    }
}
