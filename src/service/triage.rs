//! Triage: from a complaint to labels, decision, signals, place and due times.

use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::answer::{Answer, Degradation, ModelInfo, NamedLabel, TimingMs, UrgencyLabel};
use super::case_facts::{Wish, add_drafts};
use super::drafts::Drafts;
use super::from_model::{explain, fits};
use super::rooms::{Findings as TextFindings, Rooms};
use crate::domain::{
    CaseId, Channel, Clock, ComplaintText, DEPARTMENT, Decision, DecisionInput, Findings, HeadPrediction,
    IdSource, JURISDICTION, KIND, ReviewReason, Taxonomy, URGENCY, decide,
};
use crate::inference::{Answer as Inferred, Embed, Engine, EngineError, Explain, Request, Reuse};

/// A complaint to triage, already parsed.
#[derive(Debug, Clone)]
pub struct TriageRequest {
    /// The caller's own id, given back.
    pub id: Option<String>,
    /// The text.
    pub text: ComplaintText,
    /// Channel it came by.
    pub channel: Channel,
    /// When it came in; now, if not said.
    pub received_at: Option<OffsetDateTime>,
    /// Departments to report besides the first.
    pub top_k: usize,
    /// Whether to say what moved the department.
    pub explain: Explain,
    /// Draft replies wanted.
    pub suggest: usize,
    /// Whether a case is made of it.
    pub log: bool,
    /// The case that it is already; then none is made.
    pub case: Option<CaseId>,
}

/// Why a complaint got no answer at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriageError {
    /// Too much is waiting.
    #[error("too many requests are waiting")]
    Busy {
        /// When to come back.
        retry_after: Duration,
    },
    /// The service is going down.
    #[error("the service is shutting down")]
    Closed,
}

/// The triage service.
pub struct Triage {
    engine: Arc<Engine>,
    taxonomy: Arc<Taxonomy>,
    rooms: Arc<Rooms>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    drafts: Option<Arc<Drafts>>,
}

/// A request after the steps that need no model.
struct Prepared {
    request: TriageRequest,
    found: TextFindings,
    received_at: OffsetDateTime,
}

