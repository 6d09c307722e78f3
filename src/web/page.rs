//! What every page shows around its content, and how a page leaves.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::assets::{Links, links};
use super::visitor::Visitor;
use super::{Web, when, words};
use crate::domain::Role;

/// The parts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The queue and its cases.
    Queue,
    /// The 민원조정관's view.
    Coordinator,
    /// The shift summary.
    Summary,
    /// Keys, access log, model.
    Admin,
}

/// What stands around the content.
pub struct Frame {
    /// Addresses of static files.
    pub links: &'static Links,
    /// Who is signed in.
    pub name: String,
    /// As what.
    pub role: &'static str,
    /// Token for forms.
    pub csrf: String,
    /// No key has been made yet.
    pub open: bool,
    /// Seconds without use after which the session ends.
    pub idle: i64,
    /// The service's time in milliseconds since 1970; countdowns go by it.
    pub now_ms: i128,
    /// Number of the newest event; live updates begin after it.
    pub event: u64,
    /// Links of the navigation: address, name, shortcut, whether it is this page.
    pub parts: Vec<(&'static str, &'static str, &'static str, bool)>,
}

impl Frame {
    /// The frame of a page for a visitor.
    pub async fn new(web: &Web, visitor: &Visitor, part: Part) -> Self {
        let all = [
            (Part::Queue, "/", "민원 목록", "H", visitor.has(&[Role::Counsellor, Role::Ml])),
            (Part::Coordinator, "/coordinator", "민원조정", "M", visitor.has(&[Role::Counsellor])),
            (Part::Summary, "/summary", "근무 요약", "Y", visitor.has(&[Role::Counsellor, Role::Ml])),
            (Part::Admin, "/admin", "관리", "U", visitor.has(&[])),
        ];
        Self {
            links: links(),
            name: visitor.actor.identity.name.clone(),
            role: words::role(visitor.actor.identity.role),
            csrf: visitor.csrf(),
            open: visitor.open,
            idle: web.options.idle.whole_seconds(),
            now_ms: when::epoch_ms(web.deps.clock.now()),
            event: web.deps.cases.store().last_event().await.unwrap_or_default(),
            parts: all
                .into_iter()
                .filter(|(.., allowed)| *allowed)
                .map(|(one, href, name, key, _)| (href, name, key, one == part))
                .collect(),
        }
    }
}

/// A rendered template.
pub fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(body) => (status, Html(body)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
