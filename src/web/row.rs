//! A case as lists show it.

use time::OffsetDateTime;

use super::filter::Wanted;
use super::when::{DueView, epoch_ms, iso, short};
use super::words;
use crate::domain::case::Status;
use crate::domain::{DEPARTMENT, JURISDICTION, Taxonomy, URGENCY};
use crate::store::CaseRow;

/// Characters of the text that a list shows.
const SHOWN: usize = 160;

/// One row.
pub struct RowView {
    /// Id of the case.
    pub id: String,
    /// Address of the case, with the list's filters.
    pub href: String,
    /// Where it stands among the rows: rank, due time, id.
    pub order: String,
    /// Beginning of the masked text.
    pub text: String,
    /// Code of the status.
    pub status_code: &'static str,
    /// Status.
    pub status: &'static str,
    /// Code of the urgency.
    pub urgency_code: String,
    /// Urgency.
    pub urgency: String,
    /// Its sign.
    pub sign: &'static str,
    /// Department.
    pub department: String,
    /// Jurisdiction.
    pub jurisdiction: String,
    /// Channel.
    pub channel: &'static str,
    /// 시·군, if it is known.
    pub sigungu: Option<String>,
    /// When it came in.
    pub received: String,
    /// The same for machines.
    pub received_iso: String,
    /// The province's own limit; `None` for ended cases.
    pub due: Option<DueView>,
    /// Why a person is asked to look.
    pub reasons: Vec<&'static str>,
    /// The ping-pong alarm is on.
    pub alarm: bool,
    /// How often it was sent on.
    pub hops: u32,
}

impl RowView {
    /// A row as it is seen at `now` in a list.
    pub fn new(row: &CaseRow, wanted: &Wanted, taxonomy: &Taxonomy, now: OffsetDateTime) -> Self {
        let labels = &row.labels;
        let mut text: String = row.masked_text.chars().take(SHOWN).collect();
        if row.masked_text.chars().nth(SHOWN).is_some() {
            text.push('…');
        }
        Self {
            id: row.case_id.0.to_string(),
            href: format!("/cases/{}{}", row.case_id.0, wanted.query()),
            order: order(row),
            text,
            status_code: row.status.as_str(),
            status: words::status(row.status),
            urgency: words::label(taxonomy, URGENCY, &labels.urgency),
            sign: words::urgency_sign(&labels.urgency),
            urgency_code: labels.urgency.clone(),
            department: words::label(taxonomy, DEPARTMENT, &labels.department),
            jurisdiction: words::label(taxonomy, JURISDICTION, &labels.jurisdiction),
            channel: words::channel(row.channel),
            sigungu: row.sigungu.clone(),
            received: short(row.received_at),
            received_iso: iso(row.received_at),
            due: row.due_target.filter(|_| !row.status.is_final()).map(|due| DueView::new(due, now)),
            reasons: row.review_reasons.iter().map(|reason| words::reason_short(*reason)).collect(),
            alarm: row.alarm,
            hops: row.hops,
        }
    }
}

/// Sorts as the store's queue does: escalated, open, ended; then by due time; then by id.
pub fn order(row: &CaseRow) -> String {
    order_as(row, row.status)
}

/// The same, had the case this status.
pub fn order_as(row: &CaseRow, status: Status) -> String {
    let rank = match status {
        Status::Escalated => 0,
        status if status.is_final() => 2,
        _ => 1,
    };
    // Times of four-digit years have at most fifteen digits in milliseconds; without a due time a case comes last.
    let due = row.due_target.map_or(i128::from(i64::MAX), epoch_ms);
    format!("{rank}|{due:020}|{}", row.case_id.0)
}
