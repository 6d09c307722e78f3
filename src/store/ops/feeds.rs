//! What others follow: events, vectors, the export. Each goes on from the number of the last row that was seen.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::history::{DECISION_COLUMNS, PREDICTION_COLUMNS};
use crate::domain::CaseId;
use crate::store::db::{Tx, Value, args, placeholders};
use crate::store::error::StoreError;
use crate::store::history::{Event, ExportRow, StoredVector};
use crate::store::rows::{CASE_COLUMNS, CaseRecord, DecisionRecord, EventRecord, PredictionRecord, time_of};

/// Most rows of one answer.
const MAX_ROWS: u32 = 2_000;

fn limited(limit: u32) -> u32 {
    limit.clamp(1, MAX_ROWS)
}

pub(in crate::store) async fn events(tx: &mut Tx, seq: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
    let sql = "SELECT seq, case_id, version, kind, actor, at, status, department, urgency, alarm FROM event \
               WHERE seq > $1 ORDER BY seq LIMIT $2";
    let rows: Vec<EventRecord> = tx.all(sql, args![seq, limited(limit)]).await?;
    rows.into_iter().map(EventRecord::into_event).collect()
}

pub(in crate::store) async fn last_event(tx: &mut Tx) -> Result<u64, StoreError> {
    let (last,): (i64,) = tx.one("SELECT value FROM counter WHERE name = 'event'", args![]).await?;
    Ok(last as u64)
}

#[derive(FromRow)]
struct VectorRecord {
    created_seq: i64,
    id: Uuid,
    department: String,
    sigungu: Option<String>,
    received_at: i64,
    masked_text: String,
    vector: Vec<u8>,
}

pub(in crate::store) async fn vectors(
    tx: &mut Tx,
    seq: u64,
    limit: u32,
) -> Result<Vec<StoredVector>, StoreError> {
    let sql = "SELECT c.created_seq, c.id, c.department, c.sigungu, c.received_at, c.masked_text, e.vector \
               FROM cases c JOIN embedding e ON e.case_id = c.id WHERE c.created_seq > $1 \
               ORDER BY c.created_seq LIMIT $2";
    let rows: Vec<VectorRecord> = tx.all(sql, args![seq, limited(limit)]).await?;
    let vector = |row: VectorRecord| StoredVector {
        seq: row.created_seq as u64,
        case_id: CaseId(row.id),
        department: row.department,
        sigungu: row.sigungu,
        received_at: time_of(row.received_at),
        masked_text: row.masked_text,
        embedding: row.vector,
    };
    Ok(rows.into_iter().map(vector).collect())
}

pub(in crate::store) async fn export(
    tx: &mut Tx,
    seq: u64,
    limit: u32,
) -> Result<Vec<ExportRow>, StoreError> {
    let sql = format!(
        "SELECT {CASE_COLUMNS} FROM cases c WHERE c.changed_seq > $1 ORDER BY c.changed_seq LIMIT $2"
    );
    let cases: Vec<CaseRecord> = tx.all(sql, args![seq, limited(limit)]).await?;
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, cases.len());
    let args = || cases.iter().map(|case| Value::from(case.id)).collect::<Vec<_>>();
    let sql = format!(
        "SELECT {PREDICTION_COLUMNS} FROM prediction WHERE case_id IN ({list}) ORDER BY case_id, place_in_row"
    );
    let mut predictions: HashMap<Uuid, Vec<_>> = HashMap::new();
    for row in tx.all::<PredictionRecord>(sql, args()).await? {
        predictions.entry(row.case_id).or_default().push(row.into_row()?);
    }
    let sql = format!(
        "SELECT {DECISION_COLUMNS} FROM decision WHERE case_id IN ({list}) ORDER BY case_id, version"
    );
    let mut decisions: HashMap<Uuid, Vec<_>> = HashMap::new();
    for row in tx.all::<DecisionRecord>(sql, args()).await? {
        decisions.entry(row.case_id).or_default().push(row.into_row()?);
    }
    let row = |case: CaseRecord| {
        Ok(ExportRow {
            seq: case.changed_seq as u64,
            language: case.language.clone(),
            predictions: predictions.remove(&case.id).unwrap_or_default(),
            decisions: decisions.remove(&case.id).unwrap_or_default(),
            row: case.into_row()?,
        })
    };
    cases.into_iter().map(row).collect()
}
