//! Background tasks, so that shutdown can wait for them. The only place that spawns on the async runtime.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks of one service. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task until it ends by itself; one that loops must watch [`stopping`](Self::stopping) or the end of its
    /// channel. Must be called within the runtime.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Is cancelled when the service goes down.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Tells every task to stop and waits until all have.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn shutdown_waits_for_what_runs() {
        let (tasks, done) = (Tasks::new(), Arc::new(AtomicBool::new(false)));
        let (stopping, flag) = (tasks.stopping(), Arc::clone(&done));
        tasks.spawn(async move {
            stopping.cancelled().await;
            tokio::task::yield_now().await;
            flag.store(true, Ordering::SeqCst);
        });
        tasks.shut_down().await;
        assert!(done.load(Ordering::SeqCst));
    }
}
