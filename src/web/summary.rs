//! The shift summary: volumes, approvals and edits, how much had to be reviewed; plots with their tables.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use time::{Date, Duration};

use super::Web;
use super::error::PageError;
use super::page::{Frame, Part, html};
use super::plots::{HEIGHT, Plot, WIDTH, shares, stacked};
use super::visitor::Visitor;
use super::words;
use crate::domain::{DEPARTMENT, Role};
use crate::store::{DayCounts, Stats};

/// Spans to choose from, in days.
const SPANS: [i64; 3] = [7, 14, 30];

/// A span to choose.
struct Span {
    days: i64,
    chosen: bool,
}

/// A figure of the whole span.
struct Figure {
    name: &'static str,
    value: String,
    help: &'static str,
}

/// A row of the tables.
struct Row {
    name: String,
    counts: DayCounts,
    review: String,
    approved: String,
    edited: String,
}

#[derive(Template)]
#[template(path = "summary.html")]
struct SummaryPage {
    frame: Frame,
    spans: Vec<Span>,
    figures: Vec<Figure>,
    volumes: Plot,
    rates: Plot,
    width: f64,
    height: f64,
    days: Vec<Row>,
    departments: Vec<Row>,
}

/// Shows the summary.
pub async fn summary(State(web): State<Web>, visitor: Visitor, uri: Uri) -> Result<Response, PageError> {
    visitor.may(&[Role::Counsellor, Role::Ml])?;
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let asked = query.into_iter().find(|(name, _)| name == "days").and_then(|(_, days)| days.parse().ok());
    let span = asked.filter(|days| SPANS.contains(days)).unwrap_or(SPANS[0]);
    let to = web.deps.clock.now().date();
    let from = to.saturating_sub(Duration::days(span - 1));
    let stats = web.deps.cases.stats(from, to, Vec::new()).await?;
    let by_day: Vec<(Date, DayCounts)> = (0..span)
        .map(|n| from.saturating_add(Duration::days(n)))
        .map(|day| (day, sum(&stats, |one| one.day == day)))
        .collect();
    let total = sum(&stats, |_| true);
    let names: Vec<String> = by_day.iter().map(|(day, _)| short(*day)).collect();
    let taxonomy = web.deps.intake.triage().taxonomy();
    let mut departments: Vec<Row> = taxonomy
        .department
        .iter()
        .map(|label| {
            row(
                words::label(taxonomy, DEPARTMENT, &label.code),
                sum(&stats, |one| one.department == label.code),
            )
        })
        .filter(|row| row.counts != DayCounts::default())
        .collect();
    departments.sort_by_key(|row| std::cmp::Reverse(row.counts.received));
    let page = SummaryPage {
        frame: Frame::new(&web, &visitor, Part::Summary).await,
        spans: SPANS.map(|days| Span { days, chosen: days == span }).into(),
        figures: figures(&total),
        volumes: volumes(&names, &by_day),
        rates: rates(&names, &by_day),
        width: WIDTH,
        height: HEIGHT,
        days: by_day.iter().rev().map(|(day, counts)| row(short(*day), *counts)).collect(),
        departments,
    };
    Ok(html(StatusCode::OK, &page))
}

fn sum(stats: &Stats, which: impl Fn(&crate::store::DayStats) -> bool) -> DayCounts {
    stats.days.iter().filter(|day| which(day)).fold(DayCounts::default(), |sum, day| sum.plus(&day.counts))
}

fn short(day: Date) -> String {
    format!("{}. {}.", u8::from(day.month()), day.day())
}

/// Share of the replies that began with a draft and were changed.
fn edit_rate(counts: &DayCounts) -> Option<f64> {
    let decided = counts.approved + counts.edited_drafts + counts.rejected;
    (decided > 0).then(|| counts.edited_drafts as f64 / decided as f64)
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0}%", share * 100.0))
}

fn row(name: String, counts: DayCounts) -> Row {
    Row {
        name,
        review: percent(counts.review_share()),
        approved: percent(counts.approval_rate()),
        edited: percent(edit_rate(&counts)),
        counts,
    }
}

fn figures(total: &DayCounts) -> Vec<Figure> {
    let figure = |name, value: String, help| Figure { name, value, help };
    let distance = total.mean_edit_distance().map_or_else(|| "–".to_owned(), |mean| format!("{mean:.0}자"));
    vec![
        figure("접수", total.received.to_string(), "들어온 민원"),
        figure("사람이 먼저 본 비율", percent(total.review_share()), "검토 필요와 즉시 대응"),
        figure("AI 초안 그대로 승인", percent(total.approval_rate()), "초안을 보고 내린 결정 가운데"),
        figure("고쳐서 승인", percent(edit_rate(total)), "초안을 보고 내린 결정 가운데"),
        figure("고친 양", distance, "초안에서 바꾼 글자, 평균"),
        figure("부서 변경", total.rerouted.to_string(), "담당 부서를 바로잡은 민원"),
        figure("기한 넘김", total.late.to_string(), "목표 시각이 지나 끝난 민원"),
    ]
}

fn volumes(names: &[String], by_day: &[(Date, DayCounts)]) -> Plot {
    let of = |value: fn(&DayCounts) -> i64| by_day.iter().map(|(_, counts)| value(counts) as f64).collect();
    stacked(
        names,
        &[
            ("s-route", of(|counts| counts.routed)),
            ("s-review", of(|counts| counts.review)),
            ("s-escalate", of(|counts| counts.escalated)),
        ],
    )
}

fn rates(names: &[String], by_day: &[(Date, DayCounts)]) -> Plot {
    let of = |value: fn(&DayCounts) -> Option<f64>| by_day.iter().map(|(_, counts)| value(counts)).collect();
    shares(
        names,
        &[
            ("s-review", of(DayCounts::review_share)),
            ("s-approved", of(DayCounts::approval_rate)),
            ("s-edited", of(edit_rate)),
        ],
    )
}
