//! The state machine under random operation sequences, and its rules one by one.

use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::*;
use crate::domain::{CaseId, Decision};

const START: OffsetDateTime = datetime!(2026-11-23 09:12 +9);
const DEPARTMENTS: [&str; 4] = ["roads", "transport", "housing", "animal"];

fn labels(department: &str) -> Labels {
    let [urgency, jurisdiction, kind] = ["normal", "province", "other"].map(String::from);
    Labels { department: department.into(), urgency, jurisdiction, kind }
}

fn case() -> Case {
    Case::triaged(CaseId::from_parts(START, [7; 10]), labels("roads"), Decision::Review, START)
}

fn draft(text: &str, filled: bool) -> Draft {
    let slots = vec![Slot { name: "담당자".into(), filled, required: true }];
    Draft { id: DraftId(Uuid::from_u128(1)), text: text.into(), slots }
}

/// A counsellor who looks at the case as it is now.
fn act(case: &Case, by: &str, seconds: i64) -> Act {
    Act { by: by.into(), at: START + Duration::seconds(seconds), version: case.version }
}

fn to(department: &str) -> Relabel {
    Relabel { department: Some(department.into()), ..Relabel::default() }
}

/// Sends a case through departments, one after the other.
fn sent_through(departments: &[&str]) -> Case {
    departments.iter().fold(case(), |case, department| {
        case.relabel(act(&case, "kim", 5), to(department), "소관 아님").unwrap().after
    })
}

#[test]
fn the_decision_rule_says_where_a_case_begins() {
    let begin = |decision| Case::triaged(case().id, labels("roads"), decision, START);
    let states = [Decision::Route, Decision::Review, Decision::Escalate].map(|d| begin(d).status);
    assert_eq!(states, [Status::Triaged, Status::InReview, Status::Escalated]);
    assert_eq!(begin(Decision::Route).version, 1);
}

#[test]
fn an_approved_reply_has_no_open_slot() {
    let case = case();
    let approve = |draft: &Draft| case.approve(act(&case, "kim", 1), draft);
    let open = CaseError::UnfilledSlot { name: "담당자".into() };
    assert_eq!(approve(&draft("곧 치우겠습니다.", false)), Err(open.clone()));
    assert_eq!(approve(&draft("담당자 {{담당자}}", true)), Err(open.clone()));
    assert_eq!(case.edit(act(&case, "kim", 1), None, "담당자 {{ 담당자 }}"), Err(open));
    assert_eq!(approve(&draft("곧 치우겠습니다.", true)).unwrap().after.status, Status::Answered);
}

#[test]
fn an_edit_keeps_text_difference_and_distance() {
    let case = case();
    let change = case
        .edit(act(&case, "kim", 1), Some(&draft("내일 치우겠습니다", false)), "오늘 치우겠습니다")
        .unwrap();
    let Verdict::Edited { text, distance, diff, .. } = &change.verdict else { panic!("{change:?}") };
    assert_eq!((text.as_str(), *distance, diff.len()), ("오늘 치우겠습니다", Some(2), 3));
    assert_eq!(change.verdict.reply(), Some("오늘 치우겠습니다"));
}

