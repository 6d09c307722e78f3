//! `POST /v1/cases/{id}/replies`: draft replies for a case.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::header;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::review::case_id;
use crate::domain::{CaseId, Role};
use crate::http::auth::Caller;
use crate::http::body::{Fields, json, number_up_to};
use crate::http::problem::Problem;
use crate::http::responses::WriteProblems;
use crate::http::{BODY_LIMIT, Deps};
use crate::service::{Draft, NoDraftReason, RepliesError};

/// Most drafts.
const MOST: usize = 3;

/// What is sent; the body may be left out.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the fields one by one to report all errors"
)]
pub struct RepliesRequest {
    /// Drafts wanted.
    #[schema(minimum = 1, maximum = 3, default = 3)]
    suggest: Option<usize>,
}

/// Drafts of a case. None is ever sent by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepliesResponse {
    /// The case.
    #[schema(value_type = String)]
    case_id: CaseId,
    /// Version of the case that the drafts were made for; name it in the decision.
    version: u32,
    /// The drafts, the best first.
    replies: Vec<Draft>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_draft: Option<NoDraftReason>,
}

/// Makes drafts for a case as it stands and keeps them with it.
#[utoipa::path(post, path = "/v1/cases/{id}/replies", tag = "cases", request_body = RepliesRequest,
    params(("id" = String, Path, description = "Case id")), responses(
    (status = 200, description = "Up to three drafts, or why there is none", body = RepliesResponse),
    WriteProblems,
))]
pub async fn replies(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<RepliesResponse>, Problem> {
    let actor = caller.may(&[Role::Counsellor, Role::Router])?;
    let id = case_id(&id)?;
    let most = most(request).await?;
    let made = deps.cases.replies(actor, deps.intake.triage(), id, most).await?;
    Ok(Json(RepliesResponse {
        case_id: id,
        version: made.version,
        replies: made.drafts,
        no_draft: made.none,
    }))
}

async fn most(request: Request) -> Result<usize, Problem> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let empty = length.is_none_or(|length| length == "0")
        && !request.headers().contains_key(header::TRANSFER_ENCODING);
    let body: Value =
        if empty { Value::Object(serde_json::Map::new()) } else { json(request, BODY_LIMIT).await? };
    let mut fields = Fields::new(body, "")?;
    let most = fields.optional("suggest", number_up_to(MOST)).unwrap_or(MOST);
    if most == 0 {
        fields.error("suggest", format!("expected a whole number from 1 to {MOST}"));
    }
    fields.finish()?;
    Ok(most)
}

impl From<RepliesError> for Problem {
    fn from(error: RepliesError) -> Self {
        match error {
            RepliesError::Review(error) => error.into(),
            RepliesError::Triage(error) => error.into(),
        }
    }
}
