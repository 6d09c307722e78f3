//! What a person may do to a case. Each operation checks the version and gives the whole change, or says why not.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::edit::{diff, edit_distance};
use super::error::CaseError;
use super::hops::{Hop, Office};
use super::state::{Before, Case, Labels, Last, Status};
use super::verdict::{Draft, Verdict, unfilled_slot};

/// How long the last change can be undone.
pub const UNDO_WINDOW: Duration = Duration::seconds(10);

/// Who acts, when, and on which version of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Name of the acting person's key.
    pub by: String,
    /// Now.
    pub at: OffsetDateTime,
    /// Version that the person saw.
    pub version: u32,
}

/// Labels to correct; what is `None` stays. If nothing differs in the end, the labels are confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Relabel {
    /// Code of the right department.
    pub department: Option<String>,
    /// Code of the right urgency.
    pub urgency: Option<String>,
    /// Code of the right jurisdiction.
    pub jurisdiction: Option<String>,
    /// Code of the right kind.
    pub kind: Option<String>,
    /// The urgency that holds afterwards is one that escalates; the taxonomy knows.
    pub escalates: bool,
}

/// A change that is allowed: what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The case as it is afterwards; `after.last` says who and when.
    pub after: Case,
    /// Version that must still be in the store.
    pub expected: u32,
    /// Labels before.
    pub labels_before: Labels,
    /// What was decided.
    pub verdict: Verdict,
}

impl Case {
    /// A draft goes out as it is; the case is answered.
    ///
    /// # Errors
    /// [`CaseError::UnfilledSlot`] if a required slot is open, [`CaseError::Stale`], [`CaseError::Closed`].
    pub fn approve(&self, act: Act, draft: &Draft) -> Result<Change, CaseError> {
        self.open(&act)?;
        let open = draft.slots.iter().find(|slot| slot.required && !slot.filled);
        if let Some(name) = open.map(|slot| slot.name.as_str()).or_else(|| unfilled_slot(&draft.text)) {
            return Err(CaseError::UnfilledSlot { name: name.to_owned() });
        }
        let text = present("text", &draft.text)?.to_owned();
        Ok(self.change(act, Status::Answered, Verdict::Approved { draft: draft.id, text }))
    }

    /// A text of the counsellor's, begun from a draft or not, goes out; the case is answered.
    ///
    /// # Errors
    /// [`CaseError::Blank`], [`CaseError::UnfilledSlot`] if a `{{slot}}` is left, [`CaseError::Stale`],
    /// [`CaseError::Closed`].
    pub fn edit(&self, act: Act, draft: Option<&Draft>, text: &str) -> Result<Change, CaseError> {
        self.open(&act)?;
        let text = present("text", text)?;
        if let Some(name) = unfilled_slot(text) {
            return Err(CaseError::UnfilledSlot { name: name.to_owned() });
        }
        let verdict = Verdict::Edited {
            draft: draft.map(|draft| draft.id),
            text: text.to_owned(),
            distance: draft.map(|draft| edit_distance(&draft.text, text)),
            diff: draft.map_or_else(Vec::new, |draft| diff(&draft.text, text)),
        };
        Ok(self.change(act, Status::Answered, verdict))
    }

    /// A draft is not used. A person is at the case now: it is in review, unless it was escalated.
    ///
    /// # Errors
    /// [`CaseError::Blank`] without a reason, [`CaseError::Stale`], [`CaseError::Closed`].
    pub fn reject(&self, act: Act, draft: &Draft, reason: &str) -> Result<Change, CaseError> {
        self.open(&act)?;
        let reason = present("reason", reason)?.to_owned();
        let status = if self.status == Status::Escalated { self.status } else { Status::InReview };
        Ok(self.change(act, status, Verdict::Rejected { draft: draft.id, reason }))
    }

    /// Corrects labels, or confirms them where nothing differs. A person has looked: the case goes to its
    /// department's queue, or is escalated if its urgency says so.
    ///
    /// # Errors
    /// [`CaseError::Blank`] for a correction without a reason, [`CaseError::Stale`], [`CaseError::Closed`].
    pub fn relabel(&self, act: Act, to: Relabel, reason: &str) -> Result<Change, CaseError> {
        self.open(&act)?;
        let status = if to.escalates { Status::Escalated } else { Status::Triaged };
        let from = self.labels.clone();
        let labels = Labels {
            department: to.department.unwrap_or_else(|| from.department.clone()),
            urgency: to.urgency.unwrap_or_else(|| from.urgency.clone()),
            jurisdiction: to.jurisdiction.unwrap_or_else(|| from.jurisdiction.clone()),
            kind: to.kind.unwrap_or_else(|| from.kind.clone()),
        };
        let verdict = if labels == from {
            Verdict::Confirmed { labels: labels.clone() }
        } else {
            Verdict::Relabelled { from, to: labels.clone(), reason: present("reason", reason)?.to_owned() }
        };
        let mut change = self.change(act, status, verdict);
        change.after.labels = labels;
        Ok(change)
    }

