//! `minwon eval` from outside: reports, gates, comparison, drift.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Twelve rows by hand; no row of any data set.
const ROWS: &str = r#"{"id":"e1","text":"가로등이 사흘째 꺼져 있어요","department":"roads","urgency":"normal","jurisdiction":"city_county","kind":"other","channel":"kakao","place":null,"pii":[]}
{"id":"e2","text":"버스가 정류장을 그냥 지나갔어요","department":"transport","urgency":"normal","jurisdiction":"city_county","kind":"other","channel":"sms","place":null,"pii":[]}
{"id":"e3","text":"옆집에서 불이 났어요 연기가 심해요","department":"fire","urgency":"emergency","jurisdiction":"province","kind":"other","channel":"call","signals":["fire"]}
{"id":"e4","text":"길고양이 밥그릇을 누가 엎었어요","department":"animal","urgency":"normal","jurisdiction":"city_county","kind":"other","channel":"web"}
{"id":"e5","text":"양평군 용문면 도로에 구멍이 났어요","department":"roads","urgency":"high","jurisdiction":"city_county","kind":"other","channel":"web","place":"양평군"}
{"id":"e6","text":"긴급복지 신청은 어디서 하나요","department":"welfare","urgency":"low","jurisdiction":"city_county","kind":"inquiry","channel":"call","signals":[]}
{"id":"e7","text":"어린이집 대기 순번은 어떻게 보나요","department":"family","urgency":"low","jurisdiction":"city_county","kind":"inquiry","channel":"kakao"}
{"id":"e8","text":"제 번호는 010-0000-1234 입니다 층간소음 때문에 연락 주세요","department":"housing","urgency":"normal","jurisdiction":"city_county","kind":"other","channel":"sms","pii":["010-0000-1234"]}
"#;

fn minwon(args: &[&str]) -> Output {
    let run = Command::new(env!("CARGO_BIN_EXE_minwon"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    run.expect("the binary starts and ends")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn written(dir: &Path, name: &str, content: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, content).expect("the file is written");
    path.display().to_string()
}

#[test]
fn a_report_is_whole_and_the_same_each_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let rows = written(dir.path(), "rows.jsonl", ROWS);
    let gates = written(dir.path(), "gates.toml", "[minimum]\n\"department.accuracy\" = 0.1\n");
    let reports: Vec<[String; 3]> = ["one", "two"]
        .map(|name| {
            let report = dir.path().join(name);
            let args =
                ["eval", "--data", &rows, "--gates", &gates, "--report", report.to_str().expect("UTF-8")];
            let output = minwon(&args);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            let table = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(table.contains("| department | ") && table.contains("gates: 1 of 1 hold"), "{table}");
            ["report.json", "report.html", "junit.xml"]
                .map(|file| std::fs::read_to_string(report.join(file)).expect("the report is written"))
        })
        .into();
    assert_eq!(reports[0], reports[1], "byte for byte");
    let json: Value = serde_json::from_str(&reports[0][0]).expect("the report is JSON");
    assert_eq!(
        (json["schema"].as_u64(), json["rows"].as_u64(), json["data"][0]["rows"].as_u64()),
        (Some(1), Some(8), Some(8))
    );
    assert_eq!(json["sections"]["masking"]["figures"]["recall"]["value"], 1.0);
    assert_eq!(json["sections"]["places"]["figures"]["accuracy"]["value"], 1.0);
    assert_eq!(json["sections"]["signals"]["figures"]["kind_recall"]["value"], 1.0);
    assert!(reports[0][1].contains("민원 8건으로 평가했습니다."));
}

#[test]
fn a_fallen_gate_is_named_and_ends_with_1() {
    let dir = tempfile::tempdir().expect("a folder");
    let rows = written(dir.path(), "rows.jsonl", ROWS);
    let gates = written(
        dir.path(),
        "gates.toml",
        "[maximum]\n\"department.accuracy\" = 0.01\n\"department.ece\" = 1\n",
    );
    let output = minwon(&["eval", "--data", &rows, "--gates", &gates]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("1 of 2 gates fall: `department.accuracy` is "), "{}", stderr(&output));
    let wrong = written(dir.path(), "wrong.toml", "[minimum]\n\"department.acuracy\" = 0.1\n");
    let output = minwon(&["eval", "--data", &rows, "--gates", &wrong]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("department.accuracy"), "{}", stderr(&output));
}

#[test]
fn a_model_is_not_better_than_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let rows = written(dir.path(), "rows.jsonl", ROWS);
    let output = minwon(&["eval", "--data", &rows, "--compare", "models/minwon-ko", "models/minwon-ko"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(
        table.contains("These rows cannot tell the two apart on department (+0.0 points: 0 rows won, 0 lost"),
        "{table}"
    );
}

#[test]
fn rows_that_no_head_knows_are_told() {
    let dir = tempfile::tempdir().expect("a folder");
    for (rows, part) in [
        ("{\"text\":\"가로등\",\"colour\":\"red\"}\n", "no column for any head"),
        (
            "{\"id\":\"x\",\"text\":\"가로등\",\"department\":\"sports\"}\n",
            "row `x`: the model's head `department` has no label `sports`",
        ),
        ("\n", "holds no rows"),
    ] {
        let rows = written(dir.path(), "rows.jsonl", rows);
        let output = minwon(&["eval", "--data", &rows]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

#[test]
fn drift_reads_rows_and_answers() {
    let dir = tempfile::tempdir().expect("a folder");
    let rows = written(dir.path(), "rows.jsonl", ROWS);
    let report = dir.path().join("drift");
    let output = minwon(&["eval", "drift", &rows, &rows, "--report", report.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json = std::fs::read_to_string(report.join("drift.json")).expect("the report is written");
    let json: Value = serde_json::from_str(&json).expect("the report is JSON");
    assert_eq!(json["labels"]["department"]["movement"], "stable");
    assert_eq!(json["texts"]["features"], "lexical");
    let output = minwon(&["eval", "drift", &rows, &rows, "--embed"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(
        table.contains("texts (embedding, 8 and 8)") && table.contains("department confidence"),
        "{table}"
    );
}
