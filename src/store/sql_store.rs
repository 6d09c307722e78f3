//! [`CaseStore`] over SQL: opens a transaction, calls the operation, commits.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::access::{AccessEntry, AccessQuery, AccessRow, ChainReport};
use super::case::{NewCase, NewDraft, Recorded, RequestKey};
use super::committer::{self, Job};
use super::db::{Dialect, Tx, args};
use super::error::StoreError;
use super::history::{Event, ExportRow, History, StoredVector, Summary};
use super::keys::{KeyRow, NewKey};
use super::list::{Counts, Filter, Page, PageRequest};
use super::pools::{Database, Pools};
use super::purge::{PurgePlan, PurgeReport};
use super::stats::{Stats, StatsQuery};
use super::{CaseStore, Result, migrate, ops, retention};
use crate::domain::CaseId;
use crate::domain::case::Change;
use crate::lifecycle::Tasks;

/// An operation that takes longer has failed: the network is gone, or the disk.
const LIMIT: Duration = Duration::from_secs(20);

/// The case log in SQLite or PostgreSQL.
pub struct SqlStore {
    pools: Pools,
    jobs: mpsc::Sender<Job>,
    committed: watch::Sender<u64>,
    stop: CancellationToken,
    /// Is cancelled when the committer has ended.
    drained: CancellationToken,
}

impl SqlStore {
    /// Opens the case log. No connection is made yet: the service starts also while its database is down. Call
    /// [`CaseStore::migrate`] before anything else. Must be called within the runtime.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if a new database file cannot be made.
    pub fn open(database: &Database, tasks: &Tasks) -> Result<Self> {
        let pools = Pools::open(database)?;
        let (jobs, queue) = committer::channel();
        let (committed, _) = watch::channel(0);
        let stop = tasks.stopping().child_token();
        let drained = CancellationToken::new();
        let ended = drained.clone().drop_guard();
        let work = committer::run(pools.clone(), queue, committed.clone(), stop.clone());
        tasks.spawn(async move {
            work.await;
            drop(ended);
        });
        Ok(Self { pools, jobs, committed, stop, drained })
    }

    async fn send<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T>>) -> Job) -> Result<T> {
        let closed = || StoreError::Unavailable { reason: "the case log is closed".into() };
        let (reply, answer) = oneshot::channel();
        limited(async {
            self.jobs.send(job(reply)).await.map_err(|_| closed())?;
            answer.await.map_err(|_| closed())?
        })
        .await
    }

    async fn written(&self, seq: Option<u64>, tx: Tx) -> Result<Option<u64>> {
        if let Some(seq) = seq {
            tx.commit().await?;
            committer::publish(&self.committed, seq);
        }
        Ok(seq)
    }
}

async fn limited<T>(operation: impl Future<Output = Result<T>>) -> Result<T> {
    let slow = || StoreError::Unavailable { reason: "no answer in time".into() };
    tokio::time::timeout(LIMIT, operation).await.map_err(|_| slow())?
}

/// Runs operations on a reading transaction.
macro_rules! read {
    ($self:ident, $operation:path $(, $arg:expr)*) => {
        limited(async {
            let mut tx = $self.pools.read().await?;
            let found = $operation(&mut tx $(, $arg)*).await?;
            tx.commit().await?;
            Ok(found)
        })
        .await
    };
}

/// Runs an operation on a writing transaction.
macro_rules! write {
    ($self:ident, $operation:path $(, $arg:expr)*) => {
        limited(async {
            let mut tx = $self.pools.write().await?;
            let done = $operation(&mut tx $(, $arg)*).await?;
            tx.commit().await?;
            Ok(done)
        })
        .await
    };
}

#[async_trait]
impl CaseStore for SqlStore {
    async fn record_triage(&self, batch: Vec<NewCase>) -> Result<Vec<Recorded>> {
        self.send(|reply| Job::Record(batch, reply)).await
    }

    async fn find_request(&self, key: &RequestKey) -> Result<Option<Recorded>> {
        read!(self, ops::record::find, key)
    }

    async fn case(&self, id: CaseId) -> Result<Option<History>> {
        read!(self, ops::history::history, id)
    }

    async fn list(&self, filter: &Filter, page: &PageRequest) -> Result<Page> {
        read!(self, ops::list::list, filter, page)
    }

