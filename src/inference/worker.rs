//! What one worker thread does.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::queue::{Batch, Job, Queue};
use super::{Answer, Embed, EngineError, EngineOptions, Explain, Timing};
use crate::model::{Model, PredictError, Scratch, explain};

/// Text of the warm-up run.
const WARM_UP: &str = "준비";
/// Rough number of characters a token; only used to cut batches before texts are tokenised.
const CHARS_PER_TOKEN: usize = 2;
/// Threads that share a lone text on an idle machine.
const SPLIT: usize = 2;

/// Serves the queue until it is closed and empty.
pub fn run(queue: &Queue, model: &RwLock<Arc<Model>>, options: &EngineOptions) {
    let current = || Arc::clone(&model.read().unwrap_or_else(PoisonError::into_inner));
    let mut scratch = Scratch::default();
    if let Err(error) = warm_up(&current(), &mut scratch) {
        tracing::error!(%error, "the warm-up run failed");
    }
    queue.worker_is_warm();
    let cost = |job: &Job| job.request.text.chars().count() / CHARS_PER_TOKEN + 2;
    let split = if options.workers > 1 { SPLIT } else { 1 };
    while let Some(Batch { jobs: batch, lone }) = queue.take(options.batch_tokens, cost) {
        let model = current();
        scratch.set_threads(if lone { split } else { 1 });
        let started = Instant::now();
        let texts = batch.len();
        let answers =
            std::panic::catch_unwind(AssertUnwindSafe(|| compute(&model, &batch, &mut scratch, started)));
        let answers = answers.unwrap_or_else(|_| {
            tracing::error!(texts, "a worker panicked; its batch is answered from the rules");
            scratch = Scratch::default();
            batch.iter().map(|_| Err(EngineError::Model("the worker panicked".into()))).collect()
        });
        queue.done(texts, started.elapsed());
        for (job, answer) in batch.into_iter().zip(answers) {
            // A caller who left in the meantime needs no answer.
            let _ = job.reply.send(answer);
        }
    }
}

fn warm_up(model: &Model, scratch: &mut Scratch) -> Result<(), PredictError> {
    let ids = model.encode(WARM_UP)?.ids;
    model.forward(&[&ids], scratch).map(drop)
}

/// Answers for a batch, in order.
fn compute(
    model: &Arc<Model>,
    batch: &[Job],
    scratch: &mut Scratch,
    started: Instant,
) -> Vec<Result<Answer, EngineError>> {
    let failed = |e: &PredictError| EngineError::Model(e.to_string());
    let mut tokenize = Vec::with_capacity(batch.len());
    let encoded: Result<Vec<_>, _> = batch
        .iter()
        .map(|job| {
            let from = Instant::now();
            let encoded = model.encode(&job.request.text);
            tokenize.push(from.elapsed());
            encoded
        })
        .collect();
    let encoded = match encoded {
        Ok(encoded) => encoded,
        Err(error) => return batch.iter().map(|_| Err(failed(&error))).collect(),
    };
    let ids: Vec<&[u32]> = encoded.iter().map(|e| e.ids.as_slice()).collect();
    let from = Instant::now();
    let outputs = match model.forward(&ids, scratch) {
        Ok(outputs) => outputs,
        Err(error) => return batch.iter().map(|_| Err(failed(&error))).collect(),
    };
    let mut inference = from.elapsed();
    let mut answers = Vec::with_capacity(batch.len());
    for (((job, output), encoded), tokenize) in batch.iter().zip(&outputs).zip(&encoded).zip(tokenize) {
        let prediction = model.prediction(output, encoded.ids.len());
        let explanation = match job.request.explain {
            Explain::No => Ok(Vec::new()),
            Explain::Department => {
                let from = Instant::now();
                let found = explain::department(model, &job.request.text, &prediction, scratch);
                inference += from.elapsed();
                found
            }
        };
        let queue = started.duration_since(job.queued);
        answers.push(explanation.map_err(|e| failed(&e)).map(|explanation| Answer {
            prediction,
            explanation,
            embedding: (job.request.embed == Embed::Pooled).then(|| output.embedding.as_slice().into()),
            truncated: encoded.truncated,
            model: Arc::clone(model),
            timing: Timing { queue, tokenize, inference: Duration::ZERO },
        }));
    }
    for answer in answers.iter_mut().flatten() {
        answer.timing.inference = inference;
    }
    answers
}
