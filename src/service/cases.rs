//! What people do with cases: look, decide, correct, send on. Ids and times are made here; which change is allowed is
//! decided in [`crate::domain::case`], and who is first in [`crate::store`].

use std::sync::Arc;

use time::OffsetDateTime;

use super::keys::Identity;
use super::rooms::Rooms;
use crate::calendar::Clock as OfficeClock;
use crate::domain::case::{Act, CaseError, Change, DraftId, Office, Relabel};
use crate::domain::{CaseId, Clock, HEADS, Taxonomy};
use crate::store::{
    AccessEntry, CaseStore, Counts, Event, Filter, History, Page, PageRequest, Stats, StatsQuery, StoreError,
};

/// A caller with the address it calls from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub identity: Identity,
    /// From where; empty for the command line.
    pub address: String,
}

/// Why something about a case was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// No such case.
    #[error("there is no such case")]
    NoCase,
    /// No such draft of this case.
    #[error("the case has no such draft")]
    NoDraft,
    /// A label code that the taxonomy does not have.
    #[error("`{head}` has no label of this code")]
    UnknownLabel {
        /// The head.
        head: &'static str,
    },
    /// The draft was made for an earlier version of the case.
    #[error("the draft was made for version {made_for} of the case\nhint: ask for drafts again")]
    StaleDraft {
        /// Version it was made for.
        made_for: u32,
    },
    /// Not allowed in the case's state, or somebody else was first.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a person decides about a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decide {
    /// The draft goes out as it is.
    Approve(DraftId),
    /// This text goes out.
    Edit(Option<DraftId>, String),
    /// The draft is not used.
    Reject(DraftId, String),
}

/// A written change: the case as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The change.
    pub change: Change,
    /// For a re-route or transfer: until when the paper has to be passed on (시행령 §13), and the rule.
    pub pass_on_by: Option<(OffsetDateTime, String)>,
}

/// The case log as people use it.
pub struct Cases {
    store: Arc<dyn CaseStore>,
    taxonomy: Arc<Taxonomy>,
    clock: Arc<dyn Clock>,
    rooms: Arc<Rooms>,
}

impl Cases {
    /// Over a store.
    pub fn new(
        store: Arc<dyn CaseStore>,
        taxonomy: Arc<Taxonomy>,
        clock: Arc<dyn Clock>,
        rooms: Arc<Rooms>,
    ) -> Self {
        Self { store, taxonomy, clock, rooms }
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// The store, for reading that needs no judgement.
    pub fn store(&self) -> &Arc<dyn CaseStore> {
        &self.store
    }

    /// One case; that it was seen is logged first (안전성 확보조치 기준 §8).
    ///
    /// # Errors
    /// [`ReviewError::NoCase`], [`ReviewError::Store`].
    pub async fn view(&self, actor: &Actor, id: CaseId) -> Result<History, ReviewError> {
        self.seen(actor, "case.view", Some(id), 1).await?;
        self.history(id).await
    }

    /// One page of cases; how many were seen is logged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page, StoreError> {
        let page = self.store.list(filter, page).await?;
        self.seen(actor, "case.list", None, page.rows.len() as u32).await?;
        Ok(page)
    }

