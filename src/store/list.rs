//! Lists of cases: filter, order, keyset cursor, counts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::case::{Labels, Status, VerdictKind};
use crate::domain::{CaseId, Channel, Decision, ReviewReason};

/// Which cases. Empty lists and `None` do not restrict; several values of a field are alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Statuses.
    pub status: Vec<Status>,
    /// Department codes.
    pub department: Vec<String>,
    /// Urgency codes.
    pub urgency: Vec<String>,
    /// Jurisdiction codes.
    pub jurisdiction: Vec<String>,
    /// Channels.
    pub channel: Vec<Channel>,
    /// Open cases whose own target is before this time (overdue, with the time now).
    pub due_before: Option<OffsetDateTime>,
    /// Received at or after.
    pub received_from: Option<OffsetDateTime>,
    /// Received before.
    pub received_until: Option<OffsetDateTime>,
    /// All words occur in the masked text, each as a whole or in part. By character bigrams: a word of three syllables
    /// or more may in rare cases match a text that holds its pairs apart from each other.
    pub text: Option<String>,
    /// Only cases with the ping-pong alarm.
    pub alarm: bool,
    /// The caller's own id.
    pub external_id: Option<String>,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// What to do next: escalated, then other open cases, then ended ones; each by due time, then by id.
    #[default]
    Queue,
    /// Newest first, by the time of receipt.
    Newest,
}

/// Where a page ended. Opaque to callers; text form by `Display` and `FromStr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(super) order: Order,
    pub(super) rank: i64,
    pub(super) at: i64,
    pub(super) id: Uuid,
}

impl Cursor {
    /// The order that it belongs to.
    pub const fn order(&self) -> Order {
        self.order
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list\nhint: pass `next` of the page before, with the same order")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = if self.order == Order::Queue { 'q' } else { 'n' };
        write!(f, "{order}{}.{}.{}", self.rank, self.at, self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (order, rest) = match text.split_at_checked(1)? {
                ("q", rest) => (Order::Queue, rest),
                ("n", rest) => (Order::Newest, rest),
                _ => return None,
            };
            let mut parts = rest.split('.');
            let mut number = || parts.next()?.parse().ok();
            let (rank, at) = (number()?, number()?);
            let id = Uuid::try_parse(parts.next()?).ok()?;
            parts.next().is_none().then_some(Self { order, rank, at, id })
        };
        parse().ok_or(InvalidCursor)
    }
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Order; must be the cursor's own.
    pub order: Order,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// Most rows; 1 to 500.
    pub limit: u32,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Rows.
    pub rows: Vec<CaseRow>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// A case as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseRow {
    /// Identifier.
    pub case_id: CaseId,
    /// Version.
    pub version: u32,
    /// Where it stands.
    pub status: Status,
    /// Labels that hold now.
    #[serde(flatten)]
    pub labels: Labels,
    /// What the decision rule said.
    pub decision: Decision,
    /// Why a person was asked to look.
    pub review_reasons: Vec<ReviewReason>,
    /// By which channel it came.
    pub channel: Channel,
    /// The caller's own id.
    pub external_id: Option<String>,
    /// When it came in.
    #[serde(with = "time::serde::rfc3339")]
    pub received_at: OffsetDateTime,
    /// The legal limit.
    #[serde(with = "time::serde::rfc3339::option")]
    pub due_statutory: Option<OffsetDateTime>,
    /// The province's own limit.
    #[serde(with = "time::serde::rfc3339::option")]
    pub due_target: Option<OffsetDateTime>,
    /// 시·군 of its place.
    pub sigungu: Option<String>,
    /// The only form of the text that is stored.
    pub masked_text: String,
    /// How often it was sent on; undone hops are not counted.
    pub hops: u32,
    /// The ping-pong alarm is on.
    pub alarm: bool,
    /// What was done last.
    pub changed_what: VerdictKind,
    /// By whom.
    pub changed_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub changed_at: OffsetDateTime,
}

/// Numbers for a filter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// All cases.
    pub total: u64,
    /// By status; statuses without a case are left out.
    pub by_status: BTreeMap<String, u64>,
    /// By urgency.
    pub by_urgency: BTreeMap<String, u64>,
    /// By department.
    pub by_department: BTreeMap<String, u64>,
    /// With the ping-pong alarm.
    pub alarms: u64,
}
