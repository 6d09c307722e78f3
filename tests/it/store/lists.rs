//! Lists, filters, search, counts.

use std::collections::BTreeSet;

use minwon::domain::case::{Office, Status};
use minwon::domain::{CaseId, Channel, Decision};
use minwon::store::{CaseStore, Cursor, Filter, NewCase, Order, PageRequest};

use super::fixture::{TestLog, act, case_id, complaint, labels, minute};

const ALL: PageRequest = PageRequest { order: Order::Queue, after: None, limit: 100 };

async fn found(log: &TestLog, filter: &Filter) -> Vec<CaseId> {
    log.store.list(filter, &ALL).await.unwrap().rows.into_iter().map(|row| row.case_id).collect()
}

fn ids(numbers: &[u64]) -> Vec<CaseId> {
    numbers.iter().map(|&n| case_id(n)).collect()
}

pub async fn the_queue_begins_with_danger_and_then_what_is_due(log: &TestLog) {
    let mut danger = complaint(5, "불이 났어요");
    danger.prediction.decision = Decision::Escalate;
    let undated = NewCase { due: None, ..complaint(1, "기한 없음") };
    let batch = vec![undated, complaint(2, "둘"), complaint(3, "셋"), complaint(4, "넷"), danger];
    log.store.record_triage(batch).await.unwrap();
    log.change(case_id(2), |case| case.close(act(case, "kim", 1), "중복").unwrap()).await;
    assert_eq!(found(log, &Filter::default()).await, ids(&[5, 3, 4, 1, 2]));
    let newest = PageRequest { order: Order::Newest, ..ALL };
    let page = log.store.list(&Filter::default(), &newest).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.case_id).collect::<Vec<_>>(), ids(&[5, 4, 3, 2, 1]));
    assert_eq!(page.next, None);
}

pub async fn pages_show_every_case_once(log: &TestLog) {
    // Several share a due time and a time of receipt.
    let cases = (1..=23u64).map(|n| {
        let same = complaint(n / 4, "");
        NewCase { received_at: same.received_at, due: same.due, ..complaint(n, "도로") }
    });
    log.store.record_triage(cases.collect()).await.unwrap();
    for order in [Order::Queue, Order::Newest] {
        let (mut after, mut seen, mut pages): (Option<Cursor>, Vec<CaseId>, u32) = (None, Vec::new(), 0);
        loop {
            let page =
                log.store.list(&Filter::default(), &PageRequest { order, after, limit: 5 }).await.unwrap();
            seen.extend(page.rows.iter().map(|row| row.case_id));
            pages += 1;
            // As a client sends it back.
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse().unwrap());
        }
        assert_eq!((seen.len(), pages), (23, 5), "{order:?}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23, "{order:?}");
    }
    for wrong in ["", "q", "x0.1.2", "q0.1", "q0.1.zz", "q0.1.00000000000000000000000000000000.1", "한"] {
        assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
    }
}

pub async fn filters_narrow_the_list(log: &TestLog) {
    let mut cases = vec![complaint(1, "하나"), complaint(2, "둘"), complaint(3, "셋"), complaint(4, "넷")];
    cases[0].prediction.labels = labels("housing", "high");
    cases[1].channel = Channel::Kakao;
    cases[1].external_id = Some("kakao-1".into());
    cases[2].prediction.decision = Decision::Review;
    cases[3].prediction.labels.jurisdiction = "city_county".into();
    log.store.record_triage(cases).await.unwrap();
    log.change(case_id(4), |case| {
        case.transfer(act(case, "kim", 1), Office::Agency("한전".into()), "전기").unwrap()
    })
    .await;
    let none = Filter::default();
    let cases: [(Filter, &[u64]); 10] = [
        (Filter { department: vec!["housing".into()], ..none.clone() }, &[1]),
        (Filter { department: vec!["housing".into(), "roads".into()], ..none.clone() }, &[1, 2, 3, 4]),
        (Filter { urgency: vec!["high".into()], ..none.clone() }, &[1]),
        (Filter { channel: vec![Channel::Kakao], ..none.clone() }, &[2]),
        (Filter { external_id: Some("kakao-1".into()), ..none.clone() }, &[2]),
        (Filter { status: vec![Status::InReview, Status::Transferred], ..none.clone() }, &[3, 4]),
        (Filter { jurisdiction: vec!["city_county".into()], ..none.clone() }, &[4]),
        (Filter { received_from: Some(complaint(2, "").received_at), ..none.clone() }, &[2, 3, 4]),
        (Filter { received_until: Some(complaint(2, "").received_at), ..none.clone() }, &[1]),
        // Number 4 is due as well, but has ended.
        (Filter { due_before: Some(minute(4 * 60)), ..none.clone() }, &[1, 2, 3]),
    ];
    for (filter, numbers) in cases {
        assert_eq!(found(log, &filter).await, ids(numbers), "{filter:?}");
    }
    assert_eq!(found(log, &Filter { due_before: Some(minute(60)), ..none }).await, []);
}

pub async fn korean_words_are_found_by_their_parts(log: &TestLog) {
    let texts = [
        "양평 용문면 길가에 고라니가 죽어 있어요",
        "고양이가 지붕에서 못 내려와요",
        "7번 버스가 오지 않습니다. GTX-A 요금은?",
        "비가 새요",
        "สวัสดี ẞ '\"& OR NOT NEAR(",
    ];
    let cases = (1..).zip(texts).map(|(n, text)| complaint(n, text)).collect();
    log.store.record_triage(cases).await.unwrap();
    let queries: [(&str, &[u64]); 14] = [
        ("고라니", &[1]),
        ("라니", &[1]),
        ("고양", &[2]),
        ("고", &[1, 2]),
        ("비", &[4]),
        ("gtx 요금", &[3]),
        ("버스 고라니", &[]),
        ("7번", &[3]),
        ("สวัส", &[5]),
        ("\"'", &[]),
        ("' OR 1=1 --", &[]),
        ("NOT NEAR", &[5]),
        ("고라니*", &[1]),
        ("", &[]),
    ];
    for (query, numbers) in queries {
        let filter = Filter { text: Some(query.into()), ..Filter::default() };
        assert_eq!(found(log, &filter).await, ids(numbers), "{query}");
    }
    let both =
        Filter { text: Some("고라니".into()), department: vec!["housing".into()], ..Filter::default() };
    assert_eq!(found(log, &both).await, []);
}

pub async fn counts_follow_the_filter(log: &TestLog) {
    let mut cases: Vec<_> = (1..=5).map(|n| complaint(n, "도로")).collect();
    cases[0].prediction.labels = labels("housing", "high");
    cases[1].prediction.decision = Decision::Review;
    log.store.record_triage(cases).await.unwrap();
    let all = log.store.counts(&Filter::default()).await.unwrap();
    assert_eq!((all.total, all.by_status["triaged"], all.by_status["in_review"]), (5, 4, 1));
    assert_eq!((all.by_department["housing"], all.by_urgency["normal"], all.alarms), (1, 4, 0));
    let housing = Filter { department: vec!["housing".into()], ..Filter::default() };
    let housing = log.store.counts(&housing).await.unwrap();
    assert_eq!((housing.total, housing.by_department.len()), (1, 1));
}
