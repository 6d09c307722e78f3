//! Why a change of a case is refused.

use time::OffsetDateTime;

use super::state::{Last, Status};
use super::verdict::VerdictKind;

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// The caller saw an older version: somebody else was first.
    #[error("the case has changed since version {seen}: it is at version {version}")]
    Stale {
        /// Version that the caller saw.
        seen: u32,
        /// Version that the case has.
        version: u32,
        /// What was done last.
        what: VerdictKind,
        /// Who did it; kept out of the message, which may reach a log.
        by: String,
        /// When.
        at: OffsetDateTime,
    },
    /// The case has ended.
    #[error("the case is `{}`", status.as_str())]
    Closed {
        /// How it ended.
        status: Status,
        /// Who ended it.
        by: String,
        /// When.
        at: OffsetDateTime,
    },
    /// A reply with an open required slot may not leave.
    #[error("the slot `{name}` is not filled\nhint: fill it, then send the text as an edit")]
    UnfilledSlot {
        /// Name of the slot.
        name: String,
    },
    /// A text that must not be blank is blank: a reply, a reason or the name of an office.
    #[error("`{field}` is blank")]
    Blank {
        /// Which.
        field: &'static str,
    },
    /// There is no change that could be undone.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// The last change is somebody else's.
    #[error("only who made the last change can undo it")]
    UndoByAnother {
        /// Whose it is.
        by: String,
    },
    /// The last change is too old.
    #[error("a change can be undone for {} seconds only", super::UNDO_WINDOW.whole_seconds())]
    UndoTooLate,
}

impl CaseError {
    pub(super) fn stale(seen: u32, version: u32, last: &Last) -> Self {
        Self::Stale { seen, version, what: last.kind, by: last.by.clone(), at: last.at }
    }
}
