//! The way of a triaged case into the log: into the store if it answers in time, else into the spool, and from there
//! into the store once it is back.
//!
//! Order. Cases do not depend on each other, so a new case goes straight to the store even while older ones wait: it
//! need not be late because they are. Where order matters, it is kept: the spool is replayed in its own order, and a
//! case or request that waits there is answered from there, so that the first of two equal requests stays the first.
//! While the store is known to be down, new cases go to the spool at once and do not wait for the time limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::replay::{Replayed, within};
use super::{Spool, SpoolError};
use crate::lifecycle::Tasks;
use crate::store::{CaseStore, NewCase, Recorded, RequestKey, StoreError};

/// What became of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// It is in the log, or the log says what it is a repetition of.
    Logged(Recorded),
    /// It waits on disk, or repeats something that does. Say `degraded`: spooled.
    Spooled(Recorded),
    /// It is nowhere: the log does not answer, and the spool is full, broken or missing. Say `degraded`: not stored.
    NotStored {
        /// Why, without values.
        reason: String,
    },
}

/// How long to wait for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Longest that the store may take for a case in front of a caller.
    pub limit: Duration,
    /// Longest for a batch from the spool.
    pub batch_limit: Duration,
    /// Pause after the first failure; doubles with each.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
}

impl Default for Retry {
    /// 0.5 s for a caller, who waits; 10 s for a batch; pauses from 0.1 s to 5 s.
    fn default() -> Self {
        Self {
            limit: Duration::from_millis(500),
            batch_limit: Duration::from_secs(10),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
        }
    }
}

/// Records cases, store up or down.
pub struct Recorder {
    store: Arc<dyn CaseStore>,
    spool: Option<Spool>,
    retry: Retry,
    /// The last that was heard of the store was a failure.
    down: AtomicBool,
    wake: Notify,
}

impl Recorder {
    /// Joins a store and, where there is one, a spool.
    pub fn new(store: Arc<dyn CaseStore>, spool: Option<Spool>, retry: Retry) -> Self {
        Self { store, spool, retry, down: AtomicBool::new(false), wake: Notify::new() }
    }

    /// The spool, for its size.
    pub fn spool(&self) -> Option<&Spool> {
        self.spool.as_ref()
    }

    /// Whether the store failed when it was last asked.
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// Keeps cases; answers are in order. Each is durable where it is said to be.
    pub async fn record(&self, batch: Vec<NewCase>) -> Vec<Kept> {
        let waits = |case: &NewCase| {
            self.spool.as_ref().is_some_and(|spool| {
                spool.holds(case.id) || case.request.as_ref().is_some_and(|key| spool.awaits(key))
            })
        };
        if self.is_down() || batch.iter().any(waits) {
            // A batch stays together: within it, too, the first of two equal requests is the first.
            return match self.to_spool(batch.clone()).await {
                Ok(kept) => kept,
                Err(_) => self.to_store(batch).await.unwrap_or_else(|(count, error)| not_stored(count, &error)),
            };
        }
        match self.to_store(batch.clone()).await {
            Ok(kept) => kept,
            Err((count, _)) => self.to_spool(batch).await.unwrap_or_else(|reason| not_stored(count, &reason)),
        }
    }

    /// What became of an earlier request with this key, in the spool or in the log.
    ///
    /// # Errors
    /// As the store; a key that waits in the spool is found all the same.
    pub async fn find_request(&self, key: &RequestKey) -> Result<Option<Recorded>, StoreError> {
        if let Some(spool) = self.spool.clone().filter(|spool| spool.awaits(key)) {
            let key = key.clone();
            let found = tokio::task::spawn_blocking(move || spool.find_request(&key)).await;
            if let Ok(Some(found)) = found {
                return Ok(Some(found));
            }
        }
        within(self.retry.limit, self.store.find_request(key)).await
    }

    async fn to_store(&self, batch: Vec<NewCase>) -> Result<Vec<Kept>, (usize, StoreError)> {
        let count = batch.len();
        match within(self.retry.limit, self.store.record_triage(batch)).await {
            Ok(recorded) => Ok(recorded.into_iter().map(Kept::Logged).collect()),
            Err(error) => {
                if self.spool.is_some() {
                    self.fell(&error);
                }
                Err((count, error))
            }
        }
    }

    async fn to_spool(&self, batch: Vec<NewCase>) -> Result<Vec<Kept>, String> {
        let spool = self.spool.clone().ok_or("there is no spool")?;
        let appended = tokio::task::spawn_blocking(move || spool.append(&batch)).await;
        let appended = appended.map_err(|_| "the service is going down".to_owned())?;
        self.wake.notify_one();
        match appended {
            Ok(answers) => Ok(answers.into_iter().map(Kept::Spooled).collect()),
            Err(error @ SpoolError::Full { .. }) => Err(error.to_string()),
            Err(error) => {
                tracing::error!(%error, "a case cannot be put in the spool");
                Err(error.to_string())
            }
        }
    }

    fn fell(&self, error: &StoreError) {
        if !self.down.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "cases go to the spool");
        }
        self.wake.notify_one();
    }

    /// Starts the task that brings cases from the spool into the log; it ends when the service goes down. What waits
    /// then is there at the next start.
    pub fn start(self: &Arc<Self>, tasks: &Tasks) {
        let Some(spool) = self.spool.clone() else { return };
        let (recorder, stopping) = (Arc::clone(self), tasks.stopping());
        tasks.spawn(async move {
            stopping.run_until_cancelled(recorder.drain(&spool)).await;
        });
    }

    async fn drain(&self, spool: &Spool) {
        let mut pause = self.retry.first_pause;
        loop {
            if spool.is_empty() && !self.is_down() {
                self.wake.notified().await;
            }
            match self.replay(spool).await {
                Ok(()) => pause = self.retry.first_pause,
                Err(error) => {
                    self.fell(&error);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(self.retry.longest_pause);
                }
            }
        }
    }

    /// One attempt to empty the spool.
    async fn replay(&self, spool: &Spool) -> Result<(), StoreError> {
        // A store that failed without leaving anything in the spool is asked whether it is back.
        if spool.is_empty() {
            within(self.retry.batch_limit, self.store.ready()).await?;
        }
        let mut replayed = Replayed::default();
        while spool.replay_batch(&*self.store, self.retry.batch_limit, &mut replayed).await {
            self.rose();
        }
        for aside in &replayed.aside {
            tracing::error!(why = ?aside.why, file = ?aside.file, bytes = aside.bytes, "a case was set aside");
        }
        let Replayed { recorded, known, reused, .. } = replayed;
        if recorded + known + reused > 0 {
            tracing::info!(recorded, known, reused, left = spool.len(), "cases came from the spool");
        }
        replayed.blocked.map_or_else(|| Ok(self.rose()), Err)
    }

    fn rose(&self) {
        if self.down.swap(false, Ordering::Relaxed) {
            tracing::info!("the case log is back");
        }
    }
}

fn not_stored(count: usize, reason: &impl ToString) -> Vec<Kept> {
    vec![Kept::NotStored { reason: reason.to_string() }; count]
}
