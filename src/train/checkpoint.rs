//! State of a run on disk, so that one that was killed goes on to the same result.
//!
//! Written to a new file and renamed, so that a crash leaves the old checkpoint or the new one, never half of one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::optimizer::AdamW;
use super::options::{Options, TrainError};
use super::score::Scores;
use crate::model::directory::replace;
use crate::model::weights::Weights;

/// What happened in one epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Epoch, from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Validation figures.
    pub scores: Scores,
}

/// Shape and values of a tensor.
pub type Named = (Vec<usize>, Vec<f32>);

/// Everything about a run but its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Settings; a run only goes on with the same ones.
    pub options: Options,
    /// Digest of the training rows.
    pub data: String,
    /// Steps done in all.
    pub step: usize,
    /// Steps done in the current epoch.
    pub step_in_epoch: usize,
    /// Losses of the current epoch's steps.
    pub epoch_losses: Vec<f64>,
    /// Finished epochs.
    pub epochs: Vec<EpochRecord>,
    /// Loss of every tenth step, for the training curve.
    pub curve: Vec<(usize, f64)>,
}

impl State {
    /// Epoch with the best validation score, from 1, or 0 if none is finished.
    pub fn best_epoch(&self) -> usize {
        let better = |best: &EpochRecord, e: &EpochRecord| e.scores.total > best.scores.total;
        self.epochs
            .iter()
            .fold(None, |best: Option<&EpochRecord>, e| match best {
                Some(b) if !better(b, e) => Some(b),
                _ => Some(e),
            })
            .map_or(0, |e| e.epoch)
    }
}

/// Directory of a run's working files.
pub struct RunDir(PathBuf);

impl RunDir {
    /// `<output>.run`, made if it is missing.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn open(output: &Path) -> Result<Self, TrainError> {
        let mut name = output.as_os_str().to_owned();
        name.push(".run");
        let path = PathBuf::from(name);
        std::fs::create_dir_all(&path).map_err(|source| io(&path, source))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes state and tensors.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn save(&self, state: &State, adam: &AdamW) -> Result<(), TrainError> {
        let mut weights = Weights::default();
        for (name, slot) in &adam.slots {
            for (kind, tensor) in
                [("var", slot.var.as_tensor()), ("mean", &slot.mean), ("square", &slot.square)]
            {
                weights.insert(&format!("{kind}/{name}"), tensor.dims(), tensor.flatten_all()?.to_vec1()?);
            }
        }
        let tensors = weights.to_bytes().map_err(|e| self.bad(&e.to_string()))?;
        let state = serde_json::to_vec(state).map_err(|e| self.bad(&e.to_string()))?;
        // One file, so that state and tensors cannot come from different steps.
        let mut bytes = (state.len() as u64).to_le_bytes().to_vec();
        bytes.extend(state);
        bytes.extend(tensors);
        Ok(replace(&self.0.join("checkpoint"), &bytes)?)
    }

    /// Reads the checkpoint into the optimizer, if there is one of the same run.
    ///
    /// # Errors
    /// [`TrainError::Checkpoint`] if it is of another run or damaged.
    pub fn load(&self, options: &Options, data: &str, adam: &AdamW) -> Result<Option<State>, TrainError> {
        let path = self.0.join("checkpoint");
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(io(&path, e)),
        };
        let damaged = || self.bad("is damaged");
        let length = bytes.first_chunk::<8>().map(|b| u64::from_le_bytes(*b) as usize).ok_or_else(damaged)?;
        let state = bytes.get(8..8 + length).ok_or_else(damaged)?;
        let state: State = serde_json::from_slice(state).map_err(|_| damaged())?;
        if &state.options != options || state.data != data {
            return Err(self.bad("is of a run with other options or data"));
        }
        let weights = Weights::from_bytes(&bytes[8 + length..]).map_err(|_| damaged())?;
        for (name, slot) in &adam.slots {
            let read = |kind: &str| {
                weights
                    .tensor(&format!("{kind}/{name}"), slot.var.dims(), candle_core::DType::F32, &Device::Cpu)
                    .map_err(|e| self.bad(&e.to_string()))
            };
            slot.var.set(&read("var")?.to_device(slot.var.device())?)?;
            slot.mean.slice_set(&read("mean")?.to_device(slot.var.device())?, 0, 0)?;
            slot.square.slice_set(&read("square")?.to_device(slot.var.device())?, 0, 0)?;
        }
        Ok(Some(state))
    }

    /// Keeps the current variables as the best so far.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn save_best(&self, adam: &AdamW) -> Result<(), TrainError> {
        let mut weights = Weights::default();
        for (name, slot) in &adam.slots {
            weights.insert(name, slot.var.dims(), slot.var.flatten_all()?.to_vec1()?);
        }
        Ok(replace(&self.0.join("best"), &weights.to_bytes().map_err(|e| self.bad(&e.to_string()))?)?)
    }

    /// The best variables so far, by name.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn load_best(&self) -> Result<BTreeMap<String, Named>, TrainError> {
        let weights = Weights::from_file(&self.0.join("best")).map_err(|e| self.bad(&e.to_string()))?;
        Ok(weights.iter().map(|(name, s)| (name.to_owned(), (s.shape.clone(), s.to_f32()))).collect())
    }

    fn bad(&self, what: &str) -> TrainError {
        TrainError::Checkpoint { path: self.0.display().to_string(), what: what.to_owned() }
    }
}

fn io(path: &Path, source: std::io::Error) -> TrainError {
    TrainError::Io { path: path.display().to_string(), source }
}
