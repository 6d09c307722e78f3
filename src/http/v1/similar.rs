//! `GET /v1/cases/{id}/similar`: earlier cases of the same matter, with the count of repeats.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;

use super::review::case_id;
use crate::domain::Role;
use crate::http::Deps;
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::responses::CaseProblems;
use crate::service::Matter;

/// Cases shown unless said otherwise.
const DEFAULT_LIMIT: usize = 10;
/// Most cases.
const MOST: usize = 50;

/// Finds earlier cases of the same matter. A repeat is only shown, never closed by itself.
#[utoipa::path(get, path = "/v1/cases/{id}/similar", tag = "cases", params(
    ("id" = String, Path, description = "Case id"),
    ("limit" = Option<usize>, Query, minimum = 1, maximum = 50, description = "Most cases; 10, if not said")), responses(
    (status = 200, description = "Similar cases within a year and the repeats among them", body = Matter),
    CaseProblems,
))]
pub async fn similar(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Matter>, Problem> {
    let actor = caller.may(&[Role::Counsellor])?;
    let id = case_id(&id)?;
    let mut query = Query::new(&uri);
    let limit = query.one("limit", |v| {
        let limit = v.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| format!("expected a whole number from 1 to {MOST}"))
    });
    query.finish()?;
    Ok(Json(deps.cases.matter(actor, &deps.similar, id, limit.unwrap_or(DEFAULT_LIMIT)).await?))
}
