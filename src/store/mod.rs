//! The case log: what came in (masked), what the machine said, which drafts were shown, what a person decided, where
//! a case was sent. What the machine said is never overwritten by what a person decided.
//!
//! Belongs here: SQL, transactions, rows. Does not: what a request means (`service`), which changes are allowed
//! ([`crate::domain::case`]), times and ids (they come in as parameters).
//!
//! [`CaseStore`] has one method a business operation, each one transaction. Times come back with the offset +09:00
//! and are exact to the microsecond. Nothing found is `Ok(None)` or an empty list, never an error.

mod access;
mod case;
mod committer;
mod db;
mod error;
mod history;
mod keys;
mod list;
mod migrate;
mod ops;
mod pools;
mod purge;
mod retention;
mod rows;
pub mod spool;
mod sql_store;
mod stats;

use async_trait::async_trait;
use tokio::sync::watch;

pub use access::{AccessEntry, AccessQuery, AccessRow, ChainReport};
pub use case::{
    CasePlace, CaseSignal, Confidences, Due, ModelId, NewCase, NewDraft, NewPrediction, Recorded, RequestKey,
};
pub use error::{Conflict, StoreError};
pub use history::{
    DecisionRow, DraftRow, Event, ExportRow, History, PredictionRole, PredictionRow, StoredVector, Summary,
};
pub use keys::{KeyRow, NewKey};
pub use list::{CaseRow, Counts, Cursor, Filter, InvalidCursor, Order, Page, PageRequest};
pub use migrate::SCHEMA_VERSION;
pub use pools::{Database, InvalidDatabase};
pub use purge::{PurgeMode, PurgePlan, PurgeReport};
pub use sql_store::SqlStore;
pub use stats::{DayCounts, DayStats, Overdue, Stats, StatsQuery};

use crate::domain::CaseId;
use crate::domain::case::Change;

/// Result of an operation of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The operations on the case log.
///
/// Any of them may fail with [`StoreError::Unavailable`]; other errors are named at the method. After a write failed
/// with `Unavailable` it may yet have happened (a lost acknowledgement): [`record_triage`](Self::record_triage) may be
/// repeated with the same case ids, and [`apply`](Self::apply) then reports a conflict with the caller's own change.
#[async_trait]
pub trait CaseStore: Send + Sync {
    /// Records triaged complaints: case, predictions, drafts, signals, place, the event, the counters. Concurrent
    /// calls share a commit; when it returns, the cases are on disk. Answers are in order.
    ///
    /// Exactly once: a case whose id is already there, or whose request key was seen with the same body, is not
    /// recorded again ([`Recorded::Same`]).
    async fn record_triage(&self, batch: Vec<NewCase>) -> Result<Vec<Recorded>>;

    /// What became of an earlier request with this key: [`Recorded::Same`] or [`Recorded::Reused`], never `New`.
    async fn find_request(&self, key: &RequestKey) -> Result<Option<Recorded>>;

    /// One case with its whole history.
    async fn case(&self, id: CaseId) -> Result<Option<History>>;

    /// One page of cases.
    async fn list(&self, filter: &Filter, page: &PageRequest) -> Result<Page>;

    /// How many cases there are for a filter, by status, urgency and department.
    async fn counts(&self, filter: &Filter) -> Result<Counts>;

    /// List rows and final replies of some cases, in the order asked for; unknown ids are left out.
    async fn summaries(&self, ids: &[CaseId]) -> Result<Vec<Summary>>;

    /// Keeps drafts that were made for version `version` of a case. The version does not grow.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the case is at another version. `Ok(None)`: no such case; else the number of the
    /// event.
    async fn add_drafts(&self, id: CaseId, version: u32, drafts: Vec<NewDraft>) -> Result<Option<u64>>;

    /// Writes a change that [`crate::domain::case`] allowed: state, decision, event and counters.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the case is no longer at `change.expected`: of simultaneous changes one wins, and
    /// the others are told who it was. `Ok(None)`: no such case; else the number of the event.
    async fn apply(&self, change: &Change) -> Result<Option<u64>>;

    /// Events after a number, oldest first. Numbers grow in the order of commits: a reader that goes on from the last
    /// number it saw misses nothing.
    async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>>;

    /// Number of the newest event, 0 if there is none.
    async fn last_event(&self) -> Result<u64>;

    /// Is told the number of the newest event that this process committed. Other processes' events do not show here:
    /// poll [`events_after`](Self::events_after) besides.
    fn committed(&self) -> watch::Receiver<u64>;

    /// Cases with an embedding, recorded after a number, oldest first; the index of similar cases is rebuilt from it.
    async fn vectors_after(&self, seq: u64, limit: u32) -> Result<Vec<StoredVector>>;

    /// Volumes, decisions, re-routes and overdue cases by day and department.
    async fn stats(&self, query: &StatsQuery) -> Result<Stats>;

    /// Cases that were recorded or changed after a number, each whole, in the order of their last change. A case that
    /// changes later comes again; the last row of a case counts.
    async fn export_after(&self, seq: u64, limit: u32) -> Result<Vec<ExportRow>>;

    /// Deletes ended cases with their texts, predictions, drafts, decisions and events; the counters of
    /// [`stats`](Self::stats) stay, and the database file shrinks. Works in several transactions, so that others can
    /// write in between; a run that was cut off is simply repeated.
    async fn purge(&self, plan: &PurgePlan) -> Result<PurgeReport>;

    /// Keeps a key's hash. `false`: the name is taken.
    async fn add_key(&self, key: NewKey) -> Result<bool>;

    /// All keys, revoked ones too, by name.
    async fn keys(&self) -> Result<Vec<KeyRow>>;

    /// The key with this hash, also if it has expired or is revoked: the caller judges.
    async fn key_by_hash(&self, hash: &[u8]) -> Result<Option<KeyRow>>;

    /// Revokes a key by name. `false`: no such key, or revoked before.
    async fn revoke_key(&self, name: &str, at: time::OffsetDateTime) -> Result<bool>;

    /// Notes when keys were last used (name, time); an earlier time never replaces a later one.
    async fn keys_used(&self, used: &[(String, time::OffsetDateTime)]) -> Result<()>;

    /// Adds to the access log; shares a commit with whatever else is waiting.
    async fn append_access(&self, entries: Vec<AccessEntry>) -> Result<()>;

    /// Reads the access log, newest first.
    async fn access_log(&self, query: &AccessQuery) -> Result<Vec<AccessRow>>;

    /// Recomputes the hash chain of the whole access log.
    async fn verify_access(&self) -> Result<ChainReport>;

    /// Is the store there, writable, and at the schema of this program?
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Schema`].
    async fn ready(&self) -> Result<()>;

    /// Brings the schema up to date; does nothing where it is. Safe to run from several processes at once.
    ///
    /// # Errors
    /// [`StoreError::Schema`] if the database was made by a newer program.
    async fn migrate(&self) -> Result<()>;

    /// Version of the schema in the database, 0 for an empty one.
    async fn schema_version(&self) -> Result<u32>;

    /// Waits until what was taken in is written, then closes all connections.
    async fn close(&self);
}
