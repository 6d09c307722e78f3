//! What people decide, and what is counted of it.

use minwon::domain::Decision;
use minwon::domain::case::{CaseError, Office, Status, Verdict, VerdictKind};
use minwon::store::{CaseStore, Conflict, DayCounts, Filter, NewCase, StatsQuery, StoreError};
use time::Duration;
use time::macros::date;

use super::fixture::{TestLog, act, case_id, complaint, minute, rich_complaint, to};

pub async fn a_decision_is_kept_beside_what_the_machine_said(log: &TestLog) {
    let new = rich_complaint(1);
    let id = log.receive(new.clone()).await;
    let before = log.history(id).await;
    let draft = before.draft(new.drafts[0].id).unwrap();
    let text = "오늘 치우겠습니다.";
    let change = before.case.edit(act(&before.case, "kim", 1), Some(&draft), text).unwrap();
    log.store.apply(&change).await.unwrap().unwrap();
    let after = log.history(id).await;
    assert_eq!(after.case, change.after);
    assert_eq!((after.row.status, after.row.changed_by.as_str()), (Status::Answered, "kim"));
    let [decision] = after.decisions.as_slice() else { panic!("{:?}", after.decisions) };
    assert_eq!(decision.verdict, change.verdict);
    assert_eq!((decision.version, decision.at, decision.undone), (2, minute(1), false));
    assert!(matches!(&decision.verdict, Verdict::Edited { distance: Some(2), diff, .. } if diff.len() == 3));
    // Prediction and draft are as they were.
    assert_eq!((after.predictions, after.drafts), (before.predictions, before.drafts));
}

pub async fn of_two_decisions_the_second_is_told_who_was_first(log: &TestLog) {
    let id = log.receive(complaint(1, "도로가 파였어요")).await;
    let case = log.case(id).await;
    let first = case.close(act(&case, "kim", 1), "중복").unwrap();
    let second = case.edit(act(&case, "lee", 2), None, "치우겠습니다.").unwrap();
    log.store.apply(&first).await.unwrap().unwrap();
    let lost = Conflict { version: 2, what: VerdictKind::Closed, by: "kim".into(), at: minute(1) };
    assert_eq!(log.store.apply(&second).await, Err(StoreError::Conflict(lost)));
    let history = log.history(id).await;
    assert_eq!((history.decisions.len(), history.events.len(), history.case.status), (1, 2, Status::Closed));
    // A case that is not there.
    let nowhere = complaint(9, "").to_case();
    let change = nowhere.close(act(&nowhere, "kim", 1), "중복").unwrap();
    assert_eq!(log.store.apply(&change).await, Ok(None));
}

pub async fn an_undone_decision_leaves_the_case_as_it_was(log: &TestLog) {
    let id = log.receive(complaint(1, "도로가 파였어요")).await;
    let before = log.case(id).await;
    log.change(id, |case| {
        case.transfer(act(case, "kim", 1), Office::CityCounty("수원시".into()), "시도").unwrap()
    })
    .await;
    assert_eq!(log.history(id).await.row.hops, 1);
    log.change(id, |case| case.undo(act(case, "kim", 1)).unwrap()).await;
    let history = log.history(id).await;
    assert_eq!((history.case.status, &history.case.labels), (before.status, &before.labels));
    assert_eq!((history.case.version, history.row.hops, history.case.hops.len()), (3, 0, 1));
    assert!(history.case.hops[0].undone && history.decisions[0].undone);
    let again = history.case.undo(act(&history.case, "kim", 1));
    assert_eq!(again, Err(CaseError::NothingToUndo));
    let stats = log.store.stats(&query()).await.unwrap();
    assert_eq!(stats.days[0].counts, DayCounts { received: 1, routed: 1, ..DayCounts::default() });
}

