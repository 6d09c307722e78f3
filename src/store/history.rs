//! What is read back of a case: the whole history, events, vectors, export rows.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::case::{CasePlace, CaseSignal, Due, NewDraft, NewPrediction};
use super::list::CaseRow;
use crate::domain::CaseId;
use crate::domain::case::{Case, Draft, DraftId, Status, Verdict, VerdictKind};

/// Whether a prediction was acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionRole {
    /// It made the answer.
    Active,
    /// It was only recorded.
    Shadow,
}

/// What a model said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictionRow {
    /// Whether it was acted on.
    pub role: PredictionRole,
    /// When it was recorded.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What it said.
    #[serde(flatten)]
    pub prediction: NewPrediction,
}

/// A draft that was shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftRow {
    /// Version of the case that it was made for.
    pub version: u32,
    /// The draft.
    #[serde(flatten)]
    pub draft: NewDraft,
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// Version of the case that it made.
    pub version: u32,
    /// Who.
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// It was taken back.
    pub undone: bool,
    /// What was decided.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Something that happened to a case. Carries no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Number; grows in the order of commits.
    pub seq: u64,
    /// The case.
    pub case_id: CaseId,
    /// Its version after the event.
    pub version: u32,
    /// What happened.
    pub kind: VerdictKind,
    /// Who did it.
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Status afterwards.
    pub status: Status,
    /// Department afterwards.
    pub department: String,
    /// Urgency afterwards.
    pub urgency: String,
    /// The ping-pong alarm is on.
    pub alarm: bool,
}

/// One case, whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// The case as the state machine sees it, hops included: what operations are called on.
    pub case: Case,
    /// The row that lists show.
    pub row: CaseRow,
    /// By when, with the rule.
    pub due: Option<Due>,
    /// Language of the text.
    pub language: String,
    /// What the models said, the active one first.
    pub predictions: Vec<PredictionRow>,
    /// Drafts in the order in which they were shown.
    pub drafts: Vec<DraftRow>,
    /// Decisions in order.
    pub decisions: Vec<DecisionRow>,
    /// Events in order.
    pub events: Vec<Event>,
    /// Signs of danger.
    pub signals: Vec<CaseSignal>,
    /// The place.
    pub place: Option<CasePlace>,
}

impl History {
    /// A draft of this case by id, as the state machine takes it.
    pub fn draft(&self, id: DraftId) -> Option<Draft> {
        self.drafts.iter().find(|row| row.draft.id == id).map(|row| row.draft.to_draft())
    }
}

/// A row for lists of similar cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The case.
    pub row: CaseRow,
    /// The reply that went out, if one did.
    pub reply: Option<String>,
}

/// What the index of similar cases is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVector {
    /// Number to go on from.
    pub seq: u64,
    /// The case.
    pub case_id: CaseId,
    /// Department that it has now.
    pub department: String,
    /// 시·군 of its place.
    pub sigungu: Option<String>,
    /// When it came in.
    pub received_at: OffsetDateTime,
    /// Its masked text.
    pub masked_text: String,
    /// The embedding, as it was recorded.
    pub embedding: Vec<u8>,
}

/// One case for `minwon export`, masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportRow {
    /// Number to go on from.
    pub seq: u64,
    /// The case as it stands.
    #[serde(flatten)]
    pub row: CaseRow,
    /// Language of the text.
    pub language: String,
    /// What the models said.
    pub predictions: Vec<PredictionRow>,
    /// What people decided; undone decisions are marked.
    pub decisions: Vec<DecisionRow>,
}
