//! For operators: live, ready, metrics.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Deps;
use super::problem::{Problem, ProblemBody};
use crate::store::spool::Spool;

/// The process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// The service can answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// Always `ready`.
    #[schema(example = "ready")]
    status: &'static str,
    /// Name and version of the model.
    #[schema(example = "minwon-ko 1.0.0")]
    model: String,
    /// Device and arithmetic.
    #[schema(example = "cpu i8 avx2")]
    backend: String,
    /// The case log: `ready`, or `unavailable` (answers go on, records wait).
    #[schema(example = "ready")]
    store: &'static str,
    /// Cases that wait on disk for the log to come back.
    spooled: usize,
    /// No key has been made, so everybody on this machine may call.
    open: bool,
}

/// Live: the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Ready: the model is loaded and warm.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, body = Ready), (status = 503, body = ProblemBody, content_type = "application/problem+json")
))]
pub async fn readyz(State(deps): State<Deps>) -> Result<Json<Ready>, Problem> {
    let engine = deps.intake.triage().engine();
    if !engine.is_warm() {
        return Err(Problem::unavailable("the model is warming up"));
    }
    let model = engine.model();
    Ok(Json(Ready {
        status: "ready",
        model: format!("{} {}", model.manifest.name, model.manifest.version),
        backend: model.describe(),
        store: if deps.cases.store().ready().await.is_ok() { "ready" } else { "unavailable" },
        spooled: deps.intake.recorder().spool().map_or(0, Spool::len),
        open: deps.keys.open().await,
    }))
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(deps): State<Deps>) -> Response {
    let stats = deps.intake.triage().engine().stats();
    metrics::gauge!("minwon_queue_texts").set(stats.waiting as f64);
    let spooled = deps.intake.recorder().spool().map_or(0, Spool::len);
    metrics::gauge!("minwon_spooled_cases").set(spooled as f64);
    metrics::gauge!("minwon_indexed_cases").set(deps.similar.len() as f64);
    metrics::gauge!("minwon_texts_per_second").set(stats.texts_per_second);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], deps.metrics.render()).into_response()
}