pub async fn a_case_sent_back_raises_the_alarm(log: &TestLog) {
    let id = log.receive(complaint(1, "도로가 파였어요")).await;
    log.receive(complaint(2, "가로등이 꺼졌어요")).await;
    let alarm = Filter { alarm: true, ..Filter::default() };
    log.change(id, |case| case.relabel(act(case, "kim", 1), to("housing"), "소관 아님").unwrap()).await;
    assert_eq!(log.store.counts(&alarm).await.unwrap().total, 0);
    log.change(id, |case| case.relabel(act(case, "lee", 2), to("roads"), "소관 아님").unwrap()).await;
    let counts = log.store.counts(&Filter::default()).await.unwrap();
    assert_eq!((counts.alarms, log.store.counts(&alarm).await.unwrap().total), (1, 1));
    let history = log.history(id).await;
    assert_eq!((history.row.hops, history.row.alarm), (2, true));
    let by: Vec<_> =
        history.case.hops.iter().map(|hop| (hop.from.as_str(), hop.to.name(), hop.by.as_str())).collect();
    assert_eq!(by, [("roads", "housing", "kim"), ("housing", "roads", "lee")]);
    assert!(history.events.last().unwrap().alarm);
}

fn query() -> StatsQuery {
    StatsQuery {
        from: date!(2026 - 11 - 23),
        to: date!(2026 - 11 - 24),
        department: Vec::new(),
        now: minute(0),
    }
}

pub async fn statistics_count_by_day_and_department(log: &TestLog) {
    let mut cases = vec![complaint(1, "하나"), rich_complaint(2), complaint(3, "셋"), complaint(4, "넷")];
    cases[2].prediction.decision = Decision::Review;
    cases[3].prediction.decision = Decision::Escalate;
    cases[3].prediction.labels.department = "housing".into();
    // Received shortly before midnight in Korea, which is another day in UTC.
    let night = NewCase { received_at: minute(14 * 60 + 47), ..complaint(5, "밤") };
    cases.push(night);
    log.store.record_triage(cases).await.unwrap();
    log.change(case_id(1), |case| case.relabel(act(case, "kim", 1), to("housing"), "소관 아님").unwrap())
        .await;
    let draft = log.history(case_id(2)).await.draft(rich_complaint(2).drafts[0].id).unwrap();
    log.change(case_id(2), |case| case.edit(act(case, "kim", 2), Some(&draft), "곧 치웁니다.").unwrap())
        .await;
    // After the due time, on the day after.
    let late = 25 * 60;
    log.change(case_id(3), |case| case.close(act(case, "kim", late), "중복").unwrap()).await;
    let stats = log.store.stats(&StatsQuery { now: minute(late), ..query() }).await.unwrap();
    let rows: Vec<_> = stats.days.iter().map(|row| (row.day, row.department.as_str(), row.counts)).collect();
    let none = DayCounts::default();
    let (monday, tuesday) = (date!(2026 - 11 - 23), date!(2026 - 11 - 24));
    let first = DayCounts {
        received: 4,
        routed: 3,
        review: 1,
        edited: 1,
        edited_drafts: 1,
        edit_distance: 3,
        relabelled: 1,
        rerouted: 1,
        ..none
    };
    assert_eq!(
        rows,
        [
            (monday, "housing", DayCounts { received: 1, escalated: 1, ..none }),
            (monday, "roads", first),
            (tuesday, "roads", DayCounts { closed: 1, late: 1, ..none }),
        ]
    );
    assert_eq!((first.mean_edit_distance(), first.review_share()), (Some(3.0), Some(0.25)));
    let overdue: Vec<_> =
        stats.overdue.iter().map(|o| (o.department.as_str(), o.target, o.statutory)).collect();
    assert_eq!(overdue, [("housing", 2, 2), ("roads", 1, 1)]);
    let only = StatsQuery { department: vec!["housing".into()], from: monday, to: monday, ..query() };
    assert_eq!(log.store.stats(&only).await.unwrap().days.len(), 1);
    let earlier = StatsQuery { to: monday - Duration::DAY, from: monday - Duration::DAY, ..query() };
    assert_eq!(log.store.stats(&earlier).await.unwrap().days, []);
}
