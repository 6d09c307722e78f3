//! The queue: escalated first, then by due time; filters, search, counts, pages, and single rows for live updates.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use uuid::Uuid;

use super::Web;
use super::error::PageError;
use super::filter::{Field, Wanted};
use super::page::{Frame, Part, html};
use super::row::RowView;
use super::visitor::Visitor;
use super::words;
use crate::domain::case::Status;
use crate::domain::{CaseId, Role};
use crate::store::{Counts, Filter, Order, PageRequest};

/// Cases a page.
const PAGE: u32 = 40;
/// Most rows of one live update; beyond it the script asks for the whole list.
const MOST_ROWS: usize = 40;

/// A status with its number of cases, as a link.
struct Tab {
    name: &'static str,
    sign: &'static str,
    count: u64,
    href: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    tabs: Vec<Tab>,
    fields: Vec<Field>,
    search: String,
    status: String,
    alarm: bool,
    filtered: bool,
    rows: Vec<RowView>,
    first: Option<String>,
    next: Option<String>,
    flash: Option<String>,
}

/// Shows the queue.
pub async fn queue(State(web): State<Web>, visitor: Visitor, uri: Uri) -> Result<Response, PageError> {
    let actor = visitor.may(&[Role::Counsellor, Role::Ml])?;
    let taxonomy = web.deps.intake.triage().taxonomy();
    let (wanted, now) = (Wanted::read(&uri, taxonomy), web.deps.clock.now());
    let frame = Frame::new(&web, &visitor, Part::Queue).await;
    let request = PageRequest { order: Order::Queue, after: wanted.cursor, limit: PAGE };
    let mut page = web.deps.cases.list(actor, &wanted.filter, &request).await?;
    if wanted.open_only && page.rows.iter().any(|row| row.status.is_final()) {
        page.rows.retain(|row| !row.status.is_final());
        page.next = None;
    }
    let counts = web.deps.cases.counts(&Filter { status: Vec::new(), ..wanted.filter.clone() }).await?;
    let rows = page.rows.iter().map(|row| RowView::new(row, &wanted, taxonomy, now)).collect();
    let next = page.next.map(|cursor| cursor.to_string());
    let page = QueuePage {
        frame,
        tabs: tabs(&wanted, &counts),
        fields: wanted.fields(taxonomy),
        search: wanted.value("q").to_owned(),
        status: wanted.value("status").to_owned(),
        alarm: wanted.filter.alarm,
        filtered: !wanted.query().is_empty(),
        rows,
        first: wanted.cursor.map(|_| format!("/{}", wanted.query())),
        next: next.map(|cursor| format!("/{}", wanted.with(&[("cursor", &cursor)]))),
        flash: web.sessions.said(&visitor.session),
    };
    Ok(html(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "rows.html")]
struct Rows {
    rows: Vec<RowView>,
}

#[derive(Template)]
#[template(path = "tabs.html")]
struct Tabs {
    tabs: Vec<Tab>,
}

/// The numbers by status alone: for live updates.
pub async fn numbers(State(web): State<Web>, visitor: Visitor, uri: Uri) -> Result<Response, PageError> {
    visitor.may(&[Role::Counsellor, Role::Ml])?;
    let wanted = Wanted::read(&uri, web.deps.intake.triage().taxonomy());
    let counts = web.deps.cases.counts(&Filter { status: Vec::new(), ..wanted.filter.clone() }).await?;
    Ok(html(StatusCode::OK, &Tabs { tabs: tabs(&wanted, &counts) }))
}

/// Some rows by id, as far as they belong into the list: for live updates.
pub async fn rows(State(web): State<Web>, visitor: Visitor, uri: Uri) -> Result<Response, PageError> {
    let actor = visitor.may(&[Role::Counsellor, Role::Ml])?;
    let taxonomy = web.deps.intake.triage().taxonomy();
    let (wanted, now) = (Wanted::read(&uri, taxonomy), web.deps.clock.now());
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let ids: Vec<CaseId> = query
        .filter(|(name, _)| name == "id")
        .filter_map(|(_, id)| Uuid::try_parse(&id).ok().map(CaseId))
        .take(MOST_ROWS)
        .collect();
    let found = web.deps.cases.store().summaries(&ids).await?;
    let found: Vec<_> =
        found.into_iter().map(|summary| summary.row).filter(|row| wanted.takes(row)).collect();
    if !found.is_empty() {
        web.deps.cases.seen(actor, "case.list", None, found.len() as u32).await?;
    }
    let rows = found.iter().map(|row| RowView::new(row, &wanted, taxonomy, now)).collect();
    Ok(html(StatusCode::OK, &Rows { rows }))
}

fn tabs(wanted: &Wanted, counts: &Counts) -> Vec<Tab> {
    let count = |status: Status| counts.by_status.get(status.as_str()).copied().unwrap_or_default();
    let tab = |name, sign, value: &str, count| Tab {
        name,
        sign,
        count,
        href: format!("/{}", wanted.with(&[("status", value)])),
        chosen: wanted.value("status") == value,
    };
    let of = |status: Status, sign| tab(words::status(status), sign, status.as_str(), count(status));
    let open = count(Status::Escalated) + count(Status::InReview) + count(Status::Triaged);
    vec![
        tab("처리할 민원", "", "", open),
        of(Status::Escalated, "▲"),
        of(Status::InReview, "?"),
        of(Status::Triaged, ""),
        of(Status::Answered, ""),
        of(Status::Transferred, ""),
        of(Status::Closed, ""),
        tab("전체", "", "all", counts.total),
    ]
}
