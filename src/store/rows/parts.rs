//! Rows of what belongs to a case: predictions, drafts, decisions, events, signals, place.

use sqlx::FromRow;
use uuid::Uuid;

use super::{by_serde, from_json, named, time_of};
use crate::domain::case::{DraftId, Labels};
use crate::domain::{CaseId, Span};
use crate::store::case::{CasePlace, CaseSignal, Confidences, ModelId, NewDraft, NewPrediction};
use crate::store::error::StoreError;
use crate::store::history::{DecisionRow, DraftRow, Event, PredictionRole, PredictionRow};

/// A row of `prediction`.
#[derive(FromRow)]
pub(in crate::store) struct PredictionRecord {
    pub case_id: Uuid,
    role: String,
    at: i64,
    model_name: String,
    model_version: String,
    model_sha256: String,
    department: String,
    urgency: String,
    jurisdiction: String,
    kind: String,
    department_confidence: f64,
    urgency_confidence: f64,
    jurisdiction_confidence: f64,
    kind_confidence: f64,
    decision: String,
    answer: String,
}

impl PredictionRecord {
    pub fn into_row(self) -> Result<PredictionRow, StoreError> {
        let Self { department, urgency, jurisdiction, kind, .. } = self;
        Ok(PredictionRow {
            role: if self.role == "active" { PredictionRole::Active } else { PredictionRole::Shadow },
            at: time_of(self.at),
            prediction: NewPrediction {
                model: ModelId {
                    name: self.model_name,
                    version: self.model_version,
                    sha256: self.model_sha256,
                },
                labels: Labels { department, urgency, jurisdiction, kind },
                confidences: Confidences {
                    department: self.department_confidence as f32,
                    urgency: self.urgency_confidence as f32,
                    jurisdiction: self.jurisdiction_confidence as f32,
                    kind: self.kind_confidence as f32,
                },
                decision: by_serde("decision", &self.decision)?,
                answer: from_json("answer", &self.answer)?,
            },
        })
    }
}

/// A row of `decision`.
#[derive(FromRow)]
pub(in crate::store) struct DecisionRecord {
    pub case_id: Uuid,
    version: i64,
    actor: String,
    at: i64,
    undone: bool,
    verdict: String,
}

impl DecisionRecord {
    pub fn into_row(self) -> Result<DecisionRow, StoreError> {
        Ok(DecisionRow {
            version: self.version as u32,
            by: self.actor,
            at: time_of(self.at),
            undone: self.undone,
            verdict: from_json("verdict", &self.verdict)?,
        })
    }
}

/// A row of `draft`.
#[derive(FromRow)]
pub(in crate::store) struct DraftRecord {
    id: Uuid,
    version: i64,
    at: i64,
    body: String,
    slots: String,
    sources: String,
    score: f64,
}

impl DraftRecord {
    pub fn into_row(self) -> Result<DraftRow, StoreError> {
        Ok(DraftRow {
            version: self.version as u32,
            draft: NewDraft {
                id: DraftId(self.id),
                text: self.body,
                slots: from_json("slots", &self.slots)?,
                sources: from_json("sources", &self.sources)?,
                score: self.score as f32,
                at: time_of(self.at),
            },
        })
    }
}

/// A row of `event`.
#[derive(FromRow)]
pub(in crate::store) struct EventRecord {
    seq: i64,
    case_id: Uuid,
    version: i64,
    kind: String,
    actor: String,
    at: i64,
    status: String,
    department: String,
    urgency: String,
    alarm: bool,
}

impl EventRecord {
    pub fn into_event(self) -> Result<Event, StoreError> {
        Ok(Event {
            seq: self.seq as u64,
            case_id: CaseId(self.case_id),
            version: self.version as u32,
            kind: named("kind", &self.kind)?,
            by: self.actor,
            at: time_of(self.at),
            status: named("status", &self.status)?,
            department: self.department,
            urgency: self.urgency,
            alarm: self.alarm,
        })
    }
}

/// A row of `signal`.
#[derive(FromRow)]
pub(in crate::store) struct SignalRecord {
    kind: String,
    span_start: i64,
    span_end: i64,
    number: String,
    name: String,
    strength: f64,
    source: String,
}

impl SignalRecord {
    pub fn into_signal(self) -> CaseSignal {
        CaseSignal {
            kind: self.kind,
            span: Span { start: self.span_start as usize, end: self.span_end as usize },
            number: self.number,
            name: self.name,
            strength: self.strength as f32,
            source: self.source,
        }
    }
}

/// A row of `place`.
#[derive(FromRow)]
pub(in crate::store) struct PlaceRecord {
    sigungu: Option<String>,
    detail: Option<String>,
    span_start: i64,
    span_end: i64,
    ambiguous: bool,
    outside: Option<String>,
}

impl PlaceRecord {
    pub fn into_place(self) -> CasePlace {
        CasePlace {
            sigungu: self.sigungu,
            detail: self.detail,
            span: Span { start: self.span_start as usize, end: self.span_end as usize },
            ambiguous: self.ambiguous,
            outside: self.outside,
        }
    }
}