    /// Sends the case to another agency or 시·군; it ends here.
    ///
    /// # Errors
    /// [`CaseError::Blank`] without a name or reason, or for a department, which is a matter of
    /// [`relabel`](Self::relabel); [`CaseError::Stale`], [`CaseError::Closed`].
    pub fn transfer(&self, act: Act, to: Office, reason: &str) -> Result<Change, CaseError> {
        self.open(&act)?;
        if matches!(to, Office::Department(_)) {
            return Err(CaseError::Blank { field: "agency" });
        }
        present("agency", to.name())?;
        let reason = present("reason", reason)?.to_owned();
        let verdict = Verdict::Transferred { from: self.labels.department.clone(), to, reason };
        Ok(self.change(act, Status::Transferred, verdict))
    }

    /// Ends the case without a reply.
    ///
    /// # Errors
    /// [`CaseError::Blank`] without a reason, [`CaseError::Stale`], [`CaseError::Closed`].
    pub fn close(&self, act: Act, reason: &str) -> Result<Change, CaseError> {
        self.open(&act)?;
        let reason = present("reason", reason)?.to_owned();
        Ok(self.change(act, Status::Closed, Verdict::Closed { reason }))
    }

    /// Takes back the last change: by the one who made it, within [`UNDO_WINDOW`]. Status and labels are as before;
    /// the hop and the decision stay in the log, marked as undone. An undo cannot be undone.
    ///
    /// # Errors
    /// [`CaseError::NothingToUndo`], [`CaseError::UndoByAnother`], [`CaseError::UndoTooLate`], [`CaseError::Stale`].
    pub fn undo(&self, act: Act) -> Result<Change, CaseError> {
        self.current(&act)?;
        let Some(before) = &self.last.before else { return Err(CaseError::NothingToUndo) };
        if self.last.by != act.by {
            return Err(CaseError::UndoByAnother { by: self.last.by.clone() });
        }
        if act.at - self.last.at > UNDO_WINDOW {
            return Err(CaseError::UndoTooLate);
        }
        let verdict = Verdict::Undone { what: self.last.kind, version: self.version };
        let mut change = self.change(act, before.status, verdict);
        change.after.labels = before.labels.clone();
        change.after.last.before = None;
        for hop in change.after.hops.iter_mut().filter(|hop| hop.version == self.version) {
            hop.undone = true;
        }
        Ok(change)
    }

    fn current(&self, act: &Act) -> Result<(), CaseError> {
        if act.version == self.version {
            return Ok(());
        }
        Err(CaseError::stale(act.version, self.version, &self.last))
    }

    /// The version is the caller's and the case has not ended. A second decision on a version that the caller did
    /// not see is stale first: who was faster matters more than how it ended.
    fn open(&self, act: &Act) -> Result<(), CaseError> {
        self.current(act)?;
        if self.status.is_final() {
            let Last { by, at, .. } = self.last.clone();
            return Err(CaseError::Closed { status: self.status, by, at });
        }
        Ok(())
    }

    fn change(&self, act: Act, status: Status, verdict: Verdict) -> Change {
        let version = self.version + 1;
        let mut hops = self.hops.clone();
        if let Some((from, to, reason)) = verdict.hop() {
            let (from, reason) = (from.to_owned(), reason.to_owned());
            hops.push(Hop { version, from, to, by: act.by.clone(), at: act.at, reason, undone: false });
        }
        let before = Before { status: self.status, labels: self.labels.clone() };
        let last = Last { kind: verdict.kind(), by: act.by, at: act.at, before: Some(before) };
        let after = Self { id: self.id, version, status, labels: self.labels.clone(), hops, last };
        Change { after, expected: self.version, labels_before: self.labels.clone(), verdict }
    }
}

fn present<'a>(field: &'static str, text: &'a str) -> Result<&'a str, CaseError> {
    let text = text.trim();
    if text.is_empty() { Err(CaseError::Blank { field }) } else { Ok(text) }
}
