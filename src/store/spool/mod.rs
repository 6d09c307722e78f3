//! Where cases wait while the case log is not available: append-only segment files in a directory of one process.
//!
//! Belongs here: files, their checks, their order. Does not: when a case goes here instead of into the log
//! ([`Recorder`] decides that), what a case is.
//!
//! - When [`Spool::append`] returns, the cases are on disk (fsync); concurrent appends share one.
//! - [`Spool::replay`] offers them to the store in order. The place is saved after the store acknowledged, so that a
//!   crash in between offers a case twice; [`CaseStore::record_triage`] takes it once.
//! - Nothing is dropped silently. A torn end (it was never acknowledged) is cut off and reported; damaged bytes, and
//!   cases that the store refuses for good, are set aside in a `.bad` file, reported, and what follows goes on.
//! - The directory holds masked texts: mode 0700, files 0600, one owner at a time.
//!
//! [`CaseStore::record_triage`]: crate::store::CaseStore::record_triage

mod folder;
mod frame;
mod queue;
mod recorder;
mod recovery;
mod replay;
mod segment;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use recorder::{Kept, Recorder, Retry};
pub use recovery::{Aside, Recovered, Why};
pub use replay::Replayed;

use self::folder::Folder;
use self::queue::Queue;
use super::{NewCase, Recorded, RequestKey};
use crate::domain::CaseId;

/// How much may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes on disk.
    pub bytes: u64,
    /// Cases.
    pub records: usize,
    /// From this size in bytes on a new file is begun. Space comes back file by file.
    pub segment: u64,
}

impl Default for Limits {
    /// 256 MiB or 100,000 cases, in files of 4 MiB: at a case a second, more than a day.
    fn default() -> Self {
        Self { bytes: 256 << 20, records: 100_000, segment: 4 << 20 }
    }
}

/// Why a case could not be put in the spool. Messages hold no text of a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpoolError {
    /// The limits are reached: the case is not stored.
    #[error(
        "the spool is full: {records} cases, {bytes} bytes\nhint: bring the case log back, or raise the limits"
    )]
    Full {
        /// Cases that wait.
        records: usize,
        /// Bytes on disk.
        bytes: u64,
    },
    /// Another process has the directory.
    #[error(
        "the spool `{dir}` belongs to another running process\nhint: give each process a directory of its own"
    )]
    Owned {
        /// The directory.
        dir: String,
    },
    /// Others may read the directory, and it is not certain that it is the spool's own.
    #[error("the spool's directory `{dir}` is open to other users\nhint: `chmod 700` it, or name a new one")]
    Open {
        /// The directory.
        dir: String,
    },
    /// The case would not read back from JSON.
    #[error("a case cannot be written: {what}")]
    Unwritable {
        /// What serde says about types; no values.
        what: String,
    },
    /// The operating system refused.
    #[error("the spool cannot {what}: {reason}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        reason: String,
    },
}

/// The spool. Clones share it.
#[derive(Debug, Clone)]
pub struct Spool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: Folder,
    limits: Limits,
    queue: Mutex<Queue>,
    recovered: Recovered,
    /// One replay at a time.
    replaying: tokio::sync::Mutex<()>,
}

impl Spool {
    /// Opens a directory, makes it if need be, and reads what waits there. Blocks on disk.
    ///
    /// # Errors
    /// [`SpoolError::Owned`], [`SpoolError::Open`], [`SpoolError::Io`].
    pub fn open(dir: &Path, limits: Limits) -> Result<Self, SpoolError> {
        let folder = Folder::open(dir)?;
        let (queue, recovered) = recovery::recover(&folder)?;
        let replaying = tokio::sync::Mutex::new(());
        Ok(Self { shared: Arc::new(Shared { folder, limits, queue: Mutex::new(queue), recovered, replaying }) })
    }

    /// What was found at the start: for a log line.
    pub fn recovered(&self) -> &Recovered {
        &self.shared.recovered
    }

    /// Puts cases at the end, all or none; when it returns, they are on disk. Answers are in order and as
    /// [`record_triage`](crate::store::CaseStore::record_triage) gives them, as far as cases that wait here are
    /// concerned: a repeated case or request is not put in again. Blocks on disk.
    ///
    /// # Errors
    /// None of the cases is stored then. [`SpoolError::Full`], [`SpoolError::Unwritable`], [`SpoolError::Io`].
    pub fn append(&self, cases: &[NewCase]) -> Result<Vec<Recorded>, SpoolError> {
        let payloads = cases.iter().map(payload).collect::<Result<Vec<_>, _>>()?;
        let Shared { folder, limits, queue, .. } = &*self.shared;
        let (answers, written) = lock(queue).write(folder, limits, cases, &payloads)?;
        if let Some((segment, end)) = written {
            segment.sync_to(end).inspect_err(|_| lock(queue).forget(&segment))?;
        }
        Ok(answers)
    }

    /// What waits under this request key: `Same` or `Reused`, never `New`. Blocks on disk, if there is something.
    pub fn find_request(&self, key: &RequestKey) -> Option<Recorded> {
        lock(&self.shared.queue).find(None, Some(key))
    }

    /// Whether a request with this key waits here.
    pub fn awaits(&self, key: &RequestKey) -> bool {
        lock(&self.shared.queue).awaits(key)
    }

    /// Whether this case waits here.
    pub fn holds(&self, id: CaseId) -> bool {
        lock(&self.shared.queue).holds(id)
    }

    /// Cases that wait.
    pub fn len(&self) -> usize {
        lock(&self.shared.queue).len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the files on disk, those set aside not counted.
    pub fn bytes(&self) -> u64 {
        lock(&self.shared.queue).bytes()
    }
}

/// A case as JSON, checked to read back: JSON has no word for a number that is not finite.
fn payload(case: &NewCase) -> Result<Vec<u8>, SpoolError> {
    let json = serde_json::to_vec(case);
    let checked = json.and_then(|json| serde_json::from_slice::<NewCase>(&json).map(|_| json));
    // The category and not the message, which may quote a value.
    checked.map_err(|error| SpoolError::Unwritable { what: format!("{:?} error", error.classify()).to_lowercase() })
}

/// A lock that a panic elsewhere does not spoil: what is guarded here changes in single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
