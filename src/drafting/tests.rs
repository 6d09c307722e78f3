//! The room as a whole: from files to drafts, on small topics written for the purpose.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;
use time::macros::date;

use super::check::{PhoneState, Severity, Standard, check};
use super::figures::unsaid;
use super::*;
use crate::domain::Channel;
use crate::text::places::Places;

/// A topic file; `change` replaces parts of it.
fn file(id: &str, change: &[(&str, &str)]) -> String {
    let mut text = r#"+++
id = "ID"
title = "똑버스 부르는 방법"
kind = "answer"
departments = ["transport"]
jurisdiction = ["province"]
questions = [
  "똑버스 어떻게 불러요?", "전화로 똑버스 예약되나요", "똑타 앱 설치하는 법", "호출버스 이용 문의",
  "부르면 오는 버스 있다던데", "앱 못 쓰는 어르신은 어떻게 타요", "똑버스 정류장에서 기다리면 되나요", "똑버스 몇 명까지 타요",
]
slots = []
phones = ["1688-0181"]
valid_from = 2025-10-01
valid_until = 2026-12-31
checked_at = 2026-11-20
keywords = ["똑버스", "똑타"]

[[sources]]
title = "안내"
url = "https://example.org/1"
date = 2025-10-01
facts = ["전화 1688-0181", "5명까지"]
+++

## chat
똑버스는 똑타 앱이나 1688-0181로 부르면 돼요. 5명까지 탈 수 있어요.

## letter
똑버스는 똑타 앱이나 1688-0181로 부르시면 됩니다. 5명까지 타실 수 있습니다.

## sms
똑버스는 1688-0181로 불러 주세요.
"#
    .replace("ID", id);
    for (from, to) in change {
        assert!(text.contains(from), "the sample holds `{from}`");
        text = text.replace(from, to);
    }
    text
}

fn topic(id: &str, change: &[(&str, &str)]) -> Topic {
    Topic::parse(&format!("{id}.md"), &file(id, change)).unwrap()
}

/// A second topic that asks something else.
const CARCASS: [(&str, &str); 4] = [
    ("똑버스 부르는 방법", "고속도로 동물 사체 신고"),
    (
        r#""똑버스 어떻게 불러요?", "전화로 똑버스 예약되나요", "똑타 앱 설치하는 법", "호출버스 이용 문의","#,
        r#""고속도로에 고라니가 죽어 있어요", "고속도로 사체 어디 신고", "갓길에 죽은 동물", "도로공사 번호가 뭐예요","#,
    ),
    (
        r#""부르면 오는 버스 있다던데", "앱 못 쓰는 어르신은 어떻게 타요", "똑버스 정류장에서 기다리면 되나요", "똑버스 몇 명까지 타요","#,
        r#""고라니 치워 주세요", "고속도로 로드킬 봤어요", "영동고속도로 낙하물이 있어요", "톨게이트 앞 사체","#,
    ),
    (r#"keywords = ["똑버스", "똑타"]"#, r#"keywords = ["고속도로", "사체"]"#),
];

fn kb() -> KnowledgeBase {
    KnowledgeBase::new(vec![topic("carcass", &CARCASS), topic("ddokbus", &[])])
}

#[rstest]
#[case::unknown_field("kind = \"answer\"", "kind = \"answer\"\nmood = 1", "line 5", "mood")]
#[case::wrong_kind("\"answer\"", "\"story\"", "line 4", "story")]
#[case::other_name("id = \"x\"", "id = \"y\"", "field `id`", "file's name")]
#[case::few_questions("\"호출버스 이용 문의\",", "", "field `questions`", "at least 8")]
#[case::no_day(
    "checked_at = 2026-11-20",
    "checked_at = 10:00:00",
    "field `checked_at`",
    "expected for instance"
)]
#[case::slot("slots = []", "slots = [\"시도\"]", "field `slots`", "one of 시군")]
#[case::section("## sms", "## fax", "line 31", "one of chat")]
#[case::no_letter("## letter", "## en", "field `letter`", "## letter")]
#[case::text_slot("5명까지 탈 수", "{{명수}} 탈 수", "line 26", "{{명수}}")]
#[case::twice("## letter", "## chat", "line 28", "twice")]
fn a_faulty_file_says_where_and_what(
    #[case] from: &str,
    #[case] to: &str,
    #[case] place: &str,
    #[case] what: &str,
) {
    let error = Topic::parse("x.md", &file("x", &[(from, to)])).unwrap_err();
    assert!(error.place.contains(place), "{error}");
    assert!(error.what.contains(what), "{error}");
    assert!(error.to_string().starts_with("`x.md`"));
}

