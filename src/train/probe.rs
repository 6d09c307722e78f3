//! A linear probe before fine-tuning: the heads are fitted on the base's own embeddings first, so that fine-tuning
//! begins from what the base knows instead of from noise (Kumar et al. 2022, "Fine-tuning can distort pretrained
//! features", arXiv:2202.10054).
//!
//! The base's embeddings lie in a narrow cone, so they are standardised by feature; the standardisation is folded
//! into the heads afterwards and leaves no trace in the network.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Result, Tensor};

use super::examples::Example;
use super::loss::{Loss, normalisers};
use super::optimizer::{AdamW, Slot, rate};

/// Full-batch steps.
const STEPS: usize = 400;
/// Peak learning rate.
const LR: f64 = 0.02;
/// Decoupled weight decay; features are many and rows are few.
const WEIGHT_DECAY: f64 = 0.5;

/// Weight (`labels × hidden`) and bias (`labels`) of a head.
pub type Head = (Tensor, Tensor);

/// Fits every head on embeddings, one row an example.
///
/// # Errors
/// From candle.
pub fn fit(
    embeddings: &[Vec<f32>],
    examples: &[Example],
    loss: &Loss<'_>,
    device: &Device,
) -> Result<Vec<Head>> {
    let hidden = embeddings.first().map_or(0, Vec::len);
    let flat: Vec<f32> = embeddings.concat();
    let x = Tensor::from_vec(flat, (embeddings.len(), hidden), &Device::Cpu)?.to_device(device)?;
    let mean = x.mean_keepdim(0)?;
    let deviation = (x.broadcast_sub(&mean)?.sqr()?.mean_keepdim(0)?.sqrt()? + 1e-6)?;
    let z = x.broadcast_sub(&mean)?.broadcast_div(&deviation)?;
    let mut slots = BTreeMap::new();
    for (i, head) in loss.heads.iter().enumerate() {
        let labels = head.labels.len();
        slots.insert(
            format!("{i}.weight"),
            Slot::new(&Tensor::zeros((labels, hidden), DType::F32, device)?, 1.0)?,
        );
        slots.insert(format!("{i}.bias"), Slot::new(&Tensor::zeros(labels, DType::F32, device)?, 1.0)?);
    }
    let adam = AdamW { slots, weight_decay: WEIGHT_DECAY, clip: f64::INFINITY };
    let all: Vec<&Example> = examples.iter().collect();
    let by = normalisers(&all, loss.heads, loss.class_weights);
    let part = |name: String| adam.slots[&name].var.as_tensor();
    for step in 0..STEPS {
        let logits = (0..loss.heads.len())
            .map(|i| z.matmul(&part(format!("{i}.weight")).t()?)?.broadcast_add(part(format!("{i}.bias"))))
            .collect::<Result<Vec<_>>>()?;
        let mut store = loss.of(&logits, &all, &by)?.backward()?;
        let grads =
            adam.slots.iter().filter_map(|(n, slot)| Some((n.clone(), store.remove(slot.var.as_tensor())?)));
        adam.step(&grads.collect(), rate(LR, 0.05, step, STEPS), step + 1)?;
    }
    (0..loss.heads.len())
        .map(|i| {
            let weight = part(format!("{i}.weight")).broadcast_div(&deviation)?;
            let shift = weight.broadcast_mul(&mean)?.sum(1)?;
            Ok((weight.detach(), (part(format!("{i}.bias")) - shift)?.detach()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{HeadKind, HeadSpec};

    #[test]
    fn finds_the_feature_that_tells_the_classes_apart() {
        // Features far from zero and of different scales; the second one decides.
        let rows: Vec<Vec<f32>> = (0..60u8)
            .map(|i| vec![5.0 + f32::from(i % 7) * 0.1, -3.0 + if i % 2 == 0 { 0.02 } else { -0.02 }])
            .collect();
        let examples: Vec<Example> =
            (0..60).map(|i| Example { text: String::new(), targets: vec![vec![i % 2]] }).collect();
        let heads =
            [HeadSpec { name: "x".into(), labels: vec!["a".into(), "b".into()], kind: HeadKind::Single }];
        let class_weights = [vec![1.0, 1.0]];
        let loss =
            Loss { heads: &heads, task_weights: &[1.0], class_weights: &class_weights, smoothing: 0.05 };
        let fitted = fit(&rows, &examples, &loss, &Device::Cpu).unwrap();
        let (weight, bias) = &fitted[0];
        let (weight, bias) = (weight.to_vec2::<f32>().unwrap(), bias.to_vec1::<f32>().unwrap());
        for (row, example) in rows.iter().zip(&examples) {
            let logit = |label: usize| weight[label][0] * row[0] + weight[label][1] * row[1] + bias[label];
            assert_eq!(usize::from(logit(1) > logit(0)), example.targets[0][0]);
        }
    }
}
