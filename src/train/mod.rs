//! Fine-tuning of an encoder on labelled rows: files in, a model directory out. No serving code knows this module.
//!
//! Everything random (initial weights, shuffling, dropout, augmentation) is drawn from ChaCha streams keyed by the
//! seed and the step, so the same seed gives the same model on the same machine, and a run that was killed goes on
//! from its checkpoint to the same result.

mod augment;
mod batches;
mod calibration;
mod checkpoint;
mod examples;
mod export;
mod lexical;
mod loss;
mod optimizer;
mod options;
mod probe;
mod random;
mod run;
mod score;
mod session;
mod setup;

pub use examples::Task;
pub use options::{Observer, Options, Progress, TrainError};
pub use run::{Report, train};
