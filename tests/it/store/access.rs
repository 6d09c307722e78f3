//! Keys and the access log.

use minwon::domain::Role;
use minwon::store::{AccessEntry, AccessQuery, CaseStore, ChainReport, NewKey};

use super::fixture::{TestLog, case_id, minute};

pub async fn keys_are_kept_by_hash(log: &TestLog) {
    let key = |name: &str, hash: u8| NewKey {
        name: name.into(),
        role: Role::Counsellor,
        hash: vec![hash; 32],
        created_at: minute(0),
        expires_at: Some(minute(60)),
    };
    assert!(log.store.add_key(key("kim", 1)).await.unwrap());
    assert!(!log.store.add_key(key("kim", 2)).await.unwrap(), "the name is taken");
    assert!(log.store.add_key(key("an", 3)).await.unwrap());
    assert_eq!(log.store.key_by_hash(&[2; 32]).await.unwrap(), None);
    let found = log.store.key_by_hash(&[1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (found.name.as_str(), found.role, found.expires_at),
        ("kim", Role::Counsellor, Some(minute(60)))
    );
    assert_eq!((found.last_used_at, found.revoked_at), (None, None));
    log.store.keys_used(&[("kim".into(), minute(9)), ("kim".into(), minute(5))]).await.unwrap();
    assert!(log.store.revoke_key("kim", minute(10)).await.unwrap());
    assert!(!log.store.revoke_key("kim", minute(11)).await.unwrap(), "revoked before");
    assert!(!log.store.revoke_key("nobody", minute(11)).await.unwrap());
    let keys = log.store.keys().await.unwrap();
    let times: Vec<_> = keys.iter().map(|k| (k.name.as_str(), k.last_used_at, k.revoked_at)).collect();
    assert_eq!(times, [("an", None, None), ("kim", Some(minute(9)), Some(minute(10)))]);
}

/// Somebody looks at case `n` in minute `n`.
pub fn view(n: u64, actor: &str) -> AccessEntry {
    AccessEntry {
        at: minute(i64::try_from(n).unwrap()),
        actor: actor.into(),
        address: "10.0.0.7".into(),
        action: "case.view".into(),
        case_id: Some(case_id(n)),
        cases: 1,
        reason: None,
    }
}

/// Five views, by several writers at once.
pub async fn look_five_times(log: &TestLog) {
    let (one, two) = (log.another(), log.another());
    let (a, b, c) = tokio::join!(
        one.append_access(vec![view(1, "kim"), view(2, "lee")]),
        two.append_access(vec![view(3, "kim")]),
        log.store.append_access(vec![view(4, "kim"), view(5, "an")]),
    );
    a.unwrap();
    b.unwrap();
    c.unwrap();
    one.close().await;
    two.close().await;
}

pub async fn the_access_log_can_be_read_and_verified(log: &TestLog) {
    let empty = ChainReport::Intact { rows: 0, last: 0, head: String::new() };
    assert_eq!(log.store.verify_access().await.unwrap(), empty);
    look_five_times(log).await;
    let report = log.store.verify_access().await.unwrap();
    assert!(
        matches!(&report, ChainReport::Intact { rows: 5, last: 5, head } if head.len() == 64),
        "{report:?}"
    );
    let all = log.store.access_log(&AccessQuery { limit: 10, ..AccessQuery::default() }).await.unwrap();
    assert_eq!(all.iter().map(|row| row.seq).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    let kim = AccessQuery { actor: Some("kim".into()), limit: 10, ..AccessQuery::default() };
    assert_eq!(log.store.access_log(&kim).await.unwrap().len(), 3);
    let case = AccessQuery { case_id: Some(case_id(2)), limit: 10, ..AccessQuery::default() };
    let rows = log.store.access_log(&case).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.entry.clone()).collect::<Vec<_>>(), [view(2, "lee")]);
    let next = AccessQuery { before: Some(4), limit: 2, ..AccessQuery::default() };
    let next: Vec<_> = log.store.access_log(&next).await.unwrap().iter().map(|row| row.seq).collect();
    assert_eq!(next, [3, 2]);
}

pub async fn a_changed_row_of_the_access_log_is_found(log: &TestLog) {
    look_five_times(log).await;
    log.meddle("UPDATE access_log SET actor = 'nobody' WHERE seq = 3").await;
    let report = log.store.verify_access().await.unwrap();
    assert!(matches!(report, ChainReport::Broken { seq: 3, .. }), "{report:?}");
    log.meddle("DELETE FROM access_log WHERE seq = 2").await;
    let report = log.store.verify_access().await.unwrap();
    assert!(matches!(report, ChainReport::Broken { seq: 2, .. }), "{report:?}");
}

pub async fn a_row_cut_off_the_end_of_the_access_log_is_found(log: &TestLog) {
    look_five_times(log).await;
    log.meddle("DELETE FROM access_log WHERE seq = 5").await;
    let report = log.store.verify_access().await.unwrap();
    assert!(matches!(report, ChainReport::Broken { seq: 5, .. }), "{report:?}");
}
