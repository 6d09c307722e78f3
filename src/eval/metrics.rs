//! Figures of one classification head, on any selection of rows.
//!
//! Definitions are scikit-learn's, so that the figures agree with it: a class that occurs neither in truth nor in
//! prediction does not count in the macro average, and an undefined ratio is 0.

/// One row as a head sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Index of the true label.
    pub truth: usize,
    /// Calibrated probability of each label.
    pub probabilities: Vec<f32>,
}

impl Judged {
    /// Index of the most probable label; the first on ties.
    pub fn predicted(&self) -> usize {
        let p = &self.probabilities;
        (1..p.len()).fold(0, |best, i| if p[i] > p[best] { i } else { best })
    }

    /// Probability of the predicted label.
    pub fn confidence(&self) -> f32 {
        self.probabilities[self.predicted()]
    }

    /// Whether the true label is among the `k` most probable.
    pub fn in_top(&self, k: usize) -> bool {
        let own = self.probabilities[self.truth];
        self.probabilities.iter().filter(|p| **p > own).count() < k
    }
}

/// Share of rows whose prediction is right.
pub fn accuracy(rows: &[&Judged]) -> f64 {
    share(rows.iter().filter(|r| r.predicted() == r.truth).count(), rows.len())
}

/// Share of rows whose true label is among the `k` most probable.
pub fn top_k(rows: &[&Judged], k: usize) -> f64 {
    share(rows.iter().filter(|r| r.in_top(k)).count(), rows.len())
}

/// Precision, recall, F1 and support of one class.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct ClassFigures {
    /// Right among those predicted.
    pub precision: f64,
    /// Found among those that are.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Rows of the class.
    pub support: usize,
    /// Rows predicted as the class.
    pub predicted: usize,
}

/// Figures of every class.
pub fn classes(rows: &[&Judged], labels: usize) -> Vec<ClassFigures> {
    let mut counts = vec![(0usize, 0usize, 0usize); labels];
    for row in rows {
        let predicted = row.predicted();
        counts[row.truth].1 += 1;
        counts[predicted].2 += 1;
        counts[row.truth].0 += usize::from(predicted == row.truth);
    }
    let figures = |&(right, support, predicted): &(usize, usize, usize)| ClassFigures {
        precision: share(right, predicted),
        recall: share(right, support),
        f1: share(2 * right, support + predicted),
        support,
        predicted,
    };
    counts.iter().map(figures).collect()
}

/// Mean F1 of the classes that occur in truth or prediction.
pub fn macro_f1(rows: &[&Judged], labels: usize) -> f64 {
    let classes = classes(rows, labels);
    let seen: Vec<f64> = classes.iter().filter(|c| c.support + c.predicted > 0).map(|c| c.f1).collect();
    seen.iter().sum::<f64>() / seen.len().max(1) as f64
}

/// Expected calibration error over 15 bins of equal width (Guo et al. 2017): the mean gap between confidence and
/// accuracy, weighted by the rows in each bin.
pub fn ece(rows: &[&Judged]) -> f64 {
    const BINS: usize = 15;
    let mut bins = [(0usize, 0usize, 0.0f64); BINS];
    for row in rows {
        let confidence = f64::from(row.confidence());
        // Bins are half-open on the left, as in the paper.
        let bin = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
        bins[bin].0 += 1;
        bins[bin].1 += usize::from(row.predicted() == row.truth);
        bins[bin].2 += confidence;
    }
    let gap = |&(_, right, confidence): &(usize, usize, f64)| (right as f64 - confidence).abs();
    bins.iter().map(gap).sum::<f64>() / rows.len().max(1) as f64
}

/// Mean negative log-likelihood of the true labels, probabilities clipped as scikit-learn does for `f32`.
pub fn log_loss(rows: &[&Judged]) -> f64 {
    let nll = |row: &&Judged| -f64::from(row.probabilities[row.truth].max(f32::EPSILON)).ln();
    rows.iter().map(nll).sum::<f64>() / rows.len().max(1) as f64
}

/// `part / whole`, 0 for nothing of nothing.
pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(truth: usize, probabilities: &[f32]) -> Judged {
        Judged { truth, probabilities: probabilities.to_vec() }
    }

    fn rows() -> Vec<Judged> {
        vec![
            row(0, &[0.7, 0.2, 0.1, 0.0]),
            row(0, &[0.3, 0.6, 0.1, 0.0]),
            row(1, &[0.1, 0.8, 0.1, 0.0]),
            row(2, &[0.2, 0.5, 0.3, 0.0]),
        ]
    }

    #[test]
    fn agrees_with_scikit_learn() {
        // y, p = [0, 0, 1, 2], [0, 1, 1, 1]
        // accuracy_score(y, p) = 0.5; f1_score(y, p, average="macro") = 0.38888888888888884
        // top_k_accuracy_score(y, P, k=2, labels=range(4)) = 1.0; log_loss(y, P, labels=range(4)) = 0.746...
        let rows = rows();
        let all: Vec<&Judged> = rows.iter().collect();
        assert!((accuracy(&all) - 0.5).abs() < 1e-12);
        assert!((macro_f1(&all, 4) - 0.388_888_888_888_888_84).abs() < 1e-12);
        assert!((top_k(&all, 2) - 1.0).abs() < 1e-12);
        let expected = -(0.7f64.ln() + 0.3f64.ln() + 0.8f64.ln() + 0.3f64.ln()) / 4.0;
        assert!((log_loss(&all) - expected).abs() < 1e-6);
    }

    #[test]
    fn calibration_error_is_the_gap_between_confidence_and_accuracy() {
        // Four rows of confidence 0.8, three of them right: one bin with a gap of 0.05.
        let rows: Vec<Judged> = [0, 0, 0, 1].map(|t| row(t, &[0.8, 0.2])).to_vec();
        assert!((ece(&rows.iter().collect::<Vec<_>>()) - 0.05).abs() < 1e-6);
    }

    #[test]
    fn nothing_gives_zero_and_not_nan() {
        assert_eq!((accuracy(&[]), macro_f1(&[], 3), ece(&[]), log_loss(&[])), (0.0, 0.0, 0.0, 0.0));
    }
}
