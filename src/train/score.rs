//! Accuracy and macro-F1 on validation rows, for choosing the checkpoint. The full set of figures is `minwon eval`.

use serde::{Deserialize, Serialize};

use super::examples::Example;
use crate::domain::{HeadKind, HeadSpec};

/// Figures of one head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadScore {
    /// Name of the head.
    pub head: String,
    /// Share of rows whose most probable label is right; for multi-label heads of (row, label) pairs.
    pub accuracy: f64,
    /// Mean F1 over all labels that occur in truth or prediction.
    pub macro_f1: f64,
}

/// Figures of all heads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Mean macro-F1 weighted by the tasks: what the best checkpoint is chosen by.
    pub total: f64,
    /// Figures of each head.
    pub heads: Vec<HeadScore>,
}

/// Scores logits (one list a head, one row of logits a text) against the examples.
pub fn score(heads: &[HeadSpec], weights: &[f64], logits: &[Vec<Vec<f32>>], examples: &[Example]) -> Scores {
    let heads: Vec<HeadScore> = heads
        .iter()
        .enumerate()
        .map(|(task, head)| {
            let mut counts = Counts::new(head.labels.len());
            for (row, example) in logits[task].iter().zip(examples) {
                counts.add(head.kind, row, &example.targets[task]);
            }
            HeadScore { head: head.name.clone(), accuracy: counts.accuracy(), macro_f1: counts.macro_f1() }
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    let total = heads.iter().zip(weights).map(|(head, w)| head.macro_f1 * w).sum::<f64>() / sum;
    Scores { total, heads }
}

struct Counts {
    right: usize,
    seen: usize,
    true_positive: Vec<usize>,
    predicted: Vec<usize>,
    actual: Vec<usize>,
}

impl Counts {
    fn new(labels: usize) -> Self {
        let zeros = vec![0; labels];
        Self { right: 0, seen: 0, true_positive: zeros.clone(), predicted: zeros.clone(), actual: zeros }
    }

    fn add(&mut self, kind: HeadKind, logits: &[f32], truth: &[usize]) {
        let predicted: Vec<usize> = match kind {
            HeadKind::Multi => (0..logits.len()).filter(|&i| logits[i] > 0.0).collect(),
            HeadKind::Single if truth.is_empty() => return,
            HeadKind::Single => {
                (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).into_iter().collect()
            }
        };
        match kind {
            HeadKind::Single => {
                self.seen += 1;
                self.right += usize::from(predicted == truth);
            }
            HeadKind::Multi => {
                self.seen += logits.len();
                self.right +=
                    (0..logits.len()).filter(|i| predicted.contains(i) == truth.contains(i)).count();
            }
        }
        predicted.iter().for_each(|&i| self.predicted[i] += 1);
        truth.iter().for_each(|&i| self.actual[i] += 1);
        predicted.iter().filter(|i| truth.contains(i)).for_each(|&i| self.true_positive[i] += 1);
    }

    fn accuracy(&self) -> f64 {
        self.right as f64 / self.seen.max(1) as f64
    }

    fn macro_f1(&self) -> f64 {
        let f1: Vec<f64> = (0..self.actual.len())
            .filter(|&i| self.actual[i] + self.predicted[i] > 0)
            .map(|i| 2.0 * self.true_positive[i] as f64 / (self.actual[i] + self.predicted[i]) as f64)
            .collect();
        f1.iter().sum::<f64>() / f1.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(targets: &[usize]) -> Example {
        Example { text: String::new(), targets: vec![targets.to_vec()] }
    }

    #[test]
    fn agrees_with_scikit_learn() {
        // sklearn.metrics.f1_score([0, 0, 1, 2], [0, 1, 1, 1], average="macro") → (2/3 + 1/2 + 0) / 3
        let head = HeadSpec {
            name: "x".into(),
            labels: ["a", "b", "c", "d"].map(String::from).to_vec(),
            kind: HeadKind::Single,
        };
        let one_hot = |i: usize| (0..4).map(|j| if i == j { 1.0 } else { 0.0 }).collect::<Vec<f32>>();
        let logits = vec![[0, 1, 1, 1].map(one_hot).to_vec()];
        let examples = [0, 0, 1, 2].map(|t| example(&[t]));
        let scores = score(&[head], &[1.0], &logits, &examples);
        assert!((scores.total - (2.0 / 3.0 + 0.5) / 3.0).abs() < 1e-12);
        assert!((scores.heads[0].accuracy - 0.5).abs() < 1e-12);
    }

    #[test]
    fn multi_label_heads_count_pairs() {
        let head = HeadSpec {
            name: "x".into(),
            labels: ["a", "b"].map(String::from).to_vec(),
            kind: HeadKind::Multi,
        };
        let logits = vec![vec![vec![1.0, -1.0], vec![1.0, 1.0]]];
        let scores = score(&[head], &[1.0], &logits, &[example(&[0]), example(&[])]);
        assert!((scores.heads[0].accuracy - 0.5).abs() < 1e-12);
    }
}
