//! Recording and reading cases.

use minwon::domain::case::{Status, VerdictKind};
use minwon::store::{CaseStore, NewCase, PredictionRole, Recorded, RequestKey, StoreError};
use serde_json::json;

use super::fixture::{TestLog, act, case_id, complaint, draft, minute, rich_complaint, to};

pub async fn a_recorded_case_has_its_whole_history(log: &TestLog) {
    let new = rich_complaint(1);
    let id = log.receive(new.clone()).await;
    let history = log.history(id).await;
    assert_eq!(history.case, new.to_case());
    assert_eq!(history.due, new.due);
    assert_eq!(history.row.masked_text, new.masked_text);
    assert_eq!(history.row.review_reasons, new.review_reasons);
    assert_eq!((history.row.received_at, history.row.external_id), (new.received_at, new.external_id));
    assert_eq!(history.signals, new.signals);
    assert_eq!(history.place, new.place);
    assert_eq!(
        history.drafts.iter().map(|d| &d.draft).collect::<Vec<_>>(),
        new.drafts.iter().collect::<Vec<_>>()
    );
    let said: Vec<_> = history.predictions.iter().map(|p| (p.role, &p.prediction)).collect();
    assert_eq!(said, [(PredictionRole::Active, &new.prediction), (PredictionRole::Shadow, &new.shadows[0])]);
    let [event] = history.events.as_slice() else { panic!("{:?}", history.events) };
    assert_eq!((event.kind, event.version, event.status), (VerdictKind::Triaged, 1, Status::Triaged));
    assert!(history.decisions.is_empty());
    assert!(log.store.case(case_id(2)).await.unwrap().is_none());
}

/// A complaint whose caller gave a key.
fn keyed(n: u64, key: &str, body: &[u8]) -> NewCase {
    NewCase {
        request: Some(RequestKey::new("router", "idempotency-key", key, body)),
        ..complaint(n, "가로등이 꺼졌어요")
    }
}

pub async fn the_same_request_is_one_case_and_one_answer(log: &TestLog) {
    let first = keyed(1, "a", b"body");
    let key = first.request.clone().unwrap();
    assert_eq!(log.store.find_request(&key).await.unwrap(), None);
    log.receive(first).await;
    let same = Recorded::Same { case: case_id(1), answer: json!({"by": "minwon-ko", "confidence": 0.75}) };
    let batch = vec![keyed(2, "a", b"body"), keyed(3, "a", b"other"), keyed(4, "b", b"body")];
    let outcome = log.store.record_triage(batch).await.unwrap();
    assert_eq!(outcome, [same.clone(), Recorded::Reused { case: case_id(1) }, Recorded::New]);
    assert_eq!(log.store.find_request(&key).await.unwrap(), Some(same));
    let other = RequestKey::new("router", "idempotency-key", "a", b"other");
    assert_eq!(log.store.find_request(&other).await.unwrap(), Some(Recorded::Reused { case: case_id(1) }));
    assert!(log.store.case(case_id(2)).await.unwrap().is_none());
    // Another caller, or an `external_id` of the same wording, is another request.
    for (caller, kind) in [("other", "idempotency-key"), ("router", "external_id")] {
        let key = RequestKey::new(caller, kind, "a", b"body");
        assert_eq!(log.store.find_request(&key).await.unwrap(), None);
    }
}

pub async fn a_replay_of_the_same_case_records_nothing(log: &TestLog) {
    for new in [complaint(1, "가로등이 꺼졌어요"), keyed(2, "a", b"body")] {
        let id = log.receive(new.clone()).await;
        // As it comes back from the spool.
        let replayed: NewCase = serde_json::from_str(&serde_json::to_string(&new).unwrap()).unwrap();
        assert_eq!(replayed, new);
        let outcome = log.store.record_triage(vec![replayed]).await.unwrap();
        assert!(matches!(outcome[..], [Recorded::Same { case, .. }] if case == id), "{outcome:?}");
        assert_eq!(log.history(id).await.events.len(), 1);
    }
}

pub async fn repeats_within_a_batch_are_one_case(log: &TestLog) {
    let batch = vec![keyed(1, "z", b"x"), keyed(2, "a", b"x"), keyed(3, "z", b"x"), keyed(4, "a", b"y")];
    let outcome = log.store.record_triage(batch).await.unwrap();
    assert!(matches!(
        outcome[..],
        [Recorded::New, Recorded::New, Recorded::Same { case: a, .. }, Recorded::Reused { case: b }]
            if a == case_id(1) && b == case_id(2)
    ));
    assert_eq!(log.store.record_triage(Vec::new()).await.unwrap(), []);
}

