//! Recording triaged complaints: a group of cases in one transaction.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::counters::Tally;
use crate::domain::CaseId;
use crate::domain::case::{Case, Status, VerdictKind};
use crate::store::case::{NewCase, NewDraft, Recorded, RequestKey};
use crate::store::db::{Dialect, Tx, Value, args, placeholders};
use crate::store::error::StoreError;
use crate::store::rows::{from_json, micros, name_of, to_json};
use crate::text::bigrams;

/// Sort value of a case without a due time: after all that have one.
const NO_DUE: i64 = i64::MAX;

/// Place of a status in the queue: escalated, open, ended.
pub(in crate::store) fn queue_rank(status: Status) -> i64 {
    match status {
        Status::Escalated => 0,
        status if status.is_final() => 2,
        _ => 1,
    }
}

/// Records what is new of `cases`; answers are in order. Gives the number of the last event, 0 if nothing was new.
///
/// First every case claims its request, in the order of the claims' keys, so that two groups never wait for each other
/// crosswise. What is left is written; the numbers come last, as they hold back other writers.
pub(in crate::store) async fn record(
    tx: &mut Tx,
    cases: &[&NewCase],
) -> Result<(Vec<Recorded>, u64), StoreError> {
    let keys: Vec<RequestKey> = cases.iter().map(|case| claim_key(case)).collect();
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|&i| (keys[i].scope, i));
    let mut claims = HashMap::new();
    for i in order {
        claims.insert(i, claim(tx, &keys[i], cases[i].id).await?);
    }
    let fresh: Vec<&NewCase> = (0..cases.len()).filter(|i| claims[i].is_none()).map(|i| cases[i]).collect();
    for case in &fresh {
        insert_parts(tx, case).await?;
    }
    let mut last = 0;
    if !fresh.is_empty() {
        let first = tx.numbers("event", fresh.len()).await?;
        let mut tally = Tally::default();
        for (seq, case) in (first..).zip(&fresh) {
            insert_case(tx, case, seq).await?;
            tally.received(case);
            last = seq;
        }
        tally.write(tx).await?;
    }
    let mut recorded = Vec::with_capacity(cases.len());
    for (i, key) in keys.iter().enumerate() {
        recorded.push(match &claims[&i] {
            None => Recorded::New,
            Some(earlier) => earlier.outcome(tx, key).await?,
        });
    }
    Ok((recorded, last))
}

pub(in crate::store) async fn find(tx: &mut Tx, key: &RequestKey) -> Result<Option<Recorded>, StoreError> {
    match earlier(tx, key).await? {
        Some(earlier) => Ok(Some(earlier.outcome(tx, key).await?)),
        None => Ok(None),
    }
}

/// A case without a request key claims its own id, so that a replay from the spool is seen.
fn claim_key(case: &NewCase) -> RequestKey {
    let own = || RequestKey { scope: Sha256::digest(case.id.0.as_bytes()).into(), body: [0; 32] };
    case.request.clone().unwrap_or_else(own)
}

/// The case that claimed a request before.
struct Earlier {
    case: Uuid,
    body: Vec<u8>,
}

async fn earlier(tx: &mut Tx, key: &RequestKey) -> Result<Option<Earlier>, StoreError> {
    let sql = "SELECT case_id, body FROM request WHERE scope = $1";
    let row: Option<(Uuid, Vec<u8>)> = tx.first(sql, args![key.scope.as_slice()]).await?;
    Ok(row.map(|(case, body)| Earlier { case, body }))
}

async fn claim(tx: &mut Tx, key: &RequestKey, case: CaseId) -> Result<Option<Earlier>, StoreError> {
    let sql = "INSERT INTO request (scope, body, case_id) VALUES ($1, $2, $3) ON CONFLICT (scope) DO NOTHING";
    let claimed = tx.execute(sql, args![key.scope.as_slice(), key.body.as_slice(), case]).await?;
    if claimed == 1 { Ok(None) } else { earlier(tx, key).await }
}

impl Earlier {
    async fn outcome(&self, tx: &mut Tx, key: &RequestKey) -> Result<Recorded, StoreError> {
        let case = CaseId(self.case);
        if self.body != key.body {
            return Ok(Recorded::Reused { case });
        }
        let sql = "SELECT answer FROM prediction WHERE case_id = $1 AND place_in_row = 0";
        let (answer,): (String,) = tx.one(sql, args![case]).await?;
        Ok(Recorded::Same { case, answer: from_json("answer", &answer)? })
    }
}

