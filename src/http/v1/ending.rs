//! `POST /v1/cases/{id}/transfer`, `/close`, `/undo`: the ways of a case out of the house, and back within ten seconds.

use axum::Json;
use axum::extract::{Path, Request, State};
use utoipa::ToSchema;

use super::decision::bounded;
use super::review::{Changed, case_id};
use crate::domain::Role;
use crate::domain::case::Office;
use crate::http::auth::Caller;
use crate::http::body::{Fields, json, number_up_to};
use crate::http::problem::Problem;
use crate::http::responses::WriteProblems;
use crate::http::{BODY_LIMIT, Deps};

/// A transfer.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the fields one by one to report all errors"
)]
pub struct TransferRequest {
    /// Version of the case that the counsellor saw.
    version: u32,
    /// Name of the agency; this or `city_county`.
    #[schema(example = "한국도로공사")]
    agency: Option<String>,
    /// Name of the 시·군; this or `agency`.
    #[schema(example = "양평군")]
    city_county: Option<String>,
    /// Why.
    reason: String,
}

/// An end without a reply.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the fields one by one to report all errors"
)]
pub struct CloseRequest {
    /// Version of the case that the counsellor saw.
    version: u32,
    /// Why.
    reason: String,
}

/// An undo.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the fields one by one to report all errors"
)]
pub struct UndoRequest {
    /// Version that the change made which is to be taken back.
    version: u32,
}

/// Sends a case to another agency or 시·군 (민원 처리에 관한 법률 시행령 §13③).
#[utoipa::path(post, path = "/v1/cases/{id}/transfer", tag = "cases", request_body = TransferRequest,
    params(("id" = String, Path, description = "Case id")), responses(
    (status = 200, description = "Written", body = Changed),
    WriteProblems,
))]
pub async fn transfer(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Changed>, Problem> {
    let actor = caller.may(&[Role::Counsellor])?;
    let id = case_id(&id)?;
    let mut fields = Fields::new(json(request, BODY_LIMIT).await?, "")?;
    let version = fields.required("version", number_up_to(u32::MAX as usize));
    let (agency, city) = (fields.optional("agency", bounded), fields.optional("city_county", bounded));
    let reason = fields.required("reason", bounded);
    let office = match (agency, city) {
        (Some(name), None) => Some(Office::Agency(name)),
        (None, Some(name)) => Some(Office::CityCounty(name)),
        _ => {
            fields.error("agency", "exactly one of `agency` and `city_county` is required");
            None
        }
    };
    fields.finish()?;
    let (Some(version), Some(office), Some(reason)) = (version, office, reason) else {
        return Err(Problem::internal());
    };
    Ok(Json(deps.cases.transfer(actor, id, version as u32, office, &reason).await?.into()))
}

/// Ends a case without a reply.
#[utoipa::path(post, path = "/v1/cases/{id}/close", tag = "cases", request_body = CloseRequest,
    params(("id" = String, Path, description = "Case id")), responses(
    (status = 200, description = "Written", body = Changed),
    WriteProblems,
))]
pub async fn close(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Changed>, Problem> {
    let actor = caller.may(&[Role::Counsellor])?;
    let id = case_id(&id)?;
    let mut fields = Fields::new(json(request, BODY_LIMIT).await?, "")?;
    let version = fields.required("version", number_up_to(u32::MAX as usize));
    let reason = fields.required("reason", bounded);
    fields.finish()?;
    let (Some(version), Some(reason)) = (version, reason) else { return Err(Problem::internal()) };
    Ok(Json(deps.cases.close(actor, id, version as u32, &reason).await?.into()))
}

/// Takes back one's own last change, within ten seconds.
#[utoipa::path(post, path = "/v1/cases/{id}/undo", tag = "cases", request_body = UndoRequest,
    params(("id" = String, Path, description = "Case id")), responses(
    (status = 200, description = "Written", body = Changed),
    WriteProblems,
))]
pub async fn undo(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Changed>, Problem> {
    let actor = caller.may(&[Role::Counsellor])?;
    let id = case_id(&id)?;
    let mut fields = Fields::new(json(request, BODY_LIMIT).await?, "")?;
    let version = fields.required("version", number_up_to(u32::MAX as usize));
    fields.finish()?;
    let version = version.ok_or_else(Problem::internal)? as u32;
    Ok(Json(deps.cases.undo(actor, id, version).await?.into()))
}
