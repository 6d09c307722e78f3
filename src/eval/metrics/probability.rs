//! Figures of the probabilities themselves: likelihood, squared error, calibration, rank of the truth.

use super::{HeadRows, share};

/// Bins of the reliability diagrams and of both calibration errors.
pub const BINS: usize = 15;

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Bin {
    /// Rows in it.
    pub rows: u64,
    /// Their mean confidence; 0 in an empty bin.
    pub confidence: f64,
    /// Share of them that is right; 0 in an empty bin.
    pub accuracy: f64,
}

/// What each row contributes, computed once.
#[derive(Debug, Clone)]
pub struct Probabilities {
    nll: Vec<f64>,
    brier: Vec<f64>,
    /// Labels that come before the true one.
    rank: Vec<usize>,
    right: Vec<bool>,
    confidence: Vec<f64>,
    width_bin: Vec<usize>,
    mass_bin: Vec<usize>,
}

impl Probabilities {
    /// Prepares the rows of a head.
    pub fn of(rows: &HeadRows) -> Self {
        let each = |f: &dyn Fn(usize, &[f64]) -> f64| -> Vec<f64> {
            (0..rows.len()).map(|row| f(rows.truth()[row], rows.probabilities(row))).collect()
        };
        let smallest = f64::from(f32::EPSILON);
        let rank = |row: usize| {
            let (truth, p) = (rows.truth()[row], rows.probabilities(row));
            (0..p.len()).filter(|&i| p[i] > p[truth] || (p[i] >= p[truth] && i > truth)).count()
        };
        Self {
            nll: each(&|truth, p| -p[truth].clamp(smallest, 1.0 - smallest).ln()),
            brier: each(&|truth, p| {
                let error = |(i, p): (usize, &f64)| (p - f64::from(u8::from(i == truth))).powi(2);
                p.iter().enumerate().map(error).sum()
            }),
            rank: (0..rows.len()).map(rank).collect(),
            right: (0..rows.len()).map(|row| rows.is_right(row)).collect(),
            confidence: rows.confidence().to_vec(),
            width_bin: rows.confidence().iter().map(|&c| width_bin(c)).collect(),
            mass_bin: mass_bins(rows.confidence()),
        }
    }

    /// Mean negative log-likelihood of the true labels, in nats; probabilities are clipped by the precision of `f32`,
    /// as scikit-learn does for that type.
    pub fn log_loss(&self, weights: &[u32]) -> f64 {
        mean(&self.nll, weights)
    }

    /// Mean squared error of all probabilities, summed over the labels: 0 to 2 (Brier 1950).
    pub fn brier(&self, weights: &[u32]) -> f64 {
        mean(&self.brier, weights)
    }

    /// Share of rows whose true label is among the `k` most probable. Of labels tied with the true one those later in
    /// the list come first, as in scikit-learn.
    pub fn top_k(&self, k: usize, weights: &[u32]) -> f64 {
        let hit = |(&rank, &weight): (&usize, &u32)| if rank < k { u64::from(weight) } else { 0 };
        let hits = self.rank.iter().zip(weights).map(hit).sum();
        share(hits, weights.iter().copied().map(u64::from).sum())
    }

    /// Expected calibration error over bins of equal width (Guo et al. 2017): the mean gap between confidence and
    /// accuracy, weighted by the rows in each bin.
    pub fn ece_width(&self, weights: &[u32]) -> f64 {
        ece(&self.bins(&self.width_bin, weights))
    }

    /// The same over bins of equally many rows (Nguyen and O'Connor 2015).
    pub fn ece_mass(&self, weights: &[u32]) -> f64 {
        ece(&self.bins(&self.mass_bin, weights))
    }

    /// Bins of equal width.
    pub fn width_bins(&self, weights: &[u32]) -> Vec<Bin> {
        self.bins(&self.width_bin, weights)
    }

    /// Bins of equally many rows.
    pub fn mass_bins(&self, weights: &[u32]) -> Vec<Bin> {
        self.bins(&self.mass_bin, weights)
    }

    fn bins(&self, of: &[usize], weights: &[u32]) -> Vec<Bin> {
        let mut sums = [(0u64, 0u64, 0.0f64); BINS];
        for (row, &weight) in weights.iter().enumerate() {
            let bin = &mut sums[of[row]];
            bin.0 += u64::from(weight);
            bin.1 += u64::from(weight) * u64::from(self.right[row]);
            bin.2 += f64::from(weight) * self.confidence[row];
        }
        let bin = |&(rows, right, confidence): &(u64, u64, f64)| Bin {
            rows,
            confidence: confidence / rows.max(1) as f64,
            accuracy: share(right, rows),
        };
        sums.iter().map(bin).collect()
    }
}

/// Bins are half-open on the left, as in the paper: 1/15 belongs to the first.
fn width_bin(confidence: f64) -> usize {
    ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1
}

/// Row `i` of `n` in order of confidence falls into bin `⌊i · 15 / n⌋`; rows of one confidence all into the bin of
/// the first of them, so that the order of the rows does not matter.
fn mass_bins(confidence: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..confidence.len()).collect();
    order.sort_by(|&a, &b| confidence[a].total_cmp(&confidence[b]));
    let mut bins = vec![0; confidence.len()];
    let mut bin = 0;
    for (i, &row) in order.iter().enumerate() {
        if i == 0 || confidence[row] > confidence[order[i - 1]] {
            bin = i * BINS / confidence.len();
        }
        bins[row] = bin;
    }
    bins
}

fn ece(bins: &[Bin]) -> f64 {
    let all: u64 = bins.iter().map(|bin| bin.rows).sum();
    let gap = |bin: &Bin| bin.rows as f64 * (bin.accuracy - bin.confidence).abs();
    bins.iter().map(gap).sum::<f64>() / all.max(1) as f64
}

fn mean(values: &[f64], weights: &[u32]) -> f64 {
    let (sum, all) = values.iter().zip(weights).fold((0.0, 0.0), |(sum, all), (value, &weight)| {
        let weight = f64::from(weight);
        (sum + weight * value, all + weight)
    });
    if all == 0.0 { 0.0 } else { sum / all }
}