impl Triage {
    /// Joins the parts.
    ///
    /// # Errors
    /// If the model's labels are not those of the taxonomy: it would answer with names that nobody knows.
    pub fn new(
        engine: Arc<Engine>,
        taxonomy: Arc<Taxonomy>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, String> {
        fits(&engine.model(), &taxonomy)?;
        Ok(Self { engine, taxonomy, rooms: Arc::new(Rooms::bundled()), clock, ids, drafts: None })
    }

    /// Gives draft replies from this knowledge base to those who ask for them.
    #[must_use]
    pub fn with_drafts(self, drafts: Arc<Drafts>) -> Self {
        Self { drafts: Some(drafts), ..self }
    }

    /// The label scheme.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The label scheme, to share.
    pub fn shared_taxonomy(&self) -> Arc<Taxonomy> {
        Arc::clone(&self.taxonomy)
    }

    /// Rules, gazetteer and calendar.
    pub fn rooms(&self) -> &Arc<Rooms> {
        &self.rooms
    }

    /// The inference engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Triages several complaints; answers come in order.
    ///
    /// # Errors
    /// [`TriageError`] if none of them could be taken in. A failure of the model is no error: such answers come from
    /// the rules alone, marked as degraded and for review.
    pub async fn triage(&self, requests: Vec<TriageRequest>) -> Result<Vec<Answer>, TriageError> {
        let started = Instant::now();
        let prepared: Vec<Prepared> = requests.into_iter().map(|request| self.prepare(request)).collect();
        let wanted = |p: &Prepared| Request {
            text: p.found.folded.text.clone(),
            explain: p.request.explain,
            reuse: if p.found.signals.is_empty() { Reuse::Allowed } else { Reuse::Never },
            embed: if p.request.log || (p.request.suggest > 0 && self.drafts.is_some()) {
                Embed::Pooled
            } else {
                Embed::No
            },
        };
        let inferred = match self.engine.submit(prepared.iter().map(wanted).collect()).await {
            Ok(inferred) => inferred,
            Err(EngineError::Busy { retry_after }) => return Err(TriageError::Busy { retry_after }),
            Err(EngineError::Closed) => return Err(TriageError::Closed),
            Err(EngineError::Model(reason)) => vec![Err(EngineError::Model(reason)); prepared.len()],
        };
        Ok(prepared.into_iter().zip(inferred).map(|(p, result)| self.answer(p, result, started)).collect())
    }

    fn prepare(&self, request: TriageRequest) -> Prepared {
        let found = self.rooms.look(&request.text);
        let received_at = request.received_at.unwrap_or_else(|| self.clock.now());
        Prepared { request, found, received_at }
    }

    fn answer(&self, p: Prepared, inferred: Result<Inferred, EngineError>, started: Instant) -> Answer {
        let (inferred, degraded) = match inferred {
            Ok(inferred) => (Some(inferred), Vec::new()),
            Err(error) => {
                tracing::warn!(%error, "answered from the rules alone");
                (None, vec![Degradation { part: "model".into(), reason: error.to_string() }])
            }
        };
        let labels = match &inferred {
            Some(inferred) => self.labels(inferred, &p),
            None => self.labels_without_model(&p.found),
        };
        let explanation =
            inferred.iter().flat_map(|found| explain(found, &p.found.folded, &p.found.masked)).collect();
        let due = self.rooms.due(&labels.kind.code, p.received_at);
        let model = inferred.as_ref().map_or_else(|| self.engine.model(), |found| Arc::clone(&found.model));
        let (channel, suggest) = (p.request.channel, p.request.suggest);
        let case_id = p.request.case.or_else(|| p.request.log.then(|| self.new_id(p.received_at)));
        let timing = inferred.as_ref().map(|found| found.timing).unwrap_or_default();
        let ms = |d: Duration| (d.as_secs_f64() * 1e6).round() / 1e3;
        let mut answer = Answer {
            case_id,
            version: 1,
            id: p.request.id,
            masked_text: p.found.masked,
            department: labels.department,
            alternatives: labels.alternatives,
            urgency: labels.urgency,
            jurisdiction: labels.jurisdiction,
            kind: labels.kind,
            decision: labels.decision,
            review_reasons: labels.review_reasons,
            signals: p.found.signals,
            location: p.found.location,
            due,
            language: p.found.language,
            help_line: p.found.help_line,
            explanation,
            replies: Vec::new(),
            no_draft: None,
            degraded,
            model: ModelInfo {
                name: model.manifest.name.clone(),
                version: model.manifest.version.clone(),
                sha256: model.manifest.weights_sha256().to_owned(),
            },
            timing_ms: TimingMs {
                queue: ms(timing.queue),
                tokenize: ms(timing.tokenize),
                inference: ms(timing.inference),
                total: 0.0,
            },
            vector: inferred.as_ref().and_then(|found| found.embedding.clone()),
        };
        if let Some(drafts) = self.drafts.as_ref().filter(|_| suggest > 0) {
            let at = self.clock.now();
            let wish = Wish { suggest, channel, today: at.date(), inferred: inferred.as_ref() };
            add_drafts(&mut answer, drafts, &wish, &self.taxonomy, &mut || self.new_id(at).0.to_string());
        }
        answer.timing_ms.total = ms(started.elapsed());
        answer
    }

    fn new_id(&self, at: OffsetDateTime) -> CaseId {
        self.ids.next(at)
    }

    fn labels(&self, found: &Inferred, p: &Prepared) -> Labels {
        let head = |name: &str| found.prediction.head(name).expect("`fits` checked the heads");
        let (department, urgency) = (head(DEPARTMENT), head(URGENCY));
        let findings = Findings {
            signal: !p.found.signals.is_empty(),
            foreign: p.found.foreign,
            truncated: found.truncated,
        };
        let input = DecisionInput::new(&found.prediction, &self.taxonomy, findings)
            .expect("`fits` checked the heads");
        let (decision, review_reasons) = decide(&input, &found.model.calibration.policy);
        let named = |name: &str| self.named(name, head(name));
        let ranked = department.ranked();
        Labels {
            department: named(DEPARTMENT),
            alternatives: ranked
                .iter()
                .skip(1)
                .take(p.request.top_k)
                .map(|s| self.label(DEPARTMENT, s.code, s.confidence))
                .collect(),
            urgency: UrgencyLabel {
                label: named(URGENCY),
                probabilities: urgency
                    .spec
                    .labels
                    .iter()
                    .cloned()
                    .zip(urgency.probabilities.iter().copied())
                    .collect(),
            },
            jurisdiction: named(JURISDICTION),
            kind: named(KIND),
            decision,
            review_reasons,
        }
    }

    /// What the rules can say without a model: nothing about the subject, so a person decides, and at once if there
    /// is a sign of danger.
    fn labels_without_model(&self, found: &TextFindings) -> Labels {
        let unknown = |head: &str, code: &str| self.label(head, code, 0.0);
        let last =
            |head: &str| self.taxonomy.head(head).and_then(|l| l.last()).map_or("", |l| &l.code).to_owned();
        let first =
            |head: &str| self.taxonomy.head(head).and_then(|l| l.first()).map_or("", |l| &l.code).to_owned();
        let nobody = self.taxonomy.department.iter().find(|l| l.unclassifiable).map_or("none", |l| &l.code);
        let danger = !found.signals.is_empty();
        let urgent =
            |label: &&crate::domain::Label| if danger { label.escalates } else { label.code == "normal" };
        let urgency = self.taxonomy.urgency.iter().find(urgent).map_or("normal", |l| &l.code);
        Labels {
            department: unknown(DEPARTMENT, nobody),
            alternatives: Vec::new(),
            urgency: UrgencyLabel { label: unknown(URGENCY, urgency), probabilities: [].into() },
            jurisdiction: unknown(JURISDICTION, &first(JURISDICTION)),
            kind: unknown(KIND, &last(KIND)),
            decision: if danger { Decision::Escalate } else { Decision::Review },
            review_reasons: if danger {
                vec![ReviewReason::Emergency, ReviewReason::Degraded]
            } else {
                vec![ReviewReason::Degraded]
            },
        }
    }

    fn named(&self, name: &str, head: &HeadPrediction) -> NamedLabel {
        let top = head.top();
        self.label(name, top.code, top.confidence)
    }

    fn label(&self, head: &str, code: &str, confidence: f32) -> NamedLabel {
        let name = self.taxonomy.label(head, code).map_or(code, |label| &label.name).to_owned();
        NamedLabel { code: code.to_owned(), name, confidence }
    }
}

struct Labels {
    department: NamedLabel,
    alternatives: Vec<NamedLabel>,
    urgency: UrgencyLabel,
    jurisdiction: NamedLabel,
    kind: NamedLabel,
    decision: Decision,
    review_reasons: Vec<ReviewReason>,
}
