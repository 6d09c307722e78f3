//! `GET /live`: the events of the case log for the page, as long as its session lasts. They carry no text.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;

use super::Web;
use super::error::PageError;
use super::sessions::Use;
use super::visitor::Visitor;
use crate::domain::Role;
use crate::http::sse;
use crate::service::Feed;

/// How often it is looked whether the session has ended.
const LOOK: Duration = Duration::from_secs(5);

/// Streams events after `Last-Event-ID`, or after the number in the address.
pub async fn live(
    State(web): State<Web>,
    visitor: Visitor,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Sse<impl Stream<Item = Result<SseEvent, Infallible>>>, PageError> {
    visitor.may(&[Role::Counsellor, Role::Ml])?;
    let number = |text: &str| text.parse::<u64>().ok();
    let last = headers.get("last-event-id").and_then(|value| number(value.to_str().ok()?));
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let asked = query.into_iter().find(|(name, _)| name == "after").and_then(|(_, value)| number(&value));
    let store = Arc::clone(web.deps.cases.store());
    let after = match last.or(asked) {
        Some(after) => after,
        None => store.last_event().await?,
    };
    let feed = Feed::after(store, after, web.deps.stopping.clone());
    let stream = unfold((feed, web, visitor.session), |(mut feed, web, session)| async move {
        loop {
            tokio::select! {
                event = feed.next() => {
                    let event = event?;
                    return Some((Ok(sse(&event)), (feed, web, session)));
                }
                () = tokio::time::sleep(LOOK) => {
                    web.sessions.find(&session, web.deps.clock.now(), Use::Page)?;
                }
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(10))))
}
