//! Signing in with a personal key, signing out, and how long a session still lasts.

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

use super::Web;
use super::assets::{Links, links};
use super::door::{address, from_elsewhere, session_id};
use super::error::PageError;
use super::form::{Form, Posted};
use super::page::html;
use super::sessions::Use;
use super::visitor::Visitor;
use crate::service::{Actor, KeyError};

/// Why the form is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// Nobody has signed in yet.
    New,
    /// The session has ended.
    Ended,
    /// The key is wrong, revoked or has expired.
    Wrong,
    /// Signed out.
    Out,
}

#[derive(Template)]
#[template(path = "signin.html")]
struct SignInPage<'a> {
    links: &'static Links,
    back: &'a str,
    problem: Option<&'static str>,
    note: Option<&'static str>,
    typed: String,
}

/// Sends to the form, which leads back to where one wanted to go.
pub fn needed(uri: &Uri) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("back", path);
    Redirect::to(&format!("/signin?{}", query.finish())).into_response()
}

/// The form in answer to a request that needed a session.
pub fn again(back: &str, because: Because, typed: String) -> Response {
    let (problem, note) = match because {
        Because::New => (None, None),
        Because::Ended => (
            Some("로그인 시간이 끝났습니다. 다시 로그인해 주세요. 방금 보낸 내용은 처리되지 않았습니다."),
            None,
        ),
        Because::Wrong => (
            Some(
                "키가 맞지 않습니다. 붙여 넣은 키에 빠진 글자가 없는지 확인하세요. 폐기되었거나 기한이 지난 키일 수도 있습니다.",
            ),
            None,
        ),
        Because::Out => (None, Some("로그아웃했습니다.")),
    };
    let status = if problem.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    html(status, &SignInPage { links: links(), back: within(back), problem, note, typed })
}

/// Shows the form.
pub async fn form(uri: Uri) -> Response {
    let query: Vec<(String, String)> =
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let value = |name: &str| query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let because = match value("because") {
        Some("out") => Because::Out,
        Some("ended") => Because::Ended,
        _ => Because::New,
    };
    again(value("back").unwrap_or("/"), because, String::new())
}

/// Takes a key.
pub async fn sign_in(State(web): State<Web>, request: Request) -> Result<Response, PageError> {
    if from_elsewhere(request.method(), request.headers()) {
        return Err(PageError::Csrf);
    }
    let (address, before) = (address(&request), session_id(&web, request.headers()));
    let form = Form::read(request).await?;
    let (key, back) = (form.line("key"), within(form.line("back")));
    let identity = match web.deps.keys.identify(Some(key)).await {
        Ok(identity) => identity,
        Err(KeyError::Unavailable) => return Err(PageError::Unavailable),
        Err(KeyError::Missing | KeyError::Invalid) => {
            return Ok(again(back, Because::Wrong, String::new()));
        }
    };
    let actor = Actor { identity, address };
    web.deps.cases.seen(&actor, "sign.in", None, 0).await?;
    // A new id for a new right: an id that somebody planted before is worth nothing.
    if let Some(before) = before {
        web.sessions.end(&before);
    }
    let id = web.sessions.begin((web.options.random)(), Some(key.to_owned()), web.deps.clock.now());
    Ok(([(header::SET_COOKIE, web.cookie(&id))], Redirect::to(back)).into_response())
}

/// Ends the session.
pub async fn sign_out(
    State(web): State<Web>,
    visitor: Visitor,
    Posted(_): Posted,
) -> Result<Response, PageError> {
    web.sessions.end(&visitor.session);
    web.deps.cases.seen(&visitor.actor, "sign.out", None, 0).await?;
    let gone = [(header::SET_COOKIE, web.cookie(""))];
    Ok((gone, Redirect::to("/signin?because=out")).into_response())
}

/// How long the session lasts without a further request.
#[derive(Serialize)]
pub struct Left {
    /// Seconds.
    seconds: i64,
}

/// Tells how long the session still lasts, without making it last longer.
pub async fn left(State(web): State<Web>, visitor: Visitor) -> Result<Json<Left>, PageError> {
    let now = web.deps.clock.now();
    let session = web.sessions.find(&visitor.session, now, Use::Page).ok_or(PageError::Internal)?;
    Ok(Json(Left { seconds: web.sessions.left(&session, now).whole_seconds() }))
}

/// Somebody is still there.
pub async fn stay(
    State(web): State<Web>,
    visitor: Visitor,
    Posted(_): Posted,
) -> Result<Json<Left>, PageError> {
    left(State(web), visitor).await
}

/// An address within the page; anything else leads to the queue, never to another site.
fn within(back: &str) -> &str {
    let plain = back.starts_with('/') && !back.starts_with("//") && !back.contains(['\\', '\r', '\n']);
    if plain && !back.starts_with("/signin") { back } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_led_back_into_the_page_only() {
        assert_eq!(within("/cases/7?q=a"), "/cases/7?q=a");
        for elsewhere in
            ["//evil.example", "https://evil.example", "/\\evil.example", "", "javascript:1", "/signin"]
        {
            assert_eq!(within(elsewhere), "/", "{elsewhere}");
        }
    }
}
