//! Draft replies for a case that is in the log.

use super::answer::Answer;
use super::cases::{Actor, Cases, ReviewError};
use super::draft::{Draft, NoDraftReason};
use super::record;
use super::triage::{Triage, TriageError, TriageRequest};
use crate::domain::CaseId;
use crate::inference::Explain;
use crate::text::normalise;

/// Drafts of a case, bound to its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Replies {
    /// Version of the case that they were made for; a later one makes them void.
    pub version: u32,
    /// The drafts, the best first.
    pub drafts: Vec<Draft>,
    /// Why there is none.
    pub none: Option<NoDraftReason>,
}

/// Why there are no drafts at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepliesError {
    /// The case.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The model.
    #[error(transparent)]
    Triage(#[from] TriageError),
}

impl Cases {
    /// Makes drafts for a case as it stands and keeps them. The labels that hold now count, also where a person
    /// corrected them: the model is asked only for what the text says.
    ///
    /// # Errors
    /// [`RepliesError`]; [`crate::store::StoreError::Conflict`] if the case changed meanwhile: such drafts are dropped.
    pub async fn replies(
        &self,
        actor: &Actor,
        triage: &Triage,
        id: CaseId,
        most: usize,
    ) -> Result<Replies, RepliesError> {
        let history = self.view(actor, id).await?;
        let text = normalise::parse(&history.row.masked_text).map_err(|_| ReviewError::NoCase)?;
        let request = TriageRequest {
            id: None,
            text,
            channel: history.row.channel,
            received_at: Some(history.row.received_at),
            top_k: 0,
            explain: Explain::No,
            suggest: most,
            log: false,
            case: Some(id),
        };
        let answer = triage.triage(vec![request]).await?.pop().ok_or(TriageError::Closed)?;
        let Answer { replies, no_draft, .. } = answer;
        let version = history.case.version;
        if !replies.is_empty() {
            let drafts = record::drafts(&replies, self.now());
            let added = self.store().add_drafts(id, version, drafts).await.map_err(ReviewError::from)?;
            added.ok_or(ReviewError::NoCase)?;
        }
        Ok(Replies { version, drafts: replies, none: no_draft })
    }
}
