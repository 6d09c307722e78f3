//! The training loop.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::batches::{epoch_batches, shards};
use super::checkpoint::{EpochRecord, RunDir, State};
use super::examples::{Example, class_weights, examples, label_sets};
use super::export;
use super::loss::{Loss, normalisers};
use super::optimizer::{AdamW, Slot, rate};
use super::options::{Observer, Options, Progress, TrainError};
use super::random::{Purpose, SeededDropout, normal, stream};
use super::score::score;
use super::{augment::augment, calibration, probe};
use crate::data::{Row, read_jsonl, split};
use crate::domain::{HeadSpec, Taxonomy};
use crate::model::base::Base;
use crate::model::calibration::Calibration;
use crate::model::network::{Dropout, Network, NoDropout, Packed, TensorMap};
use crate::text::normalise::fold;

/// Deviation of the heads' initial weights.
const INIT_DEVIATION: f32 = 0.02;
/// Share of the training groups held out where no validation file is given.
const HOLD_OUT: f64 = 0.1;
/// Tokens evaluated at once in validation.
const VALIDATION_TOKENS: usize = 2_048;

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

/// Everything a step needs.
struct Session {
    options: Options,
    device: Device,
    base: Base,
    heads: Vec<HeadSpec>,
    task_weights: Vec<f64>,
    class_weights: Vec<Vec<f32>>,
    frozen: TensorMap,
    adam: AdamW,
    train: Vec<Example>,
    validation: Vec<Example>,
    /// Token counts of the training texts, unaugmented.
    lengths: Vec<usize>,
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
    fn open(options: &Options) -> Result<(Self, String), TrainError> {
        let device = crate::model::device(&options.device).map_err(|e| TrainError::Invalid(e.to_string()))?;
        let base = Base::open(&options.base).map_err(|e| TrainError::Base(e.to_string()))?;
        let (train_rows, validation_rows) = rows(options)?;
        let taxonomy = Taxonomy::bundled();
        let known = |head: &str| taxonomy.head(head).map(|labels| labels.iter().map(|l| l.code.clone()).collect());
        let heads = label_sets(&options.tasks, &train_rows, &known)?;
        let train = examples(&options.tasks, &heads, &train_rows)?;
        let validation = examples(&options.tasks, &heads, &validation_rows)?;
        let mut digest = Sha256::new();
        for e in train.iter().chain(&validation) {
            digest.update(format!("{:?}{:?}", e.text, e.targets));
        }
        let digest: String = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
        let (frozen, adam) = variables(options, &base, &heads, &device)?;
        let class_weights = class_weights(&heads, &train, options.balance);
        let mut session = Self {
            device,
            base,
            task_weights: options.tasks.iter().map(|t| t.weight).collect(),
            class_weights,
            heads,
            frozen,
            adam,
            lengths: Vec::new(),
            train,
            validation,
            options: options.clone(),
        };
        session.lengths =
            session.train.iter().map(|e| Ok(session.encode(&e.text)?.len())).collect::<Result<_, TrainError>>()?;
        Ok((session, digest))
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, TrainError> {
        let ids = self.base.tokenizer.encode(&fold(text).text).map_err(|e| TrainError::Base(e.to_string()))?.ids;
        Ok(shortened(ids, self.options.max_tokens))
    }

    fn network(&self) -> candle_core::Result<Network> {
        let mut tensors = self.frozen.clone();
        let trained = self.adam.slots.iter().map(|(name, slot)| (name.clone(), slot.var.as_tensor().clone()));
        tensors.extend(trained);
        Network::new(&self.base.config, &self.heads, &tensors)
    }

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
            if state.step % 10 == 0 {
                state.curve.push((state.step, smooth));
            }
            observer.on(&Progress::Step { step: state.step, loss: smooth, texts: batch.len() });
            if state.step % self.options.checkpoint_every == 0 {
                run_dir.save(state, &self.adam)?;
            }
        }
        let scores = score(&self.heads, &self.task_weights, &self.predict(&self.validation)?, &self.validation);
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

