//! Rows as they lie in the tables, and what they mean.

mod parts;

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::FromRow;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

pub(super) use parts::{
    DecisionRecord, DraftRecord, EventRecord, PlaceRecord, PredictionRecord, SignalRecord,
};

use super::case::Due;
use super::error::{Conflict, StoreError};
use super::history::DecisionRow;
use super::list::CaseRow;
use crate::domain::CaseId;
use crate::domain::case::{Case, Labels, Last, hops_of};

/// A time as it is stored: microseconds since 1970, cut.
pub(super) fn micros(at: OffsetDateTime) -> i64 {
    at.unix_timestamp_nanos().div_euclid(1_000) as i64
}

/// A stored time, with Korea's offset.
pub(super) fn time_of(micros: i64) -> OffsetDateTime {
    let korea = UtcOffset::from_hms(9, 0, 0).expect("+09:00 is an offset");
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
    at.unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(korea)
}

fn unexpected(what: &str) -> StoreError {
    StoreError::Unexpected { what: what.to_owned() }
}

/// Reads a name by `FromStr`.
pub(super) fn named<T: FromStr>(what: &str, name: &str) -> Result<T, StoreError> {
    name.parse().map_err(|_| unexpected(what))
}

/// Reads a name by serde, for enumerations without `FromStr`.
fn by_serde<T: DeserializeOwned>(what: &str, name: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).map_err(|_| unexpected(what))
}

/// The name of an enumeration's value as serde writes it.
pub(super) fn name_of<T: Serialize>(value: &T) -> String {
    let name = serde_json::to_value(value).ok();
    name.and_then(|name| name.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

/// Reads stored JSON.
pub(super) fn from_json<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|_| unexpected(what))
}

/// JSON to store.
pub(super) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data is always JSON")
}

/// Columns of [`CaseRecord`], with the table's short name.
pub(super) const CASE_COLUMNS: &str = "c.created_seq, c.changed_seq, c.id, c.version, c.status, c.department, \
    c.urgency, c.jurisdiction, c.kind, c.decision, c.review_reasons, c.channel, c.external_id, c.language, \
    c.received_at, c.due_statutory, c.due_target, c.due_basis, c.sigungu, c.masked_text, c.hops, c.alarm, \
    c.changed_what, c.changed_by, c.changed_at, c.undo, c.queue_rank, c.queue_due";

/// A row of `cases`.
#[derive(FromRow)]
pub(super) struct CaseRecord {
    pub changed_seq: i64,
    pub id: Uuid,
    pub version: i64,
    pub status: String,
    pub department: String,
    pub urgency: String,
    pub jurisdiction: String,
    pub kind: String,
    pub decision: String,
    pub review_reasons: String,
    pub channel: String,
    pub external_id: Option<String>,
    pub language: String,
    pub received_at: i64,
    pub due_statutory: Option<i64>,
    pub due_target: Option<i64>,
    pub due_basis: Option<String>,
    pub sigungu: Option<String>,
    pub masked_text: String,
    pub hops: i64,
    pub alarm: bool,
    pub changed_what: String,
    pub changed_by: String,
    pub changed_at: i64,
    pub undo: Option<String>,
    pub queue_rank: i64,
    pub queue_due: i64,
}

impl CaseRecord {
    pub fn labels(&self) -> Labels {
        Labels {
            department: self.department.clone(),
            urgency: self.urgency.clone(),
            jurisdiction: self.jurisdiction.clone(),
            kind: self.kind.clone(),
        }
    }

    pub fn due(&self) -> Option<Due> {
        let (statutory, target) = (self.due_statutory?, self.due_target?);
        let basis = self.due_basis.clone().unwrap_or_default();
        Some(Due { statutory: time_of(statutory), target: time_of(target), basis })
    }

    /// The case as the state machine sees it.
    pub fn to_case(&self, decisions: &[DecisionRow]) -> Result<Case, StoreError> {
        let logged = decisions.iter().map(|d| (d.version, &d.verdict, d.by.as_str(), d.at, d.undone));
        Ok(Case {
            id: CaseId(self.id),
            version: self.version as u32,
            status: named("status", &self.status)?,
            labels: self.labels(),
            hops: hops_of(logged),
            last: Last {
                kind: named("changed_what", &self.changed_what)?,
                by: self.changed_by.clone(),
                at: time_of(self.changed_at),
                before: self.undo.as_deref().map(|json| from_json("undo", json)).transpose()?,
            },
        })
    }

    pub fn into_row(self) -> Result<CaseRow, StoreError> {
        Ok(CaseRow {
            case_id: CaseId(self.id),
            version: self.version as u32,
            status: named("status", &self.status)?,
            labels: self.labels(),
            decision: by_serde("decision", &self.decision)?,
            review_reasons: from_json("review_reasons", &self.review_reasons)?,
            channel: named("channel", &self.channel)?,
            external_id: self.external_id,
            received_at: time_of(self.received_at),
            due_statutory: self.due_statutory.map(time_of),
            due_target: self.due_target.map(time_of),
            sigungu: self.sigungu,
            masked_text: self.masked_text,
            hops: self.hops as u32,
            alarm: self.alarm,
            changed_what: named("changed_what", &self.changed_what)?,
            changed_by: self.changed_by,
            changed_at: time_of(self.changed_at),
        })
    }
}

/// What the loser of a race is told.
#[derive(FromRow)]
pub(super) struct LastRecord {
    pub version: i64,
    pub changed_what: String,
    pub changed_by: String,
    pub changed_at: i64,
}

impl LastRecord {
    pub fn into_conflict(self) -> Result<Conflict, StoreError> {
        Ok(Conflict {
            version: self.version as u32,
            what: named("changed_what", &self.changed_what)?,
            by: self.changed_by,
            at: time_of(self.changed_at),
        })
    }
}