#[test]
fn front_matter_must_be_fenced() {
    assert!(Topic::parse("x.md", "# title").unwrap_err().what.contains("+++"));
    assert!(Topic::parse("x.md", "+++\nid = 1\n").unwrap_err().what.contains("not closed"));
}

#[test]
fn all_faulty_files_are_reported_and_no_id_stands_twice() {
    let good = file("a", &[]);
    let errors =
        KnowledgeBase::from_files([("a.md", good.as_str()), ("b.md", "x"), ("sub/a.md", good.as_str())])
            .unwrap_err();
    assert_eq!(errors.len(), 2);
    assert!(errors.iter().any(|e| e.what.contains("two files")));
}

fn priors() -> Priors {
    Priors::default()
}

fn query<'a>(text: &'a str, priors: &'a Priors, feedback: &'a Feedback) -> Query<'a> {
    Query { text, dense: None, priors, sigungu: None, danger: &[], feedback, today: date!(2026 - 11 - 28) }
}

fn found(text: &str, today: time::Date) -> Result<Vec<String>, NoDraft> {
    let (kb, priors, feedback) = (kb(), priors(), Feedback::default());
    let asked = Query { today, ..query(text, &priors, &feedback) };
    let hits = Retriever::new(&kb).find(&kb, &asked, 3)?;
    Ok(hits.iter().map(|hit| kb.topics()[hit.topic].id.clone()).collect())
}

#[test]
fn the_topic_that_answers_comes_first() {
    let today = date!(2026 - 11 - 28);
    assert_eq!(found("똑버스 전화로 예약하고 싶어요", today).unwrap()[0], "ddokbus");
    assert_eq!(found("고속도로에 고라니 사체가 있어요", today).unwrap()[0], "carcass");
}

#[test]
fn nothing_is_better_than_something_wrong() {
    let none = found("내일 날씨가 궁금합니다", date!(2026 - 11 - 28)).unwrap_err();
    assert_eq!(none.code(), "nothing_close");
    assert!(none.reason().contains("기준"));
}

#[test]
fn a_fact_past_its_date_is_never_offered() {
    let question = "똑버스 전화로 예약하고 싶어요";
    assert!(found(question, date!(2026 - 12 - 31)).is_ok(), "the last day counts");
    for day in [date!(2027 - 01 - 01), date!(2025 - 09 - 30)] {
        assert_eq!(found(question, day), Err(NoDraft::OutOfDate { topic: "ddokbus".into() }));
    }
}

#[test]
fn no_complaint_gets_no_draft_unless_there_is_danger() {
    let (kb, feedback) = (kb(), Feedback::default());
    let priors = Priors { no_complaint: 0.9, ..Priors::default() };
    let mut asked = query("똑버스 전화로 예약하고 싶어요", &priors, &feedback);
    assert_eq!(Retriever::new(&kb).find(&kb, &asked, 3), Err(NoDraft::NoComplaint));
    let danger = ["119".to_owned()];
    asked.danger = &danger;
    assert!(Retriever::new(&kb).find(&kb, &asked, 3).is_ok());
    let empty = KnowledgeBase::default();
    assert_eq!(Retriever::new(&empty).find(&empty, &asked, 3), Err(NoDraft::NoTopics));
}

