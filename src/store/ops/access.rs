//! The access log: adding to the chain, reading, checking.

use std::fmt::Write as _;

use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::CaseId;
use crate::store::access::{AccessEntry, AccessQuery, AccessRow, ChainReport, chain_hash};
use crate::store::db::{Tx, Value, args};
use crate::store::error::StoreError;
use crate::store::rows::time_of;

const COLUMNS: &str = "seq, at, actor, address, action, case_id, cases, reason, hash";
/// Most rows of a page.
const MAX_PAGE: u32 = 500;
/// Rows that are checked at a time.
const CHECKED_AT_ONCE: i64 = 2_000;

#[derive(FromRow)]
struct AccessRecord {
    seq: i64,
    at: i64,
    actor: String,
    address: String,
    action: String,
    case_id: Option<Uuid>,
    cases: i64,
    reason: Option<String>,
    hash: Vec<u8>,
}

impl AccessRecord {
    fn into_row(self) -> AccessRow {
        AccessRow {
            seq: self.seq as u64,
            hash: hex(&self.hash),
            entry: AccessEntry {
                at: time_of(self.at),
                actor: self.actor,
                address: self.address,
                action: self.action,
                case_id: self.case_id.map(CaseId),
                cases: self.cases as u32,
                reason: self.reason,
            },
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

/// Last number and hash of a chain: `access`, or `anchor` for what retention took away.
pub(in crate::store) async fn link(tx: &mut Tx, name: &'static str) -> Result<(u64, Vec<u8>), StoreError> {
    let sql = "SELECT value, hash FROM counter WHERE name = $1";
    let (seq, hash): (i64, Vec<u8>) = tx.one(sql, args![name]).await?;
    Ok((seq as u64, hash))
}

/// Adds entries. Holds the end of the chain until the commit.
pub(in crate::store) async fn append(tx: &mut Tx, entries: &[AccessEntry]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let first = tx.numbers("access", entries.len()).await?;
    let (_, mut hash) = link(tx, "access").await?;
    for (seq, entry) in (first..).zip(entries) {
        let entry = clean(entry);
        hash = chain_hash(&hash, seq, &entry).to_vec();
        let sql = "INSERT INTO access_log (seq, at, actor, address, action, case_id, cases, reason, hash) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let mut args = args![seq, entry.at, &entry.actor, &entry.address, &entry.action, entry.case_id];
        args.extend(args![entry.cases, entry.reason.clone(), hash.as_slice()]);
        tx.execute(sql, args).await?;
    }
    tx.execute("UPDATE counter SET hash = $1 WHERE name = 'access'", args![hash.as_slice()]).await.map(drop)
}

/// As it will be read back: no NUL (see `db`), so that the hash is over what is stored.
fn clean(entry: &AccessEntry) -> AccessEntry {
    let text = |t: &String| t.replace('\0', "");
    AccessEntry {
        actor: text(&entry.actor),
        address: text(&entry.address),
        action: text(&entry.action),
        reason: entry.reason.as_ref().map(text),
        ..entry.clone()
    }
}

pub(in crate::store) async fn read(tx: &mut Tx, query: &AccessQuery) -> Result<Vec<AccessRow>, StoreError> {
    let mut conditions = vec!["seq < $1".to_owned()];
    let mut args = args![query.before.unwrap_or(u64::MAX)];
    if let Some(actor) = &query.actor {
        args.push(Value::from(actor));
        conditions.push(format!("actor = ${}", args.len()));
    }
    if let Some(id) = query.case_id {
        args.push(Value::from(id));
        conditions.push(format!("case_id = ${}", args.len()));
    }
    args.push(Value::from(query.limit.clamp(1, MAX_PAGE)));
    let sql = format!(
        "SELECT {COLUMNS} FROM access_log WHERE {} ORDER BY seq DESC LIMIT ${}",
        conditions.join(" AND "),
        args.len()
    );
    let rows: Vec<AccessRecord> = tx.all(sql, args).await?;
    Ok(rows.into_iter().map(AccessRecord::into_row).collect())
}

/// Recomputes the chain from the last row that retention took away to the recorded end.
pub(in crate::store) async fn verify(tx: &mut Tx) -> Result<ChainReport, StoreError> {
    let broken = |seq: u64, what: &str| Ok(ChainReport::Broken { seq, what: what.to_owned() });
    let (anchor, mut hash) = link(tx, "anchor").await?;
    let mut last = anchor;
    loop {
        let sql = format!("SELECT {COLUMNS} FROM access_log WHERE seq > $1 ORDER BY seq LIMIT $2");
        let rows: Vec<AccessRecord> = tx.all(sql, args![last, CHECKED_AT_ONCE]).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let (seq, stored) = (row.seq as u64, row.hash.clone());
            if seq != last + 1 {
                return broken(last + 1, "the row is missing");
            }
            hash = chain_hash(&hash, seq, &row.into_row().entry).to_vec();
            if hash != stored {
                return broken(seq, "the row or one before it was changed");
            }
            last = seq;
        }
    }
    let (end, end_hash) = link(tx, "access").await?;
    if end != last {
        return broken(last + 1, "rows at the end are missing");
    }
    if end_hash != hash && end > 0 {
        return broken(end, "the recorded end of the chain differs");
    }
    Ok(ChainReport::Intact { rows: last - anchor, last, head: hex(&hash) })
}
