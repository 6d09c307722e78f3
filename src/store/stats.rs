//! Counters by day and department. They are kept apart from the cases, so that they outlive a purge.

use serde::Serialize;
use time::{Date, OffsetDateTime};

/// Which days and departments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsQuery {
    /// First day, in Korean time.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// Department codes; empty for all.
    pub department: Vec<String>,
    /// Now, for what is overdue.
    pub now: OffsetDateTime,
}

/// What happened on one day in one department. A case counts on the day it was received and in the department that
/// the machine chose; a decision on the day it was made and in the department that had the case. An undone decision
/// is taken off again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DayCounts {
    /// Cases received.
    pub received: i64,
    /// … that went to their department unread.
    pub routed: i64,
    /// … that a person was to decide first.
    pub review: i64,
    /// … that were escalated.
    pub escalated: i64,
    /// Drafts approved as they were.
    pub approved: i64,
    /// Drafts changed, or replies without a draft.
    pub edited: i64,
    /// Edits that began with a draft.
    pub edited_drafts: i64,
    /// Sum of their edit distances, in characters.
    pub edit_distance: i64,
    /// Drafts rejected.
    pub rejected: i64,
    /// Labels confirmed.
    pub confirmed: i64,
    /// Labels corrected.
    pub relabelled: i64,
    /// … with another department: re-routes.
    pub rerouted: i64,
    /// Sent to another agency or 시·군.
    pub transferred: i64,
    /// Ended without a reply.
    pub closed: i64,
    /// Answered, transferred or closed after the province's own limit.
    pub late: i64,
}

impl DayCounts {
    /// The sums of two rows.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            received: self.received + other.received,
            routed: self.routed + other.routed,
            review: self.review + other.review,
            escalated: self.escalated + other.escalated,
            approved: self.approved + other.approved,
            edited: self.edited + other.edited,
            edited_drafts: self.edited_drafts + other.edited_drafts,
            edit_distance: self.edit_distance + other.edit_distance,
            rejected: self.rejected + other.rejected,
            confirmed: self.confirmed + other.confirmed,
            relabelled: self.relabelled + other.relabelled,
            rerouted: self.rerouted + other.rerouted,
            transferred: self.transferred + other.transferred,
            closed: self.closed + other.closed,
            late: self.late + other.late,
        }
    }

    /// Mean edit distance in characters of edits that began with a draft.
    pub fn mean_edit_distance(&self) -> Option<f64> {
        (self.edited_drafts > 0).then(|| self.edit_distance as f64 / self.edited_drafts as f64)
    }

    /// Share of the received cases that a person had to decide first (review and escalation).
    pub fn review_share(&self) -> Option<f64> {
        (self.received > 0).then(|| (self.review + self.escalated) as f64 / self.received as f64)
    }

    /// Share of the drafts decided about that were approved as they were.
    pub fn approval_rate(&self) -> Option<f64> {
        let decided = self.approved + self.edited_drafts + self.rejected;
        (decided > 0).then(|| self.approved as f64 / decided as f64)
    }
}

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayStats {
    /// The day, in Korean time.
    #[serde(with = "iso_date")]
    pub day: Date,
    /// Department code.
    pub department: String,
    /// The numbers.
    #[serde(flatten)]
    pub counts: DayCounts,
}

/// Open cases past their limit, now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// Department code.
    pub department: String,
    /// Past the province's own limit.
    pub target: u64,
    /// … of them past the legal one.
    pub statutory: u64,
}

/// The statistics.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Stats {
    /// By day, then department; rows without any number are left out.
    pub days: Vec<DayStats>,
    /// Overdue now.
    pub overdue: Vec<Overdue>,
}
