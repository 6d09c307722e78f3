//! What a person decided about a case, with everything that is kept of it, and the drafts they decided about.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::edit::Piece;
use super::hops::Office;
use super::state::{Labels, UnknownName};

/// Identifier of a draft reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DraftId(pub Uuid);

/// A place in a draft that a person or the record fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Name, as in `{{담당자}}`.
    pub name: String,
    /// Something stands there.
    pub filled: bool,
    /// A reply may not leave without it (시행령 §31: department, name and contact of the officer).
    #[serde(default = "required")]
    pub required: bool,
}

const fn required() -> bool {
    true
}

/// A draft reply as far as a decision needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Identifier.
    pub id: DraftId,
    /// Its text.
    pub text: String,
    /// Its slots.
    pub slots: Vec<Slot>,
}

/// What was decided, with what must be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// A draft goes out as it is.
    Approved {
        /// The draft.
        draft: DraftId,
        /// Text that goes out.
        text: String,
    },
    /// A changed draft, or a reply of the counsellor's own, goes out.
    Edited {
        /// The draft it began with.
        draft: Option<DraftId>,
        /// Text that goes out.
        text: String,
        /// Levenshtein distance to the draft in characters.
        distance: Option<u32>,
        /// Word by word, what was kept, taken out and put in.
        diff: Vec<Piece>,
    },
    /// A draft is not used.
    Rejected {
        /// The draft.
        draft: DraftId,
        /// Why.
        reason: String,
    },
    /// A person looked at the labels and left them.
    Confirmed {
        /// The labels.
        labels: Labels,
    },
    /// Labels were corrected; a change of department is a hop.
    Relabelled {
        /// Labels before.
        from: Labels,
        /// Labels after.
        to: Labels,
        /// Why.
        reason: String,
    },
    /// Sent to another agency or 시·군.
    Transferred {
        /// Code of the department that had it.
        from: String,
        /// Who gets it.
        to: Office,
        /// Why.
        reason: String,
    },
    /// Ended without a reply.
    Closed {
        /// Why.
        reason: String,
    },
    /// The last change was taken back.
    Undone {
        /// What was taken back.
        what: VerdictKind,
        /// The version that the undone change had made.
        version: u32,
    },
}

/// The kinds of changes by name; also the names of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// The case was triaged and recorded.
    Triaged,
    /// Drafts were added; no change of version.
    Drafted,
    /// See [`Verdict::Approved`].
    Approved,
    /// See [`Verdict::Edited`].
    Edited,
    /// See [`Verdict::Rejected`].
    Rejected,
    /// See [`Verdict::Confirmed`].
    Confirmed,
    /// See [`Verdict::Relabelled`].
    Relabelled,
    /// See [`Verdict::Transferred`].
    Transferred,
    /// See [`Verdict::Closed`].
    Closed,
    /// See [`Verdict::Undone`].
    Undone,
}

impl VerdictKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Triaged,
        Self::Drafted,
        Self::Approved,
        Self::Edited,
        Self::Rejected,
        Self::Confirmed,
        Self::Relabelled,
        Self::Transferred,
        Self::Closed,
        Self::Undone,
    ];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Triaged => "triaged",
            Self::Drafted => "drafted",
            Self::Approved => "approved",
            Self::Edited => "edited",
            Self::Rejected => "rejected",
            Self::Confirmed => "confirmed",
            Self::Relabelled => "relabelled",
            Self::Transferred => "transferred",
            Self::Closed => "closed",
            Self::Undone => "undone",
        }
    }
}

impl FromStr for VerdictKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or(UnknownName("kind of change"))
    }
}

impl Verdict {
    /// Its name.
    pub const fn kind(&self) -> VerdictKind {
        match self {
            Self::Approved { .. } => VerdictKind::Approved,
            Self::Edited { .. } => VerdictKind::Edited,
            Self::Rejected { .. } => VerdictKind::Rejected,
            Self::Confirmed { .. } => VerdictKind::Confirmed,
            Self::Relabelled { .. } => VerdictKind::Relabelled,
            Self::Transferred { .. } => VerdictKind::Transferred,
            Self::Closed { .. } => VerdictKind::Closed,
            Self::Undone { .. } => VerdictKind::Undone,
        }
    }

    /// From which department, to whom and why, if it sent the case on.
    pub fn hop(&self) -> Option<(&str, Office, &str)> {
        match self {
            Self::Relabelled { from, to, reason } if from.department != to.department => {
                Some((&from.department, Office::Department(to.department.clone()), reason))
            }
            Self::Transferred { from, to, reason } => Some((from, to.clone(), reason)),
            _ => None,
        }
    }

    /// The reply that goes out, if one does.
    pub fn reply(&self) -> Option<&str> {
        match self {
            Self::Approved { text, .. } | Self::Edited { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// The first `{{slot}}` that is still open in a text.
pub fn unfilled_slot(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("{{")?;
    let (name, _) = rest.split_once("}}")?;
    Some(name.trim())
}
