//! Connections: where the database is, how it is opened, and a transaction for reading or writing.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, PgPool, SqlitePool};
use tokio::sync::Semaphore;

use super::db::Tx;
use super::error::StoreError;

/// How long to wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long SQLite waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// Readers of SQLite.
const READERS: u32 = 4;
/// Connections to PostgreSQL, for each replica.
const POSTGRES_CONNECTIONS: u32 = 10;
/// After a failed connection, how long nobody else tries: while the server is down, callers learn it at once.
const REST: Duration = Duration::from_secs(1);

/// Where the case log lies.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// One file.
    Sqlite(PathBuf),
    /// A server; the address may hold a password, so there is no `Debug`.
    Postgres(String),
}

/// Not an address of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a database\nhint: give `sqlite:PATH` or `postgres://USER@HOST/NAME`")]
pub struct InvalidDatabase;

impl FromStr for Database {
    type Err = InvalidDatabase;

    fn from_str(address: &str) -> Result<Self, Self::Err> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            PgConnectOptions::from_str(address).map_err(|_| InvalidDatabase)?;
            return Ok(Self::Postgres(address.to_owned()));
        }
        let path = address.strip_prefix("sqlite:").ok_or(InvalidDatabase)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        // A database in memory would be another one for every connection.
        if path.is_empty() || path.starts_with(':') {
            return Err(InvalidDatabase);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

/// Open connections. SQLite has one writer, so that nobody waits in the database, and readers that see the last commit.
#[derive(Clone)]
pub(super) enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(Arc<Server>),
}

/// Connections to PostgreSQL. Callers take turns before they ask the pool, so that a pool that gives nothing in time
/// means a server that is down, never a service that is busy.
pub(super) struct Server {
    pub pool: PgPool,
    turns: Arc<Semaphore>,
    /// When a connection last failed.
    failed: Mutex<Option<Instant>>,
}

impl Server {
    fn new(pool: PgPool) -> Self {
        Self {
            pool,
            turns: Arc::new(Semaphore::new(POSTGRES_CONNECTIONS as usize)),
            failed: Mutex::new(None),
        }
    }

    async fn begin(&self, statement: &'static str) -> Result<Tx, StoreError> {
        let closed = || StoreError::Unavailable { reason: "the connections are closed".into() };
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| closed())?;
        if self.failed().is_some_and(|at| at.elapsed() < REST) {
            return Err(StoreError::Unavailable { reason: "the server did not answer a moment ago".into() });
        }
        let begun = self.pool.begin_with(statement).await;
        if matches!(begun, Err(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_))) {
            *self.failed() = Some(Instant::now());
        }
        Ok(Tx::Postgres(begun?, turn))
    }

    fn failed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pools {
    /// Sets up the connections; the first one is made when it is needed, so that a service can start while its
    /// database is down.
    pub fn open(database: &Database) -> Result<Self, StoreError> {
        match database {
            Database::Sqlite(path) => {
                private(path)?;
                let options = sqlite(path);
                let pool = || SqlitePoolOptions::new().acquire_timeout(ACQUIRE + BUSY).idle_timeout(None);
                let pool = || pool().max_lifetime(None).test_before_acquire(false);
                let reading = options.clone().pragma("query_only", "ON");
                Ok(Self::Sqlite {
                    writer: pool().max_connections(1).connect_lazy_with(options),
                    readers: pool().max_connections(READERS).connect_lazy_with(reading),
                })
            }
            Database::Postgres(address) => {
                let options = PgConnectOptions::from_str(address)?
                    .application_name("minwon")
                    .options([
                        ("statement_timeout", "15s"),
                        ("lock_timeout", "10s"),
                        ("idle_in_transaction_session_timeout", "30s"),
                    ])
                    .disable_statement_logging();
                let pool =
                    PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(ACQUIRE);
                Ok(Self::Postgres(Arc::new(Server::new(pool.connect_lazy_with(options)))))
            }
        }
    }

    /// Begins a transaction that reads one state of the database.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres(server) => server.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?,
        })
    }

    /// Begins a transaction that writes. SQLite takes the write lock at once: a lock that is upgraded later may fail.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(server) => server.begin("BEGIN").await?,
        })
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(server) => server.pool.close().await,
        }
    }
}

fn sqlite(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        // Lets a purge give pages back; only a new file takes it.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        // Every commit is on disk before it is acknowledged.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .pragma("cache_size", "-32768")
        .optimize_on_close(true, None)
        .disable_statement_logging()
}

/// Makes a new database file readable by its owner only; SQLite gives its side files the same rights.
fn private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    if path.exists() {
        return Ok(());
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(StoreError::Unavailable { reason: format!("the database file ({})", e.kind()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let file = |path: &str| Some(Database::Sqlite(path.into()));
        assert!("sqlite:/var/lib/minwon.sqlite".parse().ok() == file("/var/lib/minwon.sqlite"));
        assert!("sqlite://minwon.sqlite".parse().ok() == file("minwon.sqlite"));
        assert!(matches!("postgres://minwon@localhost/minwon".parse(), Ok(Database::Postgres(_))));
        for wrong in ["", "minwon.sqlite", "sqlite:", "sqlite::memory:", "mysql://x", "postgres://:::"] {
            assert!(wrong.parse::<Database>().is_err(), "{wrong}");
        }
    }
}
