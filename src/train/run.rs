//! The training loop.

use candle_core::{Device, Tensor};
use serde::Serialize;

use super::batches::epoch_batches;
use super::checkpoint::{EpochRecord, RunDir, State};
use super::examples::Example;
use super::options::{Observer, Options, Progress, TrainError};
use super::score::score;
use super::session::Session;
use super::{calibration, export, lexical};
use crate::domain::HeadSpec;
use crate::model::calibration::Calibration;
use crate::model::lexical::Lexical;
use crate::model::weights::Weights;

/// What a finished run tells; also written as `report.json` into its working directory.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Settings.
    pub options: Options,
    /// Rows trained on.
    pub train_rows: usize,
    /// Rows validated on.
    pub validation_rows: usize,
    /// Heads with their labels.
    pub heads: Vec<HeadSpec>,
    /// Epoch that was kept, from 1.
    pub best_epoch: usize,
    /// All epochs.
    pub epochs: Vec<EpochRecord>,
    /// (step, loss) for the training curve.
    pub curve: Vec<(usize, f64)>,
    /// Temperatures and thresholds, with the figures behind them.
    pub calibration: Calibration,
}

/// Trains a model and writes its directory.
///
/// # Errors
/// [`TrainError`]; a run that fails or is killed leaves its last checkpoint, and the same call goes on from it.
pub fn train(options: &Options, observer: &mut dyn Observer) -> Result<Report, TrainError> {
    let (session, digest) = Session::open(options)?;
    let run_dir = RunDir::open(&options.output)?;
    let steps_an_epoch = session.train.len().div_ceil(options.batch);
    let steps = steps_an_epoch * options.epochs;
    let fresh = State {
        options: options.clone(),
        data: digest.clone(),
        step: 0,
        step_in_epoch: 0,
        epoch_losses: Vec::new(),
        epochs: Vec::new(),
        curve: Vec::new(),
    };
    let saved = run_dir.load(options, &digest, &session.adam)?;
    if saved.is_none() && options.probe {
        session.probe()?;
    }
    let mut state = saved.unwrap_or(fresh);
    observer.on(&Progress::Start {
        rows: session.train.len(),
        validation: session.validation.len(),
        steps,
        resumed_at: state.step,
    });
    while state.epochs.len() < options.epochs && state.epochs.len() < state.best_epoch() + options.patience {
        session.epoch(&mut state, steps, &run_dir, observer)?;
    }
    session.finish(&state, &run_dir)
}

impl Session {
    fn epoch(
        &self,
        state: &mut State,
        steps: usize,
        run_dir: &RunDir,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        let epoch = state.epochs.len();
        let batches = epoch_batches(&self.lengths, self.options.batch, self.options.seed, epoch);
        for batch in &batches[state.step_in_epoch..] {
            let loss = self.step(batch, state.step, steps)?;
            state.step += 1;
            state.step_in_epoch += 1;
            state.epoch_losses.push(loss);
            let recent = &state.epoch_losses[state.epoch_losses.len().saturating_sub(50)..];
            let smooth = recent.iter().sum::<f64>() / recent.len() as f64;
            if state.step.is_multiple_of(10) {
                state.curve.push((state.step, smooth));
            }
            observer.on(&Progress::Step { step: state.step, loss: smooth, texts: batch.len() });
            if state.step.is_multiple_of(self.options.checkpoint_every) {
                run_dir.save(state, &self.adam)?;
            }
        }
        let scores =
            score(&self.heads, &self.task_weights, &self.predict(&self.validation)?, &self.validation);
        let loss = state.epoch_losses.iter().sum::<f64>() / state.epoch_losses.len().max(1) as f64;
        state.epochs.push(EpochRecord { epoch: epoch + 1, loss, scores: scores.clone() });
        state.epoch_losses.clear();
        state.step_in_epoch = 0;
        let best = state.best_epoch() == epoch + 1;
        if best {
            run_dir.save_best(&self.adam)?;
        }
        run_dir.save(state, &self.adam)?;
        observer.on(&Progress::Epoch { epoch: epoch + 1, loss, score: scores, best });
        Ok(())
    }

    /// Goes back to the best epoch, calibrates on validation, writes the model directory and the report.
    fn finish(&self, state: &State, run_dir: &RunDir) -> Result<Report, TrainError> {
        for (name, (shape, values)) in run_dir.load_best()? {
            if let Some(slot) = self.adam.slots.get(&name) {
                slot.var.set(&Tensor::from_vec(values, shape, &Device::Cpu)?.to_device(&self.device)?)?;
            }
        }
        let mut extra = Weights::default();
        lexical::fit(&self.ids(&self.train)?, &self.train, &self.heads, &mut extra);
        let margins = self.margins(&extra)?;
        let calibration =
            calibration::fit(&self.heads, &self.predict(&self.validation)?, &margins, &self.validation);
        let report = Report {
            options: self.options.clone(),
            train_rows: self.train.len(),
            validation_rows: self.validation.len(),
            heads: self.heads.clone(),
            best_epoch: state.best_epoch(),
            epochs: state.epochs.clone(),
            curve: state.curve.clone(),
            calibration,
        };
        let mut tensors = self.frozen.clone();
        for (name, slot) in &self.adam.slots {
            tensors.insert(name.clone(), slot.var.as_tensor().clone());
        }
        export::write(&self.base, &tensors, extra, &report, run_dir)?;
        Ok(report)
    }

    fn ids(&self, examples: &[Example]) -> Result<Vec<Vec<u32>>, TrainError> {
        examples.iter().map(|e| self.encode(&e.text)).collect()
    }

    /// Lexical margins of the validation rows, head by head, from the weights as they will be stored.
    fn margins(&self, extra: &Weights) -> Result<Vec<Vec<Vec<f32>>>, TrainError> {
        let classes = self.heads.iter().map(|head| head.labels.len()).sum();
        let lexical =
            Lexical::take(&mut extra.quantised(), classes).map_err(|e| TrainError::Invalid(e.to_string()))?;
        let mut heads = vec![Vec::new(); self.heads.len()];
        for ids in self.ids(&self.validation)? {
            let margins = lexical.as_ref().map(|l| l.margins(&ids)).unwrap_or_default();
            let mut rest = margins.as_slice();
            for (head, rows) in self.heads.iter().zip(&mut heads) {
                let (own, later) = rest.split_at(head.labels.len());
                rest = later;
                rows.push(own.to_vec());
            }
        }
        Ok(heads)
    }
}
