//! Writing what a person did: one winner for each version.

use super::counters::Tally;
use super::record::{insert_drafts, insert_event, queue_rank};
use crate::domain::CaseId;
use crate::domain::case::{Change, MACHINE, Verdict, VerdictKind};
use crate::store::case::NewDraft;
use crate::store::db::{Tx, args};
use crate::store::error::StoreError;
use crate::store::history::DecisionRow;
use crate::store::ops::history::{case_record, decisions_of};
use crate::store::rows::{DecisionRecord, LastRecord, micros, to_json};

/// Writes a change, or says who was first. `None`: no such case.
pub(in crate::store) async fn apply(tx: &mut Tx, change: &Change) -> Result<Option<u64>, StoreError> {
    let Some((due_target,)) = update(tx, change).await? else {
        return conflict(tx, change.after.id).await;
    };
    let (case, last) = (&change.after, &change.after.last);
    let late = |at| case_is_late(due_target, at);
    let mut tally = Tally::default();
    if let Verdict::Undone { version, .. } = &change.verdict {
        let undone = take_back(tx, case.id, *version).await?;
        // A relabel is counted in the department that sent the case on, which is where it is again.
        let ended = matches!(
            undone.verdict.kind(),
            VerdictKind::Approved | VerdictKind::Edited | VerdictKind::Transferred | VerdictKind::Closed
        );
        tally.decided(&undone.verdict, &case.labels.department, undone.at, ended && late(undone.at), -1);
    } else {
        let late = case.status.is_final() && late(last.at);
        tally.decided(&change.verdict, &change.labels_before.department, last.at, late, 1);
    }
    insert_decision(tx, change).await?;
    let seq = tx.numbers("event", 1).await?;
    insert_event(tx, case, change.verdict.kind(), seq).await?;
    tx.execute("UPDATE cases SET changed_seq = $2 WHERE id = $1", args![case.id, seq]).await?;
    tally.write(tx).await?;
    Ok(Some(seq))
}

fn case_is_late(due_target: Option<i64>, at: time::OffsetDateTime) -> bool {
    due_target.is_some_and(|due| due < micros(at))
}

/// The version is part of the condition: of simultaneous changes one finds its row.
async fn update(tx: &mut Tx, change: &Change) -> Result<Option<(Option<i64>,)>, StoreError> {
    let (case, last) = (&change.after, &change.after.last);
    let sql = "UPDATE cases SET version = $3, status = $4, department = $5, urgency = $6, jurisdiction = $7, \
               kind = $8, hops = $9, alarm = $10, changed_what = $11, changed_by = $12, changed_at = $13, undo = $14, \
               queue_rank = $15 WHERE id = $1 AND version = $2 RETURNING due_target";
    let mut args = args![case.id, change.expected, case.version, case.status.as_str()];
    let labels = &case.labels;
    args.extend(args![&labels.department, &labels.urgency, &labels.jurisdiction, &labels.kind]);
    args.extend(args![case.hops.iter().filter(|hop| !hop.undone).count(), case.ping_pong().is_some()]);
    args.extend(args![last.kind.as_str(), &last.by, last.at, last.before.as_ref().map(to_json)]);
    args.extend(args![queue_rank(case.status)]);
    tx.first(sql, args).await
}

async fn conflict(tx: &mut Tx, id: CaseId) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT version, changed_what, changed_by, changed_at FROM cases WHERE id = $1";
    match tx.first::<LastRecord>(sql, args![id]).await? {
        Some(last) => Err(StoreError::Conflict(last.into_conflict()?)),
        None => Ok(None),
    }
}

async fn take_back(tx: &mut Tx, id: CaseId, version: u32) -> Result<DecisionRow, StoreError> {
    let sql = "UPDATE decision SET undone = TRUE WHERE case_id = $1 AND version = $2 \
               RETURNING case_id, version, actor, at, undone, verdict";
    tx.one::<DecisionRecord>(sql, args![id, version]).await?.into_row()
}

async fn insert_decision(tx: &mut Tx, change: &Change) -> Result<(), StoreError> {
    let (case, last) = (&change.after, &change.after.last);
    let (draft, distance) = match &change.verdict {
        Verdict::Approved { draft, .. } | Verdict::Rejected { draft, .. } => (Some(draft.0), None),
        Verdict::Edited { draft, distance, .. } => (draft.map(|draft| draft.0), *distance),
        _ => (None, None),
    };
    let sql = "INSERT INTO decision (case_id, version, kind, actor, at, undone, draft_id, edit_distance, verdict) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let mut args = args![case.id, case.version, change.verdict.kind().as_str(), &last.by, last.at, false];
    args.extend(args![draft, distance, to_json(&change.verdict)]);
    tx.execute(sql, args).await.map(drop)
}

/// Keeps drafts for a version of a case. `None`: no such case.
pub(in crate::store) async fn add_drafts(
    tx: &mut Tx,
    id: CaseId,
    version: u32,
    drafts: &[NewDraft],
) -> Result<Option<u64>, StoreError> {
    // Holds the row until the commit, so that no decision slips in between.
    let held = "UPDATE cases SET version = version WHERE id = $1 AND version = $2";
    if tx.execute(held, args![id, version]).await? == 0 {
        return conflict(tx, id).await;
    }
    insert_drafts(tx, id, version, drafts).await?;
    let record = case_record(tx, id).await?;
    let Some(record) = record else { return Ok(None) };
    let mut case = record.to_case(&decisions_of(tx, id).await?)?;
    MACHINE.clone_into(&mut case.last.by);
    if let Some(at) = drafts.iter().map(|draft| draft.at).max() {
        case.last.at = at;
    }
    let seq = tx.numbers("event", 1).await?;
    insert_event(tx, &case, VerdictKind::Drafted, seq).await?;
    tx.execute("UPDATE cases SET changed_seq = $2 WHERE id = $1", args![id, seq]).await?;
    Ok(Some(seq))
}
