//! `GET /v1/cases/{id}`: one case with its whole history.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::review::case_id;
use crate::domain::Role;
use crate::domain::case::{Hop, PingPong};
use crate::http::Deps;
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::responses::CaseProblems;
use crate::store::{
    CasePlace, CaseRow, CaseSignal, DecisionRow, DraftRow, Due, Event, History, PredictionRow,
};

/// One case, whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// The case as it stands.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    row: CaseRow,
    /// By when it must be answered, with the rule.
    #[schema(value_type = Option<Object>)]
    due: Option<Due>,
    /// Language of the text (BCP 47).
    language: String,
    /// Every sending-on, in order; undone ones are marked.
    #[serde(rename = "hop_list")]
    #[schema(value_type = Vec<Object>)]
    hops: Vec<Hop>,
    /// Why the ping-pong alarm is on.
    #[schema(value_type = Option<Object>)]
    ping_pong: Option<PingPong>,
    /// What the models said, the active one first; never overwritten.
    #[schema(value_type = Vec<Object>)]
    predictions: Vec<PredictionRow>,
    /// Drafts as they were shown.
    #[schema(value_type = Vec<Object>)]
    drafts: Vec<DraftRow>,
    /// What people decided.
    #[schema(value_type = Vec<Object>)]
    decisions: Vec<DecisionRow>,
    /// What happened, in order.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
    /// Signs of danger.
    #[schema(value_type = Vec<Object>)]
    signals: Vec<CaseSignal>,
    /// The place.
    #[schema(value_type = Option<Object>)]
    location: Option<CasePlace>,
}

impl From<History> for CaseView {
    fn from(history: History) -> Self {
        Self {
            ping_pong: history.case.ping_pong(),
            row: history.row,
            due: history.due,
            language: history.language,
            hops: history.case.hops,
            predictions: history.predictions,
            drafts: history.drafts,
            decisions: history.decisions,
            events: history.events,
            signals: history.signals,
            location: history.place,
        }
    }
}

/// Shows one case. That it was seen is logged.
#[utoipa::path(get, path = "/v1/cases/{id}", tag = "cases", params(("id" = String, Path, description = "Case id")), responses(
    (status = 200, description = "The case", body = CaseView),
    CaseProblems,
))]
pub async fn case(
    State(deps): State<Deps>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<CaseView>, Problem> {
    let actor = caller.may(&[Role::Counsellor, Role::Ml])?;
    let history = deps.cases.view(actor, case_id(&id)?).await?;
    Ok(Json(history.into()))
}