#[test]
fn circumstances_move_the_score_the_way_they_should() {
    let crisis = topic(
        "crisis",
        &[("\"answer\"", "\"crisis\""), ("1688-0181", "109"), ("똑버스 부르는", "죽고 싶은")],
    );
    let local = topic("local", &[("똑버스 부르는 방법", "이천시·양평군 똑버스")]);
    let kb = KnowledgeBase::new(vec![crisis, topic("ddokbus", &[]), local]);
    let retriever = Retriever::with_places(&kb, &Places::bundled());
    let score = |asked: &Query<'_>, at: usize| {
        retriever.rank(&kb, asked).iter().find(|hit| hit.topic == at).map(|hit| hit.score).unwrap()
    };
    let (plain, feedback) = (priors(), Feedback::default());
    let asked = query("똑버스 불러요", &plain, &feedback);
    let there = Query { sigungu: Some("양평군"), ..asked.clone() };
    let elsewhere = Query { sigungu: Some("수원시"), ..asked.clone() };
    assert!(score(&there, 2) > score(&asked, 2) && score(&elsewhere, 2) < score(&asked, 2));
    let danger = ["109".to_owned()];
    assert!(score(&Query { danger: &danger, ..asked.clone() }, 0) > score(&asked, 0) + 0.2);
    let head = |code: &str| BTreeMap::from([(code.to_owned(), 0.9)]);
    let right = Priors { department: head("transport"), jurisdiction: head("province"), ..priors() };
    let wrong = Priors { department: head("animal"), jurisdiction: head("other_agency"), ..priors() };
    // What the model thinks parts topics of different departments, not those of one.
    let mut elsewhere = CARCASS.to_vec();
    elsewhere.extend([
        (r#"["transport"]"#, r#"["animal"]"#),
        (r#"jurisdiction = ["province"]"#, r#"jurisdiction = ["other_agency"]"#),
    ]);
    let apart = KnowledgeBase::new(vec![topic("carcass", &elsewhere), topic("ddokbus", &[])]);
    // So close a question is certain without the model's help; only the model's doubt can still show.
    let by = |p| {
        let hits = Retriever::new(&apart).rank(&apart, &Query { priors: p, ..asked.clone() });
        hits.iter().find(|hit| hit.topic == 1).map(|hit| hit.score).unwrap()
    };
    assert!(
        by(&right) >= by(&plain) && by(&plain) > by(&wrong),
        "{} {} {}",
        by(&right),
        by(&plain),
        by(&wrong)
    );
    let rejected = Decisions { rejected: 50, ..Decisions::default() };
    let liked = Decisions { approved: 50, ..Decisions::default() };
    let feedback =
        Feedback::new(BTreeMap::from([("ddokbus".to_owned(), rejected), ("local".to_owned(), liked)]));
    assert!(score(&Query { feedback: &feedback, ..asked.clone() }, 1) < score(&asked, 1));
}

#[test]
fn meaning_finds_what_words_do_not() {
    let kb = kb();
    // Two axes: the first topic's texts point one way, the second's the other, with some spread.
    let vectors: Vec<Vec<f32>> = kb
        .questions()
        .map(|(topic, _)| topic)
        .chain(0..kb.topics().len())
        .enumerate()
        .map(|(n, topic)| {
            let spread = n as f32 * 0.01;
            if topic == 0 { vec![5.0 + spread, 1.0, spread] } else { vec![5.0, -1.0 - spread, spread] }
        })
        .collect();
    let index = DenseIndex::new(&kb, "sha", &vectors).unwrap();
    let meaning = index.look(&[5.0, 0.8, 0.0]).unwrap();
    let scores = meaning.centres();
    assert!(scores[0] > 0.5 && scores[1] < 0.0, "{scores:?}");
    assert!(meaning.nearest(0) > meaning.nearest(1) + 0.5);
    let (centre, nearest) = index.look_at_question(0).without(0, 0);
    assert!((centre, nearest) < (1.0, 0.999_999), "the question itself is left out: {centre} {nearest}");
    let (priors, feedback) = (priors(), Feedback::default());
    let asked =
        Query { dense: Some((&index, &[5.0, 0.9, 0.0])), ..query("도와주세요", &priors, &feedback) };
    assert_eq!(Retriever::new(&kb).rank(&kb, &asked)[0].topic, 0);
    assert!(index.look(&[1.0]).is_none(), "another width says nothing");

    let bytes = vectors_to_bytes(&kb, "sha", &vectors);
    let read = DenseIndex::from_bytes(&kb, "sha", &bytes).unwrap();
    assert_eq!(read.look(&[5.0, 0.8, 0.0]).unwrap().centres(), scores);
    assert!(DenseIndex::from_bytes(&kb, "other", &bytes).unwrap_err().contains("another model"));
    assert!(DenseIndex::from_bytes(&kb, "sha", &bytes[..bytes.len() - 3]).is_err());
    let grown = KnowledgeBase::new(vec![kb.topics()[0].clone()]);
    assert!(DenseIndex::from_bytes(&grown, "sha", &bytes).is_err());
}

fn case(channel: Channel) -> CaseFacts<'static> {
    CaseFacts { channel, language: "ko", values: Values::new() }
}

