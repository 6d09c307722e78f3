//! The HTTP API from outside.

use minwon::inference::EngineOptions;
use serde_json::{Value, json};

use crate::support::{Reply, Server};

fn assert_problem(reply: &Reply, status: u16, kind: &str, pointer: Option<&str>, name: &str) {
    assert_eq!(reply.status, status, "{name}: {}", reply.json);
    assert_eq!(reply.headers["content-type"], "application/problem+json", "{name}");
    assert_eq!(reply.json["type"], format!("urn:minwon:problem:{kind}"), "{name}");
    assert_eq!(reply.json["status"], status, "{name}");
    for field in ["title", "detail", "instance", "request_id"] {
        assert!(reply.json[field].as_str().is_some_and(|s| !s.is_empty()), "{name}: `{field}` is missing");
    }
    assert_eq!(reply.json["request_id"], reply.headers["x-request-id"].to_str().unwrap(), "{name}");
    if let Some(pointer) = pointer {
        let pointers: Vec<&Value> =
            reply.json["errors"].as_array().unwrap().iter().map(|e| &e["pointer"]).collect();
        assert!(pointers.contains(&&json!(pointer)), "{name}: {pointers:?}");
    }
}

#[tokio::test]
async fn a_dead_deer_goes_to_the_city_and_bus_fares_to_the_province() {
    let server = Server::start().await;
    let cases = [
        ("양평 용문면 마을길 갓길에 고라니가 죽어 있어요", "animal", "city_county"),
        ("중학생 아이 버스비 지원 얼마까지 되나요", "transport", "province"),
    ];
    for (text, department, jurisdiction) in cases {
        let reply =
            server.post("/v1/classify", &json!({"text": text, "channel": "kakao", "explain": true})).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        assert_eq!(reply.json["department"]["code"], department, "{}", reply.json);
        assert_eq!(reply.json["jurisdiction"]["code"], jurisdiction, "{}", reply.json);
        assert_eq!(reply.json["masked_text"], text);
        assert_eq!(reply.json["alternatives"].as_array().unwrap().len(), 3);
        assert!(reply.json["case_id"].is_string());
        let probabilities = reply.json["urgency"]["probabilities"].as_object().unwrap();
        let sum: f64 = probabilities.values().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    }
}

#[tokio::test]
async fn an_explanation_points_into_the_text() {
    let server = Server::start().await;
    let text = "양평 용문면 마을길 갓길에 고라니가 죽어 있어요";
    let reply = server.post("/v1/classify", &json!({"text": text, "explain": true})).await;
    let chars: Vec<char> = text.chars().collect();
    let explanation = reply.json["explanation"].as_array().unwrap();
    assert!(!explanation.is_empty(), "{}", reply.json);
    for part in explanation {
        let at = |i: usize| part["span"][i].as_u64().unwrap() as usize;
        let slice: String = chars[at(0)..at(1)].iter().collect();
        assert_eq!(part["text"], slice);
        assert!(part["weight"].as_f64().unwrap() > 0.0);
    }
}

#[tokio::test]
async fn a_case_is_made_unless_the_caller_says_no() {
    let server = Server::start().await;
    let reply = server.post("/v1/classify", &json!({"text": "가로등이 꺼졌어요", "log": false})).await;
    assert_eq!((reply.status, &reply.json["case_id"]), (200, &Value::Null));
}

/// Name, media type, body; expected status, kind of problem, pointer.
type BadInput = (&'static str, &'static str, Vec<u8>, u16, &'static str, Option<&'static str>);

const JSON: &str = "application/json";

