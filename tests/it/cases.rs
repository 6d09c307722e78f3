//! The case log over HTTP: a complaint becomes a case, people decide about it, keys say who may.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Reply, Server};

const CARCASS: &str = "양평 용문면 마을길 갓길에 고라니가 죽어 있어요";

async fn case(server: &Server, text: &str) -> (String, Value) {
    let reply = server.post("/v1/classify", &json!({"text": text, "channel": "kakao"})).await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    (reply.json["case_id"].as_str().expect("a case is made").to_owned(), reply.json)
}

async fn reply_with(server: &Server, id: &str, version: u32, text: &str) -> Reply {
    let body = json!({"version": version, "action": "edit", "text": text});
    server.post(&format!("/v1/cases/{id}/decision"), &body).await
}

#[tokio::test]
async fn what_came_in_and_what_the_machine_said_stands_in_the_case() {
    let server = Server::start().await;
    let (id, answer) = case(&server, "제 번호는 010-0000-1234예요. 수원 영통구 보도블록이 꺼졌어요").await;
    let shown = server.get(&format!("/v1/cases/{id}")).await;
    assert_eq!(shown.status, 200, "{}", shown.json);
    assert_eq!(shown.json["masked_text"], answer["masked_text"]);
    assert!(!shown.json.to_string().contains("010-0000-1234"), "personal data is stored");
    assert_eq!(shown.json["version"], 1);
    assert_eq!(shown.json["department"], answer["department"]["code"]);
    assert_eq!(shown.json["predictions"][0]["role"], "active");
    assert_eq!(shown.json["predictions"][0]["model"]["sha256"], answer["model"]["sha256"]);
    assert_eq!(shown.json["events"][0]["kind"], "triaged");
    assert_eq!(shown.json["location"]["sigungu"], "수원시");
}

#[tokio::test]
async fn an_unlogged_complaint_leaves_no_case() {
    let server = Server::start().await;
    let reply = server.post("/v1/classify", &json!({"text": CARCASS, "log": false})).await;
    assert_eq!(reply.json["case_id"], Value::Null);
    assert_eq!(server.get("/v1/cases?counts=true").await.json["counts"]["total"], 0);
}

#[tokio::test]
async fn the_same_request_twice_is_one_case_and_one_answer() {
    let server = Server::start().await;
    let body = json!({"text": CARCASS, "external_id": "kakao-8812"});
    let first = server.post("/v1/classify", &body).await;
    let second = server.post("/v1/classify", &body).await;
    assert_eq!(first.json, second.json);
    let other = json!({"text": "가로등이 꺼졌어요", "external_id": "kakao-8812"});
    let third = server.post("/v1/classify", &other).await;
    assert_eq!(third.status, 200);
    assert_ne!(third.json["case_id"], first.json["case_id"], "a second message is not refused");

    let keyed = |body: Value| server.post_with("/v1/classify", &[("idempotency-key", "k-1")], body);
    let first = keyed(json!({"text": CARCASS})).await;
    assert_eq!(first.json, keyed(json!({"text": CARCASS})).await.json);
    let reused = keyed(json!({"text": "다른 내용이에요"})).await;
    assert_eq!(
        (reused.status, reused.json["type"].as_str()),
        (422, Some("urn:minwon:problem:idempotency-key-reused"))
    );
    assert_eq!(server.get("/v1/cases?counts=true").await.json["counts"]["total"], 3);
}

