//! The answer to a classified complaint, as every door gives it: HTTP, batch, command line.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::draft::{Draft, NoDraftReason};
use crate::domain::{CaseId, Decision, ReviewReason, Span};

/// A label with its Korean name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NamedLabel {
    /// Code from the taxonomy.
    #[schema(example = "other")]
    pub code: String,
    /// Korean name.
    #[schema(example = "기타민원")]
    pub name: String,
    /// Calibrated probability: of the cases at 0.9, nine in ten are right.
    #[schema(minimum = 0.0, maximum = 1.0)]
    pub confidence: f32,
}

/// The department that answers.
pub type DepartmentLabel = NamedLabel;

/// How urgent the case is, with the whole distribution.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UrgencyLabel {
    /// The most probable level.
    #[serde(flatten)]
    pub label: NamedLabel,
    /// Calibrated probability of every level.
    #[schema(value_type = Object, example = json!({"emergency": 0.01, "high": 0.06, "normal": 0.91, "low": 0.02}))]
    pub probabilities: BTreeMap<String, f32>,
}

/// Who must act in the end.
pub type JurisdictionLabel = NamedLabel;

/// A sign of danger.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SignalFound {
    /// What kind: `self_harm`, `violence`, `fire`, `medical`, `abuse`, `gas`, `disaster` and others.
    #[schema(example = "self_harm")]
    pub kind: String,
    /// Where in the masked text, in characters.
    #[schema(value_type = Vec<usize>, example = json!([0, 12]))]
    pub span: Span,
    /// Number to call first.
    #[schema(example = "109")]
    pub number: String,
    /// Name of the service behind the number.
    #[schema(example = "자살예방상담전화")]
    pub name: String,
    /// Further numbers with their names.
    pub also: Vec<String>,
    /// How sure the rule is, 0 to 1.
    pub strength: f32,
    /// The rule that fired.
    pub source: String,
}

/// A number that helps in the writer's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HelpLineFound {
    /// Number.
    #[schema(example = "1345")]
    pub number: String,
    /// Korean name of the service.
    pub name: String,
    /// What it is, in the writer's language.
    pub label: String,
}

/// A place named in the text.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Location {
    /// 시·군 of 경기도, if it is known.
    #[schema(example = "양평군")]
    pub sigungu: Option<String>,
    /// The rest of the place.
    #[schema(example = "용문면")]
    pub detail: Option<String>,
    /// Where in the masked text, in characters.
    #[schema(value_type = Vec<usize>, example = json!([0, 6]))]
    pub span: Span,
    /// Several 시·군 have a place of this name.
    pub ambiguous: bool,
    /// The 시·군 that an ambiguous place may lie in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// The 시·도 outside 경기도 that the place lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
}

/// By when the case must be answered.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DueTimes {
    /// The legal limit.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub statutory: OffsetDateTime,
    /// The province's own, shorter target.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub target: OffsetDateTime,
    /// The rule and its article.
    #[schema(example = "기타민원 즉시(3근무시간), 시행령 §19")]
    pub basis: String,
    /// What makes the times uncertain, for instance a year without a holiday file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// A stretch of the text that moved the department.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WeightedSpan {
    /// The stretch.
    #[schema(example = "고라니가 죽어")]
    pub text: String,
    /// Where in the masked text, in characters.
    #[schema(value_type = Vec<usize>, example = json!([11, 18]))]
    pub span: Span,
    /// How much the department's probability falls without it.
    pub weight: f32,
}

/// What fell back, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Degradation {
    /// What: `model`, `store`.
    #[schema(example = "model")]
    pub part: String,
    /// Why, in words without the complaint's text.
    pub reason: String,
}

/// Which model answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelInfo {
    /// Name from the manifest.
    #[schema(example = "minwon-ko")]
    pub name: String,
    /// Version from the manifest.
    pub version: String,
    /// SHA-256 of the weights.
    pub sha256: String,
}

/// Where the time went, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct TimingMs {
    /// Waiting for a worker.
    pub queue: f64,
    /// Text to tokens.
    pub tokenize: f64,
    /// Encoder.
    pub inference: f64,
    /// Everything.
    pub total: f64,
}

/// The answer to one complaint.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Answer {
    /// Identifier of the case; null where no case is made.
    #[schema(value_type = Option<String>)]
    pub case_id: Option<CaseId>,
    /// Version of the case, for later changes.
    pub version: u32,
    /// The caller's own id of the item, given back.
    pub id: Option<String>,
    /// The only form of the text that is stored or shown in lists.
    pub masked_text: String,
    /// Department that answers.
    pub department: DepartmentLabel,
    /// Runners-up.
    pub alternatives: Vec<NamedLabel>,
    /// Urgency.
    pub urgency: UrgencyLabel,
    /// Who must act in the end.
    pub jurisdiction: JurisdictionLabel,
    /// Kind of 민원.
    pub kind: NamedLabel,
    /// What happens next.
    #[schema(value_type = String, example = "route")]
    pub decision: Decision,
    /// Why a person is asked to look.
    #[schema(value_type = Vec<String>)]
    pub review_reasons: Vec<ReviewReason>,
    /// Signs of danger.
    pub signals: Vec<SignalFound>,
    /// The place, if one is named.
    pub location: Option<Location>,
    /// By when.
    pub due: Option<DueTimes>,
    /// Language of the text (BCP 47).
    #[schema(example = "ko")]
    pub language: String,
    /// Whom to name to a writer in another language than Korean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_line: Option<HelpLineFound>,
    /// What moved the department; empty unless asked for.
    pub explanation: Vec<WeightedSpan>,
    /// Draft replies; empty unless asked for.
    pub replies: Vec<Draft>,
    /// Why there is no draft, where some were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_draft: Option<NoDraftReason>,
    /// What fell back, and why.
    pub degraded: Vec<Degradation>,
    /// Which model answered.
    pub model: ModelInfo,
    /// Where the time went.
    pub timing_ms: TimingMs,
    /// The encoder's vector of the text, for finding similar cases; never sent.
    #[serde(skip)]
    #[schema(ignore)]
    pub vector: Option<Arc<[f32]>>,
}

/// Alias that reads well in signatures of services.
pub type TriageAnswer = Answer;
