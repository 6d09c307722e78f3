//! Why an operation of the store failed. Messages carry codes, never values: a value may be a complaint's text.

use time::OffsetDateTime;

use crate::domain::case::VerdictKind;

/// The case was changed by somebody else in the meantime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Version that the case has.
    pub version: u32,
    /// What was done last.
    pub what: VerdictKind,
    /// By whom.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Down, cut off, too slow, full, or not writable: try again later.
    #[error("the case log is not available: {reason}")]
    Unavailable {
        /// What the driver said, without values.
        reason: String,
    },
    /// Somebody else was first.
    #[error("the case has changed: it is at version {}", .0.version)]
    Conflict(Conflict),
    /// The database is at another schema than this program.
    #[error("the database has schema {found}, this program needs {needed}\nhint: {}", hint(*found, *needed))]
    Schema {
        /// Version in the database.
        found: u32,
        /// Version of this program.
        needed: u32,
    },
    /// A row that this program cannot read, or a statement that the database refuses: a bug, or a hand in the database.
    #[error("the case log gave something unexpected: {what}")]
    Unexpected {
        /// Table, column or code; no values.
        what: String,
    },
}

fn hint(found: u32, needed: u32) -> &'static str {
    if found < needed { "run `minwon migrate`" } else { "use a newer program" }
}