#[tokio::test]
async fn of_simultaneous_decisions_one_wins_and_the_others_learn_who() {
    let server = Arc::new(Server::start().await);
    let (id, _) = case(&server, CARCASS).await;
    let tries = (0..8).map(|n| {
        let (server, id) = (Arc::clone(&server), id.clone());
        async move {
            reply_with(&server, &id, 1, &format!("양평군 담당 부서에 전달했습니다. ({n})")).await
        }
    });
    let replies = futures_util::future::join_all(tries).await;
    let won = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(won, 1);
    for lost in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(lost.status, 409, "{}", lost.json);
        assert_eq!(lost.json["conflict"]["by"], "local");
        assert_eq!(lost.json["conflict"]["what"], "edited");
        assert_eq!(lost.json["conflict"]["version"], 2);
    }
    let shown = server.get(&format!("/v1/cases/{id}")).await;
    assert_eq!(shown.json["status"], "answered");
    assert_eq!(shown.json["decisions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reply_with_an_open_slot_does_not_leave() {
    let server = Server::start().await;
    let (id, _) = case(&server, CARCASS).await;
    let reply = reply_with(&server, &id, 1, "담당자는 {{담당자}}입니다.").await;
    assert_eq!(reply.status, 422, "{}", reply.json);
    assert_eq!(server.get(&format!("/v1/cases/{id}")).await.json["version"], 1);
}

#[tokio::test]
async fn a_case_sent_back_raises_the_ping_pong_alarm() {
    let server = Server::start().await;
    let (id, answer) = case(&server, CARCASS).await;
    let first = answer["department"]["code"].as_str().unwrap().to_owned();
    let path = format!("/v1/cases/{id}/labels");
    let there =
        server.post(&path, &json!({"version": 1, "department": "roads", "reason": "도로 위 장애물"})).await;
    assert_eq!(there.status, 200, "{}", there.json);
    // 시행령 §13②: three working hours from Monday 09:12, lunch out.
    assert_eq!(there.json["pass_on_by"], "2026-11-23T13:12:00+09:00");
    assert_eq!(there.json.get("alarm"), None);
    let back = server.post(&path, &json!({"version": 2, "department": first, "reason": "동물 사체"})).await;
    assert_eq!(back.json["alarm"], json!({"alarm": "returned", "department": first}), "{}", back.json);
    let listed = server.get("/v1/cases?alarm=true").await;
    assert_eq!(listed.json["cases"][0]["case_id"], json!(id));
    let shown = server.get(&format!("/v1/cases/{id}")).await;
    assert_eq!(shown.json["hop_list"].as_array().unwrap().len(), 2);
    assert_eq!(
        shown.json["predictions"][0]["labels"]["department"],
        json!(first),
        "what the machine said stays"
    );
    let unreasoned = server.post(&path, &json!({"version": 3, "department": "roads"})).await;
    assert_eq!(unreasoned.status, 422, "{}", unreasoned.json);
    let unknown = server.post(&path, &json!({"version": 3, "department": "nowhere", "reason": "x"})).await;
    assert_eq!(unknown.json["errors"][0]["pointer"], "/department");
}

#[tokio::test]
async fn a_change_can_be_taken_back_and_a_case_can_be_sent_out_or_closed() {
    let server = Server::start().await;
    let (id, _) = case(&server, CARCASS).await;
    let post = async |what: &str, body: Value| server.post(&format!("/v1/cases/{id}/{what}"), &body).await;
    let out = post("transfer", json!({"version": 1, "city_county": "양평군", "reason": "시·군 소관"})).await;
    assert_eq!((out.status, out.json["status"].as_str()), (200, Some("transferred")), "{}", out.json);
    // §13③: eight working hours.
    assert_eq!(out.json["pass_on_by"], "2026-11-24T09:12:00+09:00");
    let again = post("close", json!({"version": 2, "reason": "중복"})).await;
    assert_eq!((again.status, again.json["type"].as_str()), (409, Some("urn:minwon:problem:not-now")));
    let undone = post("undo", json!({"version": 2})).await;
    assert_eq!(undone.status, 200, "{}", undone.json);
    let closed = post("close", json!({"version": 3, "reason": "중복"})).await;
    assert_eq!((closed.status, closed.json["status"].as_str()), (200, Some("closed")));
    let both = post("transfer", json!({"version": 4, "reason": "x"})).await;
    assert_eq!(both.json["errors"][0]["pointer"], "/agency", "{}", both.json);
}

#[tokio::test]
async fn the_queue_begins_with_danger_and_pages_without_gaps() {
    let server = Server::start().await;
    for n in 0..7 {
        case(&server, &format!("{n}번 마을버스 배차가 너무 길어요")).await;
    }
    let (danger, _) = case(&server, "지금 옥상에 올라왔어요 이제 그만 살고 싶어요").await;
    let first = server.get("/v1/cases?limit=3&counts=true").await;
    assert_eq!(first.json["cases"][0]["case_id"], json!(danger), "{}", first.json);
    assert_eq!(first.json["counts"]["total"], 8);
    let mut seen: Vec<String> = Vec::new();
    let mut next = Some(String::new());
    while let Some(cursor) = next {
        let path = if cursor.is_empty() {
            "/v1/cases?limit=3".into()
        } else {
            format!("/v1/cases?limit=3&cursor={cursor}")
        };
        let page = server.get(&path).await;
        seen.extend(
            page.json["cases"].as_array().unwrap().iter().map(|c| c["case_id"].as_str().unwrap().to_owned()),
        );
        next = page.json["next"].as_str().map(str::to_owned);
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (8, 8));
    assert_eq!(server.get("/v1/cases?q=마을버스").await.json["cases"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn wrong_filters_are_named() {
    let server = Server::start().await;
    for (query, pointer) in [
        ("status=open", "?status"),
        ("department=nowhere", "?department"),
        ("limit=0", "?limit"),
        ("due_before=tomorrow", "?due_before"),
        ("cursor=x", "?cursor"),
        ("statsu=triaged", "?statsu"),
        ("limit=1&limit=2", "?limit"),
    ] {
        let reply = server.get(&format!("/v1/cases?{query}")).await;
        assert_eq!(reply.status, 422, "{query}");
        assert_eq!(reply.json["errors"][0]["pointer"], pointer, "{query}");
    }
    for path in ["/v1/cases/x", "/v1/cases/00000000-0000-7000-8000-000000000000"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn statistics_count_what_was_done() {
    let server = Server::start().await;
    let (id, _) = case(&server, CARCASS).await;
    case(&server, "가로등이 사흘째 꺼져 있어요").await;
    reply_with(&server, &id, 1, "양평군에 전달했습니다.").await;
    let stats = server.get("/v1/stats?from=2026-11-23&to=2026-11-23").await;
    assert_eq!(stats.status, 200, "{}", stats.json);
    assert_eq!((&stats.json["totals"]["received"], &stats.json["totals"]["edited"]), (&json!(2), &json!(1)));
    assert_eq!(server.get("/v1/stats?from=2026-11-24&to=2026-11-23").await.status, 422);
}

#[tokio::test]
async fn events_resume_where_they_broke_off() {
    let server = Server::start().await;
    let (first, _) = case(&server, CARCASS).await;
    let (second, _) = case(&server, "가로등이 사흘째 꺼져 있어요").await;
    let all = server.stream("/v1/events?after=0", &[], 2).await;
    assert!(all.contains(&first) && all.contains(&second), "{all}");
    assert!(!all.contains("고라니"), "events carry no text: {all}");
    let rest = server.stream("/v1/events", &[("last-event-id", "1")], 1).await;
    assert!(!rest.contains(&first) && rest.contains(&second), "{rest}");
}

#[tokio::test]
async fn keys_open_what_their_role_allows_and_nothing_else() {
    let server = Server::with_keys(&["router", "counsellor", "ml", "admin"]).await;
    let body = json!({"text": CARCASS});
    let refused = server.post("/v1/classify", &body).await;
    assert_eq!((refused.status, refused.headers["www-authenticate"].to_str().unwrap()), (401, "Bearer"));
    let wrong = server.as_key("mw_0000").post("/v1/classify", &body).await;
    assert_eq!(wrong.status, 401);
    let made = server.as_role("router").post("/v1/classify", &body).await;
    let id = made.json["case_id"].as_str().expect("a router may classify").to_owned();
    let table: [(&str, &str, &[&str]); 6] = [
        ("POST", "/v1/classify", &["router", "admin"]),
        ("POST", "/v1/classify/batch", &["router", "ml", "admin"]),
        ("GET", "/v1/cases", &["counsellor", "ml", "admin"]),
        ("GET", "/v1/stats", &["counsellor", "ml", "admin"]),
        ("GET", "/v1/taxonomy", &["router", "counsellor", "ml", "admin"]),
        ("LABELS", "", &["counsellor", "admin"]),
    ];
    for (method, path, allowed) in table {
        for role in ["router", "counsellor", "ml", "admin"] {
            let caller = server.as_role(role);
            let reply = match method {
                "GET" => caller.get(path).await,
                "LABELS" => caller.post(&format!("/v1/cases/{id}/labels"), &json!({"version": 99})).await,
                _ => caller.post(path, &json!({"text": CARCASS, "items": [{"text": CARCASS}]})).await,
            };
            assert_eq!(
                reply.status != 403,
                allowed.contains(&role),
                "{role} {method} {path}: {}",
                reply.json
            );
        }
    }
    for path in ["/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(server.get(path).await.status, 200, "{path} needs no key");
    }
    assert_eq!(server.get("/readyz").await.json["open"], false);
}

#[tokio::test]
async fn a_draft_is_shown_kept_and_approved_for_the_version_it_was_made_for() {
    let server = Server::with_drafts().await;
    let question = "중학생 아이 버스비 지원 얼마까지 되나요";
    let body = json!({"text": question, "channel": "kakao", "suggest": 2});
    let answer = server.post("/v1/classify", &body).await.json;
    let id = answer["case_id"].as_str().unwrap().to_owned();
    let shown = server.get(&format!("/v1/cases/{id}")).await.json;
    assert_eq!(shown["drafts"][0]["id"], answer["replies"][0]["draft_id"], "{answer}");
    assert_eq!(shown["drafts"][0]["text"], answer["replies"][0]["text"]);
    assert!(answer["replies"][0]["text"].as_str().unwrap().contains("24만 원"), "{answer}");

    let again = server.post(&format!("/v1/cases/{id}/replies"), &json!({"suggest": 1})).await;
    assert_eq!((again.status, &again.json["version"]), (200, &json!(1)), "{}", again.json);
    let draft = &again.json["replies"][0]["draft_id"];
    let path = format!("/v1/cases/{id}/decision");
    let unknown = server.post(&path, &json!({"version": 1, "action": "approve", "draft_id": id})).await;
    assert_eq!((unknown.status, &unknown.json["errors"][0]["pointer"]), (422, &json!("/draft_id")));
    // The labels are confirmed by a person: the case is at version 2, and drafts for version 1 are void.
    server.post(&format!("/v1/cases/{id}/labels"), &json!({"version": 1})).await;
    let stale = server.post(&path, &json!({"version": 2, "action": "approve", "draft_id": draft})).await;
    assert_eq!(stale.status, 409, "{}", stale.json);
    let fresh = server.post(&format!("/v1/cases/{id}/replies"), &json!({})).await;
    let draft = &fresh.json["replies"][0]["draft_id"];
    let approved = server.post(&path, &json!({"version": 2, "action": "approve", "draft_id": draft})).await;
    assert_eq!((approved.status, &approved.json["status"]), (200, &json!("answered")), "{}", approved.json);
    let shown = server.get(&format!("/v1/cases/{id}")).await.json;
    let decision = shown["decisions"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&decision["kind"], &decision["text"]),
        (&json!("approved"), &fresh.json["replies"][0]["text"])
    );
}