    fn step(&self, batch: &[usize], step: usize, steps: usize) -> Result<f64, TrainError> {
        let network = self.network()?;
        let loss = self.loss();
        let whole: Vec<&Example> = batch.iter().map(|&i| &self.train[i]).collect();
        let normalisers = normalisers(&whole, &self.heads, &self.class_weights);
        let shards = shards(batch, &self.lengths);
        let work = |(number, shard): (usize, &Vec<usize>)| -> Result<(f64, BTreeMap<String, Tensor>), TrainError> {
            let index = step as u64 * 8 + number as u64;
            let mut typos = stream(self.options.seed, Purpose::Augment, index);
            let texts = shard.iter().map(|&i| self.encode(&augment(&self.train[i].text, self.options.augment, &mut typos)));
            let ids = texts.collect::<Result<Vec<_>, _>>()?;
            let packed = Packed::new(ids.iter().map(Vec::as_slice));
            let dropout = SeededDropout::new(stream(self.options.seed, Purpose::Dropout, index), self.options.dropout);
            let logits = network.logits(&packed, &dropout)?;
            let examples: Vec<&Example> = shard.iter().map(|&i| &self.train[i]).collect();
            let value = loss.of(&logits, &examples, &normalisers)?;
            let mut store = value.backward()?;
            let grads = self.adam.slots.iter().filter_map(|(name, slot)| Some((name.clone(), store.remove(slot.var.as_tensor())?)));
            Ok((f64::from(value.to_scalar::<f32>()?), grads.collect()))
        };
        let mut results = shards.par_iter().enumerate().map(work).collect::<Result<Vec<_>, _>>()?.into_iter();
        let (mut total, mut grads) = results.next().unwrap_or_default();
        for (value, more) in results {
            total += value;
            for (name, grad) in more {
                let sum = match grads.remove(&name) {
                    Some(first) => (first + grad)?,
                    None => grad,
                };
                grads.insert(name, sum);
            }
        }
        self.adam.step(&grads, rate(self.options.lr, self.options.warmup, step, steps), step + 1)?;
        Ok(total)
    }

    /// Fits the heads on the base's embeddings.
    fn probe(&self) -> Result<(), TrainError> {
        let mut embeddings = vec![Vec::new(); self.train.len()];
        let network = self.network()?;
        self.in_batches(&self.train, &mut |packed, indices| {
            for (&i, row) in indices.iter().zip(network.pooled(packed, &NoDropout)?.to_vec2::<f32>()?) {
                embeddings[i] = row;
            }
            Ok(())
        })?;
        let fitted = probe::fit(&embeddings, &self.train, &self.loss(), &self.device)?;
        for (head, (weight, bias)) in self.heads.iter().zip(fitted) {
            self.adam.slots[&format!("heads.{}.weight", head.name)].var.set(&weight)?;
            self.adam.slots[&format!("heads.{}.bias", head.name)].var.set(&bias)?;
        }
        Ok(())
    }

    fn loss(&self) -> Loss<'_> {
        Loss {
            heads: &self.heads,
            task_weights: &self.task_weights,
            class_weights: &self.class_weights,
            smoothing: self.options.label_smoothing as f32,
        }
    }

    /// Logits of every head for every example.
    fn predict(&self, examples: &[Example]) -> Result<Vec<Vec<Vec<f32>>>, TrainError> {
        let network = self.network()?;
        let mut logits = vec![vec![Vec::new(); examples.len()]; self.heads.len()];
        self.in_batches(examples, &mut |packed, indices| {
            for (head, tensor) in network.logits(packed, &NoDropout as &dyn Dropout)?.iter().enumerate() {
                for (&i, row) in indices.iter().zip(tensor.to_vec2::<f32>()?) {
                    logits[head][i] = row;
                }
            }
            Ok(())
        })?;
        Ok(logits)
    }

    /// Calls `work` with batches of examples of similar length and their indices.
    fn in_batches(
        &self,
        examples: &[Example],
        work: &mut dyn FnMut(&Packed, &[usize]) -> candle_core::Result<()>,
    ) -> Result<(), TrainError> {
        let ids = examples.iter().map(|e| self.encode(&e.text)).collect::<Result<Vec<_>, _>>()?;
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&i| ids[i].len());
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let mut tokens = 0;
            let fits = rest.iter().take_while(|&&i| {
                tokens += ids[i].len();
                tokens <= VALIDATION_TOKENS
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            rest = later;
            work(&Packed::new(now.iter().map(|&i| ids[i].as_slice())), now)?;
        }
        Ok(())
    }

    /// Goes back to the best epoch, calibrates on validation, writes the model directory and the report.
    fn finish(&self, state: &State, run_dir: &RunDir) -> Result<Report, TrainError> {
        for (name, (shape, values)) in run_dir.load_best()? {
            if let Some(slot) = self.adam.slots.get(&name) {
                slot.var.set(&Tensor::from_vec(values, shape, &Device::Cpu)?.to_device(&self.device)?)?;
            }
        }
        let calibration = calibration::fit(&self.heads, &self.predict(&self.validation)?, &self.validation);
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
        export::write(&self.base, &tensors, &report, run_dir)?;
        Ok(report)
    }
}

