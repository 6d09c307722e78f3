//! What commands that run a model share: its options, the real clock, the services put together.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::{OffsetDateTime, UtcOffset};

use super::Failure;
use crate::domain::{CaseId, Clock, IdSource, Taxonomy};
use crate::inference::{Engine, EngineOptions};
use crate::model::hub::Source;
use crate::model::{Dtype, LoadError, LoadOptions, Model};
use crate::service::kb_files::KbError;
use crate::service::{Drafts, Triage};
use crate::text::places::Places;

/// Where the shipped model lies below the repository or beside the binary.
const SHIPPED: &str = "models/minwon-ko";
/// Where the shipped reply topics lie.
const KB: &str = "kb";

/// Which model, on which device.
#[derive(Debug, Clone, clap::Args)]
pub struct ModelArgs {
    /// Model directory, or `hf:OWNER/NAME@REVISION`; without it the shipped model
    #[arg(long, value_name = "PATH|hf:…", env = "MINWON_MODEL")]
    pub model: Option<String>,
    /// Device: `cpu`, `cuda` or `cuda:N`
    #[arg(long, default_value = "cpu", env = "MINWON_DEVICE")]
    pub device: String,
    /// Arithmetic: `auto`, `f32` or `i8`
    #[arg(long, default_value = "auto", env = "MINWON_DTYPE")]
    pub dtype: Dtype,
    /// Worker threads; without it one a core
    #[arg(long, env = "MINWON_WORKERS")]
    pub workers: Option<usize>,
}

impl ModelArgs {
    /// Directory of the model, fetched where needed.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a wrong name, [`Failure::Outside`] if it cannot be had.
    pub fn directory(&self) -> Result<PathBuf, Failure> {
        let Some(name) = &self.model else { return shipped() };
        let source: Source = name.parse().map_err(|e| Failure::Usage(format!("`--model`: {e}")))?;
        source.model().map_err(|e| Failure::Outside(e.to_string()))
    }

    /// Loads the model.
    ///
    /// # Errors
    /// [`Failure`] by what went wrong.
    pub fn load(&self) -> Result<Arc<Model>, Failure> {
        let options = LoadOptions { device: self.device.clone(), dtype: self.dtype };
        let model = Model::open(&self.directory()?, &options).map_err(|e| match e {
            LoadError::Device(_) | LoadError::NoManifest { .. } => Failure::Usage(e.to_string()),
            e => Failure::Outside(e.to_string()),
        })?;
        Ok(Arc::new(model))
    }

    /// Engine settings.
    pub fn engine_options(&self, queue_limit: usize) -> EngineOptions {
        let default = EngineOptions::default();
        EngineOptions { workers: self.workers.unwrap_or(default.workers).max(1), queue_limit, ..default }
    }
}

fn shipped() -> Result<PathBuf, Failure> {
    find(SHIPPED)
        .ok_or_else(|| Failure::Usage(format!("no model at `{SHIPPED}`\nhint: give one with `--model`")))
}

/// A folder that ships with the binary: below the working directory, beside the binary, or where it was built.
fn find(name: &str) -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(name)));
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    [Some(PathBuf::from(name)), beside, Some(built)].into_iter().flatten().find(|dir| dir.is_dir())
}

/// Which knowledge base.
#[derive(Debug, Clone, clap::Args)]
pub struct KbArgs {
    /// Folder of the reply topics; without it the shipped ones
    #[arg(long, value_name = "DIR", env = "MINWON_KB")]
    pub kb: Option<PathBuf>,
}

impl KbArgs {
    /// The folder, if there is one.
    pub fn directory(&self) -> Option<PathBuf> {
        self.kb.clone().or_else(|| find(KB))
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`Failure::Usage`] if there is none, [`Failure::Check`] if a file is no topic.
    pub fn required(&self) -> Result<Drafts, Failure> {
        let none = || Failure::Usage(format!("no reply topics at `{KB}`\nhint: give a folder with `--kb`"));
        open(&self.directory().ok_or_else(none)?)
    }

    /// Opens it where there is one; only a folder that was asked for must be there.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be read.
    pub fn optional(&self) -> Result<Option<Drafts>, Failure> {
        self.directory().map(|dir| open(&dir)).transpose()
    }
}

fn open(dir: &Path) -> Result<Drafts, Failure> {
    Drafts::open(dir, &Places::bundled()).map_err(|e| match e {
        KbError::Io { .. } => Failure::Usage(e.to_string()),
        e => Failure::Check(e.to_string()),
    })
}

/// The real clock, in Korean time (which has no daylight saving).
pub fn clock() -> Arc<dyn Clock> {
    let korea = UtcOffset::from_hms(9, 0, 0).expect("+09:00 is an offset");
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    let now = move || OffsetDateTime::now_utc().to_offset(korea);
    Arc::new(now)
}

/// Fresh ids from the system's randomness.
pub fn ids() -> Arc<dyn IdSource> {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws ids")]
    let next = |at: OffsetDateTime| {
        let random = uuid::Uuid::new_v4().into_bytes();
        CaseId::from_parts(at, random[..10].try_into().expect("ten of sixteen bytes"))
    };
    Arc::new(next)
}

/// 32 random bytes from the system, for a key.
pub fn random32() -> [u8; 32] {
    let mut random = [0; 32];
    getrandom::fill(&mut random).expect("the system gives random bytes");
    random
}

/// An async runtime on the calling thread, for commands that wait for one thing at a time.
///
/// # Errors
/// [`Failure::Outside`] if the system refuses it.
pub fn current_thread() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|e| Failure::Outside(format!("runtime: {e}")))
}

/// Puts the triage service together, with draft replies where there is a knowledge base.
///
/// # Errors
/// [`Failure`] if a thread cannot start or the model does not fit the taxonomy.
pub fn triage(
    model: Arc<Model>,
    options: EngineOptions,
    drafts: Option<Arc<Drafts>>,
) -> Result<Arc<Triage>, Failure> {
    let engine =
        Engine::start(model, options).map_err(|e| Failure::Outside(format!("inference threads: {e}")))?;
    let triage = Triage::new(Arc::new(engine), Arc::new(Taxonomy::bundled()), clock(), ids())
        .map_err(Failure::Usage)?;
    Ok(Arc::new(match drafts {
        Some(drafts) => triage.with_drafts(drafts),
        None => triage,
    }))
}