async fn insert_parts(tx: &mut Tx, case: &NewCase) -> Result<(), StoreError> {
    for (i, p) in std::iter::once(&case.prediction).chain(&case.shadows).enumerate() {
        let sql = "INSERT INTO prediction (case_id, place_in_row, role, at, model_name, model_version, model_sha256, \
                   department, urgency, jurisdiction, kind, department_confidence, urgency_confidence, \
                   jurisdiction_confidence, kind_confidence, decision, answer) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
        let role = if i == 0 { "active" } else { "shadow" };
        let mut args = args![case.id, i, role, case.triaged_at];
        args.extend(args![&p.model.name, &p.model.version, &p.model.sha256]);
        args.extend(args![&p.labels.department, &p.labels.urgency, &p.labels.jurisdiction, &p.labels.kind]);
        let c = p.confidences;
        args.extend(args![c.department, c.urgency, c.jurisdiction, c.kind]);
        args.extend(args![name_of(&p.decision), to_json(&p.answer)]);
        tx.execute(sql, args).await?;
    }
    for (i, s) in case.signals.iter().enumerate() {
        let sql = "INSERT INTO signal (case_id, place_in_row, kind, span_start, span_end, number, name, strength, \
                   source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let mut args = args![case.id, i, &s.kind, s.span.start, s.span.end, &s.number, &s.name];
        args.extend(args![s.strength, &s.source]);
        tx.execute(sql, args).await?;
    }
    if let Some(p) = &case.place {
        let sql = "INSERT INTO place (case_id, sigungu, detail, span_start, span_end, ambiguous, outside) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let mut args = args![case.id, p.sigungu.clone(), p.detail.clone(), p.span.start, p.span.end];
        args.extend(args![p.ambiguous, p.outside.clone()]);
        tx.execute(sql, args).await?;
    }
    if let Some(vector) = &case.embedding {
        let sql = "INSERT INTO embedding (case_id, vector) VALUES ($1, $2)";
        tx.execute(sql, args![case.id, vector.as_slice()]).await?;
    }
    insert_drafts(tx, case.id, 1, &case.drafts).await
}

/// Keeps drafts; one that is already there (a repeated request) stays as it is.
pub(in crate::store) async fn insert_drafts(
    tx: &mut Tx,
    case: CaseId,
    version: u32,
    drafts: &[NewDraft],
) -> Result<(), StoreError> {
    for d in drafts {
        let sql = "INSERT INTO draft (case_id, id, version, at, body, slots, sources, score) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (case_id, id) DO NOTHING";
        let mut args = args![case, d.id.0, version, d.at, &d.text];
        args.extend(args![to_json(&d.slots), to_json(&d.sources), d.score]);
        tx.execute(sql, args).await?;
    }
    Ok(())
}

async fn insert_case(tx: &mut Tx, new: &NewCase, seq: u64) -> Result<(), StoreError> {
    let case = new.to_case();
    let mut columns = String::from(
        "created_seq, changed_seq, id, version, status, department, urgency, jurisdiction, kind, decision, \
         review_reasons, channel, external_id, language, received_at, due_statutory, due_target, due_basis, sigungu, \
         masked_text, hops, alarm, changed_what, changed_by, changed_at, queue_rank, queue_due",
    );
    let due = new.due.as_ref();
    let labels = &case.labels;
    let mut args = args![seq, seq, case.id, case.version, case.status.as_str()];
    args.extend(args![&labels.department, &labels.urgency, &labels.jurisdiction, &labels.kind]);
    args.extend(args![name_of(&new.prediction.decision), to_json(&new.review_reasons), new.channel.as_str()]);
    args.extend(args![new.external_id.clone(), &new.language, new.received_at]);
    args.extend(args![due.map(|d| d.statutory), due.map(|d| d.target), due.map(|d| d.basis.clone())]);
    args.extend(args![new.place.as_ref().and_then(|p| p.sigungu.clone()), &new.masked_text, 0i64, false]);
    args.extend(args![case.last.kind.as_str(), &case.last.by, case.last.at]);
    args.extend(args![queue_rank(case.status), due.map_or(NO_DUE, |d| micros(d.target))]);
    let terms = bigrams::terms(&new.masked_text).join(" ");
    let mut values = placeholders(1, args.len());
    if tx.dialect() == Dialect::Postgres {
        columns.push_str(", bigrams");
        values.push_str(", array_to_tsvector(string_to_array($28, ' '))");
        args.push(Value::from(&terms));
    }
    tx.execute(format!("INSERT INTO cases ({columns}) VALUES ({values})"), args).await?;
    if tx.dialect() == Dialect::Sqlite {
        tx.execute("INSERT INTO case_text (rowid, bigrams) VALUES ($1, $2)", args![seq, &terms]).await?;
    }
    insert_event(tx, &case, VerdictKind::Triaged, seq).await
}

/// Adds an event of the case as it is now, by who changed it last.
pub(in crate::store) async fn insert_event(
    tx: &mut Tx,
    case: &Case,
    kind: VerdictKind,
    seq: u64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO event (seq, case_id, version, kind, actor, at, status, department, urgency, alarm) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mut args = args![seq, case.id, case.version, kind.as_str(), &case.last.by, case.last.at];
    args.extend(args![case.status.as_str(), &case.labels.department, &case.labels.urgency]);
    args.extend(args![case.ping_pong().is_some()]);
    tx.execute(sql, args).await.map(drop)
}
