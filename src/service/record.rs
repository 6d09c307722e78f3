//! From an answer to what the case log keeps of it.

use time::OffsetDateTime;

use super::answer::Answer;
use crate::domain::Channel;
use crate::domain::case::Labels;
use crate::store::{CasePlace, CaseSignal, Confidences, Due, ModelId, NewCase, NewPrediction, RequestKey};

/// The case of an answer; `None` if the answer makes no case.
pub fn new_case(
    answer: &Answer,
    channel: Channel,
    received_at: OffsetDateTime,
    triaged_at: OffsetDateTime,
    request: Option<RequestKey>,
) -> Option<NewCase> {
    Some(NewCase {
        id: answer.case_id?,
        request,
        external_id: answer.id.clone(),
        received_at,
        triaged_at,
        channel,
        masked_text: answer.masked_text.clone(),
        language: answer.language.clone(),
        prediction: prediction(answer),
        shadows: Vec::new(),
        review_reasons: answer.review_reasons.clone(),
        due: answer.due.as_ref().map(|due| Due {
            statutory: due.statutory,
            target: due.target,
            basis: due.basis.clone(),
        }),
        signals: answer.signals.iter().map(signal).collect(),
        place: answer.location.as_ref().map(|place| CasePlace {
            sigungu: place.sigungu.clone(),
            detail: place.detail.clone(),
            span: place.span,
            ambiguous: place.ambiguous,
            outside: place.outside.clone(),
        }),
        drafts: Vec::new(),
        embedding: None,
    })
}

fn prediction(answer: &Answer) -> NewPrediction {
    NewPrediction {
        model: ModelId {
            name: answer.model.name.clone(),
            version: answer.model.version.clone(),
            sha256: answer.model.sha256.clone(),
        },
        labels: Labels {
            department: answer.department.code.clone(),
            urgency: answer.urgency.label.code.clone(),
            jurisdiction: answer.jurisdiction.code.clone(),
            kind: answer.kind.code.clone(),
        },
        confidences: Confidences {
            department: answer.department.confidence,
            urgency: answer.urgency.label.confidence,
            jurisdiction: answer.jurisdiction.confidence,
            kind: answer.kind.confidence,
        },
        decision: answer.decision,
        answer: serde_json::to_value(answer).expect("an answer has string keys and finite numbers"),
    }
}

fn signal(found: &super::answer::SignalFound) -> CaseSignal {
    CaseSignal {
        kind: found.kind.clone(),
        span: found.span,
        number: found.number.clone(),
        name: found.name.clone(),
        strength: found.strength,
        source: found.source.clone(),
    }
}