#[rstest]
#[case(Channel::Kakao, Form::Chat, "부르면 돼요")]
#[case(Channel::Sns, Form::Chat, "부르면 돼요")]
#[case(Channel::Sms, Form::Sms, "불러 주세요")]
#[case(Channel::Web, Form::Letter, "부르시면 됩니다")]
#[case(Channel::Petition, Form::Letter, "부르시면 됩니다")]
#[case(Channel::Visit, Form::Letter, "부르시면 됩니다")]
#[case(Channel::Call, Form::Letter, "부르시면 됩니다")]
fn the_polite_form_is_that_of_the_channel(#[case] channel: Channel, #[case] form: Form, #[case] words: &str) {
    let draft = compose(&topic("ddokbus", &[]), &case(channel));
    assert_eq!(draft.form, form);
    assert!(draft.text.contains(words), "{}", draft.text);
    assert!(!draft.text.contains(MARK), "the mark stands beside the text");
}

#[test]
fn a_letter_names_the_officer_or_leaves_the_place_open() {
    let mut facts = case(Channel::Web);
    facts.values.insert(Slot::Department, "교통국".into());
    let draft = compose(&topic("ddokbus", &[]), &facts);
    assert!(draft.text.contains("담당: 교통국 {{담당자}}, 연락처 {{연락처}}"), "{}", draft.text);
    let open: Vec<_> = draft.slots.iter().filter(|s| !s.filled).map(|s| s.slot).collect();
    assert_eq!(open, [Slot::Officer, Slot::Contact]);
}

#[test]
fn nobody_in_danger_is_greeted() {
    let crisis = topic("c", &[("\"answer\"", "\"crisis\"")]);
    for channel in [Channel::Kakao, Channel::Web] {
        let text = compose(&crisis, &case(channel)).text;
        assert!(text.starts_with("똑버스는") && !text.contains("안녕"), "{text}");
    }
}

#[test]
fn a_message_is_short_and_made_of_letters_that_carriers_carry() {
    let short = compose(&topic("t", &[]), &case(Channel::Sms));
    assert_eq!((short.length.unit, short.length.most), ("bytes", Some(90)));
    assert!(short.text.starts_with("[경기도] ") && short.length.used <= 90);
    // With the sender's name it would be a long message: the name goes.
    let eighty = "가".repeat(41);
    let full = compose(&topic("t", &[("똑버스는 1688-0181로 불러 주세요.", &eighty)]), &case(Channel::Sms));
    assert_eq!((full.text.as_str(), full.length.used), (eighty.as_str(), 82));
    let long = format!("• {}", "가".repeat(100));
    let long = compose(&topic("t", &[("똑버스는 1688-0181로 불러 주세요.", &long)]), &case(Channel::Sms));
    assert_eq!(long.length.most, Some(2_000));
    assert!(long.notes.is_empty() && long.text.contains("- 가"), "{:?}", long.notes);
    let huge = "가".repeat(1_200);
    let huge = compose(&topic("t", &[("똑버스는 1688-0181로 불러 주세요.", &huge)]), &case(Channel::Sms));
    assert_eq!(huge.notes, [Note::TooLong]);
}

