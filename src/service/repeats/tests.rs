//! The rule case by case, and its threshold on pairs of complaints written for it.

use serde::Deserialize;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::similar::{Bigrams, fuse};

const NOW: OffsetDateTime = datetime!(2026-11-23 09:12 +9);

fn id(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(n))
}

fn present() -> Present {
    Present {
        case_id: Some(id(0)), sigungu: Some("양평군".into()), received_at: NOW, kind: "other".into()
    }
}

fn earlier(n: u128, days: i64) -> Candidate {
    Candidate {
        case_id: id(n),
        score: 0.9,
        lexical: 0.9,
        sigungu: Some("양평군".into()),
        received_at: NOW - Duration::days(days),
        reply: None,
    }
}

fn answered(n: u128, days: i64) -> Candidate {
    Candidate { reply: Some("치웠습니다.".into()), ..earlier(n, days) }
}

#[test]
fn a_new_matter_counts_one() {
    let unlike = Candidate { score: SAME_MATTER - 0.01, ..earlier(1, 3) };
    let says_nothing = Candidate { lexical: 0.0, ..earlier(2, 3) };
    let found = repeats(&present(), [unlike, says_nothing]);
    assert_eq!(found, Repeats { count: 1, notices: 0, earlier: Vec::new(), note: None });
}

#[test]
fn elsewhere_is_another_matter_and_nowhere_may_be_the_same() {
    let elsewhere = Candidate { sigungu: Some("가평군".into()), ..earlier(1, 3) };
    let nowhere = Candidate { sigungu: None, ..earlier(2, 3) };
    assert_eq!(repeats(&present(), [elsewhere.clone(), nowhere]).count, 2);
    assert_eq!(repeats(&Present { sigungu: None, ..present() }, [elsewhere]).count, 2);
}

#[test]
fn a_year_back_and_not_ahead() {
    let candidates = [earlier(1, 365), earlier(2, 366), earlier(3, -1), earlier(0, 0)];
    let found = repeats(&present(), candidates);
    assert_eq!(found.earlier.iter().map(|repeat| repeat.case_id).collect::<Vec<_>>(), [id(1)], "nor itself");
}

#[test]
fn earlier_cases_come_newest_first_with_their_replies() {
    let found = repeats(&present(), [earlier(1, 30), answered(2, 10), earlier(3, 20), answered(2, 10)]);
    let order: Vec<(CaseId, bool)> =
        found.earlier.iter().map(|repeat| (repeat.case_id, repeat.reply.is_some())).collect();
    assert_eq!(order, [(id(2), true), (id(3), false), (id(1), false)], "each once");
    assert_eq!((found.count, found.notices), (4, 1));
}

#[test]
fn the_third_time_shows_the_law() {
    assert_eq!(repeats(&present(), [answered(1, 10)]).note, None);
    let third = repeats(&present(), [answered(1, 10), earlier(2, 20)]).note.expect("a note");
    assert_eq!(
        third,
        "동일한 내용으로 보이는 민원이 3회째이며, 지금까지 결과를 1회 통지했습니다(민원 처리에 관한 법률 제23조). \
         처리 결과를 2회 이상 통지한 뒤에만 종결 처리할 수 있습니다. 같은 민원인인지 확인해 주십시오. 자동으로 \
         종결되지 않습니다."
    );
    let told = repeats(&present(), [answered(1, 10), answered(2, 20)]).note.expect("a note");
    assert!(told.contains("담당자의 판단으로 종결 처리할 수 있습니다"), "{told}");
}

#[test]
fn statutory_matters_have_no_note() {
    let statutory = Present { kind: "statutory".into(), ..present() };
    let found = repeats(&statutory, (1..5).map(|n| answered(n, 5)));
    assert_eq!((found.count, found.note), (5, None));
}

#[derive(Deserialize)]
struct Pair {
    a: String,
    b: String,
    same: bool,
    cosine: f32,
}

/// The pairs carry the cosine of `minwon-ko`, centred on 400 validation texts:
/// `cargo run --release --example similar_bench -- pairs models/minwon-ko eval/data/validation.jsonl
/// src/service/repeats/pairs.jsonl`.
#[test]
fn the_threshold_parts_the_pairs() {
    let (mut found, mut missed, mut confused) = (0, Vec::new(), Vec::new());
    for line in include_str!("pairs.jsonl").lines() {
        let Pair { a, b, same, cosine } = serde_json::from_str(line).expect("a pair");
        let lexical = Bigrams::of(&a).jaccard(&Bigrams::of(&b));
        let candidate = Candidate { score: fuse(cosine, lexical), lexical, ..earlier(1, 3) };
        match (same, repeats(&present(), [candidate.clone()]).count == 2) {
            (true, true) => found += 1,
            (true, false) => missed.push((candidate.score, a)),
            (false, true) => confused.push((candidate.score, a, b)),
            (false, false) => {}
        }
    }
    assert!(confused.is_empty(), "different matters taken for one: {confused:?}");
    assert!(found >= 18, "{found} found, missed: {missed:?}");
}
