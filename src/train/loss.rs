//! Cross entropy with label smoothing and class weights (single-label), binary cross entropy (multi-label).

use candle_core::{D, Result, Tensor};

use super::examples::Example;
use crate::domain::{HeadKind, HeadSpec};

/// What the loss of one batch is divided by, task by task, so that shards of a batch add up to the batch.
pub fn normalisers(examples: &[&Example], heads: &[HeadSpec], weights: &[Vec<f32>]) -> Vec<f64> {
    let total = |(task, head): (usize, &HeadSpec)| {
        let of = |example: &&Example| match head.kind {
            HeadKind::Multi => head.labels.len() as f64,
            HeadKind::Single => {
                example.targets[task].first().map_or(0.0, |&label| f64::from(weights[task][label]))
            }
        };
        examples.iter().map(of).sum::<f64>().max(1e-9)
    };
    heads.iter().enumerate().map(total).collect()
}

/// Loss settings that are the same for every step.
pub struct Loss<'a> {
    /// Heads, as the logits come.
    pub heads: &'a [HeadSpec],
    /// Weight of each task.
    pub task_weights: &'a [f64],
    /// Class weights of each task.
    pub class_weights: &'a [Vec<f32>],
    /// Mass spread over all labels.
    pub smoothing: f32,
}

impl Loss<'_> {
    /// Weighted sum over tasks of the mean loss, for a shard whose batch has these [`normalisers`].
    ///
    /// # Errors
    /// From candle.
    pub fn of(&self, logits: &[Tensor], examples: &[&Example], normalisers: &[f64]) -> Result<Tensor> {
        let mut total: Option<Tensor> = None;
        for (task, logits) in logits.iter().enumerate() {
            let goal = Tensor::from_vec(self.targets(task, examples), logits.shape(), logits.device())?;
            let sum = match self.heads[task].kind {
                HeadKind::Single => {
                    (candle_nn::ops::log_softmax(logits, D::Minus1)? * goal)?.neg()?.sum_all()?
                }
                // log(1 + e^x) − y x, computed without overflow.
                HeadKind::Multi => {
                    let softplus = (logits.relu()? + (logits.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
                    (softplus - (logits * goal)?)?.sum_all()?
                }
            };
            let term = (sum * (self.task_weights[task] / normalisers[task]))?;
            total = Some(match total {
                Some(total) => (total + term)?,
                None => term,
            });
        }
        total.map_or_else(|| candle_core::bail!("no heads to train"), Ok)
    }

    fn targets(&self, task: usize, examples: &[&Example]) -> Vec<f32> {
        let labels = self.heads[task].labels.len();
        let mut goal = vec![0.0; labels * examples.len()];
        for (row, example) in goal.chunks_mut(labels).zip(examples) {
            let found = &example.targets[task];
            match self.heads[task].kind {
                HeadKind::Multi => found.iter().for_each(|&label| row[label] = 1.0),
                HeadKind::Single => {
                    let Some(&label) = found.first() else { continue };
                    let weight = self.class_weights[task][label];
                    row.fill(weight * self.smoothing / labels as f32);
                    row[label] += weight * (1.0 - self.smoothing);
                }
            }
        }
        goal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn head(kind: HeadKind) -> HeadSpec {
        HeadSpec { name: "x".into(), labels: ["a", "b", "c"].map(String::from).to_vec(), kind }
    }

    fn example(targets: &[usize]) -> Example {
        Example { text: String::new(), targets: vec![targets.to_vec()] }
    }

    fn loss(kind: HeadKind, logits: &[[f32; 3]], examples: &[&Example], smoothing: f32) -> f32 {
        let heads = [head(kind)];
        let class_weights = [vec![1.0, 2.0, 1.0]];
        let loss = Loss { heads: &heads, task_weights: &[1.0], class_weights: &class_weights, smoothing };
        let logits = Tensor::from_vec(logits.concat(), (logits.len(), 3), &Device::Cpu).unwrap();
        let by = normalisers(examples, &heads, &class_weights);
        loss.of(&[logits], examples, &by).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn agrees_with_pytorch() {
        // torch.nn.functional.cross_entropy(torch.tensor([[1.,2.,3.],[0.5,-1.,0.]]), torch.tensor([1,0]),
        //   weight=torch.tensor([1.,2.,1.]), label_smoothing=0.0) → (2·1.4076 + 1·0.6041) / 3
        let (a, b) = (example(&[1]), example(&[0]));
        let value = loss(HeadKind::Single, &[[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]], &[&a, &b], 0.0);
        assert!((value - (2.0 * 1.407_606 + 0.604_131) / 3.0).abs() < 1e-4, "{value}");
    }

    #[test]
    fn smoothing_pulls_towards_the_uniform() {
        // One row, three labels, ε = 0.3: 0.8·(−log p₁) + 0.1·(−log p₀) + 0.1·(−log p₂).
        let value = loss(HeadKind::Single, &[[1.0, 2.0, 3.0]], &[&example(&[1])], 0.3);
        assert!((value - (0.8 * 1.407_606 + 0.1 * 2.407_606 + 0.1 * 0.407_606)).abs() < 1e-4, "{value}");
    }

    #[test]
    fn rows_without_a_label_do_not_count() {
        let (a, none) = (example(&[2]), example(&[]));
        let one = loss(HeadKind::Single, &[[1.0, 2.0, 3.0]], &[&a], 0.1);
        let two = loss(HeadKind::Single, &[[1.0, 2.0, 3.0], [9.0, 0.0, 0.0]], &[&a, &none], 0.1);
        assert!((one - two).abs() < 1e-6);
    }

    #[test]
    fn multi_label_loss_is_the_mean_binary_cross_entropy() {
        // softplus(x) − y·x: [ln(1+e) − 1, ln 2, ln(1+e⁻²)] / 3
        let value = loss(HeadKind::Multi, &[[1.0, 0.0, -2.0]], &[&example(&[0])], 0.0);
        assert!((value - (0.313_262 + std::f32::consts::LN_2 + 0.126_928) / 3.0).abs() < 1e-5, "{value}");
    }
}
