//! Bounded queue between requests and workers.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Answer, EngineError, Request};

/// Weight of the newest measurement in the smoothed rate.
const SMOOTHING: f64 = 0.1;
/// Rate assumed before anything was measured, in texts a second.
const FIRST_GUESS: f64 = 20.0;

/// One text waiting for a worker.
pub struct Job {
    pub request: Request,
    pub reply: oneshot::Sender<Result<Answer, EngineError>>,
    pub queued: Instant,
}

impl Job {
    pub fn new(request: Request, reply: oneshot::Sender<Result<Answer, EngineError>>) -> Self {
        Self { request, reply, queued: Instant::now() }
    }
}

/// How full the queue is and how fast it empties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// Texts waiting.
    pub waiting: usize,
    /// Smoothed rate of all workers together, in texts a second.
    pub texts_per_second: f64,
}

struct State {
    jobs: VecDeque<Job>,
    closed: bool,
    rate: f64,
    warm: usize,
    busy: usize,
}

/// What a worker takes to compute.
pub struct Batch {
    pub jobs: Vec<Job>,
    /// It is one text, nothing waits, and no other worker computes.
    pub lone: bool,
}

pub struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    limit: usize,
}

impl Queue {
    pub fn new(limit: usize) -> Self {
        let state = State { jobs: VecDeque::new(), closed: false, rate: FIRST_GUESS, warm: 0, busy: 0 };
        Self { state: Mutex::new(state), filled: Condvar::new(), limit }
    }

    /// Nothing in here panics while it holds the lock, so a poisoned one still guards sound data.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues all jobs or none; no jobs are never refused, and wake nobody. A batch larger than the whole limit is let in when nothing waits: it could never
    /// pass otherwise.
    pub fn push(&self, jobs: Vec<Job>) -> Result<(), EngineError> {
        let mut state = self.lock();
        if state.closed {
            return Err(EngineError::Closed);
        }
        if jobs.is_empty() {
            return Ok(());
        }
        let waiting = state.jobs.len();
        if waiting > 0 && waiting + jobs.len() > self.limit {
            let seconds = (waiting as f64 / state.rate).clamp(1.0, 60.0);
            return Err(EngineError::Busy { retry_after: Duration::from_secs_f64(seconds.ceil()) });
        }
        state.jobs.extend(jobs);
        drop(state);
        self.filled.notify_all();
        Ok(())
    }

    /// Waits for work and takes a batch: jobs from the front while their cost fits the budget, at least one. Jobs
    /// whose caller has left are dropped on the way. `None` when the queue is closed and empty.
    pub fn take(&self, budget: usize, cost: impl Fn(&Job) -> usize) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            let (mut batch, mut used) = (Vec::new(), 0);
            while let Some(job) = state.jobs.pop_front() {
                if job.reply.is_closed() {
                    continue;
                }
                let next = cost(&job);
                if !batch.is_empty() && used + next > budget {
                    state.jobs.push_front(job);
                    break;
                }
                used += next;
                batch.push(job);
            }
            if !batch.is_empty() {
                let lone = batch.len() == 1 && state.busy == 0 && state.jobs.is_empty();
                state.busy += 1;
                return Some(Batch { jobs: batch, lone });
            }
            if state.closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes that a batch of `texts` is done, computed in `time`.
    pub fn done(&self, texts: usize, time: Duration) {
        let mut state = self.lock();
        state.busy -= 1;
        let workers = state.warm.max(1) as f64;
        let now = workers * texts as f64 / time.as_secs_f64().max(1e-6);
        state.rate += SMOOTHING * (now - state.rate);
    }

    pub fn worker_is_warm(&self) {
        self.lock().warm += 1;
    }

    pub fn warm_workers(&self) -> usize {
        self.lock().warm
    }

    pub fn stats(&self) -> Stats {
        let state = self.lock();
        Stats { waiting: state.jobs.len(), texts_per_second: state.rate }
    }

    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Embed, Explain, Reuse};
    use super::*;

    fn job(text: &str) -> (Job, oneshot::Receiver<Result<Answer, EngineError>>) {
        let (reply, receiver) = oneshot::channel();
        (
            Job::new(
                Request { text: text.into(), explain: Explain::No, reuse: Reuse::Allowed, embed: Embed::No },
                reply,
            ),
            receiver,
        )
    }

    fn length(job: &Job) -> usize {
        job.request.text.len()
    }

    #[test]
    fn a_batch_is_what_fits_the_budget_and_at_least_one() {
        let queue = Queue::new(10);
        let (jobs, _receivers): (Vec<_>, Vec<_>) =
            ["aaaa", "bb", "cc", "dddddddddd"].map(job).into_iter().unzip();
        queue.push(jobs).unwrap();
        let sizes: Vec<usize> = (0..2).map(|_| queue.take(8, length).unwrap().jobs.len()).collect();
        assert_eq!(sizes, [3, 1]);
    }

    #[test]
    fn a_full_queue_says_when_to_come_back() {
        let queue = Queue::new(2);
        let (jobs, _keep): (Vec<_>, Vec<_>) = ["a", "b"].map(job).into_iter().unzip();
        queue.push(jobs).unwrap();
        let (more, _keep) = job("c");
        assert!(matches!(
            queue.push(vec![more]),
            Err(EngineError::Busy { retry_after }) if retry_after >= Duration::from_secs(1)
        ));
        assert_eq!(queue.stats().waiting, 2);
    }

    #[test]
    fn a_batch_larger_than_the_limit_passes_when_nothing_waits() {
        let queue = Queue::new(1);
        let (jobs, _keep): (Vec<_>, Vec<_>) = ["a", "b"].map(job).into_iter().unzip();
        assert_eq!(queue.push(jobs), Ok(()));
    }

    #[test]
    fn callers_who_left_are_skipped() {
        let queue = Queue::new(10);
        let (gone, receiver) = job("gone");
        drop(receiver);
        let (here, _receiver) = job("here");
        queue.push(vec![gone, here]).unwrap();
        let batch = queue.take(100, length).unwrap().jobs;
        assert_eq!(batch.iter().map(|j| j.request.text.as_str()).collect::<Vec<_>>(), ["here"]);
    }

    #[test]
    fn a_text_is_lone_while_nothing_waits_and_nobody_computes() {
        let queue = Queue::new(10);
        let (jobs, _keep): (Vec<_>, Vec<_>) = ["a", "bbbb"].map(job).into_iter().unzip();
        let mut jobs = jobs.into_iter();
        queue.push(vec![jobs.next().unwrap()]).unwrap();
        assert!(queue.take(4, length).unwrap().lone);
        queue.push(vec![jobs.next().unwrap()]).unwrap();
        assert!(!queue.take(4, length).unwrap().lone, "another worker computes");
        queue.done(1, Duration::from_millis(1));
        queue.done(1, Duration::from_millis(1));
        let (jobs, _keep): (Vec<_>, Vec<_>) = ["aaaa", "bbbb"].map(job).into_iter().unzip();
        queue.push(jobs).unwrap();
        assert!(!queue.take(4, length).unwrap().lone, "another text waits");
    }

    #[test]
    fn a_closed_queue_is_emptied_and_then_ends() {
        let queue = Queue::new(10);
        let (waiting, _receiver) = job("x");
        queue.push(vec![waiting]).unwrap();
        queue.close();
        assert_eq!(queue.take(10, length).map(|b| b.jobs.len()), Some(1));
        assert!(queue.take(10, length).is_none());
        let (late, _receiver) = job("y");
        assert_eq!(queue.push(vec![late]), Err(EngineError::Closed));
    }
}