/// Everything that must be refused.
fn bad_inputs() -> Vec<BadInput> {
    let text = |text: &str| json!({ "text": text }).to_string().into_bytes();
    let jsonb = |value: Value| value.to_string().into_bytes();
    vec![
        ("empty body", JSON, vec![], 400, "not-json", Some("")),
        ("no json", JSON, b"text=hello".to_vec(), 400, "not-json", None),
        ("cut off", JSON, b"{\"text\": \"ab".to_vec(), 400, "not-json", Some("/text")),
        ("not utf-8", JSON, b"{\"text\": \"\xff\xfe\"}".to_vec(), 400, "not-json", Some("/text")),
        ("lone surrogate", JSON, br#"{"text": "\ud83d"}"#.to_vec(), 400, "not-json", Some("/text")),
        ("two values", JSON, b"{} {}".to_vec(), 400, "not-json", None),
        (
            "deeply nested",
            JSON,
            [b"{\"text\":".to_vec(), b"[".repeat(50_000)].concat(),
            400,
            "not-json",
            None,
        ),
        (
            "deep in an unknown field",
            JSON,
            [b"{\"text\":\"a\",\"x\":".to_vec(), b"[".repeat(300), b"]".repeat(300), b"}".to_vec()].concat(),
            400,
            "not-json",
            None,
        ),
        ("an array", JSON, b"[]".to_vec(), 422, "invalid-fields", Some("")),
        ("no text", JSON, b"{}".to_vec(), 422, "invalid-fields", Some("/text")),
        ("null text", JSON, jsonb(json!({"text": null})), 422, "invalid-fields", Some("/text")),
        ("number as text", JSON, jsonb(json!({"text": 5})), 422, "invalid-fields", Some("/text")),
        ("empty text", JSON, text(""), 422, "invalid-fields", Some("/text")),
        ("blank text", JSON, text(" \n\t\u{3000}"), 422, "invalid-fields", Some("/text")),
        ("invisible text", JSON, text("\u{200b}\u{feff}"), 422, "invalid-fields", Some("/text")),
        ("4,001 characters", JSON, text(&"가".repeat(4_001)), 422, "text-too-long", Some("/text")),
        (
            "unknown channel",
            JSON,
            jsonb(json!({"text": "a", "channel": "fax"})),
            422,
            "invalid-fields",
            Some("/channel"),
        ),
        (
            "channel of a wrong type",
            JSON,
            jsonb(json!({"text": "a", "channel": 1})),
            422,
            "invalid-fields",
            Some("/channel"),
        ),
        (
            "negative top_k",
            JSON,
            jsonb(json!({"text": "a", "top_k": -1})),
            422,
            "invalid-fields",
            Some("/top_k"),
        ),
        (
            "huge top_k",
            JSON,
            jsonb(json!({"text": "a", "top_k": 1_000_000})),
            422,
            "invalid-fields",
            Some("/top_k"),
        ),
        (
            "explain as text",
            JSON,
            jsonb(json!({"text": "a", "explain": "yes"})),
            422,
            "invalid-fields",
            Some("/explain"),
        ),
        (
            "too many drafts",
            JSON,
            jsonb(json!({"text": "a", "suggest": 99})),
            422,
            "invalid-fields",
            Some("/suggest"),
        ),
        (
            "a time without offset",
            JSON,
            jsonb(json!({"text": "a", "received_at": "2026-11-23 09:00"})),
            422,
            "invalid-fields",
            Some("/received_at"),
        ),
        (
            "long id",
            JSON,
            jsonb(json!({"text": "a", "external_id": "x".repeat(201)})),
            422,
            "invalid-fields",
            Some("/external_id"),
        ),
        ("3 MB", JSON, text(&"가".repeat(1_000_000)), 413, "body-too-large", Some("")),
        ("plain text", "text/plain", b"hello".to_vec(), 415, "unsupported-media-type", None),
        (
            "a form",
            "application/x-www-form-urlencoded",
            b"text=a".to_vec(),
            415,
            "unsupported-media-type",
            None,
        ),
    ]
}

#[tokio::test]
async fn every_bad_input_gets_its_problem() {
    let server = Server::start().await;
    for (name, media, body, status, kind, pointer) in bad_inputs() {
        let reply = server.post_raw("/v1/classify", media, body).await;
        assert_problem(&reply, status, kind, pointer, name);
    }
}

#[tokio::test]
async fn several_wrong_fields_are_told_at_once_and_allowed_values_are_listed() {
    let server = Server::start().await;
    let reply = server.post("/v1/classify", &json!({"text": "", "channel": "fax", "top_k": "x"})).await;
    assert_problem(&reply, 422, "invalid-fields", Some("/text"), "three fields");
    assert_eq!(reply.json["errors"].as_array().unwrap().len(), 3);
    let detail = reply.json["detail"].as_str().unwrap();
    assert!(detail.contains("kakao, call, sms, sns, web, petition, visit"), "{detail}");
}

#[tokio::test]
async fn the_longest_text_and_unknown_fields_are_fine() {
    let server = Server::start().await;
    let body = json!({"text": format!("  {}  ", "가".repeat(4_000)), "unknown": {"a": [1]}, "channel": null});
    let reply = server.post("/v1/classify", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    let reasons = reply.json["review_reasons"].as_array().unwrap();
    assert!(reasons.contains(&json!("truncated")), "{reasons:?}");
    assert_ne!(reply.json["decision"], "route");
}

#[tokio::test]
async fn a_problem_never_repeats_the_text() {
    let server = Server::start().await;
    for body in [
        "{\"text\": \"비밀스러운 내용\", \"channel\": \"비밀채널\"}",
        "{\"text\": \"비밀스러운",
        "{\"비밀\": \"\\ud800\"}",
    ] {
        let reply = server.post_raw("/v1/classify", "application/json", body.as_bytes().to_vec()).await;
        assert!(reply.status >= 400);
        let problem = reply.json.to_string();
        assert!(!problem.contains("비밀스러운") && !problem.contains("비밀채널"), "{problem}");
    }
}

#[tokio::test]
async fn a_batch_of_256_keeps_its_order_and_one_bad_item_fails_alone() {
    let server = Server::start().await;
    let items: Vec<Value> = (0..256)
        .map(|i| match i {
            100 => json!({"text": ""}),
            101 => json!("no object"),
            _ => json!({"external_id": format!("n{i}"), "text": format!("{i}번 버스가 안 와요")}),
        })
        .collect();
    let reply = server.post("/v1/classify/batch", &json!({ "items": items })).await;
    assert_eq!(reply.status, 200);
    let answers = reply.json["items"].as_array().unwrap();
    assert_eq!(answers.len(), 256);
    for (i, answer) in answers.iter().enumerate() {
        match i {
            100 => assert_eq!(answer["error"]["errors"][0]["pointer"], "/items/100/text"),
            101 => assert_eq!(answer["error"]["status"], 422),
            _ => assert_eq!(answer["id"], format!("n{i}")),
        }
    }
}

#[tokio::test]
async fn batches_that_cannot_be_read_are_refused_whole() {
    let server = Server::start().await;
    let many = json!({"items": vec![json!({"text": "a"}); 257]});
    for (body, pointer) in [
        (json!({"items": []}), "/items"),
        (many, "/items"),
        (json!({"items": 3}), "/items"),
        (json!({}), "/items"),
    ] {
        let reply = server.post("/v1/classify/batch", &body).await;
        assert_problem(&reply, 422, "invalid-fields", Some(pointer), "batch");
    }
}

#[tokio::test]
async fn a_full_queue_is_429_with_a_time_to_come_back() {
    let options = EngineOptions { workers: 1, queue_limit: 1, batch_tokens: 1, cache_entries: 0 };
    let server = Server::with(options).await;
    server.ready().await;
    let body = json!({"text": "마을버스 배차 간격이 너무 길어서 힘듭니다. ".repeat(15), "explain": true});
    let replies = futures_util::future::join_all((0..24).map(|_| server.post("/v1/classify", &body))).await;
    let (ok, busy): (Vec<&Reply>, Vec<&Reply>) = replies.iter().partition(|r| r.status == 200);
    assert!(!ok.is_empty() && !busy.is_empty(), "{} ok, {} busy", ok.len(), busy.len());
    for reply in busy {
        assert_problem(reply, 429, "overloaded", None, "busy");
        let seconds: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds));
    }
}