#[test]
fn a_chat_drops_its_closing_before_it_grows_too_long() {
    let body = "가".repeat(960);
    let draft = compose(
        &topic("t", &[("똑버스는 똑타 앱이나 1688-0181로 부르면 돼요. 5명까지 탈 수 있어요.", &body)]),
        &case(Channel::Kakao),
    );
    assert!(draft.length.used <= 1_000 && draft.notes.is_empty());
    assert!(draft.text.contains("안녕하세요") && !draft.text.contains("더 궁금한"));
}

#[test]
fn a_short_text_without_the_officer_gives_way_where_the_law_wants_one() {
    let change = [
        ("slots = []", "slots = [\"부서\", \"담당자\", \"연락처\"]"),
        ("5명까지 탈", "{{부서}} {{담당자}} {{연락처}} 탈"),
    ];
    let draft = compose(&topic("t", &change), &case(Channel::Sms));
    assert!(draft.text.contains("{{담당자}}"), "{}", draft.text);
}

#[test]
fn standard_texts_follow_the_citizens_language() {
    let change = [("## sms\n똑버스는 1688-0181로 불러 주세요.", "## vi\nXin gọi 1688-0181.")];
    let topic = topic("t", &change);
    let say = |language| compose(&topic, &CaseFacts { language, ..case(Channel::Kakao) });
    assert_eq!((say("vi").language, say("vi").text.as_str()), ("vi", "Xin gọi 1688-0181."));
    assert_eq!(say("th").language, "ko");
    assert_eq!(say("th").notes, [Note::NoTextInLanguage]);
    assert!(say("ko-Latn").notes.is_empty());
    let message = compose(&topic, &CaseFacts { language: "vi", ..case(Channel::Sms) });
    assert_eq!(message.notes, [Note::NotForCarriers]);
}

fn findings(topics: Vec<Topic>, today: time::Date) -> Vec<(Severity, String)> {
    let phone = |number: &str| match number {
        "1688-0181" => PhoneState::Ok,
        "1577-1389" => PhoneState::Unverified,
        _ => PhoneState::Unknown,
    };
    let standard = Standard {
        today,
        phone: &phone,
        departments: vec!["transport"],
        jurisdictions: vec!["province"],
        dense: None,
    };
    check(&KnowledgeBase::new(topics), &standard).into_iter().map(|f| (f.severity, f.what)).collect()
}

#[test]
fn sound_topics_have_no_finding() {
    let topics = vec![topic("carcass", &CARCASS), topic("ddokbus", &[])];
    assert_eq!(findings(topics, date!(2026 - 11 - 28)), []);
}

#[rstest]
#[case::department("[\"transport\"]", "[\"bus\"]", Severity::Error, "`bus` is not in the taxonomy")]
#[case::figure("5명까지 탈", "6명까지 탈", Severity::Error, "`6` stands in no fact")]
#[case::unknown_phone("1688-0181", "1688-0182", Severity::Error, "not in `config/agencies.toml`")]
#[case::unverified("1688-0181", "1577-1389", Severity::Error, "not verified")]
#[case::unlisted("phones = [\"1688-0181\"]", "phones = []", Severity::Error, "not listed in `phones`")]
#[case::unused(
    "phones = [\"1688-0181\"]",
    "phones = [\"1688-0181\", \"031-120\"]",
    Severity::Warning,
    "no text names it"
)]
#[case::no_source(
    "facts = [\"전화 1688-0181\", \"5명까지\"]",
    "facts = []",
    Severity::Error,
    "must say something"
)]
#[case::address("https://example.org/1", "example", Severity::Error, "no address")]
#[case::dead_slot(
    "slots = []",
    "slots = [\"도로\"]",
    Severity::Error,
    "`도로` is listed, but no text uses it"
)]
#[case::hidden_slot("5명까지 탈", "{{시군}} 5명까지 탈", Severity::Error, "`시군` is used, but not listed")]
#[case::particle("5명까지 탈", "{{시군}}은 5명까지 탈", Severity::Warning, "fits only some fillings")]
#[case::future("checked_at = 2026-11-20", "checked_at = 2026-12-20", Severity::Error, "still to come")]
#[case::form("5명까지 탈 수 있어요.", "5명까지 탈 수 있습니다.", Severity::Warning, "합쇼체")]
#[case::backwards(
    "valid_until = 2026-12-31",
    "valid_until = 2025-01-01",
    Severity::Error,
    "before valid_from"
)]
fn what_must_be_mended_is_found(
    #[case] from: &str,
    #[case] to: &str,
    #[case] severity: Severity,
    #[case] what: &str,
) {
    let topics = vec![topic("carcass", &CARCASS), topic("ddokbus", &[(from, to)])];
    let found = findings(topics, date!(2026 - 11 - 28));
    assert!(found.iter().any(|(s, w)| *s == severity && w.contains(what)), "{found:?}");
}