    async fn counts(&self, filter: &Filter) -> Result<Counts> {
        read!(self, ops::list::counts, filter)
    }

    async fn summaries(&self, ids: &[CaseId]) -> Result<Vec<Summary>> {
        read!(self, ops::history::summaries, ids)
    }

    async fn add_drafts(&self, id: CaseId, version: u32, drafts: Vec<NewDraft>) -> Result<Option<u64>> {
        limited(async {
            let mut tx = self.pools.write().await?;
            let seq = ops::change::add_drafts(&mut tx, id, version, &drafts).await?;
            self.written(seq, tx).await
        })
        .await
    }

    async fn apply(&self, change: &Change) -> Result<Option<u64>> {
        limited(async {
            let mut tx = self.pools.write().await?;
            let seq = ops::change::apply(&mut tx, change).await?;
            self.written(seq, tx).await
        })
        .await
    }

    async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>> {
        read!(self, ops::feeds::events, seq, limit)
    }

    async fn last_event(&self) -> Result<u64> {
        read!(self, ops::feeds::last_event)
    }

    fn committed(&self) -> watch::Receiver<u64> {
        self.committed.subscribe()
    }

    async fn vectors_after(&self, seq: u64, limit: u32) -> Result<Vec<StoredVector>> {
        read!(self, ops::feeds::vectors, seq, limit)
    }

    async fn stats(&self, query: &StatsQuery) -> Result<Stats> {
        read!(self, ops::counters::stats, query)
    }

    async fn export_after(&self, seq: u64, limit: u32) -> Result<Vec<ExportRow>> {
        read!(self, ops::feeds::export, seq, limit)
    }

    async fn purge(&self, plan: &PurgePlan) -> Result<PurgeReport> {
        retention::purge(&self.pools, plan).await
    }

    async fn add_key(&self, key: NewKey) -> Result<bool> {
        write!(self, ops::keys::add, &key)
    }

    async fn keys(&self) -> Result<Vec<KeyRow>> {
        read!(self, ops::keys::all)
    }

    async fn key_by_hash(&self, hash: &[u8]) -> Result<Option<KeyRow>> {
        read!(self, ops::keys::by_hash, hash)
    }

    async fn revoke_key(&self, name: &str, at: OffsetDateTime) -> Result<bool> {
        write!(self, ops::keys::revoke, name, at)
    }

    async fn keys_used(&self, used: &[(String, OffsetDateTime)]) -> Result<()> {
        write!(self, ops::keys::used, used)
    }

    async fn append_access(&self, entries: Vec<AccessEntry>) -> Result<()> {
        self.send(|reply| Job::Access(entries, reply)).await
    }

    async fn access_log(&self, query: &AccessQuery) -> Result<Vec<AccessRow>> {
        read!(self, ops::access::read, query)
    }

    async fn verify_access(&self) -> Result<ChainReport> {
        // Reads everything: takes as long as it takes.
        let mut tx = self.pools.read().await?;
        ops::access::verify(&mut tx).await
    }

    async fn ready(&self) -> Result<()> {
        migrate::check(self.schema_version().await?)?;
        limited(async {
            // A write that is taken back: fails where the database is read-only or somebody holds it.
            let mut tx = self.pools.write().await?;
            match tx.dialect() {
                Dialect::Sqlite => {
                    tx.execute("UPDATE counter SET value = value WHERE name = 'event'", args![]).await?;
                    tx.roll_back().await
                }
                // Would leave a dead row behind each time; the server knows whether it takes writes.
                Dialect::Postgres => {
                    let sql = "SELECT current_setting('transaction_read_only')";
                    let (read_only,): (String,) = tx.one(sql, args![]).await?;
                    tx.roll_back().await?;
                    if read_only == "off" {
                        return Ok(());
                    }
                    Err(StoreError::Unavailable { reason: "the database is read-only".into() })
                }
            }
        })
        .await
    }

    async fn migrate(&self) -> Result<()> {
        migrate::migrate(&self.pools).await
    }

    async fn schema_version(&self) -> Result<u32> {
        read!(self, migrate::version)
    }

    async fn close(&self) {
        self.stop.cancel();
        self.drained.cancelled().await;
        self.pools.close().await;
    }
}
