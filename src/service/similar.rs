//! Keeps the index of similar cases like the log: filled from it at the start, then by the same cursor, so that every
//! replica sees every case whoever recorded it.
//!
//! A case whose department changed is followed by its events. A case that was purged by another process has no event:
//! it is noticed when its summary is asked for, and taken out then ([`SimilarCases::with_summaries`]).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use crate::domain::CaseId;
use crate::domain::case::VerdictKind;
use crate::lifecycle::Tasks;
use crate::similar::{Bigrams, Embedding, Entry, Found, Index, Query, Scope};
use crate::store::{CaseStore, StoreError, StoredVector, Summary};

/// Rows a read of the log; with texts, some 2 MB.
const PAGE: u32 = 2_000;

/// Where the log has been read to.
#[derive(Debug, Clone, Copy, Default)]
struct Cursors {
    vectors: u64,
    /// `None` before the first read: events before it are in the rows already.
    events: Option<u64>,
}

/// The index with what keeps it up to date.
pub struct SimilarCases {
    store: Arc<dyn CaseStore>,
    index: Arc<RwLock<Index>>,
    cursors: tokio::sync::Mutex<Cursors>,
    filled: AtomicBool,
}

impl SimilarCases {
    /// Begins with an empty index.
    pub fn new(store: Arc<dyn CaseStore>, index: Index) -> Self {
        let cursors = tokio::sync::Mutex::default();
        Self { store, index: Arc::new(RwLock::new(index)), cursors, filled: AtomicBool::new(false) }
    }

    /// Whether the log has been read to its end once. Before that, similar cases may be missing: say so.
    pub fn is_filled(&self) -> bool {
        self.filled.load(Ordering::Relaxed)
    }

    /// Number of cases in the index.
    pub fn len(&self) -> usize {
        read(&self.index).len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cases like this text, the best first.
    pub async fn search(&self, embedding: Embedding, masked: &str, scope: Scope, limit: usize) -> Vec<Found> {
        let wording = Bigrams::of(masked);
        self.on_index(move |index| {
            read(index).search(&Query { embedding: &embedding, wording: &wording, scope: &scope, limit })
        })
        .await
    }

    /// Cases like one of the log. `None`: it is not in the index, for want of an embedding or because it is too new.
    pub async fn like(&self, id: CaseId, scope: Scope, limit: usize) -> Option<Vec<Found>> {
        self.on_index(move |index| read(index).like(id, &scope, limit)).await
    }

    /// Adds what lists show. Cases that the log no longer has are taken out of the index and left out.
    ///
    /// # Errors
    /// As the store.
    pub async fn with_summaries(&self, found: Vec<Found>) -> Result<Vec<(Found, Summary)>, StoreError> {
        let ids: Vec<CaseId> = found.iter().map(|found| found.case_id).collect();
        let mut summaries = self.store.summaries(&ids).await?.into_iter().peekable();
        let (mut both, mut gone) = (Vec::with_capacity(ids.len()), Vec::new());
        for found in found {
            match summaries.next_if(|summary| summary.row.case_id == found.case_id) {
                Some(summary) => both.push((found, summary)),
                None => gone.push(found.case_id),
            }
        }
        if !gone.is_empty() {
            self.remove(gone).await;
        }
        Ok(both)
    }

    /// Takes cases out, after a purge.
    pub async fn remove(&self, ids: Vec<CaseId>) {
        self.on_index(move |index| {
            let mut index = write(index);
            for id in ids {
                index.remove(id);
            }
        })
        .await;
    }

    /// Reads what is new in the log; gives the number of cases added. May be dropped at any time.
    ///
    /// # Errors
    /// As the store; a later call goes on from there.
    pub async fn catch_up(&self) -> Result<usize, StoreError> {
        let mut cursors = self.cursors.lock().await;
        if cursors.events.is_none() {
            cursors.events = Some(self.store.last_event().await?);
        }
        let mut added = 0;
        loop {
            let page = self.store.vectors_after(cursors.vectors, PAGE).await?;
            let Some(last) = page.last().map(|row| row.seq) else { break };
            let full = page.len() == PAGE as usize;
            added += self.on_index(move |index| insert(index, page)).await;
            cursors.vectors = last;
            if !full {
                break;
            }
        }
        self.follow_departments(&mut cursors).await?;
        self.filled.store(true, Ordering::Relaxed);
        Ok(added)
    }

    async fn follow_departments(&self, cursors: &mut Cursors) -> Result<(), StoreError> {
        while let Some(seq) = cursors.events {
            let page = self.store.events_after(seq, PAGE).await?;
            let Some(last) = page.last().map(|event| event.seq) else { break };
            self.on_index(move |index| {
                let mut index = write(index);
                for event in page.iter().filter(|event| event.kind != VerdictKind::Triaged) {
                    index.set_department(event.case_id, &event.department);
                }
            })
            .await;
            cursors.events = Some(last);
        }
        Ok(())
    }

    /// Starts the task that fills the index and follows the log: at once after a commit of this process, and every
    /// `poll` for those of others. It ends when the service goes down.
    pub fn start(self: &Arc<Self>, tasks: &Tasks, poll: Duration) {
        let (cases, stopping) = (Arc::clone(self), tasks.stopping());
        tasks.spawn(async move {
            stopping.run_until_cancelled(cases.follow(poll)).await;
        });
    }

    async fn follow(&self, poll: Duration) {
        let mut committed = self.store.committed();
        let mut failing = false;
        loop {
            committed.mark_unchanged();
            match self.catch_up().await {
                Ok(added) => {
                    if added > 1_000 {
                        tracing::info!(added, "cases read into the index of similar cases");
                    }
                    failing = false;
                }
                Err(error) if !failing => {
                    tracing::warn!(%error, "the index of similar cases does not follow the log");
                    failing = true;
                }
                Err(_) => {}
            }
            // After a failure, a commit is no reason to try at once; if the sender is gone, nor is that.
            let pause = tokio::time::sleep(poll);
            tokio::pin!(pause);
            tokio::select! {
                () = &mut pause => {}
                Ok(()) = committed.changed(), if !failing => {}
            }
        }
    }

    /// Runs something on the index where it does not hold up the async threads: a scan takes milliseconds.
    async fn on_index<T: Send + 'static>(
        &self,
        work: impl FnOnce(&RwLock<Index>) -> T + Send + 'static,
    ) -> T {
        let index = Arc::clone(&self.index);
        let done = tokio::task::spawn_blocking(move || work(&index)).await;
        done.expect("work on the index does not panic, and the runtime is there")
    }
}

