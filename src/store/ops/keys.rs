//! API keys.

use sqlx::FromRow;
use time::OffsetDateTime;

use crate::store::db::{Tx, args};
use crate::store::error::StoreError;
use crate::store::keys::{KeyRow, NewKey};
use crate::store::rows::{named, time_of};

#[derive(FromRow)]
struct KeyRecord {
    name: String,
    role: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl KeyRecord {
    fn into_row(self) -> Result<KeyRow, StoreError> {
        Ok(KeyRow {
            role: named("role", &self.role)?,
            name: self.name,
            created_at: time_of(self.created_at),
            expires_at: self.expires_at.map(time_of),
            last_used_at: self.last_used_at.map(time_of),
            revoked_at: self.revoked_at.map(time_of),
        })
    }
}

pub(in crate::store) async fn add(tx: &mut Tx, key: &NewKey) -> Result<bool, StoreError> {
    let sql = "INSERT INTO api_key (name, role, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (name) DO NOTHING";
    let args = args![&key.name, key.role.as_str(), key.hash.as_slice(), key.created_at, key.expires_at];
    Ok(tx.execute(sql, args).await? == 1)
}

pub(in crate::store) async fn all(tx: &mut Tx) -> Result<Vec<KeyRow>, StoreError> {
    let sql =
        "SELECT name, role, created_at, expires_at, last_used_at, revoked_at FROM api_key ORDER BY name";
    let rows: Vec<KeyRecord> = tx.all(sql, args![]).await?;
    rows.into_iter().map(KeyRecord::into_row).collect()
}

pub(in crate::store) async fn by_hash(tx: &mut Tx, hash: &[u8]) -> Result<Option<KeyRow>, StoreError> {
    let sql =
        "SELECT name, role, created_at, expires_at, last_used_at, revoked_at FROM api_key WHERE hash = $1";
    tx.first::<KeyRecord>(sql, args![hash]).await?.map(KeyRecord::into_row).transpose()
}

pub(in crate::store) async fn revoke(
    tx: &mut Tx,
    name: &str,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let sql = "UPDATE api_key SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
    Ok(tx.execute(sql, args![name, at]).await? == 1)
}

pub(in crate::store) async fn used(tx: &mut Tx, used: &[(String, OffsetDateTime)]) -> Result<(), StoreError> {
    // In one order, so that two replicas never wait for each other crosswise.
    let mut used: Vec<_> = used.iter().collect();
    used.sort();
    for (name, at) in used {
        let sql = "UPDATE api_key SET last_used_at = $2 \
                   WHERE name = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
        tx.execute(sql, args![name, *at]).await?;
    }
    Ok(())
}
