//! A store in memory that fails when told to, and the cases that tests put in it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::watch;
use uuid::Uuid;

use crate::domain::case::{Change, Labels};
use crate::domain::{CaseId, Channel, Decision};
use crate::store::{
    AccessEntry, AccessQuery, AccessRow, CaseStore, ChainReport, Confidences, Counts, Event, ExportRow, Filter,
    History, KeyRow, ModelId, NewCase, NewDraft, NewKey, NewPrediction, Page, PageRequest, PurgePlan,
    PurgeReport, Recorded, RequestKey, Result, Stats, StatsQuery, StoreError, StoredVector, Summary,
};

/// What the store does with the next batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes it.
    Takes,
    /// Fails without taking it.
    Fails,
    /// Takes it, and the acknowledgement is lost.
    LosesAnswer,
    /// Never answers.
    Hangs,
}

#[derive(Default)]
struct Inner {
    cases: Vec<NewCase>,
    vectors: Vec<StoredVector>,
    events: Vec<Event>,
    moods: VecDeque<Mood>,
    always: Option<Mood>,
    refused: Option<CaseId>,
}

/// The store. Without being told otherwise it takes everything.
pub(crate) struct FakeStore {
    inner: Mutex<Inner>,
    committed: watch::Sender<u64>,
}

impl Default for FakeStore {
    fn default() -> Self {
        Self { inner: Mutex::default(), committed: watch::Sender::new(0) }
    }
}

impl FakeStore {
    /// What it does with the next batches; afterwards it is as before.
    pub(crate) fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        self.with(|inner| inner.moods.extend(moods));
    }

    /// What it does from now on.
    pub(crate) fn always(&self, mood: Mood) {
        self.with(|inner| inner.always = Some(mood));
    }

    /// A case that it refuses for good.
    pub(crate) fn refuse(&self, id: CaseId) {
        self.with(|inner| inner.refused = Some(id));
    }

    /// The cases in the order in which they were recorded.
    pub(crate) fn recorded(&self) -> Vec<CaseId> {
        self.with(|inner| inner.cases.iter().map(|case| case.id).collect())
    }

    /// Adds a vector as if another process had recorded it.
    pub(crate) fn put_vector(&self, vector: StoredVector) {
        self.with(|inner| inner.vectors.push(vector));
    }

    /// Adds an event as if another process had committed it.
    pub(crate) fn put_event(&self, event: Event) {
        self.with(|inner| inner.events.push(event));
    }

    /// Tells this process's readers.
    pub(crate) fn announce(&self, seq: u64) {
        self.committed.send_replace(seq);
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn mood(&self) -> Mood {
        self.with(|inner| inner.moods.pop_front().or(inner.always).unwrap_or(Mood::Takes))
    }
}

fn down<T>() -> Result<T> {
    Err(StoreError::Unavailable { reason: "told to fail".into() })
}

impl Inner {
    fn find(&self, key: &RequestKey) -> Option<Recorded> {
        let scope = |case: &&NewCase| case.request.as_ref().is_some_and(|k| k.scope == key.scope);
        let earlier = self.cases.iter().find(scope)?;
        let same = earlier.request.as_ref().is_some_and(|k| k.body == key.body);
        Some(if same { repeated(earlier) } else { Recorded::Reused { case: earlier.id } })
    }

    fn record(&mut self, batch: Vec<NewCase>) -> Result<Vec<Recorded>> {
        if batch.iter().any(|case| Some(case.id) == self.refused) {
            return Err(StoreError::Unexpected { what: "told to refuse".into() });
        }
        Ok(batch.into_iter().map(|case| self.record_one(case)).collect())
    }

    fn record_one(&mut self, case: NewCase) -> Recorded {
        let known = self.cases.iter().find(|earlier| earlier.id == case.id).map(repeated);
        let known = known.or_else(|| self.find(case.request.as_ref()?));
        if known.is_none() {
            self.cases.push(case);
        }
        known.unwrap_or(Recorded::New)
    }
}

fn repeated(case: &NewCase) -> Recorded {
    Recorded::Same { case: case.id, answer: case.prediction.answer.clone() }
}

#[async_trait]
impl CaseStore for FakeStore {
    async fn record_triage(&self, batch: Vec<NewCase>) -> Result<Vec<Recorded>> {
        match self.mood() {
            Mood::Takes => self.with(|inner| inner.record(batch)),
            Mood::Fails => down(),
            Mood::LosesAnswer => self.with(|inner| inner.record(batch)).and(down()),
            Mood::Hangs => std::future::pending().await,
        }
    }

