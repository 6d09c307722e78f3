//! From logits to probabilities that mean what they say.
//!
//! Temperature scaling (Guo et al. 2017, arXiv:1706.04599): one positive number a head, fitted on validation data
//! by minimising the negative log-likelihood. It never changes which label is first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{DecisionPolicy, HeadKind};

/// Contents of `calibration.json`: how a model's logits become probabilities and its probabilities decisions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Calibration {
    /// Softmax temperature of each head; 1 where a head is missing.
    #[serde(default)]
    pub temperatures: BTreeMap<String, f32>,
    /// Factor of the lexical margins added to each head's logits; 0 where a head is missing.
    #[serde(default)]
    pub lexical: BTreeMap<String, f32>,
    /// Thresholds of the decision rule.
    #[serde(default)]
    pub policy: DecisionPolicy,
    /// The figures on validation data that the thresholds were chosen by, for people to read.
    #[serde(default)]
    pub evidence: BTreeMap<String, f64>,
}

impl Calibration {
    /// Temperature of a head.
    pub fn temperature(&self, head: &str) -> f32 {
        self.temperatures.get(head).copied().unwrap_or(1.0)
    }

    /// Factor of a head's lexical margins.
    pub fn lexical_scale(&self, head: &str) -> f32 {
        self.lexical.get(head).copied().unwrap_or(0.0)
    }

    /// Whether every number can be used.
    pub fn is_sound(&self) -> bool {
        let p = &self.policy;
        let shares = [p.route_department, p.route_jurisdiction, p.emergency, p.several_matters];
        self.lexical.values().all(|s| s.is_finite())
            && self.temperatures.values().all(|t| t.is_finite() && *t > 0.0)
            && shares.iter().all(|s| (0.0..=1.0).contains(s))
    }
}

/// Probabilities of one head: softmax of `logits / temperature`, or a sigmoid each for multi-label heads. The
/// largest logit is subtracted first, so no finite input overflows.
pub fn probabilities(kind: HeadKind, logits: &[f32], temperature: f32) -> Vec<f32> {
    if kind == HeadKind::Multi {
        return logits.iter().map(|z| 1.0 / (1.0 + (-z / temperature).exp())).collect();
    }
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|z| ((z - largest) / temperature).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}

/// Temperature that minimises the mean negative log-likelihood of the true labels, by golden-section search on its
/// logarithm between 1/20 and 20. Rows without a label are left out; without any the temperature is 1.
pub fn fit_temperature(logits: &[Vec<f32>], truth: &[Option<usize>]) -> f32 {
    let rows: Vec<(&Vec<f32>, usize)> =
        logits.iter().zip(truth).filter_map(|(row, label)| Some((row, (*label)?))).collect();
    if rows.is_empty() {
        return 1.0;
    }
    let loss = |log_t: f64| -> f64 {
        let t = log_t.exp();
        let nll = |(row, label): &(&Vec<f32>, usize)| {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let scaled = |z: f32| f64::from(z - largest) / t;
            row.iter().map(|&z| scaled(z).exp()).sum::<f64>().ln() - scaled(row[*label])
        };
        rows.iter().map(nll).sum::<f64>()
    };
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-(20f64.ln()), 20f64.ln());
    for _ in 0..60 {
        let (a, b) = (high - golden * (high - low), low + golden * (high - low));
        if loss(a) < loss(b) { high = b } else { low = a }
    }
    f64::midpoint(low, high).exp() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn recovers_the_temperature_that_made_the_data() {
        // Two labels with logits ±1: at temperature 2 the first has probability 1/(1+e⁻¹) = 0.731.
        let logits = vec![vec![1.0, -1.0]; 1000];
        let truth: Vec<_> = (0..1000).map(|i| Some(usize::from(i >= 731))).collect();
        let t = fit_temperature(&logits, &truth);
        assert!((t - 2.0).abs() < 0.01, "{t}");
    }

    #[test]
    fn nothing_labelled_leaves_the_logits_as_they_are() {
        assert_eq!(fit_temperature(&[vec![1.0, 2.0]], &[None]).to_bits(), 1.0f32.to_bits());
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_for_any_finite_logits(
            logits in proptest::collection::vec(-1e30f32..1e30, 1..30), t in 0.05f32..20.0
        ) {
            let p = probabilities(HeadKind::Single, &logits, t);
            prop_assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-4);
            prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
            prop_assert!(probabilities(HeadKind::Multi, &logits, t).iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}
