//! One case: everything about it at one look, and the forms to act on it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use time::OffsetDateTime;
use uuid::Uuid;

use super::case_view::{CaseView, can_be_undone};
use super::error::PageError;
use super::filter::Wanted;
use super::page::{Frame, Part, html};
use super::replies::{Limit, Pane, Typed, limit, panes};
use super::row::{RowView, order, order_as};
use super::timeline::{Happened, timeline};
use super::visitor::Visitor;
use super::{Web, when, words};
use crate::domain::case::{Status, UNDO_WINDOW};
use crate::domain::{CaseId, Role};
use crate::service::ReviewError;
use crate::store::{History, Order, PageRequest};

/// Cases looked through for the next one.
const AHEAD: u32 = 100;
/// Offices that cases are sent to most, offered beside free text.
const AGENCIES: [&str; 12] = [
    "경기도교육청",
    "경기남부경찰청",
    "경기북부경찰청",
    "고용노동부",
    "국민권익위원회",
    "국세청",
    "국토교통부",
    "한국도로공사",
    "한국전력공사",
    "한국철도공사",
    "국민연금공단",
    "국민건강보험공단",
];
/// The cities and counties of 경기도.
pub const CITIES: [&str; 31] = [
    "가평군",
    "고양시",
    "과천시",
    "광명시",
    "광주시",
    "구리시",
    "군포시",
    "김포시",
    "남양주시",
    "동두천시",
    "부천시",
    "성남시",
    "수원시",
    "시흥시",
    "안산시",
    "안성시",
    "안양시",
    "양주시",
    "양평군",
    "여주시",
    "연천군",
    "오산시",
    "용인시",
    "의왕시",
    "의정부시",
    "이천시",
    "파주시",
    "평택시",
    "포천시",
    "하남시",
    "화성시",
];

/// Something to say above the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// In a word.
    pub title: String,
    /// What it means and what to do.
    pub text: String,
    /// Somebody else was first.
    pub conflict: bool,
}

/// The last change can still be taken back.
pub struct Undo {
    /// What it was.
    what: &'static str,
    /// Until when, in milliseconds since 1970.
    until_ms: i128,
    /// Seconds left when the page was made.
    seconds: i64,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    frame: Frame,
    id: String,
    version: u32,
    query: String,
    row: RowView,
    case: CaseView,
    alarm: Option<String>,
    ended: bool,
    may_act: bool,
    wants_drafts: bool,
    panes: Vec<Pane>,
    limit: Option<Limit>,
    happened: Vec<Happened>,
    undo: Option<Undo>,
    next: Option<String>,
    notice: Option<Notice>,
    flash: Option<String>,
    kept: Option<String>,
    reason: String,
    external_id: Option<String>,
    agencies: [&'static str; 12],
    cities: [&'static str; 31],
}

/// What a case page is shown with besides the case.
#[derive(Default)]
pub struct Said {
    /// Above the case.
    pub notice: Option<Notice>,
    /// What was typed into a form that was not taken.
    pub typed: Option<Typed>,
}

/// Shows a case. That it was seen is logged.
pub async fn case(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, PageError> {
    let id = case_id(&id)?;
    show(&web, &visitor, id, &uri, (StatusCode::OK, Said::default())).await
}

/// Shows a case under a status, with something said.
pub async fn show(
    web: &Web,
    visitor: &Visitor,
    id: CaseId,
    uri: &Uri,
    (status, said): (StatusCode, Said),
) -> Result<Response, PageError> {
    let actor = visitor.may(&[Role::Counsellor, Role::Ml])?;
    let history = web.deps.cases.view(actor, id).await.map_err(|error| match error {
        ReviewError::Store(error) => PageError::from(error),
        _ => PageError::NoCase,
    })?;
    let taxonomy = web.deps.intake.triage().taxonomy();
    let (wanted, now) = (Wanted::read(uri, taxonomy), web.deps.clock.now());
    let ended = history.case.status.is_final();
    let typed = said.typed.as_ref();
    // Where no form is left to hold it, what was typed is shown by itself.
    let lost = |typed: &&Typed| {
        !typed.text.is_empty() && (ended || said.notice.as_ref().is_some_and(|n| n.conflict))
    };
    let panes = panes(&history, typed, &now.date().to_string());
    let page = CasePage {
        frame: Frame::new(web, visitor, Part::Queue).await,
        id: id.0.to_string(),
        version: history.case.version,
        query: wanted.query(),
        row: RowView::new(&history.row, &wanted, taxonomy, now),
        case: CaseView::new(&history, taxonomy, now),
        alarm: history.case.ping_pong().map(|alarm| words::ping_pong(taxonomy, &alarm)),
        ended,
        may_act: visitor.has(&[Role::Counsellor]),
        wants_drafts: panes.iter().all(|pane| pane.draft.is_empty()),
        panes,
        limit: limit(history.row.channel),
        happened: timeline(&history, taxonomy),
        undo: undo(&history, visitor, now),
        next: next(web, &history, &wanted).await?,
        kept: typed.filter(lost).map(|typed| typed.text.clone()),
        reason: typed.map(|typed| typed.reason.clone()).unwrap_or_default(),
        notice: said.notice,
        flash: web.sessions.said(&visitor.session),
        external_id: history.row.external_id.clone(),
        agencies: AGENCIES,
        cities: CITIES,
    };
    Ok(html(status, &page))
}

/// The case id of a path.
///
/// # Errors
/// [`PageError::NoCase`].
pub fn case_id(text: &str) -> Result<CaseId, PageError> {
    Uuid::try_parse(text).map(CaseId).map_err(|_| PageError::NoCase)
}

fn undo(history: &History, visitor: &Visitor, now: OffsetDateTime) -> Option<Undo> {
    let last = &history.case.last;
    let until = last.at + UNDO_WINDOW;
    let mine = last.by == visitor.actor.identity.name && last.before.is_some() && can_be_undone(last.kind);
    (mine && now <= until).then(|| Undo {
        what: words::verdict(last.kind),
        until_ms: when::epoch_ms(until),
        seconds: (until - now).whole_seconds(),
    })
}

/// The next open case of the list after this one; the first, if this was the last.
async fn next(web: &Web, history: &History, wanted: &Wanted) -> Result<Option<String>, PageError> {
    let request = PageRequest { order: Order::Queue, after: None, limit: AHEAD };
    let page = web.deps.cases.store().list(&wanted.filter, &request).await?;
    let before = history.case.last.before.as_ref().map_or(Status::Triaged, |before| before.status);
    let here =
        if history.case.status.is_final() { order_as(&history.row, before) } else { order(&history.row) };
    let others: Vec<_> =
        page.rows.iter().filter(|row| row.case_id != history.case.id && !row.status.is_final()).collect();
    let next = others.iter().find(|row| order(row) > here).or_else(|| others.first());
    Ok(next.map(|row| format!("/cases/{}{}", row.case_id.0, wanted.query())))
}
