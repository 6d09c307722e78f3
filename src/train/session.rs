//! One training step, and passes over examples without training.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::augment::augment;
use super::batches::shards;
use super::examples::{Example, class_weights, examples, label_sets};
use super::loss::{Loss, normalisers};
use super::optimizer::{AdamW, rate};
use super::options::{Options, TrainError};
use super::probe;
use super::random::{Purpose, SeededDropout, stream};
use super::setup::{rows, shortened, variables};
use crate::domain::{HeadSpec, Taxonomy};
use crate::model::base::Base;
use crate::model::network::{Dropout, Network, NoDropout, Packed, TensorMap};
use crate::text::normalise::fold;

/// Tokens computed at once outside training.
const PASS_TOKENS: usize = 2_048;

/// Everything a step needs.
pub struct Session {
    /// Settings.
    pub options: Options,
    /// Where tensors live.
    pub device: Device,
    /// The base encoder.
    pub base: Base,
    /// Heads to train.
    pub heads: Vec<HeadSpec>,
    /// Weight of each task.
    pub task_weights: Vec<f64>,
    /// Weight of each class of each task.
    pub class_weights: Vec<Vec<f32>>,
    /// Tensors that stay as they are.
    pub frozen: TensorMap,
    /// Tensors that are trained.
    pub adam: AdamW,
    /// Training examples.
    pub train: Vec<Example>,
    /// Validation examples.
    pub validation: Vec<Example>,
    /// Token counts of the training texts, unaugmented.
    pub lengths: Vec<usize>,
}

impl Session {
    /// Reads rows and base and makes everything ready; also gives the digest of the examples.
    ///
    /// # Errors
    /// [`TrainError`] with the file or row at fault.
    pub fn open(options: &Options) -> Result<(Self, String), TrainError> {
        let device = crate::model::device(&options.device).map_err(|e| TrainError::Invalid(e.to_string()))?;
        let base = Base::open(&options.base).map_err(|e| TrainError::Base(e.to_string()))?;
        let (train_rows, validation_rows) = rows(options)?;
        let taxonomy = Taxonomy::bundled();
        let known =
            |head: &str| taxonomy.head(head).map(|labels| labels.iter().map(|l| l.code.clone()).collect());
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
        session.lengths = session
            .train
            .iter()
            .map(|e| Ok(session.encode(&e.text)?.len()))
            .collect::<Result<_, TrainError>>()?;
        Ok((session, digest))
    }

    /// Token ids of a text, cut to the training length.
    ///
    /// # Errors
    /// [`TrainError::Base`].
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TrainError> {
        let ids =
            self.base.tokenizer.encode(&fold(text).text).map_err(|e| TrainError::Base(e.to_string()))?.ids;
        Ok(shortened(ids, self.options.max_tokens))
    }

    fn network(&self) -> candle_core::Result<Network> {
        let mut tensors = self.frozen.clone();
        let trained = self.adam.slots.iter().map(|(name, slot)| (name.clone(), slot.var.as_tensor().clone()));
        tensors.extend(trained);
        Network::new(&self.base.config, &self.heads, &tensors)
    }

    /// One update on a batch; gives its loss.
    ///
    /// # Errors
    /// [`TrainError`], for instance if the gradient is not finite.
    pub fn step(&self, batch: &[usize], step: usize, steps: usize) -> Result<f64, TrainError> {
        let network = self.network()?;
        let loss = self.loss();
        let whole: Vec<&Example> = batch.iter().map(|&i| &self.train[i]).collect();
        let normalisers = normalisers(&whole, &self.heads, &self.class_weights);
        let shards = shards(batch, &self.lengths);
        let work =
            |(number, shard): (usize, &Vec<usize>)| -> Result<(f64, BTreeMap<String, Tensor>), TrainError> {
                let index = step as u64 * 8 + number as u64;
                let mut typos = stream(self.options.seed, Purpose::Augment, index);
                let texts = shard
                    .iter()
                    .map(|&i| self.encode(&augment(&self.train[i].text, self.options.augment, &mut typos)));
                let ids = texts.collect::<Result<Vec<_>, _>>()?;
                let packed = Packed::new(ids.iter().map(Vec::as_slice));
                let dropout = SeededDropout::new(
                    stream(self.options.seed, Purpose::Dropout, index),
                    self.options.dropout,
                );
                let logits = network.logits(&packed, &dropout)?;
                let examples: Vec<&Example> = shard.iter().map(|&i| &self.train[i]).collect();
                let value = loss.of(&logits, &examples, &normalisers)?;
                let mut store = value.backward()?;
                let grads = self
                    .adam
                    .slots
                    .iter()
                    .filter_map(|(name, slot)| Some((name.clone(), store.remove(slot.var.as_tensor())?)));
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
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn probe(&self) -> Result<(), TrainError> {
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
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn predict(&self, examples: &[Example]) -> Result<Vec<Vec<Vec<f32>>>, TrainError> {
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
                tokens <= PASS_TOKENS
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            rest = later;
            work(&Packed::new(now.iter().map(|&i| ids[i].as_slice())), now)?;
        }
        Ok(())
    }
}
