//! Offering what waits to the store, in order.

use std::sync::Arc;
use std::time::Duration;

use super::queue::Entry;
use super::recovery::{Aside, Why, set_aside};
use super::{Shared, Spool, lock};
use crate::store::{CaseStore, NewCase, Recorded, StoreError};

/// Cases a batch, one transaction.
const BATCH: usize = 256;
/// Bytes a batch; a single case may be longer.
const BATCH_BYTES: usize = 2 << 20;

/// What a replay did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replayed {
    /// Cases that the store took.
    pub recorded: usize,
    /// Cases that the store had already: offered twice by a crash, or the request was answered elsewhere meanwhile.
    pub known: usize,
    /// Cases whose request key was meanwhile used with another body: not stored.
    pub reused: usize,
    /// Cases that were set aside.
    pub aside: Vec<Aside>,
    /// Why it ended before the spool was empty; what is left waits on.
    pub blocked: Option<StoreError>,
}

/// An entry with its case, as far as it could be read.
type Read = (Entry, Option<NewCase>);

impl Spool {
    /// Offers what waits to the store until nothing does, or the store fails. `limit` is the longest that the store
    /// may take for one batch. Only one replay runs at a time; a second one waits. May be dropped at any time.
    ///
    /// A case that the store does not take though it is up ([`StoreError::Unexpected`] for it alone, and
    /// [`CaseStore::ready`] says yes) is set aside, so that it does not block the others.
    pub async fn replay(&self, store: &dyn CaseStore, limit: Duration) -> Replayed {
        let mut replayed = Replayed::default();
        while self.replay_batch(store, limit, &mut replayed).await {}
        replayed
    }

    /// Offers one batch, as [`replay`](Self::replay) does, and adds to its result. `false`: nothing waits any more, or
    /// the store failed ([`Replayed::blocked`]).
    pub async fn replay_batch(&self, store: &dyn CaseStore, limit: Duration, replayed: &mut Replayed) -> bool {
        let _turn = self.shared.replaying.lock().await;
        let batch = self.blocking(|shared| {
            let front = lock(&shared.queue).front(BATCH, BATCH_BYTES);
            front.into_iter().map(|entry| (entry.clone(), entry.read())).collect::<Vec<Read>>()
        });
        let batch = batch.await;
        if batch.is_empty() {
            return false;
        }
        let result = match self.offer(store, limit, batch.clone(), replayed).await {
            Err(StoreError::Unexpected { .. } | StoreError::Conflict(_)) => {
                self.one_by_one(store, limit, batch, replayed).await
            }
            result => result,
        };
        replayed.blocked = result.err();
        replayed.blocked.is_none()
    }

    async fn one_by_one(
        &self,
        store: &dyn CaseStore,
        limit: Duration,
        batch: Vec<Read>,
        replayed: &mut Replayed,
    ) -> Result<(), StoreError> {
        for read in batch {
            let entry = read.0.clone();
            match self.offer(store, limit, vec![read], replayed).await {
                Err(StoreError::Unexpected { .. } | StoreError::Conflict(_)) => {
                    within(limit, store.ready()).await?;
                    self.done(vec![(entry, Why::Refused)], 0, replayed).await;
                }
                result => result?,
            }
        }
        Ok(())
    }

    /// Offers a batch; if the store takes it, it is done.
    async fn offer(
        &self,
        store: &dyn CaseStore,
        limit: Duration,
        batch: Vec<Read>,
        replayed: &mut Replayed,
    ) -> Result<(), StoreError> {
        let last = batch.last().map_or(0, |(entry, _)| entry.number);
        let (cases, unreadable) = batch.into_iter().fold((Vec::new(), Vec::new()), |(mut cases, mut bad), read| {
            match read {
                (_, Some(case)) => cases.push(case),
                (entry, None) => bad.push((entry, Why::Damaged)),
            }
            (cases, bad)
        });
        if !cases.is_empty() {
            for answer in within(limit, store.record_triage(cases)).await? {
                match answer {
                    Recorded::New => replayed.recorded += 1,
                    Recorded::Same { .. } => replayed.known += 1,
                    Recorded::Reused { .. } => replayed.reused += 1,
                }
            }
        }
        self.done(unreadable, last, replayed).await;
        Ok(())
    }

    /// Sets aside what must be, then saves the position behind `last`, or behind what was set aside.
    async fn done(&self, bad: Vec<(Entry, Why)>, last: u64, replayed: &mut Replayed) {
        let aside = self.blocking(move |shared| {
            let last = bad.last().map_or(last, |(entry, _)| entry.number.max(last));
            let aside = bad.into_iter().filter_map(|(entry, why)| {
                let bytes = entry.bytes().unwrap_or_default();
                set_aside(&shared.folder, entry.segment.aside(entry.start), &bytes, why)
            });
            let aside: Vec<Aside> = aside.collect();
            // If the position cannot be saved, a crash would offer these cases again, and the store knows them.
            let _ = shared.folder.save_position(last);
            lock(&shared.queue).advance(last);
            aside
        });
        replayed.aside.extend(aside.await);
    }

    /// Runs something that waits for the disk.
    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(&Shared) -> T + Send + 'static) -> T {
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.expect("work on the spool's files does not panic, and the runtime is there")
    }
}

/// What the store says within a time.
pub async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let late = || StoreError::Unavailable { reason: "no answer in time".into() };
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(late()))
}
