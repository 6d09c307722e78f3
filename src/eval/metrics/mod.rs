//! Figures of one classification head, on any weighting of its rows.
//!
//! What belongs here: rows as a head sees them, and figures that need nothing else. Definitions are scikit-learn's and
//! scipy's, so that the figures agree with theirs to the last digits (`tests/fixtures/metrics`). Every figure takes a
//! weight a row: ones give the figure itself, counts of a resample its bootstrap. A figure that the rows do not define
//! is an error that says why, never NaN.

pub mod confusion;
pub mod coverage;
pub mod exact;
pub mod probability;
pub mod ranking;

pub use confusion::{ClassCounts, Confusion};
pub use coverage::Coverage;
pub use probability::{Bin, Probabilities};
pub use ranking::Ranking;

/// Why a figure cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// Nothing to judge.
    #[error("no rows to judge")]
    Empty,
    /// Truths and probabilities do not belong together.
    #[error("{truths} labels do not fit {probabilities} probabilities of {labels} labels each")]
    Shape {
        /// Labels given.
        truths: usize,
        /// Probabilities given.
        probabilities: usize,
        /// Labels of the head.
        labels: usize,
    },
    /// A true label that the head does not have.
    #[error("row {row}: label {truth} of {labels}")]
    Label {
        /// Position of the row.
        row: usize,
        /// Its label.
        truth: usize,
        /// Labels of the head.
        labels: usize,
    },
    /// A number that is no probability.
    #[error("row {row}: a probability is not between 0 and 1")]
    Probability {
        /// Position of the row.
        row: usize,
    },
    /// The figure needs rows of two kinds.
    #[error("{figure} is undefined: {why}")]
    Undefined {
        /// Name of the figure.
        figure: &'static str,
        /// What the rows lack.
        why: &'static str,
    },
}

/// Labelled rows as one head sees them.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadRows {
    labels: usize,
    truth: Vec<usize>,
    predicted: Vec<usize>,
    confidence: Vec<f64>,
    probabilities: Vec<f64>,
}

impl HeadRows {
    /// Joins true labels with probabilities, `labels` of them a row, row after row.
    ///
    /// # Errors
    /// [`MetricError`] for no rows, lengths that do not fit, a label out of range, or a number that is no probability.
    pub fn new(labels: usize, truth: Vec<usize>, probabilities: Vec<f64>) -> Result<Self, MetricError> {
        if truth.is_empty() {
            return Err(MetricError::Empty);
        }
        if labels == 0 || truth.len() * labels != probabilities.len() {
            let (truths, probabilities) = (truth.len(), probabilities.len());
            return Err(MetricError::Shape { truths, probabilities, labels });
        }
        for (row, (&truth, own)) in truth.iter().zip(probabilities.chunks(labels)).enumerate() {
            if truth >= labels {
                return Err(MetricError::Label { row, truth, labels });
            }
            if !own.iter().all(|p| (0.0..=1.0).contains(p)) {
                return Err(MetricError::Probability { row });
            }
        }
        let best = |p: &[f64]| (1..p.len()).fold(0, |best, i| if p[i] > p[best] { i } else { best });
        let predicted: Vec<usize> = probabilities.chunks(labels).map(best).collect();
        let confidence = probabilities.chunks(labels).zip(&predicted).map(|(p, &i)| p[i]).collect();
        Ok(Self { labels, truth, predicted, confidence, probabilities })
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.truth.len()
    }

    /// Whether there are no rows: never, since [`HeadRows::new`] refuses that.
    pub fn is_empty(&self) -> bool {
        self.truth.is_empty()
    }

    /// Labels of the head.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// Index of each row's true label.
    pub fn truth(&self) -> &[usize] {
        &self.truth
    }

    /// Index of each row's most probable label; the first on ties, as `numpy.argmax`.
    pub fn predicted(&self) -> &[usize] {
        &self.predicted
    }

    /// Probability of each row's predicted label.
    pub fn confidence(&self) -> &[f64] {
        &self.confidence
    }

    /// Probabilities of one row.
    pub fn probabilities(&self, row: usize) -> &[f64] {
        &self.probabilities[row * self.labels..(row + 1) * self.labels]
    }

    /// Whether a row's prediction is right.
    pub fn is_right(&self, row: usize) -> bool {
        self.truth[row] == self.predicted[row]
    }

    /// The weights that give the figures themselves: one a row.
    pub fn ones(&self) -> Vec<u32> {
        vec![1; self.len()]
    }
}

/// `part / whole`, 0 for nothing of nothing, as scikit-learn's `zero_division=0`.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::fixture;
