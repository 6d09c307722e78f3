//! Draft replies end to end: the shipped topics, the API, the command line.

use minwon::domain::Channel;
use minwon::drafting::figures::unsaid;
use minwon::drafting::{CaseFacts, Section, Slot, Values, compose};
use serde_json::{Value, json};

use crate::support::{Server, drafts};

async fn ask(server: &Server, text: &str, channel: &str) -> Value {
    let body = json!({"text": text, "channel": channel, "suggest": 2});
    let reply = server.post("/v1/classify", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    reply.json
}

#[tokio::test]
async fn the_question_of_2024_is_answered_by_todays_rule_with_its_source() {
    let server = Server::with_drafts().await;
    let answer = ask(&server, "청소년 교통비 지원 1년에 12만원까지 맞나요?", "kakao").await;
    let draft = &answer["replies"][0];
    let text = draft["text"].as_str().expect("a draft");
    assert!(text.contains("연 24만 원") && text.contains("6만 원") && !text.contains("12만"), "{text}");
    assert_eq!(draft["sources"][0]["id"], "kb/youth-transport-fare");
    assert_eq!(draft["sources"][0]["valid_until"], "2026-12-31");
    assert!(draft["sources"][0]["url"].as_str().is_some_and(|url| url.starts_with("https://")));
    assert_eq!((draft["mark"].as_str(), draft["form"].as_str()), (Some("AI 초안"), Some("chat")));
    assert!(draft["score"].as_f64().is_some_and(|score| score > 0.4));
    assert!(draft["draft_id"].as_str().is_some_and(|id| id.len() == 36));
    assert!(answer.get("no_draft").is_none());
}

#[tokio::test]
async fn a_letter_leaves_open_what_nobody_knows() {
    let server = Server::with_drafts().await;
    let answer = ask(&server, "고속도로에 고라니가 죽어 있는데 어디에 신고하나요?", "web").await;
    let draft = &answer["replies"][0];
    assert!(draft["text"].as_str().is_some_and(|text| text.contains("1588-2504")), "{draft}");
    let slots = draft["slots"].as_array().expect("slots");
    let state =
        |name: &str| slots.iter().find(|slot| slot["name"] == name).map(|slot| slot["filled"].clone());
    assert_eq!(state("담당자"), Some(json!(false)));
    assert_eq!(state("부서"), Some(json!(true)));
}

#[tokio::test]
async fn where_nothing_fits_the_reason_is_given() {
    let server = Server::with_drafts().await;
    let answer = ask(&server, "도립정원 입장료가 얼마인지와 주차비가 궁금합니다", "web").await;
    assert_eq!(answer["replies"], json!([]));
    assert_eq!(answer["no_draft"]["code"], "nothing_close");
    assert!(answer["no_draft"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    let plain = server.post("/v1/classify", &json!({"text": "똑버스 어떻게 불러요?"})).await.json;
    assert_eq!(plain["replies"], json!([]), "nobody asked for drafts");
    assert!(plain.get("no_draft").is_none());
}

#[test]
fn every_figure_of_every_shipped_draft_traces_to_its_source() {
    let drafts = drafts();
    let topics = drafts.knowledge_base().topics();
    assert!(topics.len() >= 5);
    for topic in topics {
        let languages = Section::ALL.iter().map(|(section, name)| (*section, *name));
        let written = languages.filter(|(section, _)| topic.texts.contains_key(section));
        let languages = written.map(|(section, name)| match section {
            Section::Chat | Section::Letter | Section::Sms => "ko",
            _ => name,
        });
        for language in languages {
            for channel in Channel::ALL {
                let mut values = Values::new();
                values.insert(Slot::Due, "2026년 11월 24일 18시".into());
                values.insert(Slot::Receipt, "0193-77".into());
                let draft = compose(topic, &CaseFacts { channel, language, values: values.clone() });
                let facts = topic.sources.iter().flat_map(|source| &source.facts).chain(&topic.phones);
                let said = facts.chain(values.values()).map(String::as_str);
                assert_eq!(unsaid(&draft.text, said), Vec::<String>::new(), "{} {channel:?}", topic.id);
                assert!(
                    !draft.notes.iter().any(|note| note.code() == "too_long"),
                    "{} {channel:?}",
                    topic.id
                );
            }
        }
    }
}

fn minwon(args: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_minwon"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().expect("the binary runs")
}

#[test]
fn the_shipped_topics_pass_the_check_until_their_facts_end() {
    let now = minwon(&["kb", "check", "--today", "2026-11-28"]);
    let findings = String::from_utf8_lossy(&now.stderr).into_owned();
    assert_eq!(now.status.code(), Some(0), "{findings}");
    let later = minwon(&["kb", "check", "--today", "2027-01-01"]);
    let findings = String::from_utf8_lossy(&later.stderr).into_owned();
    assert_eq!(later.status.code(), Some(1), "{findings}");
    assert!(findings.contains("error: kb/youth-transport-fare.md: expired on 2026-12-31"), "{findings}");
    let soon = ["kb", "check", "--today", "2026-12-20"];
    assert_eq!(minwon(&soon).status.code(), Some(0));
    assert_eq!(minwon(&[&soon[..], &["--strict"]].concat()).status.code(), Some(1));
}

#[test]
fn a_faulty_topic_is_named_and_wrong_use_is_told_apart() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("x.md"), "+++\nid = \"x\"\n+++\n").expect("a file");
    let path = dir.path().display().to_string();
    let check = minwon(&["kb", "check", "--kb", &path]);
    assert_eq!(check.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&check.stderr).contains("`x.md`, line 2"));
    assert_eq!(minwon(&["kb", "check", "--kb", "/nowhere"]).status.code(), Some(2));
    assert_eq!(minwon(&["kb", "check", "--today", "tomorrow"]).status.code(), Some(2));
}

#[test]
fn a_search_prints_topics_and_an_evaluation_its_figures() {
    let found = minwon(&["kb", "search", "--lexical", "똑버스 전화로 부를 수 있나요"]);
    assert!(String::from_utf8_lossy(&found.stdout).contains("ddokbus-call"));
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("questions.jsonl");
    let rows = [
        json!({"id": "1", "text": "똑버스 전화로 부를 수 있나요", "topic": "ddokbus-call"}),
        json!({"id": "2", "text": "내일 눈이 오나요", "topic": null}),
    ];
    std::fs::write(&file, rows.map(|row| row.to_string()).join("\n")).expect("a file");
    let path = file.display().to_string();
    let judged = minwon(&["kb", "eval", "--lexical", "--today", "2026-11-28", &path]);
    let table = String::from_utf8_lossy(&judged.stdout).into_owned();
    assert!(table.contains("1 answerable questions, 1 unanswerable"), "{table}");
    assert!(table.contains("| recall@1 | 1.000"), "{table}");
    assert!(table.contains("| unanswerable, no draft | 1.000"), "{table}");
    std::fs::write(&file, r#"{"id":"1","text":"x","topic":"nowhere"}"#).expect("a file");
    let unknown = minwon(&["kb", "eval", "--lexical", &path]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no topic `nowhere`"));
}
