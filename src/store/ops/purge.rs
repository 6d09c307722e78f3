//! Retention: deleting ended cases, piece by piece.

use uuid::Uuid;

use crate::domain::case::Status;
use crate::store::db::{Dialect, Tx, Value, args, placeholders};
use crate::store::error::StoreError;
use crate::store::purge::PurgePlan;
use crate::store::rows::micros;
use time::OffsetDateTime;

/// Cases deleted in one transaction, so that writers wait for moments only.
const PIECE: usize = 500;

/// Tables that hold something of a case besides `cases` itself.
const PARTS: [&str; 8] =
    ["request", "prediction", "embedding", "draft", "decision", "event", "signal", "place"];

/// Tables that a purge makes smaller.
pub(in crate::store) const TABLES: [&str; 10] = [
    "cases",
    "request",
    "prediction",
    "embedding",
    "draft",
    "decision",
    "event",
    "signal",
    "place",
    "access_log",
];

/// How many cases of a status the plan takes.
pub(in crate::store) async fn count(
    tx: &mut Tx,
    status: Status,
    before: OffsetDateTime,
) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM cases WHERE status = $1 AND changed_at < $2";
    let (n,): (i64,) = tx.one(sql, args![status.as_str(), before]).await?;
    Ok(n as u64)
}

/// Deletes a piece; gives how many cases went, 0 at the end.
pub(in crate::store) async fn piece(
    tx: &mut Tx,
    status: Status,
    before: OffsetDateTime,
) -> Result<u64, StoreError> {
    // Zeroes what is deleted, so that no text stays behind in the file.
    if tx.dialect() == Dialect::Sqlite {
        tx.script("PRAGMA secure_delete = ON").await?;
    }
    // PostgreSQL: a case that is being changed right now is left for the next run.
    let locked = match tx.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!(
        "SELECT id, created_seq FROM cases WHERE status = $1 AND changed_at < $2 LIMIT {PIECE}{locked}"
    );
    let cases: Vec<(Uuid, i64)> = tx.all(sql, args![status.as_str(), before]).await?;
    if cases.is_empty() {
        return Ok(0);
    }
    let list = placeholders(1, cases.len());
    let ids = || cases.iter().map(|(id, _)| Value::from(*id)).collect::<Vec<_>>();
    for table in PARTS {
        tx.execute(format!("DELETE FROM {table} WHERE case_id IN ({list})"), ids()).await?;
    }
    if tx.dialect() == Dialect::Sqlite {
        let rows = cases.iter().map(|(_, seq)| Value::from(*seq)).collect();
        tx.execute(format!("DELETE FROM case_text WHERE rowid IN ({list})"), rows).await?;
    }
    tx.execute(format!("DELETE FROM cases WHERE id IN ({list})"), ids()).await
}

/// Deletes (or counts) the oldest rows of the access log. The chain then begins at the last one that went.
pub(in crate::store) async fn access(tx: &mut Tx, plan: &PurgePlan, delete: bool) -> Result<u64, StoreError> {
    let Some(before) = plan.access_before else { return Ok(0) };
    // A row is kept with all that follow it, so that the chain has no holes even if a clock ran backwards.
    let sql = "SELECT COALESCE((SELECT MIN(seq) - 1 FROM access_log WHERE at >= $1), \
               (SELECT MAX(seq) FROM access_log), 0)";
    let (last,): (i64,) = tx.one(sql, args![micros(before)]).await?;
    let (n,): (i64,) = tx.one("SELECT COUNT(*) FROM access_log WHERE seq <= $1", args![last]).await?;
    if delete && n > 0 {
        let sql = "UPDATE counter SET value = $1, hash = (SELECT hash FROM access_log WHERE seq = $1) \
                   WHERE name = 'anchor'";
        tx.execute(sql, args![last]).await?;
        tx.execute("DELETE FROM access_log WHERE seq <= $1", args![last]).await?;
    }
    Ok(n as u64)
}

/// Size of the database in bytes.
pub(in crate::store) async fn size(tx: &mut Tx) -> Result<u64, StoreError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        Dialect::Postgres => {
            "SELECT CAST(COALESCE(SUM(pg_total_relation_size(c.oid)), 0) AS BIGINT) FROM pg_class c \
             WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        }
    };
    let (bytes,): (i64,) = tx.one(sql, args![]).await?;
    Ok(bytes as u64)
}