    /// Numbers for a filter.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts(&self, filter: &Filter) -> Result<Counts, StoreError> {
        self.store.counts(filter).await
    }

    /// Statistics.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stats(
        &self,
        from: time::Date,
        to: time::Date,
        department: Vec<String>,
    ) -> Result<Stats, StoreError> {
        self.store.stats(&StatsQuery { from, to, department, now: self.clock.now() }).await
    }

    /// Events after a number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.store.events_after(seq, limit).await
    }

    /// Approves, edits or rejects a draft.
    ///
    /// # Errors
    /// [`ReviewError`]; of simultaneous decisions one wins, the others get [`CaseError::Stale`] or
    /// [`StoreError::Conflict`] with the name of the first.
    pub async fn decide(
        &self,
        actor: &Actor,
        id: CaseId,
        version: u32,
        decide: Decide,
    ) -> Result<Written, ReviewError> {
        let history = self.history(id).await?;
        let act = self.act(actor, version);
        let draft = |draft: DraftId| {
            let row = history.drafts.iter().find(|row| row.draft.id == draft).ok_or(ReviewError::NoDraft)?;
            // Who was faster matters more than what the draft was made for: the state machine says so first.
            if row.version != history.case.version && version == history.case.version {
                return Err(ReviewError::StaleDraft { made_for: row.version });
            }
            Ok(row.draft.to_draft())
        };
        let change = match decide {
            Decide::Approve(id) => history.case.approve(act, &draft(id)?)?,
            Decide::Edit(Some(id), text) => history.case.edit(act, Some(&draft(id)?), &text)?,
            Decide::Edit(None, text) => history.case.edit(act, None, &text)?,
            Decide::Reject(id, reason) => history.case.reject(act, &draft(id)?, &reason)?,
        };
        self.write(actor, change).await
    }

    /// Corrects labels, or confirms them.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub async fn relabel(
        &self,
        actor: &Actor,
        id: CaseId,
        version: u32,
        mut to: Relabel,
        reason: &str,
    ) -> Result<Written, ReviewError> {
        for (head, code) in HEADS.into_iter().zip([&to.department, &to.urgency, &to.jurisdiction, &to.kind]) {
            if code.as_ref().is_some_and(|code| self.taxonomy.label(head, code).is_none()) {
                return Err(ReviewError::UnknownLabel { head });
            }
        }
        let history = self.history(id).await?;
        let urgency = to.urgency.as_ref().unwrap_or(&history.case.labels.urgency);
        to.escalates = self.taxonomy.urgency.iter().any(|label| label.code == *urgency && label.escalates);
        let change = history.case.relabel(self.act(actor, version), to, reason)?;
        self.write(actor, change).await
    }

    /// Sends a case to another agency or 시·군.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub async fn transfer(
        &self,
        actor: &Actor,
        id: CaseId,
        version: u32,
        to: Office,
        reason: &str,
    ) -> Result<Written, ReviewError> {
        let change = self.history(id).await?.case.transfer(self.act(actor, version), to, reason)?;
        self.write(actor, change).await
    }

    /// Ends a case without a reply.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub async fn close(
        &self,
        actor: &Actor,
        id: CaseId,
        version: u32,
        reason: &str,
    ) -> Result<Written, ReviewError> {
        let change = self.history(id).await?.case.close(self.act(actor, version), reason)?;
        self.write(actor, change).await
    }

    /// Takes back the actor's own last change.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub async fn undo(&self, actor: &Actor, id: CaseId, version: u32) -> Result<Written, ReviewError> {
        let change = self.history(id).await?.case.undo(self.act(actor, version))?;
        self.write(actor, change).await
    }

    /// Notes in the access log what somebody saw.
    ///
    /// # Errors
    /// [`StoreError`]: what cannot be logged is not shown.
    pub async fn seen(
        &self,
        actor: &Actor,
        action: &str,
        case_id: Option<CaseId>,
        cases: u32,
    ) -> Result<(), StoreError> {
        let entry = AccessEntry {
            at: self.clock.now(),
            actor: actor.identity.name.clone(),
            address: actor.address.clone(),
            action: action.to_owned(),
            case_id,
            cases,
            reason: None,
        };
        self.store.append_access(vec![entry]).await
    }

    fn act(&self, actor: &Actor, version: u32) -> Act {
        Act { by: actor.identity.name.clone(), at: self.clock.now(), version }
    }

    async fn history(&self, id: CaseId) -> Result<History, ReviewError> {
        self.store.case(id).await?.ok_or(ReviewError::NoCase)
    }

    async fn write(&self, actor: &Actor, change: Change) -> Result<Written, ReviewError> {
        let action = format!("case.{}", change.verdict.kind().as_str());
        self.seen(actor, &action, Some(change.after.id), 1).await?;
        self.store.apply(&change).await?.ok_or(ReviewError::NoCase)?;
        let pass_on_by = change.verdict.hop().map(|(_, to, _)| {
            let clock = match to {
                Office::Department(_) => OfficeClock::WithinAgency,
                Office::Agency(_) | Office::CityCounty(_) => OfficeClock::ToOtherAgency,
            };
            self.rooms.pass_on(clock, change.after.last.at)
        });
        Ok(Written { change, pass_on_by })
    }
}
