//! One transaction, on either back end: the same statements (`$1` works on both), the same row structs, bound values of
//! a small set of types. What differs between the two is asked for with [`Tx::dialect`].

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Transaction};
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::error::StoreError;
use super::rows::micros;
use crate::domain::CaseId;

/// Which SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A bound value. No `Debug`: it may be a complaint's text.
#[derive(Clone)]
pub(super) enum Value {
    Int(Option<i64>),
    Real(f64),
    Text(Option<String>),
    Bytes(Vec<u8>),
    Id(Option<Uuid>),
    Flag(bool),
}

macro_rules! value_from {
    ($($from:ty, $name:ident => $value:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($name: $from) -> Self {
                $value
            }
        })*
    };
}

value_from! {
    i64, v => Self::Int(Some(v));
    u32, v => Self::Int(Some(i64::from(v)));
    u64, v => Self::Int(Some(i64::try_from(v).unwrap_or(i64::MAX)));
    usize, v => Self::Int(Some(i64::try_from(v).unwrap_or(i64::MAX)));
    Option<u32>, v => Self::Int(v.map(i64::from));
    f32, v => Self::Real(f64::from(v));
    bool, v => Self::Flag(v);
    &str, v => Self::Text(Some(text(v)));
    &String, v => Self::Text(Some(text(v)));
    String, v => Self::Text(Some(text(&v)));
    Option<String>, v => Self::Text(v.as_deref().map(text));
    &[u8], v => Self::Bytes(v.to_vec());
    Uuid, v => Self::Id(Some(v));
    Option<Uuid>, v => Self::Id(v);
    CaseId, v => Self::Id(Some(v.0));
    Option<CaseId>, v => Self::Id(v.map(|id| id.0));
    OffsetDateTime, v => Self::Int(Some(micros(v)));
    Option<OffsetDateTime>, v => Self::Int(v.map(micros));
}

/// PostgreSQL keeps no NUL in a text, and no text needs one.
fn text(text: &str) -> String {
    text.replace('\0', "")
}

/// Values for a statement, in the order of its placeholders.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::db::Value::from($value)),*] };
}
pub(super) use args;

macro_rules! bind {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for value in $args {
            query = match value {
                Value::Int(v) => query.bind(v),
                Value::Real(v) => query.bind(v),
                Value::Text(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
                Value::Id(v) => query.bind(v),
                Value::Flag(v) => query.bind(v),
            };
        }
        query
    }};
}

/// A row struct that either back end can fill.
pub(super) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Record for T {}

/// Statement text: a literal, or one put together from literals and placeholders; values are always bound.
pub(super) struct Sql(SqlStr);

impl From<&'static str> for Sql {
    fn from(sql: &'static str) -> Self {
        Self(sql.into_sql_str())
    }
}

impl From<String> for Sql {
    fn from(sql: String) -> Self {
        Self(AssertSqlSafe(sql).into_sql_str())
    }
}

/// A transaction; dropped without [`commit`](Self::commit) it is rolled back.
pub(super) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(
        Transaction<'static, Postgres>,
        #[expect(dead_code, reason = "the turn ends with the transaction")] OwnedSemaphorePermit,
    ),
}

impl Tx {
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(..) => Dialect::Postgres,
        }
    }

    /// Runs a statement; gives the number of rows it changed.
    pub async fn execute(&mut self, sql: impl Into<Sql>, args: Vec<Value>) -> Result<u64, StoreError> {
        let sql = sql.into().0;
        Ok(match self {
            Self::Sqlite(tx) => bind!(sqlx::query(sql), args).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx, _) => bind!(sqlx::query(sql), args).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// All rows of a query.
    pub async fn all<T: Record>(
        &mut self,
        sql: impl Into<Sql>,
        args: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = sql.into().0;
        Ok(match self {
            Self::Sqlite(tx) => bind!(sqlx::query_as(sql), args).fetch_all(&mut **tx).await?,
            Self::Postgres(tx, _) => bind!(sqlx::query_as(sql), args).fetch_all(&mut **tx).await?,
        })
    }

    /// The first row of a query.
    pub async fn first<T: Record>(
        &mut self,
        sql: impl Into<Sql>,
        args: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        let sql = sql.into().0;
        Ok(match self {
            Self::Sqlite(tx) => bind!(sqlx::query_as(sql), args).fetch_optional(&mut **tx).await?,
            Self::Postgres(tx, _) => bind!(sqlx::query_as(sql), args).fetch_optional(&mut **tx).await?,
        })
    }

    /// The first row of a query that always has one.
    pub async fn one<T: Record>(&mut self, sql: impl Into<Sql>, args: Vec<Value>) -> Result<T, StoreError> {
        self.first(sql, args).await?.ok_or_else(|| StoreError::Unexpected { what: "no row".into() })
    }

    /// Runs several statements without values.
    pub async fn script(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop)?,
            Self::Postgres(tx, _) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }

    /// Takes `n` numbers that grow in the order of commits and gives the first; the last step of a transaction before
    /// what needs the numbers, as it holds back every other writer until the commit.
    pub async fn numbers(&mut self, counter: &'static str, n: usize) -> Result<u64, StoreError> {
        let sql = "UPDATE counter SET value = value + $2 WHERE name = $1 RETURNING value";
        let (last,): (i64,) = self.one(sql, args![counter, n]).await?;
        Ok(last as u64 + 1 - n as u64)
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx, _) => tx.commit().await?,
        }
        Ok(())
    }

    pub async fn roll_back(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx, _) => tx.rollback().await?,
        }
        Ok(())
    }
}

/// `$first, $first+1, …`, `n` of them.
pub(super) fn placeholders(first: usize, n: usize) -> String {
    (first..first + n).map(|i| format!("${i}")).collect::<Vec<_>>().join(", ")
}
