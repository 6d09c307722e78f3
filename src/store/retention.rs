//! A purge as a whole: piece by piece, then the space is given back.

use sqlx::Executor;

use super::db::Tx;
use super::error::StoreError;
use super::ops;
use super::pools::Pools;
use super::purge::{PurgeMode, PurgePlan, PurgeReport};

pub(super) async fn purge(pools: &Pools, plan: &PurgePlan) -> Result<PurgeReport, StoreError> {
    let mut report = PurgeReport::default();
    let delete = plan.mode == PurgeMode::Delete;
    let mut tx: Tx = pools.read().await?;
    report.bytes_before = ops::purge::size(&mut tx).await?;
    for &(status, before) in &plan.older_than {
        let n = ops::purge::count(&mut tx, status, before).await?;
        report.cases.insert(status.as_str().to_owned(), n);
    }
    tx.commit().await?;
    if delete {
        for &(status, before) in &plan.older_than {
            let mut gone = 0;
            loop {
                let mut tx = pools.write().await?;
                let n = ops::purge::piece(&mut tx, status, before).await?;
                tx.commit().await?;
                if n == 0 {
                    break;
                }
                gone += n;
            }
            report.cases.insert(status.as_str().to_owned(), gone);
        }
    }
    let mut tx = if delete { pools.write().await? } else { pools.read().await? };
    report.access = ops::purge::access(&mut tx, plan, delete).await?;
    tx.commit().await?;
    if delete {
        give_back(pools).await?;
    }
    let mut tx = pools.read().await?;
    report.bytes_after = ops::purge::size(&mut tx).await?;
    tx.commit().await?;
    Ok(report)
}

/// Gives freed pages back to the file system. Neither statement can run within a transaction.
async fn give_back(pools: &Pools) -> Result<(), StoreError> {
    match pools {
        Pools::Sqlite { writer, .. } => {
            let mut connection = writer.acquire().await?;
            connection.execute("INSERT INTO case_text (case_text) VALUES ('optimize')").await?;
            connection.execute("PRAGMA secure_delete = OFF").await?;
            connection.execute("PRAGMA incremental_vacuum").await?;
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Pools::Postgres(server) => {
            let mut connection = server.pool.acquire().await?;
            connection.execute("SET statement_timeout = 0").await?;
            for table in ops::purge::TABLES {
                let sql = sqlx::AssertSqlSafe(format!("VACUUM (ANALYZE) {table}"));
                connection.execute(sqlx::raw_sql(sql)).await?;
            }
            // The settings of this connection are not those of the pool.
            connection.close().await?;
        }
    }
    Ok(())
}
