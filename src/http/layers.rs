//! What happens to every request: id, metrics, log line, time limit, panics, problem bodies.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Deps;
use super::problem::Problem;

/// Longest time for one request.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Header that carries the request id in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id that is taken over from a caller.
const LONGEST_ID: usize = 64;

/// Id of the request, for handlers that build problem bodies themselves.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Outermost layer: gives the request its id, writes problem bodies, counts and logs. Neither log nor metrics hold
/// anything of the body.
pub async fn envelope(State(deps): State<Deps>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request).unwrap_or_else(|| deps.ids.next(deps.clock.now()).0.to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let instance = request.uri().path().to_owned();
    let method = request.method().clone();
    // Unknown paths share one name, or scanners could fill the metrics with theirs.
    let route =
        request.extensions().get::<MatchedPath>().map_or("unmatched".to_owned(), |p| p.as_str().to_owned());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let headers = std::mem::take(response.headers_mut());
        response = (problem.status, Json(problem.body(&instance, &id))).into_response();
        let own = response.headers_mut();
        own.extend(
            headers
                .into_iter()
                .filter_map(|(name, value)| Some((name?, value)))
                .filter(|(name, _)| name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH),
        );
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    let labels = [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("minwon_http_requests_total", &labels).increment(1);
    metrics::histogram!("minwon_http_request_seconds", "route" => route.clone())
        .record(elapsed.as_secs_f64());
    tracing::info!(%method, route, status, ms = elapsed.as_secs_f64() * 1e3, request_id = id, "request");
    response
}

/// A caller's id is taken over if it is short and plain, so that it can be searched for in the log.
fn request_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(plain)).then(|| id.to_owned())
}

/// Inner layer: a handler that takes too long or panics becomes a problem.
pub async fn guard(request: Request, next: Next) -> Response {
    use futures_util::FutureExt;
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(TIME_LIMIT, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!("a handler panicked");
            Problem::internal().into_response()
        }
        Err(_) => Problem::unavailable("the request took too long").into_response(),
    }
}

/// Any path that is not on the router's page.
pub async fn not_found() -> Problem {
    Problem::not_found()
}

/// A known path with another method; axum adds the `allow` header.
pub async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}
