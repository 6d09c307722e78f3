//! `GET /v1/cases`: the queue and the archive, with filters and a cursor.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use crate::domain::case::Status;
use crate::domain::{Channel, DEPARTMENT, JURISDICTION, Role, Taxonomy, URGENCY};
use crate::http::Deps;
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::responses::PageProblems;
use crate::store::{CaseRow, Counts, Cursor, Filter, Order, PageRequest};

/// Cases a page, unless said otherwise.
const DEFAULT_LIMIT: u32 = 50;
/// Most cases a page.
const MOST: u32 = 500;
/// Longest search text, in characters.
const LONGEST_SEARCH: usize = 100;

/// Which cases. Lists are separated by commas.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the parameters with all errors at once"
)]
pub struct CaseQuery {
    /// triaged, escalated, in_review, answered, transferred, closed.
    status: Option<String>,
    /// Department codes.
    department: Option<String>,
    /// Urgency codes.
    urgency: Option<String>,
    /// Jurisdiction codes.
    jurisdiction: Option<String>,
    /// Channels.
    channel: Option<String>,
    /// Open cases whose own target is before this time.
    #[param(format = DateTime)]
    due_before: Option<String>,
    /// Received at or after.
    #[param(format = DateTime)]
    received_from: Option<String>,
    /// Received before.
    #[param(format = DateTime)]
    received_until: Option<String>,
    /// Words that all occur in the masked text.
    q: Option<String>,
    /// Only cases with the ping-pong alarm.
    alarm: Option<bool>,
    /// The caller's own id.
    external_id: Option<String>,
    /// `queue` (escalated first, then by due time) or `newest`.
    order: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 500.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// Also count all cases of the filter.
    counts: Option<bool>,
}

/// One page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasePage {
    /// Cases.
    #[schema(value_type = Vec<Object>)]
    cases: Vec<CaseRow>,
    /// Pass as `cursor` for the next page; null at the end.
    next: Option<String>,
    /// Numbers for the filter, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    counts: Option<Counts>,
}

/// Lists cases.
#[utoipa::path(get, path = "/v1/cases", tag = "cases", params(CaseQuery), responses(
    (status = 200, description = "One page", body = CasePage),
    PageProblems,
))]
pub async fn cases(State(deps): State<Deps>, caller: Caller, uri: Uri) -> Result<Json<CasePage>, Problem> {
    let actor = caller.may(&[Role::Counsellor, Role::Ml])?;
    let wanted = read(&uri, deps.intake.triage().taxonomy())?;
    let page = deps.cases.list(actor, &wanted.filter, &wanted.page).await?;
    let counts = if wanted.counts { Some(deps.cases.counts(&wanted.filter).await?) } else { None };
    Ok(Json(CasePage { cases: page.rows, next: page.next.map(|cursor| cursor.to_string()), counts }))
}

struct Wanted {
    filter: Filter,
    page: PageRequest,
    counts: bool,
}

fn read(uri: &Uri, taxonomy: &Taxonomy) -> Result<Wanted, Problem> {
    let mut query = Query::new(uri);
    let label = |head: &'static str| {
        move |code: &str| {
            let known = taxonomy.label(head, code).is_some();
            if known { Ok(code.to_owned()) } else { Err(format!("`{head}` has no label of this code")) }
        }
    };
    let filter = Filter {
        status: query.list("status", |v| v.parse::<Status>().map_err(|e| e.to_string())),
        department: query.list("department", label(DEPARTMENT)),
        urgency: query.list("urgency", label(URGENCY)),
        jurisdiction: query.list("jurisdiction", label(JURISDICTION)),
        channel: query.list("channel", |v| v.parse::<Channel>().map_err(|e| e.to_string())),
        due_before: query.one("due_before", time),
        received_from: query.one("received_from", time),
        received_until: query.one("received_until", time),
        text: query.one("q", search),
        alarm: query.one("alarm", boolean) == Some(true),
        external_id: query.one("external_id", |v| Ok(v.to_owned())),
    };
    let order = query.one("order", |v| match v {
        "queue" => Ok(Order::Queue),
        "newest" => Ok(Order::Newest),
        _ => Err("expected `queue` or `newest`".to_owned()),
    });
    let after = query.one("cursor", |v| v.parse::<Cursor>().map_err(|e| e.to_string()));
    let limit = query.one("limit", |v| {
        let limit = v.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| format!("expected a whole number from 1 to {MOST}"))
    });
    let counts = query.one("counts", boolean) == Some(true);
    let order = order.unwrap_or_default();
    if after.is_some_and(|cursor| cursor.order() != order) {
        query.error("cursor", "is a cursor of another order");
    }
    query.finish()?;
    Ok(Wanted { filter, page: PageRequest { order, after, limit: limit.unwrap_or(DEFAULT_LIMIT) }, counts })
}

fn time(value: &str) -> Result<OffsetDateTime, String> {
    // In a query string a plus sign is a space.
    let value = value.replace(' ', "+");
    let expected = "expected a time as in RFC 3339, for instance `2026-11-23T09:12:00+09:00`";
    OffsetDateTime::parse(&value, &Rfc3339).map_err(|_| expected.to_owned())
}

fn boolean(value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| "expected `true` or `false`".to_owned())
}

fn search(value: &str) -> Result<String, String> {
    let value = crate::text::normalise::parse(value).map_err(|e| e.to_string())?;
    if value.as_str().chars().count() > LONGEST_SEARCH {
        return Err(format!("at most {LONGEST_SEARCH} characters"));
    }
    Ok(value.as_str().to_owned())
}
