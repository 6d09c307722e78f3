//! The counsellor's page from outside: sessions, forms, roles, conflicts, headers, paging; a real server, plain HTTP.

use serde_json::{Value, json};

use crate::support::Server;

const CARCASS: &str = "양평 용문면 마을길 갓길에 고라니가 죽어 있어요";
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A browser without a script: it keeps its cookie and fills in forms.
struct Browser {
    url: String,
    client: reqwest::Client,
    cookie: Option<String>,
}

/// A page that came back.
struct Page {
    status: u16,
    headers: reqwest::header::HeaderMap,
    html: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Value of the first field of this name.
    fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.html.split_once(&start).unwrap_or_else(|| panic!("no field `{name}`"));
        rest.split('"').next().unwrap().to_owned()
    }

    fn says(&self, what: &str) -> bool {
        self.html.contains(what)
    }
}

impl Browser {
    fn new(server: &Server) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url: server.url.clone(), client, cookie: None }
    }

    /// Signs in with the key of a role.
    async fn signed_in(server: &Server, role: &str) -> Self {
        let mut browser = Self::new(server);
        let page = browser.sign_in(server.key_of(role)).await;
        assert_eq!((page.status, page.header("location")), (303, "/"), "{}", page.html);
        browser
    }

    async fn sign_in(&mut self, key: &str) -> Page {
        self.post("/signin", &[("key", key), ("back", "/")]).await
    }

    async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.url));
        self.send(request).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let media = "application/x-www-form-urlencoded";
        let request = self.client.post(format!("{}{path}", self.url)).header("content-type", media);
        self.send(request.body(body.finish())).await
    }

    /// Posts a form of the case's page with its token and version.
    async fn act(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let (csrf, version) = (page.field("csrf"), page.field("version"));
        let mut all = vec![("csrf", csrf.as_str()), ("version", version.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let response = request.send().await.unwrap();
        if let Some(set) = response.headers().get("set-cookie") {
            self.cookie = set.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Page { status, headers, html: response.text().await.unwrap() }
    }
}

async fn shift() -> Server {
    let server = Server::with_keys(&["router", "counsellor", "ml", "admin"]).await;
    server.as_role("router").ready().await;
    server
}

async fn case(server: &Server, text: &str) -> String {
    let reply = server
        .as_role("router")
        .post("/v1/classify", &json!({"text": text, "channel": "kakao", "explain": true}))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.json);
    reply.json["case_id"].as_str().unwrap().to_owned()
}

async fn as_json(server: &Server, id: &str) -> Value {
    server.as_role("counsellor").get(&format!("/v1/cases/{id}")).await.json
}

#[tokio::test]
async fn without_a_key_there_is_only_the_sign_in_form() {
    let server = shift().await;
    let id = case(&server, CARCASS).await;
    let mut browser = Browser::new(&server);
    for path in [
        "/",
        "/coordinator",
        "/summary",
        "/admin",
        "/queue/rows",
        "/live",
        "/session",
        &format!("/cases/{id}"),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 303, "{path}");
        assert!(page.header("location").starts_with("/signin?back=%2F"), "{path}");
    }
    let page =
        browser.post(&format!("/cases/{id}/reply"), &[("text", "답변 <b>글</b>"), ("version", "1")]).await;
    assert_eq!(page.status, 401);
    assert!(
        page.says("답변 &#60;b&#62;글") && page.says("로그인 시간이 끝났습니다"),
        "typed text is not lost: {}",
        page.html
    );
    assert_eq!(as_json(&server, &id).await["version"], 1);
}

#[tokio::test]
async fn a_wrong_key_opens_nothing_and_is_not_repeated() {
    let server = shift().await;
    let mut browser = Browser::new(&server);
    let page = browser.sign_in("mw_0000").await;
    assert_eq!(page.status, 401);
    assert!(page.says("키가 맞지 않습니다") && !page.says("mw_0000"));
    assert_eq!(browser.cookie, None);
    assert_eq!(browser.get("/").await.status, 303);
}

#[tokio::test]
async fn the_session_cookie_is_for_this_page_only() {
    let server = shift().await;
    let mut browser = Browser::new(&server);
    let page = browser.sign_in(server.key_of("counsellor")).await;
    let cookie = page.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(!cookie.contains(server.key_of("counsellor")));
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    let out = browser.post("/signout", &[("csrf", &page.field("csrf"))]).await;
    assert!(out.status == 303 && out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(browser.get("/").await.status, 303);
}

#[tokio::test]
async fn after_signing_in_one_stays_on_this_site() {
    let server = shift().await;
    for back in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let mut browser = Browser::new(&server);
        let page = browser.post("/signin", &[("key", server.key_of("counsellor")), ("back", back)]).await;
        assert_eq!(page.header("location"), "/", "{back}");
    }
}

