//! What a run is made of: its rows, and which tensors it trains at which rate.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};

use super::optimizer::{AdamW, Slot};
use super::options::{Options, TrainError};
use super::random::{Purpose, normal, stream};
use crate::data::{Row, read_jsonl, split};
use crate::domain::HeadSpec;
use crate::model::base::Base;
use crate::model::network::TensorMap;

/// Deviation of the heads' initial weights.
const INIT_DEVIATION: f32 = 0.02;
/// Share of the training groups held out where no validation file is given.
const HOLD_OUT: f64 = 0.1;

/// Training and validation rows; no group is on both sides.
///
/// # Errors
/// [`TrainError`] with the file at fault.
pub fn rows(options: &Options) -> Result<(Vec<Row>, Vec<Row>), TrainError> {
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
pub fn shortened(mut ids: Vec<u32>, most: usize) -> Vec<u32> {
    if ids.len() > most {
        let tail = ids.split_off(ids.len() - most / 2);
        ids.truncate(most - most / 2);
        ids.extend(tail);
    }
    ids
}

/// Splits the network's tensors into frozen and trainable ones.
///
/// # Errors
/// [`TrainError::Base`] if the base lacks a tensor.
pub fn variables(
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
    let layer =
        name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    match layer {
        Some(n) if n < options.freeze_layers => 0.0,
        Some(n) => options.layer_decay.powi((layers - 1 - n) as i32),
        None if options.train_embeddings => options.layer_decay.powi(layers as i32),
        None => 0.0,
    }
}
