//! The administrator's view: keys, who saw what, which model answers.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use time::OffsetDateTime;

use super::Web;
use super::error::PageError;
use super::form::Posted;
use super::page::{Frame, Part, html};
use super::visitor::Visitor;
use super::{when, words};
use crate::store::{AccessQuery, AccessRow, KeyRow};

/// Rows of the access log a page.
const PAGE: u32 = 50;

/// A key.
struct KeyView {
    name: String,
    role: &'static str,
    made: String,
    expires: String,
    used: String,
    state: &'static str,
    valid: bool,
    own: bool,
}

/// A row of the access log.
struct AccessView {
    seq: u64,
    at: String,
    actor: String,
    address: String,
    what: String,
    case: Option<String>,
    cases: u32,
}

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    frame: Frame,
    keys: Vec<KeyView>,
    access: Vec<AccessView>,
    older: Option<u64>,
    model: String,
    sha256: String,
    backend: String,
    taxonomy: String,
    schema: u32,
    flash: Option<String>,
}

/// Shows the view.
pub async fn admin(State(web): State<Web>, visitor: Visitor, uri: Uri) -> Result<Response, PageError> {
    let actor = visitor.may(&[])?;
    let now = web.deps.clock.now();
    let store = web.deps.cases.store();
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let before = query.into_iter().find(|(name, _)| name == "before").and_then(|(_, seq)| seq.parse().ok());
    web.deps.cases.seen(actor, "access.list", None, 0).await?;
    let log = store.access_log(&AccessQuery { before, limit: PAGE, ..AccessQuery::default() }).await?;
    let triage = web.deps.intake.triage();
    let model = triage.engine().model();
    let own = actor.identity.name.as_str();
    let page = AdminPage {
        frame: Frame::new(&web, &visitor, Part::Admin).await,
        keys: store.keys().await?.iter().map(|key| key_view(key, own, now)).collect(),
        older: log.last().map(|row| row.seq).filter(|seq| log.len() == PAGE as usize && *seq > 1),
        access: log.iter().map(access_view).collect(),
        model: format!("{} {}", model.manifest.name, model.manifest.version),
        sha256: model.manifest.weights_sha256().to_owned(),
        backend: model.describe(),
        taxonomy: triage.taxonomy().version.clone(),
        schema: store.schema_version().await?,
        flash: web.sessions.said(&visitor.session),
    };
    Ok(html(StatusCode::OK, &page))
}

/// Revokes a key.
pub async fn revoke(
    State(web): State<Web>,
    visitor: Visitor,
    Posted(form): Posted,
) -> Result<Response, PageError> {
    let actor = visitor.may(&[])?;
    let (name, now) = (form.line("name"), web.deps.clock.now());
    let said = if name == actor.identity.name {
        "지금 쓰고 있는 키는 여기서 폐기할 수 없습니다.".to_owned()
    } else {
        web.deps.cases.seen(actor, "key.revoke", None, 0).await?;
        if web.deps.cases.store().revoke_key(name, now).await? {
            format!("‘{name}’ 키를 폐기했습니다. 5초 안에 모든 화면과 연계에서 막힙니다.")
        } else {
            format!("‘{name}’ 키는 없거나 이미 폐기되었습니다.")
        }
    };
    web.sessions.say(&visitor.session, said);
    Ok(Redirect::to("/admin").into_response())
}

fn key_view(key: &KeyRow, own: &str, now: OffsetDateTime) -> KeyView {
    let time = |at: Option<OffsetDateTime>| at.map_or_else(|| "–".to_owned(), when::long);
    let expired = key.expires_at.is_some_and(|end| end <= now);
    let state = match (key.revoked_at.is_some(), expired) {
        (true, _) => "폐기됨",
        (false, true) => "기한 지남",
        (false, false) => "사용 중",
    };
    KeyView {
        name: key.name.clone(),
        role: words::role(key.role),
        made: when::long(key.created_at),
        expires: time(key.expires_at),
        used: time(key.last_used_at),
        state,
        valid: key.revoked_at.is_none() && !expired,
        own: key.name == own,
    }
}

fn access_view(row: &AccessRow) -> AccessView {
    let entry = &row.entry;
    AccessView {
        seq: row.seq,
        at: when::long(entry.at),
        actor: entry.actor.clone(),
        address: entry.address.clone(),
        what: words::access(&entry.action).to_owned(),
        case: entry.case_id.map(|id| id.0.to_string()),
        cases: entry.cases,
    }
}
