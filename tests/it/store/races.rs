//! Several replicas at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use minwon::store::{CaseStore, NewCase, Recorded, RequestKey, SqlStore, StoreError};

use super::fixture::{TestLog, act, case_id, complaint};

/// Three independent handles on one log.
fn replicas(log: &TestLog) -> [Arc<SqlStore>; 3] {
    [log.another(), log.another(), Arc::clone(&log.store)]
}

pub async fn one_request_sent_many_times_at_once_is_one_case(log: &TestLog) {
    let replicas = replicas(log);
    let key = RequestKey::new("router", "external_id", "kakao-1", b"{}");
    let sent = (1..=60).map(|n| {
        let case = NewCase { request: Some(key.clone()), ..complaint(n, "도로가 파였어요") };
        // Beside it another one, in the other order for every second caller.
        let other = RequestKey::new("router", "external_id", "kakao-2", b"{}");
        let other = NewCase { request: Some(other), ..complaint(1_000 + n, "가로등이 꺼졌어요") };
        let batch = if n % 2 == 0 { vec![case, other] } else { vec![other, case] };
        replicas[n as usize % 3].record_triage(batch)
    });
    let outcomes: Vec<Recorded> = join_all(sent).await.into_iter().flat_map(Result::unwrap).collect();
    let new = outcomes.iter().filter(|o| **o == Recorded::New).count();
    assert_eq!((outcomes.len(), new), (120, 2));
    let named: BTreeSet<_> = outcomes
        .iter()
        .filter_map(|o| match o {
            Recorded::Same { case, .. } => Some(*case),
            _ => None,
        })
        .collect();
    assert_eq!((named.len(), log.store.last_event().await.unwrap()), (2, 2));
}

pub async fn a_thousand_decisions_on_fifty_cases_have_one_winner_each(log: &TestLog) {
    let replicas = replicas(log);
    log.store.record_triage((0..50).map(|n| complaint(n, "도로가 파였어요")).collect()).await.unwrap();
    let decisions = (0..1_000u64).map(|i| {
        let (case, by) = (complaint(i % 50, "").to_case(), format!("counsellor-{}", i / 50));
        let change = case.edit(act(&case, &by, 1), None, &format!("답변 {i}")).unwrap();
        let replica = Arc::clone(&replicas[i as usize % 3]);
        async move { (case.id, by, replica.apply(&change).await) }
    });
    let outcomes = join_all(decisions).await;
    for n in 0..50 {
        let of_case: Vec<_> = outcomes.iter().filter(|(id, ..)| *id == case_id(n)).collect();
        let won: Vec<_> = of_case.iter().filter(|(.., outcome)| outcome.is_ok()).collect();
        let [(_, winner, _)] = won.as_slice() else { panic!("case {n}: {} winners", won.len()) };
        let told = |outcome: &_| matches!(outcome, Err(StoreError::Conflict(c)) if c.by == *winner && c.version == 2);
        assert_eq!(of_case.iter().filter(|(.., outcome)| told(outcome)).count(), 19);
        let history = log.history(case_id(n)).await;
        assert_eq!((history.case.version, history.decisions.len(), history.events.len()), (2, 1, 2));
        assert_eq!(history.decisions[0].by, *winner);
    }
}

pub async fn event_numbers_grow_in_the_order_of_commits(log: &TestLog) {
    let replicas = replicas(log);
    let writes = (0..300u64).map(|n| {
        let replica = Arc::clone(&replicas[n as usize % 3]);
        async move { replica.record_triage(vec![complaint(n, "도로")]).await.map(drop).unwrap() }
    });
    // A reader that goes on from the last number it saw, as a client of the event stream does.
    let reader = async {
        let mut seen = Vec::new();
        while seen.len() < 300 {
            let last = seen.last().map_or(0, |event: &minwon::store::Event| event.seq);
            seen.extend(log.store.events_after(last, 50).await.unwrap());
        }
        seen
    };
    let (_, seen) = tokio::join!(join_all(writes), reader);
    assert_eq!(seen.iter().map(|event| event.case_id).collect::<BTreeSet<_>>().len(), 300);
    assert!(seen.is_sorted_by(|a, b| a.seq < b.seq));
}
