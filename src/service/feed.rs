//! What happens in the case log, as it happens: a reader that goes on where it stopped and misses nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::store::{CaseStore, Event};

/// Events of other processes on the same database are looked for this often.
const POLL: Duration = Duration::from_secs(2);
/// Events read at once.
const CHUNK: u32 = 200;

/// Reads events in order, waiting for new ones.
pub struct Feed {
    store: Arc<dyn CaseStore>,
    committed: watch::Receiver<u64>,
    after: u64,
    /// Events read and not yet given, the next one last.
    waiting: Vec<Event>,
    stop: CancellationToken,
}

impl Feed {
    /// Begins after the event of this number and ends when `stop` is cancelled.
    pub fn after(store: Arc<dyn CaseStore>, after: u64, stop: CancellationToken) -> Self {
        Self { committed: store.committed(), store, after, waiting: Vec::new(), stop }
    }

    /// The next event; `None` when the service goes down. A store that is down is asked again at the next poll: the
    /// feed stays and misses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop() {
                self.after = event.seq;
                return Some(event);
            }
            let mut found = self.store.events_after(self.after, CHUNK).await.unwrap_or_default();
            if found.is_empty() {
                tokio::select! {
                    () = self.stop.cancelled() => return None,
                    _ = self.committed.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
            found.reverse();
            self.waiting = found;
        }
    }
}
