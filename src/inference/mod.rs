//! The threads that run the model, and the bounded queue in front of them: the only bridge between async code and
//! [`crate::model`].
//!
//! Work-conserving: there is no timer. While a worker computes, requests pile up; its next batch is what waits, up to
//! a budget of tokens. Permits are counted a text, so a batch and single requests are treated alike; a full queue is
//! refused at the door. Requests whose caller has left are skipped. A worker that panics answers its batch with an
//! error and goes on with fresh working memory. A text that was answered before comes from the cache, and a lone
//! text on an idle machine is split over two threads.

mod cache;
mod queue;
mod worker;

use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::domain::Prediction;
use crate::model::Model;
use cache::{Cache, Key};
use queue::{Job, Queue};

pub use queue::Stats;

/// Settings of the engine.
#[derive(Debug, Clone, Copy)]
pub struct EngineOptions {
    /// Worker threads.
    pub workers: usize,
    /// Texts that may wait; more are refused.
    pub queue_limit: usize,
    /// Tokens computed in one batch, at most; a single longer text is a batch of its own.
    pub batch_tokens: usize,
    /// Answers remembered for texts that come again word for word; 0 for none.
    pub cache_entries: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self { workers, queue_limit: 512, batch_tokens: 1_024, cache_entries: 4_096 }
    }
}

/// What to compute for one text.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folded text.
    pub text: String,
    /// Find the stretches that moved the department.
    pub explain: Explain,
    /// Whether an earlier answer may serve.
    pub reuse: Reuse,
    /// Give the text's vector as well.
    pub embed: Embed,
}

/// Whether the encoder's pooled vector is wanted. It is computed in any case; asking for it costs its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Embed {
    /// Labels only.
    #[default]
    No,
    /// Labels and the vector.
    Pooled,
}

/// Whether an answer given to the same text before may be given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    /// Yes.
    #[default]
    Allowed,
    /// Compute it anew: the text bears a sign of danger, where nothing may stand between it and the model.
    Never,
}

/// Whether an explanation is wanted; it costs a few dozen forward passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Explain {
    /// Labels only.
    #[default]
    No,
    /// Labels and what moved the department.
    Department,
}

/// What the engine says about one text.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Calibrated probabilities.
    pub prediction: Prediction,
    /// Stretches of the folded text, in characters, that moved the department, the strongest first.
    pub explanation: Vec<crate::model::explain::Influence>,
    /// Mean of the last hidden states, not normalised, if it was asked for.
    pub embedding: Option<Arc<[f32]>>,
    /// The text had more tokens than the model reads.
    pub truncated: bool,
    /// The model that answered.
    pub model: Arc<Model>,
    /// Where the time went.
    pub timing: Timing,
}

/// Where the time of one text went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// Waiting for a worker.
    pub queue: Duration,
    /// Text to tokens.
    pub tokenize: Duration,
    /// Encoder, shared by the whole batch.
    pub inference: Duration,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The queue is full.
    #[error("the queue is full")]
    Busy {
        /// When room is expected, from the measured rate.
        retry_after: Duration,
    },
    /// The model failed on this batch.
    #[error("the model failed: {0}")]
    Model(String),
    /// The engine is shutting down.
    #[error("the engine is shutting down")]
    Closed,
}

/// The loaded model with its workers.
pub struct Engine {
    queue: Arc<Queue>,
    model: Arc<RwLock<Arc<Model>>>,
    cache: Cache,
    workers: Vec<std::thread::JoinHandle<()>>,
}

impl Engine {
    /// Starts the workers. Each runs a short text first, so that the first request finds packed weights and grown
    /// working memory.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start(model: Arc<Model>, options: EngineOptions) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(options.queue_limit));
        let model = Arc::new(RwLock::new(model));
        let workers = (0..options.workers.max(1))
            .map(|n| {
                let (queue, model) = (Arc::clone(&queue), Arc::clone(&model));
                std::thread::Builder::new()
                    .name(format!("inference-{n}"))
                    .spawn(move || worker::run(&queue, &model, &options))
            })
            .collect::<std::io::Result<_>>()?;
        Ok(Self { queue, model, cache: Cache::new(options.cache_entries), workers })
    }

    /// The model that answers now.
    pub fn model(&self) -> Arc<Model> {
        Arc::clone(&self.model.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Whether every worker has computed once.
    pub fn is_warm(&self) -> bool {
        self.queue.warm_workers() >= self.workers.len()
    }

    /// Queue length and rate.
    pub fn stats(&self) -> Stats {
        self.queue.stats()
    }

    /// Computes all texts; answers come in the order of the requests. Either all find room or none is queued.
    ///
    /// # Errors
    /// [`EngineError::Busy`] at once if there is no room; other errors stand in the place of the text they hit.
    pub async fn submit(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Answer, EngineError>>, EngineError> {
        let model = self.model();
        let mut slots = Vec::with_capacity(requests.len());
        let mut jobs = Vec::new();
        for request in requests {
            let reusable = request.explain == Explain::No && request.reuse == Reuse::Allowed;
            let key = if reusable { self.cache.key(&request.text) } else { None };
            let known = key.and_then(|key| self.cache.get(&key, &model, request.embed));
            if key.is_some() {
                metrics::counter!("minwon_cache_total", "outcome" => if known.is_some() { "hit" } else { "miss" })
                    .increment(1);
            }
            slots.push(match known {
                Some(answer) => Slot::Known(Box::new(answer)),
                None => {
                    let (reply, receiver) = oneshot::channel();
                    jobs.push(Job::new(request, reply));
                    Slot::Waiting { receiver, key }
                }
            });
        }
        self.queue.push(jobs)?;
        let mut answers = Vec::with_capacity(slots.len());
        for slot in slots {
            answers.push(self.wait(slot).await);
        }
        Ok(answers)
    }

    async fn wait(&self, slot: Slot) -> Result<Answer, EngineError> {
        match slot {
            Slot::Known(answer) => Ok(*answer),
            Slot::Waiting { receiver, key } => {
                let answer = receiver.await.unwrap_or(Err(EngineError::Closed))?;
                if let Some(key) = key {
                    self.cache.put(key, &answer);
                }
                Ok(answer)
            }
        }
    }
}

/// Where one text's answer comes from.
enum Slot {
    Known(Box<Answer>),
    Waiting { receiver: oneshot::Receiver<Result<Answer, EngineError>>, key: Option<Key> },
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.queue.close();
        for worker in self.workers.drain(..) {
            // A worker that panicked outside its guard has nothing left to save.
            let _ = worker.join();
        }
    }
}