fn rows(options: &Options) -> Result<(Vec<Row>, Vec<Row>), TrainError> {
    let read = |paths: &[std::path::PathBuf]| -> Result<Vec<Row>, TrainError> {
        let files = paths.iter().map(|path| read_jsonl(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(files.concat())
    };
    let (train, validation) = (read(&options.train)?, read(&options.validation)?);
    if !validation.is_empty() {
        return Ok((train, validation));
    }
    let (kept, held) = split::hold_out(train, HOLD_OUT, options.seed);
    if kept.is_empty() || held.is_empty() {
        return Err(TrainError::Invalid("too few groups of rows to hold some out for validation".into()));
    }
    Ok((kept, held))
}

/// Cuts a long text in the middle: people say who they are first and what they want last.
fn shortened(mut ids: Vec<u32>, most: usize) -> Vec<u32> {
    if ids.len() > most {
        let tail = ids.split_off(ids.len() - most / 2);
        ids.truncate(most - most / 2);
        ids.extend(tail);
    }
    ids
}

/// Splits the network's tensors into frozen and trainable ones.
fn variables(
    options: &Options,
    base: &Base,
    heads: &[HeadSpec],
    device: &Device,
) -> Result<(TensorMap, AdamW), TrainError> {
    let mut tensors = base.tensors(device, DType::F32).map_err(|e| TrainError::Base(e.to_string()))?;
    for (i, head) in heads.iter().enumerate() {
        let (labels, hidden) = (head.labels.len(), base.config.hidden_size);
        let mut rng = stream(options.seed, Purpose::Init, i as u64);
        let weight = normal(&mut rng, INIT_DEVIATION, labels * hidden);
        let name = &head.name;
        tensors.insert(format!("heads.{name}.weight"), Tensor::from_vec(weight, (labels, hidden), device)?);
        tensors.insert(format!("heads.{name}.bias"), Tensor::zeros(labels, DType::F32, device)?);
    }
    let mut frozen = TensorMap::new();
    let mut slots = BTreeMap::new();
    for (name, tensor) in tensors {
        let factor = lr_factor(options, base.config.num_hidden_layers, &name);
        if factor > 0.0 {
            slots.insert(name, Slot::new(&tensor, factor)?);
        } else {
            frozen.insert(name, tensor);
        }
    }
    Ok((frozen, AdamW { slots, weight_decay: options.weight_decay, clip: options.clip }))
}

/// Learning-rate factor of a tensor; zero freezes it. Lower layers learn more slowly (Howard and Ruder 2018,
/// arXiv:1801.06146).
fn lr_factor(options: &Options, layers: usize, name: &str) -> f64 {
    if name.starts_with("heads.") {
        return options.head_lr_factor;
    }
    let layer = name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    match layer {
        Some(n) if n < options.freeze_layers => 0.0,
        Some(n) => options.layer_decay.powi((layers - 1 - n) as i32),
        None if options.train_embeddings => options.layer_decay.powi(layers as i32),
        None => 0.0,
    }
}
