//! One case, whole; and short forms of several.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::CaseId;
use crate::domain::case::Verdict;
use crate::store::db::{Tx, Value, args, placeholders};
use crate::store::error::StoreError;
use crate::store::history::{DecisionRow, History, Summary};
use crate::store::rows::{
    CASE_COLUMNS, CaseRecord, DecisionRecord, DraftRecord, EventRecord, PlaceRecord, PredictionRecord,
    SignalRecord, from_json,
};

/// Columns of a decision.
pub(in crate::store) const DECISION_COLUMNS: &str = "case_id, version, actor, at, undone, verdict";
/// Columns of a prediction.
pub(in crate::store) const PREDICTION_COLUMNS: &str = "case_id, role, at, model_name, model_version, model_sha256, \
    department, urgency, jurisdiction, kind, department_confidence, urgency_confidence, jurisdiction_confidence, \
    kind_confidence, decision, answer";

pub(in crate::store) async fn case_record(tx: &mut Tx, id: CaseId) -> Result<Option<CaseRecord>, StoreError> {
    tx.first(format!("SELECT {CASE_COLUMNS} FROM cases c WHERE c.id = $1"), args![id]).await
}

pub(in crate::store) async fn decisions_of(tx: &mut Tx, id: CaseId) -> Result<Vec<DecisionRow>, StoreError> {
    let sql = format!("SELECT {DECISION_COLUMNS} FROM decision WHERE case_id = $1 ORDER BY version");
    let rows: Vec<DecisionRecord> = tx.all(sql, args![id]).await?;
    rows.into_iter().map(DecisionRecord::into_row).collect()
}

pub(in crate::store) async fn history(tx: &mut Tx, id: CaseId) -> Result<Option<History>, StoreError> {
    let Some(record) = case_record(tx, id).await? else { return Ok(None) };
    let decisions = decisions_of(tx, id).await?;
    let sql = format!("SELECT {PREDICTION_COLUMNS} FROM prediction WHERE case_id = $1 ORDER BY place_in_row");
    let predictions: Vec<PredictionRecord> = tx.all(sql, args![id]).await?;
    let sql = "SELECT id, version, at, body, slots, sources, score FROM draft WHERE case_id = $1 \
               ORDER BY at, score DESC, id";
    let drafts: Vec<DraftRecord> = tx.all(sql, args![id]).await?;
    let sql = "SELECT seq, case_id, version, kind, actor, at, status, department, urgency, alarm FROM event \
               WHERE case_id = $1 ORDER BY seq";
    let events: Vec<EventRecord> = tx.all(sql, args![id]).await?;
    let sql = "SELECT kind, span_start, span_end, number, name, strength, source FROM signal WHERE case_id = $1 \
               ORDER BY place_in_row";
    let signals: Vec<SignalRecord> = tx.all(sql, args![id]).await?;
    let sql =
        "SELECT sigungu, detail, span_start, span_end, ambiguous, outside FROM place WHERE case_id = $1";
    let place: Option<PlaceRecord> = tx.first(sql, args![id]).await?;
    Ok(Some(History {
        case: record.to_case(&decisions)?,
        due: record.due(),
        language: record.language.clone(),
        row: record.into_row()?,
        predictions: predictions.into_iter().map(PredictionRecord::into_row).collect::<Result<_, _>>()?,
        drafts: drafts.into_iter().map(DraftRecord::into_row).collect::<Result<_, _>>()?,
        decisions,
        events: events.into_iter().map(EventRecord::into_event).collect::<Result<_, _>>()?,
        signals: signals.into_iter().map(SignalRecord::into_signal).collect(),
        place: place.map(PlaceRecord::into_place),
    }))
}

pub(in crate::store) async fn summaries(tx: &mut Tx, ids: &[CaseId]) -> Result<Vec<Summary>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, ids.len());
    let args = || ids.iter().map(|&id| Value::from(id)).collect::<Vec<_>>();
    let rows: Vec<CaseRecord> =
        tx.all(format!("SELECT {CASE_COLUMNS} FROM cases c WHERE c.id IN ({list})"), args()).await?;
    let sql = format!(
        "SELECT case_id, verdict FROM decision WHERE case_id IN ({list}) AND undone = FALSE \
         AND kind IN ('approved', 'edited') ORDER BY version"
    );
    let replies: Vec<(Uuid, String)> = tx.all(sql, args()).await?;
    let mut replied = HashMap::new();
    for (id, verdict) in replies {
        let verdict: Verdict = from_json("verdict", &verdict)?;
        replied.insert(id, verdict.reply().map(ToOwned::to_owned));
    }
    let mut found: HashMap<Uuid, CaseRecord> = rows.into_iter().map(|row| (row.id, row)).collect();
    let known = ids.iter().filter_map(|id| found.remove(&id.0));
    known
        .map(|row| {
            let reply = replied.remove(&row.id).flatten();
            Ok(Summary { row: row.into_row()?, reply })
        })
        .collect()
}
