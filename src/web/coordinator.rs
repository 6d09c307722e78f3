//! The 민원조정관's view: cases that are played back and forth, overdue and soon due ones, departments that send back.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use time::Duration;

use super::Web;
use super::error::PageError;
use super::filter::Wanted;
use super::page::{Frame, Part, html};
use super::row::RowView;
use super::visitor::Visitor;
use super::words;
use crate::domain::{DEPARTMENT, Role};
use crate::store::{Filter, Order, PageRequest};

/// Cases a list.
const SHOWN: u32 = 20;
/// What is due within this time is soon due.
const SOON: Duration = Duration::hours(2);
/// Days that re-routes are counted over.
const DAYS: i64 = 30;

/// A list of cases under a heading.
struct Block {
    id: &'static str,
    title: &'static str,
    help: &'static str,
    none: &'static str,
    rows: Vec<RowView>,
    more: bool,
}

/// A department and what happened to the cases that it got.
pub struct SendsBack {
    /// Name.
    name: String,
    /// Cases received.
    received: i64,
    /// Sent on to other departments.
    rerouted: i64,
    /// Sent on to other offices.
    transferred: i64,
    /// Sent on of those received, in per cent.
    percent: i64,
    /// Overdue now, past the own limit and past the legal one.
    overdue: (u64, u64),
}

#[derive(Template)]
#[template(path = "coordinator.html")]
struct CoordinatorPage {
    frame: Frame,
    blocks: Vec<Block>,
    departments: Vec<SendsBack>,
    days: i64,
}

/// Shows the view.
pub async fn coordinator(State(web): State<Web>, visitor: Visitor) -> Result<Response, PageError> {
    visitor.may(&[Role::Counsellor])?;
    let now = web.deps.clock.now();
    let overdue = Filter { due_before: Some(now), ..Filter::default() };
    let alarm = Filter { alarm: true, ..Filter::default() };
    let alarms = list(&web, &visitor, alarm).await?;
    let over = list(&web, &visitor, overdue).await?;
    let until = list(&web, &visitor, Filter { due_before: Some(now + SOON), ..Filter::default() }).await?;
    let late: Vec<&str> = over.iter().map(|row| row.id.as_str()).collect();
    let soon: Vec<RowView> = until.into_iter().filter(|row| !late.contains(&row.id.as_str())).collect();
    let block = |id, title, help, none, mut rows: Vec<RowView>| {
        let more = rows.len() > SHOWN as usize;
        rows.truncate(SHOWN as usize);
        Block { id, title, help, none, rows, more }
    };
    let blocks = vec![
        block(
            "alarms",
            "핑퐁민원 경보",
            "맡았던 부서로 되돌아왔거나 세 번 이상 넘겨진 민원",
            "경보가 없습니다.",
            open(alarms),
        ),
        block("overdue", "기한 지남", "도 자체 목표 시각이 지난 민원", "기한이 지난 민원이 없습니다.", over),
        block(
            "soon",
            "곧 기한",
            "두 시간 안에 목표 시각이 되는 민원",
            "두 시간 안에 기한이 되는 민원이 없습니다.",
            soon,
        ),
    ];
    let departments = departments(&web, now).await?;
    let frame = Frame::new(&web, &visitor, Part::Coordinator).await;
    Ok(html(StatusCode::OK, &CoordinatorPage { frame, blocks, departments, days: DAYS }))
}

fn open(rows: Vec<RowView>) -> Vec<RowView> {
    rows.into_iter().filter(|row| !matches!(row.status_code, "answered" | "transferred" | "closed")).collect()
}

async fn list(web: &Web, visitor: &Visitor, filter: Filter) -> Result<Vec<RowView>, PageError> {
    let taxonomy = web.deps.intake.triage().taxonomy();
    let all = Wanted::read(&Uri::from_static("/"), taxonomy);
    let request = PageRequest { order: Order::Queue, after: None, limit: 2 * SHOWN };
    let page = web.deps.cases.list(&visitor.actor, &filter, &request).await?;
    let now = web.deps.clock.now();
    Ok(page.rows.iter().map(|row| RowView::new(row, &all, taxonomy, now)).collect())
}

async fn departments(web: &Web, now: time::OffsetDateTime) -> Result<Vec<SendsBack>, PageError> {
    let taxonomy = web.deps.intake.triage().taxonomy();
    let from = now.date().saturating_sub(Duration::days(DAYS - 1));
    let stats = web.deps.cases.stats(from, now.date(), Vec::new()).await?;
    let mut departments: Vec<SendsBack> = taxonomy
        .department
        .iter()
        .map(|label| {
            let own = stats.days.iter().filter(|day| day.department == label.code);
            let sum = own.fold(crate::store::DayCounts::default(), |sum, day| sum.plus(&day.counts));
            let overdue = stats.overdue.iter().find(|one| one.department == label.code);
            let sent = sum.rerouted + sum.transferred;
            SendsBack {
                name: words::label(taxonomy, DEPARTMENT, &label.code),
                received: sum.received,
                rerouted: sum.rerouted,
                transferred: sum.transferred,
                percent: if sum.received > 0 { (sent * 100 + sum.received / 2) / sum.received } else { 0 },
                overdue: overdue.map_or((0, 0), |one| (one.target, one.statutory)),
            }
        })
        .filter(|one| one.rerouted + one.transferred > 0 || one.overdue.0 > 0)
        .collect();
    departments.sort_by_key(|one| std::cmp::Reverse((one.rerouted + one.transferred, one.overdue.0)));
    Ok(departments)
}
