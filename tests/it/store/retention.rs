//! Purge: texts go, statistics stay.

use minwon::domain::case::Status;
use minwon::store::{CaseStore, ChainReport, Database, Filter, NewCase, PurgeMode, PurgePlan, RequestKey, StatsQuery};
use time::macros::date;

use super::access::{look_five_times, view};
use super::fixture::{TestLog, act, case_id, complaint, minute, rich_complaint};

fn plan(mode: PurgeMode) -> PurgePlan {
    PurgePlan { older_than: vec![(Status::Closed, minute(60))], access_before: Some(minute(3)), mode }
}

/// Five views, one after the other.
async fn look_in_order(log: &TestLog) {
    log.store.append_access((1..=5).map(|n| view(n, "kim")).collect()).await.unwrap();
}

/// Twelve hundred cases, all closed but the first; the second one only lately.
async fn mostly_closed(log: &TestLog) {
    let text = "양평 용문면 길가에 고라니가 죽어 있어요. ".repeat(10);
    let cases = (1..=1_200).map(|n| {
        let request = Some(RequestKey::new("router", "external_id", &n.to_string(), b"{}"));
        NewCase { request, masked_text: text.clone(), ..rich_complaint(n) }
    });
    for batch in cases.collect::<Vec<_>>().chunks(300) {
        log.store.record_triage(batch.to_vec()).await.unwrap();
    }
    for n in 2..=1_200 {
        let minutes = if n == 2 { 90 } else { 1 };
        let case = rich_complaint(n).to_case();
        log.store.apply(&case.close(act(&case, "kim", minutes), "중복").unwrap()).await.unwrap().unwrap();
    }
    look_in_order(log).await;
}

fn query() -> StatsQuery {
    StatsQuery {
        from: date!(2026 - 11 - 23),
        to: date!(2026 - 11 - 23),
        department: Vec::new(),
        now: minute(0),
    }
}

pub async fn a_dry_run_deletes_nothing(log: &TestLog) {
    let id = log.receive(complaint(1, "도로")).await;
    log.change(id, |case| case.close(act(case, "kim", 1), "중복").unwrap()).await;
    look_in_order(log).await;
    let report = log.store.purge(&plan(PurgeMode::DryRun)).await.unwrap();
    assert_eq!((report.cases["closed"], report.access), (1, 2));
    assert_eq!(report.bytes_before, report.bytes_after);
    assert!(log.store.case(id).await.unwrap().is_some());
    assert!(matches!(log.store.verify_access().await.unwrap(), ChainReport::Intact { rows: 5, .. }));
}

pub async fn a_purge_takes_texts_and_leaves_statistics(log: &TestLog) {
    mostly_closed(log).await;
    let before = log.store.stats(&query()).await.unwrap();
    let report = log.store.purge(&plan(PurgeMode::Delete)).await.unwrap();
    assert_eq!((report.cases["closed"], report.access), (1_198, 2));
    // PostgreSQL gives back the space of tables, and keeps that of indexes for new rows.
    let factor = if matches!(log.database, Database::Sqlite(_)) { 4 } else { 1 };
    assert!(report.bytes_after * factor < report.bytes_before, "{report:?}");
    let stats = log.store.stats(&query()).await.unwrap();
    assert_eq!((&stats.days, stats.days[0].counts.received), (&before.days, 1_200));
    assert!(log.store.case(case_id(3)).await.unwrap().is_none());
    let key = RequestKey::new("router", "external_id", "3", b"{}");
    assert_eq!(log.store.find_request(&key).await.unwrap(), None);
    let search = Filter { text: Some("고라니".into()), ..Filter::default() };
    assert_eq!(log.store.counts(&search).await.unwrap().total, 2);
    assert_eq!(log.store.export_after(0, 100).await.unwrap().len(), 2);
    assert_eq!(log.store.vectors_after(0, 100).await.unwrap().len(), 2);
    // The numbers of events go on.
    let last = log.store.last_event().await.unwrap();
    log.receive(complaint(2_000, "도로")).await;
    assert_eq!(log.store.last_event().await.unwrap(), last + 1);
    assert_eq!(log.store.purge(&plan(PurgeMode::Delete)).await.unwrap().cases["closed"], 0);
}

pub async fn the_access_log_stays_whole_after_its_oldest_rows_went(log: &TestLog) {
    look_five_times(log).await;
    let report = log.store.purge(&plan(PurgeMode::Delete)).await.unwrap();
    let rows = 5 - report.access;
    let intact = |rows, last| move |r: &ChainReport| matches!(r, ChainReport::Intact { rows: n, last: l, .. } if (*n, *l) == (rows, last));
    assert!(intact(rows, 5)(&log.store.verify_access().await.unwrap()));
    log.store.append_access(vec![view(9, "kim")]).await.unwrap();
    assert!(intact(rows + 1, 6)(&log.store.verify_access().await.unwrap()));
}
