//! What a model says about one text: calibrated probabilities, head by head.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How the labels of a head relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadKind {
    /// Exactly one label holds: softmax, probabilities sum to one.
    #[default]
    Single,
    /// Any number of labels hold: one sigmoid each.
    Multi,
}

/// Name and labels of one classification head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadSpec {
    /// Name, for instance `department`.
    pub name: String,
    /// Label codes in the order of the logits.
    pub labels: Vec<String>,
    /// Single- or multi-label.
    #[serde(default)]
    pub kind: HeadKind,
}

/// A label with its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored<'a> {
    /// Label code.
    pub code: &'a str,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
}

/// Calibrated probabilities of one head for one text.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadPrediction {
    /// Which head.
    pub spec: Arc<HeadSpec>,
    /// One probability a label, in the order of `spec.labels`.
    pub probabilities: Vec<f32>,
}

impl HeadPrediction {
    /// All labels, the most probable first; ties keep the order of the label list.
    pub fn ranked(&self) -> Vec<Scored<'_>> {
        let mut ranked: Vec<_> = self
            .spec
            .labels
            .iter()
            .zip(&self.probabilities)
            .map(|(code, &confidence)| Scored { code, confidence })
            .collect();
        ranked.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        ranked
    }

    /// The most probable label.
    pub fn top(&self) -> Scored<'_> {
        let best = (1..self.probabilities.len())
            .fold(0, |best, i| if self.probabilities[i] > self.probabilities[best] { i } else { best });
        Scored { code: &self.spec.labels[best], confidence: self.probabilities[best] }
    }

    /// Probability of one label; zero for a label that the head does not know.
    pub fn probability(&self, code: &str) -> f32 {
        self.spec.labels.iter().position(|label| label == code).map_or(0.0, |i| self.probabilities[i])
    }
}

/// Everything a model says about one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// One entry a head, in the order of the model's heads.
    pub heads: Vec<HeadPrediction>,
    /// Tokens that the encoder read, special tokens included.
    pub tokens: usize,
}

impl Prediction {
    /// The prediction of a head by name.
    pub fn head(&self, name: &str) -> Option<&HeadPrediction> {
        self.heads.iter().find(|head| head.spec.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(probabilities: &[f32]) -> HeadPrediction {
        let labels = ["a", "b", "c"].map(String::from).to_vec();
        let spec = Arc::new(HeadSpec { name: "x".into(), labels, kind: HeadKind::Single });
        HeadPrediction { spec, probabilities: probabilities.to_vec() }
    }

    #[test]
    fn ranks_by_probability_and_keeps_order_on_ties() {
        let head = head(&[0.2, 0.6, 0.2]);
        let codes: Vec<_> = head.ranked().iter().map(|s| s.code).collect();
        assert_eq!(codes, ["b", "a", "c"]);
        assert_eq!(head.top(), Scored { code: "b", confidence: 0.6 });
        assert!(head.probability("nowhere").abs() < f32::EPSILON);
    }
}