    async fn find_request(&self, key: &RequestKey) -> Result<Option<Recorded>> {
        Ok(self.with(|inner| inner.find(key)))
    }

    async fn ready(&self) -> Result<()> {
        match self.with(|inner| inner.moods.front().copied().or(inner.always)) {
            None | Some(Mood::Takes) => Ok(()),
            Some(_) => down(),
        }
    }

    async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>> {
        let later = |event: &&Event| event.seq > seq;
        Ok(self.with(|inner| inner.events.iter().filter(later).take(limit as usize).cloned().collect()))
    }

    async fn last_event(&self) -> Result<u64> {
        Ok(self.with(|inner| inner.events.last().map_or(0, |event| event.seq)))
    }

    fn committed(&self) -> watch::Receiver<u64> {
        self.committed.subscribe()
    }

    async fn vectors_after(&self, seq: u64, limit: u32) -> Result<Vec<StoredVector>> {
        if self.mood() != Mood::Takes {
            return down();
        }
        let later = |vector: &&StoredVector| vector.seq > seq;
        Ok(self.with(|inner| inner.vectors.iter().filter(later).take(limit as usize).cloned().collect()))
    }

    async fn case(&self, _: CaseId) -> Result<Option<History>> {
        down()
    }

    async fn list(&self, _: &Filter, _: &PageRequest) -> Result<Page> {
        down()
    }

    async fn counts(&self, _: &Filter) -> Result<Counts> {
        down()
    }

    async fn summaries(&self, _: &[CaseId]) -> Result<Vec<Summary>> {
        down()
    }

    async fn add_drafts(&self, _: CaseId, _: u32, _: Vec<NewDraft>) -> Result<Option<u64>> {
        down()
    }

    async fn apply(&self, _: &Change) -> Result<Option<u64>> {
        down()
    }

    async fn stats(&self, _: &StatsQuery) -> Result<Stats> {
        down()
    }

    async fn export_after(&self, _: u64, _: u32) -> Result<Vec<ExportRow>> {
        down()
    }

    async fn purge(&self, _: &PurgePlan) -> Result<PurgeReport> {
        down()
    }

    async fn add_key(&self, _: NewKey) -> Result<bool> {
        down()
    }

    async fn keys(&self) -> Result<Vec<KeyRow>> {
        down()
    }

    async fn key_by_hash(&self, _: &[u8]) -> Result<Option<KeyRow>> {
        down()
    }

    async fn revoke_key(&self, _: &str, _: OffsetDateTime) -> Result<bool> {
        down()
    }

    async fn keys_used(&self, _: &[(String, OffsetDateTime)]) -> Result<()> {
        down()
    }

    async fn append_access(&self, _: Vec<AccessEntry>) -> Result<()> {
        down()
    }

    async fn access_log(&self, _: &AccessQuery) -> Result<Vec<AccessRow>> {
        down()
    }

    async fn verify_access(&self) -> Result<ChainReport> {
        down()
    }

    async fn migrate(&self) -> Result<()> {
        Ok(())
    }

    async fn schema_version(&self) -> Result<u32> {
        Ok(1)
    }

    async fn close(&self) {}
}

/// Id of the n-th case.
pub(crate) fn id(n: u64) -> CaseId {
    CaseId(Uuid::from_u128(u128::from(n) + 1))
}

/// The n-th case.
pub(crate) fn case(n: u64) -> NewCase {
    let labels = Labels {
        department: "animal".into(),
        urgency: "normal".into(),
        jurisdiction: "city_county".into(),
        kind: "other".into(),
    };
    NewCase {
        id: id(n),
        request: None,
        external_id: None,
        received_at: datetime!(2026-11-23 09:12 +9),
        triaged_at: datetime!(2026-11-23 09:12:01 +9),
        channel: Channel::Kakao,
        masked_text: format!("길가에 고라니가 죽어 있어요 {n}"),
        language: "ko".into(),
        prediction: NewPrediction {
            model: ModelId { name: "m".into(), version: "1".into(), sha256: "00".into() },
            labels,
            confidences: Confidences { department: 0.9, urgency: 0.9, jurisdiction: 0.9, kind: 0.9 },
            decision: Decision::Route,
            answer: serde_json::json!({ "n": n }),
        },
        shadows: Vec::new(),
        review_reasons: Vec::new(),
        due: None,
        signals: Vec::new(),
        place: None,
        drafts: Vec::new(),
        embedding: None,
    }
}

/// The n-th case, with a request key.
pub(crate) fn keyed(n: u64, key: &str, body: &str) -> NewCase {
    NewCase { request: Some(RequestKey::new("router", "idempotency-key", key, body.as_bytes())), ..case(n) }
}
