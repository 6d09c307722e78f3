//! `POST /v1/cases/{id}/labels`: a counsellor corrects labels; another department is a re-route.

use axum::Json;
use axum::extract::{Path, Request, State};
use serde_json::Value;
use utoipa::ToSchema;

use super::decision::bounded;
use super::review::{Changed, case_id};
use crate::domain::Role;
use crate::domain::case::Relabel;
use crate::http::auth::Caller;
use crate::http::body::{Fields, json, number_up_to, string};
use crate::http::problem::Problem;
use crate::http::responses::WriteProblems;
use crate::http::{BODY_LIMIT, Deps};

/// What is sent. Labels that are left out stay; without any the labels are confirmed.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the fields one by one to report all errors"
)]
pub struct LabelsRequest {
    /// Version of the case that the counsellor saw.
    #[schema(example = 1)]
    version: u32,
    /// Code of the right department.
    #[schema(example = "roads")]
    department: Option<String>,
    /// Code of the right urgency.
    urgency: Option<String>,
    /// Code of the right jurisdiction.
    jurisdiction: Option<String>,
    /// Code of the right kind.
    kind: Option<String>,
    /// Why; needed for a correction.
    #[schema(example = "낙하물이 아니라 포트홀")]
    reason: Option<String>,
}

/// Corrects or confirms labels.
#[utoipa::path(post, path = "/v1/cases/{id}/labels", tag = "cases", request_body = LabelsRequest,
    params(("id" = String, Path, description = "Case id")), responses(
    (status = 200, description = "Written", body = Changed),
    WriteProblems,
))]
pub async fn labels(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Changed>, Problem> {
    let actor = caller.may(&[Role::Counsellor])?;
    let id = case_id(&id)?;
    let (version, relabel, reason) = parse(json(request, BODY_LIMIT).await?)?;
    Ok(Json(deps.cases.relabel(actor, id, version, relabel, &reason).await?.into()))
}

fn parse(value: Value) -> Result<(u32, Relabel, String), Problem> {
    let mut fields = Fields::new(value, "")?;
    let version = fields.required("version", number_up_to(u32::MAX as usize));
    let relabel = Relabel {
        department: fields.optional("department", string),
        urgency: fields.optional("urgency", string),
        jurisdiction: fields.optional("jurisdiction", string),
        kind: fields.optional("kind", string),
        escalates: false,
    };
    let reason = fields.optional("reason", bounded);
    fields.finish()?;
    Ok((version.ok_or_else(Problem::internal)? as u32, relabel, reason.unwrap_or_default()))
}
