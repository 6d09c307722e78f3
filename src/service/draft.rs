//! Draft replies as they leave the service.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Channel;
use crate::drafting::{Composed, EarlierReply, Form, MARK, NoDraft, SlotState, Source, Topic};

/// A draft reply. It is never sent by itself.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Draft {
    /// Identifier for the decision on it.
    pub draft_id: String,
    /// The text; open slots stand in it as `{{담당자}}`.
    pub text: String,
    /// What must be seen beside the text.
    #[schema(example = "AI 초안")]
    pub mark: &'static str,
    /// Language of the text (BCP 47).
    #[schema(example = "ko")]
    pub language: &'static str,
    /// Style: `chat`, `letter` or `sms`.
    pub form: &'static str,
    /// Slots of the text; an open one must be filled before the draft is approved.
    pub slots: Vec<DraftSlot>,
    /// Where every fact of the text was read.
    pub sources: Vec<DraftSource>,
    /// Probability that it is the right answer, 0 to 1.
    pub score: f32,
    /// How long the text is, in the unit of its channel.
    pub length: DraftLength,
    /// What to mind: `too_long`, `not_for_carriers`, `no_text_in_language`.
    pub notes: Vec<&'static str>,
}

/// A slot of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DraftSlot {
    /// Its name.
    #[schema(example = "담당자")]
    pub name: &'static str,
    /// Whether the case filled it.
    pub filled: bool,
}

/// A source of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DraftSource {
    /// The topic, `kb/…`, or the earlier case, `case/…`.
    #[schema(example = "kb/animal-carcass")]
    pub id: String,
    /// Title.
    pub title: String,
    /// Address.
    pub url: Option<String>,
    /// Last day on which the facts may be offered.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<String>,
}

/// How long a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DraftLength {
    /// `characters`, or `bytes` in CP949.
    pub unit: &'static str,
    /// Length.
    pub used: usize,
    /// Most that the channel takes; null for letters.
    pub most: Option<usize>,
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoDraftReason {
    /// `no_topics`, `no_complaint`, `nothing_close` or `out_of_date`.
    #[schema(example = "nothing_close")]
    pub code: &'static str,
    /// In words, Korean.
    pub reason: String,
}

impl Draft {
    /// A topic's text for a case.
    pub(super) fn composed(topic: &Topic, composed: Composed, score: f32, draft_id: String) -> Self {
        let slot = |state: &SlotState| DraftSlot { name: state.slot.name(), filled: state.filled };
        let source = |source: &Source| DraftSource {
            id: format!("kb/{}", topic.id),
            title: source.title.clone(),
            url: Some(source.url.clone()),
            valid_until: topic.valid_until.map(|day| day.to_string()),
        };
        Self {
            draft_id,
            mark: MARK,
            language: composed.language,
            form: composed.form.name(),
            slots: composed.slots.iter().map(slot).collect(),
            sources: topic.sources.iter().map(source).collect(),
            score,
            length: DraftLength {
                unit: composed.length.unit,
                used: composed.length.used,
                most: composed.length.most,
            },
            notes: composed.notes.iter().map(|note| note.code()).collect(),
            text: composed.text,
        }
    }

    /// An earlier reply; its length and form are those that were approved.
    pub(super) fn repeated(reply: &EarlierReply, channel: Channel, draft_id: String) -> Self {
        Self {
            draft_id,
            text: reply.text.clone(),
            mark: MARK,
            language: "ko",
            form: Form::of(channel).name(),
            slots: Vec::new(),
            sources: vec![DraftSource {
                id: format!("case/{}", reply.case_id),
                title: "비슷한 민원에 승인된 답변".to_owned(),
                url: None,
                valid_until: reply.valid_until.map(|day| day.to_string()),
            }],
            score: reply.similarity,
            length: DraftLength { unit: "characters", used: reply.text.chars().count(), most: None },
            notes: Vec::new(),
        }
    }
}

impl From<NoDraft> for NoDraftReason {
    fn from(none: NoDraft) -> Self {
        Self { code: none.code(), reason: none.reason() }
    }
}
