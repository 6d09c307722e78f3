//! What a training run is told, and what it tells while it runs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::examples::Task;
use crate::model::directory::WriteError;

/// Settings of a run. Everything that changes the result is here and is written into the run's report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Directory of the base encoder (`config.json`, `tokenizer.json`, `model.safetensors`).
    pub base: PathBuf,
    /// Training rows.
    pub train: Vec<PathBuf>,
    /// Validation rows; where empty, a tenth of the training groups is held out.
    pub validation: Vec<PathBuf>,
    /// Where the model directory is written.
    pub output: PathBuf,
    /// Name of the model.
    pub name: String,
    /// Version of the model.
    pub version: String,
    /// Heads to train.
    pub tasks: Vec<Task>,
    /// Seed of everything random.
    pub seed: u64,
    /// Passes over the training rows.
    pub epochs: usize,
    /// Peak learning rate of the topmost layer and, times `head_lr_factor`, of the heads.
    pub lr: f64,
    /// Factor on the learning rate from one layer to the one below.
    pub layer_decay: f64,
    /// Factor on the learning rate for the classification heads.
    pub head_lr_factor: f64,
    /// Share of the steps over which the rate rises; it falls linearly to zero afterwards.
    pub warmup: f64,
    /// Decoupled weight decay for matrices.
    pub weight_decay: f64,
    /// Texts a step.
    pub batch: usize,
    /// Texts are cut to this many tokens in training, in the middle.
    pub max_tokens: usize,
    /// Probability with which an element is dropped.
    pub dropout: f64,
    /// Mass taken from the true label and spread over all.
    pub label_smoothing: f64,
    /// Class weights are `(rows / (labels · count)) ^ balance`: 0 none, 1 full.
    pub balance: f64,
    /// Largest global norm of the gradient.
    pub clip: f64,
    /// Probability with which a training text gets typing errors or lost spaces.
    pub augment: f64,
    /// Fit the heads on the base's embeddings before fine-tuning.
    pub probe: bool,
    /// Also train the embeddings.
    pub train_embeddings: bool,
    /// Lowest layers that stay as they are.
    pub freeze_layers: usize,
    /// Stop after this many epochs without a better validation score.
    pub patience: usize,
    /// Steps between checkpoints within an epoch.
    pub checkpoint_every: usize,
    /// candle device: `cpu`, `cuda` or `cuda:N`.
    pub device: String,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The run begins or goes on.
    Start {
        /// Training rows.
        rows: usize,
        /// Validation rows.
        validation: usize,
        /// Steps in all.
        steps: usize,
        /// Step it goes on from; 0 for a fresh run.
        resumed_at: usize,
    },
    /// A step is done.
    Step {
        /// Steps done.
        step: usize,
        /// Mean loss of the last steps.
        loss: f64,
        /// Texts a second of the last steps, if time is measured by the observer.
        texts: usize,
    },
    /// Validation was run.
    Epoch {
        /// Epoch, from 1.
        epoch: usize,
        /// Mean training loss of the epoch.
        loss: f64,
        /// Validation score, and accuracy and macro-F1 of each head.
        score: super::score::Scores,
        /// The best so far.
        best: bool,
    },
}

/// Is told of progress; the command line draws a bar from it.
pub trait Observer {
    /// Called from the training thread.
    fn on(&mut self, progress: &Progress);
}

impl<F: FnMut(&Progress)> Observer for F {
    fn on(&mut self, progress: &Progress) {
        self(progress);
    }
}

/// Why a run cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A data file is unreadable or wrong.
    #[error(transparent)]
    Data(#[from] crate::data::DataError),
    /// The base encoder is unreadable or wrong.
    #[error("base encoder: {0}")]
    Base(String),
    /// Options or rows that cannot be trained on.
    #[error("{0}")]
    Invalid(String),
    /// A checkpoint is of another run.
    #[error("checkpoint in `{path}`: {what}\nhint: remove it, or train into another directory")]
    Checkpoint {
        /// The run's directory.
        path: String,
        /// What does not fit.
        what: String,
    },
    /// Output cannot be written.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// candle failed.
    #[error("training: {0}")]
    Candle(#[from] candle_core::Error),
}

impl From<WriteError> for TrainError {
    fn from(WriteError { path, source }: WriteError) -> Self {
        Self::Io { path, source }
    }
}