#[test]
fn the_second_of_two_decisions_is_told_who_was_first() {
    let case = case();
    let lee = act(&case, "lee", 2);
    let answered = case.approve(act(&case, "kim", 1), &draft("곧 치우겠습니다.", true)).unwrap().after;
    let error = answered.reject(lee, &draft("", true), "어색함").unwrap_err();
    let CaseError::Stale { seen: 1, version: 2, what: VerdictKind::Approved, by, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(by, "kim");
    let error = answered.close(act(&answered, "lee", 2), "중복").unwrap_err();
    assert!(matches!(error, CaseError::Closed { status: Status::Answered, .. }), "{error:?}");
}

#[test]
fn corrections_and_endings_need_a_reason() {
    let case = case();
    let blank = |field| Err(CaseError::Blank { field });
    assert_eq!(case.close(act(&case, "kim", 1), " "), blank("reason"));
    assert_eq!(case.reject(act(&case, "kim", 1), &draft("", true), ""), blank("reason"));
    assert_eq!(case.relabel(act(&case, "kim", 1), to("housing"), ""), blank("reason"));
    assert_eq!(case.transfer(act(&case, "kim", 1), Office::CityCounty(" ".into()), "관할"), blank("agency"));
    assert_eq!(
        case.transfer(act(&case, "kim", 1), Office::Department("roads".into()), "관할"),
        blank("agency")
    );
}

#[test]
fn labels_that_do_not_differ_are_confirmed_without_a_reason() {
    let case = case();
    let change = case.relabel(act(&case, "kim", 1), to("roads"), "").unwrap();
    assert_eq!(change.verdict.kind(), VerdictKind::Confirmed);
    assert_eq!((change.after.status, change.after.hops.len()), (Status::Triaged, 0));
    let urgent = Relabel { urgency: Some("emergency".into()), escalates: true, ..Relabel::default() };
    let change = case.relabel(act(&case, "kim", 1), urgent, "위험").unwrap();
    assert_eq!((change.after.status, change.after.hops.len()), (Status::Escalated, 0));
}

#[test]
fn a_case_that_comes_back_or_is_sent_on_three_times_raises_the_alarm() {
    assert_eq!(sent_through(&["transport", "housing"]).ping_pong(), None);
    assert_eq!(
        sent_through(&["transport", "housing", "animal"]).ping_pong(),
        Some(PingPong::ManyHops { hops: 3 })
    );
    assert_eq!(
        sent_through(&["transport", "roads"]).ping_pong(),
        Some(PingPong::Returned { department: "roads".into() })
    );
}

#[test]
fn only_ones_own_last_change_can_be_undone_and_only_at_once() {
    let sent = sent_through(&["transport", "roads"]);
    assert_eq!(sent.undo(act(&sent, "lee", 6)), Err(CaseError::UndoByAnother { by: "kim".into() }));
    assert_eq!(sent.undo(act(&sent, "kim", 16)), Err(CaseError::UndoTooLate));
    let back = sent.undo(act(&sent, "kim", 15)).unwrap().after;
    assert_eq!((back.labels.department.as_str(), back.version), ("transport", 4));
    assert_eq!((back.hops.len(), back.hops[1].undone, back.ping_pong()), (2, true, None));
    assert_eq!(back.undo(act(&back, "kim", 15)), Err(CaseError::NothingToUndo));
    assert_eq!(case().undo(act(&case(), "kim", 1)), Err(CaseError::NothingToUndo));
}

#[test]
fn hops_can_be_read_back_from_decisions() {
    let (mut at, mut log) = (case(), Vec::new());
    for department in ["transport", "housing"] {
        let change = at.relabel(act(&at, "kim", 1), to(department), "소관 아님").unwrap();
        log.push((change.after.version, change.verdict.clone(), change.after.last.at));
        at = change.after;
    }
    let logged = log.iter().map(|(version, verdict, when)| (*version, verdict, "kim", *when, false));
    assert_eq!(hops_of(logged), at.hops);
}

/// What a counsellor might try.
#[derive(Debug, Clone)]
enum Attempt {
    Approve(bool),
    Edit,
    Reject,
    Relabel(usize, bool),
    Transfer,
    Close,
    Undo,
}

fn attempts() -> impl Strategy<Value = Vec<(Attempt, bool, i64, bool)>> {
    let attempt = prop_oneof![
        1 => any::<bool>().prop_map(Attempt::Approve),
        1 => Just(Attempt::Edit),
        2 => Just(Attempt::Reject),
        4 => (0..DEPARTMENTS.len(), any::<bool>()).prop_map(|(to, urgent)| Attempt::Relabel(to, urgent)),
        1 => Just(Attempt::Transfer),
        1 => Just(Attempt::Close),
        3 => Just(Attempt::Undo),
    ];
    // What, by whom, how many seconds later, and whether the counsellor saw the present version.
    prop::collection::vec((attempt, any::<bool>(), 0i64..15, prop::bool::weighted(0.9)), 1..40)
}

fn attempt(case: &Case, what: &Attempt, act: Act) -> Result<Change, CaseError> {
    match what {
        Attempt::Approve(filled) => case.approve(act, &draft("곧 치우겠습니다.", *filled)),
        Attempt::Edit => case.edit(act, Some(&draft("곧", false)), "오늘"),
        Attempt::Reject => case.reject(act, &draft("곧", true), "어색함"),
        Attempt::Relabel(department, escalates) => {
            let relabel = Relabel { escalates: *escalates, ..to(DEPARTMENTS[*department]) };
            case.relabel(act, relabel, "소관 아님")
        }
        Attempt::Transfer => case.transfer(act, Office::CityCounty("수원시".into()), "시 사무"),
        Attempt::Close => case.close(act, "중복"),
        Attempt::Undo => case.undo(act),
    }
}

proptest! {
    #[test]
    fn no_sequence_of_operations_breaks_a_case(attempts in attempts()) {
        let mut at = case();
        let mut before: Option<Case> = None;
        let mut now = START;
        for (what, by, seconds, fresh) in attempts {
            now += Duration::seconds(seconds);
            let version = if fresh { at.version } else { at.version + 1 };
            let act = Act { by: if by { "kim" } else { "lee" }.into(), at: now, version };
            let outcome = attempt(&at, &what, act.clone());
            if !fresh {
                let stale = matches!(outcome, Err(CaseError::Stale { .. }));
                prop_assert!(stale);
                continue;
            }
            let Ok(change) = outcome else { continue };
            let after = change.after;
            // Every change makes exactly one version, and says who made it.
            prop_assert_eq!(change.expected, at.version);
            prop_assert_eq!(after.version, at.version + 1);
            prop_assert_eq!((&after.last.by, after.last.at, after.last.kind), (&act.by, now, change.verdict.kind()));
            // Hops are never lost; only an undo marks one.
            prop_assert!(after.hops.len() >= at.hops.len());
            for (old, new) in at.hops.iter().zip(&after.hops) {
                prop_assert_eq!(Hop { undone: false, ..old.clone() }, Hop { undone: false, ..new.clone() });
                prop_assert!(new.undone >= old.undone);
            }
            if let Verdict::Undone { version, .. } = change.verdict {
                let before = before.take().expect("there was a change to undo");
                prop_assert_eq!(version, at.version);
                prop_assert_eq!((after.status, &after.labels), (before.status, &before.labels));
                prop_assert_eq!(after.ping_pong(), before.ping_pong());
                prop_assert!(now - at.last.at <= UNDO_WINDOW && at.last.by == act.by);
            } else {
                // Ended cases stay as they are.
                prop_assert!(!at.status.is_final());
                before = Some(at);
            }
            prop_assert_ne!(after.status, Status::Received);
            at = after;
        }
    }
}
