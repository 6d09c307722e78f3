//! Whether a complaint was made before: which earlier cases are of the same matter, and what the law says from the
//! third time on. Pure.
//!
//! 민원 처리에 관한 법률 §23①: the same matter, handed in three times or more without good reason (not a 법정민원), may
//! be closed after the result was told twice or more. §23③: sameness is judged by nature, likeness, and whether the
//! answer could only be the same. All this is a person's judgement: the product shows, and closes nothing. The log
//! does not know who wrote (texts are masked), so neither does the count.

use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

use crate::domain::CaseId;

/// Fused score from which on two cases are of the same matter.
pub const SAME_MATTER: f32 = 0.5;
/// How far back a case may lie.
pub const WINDOW: Duration = Duration::days(365);
/// From so many cases on, the present one counted, the note is shown (§23①).
pub const NOTE_FROM: usize = 3;
/// So many results must have been told before a later case may be closed (§23①).
pub const NOTICES: usize = 2;

/// The case that is being looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// The case, if it has an id yet.
    pub case_id: Option<CaseId>,
    /// 시·군 of its place.
    pub sigungu: Option<String>,
    /// When it came in.
    pub received_at: OffsetDateTime,
    /// Code of its kind; `statutory` is a 법정민원, for which there is no note.
    pub kind: String,
}

/// A case that may be of the same matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The case.
    pub case_id: CaseId,
    /// Fused score.
    pub score: f32,
    /// 시·군 of its place.
    pub sigungu: Option<String>,
    /// When it came in.
    pub received_at: OffsetDateTime,
    /// The reply that went out, if one did.
    pub reply: Option<String>,
}

/// An earlier case of the same matter.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Repeat {
    /// The case.
    #[schema(value_type = String)]
    pub case_id: CaseId,
    /// Fused score, 0 to 1.
    pub score: f32,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub received_at: OffsetDateTime,
    /// The reply that went out, if one did.
    pub reply: Option<String>,
}

/// How often the matter came up.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Repeats {
    /// Cases of the same matter within a year, the present one counted: 1 for a matter that is new.
    pub count: usize,
    /// Results that were told.
    pub notices: usize,
    /// The earlier cases, newest first.
    pub earlier: Vec<Repeat>,
    /// What the law allows a person to do, from the third time on.
    pub note: Option<String>,
}

/// Which candidates are of the same matter as the present case.
pub fn repeats(present: &Present, candidates: impl IntoIterator<Item = Candidate>) -> Repeats {
    let mut earlier: Vec<Repeat> = candidates
        .into_iter()
        .filter(|candidate| is_same_matter(present, candidate))
        .map(|Candidate { case_id, score, received_at, reply, .. }| Repeat { case_id, score, received_at, reply })
        .collect();
    earlier.sort_by(|a, b| b.received_at.cmp(&a.received_at).then(b.case_id.cmp(&a.case_id)));
    earlier.dedup_by_key(|repeat| repeat.case_id);
    let (count, notices) = (earlier.len() + 1, earlier.iter().filter(|repeat| repeat.reply.is_some()).count());
    let note = (count >= NOTE_FROM && present.kind != "statutory").then(|| note(count, notices));
    Repeats { count, notices, earlier, note }
}

fn is_same_matter(present: &Present, candidate: &Candidate) -> bool {
    let there = match (&present.sigungu, &candidate.sigungu) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    let age = present.received_at - candidate.received_at;
    let within = !age.is_negative() && age <= WINDOW;
    candidate.score >= SAME_MATTER && there && within && present.case_id != Some(candidate.case_id)
}

fn note(count: usize, notices: usize) -> String {
    let may = if notices >= NOTICES {
        "같은 민원인이 정당한 사유 없이 반복한 것이라면, 담당자의 판단으로 종결 처리할 수 있습니다."
    } else {
        "처리 결과를 2회 이상 통지한 뒤에만 종결 처리할 수 있습니다."
    };
    format!(
        "동일한 내용으로 보이는 민원이 {count}회째이며, 지금까지 결과를 {notices}회 통지했습니다(민원 처리에 관한 법률 \
         제23조). {may} 같은 민원인인지 확인해 주십시오. 자동으로 종결되지 않습니다."
    )
}

#[cfg(test)]
mod tests;
