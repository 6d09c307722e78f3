//! Cases of the same matter: what came before, what was answered, how often (민원 처리에 관한 법률 §23).

use serde::Serialize;
use utoipa::ToSchema;

use super::cases::{Actor, Cases, ReviewError};
use super::repeats::{Candidate, Present, Repeats, WINDOW, repeats};
use super::similar::SimilarCases;
use crate::domain::CaseId;
use crate::similar::Scope;
use crate::store::CaseRow;

/// An earlier case like the one that is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimilarCase {
    /// The case as it stands.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub row: CaseRow,
    /// How similar, 0 to 1: meaning and wording.
    pub score: f32,
    /// Cosine of the centred vectors.
    pub cosine: f32,
    /// Jaccard index of the syllable pairs.
    pub lexical: f32,
    /// The reply that went out, if one did.
    pub reply: Option<String>,
}

/// What came before.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Matter {
    /// Similar cases within a year, the best first.
    pub similar: Vec<SimilarCase>,
    /// The same matter again.
    pub repeats: Repeats,
    /// The whole log has been searched; false shortly after the start.
    pub complete: bool,
}

impl Cases {
    /// Earlier cases of the same matter. That they were seen is logged.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub async fn matter(
        &self,
        actor: &Actor,
        similar: &SimilarCases,
        id: CaseId,
        limit: usize,
    ) -> Result<Matter, ReviewError> {
        let history = self.view(actor, id).await?;
        let row = &history.row;
        let scope = Scope {
            from: Some(row.received_at - WINDOW),
            until: Some(row.received_at + time::Duration::seconds(1)),
            except: Some(id),
            ..Scope::default()
        };
        let found = similar.like(id, scope, limit).await;
        let complete = similar.is_filled() && found.is_some();
        let found = similar.with_summaries(found.unwrap_or_default()).await?;
        self.seen(actor, "case.similar", Some(id), found.len() as u32).await?;
        let present = Present {
            case_id: Some(id),
            sigungu: row.sigungu.clone(),
            received_at: row.received_at,
            kind: row.labels.kind.clone(),
        };
        let candidates = found.iter().map(|(found, summary)| Candidate {
            case_id: found.case_id,
            score: found.score,
            sigungu: summary.row.sigungu.clone(),
            received_at: summary.row.received_at,
            reply: summary.reply.clone(),
        });
        let repeats = repeats(&present, candidates);
        let similar = found.into_iter().map(|(found, summary)| SimilarCase {
            score: found.score,
            cosine: found.cosine,
            lexical: found.lexical,
            reply: summary.reply,
            row: summary.row,
        });
        Ok(Matter { similar: similar.collect(), repeats, complete })
    }
}