pub async fn drafts_belong_to_a_version(log: &TestLog) {
    let id = log.receive(complaint(1, "도로가 파였어요")).await;
    let seq = log.store.add_drafts(id, 1, vec![draft(1, "하나"), draft(2, "둘")]).await.unwrap();
    let history = log.history(id).await;
    assert_eq!((history.case.version, history.drafts.len()), (1, 2));
    assert_eq!(history.draft(draft(2, "").id).unwrap().text, "둘");
    let last = history.events.last().unwrap();
    assert_eq!((Some(last.seq), last.kind, last.by.as_str()), (seq, VerdictKind::Drafted, "minwon"));
    log.change(id, |case| case.relabel(act(case, "kim", 1), to("housing"), "소관 아님").unwrap()).await;
    let error = log.store.add_drafts(id, 1, vec![draft(3, "셋")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(c) if c.by == "kim" && c.version == 2));
    assert_eq!(log.history(id).await.drafts.len(), 2);
    assert_eq!(log.store.add_drafts(case_id(9), 1, vec![draft(3, "셋")]).await.unwrap(), None);
}

pub async fn events_can_be_followed_from_any_point(log: &TestLog) {
    let mut committed = log.store.committed();
    let id = log.receive(complaint(1, "첫째")).await;
    log.receive(complaint(2, "둘째")).await;
    let seq = log.change(id, |case| case.close(act(case, "kim", 1), "중복").unwrap()).await;
    let all = log.store.events_after(0, 100).await.unwrap();
    let what: Vec<_> = all.iter().map(|e| (e.seq, e.case_id, e.kind)).collect();
    assert_eq!(
        what,
        [
            (1, id, VerdictKind::Triaged),
            (2, case_id(2), VerdictKind::Triaged),
            (seq, id, VerdictKind::Closed)
        ]
    );
    assert_eq!((all[2].status, all[2].by.as_str(), all[2].at), (Status::Closed, "kim", minute(1)));
    assert_eq!(log.store.events_after(1, 1).await.unwrap(), all[1..2]);
    assert_eq!(log.store.events_after(seq, 100).await.unwrap(), []);
    assert_eq!(log.store.last_event().await.unwrap(), seq);
    assert_eq!(*committed.borrow_and_update(), seq);
}

pub async fn vectors_come_in_the_order_of_recording(log: &TestLog) {
    // Number 2 came in later but was recorded first, and number 3 has no embedding.
    for n in [2, 3, 1] {
        let embedding = (n != 3).then(|| vec![u8::try_from(n).unwrap(); 4]);
        log.receive(NewCase { embedding, request: None, ..rich_complaint(n) }).await;
    }
    let all = log.store.vectors_after(0, 10).await.unwrap();
    assert_eq!(all.iter().map(|v| v.case_id).collect::<Vec<_>>(), [case_id(2), case_id(1)]);
    assert_eq!((all[0].embedding.as_slice(), all[0].sigungu.as_deref()), ([2; 4].as_slice(), Some("양평군")));
    assert_eq!(log.store.vectors_after(all[0].seq, 10).await.unwrap(), all[1..]);
}

pub async fn an_export_goes_on_where_it_ended(log: &TestLog) {
    let new = rich_complaint(1);
    let id = log.receive(new.clone()).await;
    log.receive(complaint(2, "둘째")).await;
    let all = log.store.export_after(0, 10).await.unwrap();
    assert_eq!(all.iter().map(|row| row.row.case_id).collect::<Vec<_>>(), [id, case_id(2)]);
    assert_eq!(all[0].predictions.len(), 2);
    let end = all[1].seq;
    assert_eq!(log.store.export_after(end, 10).await.unwrap(), []);
    log.change(id, |case| case.relabel(act(case, "kim", 1), to("animal"), "로드킬").unwrap()).await;
    let more = log.store.export_after(end, 10).await.unwrap();
    let [row] = more.as_slice() else { panic!("{more:?}") };
    assert_eq!((row.row.case_id, row.row.labels.department.as_str(), row.decisions.len()), (id, "animal", 1));
    // What the machine said is as it was.
    assert_eq!(row.predictions[0].prediction, new.prediction);
}

pub async fn summaries_carry_the_reply_that_went_out(log: &TestLog) {
    let answered = log.receive(rich_complaint(1)).await;
    let open = log.receive(complaint(2, "둘째")).await;
    log.change(answered, |case| case.edit(act(case, "kim", 1), None, "치웠습니다.").unwrap()).await;
    let found = log.store.summaries(&[open, case_id(9), answered]).await.unwrap();
    let short: Vec<_> = found.iter().map(|s| (s.row.case_id, s.reply.as_deref())).collect();
    assert_eq!(short, [(open, None), (answered, Some("치웠습니다."))]);
    assert_eq!(log.store.summaries(&[]).await.unwrap(), []);
}