#[tokio::test]
async fn the_taxonomy_lists_every_label() {
    let server = Server::start().await;
    let reply = server.get("/v1/taxonomy").await;
    assert_eq!(reply.json["departments"].as_array().unwrap().len(), 26);
    assert_eq!(reply.json["valid_from"], "2025-08-12");
    assert_eq!(reply.json["urgency"][0]["code"], "emergency");
}

#[tokio::test]
async fn health_readiness_metrics_and_the_document_are_there() {
    let server = Server::start().await;
    assert_eq!(server.get("/healthz").await.json["status"], "ok");
    let ready = server.ready().await;
    assert_eq!(ready.json["open"], true);
    assert_eq!(server.get("/metrics").await.status, 200);
    assert_eq!(server.get("/docs/").await.status, 200);
    let document = server.get("/openapi.json").await.json;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in ["/v1/classify", "/v1/classify/batch", "/v1/taxonomy", "/healthz", "/readyz", "/metrics"] {
        assert!(document["paths"][path].is_object(), "{path} is missing");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let server = Server::start().await;
    assert_problem(&server.get("/v2/classify").await, 404, "not-found", None, "path");
    let reply = server.get("/v1/classify").await;
    assert_problem(&reply, 405, "method-not-allowed", None, "method");
    assert_eq!(reply.headers["allow"], "POST");
}

#[tokio::test]
async fn a_text_that_comes_again_is_not_computed_again_unless_it_bears_a_signal() {
    let server = Server::start().await;
    server.ready().await;
    let twice = async |text: &str| {
        let body = json!({"text": text, "log": false});
        let (first, second) =
            (server.post("/v1/classify", &body).await, server.post("/v1/classify", &body).await);
        for field in
            ["department", "alternatives", "urgency", "jurisdiction", "kind", "decision", "review_reasons"]
        {
            assert_eq!(first.json[field], second.json[field], "{field}");
        }
        let spent = |reply: &Reply| reply.json["timing_ms"]["inference"].as_f64().unwrap();
        assert!(spent(&first) > 0.0);
        spent(&second)
    };
    assert!(twice("마을버스 배차 간격을 줄여 주세요").await == 0.0, "the cache did not answer");
    assert!(twice("이제 그만 살고 싶어요").await > 0.0, "a text with a signal came from the cache");
}