#[test]
fn facts_that_end_are_pointed_out_before_they_do() {
    let at = |day| findings(vec![topic("carcass", &CARCASS), topic("ddokbus", &[])], day);
    assert!(at(date!(2026 - 11 - 30)).is_empty(), "31 days ahead");
    assert!(at(date!(2026 - 12 - 01)).iter().all(|(s, w)| *s == Severity::Warning && w.contains("30 day")));
    let after = at(date!(2027 - 01 - 01));
    assert!(after.iter().any(|(s, w)| *s == Severity::Error && w.contains("expired on 2026-12-31")));
}

#[test]
fn topics_that_ask_the_same_are_found() {
    let found = findings(vec![topic("a", &[]), topic("b", &[])], date!(2026 - 11 - 28));
    let has = |what: &str| found.iter().any(|(_, w)| w.contains(what));
    assert!(has("much the same as `b`") && has("also stands in `a`"), "{found:?}");
}

#[test]
fn what_the_law_wants_together_is_checked_together() {
    let change = [
        ("\"answer\"", "\"procedure\""),
        ("5명까지 탈", "{{연장기한}} 5명까지 탈"),
        ("slots = []", "slots = [\"연장기한\"]"),
    ];
    let found = findings(vec![topic("carcass", &CARCASS), topic("t", &change)], date!(2026 - 11 - 28));
    for missing in ["사유", "부서", "담당자", "연락처"] {
        assert!(found.iter().any(|(_, w)| w.contains(&format!("wants `{missing}`"))), "{missing}: {found:?}");
    }
}

proptest! {
    /// No text, however odd, makes retrieval fail or give a score outside its range.
    #[test]
    fn any_text_is_ranked(text in "\\PC{0,80}") {
        let (kb, priors, feedback) = (kb(), priors(), Feedback::default());
        let ranked = Retriever::new(&kb).rank(&kb, &query(&text, &priors, &feedback));
        prop_assert_eq!(ranked.len(), 2);
        prop_assert!(ranked.iter().all(|hit| (0.0..=1.0).contains(&hit.score)));
        prop_assert!(ranked[0].score >= ranked[1].score);
    }

    /// Every figure of a draft stands in a fact, in a number to call, or in what the case filled in.
    #[test]
    fn every_figure_is_somebodys(channel in 0_usize..7, receipt in "[0-9]{1,6}") {
        let topic = topic("t", &[("5명까지 탈", "{{접수번호}} 5명까지 탈")]);
        let mut facts = case(Channel::ALL[channel]);
        facts.values.insert(Slot::Receipt, receipt.clone());
        let text = compose(&topic, &facts).text;
        let said = topic.sources.iter().flat_map(|s| &s.facts).chain(&topic.phones).chain([&receipt]);
        prop_assert_eq!(unsaid(&text, said.map(String::as_str)), Vec::<String>::new());
    }
}