#[tokio::test]
async fn a_form_without_the_sessions_token_changes_nothing() {
    let server = shift().await;
    let id = case(&server, CARCASS).await;
    let mut browser = Browser::signed_in(&server, "counsellor").await;
    let mut other = Browser::signed_in(&server, "admin").await;
    let foreign = other.get("/").await.field("csrf");
    let path = format!("/cases/{id}/reply");
    for csrf in ["", "x", foreign.as_str()] {
        let page = browser.post(&path, &[("csrf", csrf), ("version", "1"), ("text", "답변")]).await;
        assert_eq!(page.status, 403, "token `{csrf}`");
    }
    let own = browser.get("/").await.field("csrf");
    let request =
        browser.client.post(format!("{}{path}", browser.url)).header("sec-fetch-site", "cross-site");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let page = browser.send(request.body(format!("csrf={own}&version=1&text=a"))).await;
    assert_eq!(page.status, 403, "another site's form");
    assert_eq!(as_json(&server, &id).await["version"], 1);
}

#[tokio::test]
async fn roles_are_kept_on_the_server() {
    let server = shift().await;
    let id = case(&server, CARCASS).await;
    let case = format!("/cases/{id}");
    let allowed: [(&str, &[(&str, u16)]); 4] = [
        ("router", &[("/", 403), ("/summary", 403), ("/admin", 403), (&case, 403)]),
        ("ml", &[("/", 200), ("/summary", 200), ("/coordinator", 403), ("/admin", 403), (&case, 200)]),
        (
            "counsellor",
            &[("/", 200), ("/summary", 200), ("/coordinator", 200), ("/admin", 403), (&case, 200)],
        ),
        ("admin", &[("/", 200), ("/summary", 200), ("/coordinator", 200), ("/admin", 200), (&case, 200)]),
    ];
    for (role, paths) in allowed {
        let mut browser = Browser::signed_in(&server, role).await;
        for (path, status) in paths {
            assert_eq!(browser.get(path).await.status, *status, "{role} at {path}");
        }
    }
    let mut ml = Browser::signed_in(&server, "ml").await;
    let page = ml.get("/").await;
    let csrf = page.field("csrf");
    let page = ml
        .post(&format!("{case}/close"), &[("csrf", &csrf), ("version", "1"), ("chip", "민원이 아님")])
        .await;
    assert_eq!(page.status, 403, "who may look may not decide");
    let page = ml.get(&case).await;
    assert!(!page.says("답변 없이 종결"), "nor is it offered");
}

#[tokio::test]
async fn a_reply_of_ones_own_is_sent_and_can_be_taken_back() {
    let server = shift().await;
    let id = case(&server, CARCASS).await;
    let mut browser = Browser::signed_in(&server, "counsellor").await;
    let path = format!("/cases/{id}?department=animal");
    let page = browser.get(&path).await;
    let sent = browser
        .act(
            &page,
            &format!("/cases/{id}/reply?department=animal"),
            &[("draft", ""), ("text", "양평군에\r\n전달했습니다.")],
        )
        .await;
    assert_eq!((sent.status, sent.header("location")), (303, path.as_str()), "{}", sent.html);
    let shown = as_json(&server, &id).await;
    assert_eq!((shown["status"].as_str(), shown["version"].as_u64()), (Some("answered"), Some(2)));
    assert_eq!(
        shown["decisions"][0]["text"], "양평군에\n전달했습니다.",
        "line ends of the web are not stored"
    );
    assert_eq!(shown["decisions"][0]["by"], "counsellor");
    let page = browser.get(&path).await;
    assert!(page.says("실행 취소") && page.says("답변 승인"));
    let undone = browser.act(&page, &format!("/cases/{id}/undo"), &[]).await;
    assert_eq!(undone.status, 303, "{}", undone.html);
    assert_ne!(as_json(&server, &id).await["status"], "answered");
    let page = browser.get(&path).await;
    assert!(page.says("취소됨"), "the history keeps what was undone");
}

