//! From a complaint to a recorded case: idempotency, triage, the case log.
//!
//! A store that is down never silences the service: the answer comes, with its case id, marked as degraded.

use std::sync::Arc;

use super::answer::{Answer, Degradation};
use super::record::new_case;
use super::triage::{Triage, TriageError, TriageRequest};
use crate::domain::Clock;
use crate::store::spool::{Kept, Recorder};
use crate::store::{Recorded, RequestKey};

/// A complaint with the key of its request.
#[derive(Debug, Clone)]
pub struct IntakeRequest {
    /// The complaint.
    pub triage: TriageRequest,
    /// Makes the same request twice one case.
    pub key: Option<RequestKey>,
}

/// What one complaint comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A fresh answer.
    Answer(Box<Answer>),
    /// The answer that the same request got before, word for word.
    Earlier(serde_json::Value),
    /// The idempotency key was used before with another body.
    KeyReused,
}

/// Takes complaints in.
pub struct Intake {
    triage: Arc<Triage>,
    recorder: Arc<Recorder>,
    clock: Arc<dyn Clock>,
}

impl Intake {
    /// Joins triage and the way into the case log.
    pub fn new(triage: Arc<Triage>, recorder: Arc<Recorder>, clock: Arc<dyn Clock>) -> Self {
        Self { triage, recorder, clock }
    }

    /// The triage service.
    pub fn triage(&self) -> &Arc<Triage> {
        &self.triage
    }

    /// The way into the case log, for its state.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Takes several complaints in; outcomes come in order.
    ///
    /// # Errors
    /// [`TriageError`] if none of them could be taken in.
    pub async fn take(&self, requests: Vec<IntakeRequest>) -> Result<Vec<Outcome>, TriageError> {
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(requests.len());
        let (mut fresh, mut waiting) = (Vec::new(), Vec::new());
        for (at, request) in requests.into_iter().enumerate() {
            let earlier = self.earlier(request.key.as_ref()).await;
            if earlier.is_none() {
                fresh.push((at, request.key, request.triage.channel, request.triage.received_at));
                waiting.push(request.triage);
            }
            outcomes.push(earlier);
        }
        let answers = if waiting.is_empty() { Vec::new() } else { self.triage.triage(waiting).await? };
        let now = self.clock.now();
        let (mut records, mut recorded_at) = (Vec::new(), Vec::new());
        for ((at, key, channel, received_at), answer) in fresh.into_iter().zip(answers) {
            if answer.case_id.is_some() {
                let received_at = received_at.unwrap_or(now);
                records.extend(new_case(&answer, channel, received_at, now, key));
                recorded_at.push(at);
            }
            outcomes[at] = Some(Outcome::Answer(Box::new(answer)));
        }
        if !records.is_empty() {
            let kept = self.recorder.record(records).await;
            settle(&mut outcomes, &recorded_at, kept);
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// What the same request got before. A store that cannot be asked knows nothing: recording, which is exactly-once
    /// by request key, settles it later.
    async fn earlier(&self, key: Option<&RequestKey>) -> Option<Outcome> {
        match self.recorder.find_request(key?).await {
            Ok(found) => found.and_then(repeated),
            Err(_) => None,
        }
    }
}

fn repeated(recorded: Recorded) -> Option<Outcome> {
    match recorded {
        Recorded::New => None,
        Recorded::Same { answer, .. } => Some(Outcome::Earlier(answer)),
        Recorded::Reused { .. } => Some(Outcome::KeyReused),
    }
}

/// Two requests with one key may have raced past [`Intake::earlier`]: the log says which one made the case.
fn settle(outcomes: &mut [Option<Outcome>], recorded_at: &[usize], kept: Vec<Kept>) {
    for (&at, kept) in recorded_at.iter().zip(kept) {
        let (recorded, trouble) = match kept {
            Kept::Logged(recorded) => (Some(recorded), None),
            Kept::Spooled(recorded) => {
                (Some(recorded), Some("the case waits on disk until the log is back".to_owned()))
            }
            Kept::NotStored { reason } => {
                tracing::error!(reason, "a case was not recorded");
                (None, Some(format!("the case is not stored: {reason}")))
            }
        };
        if let Some(outcome) = recorded.and_then(repeated) {
            outcomes[at] = Some(outcome);
        } else if let (Some(Outcome::Answer(answer)), Some(reason)) = (&mut outcomes[at], trouble) {
            answer.degraded.push(Degradation { part: "store".into(), reason });
        }
    }
}
