//! Retention: which ended cases go, and what a purge did.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;

use crate::domain::case::Status;

/// Whether anything is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurgeMode {
    /// Only count.
    DryRun,
    /// Delete.
    Delete,
}

/// What goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgePlan {
    /// For each status, the time before which the last change of a case must lie. A status that is not named stays; an
    /// open one may be named, for cases that were forgotten.
    pub older_than: Vec<(Status, OffsetDateTime)>,
    /// Rows of the access log before this time go too (two years: 안전성 확보조치 기준 §8).
    pub access_before: Option<OffsetDateTime>,
    /// Whether to delete.
    pub mode: PurgeMode,
}

/// What went, or would go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PurgeReport {
    /// Cases by status.
    pub cases: BTreeMap<String, u64>,
    /// Rows of the access log.
    pub access: u64,
    /// Size of the database in bytes before.
    pub bytes_before: u64,
    /// … and after; the same for a dry run.
    pub bytes_after: u64,
}