#[tokio::test]
async fn who_is_second_learns_who_was_first_and_loses_nothing() {
    let server = shift().await;
    let id = case(&server, CARCASS).await;
    let (mut first, mut second) =
        (Browser::signed_in(&server, "admin").await, Browser::signed_in(&server, "counsellor").await);
    let path = format!("/cases/{id}");
    let (page1, page2) = (first.get(&path).await, second.get(&path).await);
    let reply = format!("{path}/reply");
    assert_eq!(first.act(&page1, &reply, &[("text", "먼저 보낸 답변입니다.")]).await.status, 303);
    let page = second.act(&page2, &reply, &[("text", "나중에 보낸 <답변>입니다.")]).await;
    assert_eq!(page.status, 409);
    assert!(page.says("admin 님이 먼저 처리했습니다"), "{}", page.html);
    assert!(page.says("먼저 보낸 답변입니다."), "what was first is shown");
    assert!(page.says("나중에 보낸 &#60;답변&#62;입니다."), "what was typed is kept");
    assert_eq!(as_json(&server, &id).await["decisions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn labels_are_corrected_with_a_reason_and_nothing_without() {
    let server = shift().await;
    let id = case(&server, "도로에 큰 구멍이 나서 차가 덜컹거려요").await;
    let mut browser = Browser::signed_in(&server, "counsellor").await;
    let (path, labels) = (format!("/cases/{id}"), format!("/cases/{id}/labels"));
    let page = browser.get(&path).await;
    let refused = browser.act(&page, &labels, &[("department", "environment")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("사유를 고르거나 써 주세요"));
    let fields = [("department", "environment"), ("chip", "담당 업무가 아님"), ("reason", "악취 문제")];
    assert_eq!(browser.act(&page, &labels, &fields).await.status, 303);
    let shown = as_json(&server, &id).await;
    assert_eq!(shown["department"], "environment");
    assert_eq!(shown["hop_list"][0]["reason"], "담당 업무가 아님: 악취 문제");
    let page = browser.get(&path).await;
    assert!(
        page.says("까지 넘겨야 합니다") && page.says("상담사가 고침") && page.says("넘김"),
        "{}",
        page.html
    );
    let unknown = browser.act(&page, &labels, &[("department", "nowhere"), ("chip", "x")]).await;
    assert_eq!(unknown.status, 422);
}

#[tokio::test]
async fn a_case_is_sent_on_or_ended() {
    let server = shift().await;
    let (sent, ended) = (case(&server, CARCASS).await, case(&server, "ㅎㅇ 테스트").await);
    let mut browser = Browser::signed_in(&server, "counsellor").await;
    let page = browser.get(&format!("/cases/{sent}")).await;
    let transfer = format!("/cases/{sent}/transfer");
    let nowhere = browser.act(&page, &transfer, &[("chip", "시·군 사무")]).await;
    assert!(nowhere.status == 422 && nowhere.says("보낼 기관이나 시·군을 골라 주세요"));
    let fields = [("city", "양평군"), ("agency", ""), ("chip", "시·군 사무")];
    assert_eq!(browser.act(&page, &transfer, &fields).await.status, 303);
    assert_eq!(as_json(&server, &sent).await["status"], "transferred");
    let page = browser.get(&format!("/cases/{ended}")).await;
    let close = format!("/cases/{ended}/close");
    assert_eq!(browser.act(&page, &close, &[("chip", "민원이 아님")]).await.status, 303);
    assert_eq!(as_json(&server, &ended).await["status"], "closed");
}

#[tokio::test]
async fn hostile_texts_stay_texts() {
    let server = shift().await;
    let text = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&{{7*7}} \u{202e}수원역 가로등이 꺼졌어요 😀";
    let id = case(&server, text).await;
    let mut browser = Browser::signed_in(&server, "counsellor").await;
    for path in ["/", &format!("/cases/{id}"), &format!("/queue/rows?id={id}")] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200);
        assert!(!page.says("<script>alert") && !page.says("<img src=x"), "{path}");
        assert!(page.says("&#60;script&#62;alert(1)"), "{path}: {}", page.html);
    }
    let page = browser.get(&format!("/?q={}", "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")).await;
    assert!(page.status == 200 && !page.says("\"><script>"));
}

#[tokio::test]
async fn every_page_carries_the_strict_headers() {
    let server = shift().await;
    let id = case(&server, CARCASS).await;
    let mut browser = Browser::signed_in(&server, "admin").await;
    let case = format!("/cases/{id}");
    for path in ["/", "/signin", "/coordinator", "/summary", "/admin", &case, "/cases/nothing", "/session"] {
        let page = browser.get(path).await;
        assert_eq!(page.header("content-security-policy"), POLICY, "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        for inline in [" style=", "<style", "onclick=", "onload=", "javascript:"] {
            assert!(!page.says(inline), "{path} has {inline}");
        }
        let outside = ["src=\"http", "src=\"//", "href=\"//", "@import", "url(http"];
        assert!(outside.iter().all(|what| !page.says(what)), "{path} asks elsewhere");
    }
}

#[tokio::test]
async fn static_files_are_kept_for_good_and_change_their_name_with_their_content() {
    let server = shift().await;
    let mut browser = Browser::new(&server);
    let page = browser.get("/signin").await;
    let (_, rest) = page.html.split_once("href=\"/static/app-").unwrap();
    let path = format!("/static/app-{}", rest.split('"').next().unwrap());
    let file = browser.get(&path).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(file.header("content-type").starts_with("text/css"));
    assert_eq!(browser.get("/static/app-000000000000.css").await.status, 404);
    assert_eq!(browser.get("/static/..%2f..%2fCargo.toml").await.status, 404);
}

#[tokio::test]
async fn many_cases_come_page_by_page_each_once() {
    let server = shift().await;
    let router = server.as_role("router");
    let texts = |n: usize| -> Vec<Value> {
        (0..60).map(|i| json!({"text": format!("{}번 국도 {}번째 가로등이 꺼졌어요", n, i + 1), "channel": "web"})).collect()
    };
    for n in 1..=2 {
        let reply = router.post("/v1/classify/batch", &json!({"items": texts(n)})).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
    }
    let mut browser = Browser::signed_in(&server, "counsellor").await;
    let (mut path, mut seen, mut pages) = ("/".to_owned(), std::collections::BTreeSet::new(), 0);
    loop {
        let page = browser.get(&path).await;
        let ids: Vec<&str> =
            page.html.split("data-id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let orders: Vec<&str> =
            page.html.split("data-order=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(orders.is_sorted(), "{orders:?}");
        assert!(ids.iter().all(|id| seen.insert((*id).to_owned())), "a case came twice");
        pages += 1;
        let next =
            page.html.split("<a class=\"button\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        match next {
            Some(next) => path = next.replace("&#38;", "&"),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (120, 3));
    let found = browser.get("/?q=2%EB%B2%88+%EA%B5%AD%EB%8F%84").await;
    assert!(found.says("2번 국도") && !found.says("1번 국도 1번째"));
    let none = browser.get("/?status=closed").await;
    assert!(none.says("조건에 맞는 민원이 없습니다") && none.says("<strong>120</strong>"));
}

#[tokio::test]
async fn a_revoked_key_ends_its_session_and_the_log_says_who_looked() {
    let server = shift().await;
    let id = case(&server, CARCASS).await;
    let (mut admin, mut counsellor) =
        (Browser::signed_in(&server, "admin").await, Browser::signed_in(&server, "counsellor").await);
    assert_eq!(counsellor.get(&format!("/cases/{id}")).await.status, 200);
    let page = admin.get("/admin").await;
    assert!(page.says("민원 열람") && page.says(&id) && page.says("minwon-ko"), "{}", page.html);
    let csrf = page.field("csrf");
    let own = admin.post("/admin/keys/revoke", &[("csrf", &csrf), ("name", "admin")]).await;
    assert_eq!(own.status, 303);
    assert!(admin.get("/admin").await.says("폐기할 수 없습니다"), "nobody locks himself out");
    assert_eq!(
        admin.post("/admin/keys/revoke", &[("csrf", &csrf), ("name", "counsellor")]).await.status,
        303
    );
    assert!(admin.get("/admin").await.says("폐기됨"));
    let mut again = Browser::new(&server);
    let _ = again.get("/signin").await;
    assert_eq!(counsellor.post("/admin/keys/revoke", &[("csrf", &csrf), ("name", "ml")]).await.status, 403);
}

#[tokio::test]
async fn while_no_key_is_made_the_page_is_open_to_this_machine_only() {
    let server = Server::start().await;
    server.ready().await;
    let mut browser = Browser::new(&server);
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.says("열린 상태") && page.says("local"));
    assert!(browser.cookie.as_deref().is_some_and(|cookie| cookie.starts_with("minwon_session=")));
    let request = browser.client.get(format!("{}/", server.url)).header("host", "evil.example");
    let page = browser.send(request).await;
    assert_eq!(page.status, 403, "a foreign name that points here opens nothing");
}
