//! `POST /v1/classify/batch`: up to 256 complaints, answered in order; one bad item does not fail the others.

use axum::extract::{Request, State};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::classify::{ClassifyRequest, idempotency_key, intake};
use crate::domain::Role;
use crate::http::auth::Caller;
use crate::http::body::{Fields, json};
use crate::http::layers::RequestId;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::responses::ClassifyProblems;
use crate::http::{BATCH_BODY_LIMIT, Deps};
use crate::service::{Answer, Outcome};

/// Most items in a batch.
const MOST_ITEMS: usize = 256;

/// What is sent.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; items are read one by one so that one bad item fails alone"
)]
pub struct BatchRequest {
    /// 1 to 256 complaints.
    #[schema(min_items = 1, max_items = 256)]
    items: Vec<ClassifyRequest>,
}

/// The answer to one item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum BatchItem {
    /// The complaint was classified.
    #[schema(value_type = Answer)]
    Answer(Value),
    /// The item was wrong.
    Error {
        /// What was wrong.
        error: ProblemBody,
    },
}

/// Answers in the order of the items.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResponse {
    /// One entry an item.
    items: Vec<BatchItem>,
}

/// Classifies several complaints.
#[utoipa::path(post, path = "/v1/classify/batch", tag = "triage", request_body = BatchRequest, responses(
    (status = 200, description = "Answers in order, each an answer or an error", body = BatchResponse),
    ClassifyProblems,
))]
pub async fn classify_batch(
    State(deps): State<Deps>,
    Extension(RequestId(id)): Extension<RequestId>,
    caller: Caller,
    request: Request,
) -> Result<Json<BatchResponse>, Problem> {
    let actor = caller.may(&[Role::Router, Role::Ml])?;
    let header = idempotency_key(request.headers())?;
    let items = items(json(request, BATCH_BODY_LIMIT).await?)?;
    let read = |(i, item)| {
        let header = header.as_ref().map(|key| format!("{key}\0{i}"));
        intake(actor, header.as_deref(), item, &format!("/items/{i}"))
    };
    let parsed: Vec<_> = items.into_iter().enumerate().map(read).collect();
    let good = parsed.iter().filter_map(|item| item.as_ref().ok().cloned()).collect();
    let mut outcomes = deps.intake.take(good).await?.into_iter();
    let refused = |i: usize, problem: Problem| BatchItem::Error {
        error: problem.body(&format!("/v1/classify/batch#/items/{i}"), &id),
    };
    let items = parsed.into_iter().enumerate().map(|(i, item)| match item {
        Ok(_) => match outcomes.next().ok_or_else(Problem::internal)? {
            Outcome::Answer(answer) => {
                serde_json::to_value(answer).map(BatchItem::Answer).map_err(|_| Problem::internal())
            }
            Outcome::Earlier(answer) => Ok(BatchItem::Answer(answer)),
            Outcome::KeyReused => Ok(refused(i, Problem::key_reused())),
        },
        Err(problem) => Ok(refused(i, problem)),
    });
    Ok(Json(BatchResponse { items: items.collect::<Result<_, _>>()? }))
}

fn items(value: Value) -> Result<Vec<Value>, Problem> {
    let mut fields = Fields::new(value, "")?;
    let items = fields.required("items", |value| match value.as_array() {
        Some(items) if (1..=MOST_ITEMS).contains(&items.len()) => Ok(items.clone()),
        Some(items) => Err(format!("expected 1 to {MOST_ITEMS} items, found {}", items.len())),
        None => Err("expected an array".to_owned()),
    });
    fields.finish()?;
    items.ok_or_else(Problem::internal)
}
