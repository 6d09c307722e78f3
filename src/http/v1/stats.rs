//! `GET /v1/stats`: volumes, decisions, re-routes, review share, by day and department.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use time::macros::format_description;
use time::{Date, Duration};
use utoipa::ToSchema;

use crate::domain::Role;
use crate::http::Deps;
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::responses::PageProblems;
use crate::store::{DayCounts, Stats};

/// Days shown unless said otherwise.
const DEFAULT_DAYS: i64 = 30;
/// Most days at once.
const MOST_DAYS: i64 = 1_000;

/// Rates over the whole range; null where nothing happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rates {
    /// Share of the cases that a person had to decide first.
    review_share: Option<f64>,
    /// Share of the drafts decided about that were approved as they were.
    approval_rate: Option<f64>,
    /// Mean edit distance in characters of edits that began with a draft.
    mean_edit_distance: Option<f64>,
    /// Re-routes a case.
    reroute_rate: Option<f64>,
}

/// Statistics. They outlive the purge of the cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatsResponse {
    /// First day.
    #[schema(format = Date)]
    from: String,
    /// Last day, included.
    #[schema(format = Date)]
    to: String,
    /// Sums over the range.
    #[schema(value_type = Object)]
    totals: DayCounts,
    /// Rates over the range.
    rates: Rates,
    /// `days` (by day and department) and `overdue` (now, by department).
    #[serde(flatten)]
    #[schema(value_type = Object)]
    stats: Stats,
}

/// Tells what happened.
#[utoipa::path(get, path = "/v1/stats", tag = "cases", params(
    ("from" = Option<String>, Query, description = "First day, `2026-11-01`; 30 days before `to`, if not said"),
    ("to" = Option<String>, Query, description = "Last day; today, if not said"),
    ("department" = Option<String>, Query, description = "Department codes, separated by commas")), responses(
    (status = 200, description = "Numbers by day and department", body = StatsResponse),
    PageProblems,
))]
pub async fn stats(
    State(deps): State<Deps>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<StatsResponse>, Problem> {
    caller.may(&[Role::Ml, Role::Counsellor])?;
    let mut query = Query::new(&uri);
    let (from, to) = (query.one("from", day), query.one("to", day));
    let department = query.list("department", |v| Ok(v.to_owned()));
    let to = to.unwrap_or_else(|| deps.clock.now().date());
    let from = from.unwrap_or_else(|| to.saturating_sub(Duration::days(DEFAULT_DAYS - 1)));
    if !(0..MOST_DAYS).contains(&(to - from).whole_days()) {
        query.error("from", format!("`from` to `to` must be 1 to {MOST_DAYS} days"));
    }
    query.finish()?;
    let stats = deps.cases.stats(from, to, department).await?;
    let totals = totals(&stats);
    let rates = Rates {
        review_share: totals.review_share(),
        approval_rate: totals.approval_rate(),
        mean_edit_distance: totals.mean_edit_distance(),
        reroute_rate: (totals.received > 0).then(|| totals.rerouted as f64 / totals.received as f64),
    };
    Ok(Json(StatsResponse { from: from.to_string(), to: to.to_string(), totals, rates, stats }))
}

fn totals(stats: &Stats) -> DayCounts {
    stats.days.iter().fold(DayCounts::default(), |sum, day| sum.plus(&day.counts))
}

fn day(value: &str) -> Result<Date, String> {
    let format = format_description!("[year]-[month]-[day]");
    Date::parse(value, &format).map_err(|_| "expected a day, for instance `2026-11-23`".to_owned())
}
