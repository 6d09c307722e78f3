//! The schema: numbered scripts, each run once, all in one transaction under a lock.

use super::db::{Dialect, Tx, args};
use super::error::StoreError;
use super::pools::Pools;

/// Scripts in order; the schema version is the number of scripts that were run. A script that was released is never
/// changed: the next one changes the tables.
const SQLITE: [&str; 1] = [include_str!("migrations/sqlite/0001.sql")];
const POSTGRES: [&str; SQLITE.len()] = [include_str!("migrations/postgres/0001.sql")];

/// Schema version that this program needs.
pub const SCHEMA_VERSION: u32 = SQLITE.len() as u32;

/// Number of the advisory lock of PostgreSQL: `minwon` in ASCII.
const LOCK: i64 = 0x6d69_6e77_6f6e;

pub(super) async fn version(tx: &mut Tx) -> Result<u32, StoreError> {
    let there = match tx.dialect() {
        Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_version'",
        Dialect::Postgres => {
            "SELECT COUNT(*) FROM (SELECT to_regclass('schema_version') AS t) x WHERE t IS NOT NULL"
        }
    };
    let (there,): (i64,) = tx.one(there, args![]).await?;
    if there == 0 {
        return Ok(0);
    }
    let (version,): (i64,) = tx.one("SELECT COALESCE(MAX(version), 0) FROM schema_version", args![]).await?;
    Ok(version as u32)
}

/// Is the schema this program's?
pub(super) fn check(found: u32) -> Result<(), StoreError> {
    if found == SCHEMA_VERSION {
        return Ok(());
    }
    Err(StoreError::Schema { found, needed: SCHEMA_VERSION })
}

pub(super) async fn migrate(pools: &Pools) -> Result<(), StoreError> {
    let mut tx = pools.write().await?;
    let scripts = match tx.dialect() {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => {
            tx.execute("SELECT pg_advisory_xact_lock($1)", args![LOCK]).await?;
            POSTGRES
        }
    };
    let found = version(&mut tx).await?;
    if found > SCHEMA_VERSION {
        return check(found);
    }
    if found == 0 {
        tx.script("CREATE TABLE schema_version (version BIGINT NOT NULL)").await?;
    }
    for (number, script) in (1..).zip(scripts).skip(found as usize) {
        tx.script(script).await?;
        tx.execute("INSERT INTO schema_version (version) VALUES ($1)", args![number as i64]).await?;
    }
    tx.commit().await
}
