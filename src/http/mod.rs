//! The HTTP door: the router on one page. Handlers translate, services decide.
//!
//! Only this module (and the page) knows status codes. Every error leaves as `application/problem+json` (RFC 9457).

mod auth;
mod body;
mod layers;
mod ops;
mod problem;
mod query;
mod responses;
mod v1;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::domain::{Clock, IdSource};
use crate::service::{Cases, Intake, Keys, SimilarCases};

pub use auth::KeyRate;
pub use problem::Problem;

/// Largest body of a request for one text, in bytes.
pub const BODY_LIMIT: usize = 256 * 1024;
/// Largest body of a batch: 256 long texts of Hangul, three bytes a character, must fit.
pub const BATCH_BODY_LIMIT: usize = 2 * 1024 * 1024;

/// What the handlers need.
#[derive(Clone)]
pub struct Deps {
    /// Takes complaints in.
    pub intake: Arc<Intake>,
    /// The case log as people use it.
    pub cases: Arc<Cases>,
    /// The index of similar cases.
    pub similar: Arc<SimilarCases>,
    /// Recognises callers.
    pub keys: Arc<Keys>,
    /// Limits what a key may ask for.
    pub rate: Arc<KeyRate>,
    /// Is cancelled when the service goes down, so that open streams end.
    pub stopping: CancellationToken,
    /// Clock, for request times.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub ids: Arc<dyn IdSource>,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "minwon", description = "Triage of civil complaints (민원): department, urgency, jurisdiction, kind, deadline."),
    tags((name = "triage", description = "Classify complaints"), (name = "cases", description = "The case log and counsellors' decisions"), (name = "operation", description = "Health and metrics"))
)]
struct ApiDoc;

/// The whole API; also the source of `/openapi.json`.
pub fn router(deps: Deps) -> Router {
    let (router, api) = endpoints().split_for_parts();
    router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", api))
        .fallback(layers::not_found)
        .method_not_allowed_fallback(layers::method_not_allowed)
        // Bodies are limited where they are read, so that the answer can name the limit.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(layers::guard))
        .layer(middleware::from_fn_with_state(deps.clone(), layers::envelope))
        .with_state(deps)
}

/// The OpenAPI document, as `/openapi.json` serves it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    endpoints().split_for_parts().1
}

/// All endpoints on one page.
fn endpoints() -> OpenApiRouter<Deps> {
    OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(v1::classify::classify))
        .routes(routes!(v1::classify_batch::classify_batch))
        .routes(routes!(v1::cases::cases))
        .routes(routes!(v1::case::case))
        .routes(routes!(v1::replies::replies))
        .routes(routes!(v1::decision::decision))
        .routes(routes!(v1::labels::labels))
        .routes(routes!(v1::ending::transfer))
        .routes(routes!(v1::ending::close))
        .routes(routes!(v1::ending::undo))
        .routes(routes!(v1::similar::similar))
        .routes(routes!(v1::events::events))
        .routes(routes!(v1::stats::stats))
        .routes(routes!(v1::taxonomy::taxonomy))
        .routes(routes!(ops::healthz))
        .routes(routes!(ops::readyz))
        .routes(routes!(ops::metrics))
}

/// Serves until `shutdown` resolves, then finishes what is in flight.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
    deps: Deps,
) -> std::io::Result<()> {
    let stopping = deps.stopping.clone();
    let shutdown = async move {
        shutdown.await;
        stopping.cancel();
    };
    let service = router(deps).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}
