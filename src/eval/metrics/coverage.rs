//! How many cases a head can take over, and how often it is wrong on those: the risk–coverage curve.

use super::HeadRows;
use super::ranking::descending;
use super::share;

/// Rows sorted once by confidence. Rows of one confidence are taken over together: no threshold can part them.
#[derive(Debug, Clone)]
pub struct Coverage {
    order: Vec<usize>,
    ends: Vec<usize>,
    right: Vec<bool>,
    confidence: Vec<f64>,
}

/// What one threshold gives.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Point {
    /// Least confidence that is taken over.
    pub threshold: f64,
    /// Share of rows taken over.
    pub coverage: f64,
    /// Share of those that are wrong.
    pub risk: f64,
}

impl Coverage {
    /// Sorts the rows of a head.
    pub fn of(rows: &HeadRows) -> Self {
        let (order, ends) = descending(rows.confidence());
        let right = (0..rows.len()).map(|row| rows.is_right(row)).collect();
        Self { order, ends, right, confidence: rows.confidence().to_vec() }
    }

    /// Area under the risk–coverage curve (Geifman and El-Yaniv 2017): the mean, over all rows, of the error rate
    /// among the rows that are at least as confident.
    pub fn aurc(&self, weights: &[u32]) -> f64 {
        self.figures([], weights).0
    }

    /// Largest share of rows that can be taken over with at least this precision, 0 if no threshold holds it.
    /// Chosen and measured on the same rows, so that it flatters: thresholds come from other rows.
    pub fn at_precision(&self, precision: f64, weights: &[u32]) -> f64 {
        self.figures([precision], weights).1[0]
    }

    /// AURC and the coverage at each of several precisions, in one pass.
    pub fn figures<const N: usize>(&self, precisions: [f64; N], weights: &[u32]) -> (f64, [f64; N]) {
        let (mut area, mut total, mut best) = (0.0, 0, [0; N]);
        self.walk(weights, |_, all, right| {
            if all > total {
                area += (all - total) as f64 * share(all - right, all);
                let precision = share(right, all);
                best.iter_mut()
                    .zip(precisions)
                    .filter(|(_, least)| precision >= *least)
                    .for_each(|(best, _)| *best = all);
            }
            total = all;
        });
        (area / total.max(1) as f64, best.map(|best| share(best, total)))
    }

    /// The curve, from the most confident rows to all.
    pub fn curve(&self) -> Vec<Point> {
        let ones = vec![1; self.order.len()];
        let mut points = Vec::with_capacity(self.ends.len());
        self.walk(&ones, |threshold, all, right| {
            let coverage = share(all, self.order.len() as u64);
            points.push(Point { threshold, coverage, risk: share(all - right, all) });
        });
        points
    }

    /// Visits every threshold, from the highest down, with the rows at or over it and how many of them are right.
    fn walk(&self, weights: &[u32], mut visit: impl FnMut(f64, u64, u64)) {
        let (mut start, mut all, mut right) = (0, 0, 0);
        for &end in &self.ends {
            for &row in &self.order[start..end] {
                all += u64::from(weights[row]);
                right += u64::from(weights[row]) * u64::from(self.right[row]);
            }
            visit(self.confidence[self.order[start]], all, right);
            start = end;
        }
    }
}
