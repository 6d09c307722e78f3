//! Schema, readiness, failure, shutdown.

use minwon::lifecycle::Tasks;
use minwon::store::{CaseStore, Database, Recorded, SCHEMA_VERSION, SqlStore, StoreError};

use tokio::net::{TcpListener, TcpStream};

use super::fixture::{TestLog, case_id, complaint};

pub async fn the_schema_is_made_once_even_by_several_at_once(log: &TestLog) {
    let (one, two) = (log.another(), log.another());
    let (a, b) = tokio::join!(one.migrate(), two.migrate());
    a.unwrap();
    b.unwrap();
    assert_eq!(one.schema_version().await.unwrap(), SCHEMA_VERSION);
    one.ready().await.unwrap();
    one.close().await;
    two.close().await;
    let closed = one.record_triage(vec![complaint(1, "도로")]).await.unwrap_err();
    assert!(matches!(closed, StoreError::Unavailable { .. }));
}

pub async fn a_newer_schema_is_refused(log: &TestLog) {
    log.meddle("INSERT INTO schema_version (version) VALUES (999)").await;
    let newer = StoreError::Schema { found: 999, needed: SCHEMA_VERSION };
    assert_eq!(log.store.ready().await, Err(newer.clone()));
    assert_eq!(log.store.migrate().await, Err(newer));
}

pub async fn nothing_taken_in_is_lost_when_the_log_closes(log: &TestLog) {
    let store = log.another();
    let writes = (1..=40).map(|n| store.record_triage(vec![complaint(n, "도로")]));
    let (outcomes, ()) = tokio::join!(futures_util::future::join_all(writes), store.close());
    for (n, outcome) in (1..).zip(outcomes) {
        let there = log.store.case(case_id(n)).await.unwrap().is_some();
        match outcome {
            Ok(recorded) => assert_eq!((recorded, there), (vec![Recorded::New], true)),
            Err(error) => assert!(matches!(error, StoreError::Unavailable { .. }) && !there, "{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_log_without_a_schema_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("empty.sqlite"));
    let store = SqlStore::open(&database, &Tasks::new()).unwrap();
    assert_eq!(store.ready().await, Err(StoreError::Schema { found: 0, needed: SCHEMA_VERSION }));
    store.close().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_and_a_server_that_is_not_there_are_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.sqlite");
    std::fs::write(&path, "고라니".repeat(1_000)).unwrap();
    // Port 9 of loopback: nobody listens there.
    for database in [Database::Sqlite(path), "postgres://minwon@127.0.0.1:9/minwon".parse().unwrap()] {
        let store = SqlStore::open(&database, &Tasks::new()).unwrap();
        for outcome in [
            store.ready().await,
            store.migrate().await,
            store.record_triage(vec![complaint(1, "도로")]).await.map(drop),
        ] {
            assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
        }
        store.close().await;
    }
    let nowhere = Database::Sqlite(folder.path().join("no/such/folder.sqlite"));
    let outcome = SqlStore::open(&nowhere, &Tasks::new()).map(drop);
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_not_ready() {
    let Some(log) = TestLog::postgres().await else { return };
    log.receive(complaint(1, "도로")).await;
    let Database::Postgres(url) = &log.database else { panic!("a server") };
    let read_only = Database::Postgres(format!("{url}&options[default_transaction_read_only]=on"));
    let store = SqlStore::open(&read_only, &Tasks::new()).unwrap();
    for outcome in [store.ready().await, store.record_triage(vec![complaint(2, "도로")]).await.map(drop)] {
        assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    }
    assert!(store.case(case_id(1)).await.unwrap().is_some(), "reading goes on");
    store.close().await;
    log.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_cut_off_is_used_again_and_nothing_is_recorded_twice() {
    let Some(log) = TestLog::postgres().await else { return };
    let wire = Wire::to(&log.database).await;
    let store = SqlStore::open(&wire.database, &Tasks::new()).unwrap();
    store.ready().await.unwrap();
    let cases: Vec<_> = (1..=20).map(|n| complaint(n, "도로")).collect();
    store.record_triage(cases[..10].to_vec()).await.unwrap();
    wire.cut();
    let outcome = store.record_triage(cases[10..].to_vec()).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    assert!(matches!(store.ready().await, Err(StoreError::Unavailable { .. })));
    wire.mend();
    // What the spool does: everything again, as it cannot know what arrived.
    let outcome = store.record_triage(cases).await.unwrap();
    let new = outcome.iter().filter(|recorded| **recorded == Recorded::New).count();
    assert_eq!((outcome.len(), new), (20, 10));
    assert_eq!(log.store.last_event().await.unwrap(), 20);
    store.close().await;
    log.store.close().await;
}

/// A wire between the service and PostgreSQL that can be cut.
struct Wire {
    database: Database,
    up: tokio::sync::watch::Sender<bool>,
}

impl Wire {
    async fn to(database: &Database) -> Self {
        let Database::Postgres(url) = database else { panic!("a server") };
        let (_, rest) = url.split_once('@').unwrap();
        let (server, _) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let database = Database::Postgres(url.replace(server, &address));
        let (up, state) = tokio::sync::watch::channel(true);
        let (tasks, server) = (Tasks::new(), server.to_owned());
        let connections = tasks.clone();
        tasks.spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (mut state, server) = (state.clone(), server.clone());
                connections.spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let mut server = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        _ = state.wait_for(|up| !up) => {}
                    }
                });
            }
        });
        Self { database, up }
    }

    /// Ends all connections and takes no new ones.
    fn cut(&self) {
        self.up.send_replace(false);
    }

    fn mend(&self) {
        self.up.send_replace(true);
    }
}

#[test]
fn the_new_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = runtime.block_on(TestLog::sqlite());
    let Database::Sqlite(path) = &log.database else { panic!("a file") };
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}
