//! The command line from outside: exit codes, what goes to stdout, what goes to stderr.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn minwon(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_minwon"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // A command that fails early closes its stdin; that is not this helper's business.
    drop(child.stdin.take().expect("stdin is piped").write_all(stdin));
    child.wait_with_output().expect("the binary ends")
}

fn rows(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn one_text_gives_one_row() {
    let output = minwon(&["classify", "중학생 아이 버스비 지원 얼마까지 되나요"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let rows = rows(&output);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["department"]["code"], "transport");
    assert_eq!(rows[0]["jurisdiction"]["code"], "province");
    assert_eq!(rows[0]["case_id"], Value::Null);
}

#[test]
fn many_rows_are_answered_in_order_with_their_ids() {
    let input: String =
        (0..300).map(|i| format!("{{\"id\": \"r{i}\", \"text\": \"{i}번 가로등이 안 켜져요\"}}\n")).collect();
    let output = minwon(&["classify"], input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let ids: Vec<String> = rows(&output).iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, (0..300).map(|i| format!("r{i}")).collect::<Vec<_>>());
}

#[test]
fn csv_and_lines_are_read_too() {
    let csv = minwon(&["classify"], "id,text\n7,\"강아지를, 잃어버렸어요\"\n".as_bytes());
    assert_eq!(rows(&csv)[0]["id"], "7");
    let lines = minwon(&["classify", "--top-k", "0"], "첫째 줄\n\n둘째 줄\n".as_bytes());
    let rows = rows(&lines);
    assert_eq!((rows.len(), rows[1]["id"].as_str()), (2, Some("3")));
    assert_eq!(rows[0]["alternatives"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_bad_row_is_told_in_its_place_and_ends_with_2() {
    let output = minwon(
        &["classify"],
        b"{\"id\": \"a\", \"text\": \"x\"}\n{\"id\": \"b\"}\n{\"id\": \"c\", \"text\": \"y\"}\n",
    );
    let rows = rows(&output);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[1]["error"]["line"], 2);
    assert_eq!(rows[2]["id"], "c");
}

#[test]
fn wrong_use_ends_with_2_and_says_what_to_do() {
    let cases: [(&[&str], &str); 7] = [
        (&["classify", "   "], "the text is blank"),
        (&["classify", "글", "--model", "/nowhere"], "hint:"),
        (&["classify", "글", "--device", "tpu"], "unknown device `tpu`"),
        (&["classify", "글", "--dtype", "i4"], "expected `auto`, `f32` or `i8`"),
        (&["model", "info", "--model", "hf:nonsense"], "OWNER/NAME@REVISION"),
        (&["serve", "--listen", "0.0.0.0:0"], "no key has been made"),
        (&["train", "--data", "/nowhere.jsonl", "--base", "/nowhere", "-o", "/tmp/never"], "/nowhere"),
    ];
    for (args, part) in cases {
        let output = minwon(args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(part), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn the_shipped_model_is_what_its_manifest_says() {
    let output = minwon(&["model", "verify"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("ok minwon-ko "));
    let info = minwon(&["model", "info"], b"");
    let info: Value = serde_json::from_slice(&info.stdout).expect("info is JSON");
    assert_eq!(info["manifest"]["heads"].as_array().map(Vec::len), Some(4));
    assert!(info["calibration"]["policy"]["route_department"].is_number());
}

#[test]
fn a_changed_file_is_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minwon-ko");
    for file in ["manifest.json", "config.json", "tokenizer.json", "model.safetensors", "calibration.json"] {
        std::fs::copy(shipped.join(file), dir.path().join(file)).expect("the model is copied");
    }
    std::fs::write(dir.path().join("calibration.json"), b"{}").expect("the file is changed");
    let output = minwon(&["model", "verify", "--model", dir.path().to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("`calibration.json` is not the file of the manifest"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn quantising_what_is_quantised_changes_no_weight_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("again");
    let path = output.to_str().unwrap();
    let made = minwon(&["model", "quantize", "--output", path], b"");
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let verified = minwon(&["model", "verify", "--model", path], b"");
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    let shipped = minwon(&["model", "verify"], b"");
    assert_eq!(verified.stdout, shipped.stdout);
    let again = minwon(&["model", "quantize", "--output", path], b"");
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("hint:"), "{}", stderr(&again));
}

#[test]
fn bench_measures_lengths_and_clients() {
    let output = minwon(&["bench", "--seconds", "0.02"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let tokens: Vec<u64> = report["latency_of_one_text"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["tokens"].as_u64().unwrap())
        .collect();
    assert_eq!(tokens, [16, 32, 64, 128, 512, 16, 32, 64, 128, 512]);
    let clients = |i: usize| report["throughput"][i]["clients"].as_u64();
    assert_eq!([clients(0), clients(1), clients(2)], [Some(1), Some(8), Some(32)]);
    assert!(report["throughput"][0]["texts_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(minwon(&["bench", "--seconds", "0"], b"").status.code(), Some(2));
}
