//! Time and chance as parameters: whoever needs them is handed one of these.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Tells the time. The only implementation that reads the system clock is built in `cli`.
pub trait Clock: Send + Sync {
    /// Now, with the offset in which times are shown (+09:00).
    fn now(&self) -> OffsetDateTime;
}

impl<F: Fn() -> OffsetDateTime + Send + Sync> Clock for F {
    fn now(&self) -> OffsetDateTime {
        self()
    }
}

/// Identifier of a case: a `UUIDv7`, so that ids sort by the time they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub Uuid);

impl CaseId {
    /// Builds an id from a time (millisecond precision) and ten random bytes (RFC 9562 §5.7).
    pub fn from_parts(at: OffsetDateTime, random: [u8; 10]) -> Self {
        let millis = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

/// Gives fresh case ids.
pub trait IdSource: Send + Sync {
    /// The next id for a case received at `at`.
    fn next(&self, at: OffsetDateTime) -> CaseId;
}

impl<F: Fn(OffsetDateTime) -> CaseId + Send + Sync> IdSource for F {
    fn next(&self, at: OffsetDateTime) -> CaseId {
        self(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn later_cases_have_greater_ids() {
        let first = CaseId::from_parts(datetime!(2026-11-23 09:12 +9), [0xff; 10]);
        let second = CaseId::from_parts(datetime!(2026-11-23 09:12:00.001 +9), [0; 10]);
        assert!(first < second);
        assert_eq!(first.0.get_version_num(), 7);
    }
}
