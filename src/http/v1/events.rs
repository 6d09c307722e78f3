//! `GET /v1/events`: server-sent events of new and changed cases, resumable.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;

use crate::domain::Role;
use crate::http::Deps;
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::responses::PageProblems;
use crate::service::Feed;
use crate::store::Event;

/// Streams events. `Last-Event-ID` (or `after`) goes on after that event; without it only new events come.
/// Events carry no text.
#[utoipa::path(get, path = "/v1/events", tag = "cases",
    params(("after" = Option<u64>, Query, description = "Number of the last event seen; 0 for all")), responses(
    (status = 200, description = "Events: `id` is the number, `event` what happened, `data` JSON", body = String, content_type = "text/event-stream"),
    PageProblems,
))]
pub async fn events(
    State(deps): State<Deps>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, Problem> {
    caller.may(&[Role::Counsellor])?;
    let mut query = Query::new(&uri);
    let after = query.one("after", |v| v.parse::<u64>().map_err(|_| "expected a whole number".to_owned()));
    query.finish()?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let store = Arc::clone(deps.cases.store());
    let after = match last.or(after) {
        Some(after) => after,
        None => store.last_event().await?,
    };
    let feed = Feed::after(store, after, deps.stopping);
    let stream =
        unfold(feed, |mut feed| async move { feed.next().await.map(|event| (Ok(sse(&event)), feed)) });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// An event on the wire: its number, what happened, and JSON without any text.
pub fn sse(event: &Event) -> SseEvent {
    let sse = SseEvent::default().id(event.seq.to_string()).event(event.kind.as_str());
    sse.json_data(event).unwrap_or_default()
}