/// Adds rows; those with an embedding of another model are left out.
fn insert(index: &RwLock<Index>, page: Vec<StoredVector>) -> usize {
    // The wordings are made before the index is locked.
    let entries: Vec<Entry> = page.into_iter().filter_map(entry).collect();
    let mut index = write(index);
    entries.into_iter().filter_map(|entry| index.insert(entry).then_some(())).count()
}

fn entry(row: StoredVector) -> Option<Entry> {
    Some(Entry {
        embedding: Embedding::from_bytes(&row.embedding)?,
        wording: Bigrams::of(&row.masked_text),
        case_id: row.case_id,
        department: row.department,
        sigungu: row.sigungu,
        received_at: row.received_at,
    })
}

// Insertion and removal change several columns, but nothing in between can panic.
fn read(index: &RwLock<Index>) -> RwLockReadGuard<'_, Index> {
    index.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(index: &RwLock<Index>) -> RwLockWriteGuard<'_, Index> {
    index.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::domain::case::Status;
    use crate::similar::ModelTag;
    use crate::store::Event;
    use crate::store::spool::tests::fake::{FakeStore, Mood, id};

    const MODEL: ModelTag = ModelTag(*b"a model ");

    fn vector(n: u64, values: &[f32]) -> StoredVector {
        StoredVector {
            seq: n,
            case_id: id(n),
            department: "animal".into(),
            sigungu: Some("양평군".into()),
            received_at: datetime!(2026-11-23 09:12 +9),
            masked_text: "길가에 고라니가 죽어 있어요".into(),
            embedding: Embedding::new(MODEL, values).expect("a vector").to_bytes(),
        }
    }

    fn relabelled(seq: u64, n: u64, department: &str) -> Event {
        Event {
            seq,
            case_id: id(n),
            version: 2,
            kind: VerdictKind::Relabelled,
            by: "counsellor".into(),
            at: datetime!(2026-11-23 10:12 +9),
            status: Status::Triaged,
            department: department.into(),
            urgency: "normal".into(),
            alarm: false,
        }
    }

    fn cases() -> (Arc<FakeStore>, Arc<SimilarCases>) {
        let store = Arc::new(FakeStore::default());
        let cases = SimilarCases::new(Arc::clone(&store) as _, Index::new(MODEL, 4, None));
        (store, Arc::new(cases))
    }

    async fn until(done: impl Fn() -> bool) {
        let waiting = async {
            while !done() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it happens in the end");
    }

    #[tokio::test]
    async fn the_index_follows_the_log_of_all_replicas() {
        let (store, cases) = cases();
        let n = u64::from(PAGE) + 3;
        (1..=n).for_each(|seq| store.put_vector(vector(seq, &[1.0, seq as f32 / 5e3, 0.0, 0.5])));
        assert!(!cases.is_filled());
        assert_eq!(cases.catch_up().await, Ok(n as usize));
        assert!(cases.is_filled());
        assert_eq!(cases.catch_up().await, Ok(0));
        store.put_vector(vector(n + 1, &[0.0, 0.0, 1.0, 0.0]));
        assert_eq!(cases.catch_up().await, Ok(1));
        let found = cases.like(id(n + 1), Scope::default(), 3).await.expect("in the index");
        assert_eq!(found.len(), 3);
        let embedding = Embedding::new(MODEL, &[0.0, 0.0, 1.0, 0.0]).expect("a vector");
        let found = cases.search(embedding, "길가에 고라니가 죽어 있어요", Scope::default(), 1).await;
        assert_eq!(found[0].case_id, id(n + 1));
        cases.remove(vec![id(n + 1)]).await;
        assert_eq!(cases.len(), n as usize);
        assert_eq!(cases.like(id(n + 1), Scope::default(), 3).await, None);
    }

    #[tokio::test]
    async fn a_failure_is_made_up_for() {
        let (store, cases) = cases();
        store.put_vector(vector(1, &[1.0, 0.0, 0.0, 0.5]));
        store.next([Mood::Fails]);
        assert!(cases.catch_up().await.is_err());
        assert_eq!(cases.catch_up().await, Ok(1));
    }

    #[tokio::test]
    async fn broken_embeddings_and_those_of_other_models_are_left_out() {
        let (store, cases) = cases();
        let mut broken = vector(1, &[1.0; 4]);
        broken.embedding.truncate(3);
        store.put_vector(broken);
        let other = Embedding::new(ModelTag(*b"another "), &[1.0; 4]).expect("a vector");
        store.put_vector(StoredVector { embedding: other.to_bytes(), ..vector(2, &[1.0; 4]) });
        store.put_vector(vector(3, &[1.0; 4]));
        assert_eq!(cases.catch_up().await, Ok(1));
    }

    #[tokio::test]
    async fn a_relabelled_case_is_found_in_its_new_department() {
        let (store, cases) = cases();
        store.put_vector(vector(1, &[1.0, 0.0, 0.0, 0.5]));
        store.put_vector(vector(2, &[1.0, 0.1, 0.0, 0.5]));
        cases.catch_up().await.expect("the store is up");
        store.put_event(relabelled(3, 2, "roads"));
        cases.catch_up().await.expect("the store is up");
        let scope = |department: &str| Scope { department: Some(department.into()), ..Scope::default() };
        assert!(cases.like(id(1), scope("animal"), 5).await.expect("there").is_empty());
        assert_eq!(cases.like(id(1), scope("roads"), 5).await.expect("there").len(), 1);
    }

    #[tokio::test]
    async fn a_commit_wakes_the_reader_before_the_poll() {
        let (store, cases) = cases();
        let tasks = Tasks::new();
        cases.start(&tasks, Duration::from_hours(1));
        until(|| cases.is_filled()).await;
        store.put_vector(vector(1, &[1.0, 0.0, 0.0, 0.5]));
        store.announce(1);
        until(|| cases.len() == 1).await;
        tasks.shut_down().await;
    }
}
