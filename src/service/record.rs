//! From an answer to what the case log keeps of it.

use time::OffsetDateTime;
use uuid::Uuid;

use super::answer::Answer;
use super::draft::Draft;
use crate::domain::Channel;
use crate::domain::case::{DraftId, Labels, Slot};
use crate::similar::{Embedding, ModelTag};
use crate::store::{
    CasePlace, CaseSignal, Confidences, Due, ModelId, NewCase, NewDraft, NewPrediction, RequestKey,
};

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
        drafts: drafts(&answer.replies, triaged_at),
        embedding: embedding(answer),
    })
}

/// The vector in the index's own bytes, marked with the model that made it.
fn embedding(answer: &Answer) -> Option<Vec<u8>> {
    let model = ModelTag::of(&answer.model.sha256);
    Embedding::new(model, answer.vector.as_deref()?).map(|embedding| embedding.to_bytes())
}

/// Draft replies as the log keeps them.
pub fn drafts(replies: &[Draft], at: OffsetDateTime) -> Vec<NewDraft> {
    let draft = |reply: &Draft| {
        Some(NewDraft {
            id: DraftId(Uuid::try_parse(&reply.draft_id).ok()?),
            text: reply.text.clone(),
            slots: reply
                .slots
                .iter()
                .map(|slot| Slot { name: slot.name.to_owned(), filled: slot.filled, required: true })
                .collect(),
            sources: serde_json::to_value(&reply.sources).expect("sources have string keys"),
            score: reply.score,
            at,
        })
    };
    replies.iter().filter_map(draft).collect()
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
