//! Cases on their way into the log while the store comes and goes.

use super::*;
use crate::lifecycle::Tasks;

fn retry() -> Retry {
    Retry {
        limit: Duration::from_millis(20),
        batch_limit: Duration::from_millis(200),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
    }
}

fn recorder(dir: &Path, limits: Limits) -> (Arc<FakeStore>, Arc<Recorder>) {
    let store = Arc::new(FakeStore::default());
    let spool = Spool::open(dir, limits).expect("opens");
    let recorder = Recorder::new(Arc::clone(&store) as _, Some(spool), retry());
    (store, Arc::new(recorder))
}

/// Waits for the background task to have done something.
async fn until(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it happens in the end");
}

#[tokio::test]
async fn a_store_that_is_up_gets_the_case_itself() {
    let dir = folder();
    let (store, recorder) = recorder(dir.path(), Limits::default());
    assert_eq!(recorder.record(vec![case(0)]).await, [Kept::Logged(Recorded::New)]);
    assert_eq!(store.recorded(), [id(0)]);
    assert!(!recorder.is_down() && recorder.spool().is_some_and(Spool::is_empty));
}

#[tokio::test]
async fn cases_wait_while_the_store_is_down_and_arrive_when_it_is_back() {
    let dir = folder();
    let (store, recorder) = recorder(dir.path(), Limits::default());
    let tasks = Tasks::new();
    recorder.start(&tasks);
    store.always(Mood::Hangs);
    for n in 0..3 {
        assert_eq!(recorder.record(vec![case(n)]).await, [Kept::Spooled(Recorded::New)]);
    }
    assert!(recorder.is_down());
    store.always(Mood::Fails);
    assert_eq!(recorder.record(vec![case(3)]).await, [Kept::Spooled(Recorded::New)]);
    store.always(Mood::Takes);
    until(|| store.recorded().len() == 4 && !recorder.is_down()).await;
    assert_eq!(store.recorded(), (0..4).map(id).collect::<Vec<_>>());
    assert_eq!(recorder.record(vec![case(4)]).await, [Kept::Logged(Recorded::New)]);
    tasks.shut_down().await;
}

#[tokio::test]
async fn what_an_earlier_run_left_arrives_without_a_new_case() {
    let (dir, _, _) = filled(2);
    let (store, recorder) = recorder(dir.path(), Limits::default());
    let tasks = Tasks::new();
    recorder.start(&tasks);
    until(|| store.recorded().len() == 2).await;
    tasks.shut_down().await;
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_store_that_hangs() {
    let (dir, _, _) = filled(2);
    let (store, recorder) = recorder(dir.path(), Limits::default());
    store.always(Mood::Hangs);
    let tasks = Tasks::new();
    recorder.start(&tasks);
    tokio::task::yield_now().await;
    tasks.shut_down().await;
    drop(recorder);
    assert_eq!(replayed(dir.path()).await, [0, 1]);
}

#[tokio::test]
async fn a_full_spool_is_said_and_the_store_is_tried_once_more() {
    let dir = folder();
    let (store, recorder) = recorder(dir.path(), Limits { records: 1, ..Limits::default() });
    store.always(Mood::Fails);
    recorder.record(vec![case(0)]).await;
    let [Kept::NotStored { reason }] = &recorder.record(vec![case(1)]).await[..] else { panic!("not stored") };
    assert!(!reason.contains("고라니"));
    store.always(Mood::Takes);
    assert_eq!(recorder.record(vec![case(2)]).await, [Kept::Logged(Recorded::New)]);
}

#[tokio::test]
async fn the_first_of_two_equal_requests_stays_the_first() {
    let dir = folder();
    let (store, recorder) = recorder(dir.path(), Limits::default());
    store.next([Mood::Fails]);
    assert_eq!(recorder.record(vec![keyed(0, "k", "body")]).await, [Kept::Spooled(Recorded::New)]);
    // The store takes cases again, the spool is not yet empty.
    let same = Recorded::Same { case: id(0), answer: serde_json::json!({ "n": 0 }) };
    assert_eq!(recorder.record(vec![keyed(1, "k", "body")]).await, [Kept::Spooled(same.clone())]);
    let key = keyed(0, "k", "body").request.expect("a key");
    assert_eq!(recorder.find_request(&key).await, Ok(Some(same.clone())));
    recorder.spool().expect("a spool").replay(&*store, LIMIT).await;
    assert_eq!(recorder.find_request(&key).await, Ok(Some(same)));
    assert_eq!(store.recorded(), [id(0)]);
}

#[tokio::test]
async fn without_a_spool_a_failure_is_said() {
    let store = Arc::new(FakeStore::default());
    let recorder = Recorder::new(Arc::clone(&store) as _, None, retry());
    store.next([Mood::Fails]);
    assert!(matches!(recorder.record(vec![case(0)]).await[..], [Kept::NotStored { .. }]));
    assert_eq!(recorder.record(vec![case(0)]).await, [Kept::Logged(Recorded::New)]);
}
