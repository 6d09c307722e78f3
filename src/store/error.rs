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

/// Codes of SQLite (primary ones) that mean: not now. Busy, locked, no memory, read-only, input/output, corrupt, full,
/// cannot open, protocol, authorisation, not a database.
const SQLITE_UNAVAILABLE: [i32; 11] = [5, 6, 7, 8, 10, 11, 13, 14, 15, 23, 26];

/// Classes and codes of PostgreSQL that mean: not now. Connection, resources (disk full), operator, system, roll-back
/// (deadlock), cancelled, read-only, lock not available.
const POSTGRES_UNAVAILABLE: [&str; 9] = ["08", "53", "57", "58", "40", "XX", "25006", "55P03", "28"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let unavailable = |reason: String| Self::Unavailable { reason };
        match &error {
            E::Io(e) => unavailable(format!("input or output failed ({})", e.kind())),
            E::PoolTimedOut => unavailable("no connection came free in time".into()),
            E::PoolClosed => unavailable("the connections are closed".into()),
            E::WorkerCrashed => unavailable("the connection's thread ended".into()),
            E::Tls(_) => unavailable("no TLS connection".into()),
            E::Protocol(_) => unavailable("the connection broke off".into()),
            E::Database(e) => Self::from_code(e.code().as_deref().unwrap_or_default()),
            E::RowNotFound => Self::Unexpected { what: "no row".into() },
            E::ColumnDecode { index, .. } => Self::Unexpected { what: format!("column {index}") },
            E::ColumnNotFound(name) => Self::Unexpected { what: format!("no column `{name}`") },
            E::Configuration(_) => Self::Unexpected { what: "the connection's settings".into() },
            _ => Self::Unexpected { what: "the driver's answer".into() },
        }
    }
}

impl StoreError {
    /// From a database's own code: five characters of PostgreSQL or a number of SQLite.
    fn from_code(code: &str) -> Self {
        let unavailable = match code.parse::<i32>() {
            Ok(number) if code.len() != 5 => SQLITE_UNAVAILABLE.contains(&(number & 0xff)),
            _ => POSTGRES_UNAVAILABLE.iter().any(|start| code.starts_with(start)),
        };
        let what = format!("database error {code}");
        if unavailable { Self::Unavailable { reason: what } } else { Self::Unexpected { what } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_told_from_what_is_a_bug() {
        // SQLite: full, read-only, read-only with an extended code, constraint. PostgreSQL: disk full, read-only,
        // shutdown, deadlock, unique violation, missing table.
        for code in ["13", "8", "776", "53100", "25006", "57P01", "40P01"] {
            assert!(matches!(StoreError::from_code(code), StoreError::Unavailable { .. }), "{code}");
        }
        for code in ["19", "1", "2067", "23505", "42P01", "22021"] {
            assert!(matches!(StoreError::from_code(code), StoreError::Unexpected { .. }), "{code}");
        }
    }
}
