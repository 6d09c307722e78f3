//! What is written when a complaint was triaged. `NewCase` also travels through the spool, so it is serialisable whole.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::domain::case::{Case, Draft, DraftId, Labels, Slot};
use crate::domain::{CaseId, Channel, Decision, ReviewReason, Span};

/// Who asked, with which key, for what: makes the same request twice one case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RequestKey {
    /// SHA-256 of the caller and its `Idempotency-Key` or `external_id`.
    pub scope: [u8; 32],
    /// SHA-256 of the request's body.
    pub body: [u8; 32],
}

impl RequestKey {
    /// The key of a request. `kind` keeps an `Idempotency-Key` apart from an `external_id` of the same wording.
    pub fn new(caller: &str, kind: &str, key: &str, body: &[u8]) -> Self {
        let mut scope = Sha256::new();
        for part in [caller, kind, key] {
            scope.update((part.len() as u64).to_be_bytes());
            scope.update(part);
        }
        Self { scope: scope.finalize().into(), body: Sha256::digest(body).into() }
    }
}

/// Calibrated probabilities of the four labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Confidences {
    /// Of the department.
    pub department: f32,
    /// Of the urgency.
    pub urgency: f32,
    /// Of the jurisdiction.
    pub jurisdiction: f32,
    /// Of the kind.
    pub kind: f32,
}

/// Which model spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelId {
    /// Name from the manifest.
    pub name: String,
    /// Version from the manifest.
    pub version: String,
    /// SHA-256 of the weights, in hexadecimal.
    pub sha256: String,
}

/// What one model said about the complaint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewPrediction {
    /// Which model.
    pub model: ModelId,
    /// The labels it chose.
    pub labels: Labels,
    /// How sure it was.
    pub confidences: Confidences,
    /// What the decision rule made of it.
    pub decision: Decision,
    /// Whole answer or distribution, as JSON; for the active model the answer that the caller got.
    pub answer: serde_json::Value,
}

/// By when the case must be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The legal limit.
    #[serde(with = "time::serde::rfc3339")]
    pub statutory: OffsetDateTime,
    /// The province's own.
    #[serde(with = "time::serde::rfc3339")]
    pub target: OffsetDateTime,
    /// The rule and its article.
    pub basis: String,
}

/// A sign of danger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseSignal {
    /// What kind.
    pub kind: String,
    /// Where in the masked text, in characters.
    pub span: Span,
    /// Number to call first.
    pub number: String,
    /// Name of the service behind it.
    pub name: String,
    /// How sure the rule is, 0 to 1.
    pub strength: f32,
    /// The rule that fired.
    pub source: String,
}

/// The place that the complaint is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePlace {
    /// 시·군, if it is known.
    pub sigungu: Option<String>,
    /// The rest of the place.
    pub detail: Option<String>,
    /// Where in the masked text, in characters.
    pub span: Span,
    /// Several 시·군 have a place of this name.
    pub ambiguous: bool,
    /// The 시·도 outside 경기도 that it lies in.
    pub outside: Option<String>,
}

/// A draft reply as it was shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewDraft {
    /// Identifier.
    pub id: DraftId,
    /// Its text.
    pub text: String,
    /// Its slots.
    pub slots: Vec<Slot>,
    /// The knowledge it cites, as JSON.
    pub sources: serde_json::Value,
    /// How well it fits, as the ranking had it.
    pub score: f32,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl NewDraft {
    /// What a decision needs of it.
    pub fn to_draft(&self) -> Draft {
        Draft { id: self.id, text: self.text.clone(), slots: self.slots.clone() }
    }
}

/// A triaged complaint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewCase {
    /// Identifier; recording the same one twice records once.
    pub id: CaseId,
    /// Key of the request, if the caller gave one.
    pub request: Option<RequestKey>,
    /// The caller's own id, for showing.
    pub external_id: Option<String>,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// When it was triaged: the time of the first event.
    #[serde(with = "time::serde::rfc3339")]
    pub triaged_at: OffsetDateTime,
    /// By which channel.
    pub channel: Channel,
    /// The text with personal data replaced; the only form that is stored.
    pub masked_text: String,
    /// Language (BCP 47).
    pub language: String,
    /// What the active model said; its labels and decision are the case's first.
    pub prediction: NewPrediction,
    /// What other models said of the same text.
    pub shadows: Vec<NewPrediction>,
    /// Why a person is asked to look.
    pub review_reasons: Vec<ReviewReason>,
    /// By when it must be answered.
    pub due: Option<Due>,
    /// Signs of danger.
    pub signals: Vec<CaseSignal>,
    /// The place.
    pub place: Option<CasePlace>,
    /// Drafts that came with the answer.
    pub drafts: Vec<NewDraft>,
    /// The encoder's embedding, in the index's own bytes.
    pub embedding: Option<Vec<u8>>,
}

impl NewCase {
    /// The case as the state machine sees it.
    pub fn to_case(&self) -> Case {
        Case::triaged(self.id, self.prediction.labels.clone(), self.prediction.decision, self.triaged_at)
    }
}

/// What became of one case of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// It is a new case.
    New,
    /// The same request or the same case is already there; nothing was written.
    Same {
        /// The earlier case.
        case: CaseId,
        /// The answer that the caller got then.
        answer: serde_json::Value,
    },
    /// The request key was used before with another body; nothing was written. 422 at the door.
    Reused {
        /// The earlier case.
        case: CaseId,
    },
}
