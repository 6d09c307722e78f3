//! `POST /v1/cases/{id}/decision`: a counsellor approves, edits or rejects a draft.

use axum::Json;
use axum::extract::{Path, Request, State};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::review::{Changed, case_id};
use crate::domain::Role;
use crate::domain::case::DraftId;
use crate::http::auth::Caller;
use crate::http::body::{Fields, json, number_up_to, string};
use crate::http::problem::Problem;
use crate::http::responses::WriteProblems;
use crate::http::{BODY_LIMIT, Deps};
use crate::service::Decide;

/// Longest reply and longest reason, in characters.
const LONGEST: usize = 8_000;

/// What is sent.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the fields one by one to report all errors"
)]
pub struct DecisionRequest {
    /// Version of the case that the counsellor saw.
    #[schema(example = 1)]
    version: u32,
    /// `approve`, `edit` or `reject`.
    #[schema(example = "approve")]
    action: String,
    /// The draft; for an edit it may be left out (a reply of one's own).
    draft_id: Option<String>,
    /// The text that goes out; for an edit.
    text: Option<String>,
    /// Why; for a rejection.
    reason: Option<String>,
}

/// Decides about a draft.
#[utoipa::path(post, path = "/v1/cases/{id}/decision", tag = "cases", request_body = DecisionRequest,
    params(("id" = String, Path, description = "Case id")), responses(
    (status = 200, description = "Written", body = Changed),
    WriteProblems,
))]
pub async fn decision(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Changed>, Problem> {
    let actor = caller.may(&[Role::Counsellor])?;
    let id = case_id(&id)?;
    let (version, decide) = parse(json(request, BODY_LIMIT).await?)?;
    Ok(Json(deps.cases.decide(actor, id, version, decide).await?.into()))
}

fn parse(value: Value) -> Result<(u32, Decide), Problem> {
    let mut fields = Fields::new(value, "")?;
    let version = fields.required("version", number_up_to(u32::MAX as usize));
    let action = fields.required("action", |v| match string(v)?.as_str() {
        action @ ("approve" | "edit" | "reject") => Ok(action.to_owned()),
        _ => Err("expected `approve`, `edit` or `reject`".to_owned()),
    });
    let draft = fields.optional("draft_id", |v| {
        Uuid::try_parse(&string(v)?).map(DraftId).map_err(|_| "expected the `draft_id` of a draft".to_owned())
    });
    let text = fields.optional("text", bounded);
    let reason = fields.optional("reason", bounded);
    match action.as_deref() {
        Some("approve" | "reject") if draft.is_none() => fields.error("draft_id", "the field is required"),
        Some("edit") if text.is_none() => fields.error("text", "the field is required for `edit`"),
        _ => {}
    }
    if action.as_deref() == Some("reject") && reason.is_none() {
        fields.error("reason", "the field is required for `reject`");
    }
    fields.finish()?;
    let decide = match (action.as_deref(), draft, text, reason) {
        (Some("approve"), Some(draft), _, _) => Decide::Approve(draft),
        (Some("edit"), draft, Some(text), _) => Decide::Edit(draft, text),
        (Some("reject"), Some(draft), _, Some(reason)) => Decide::Reject(draft, reason),
        _ => return Err(Problem::internal()),
    };
    Ok((version.ok_or_else(Problem::internal)? as u32, decide))
}

/// A text that is not absurdly long.
///
/// # Errors
/// What was expected.
pub fn bounded(value: &Value) -> Result<String, String> {
    let text = string(value)?;
    if text.chars().count() > LONGEST { Err(format!("at most {LONGEST} characters")) } else { Ok(text) }
}
