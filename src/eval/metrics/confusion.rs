//! Figures that need only how often each label was taken for each.

use super::{HeadRows, MetricError, share};

/// Counts by true label (row) and predicted label (column).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    labels: usize,
    cells: Vec<u64>,
}

/// What there is of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassCounts {
    /// Rows of the class that are predicted as it.
    pub right: u64,
    /// Rows of the class.
    pub support: u64,
    /// Rows predicted as the class.
    pub predicted: u64,
}

impl ClassCounts {
    /// Right among those predicted, 0 if none is predicted.
    pub fn precision(&self) -> f64 {
        share(self.right, self.predicted)
    }

    /// Found among those that are, 0 if there are none.
    pub fn recall(&self) -> f64 {
        share(self.right, self.support)
    }

    /// Harmonic mean of both (van Rijsbergen 1979).
    pub fn f1(&self) -> f64 {
        share(2 * self.right, self.support + self.predicted)
    }
}

impl Confusion {
    /// Counts weighted rows.
    pub fn of(rows: &HeadRows, weights: &[u32]) -> Self {
        let labels = rows.labels();
        let mut cells = vec![0; labels * labels];
        for ((&truth, &predicted), &weight) in rows.truth().iter().zip(rows.predicted()).zip(weights) {
            cells[truth * labels + predicted] += u64::from(weight);
        }
        Self { labels, cells }
    }

    /// Counts by truth (outer) and prediction (inner).
    pub fn rows(&self) -> Vec<Vec<u64>> {
        self.cells.chunks(self.labels).map(<[u64]>::to_vec).collect()
    }

    /// What there is of each class.
    pub fn classes(&self) -> Vec<ClassCounts> {
        let mut classes = vec![ClassCounts::default(); self.labels];
        for (truth, row) in self.cells.chunks(self.labels).enumerate() {
            for (predicted, &n) in row.iter().enumerate() {
                classes[truth].support += n;
                classes[predicted].predicted += n;
                if truth == predicted {
                    classes[truth].right += n;
                }
            }
        }
        classes
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.cells.iter().sum()
    }

    /// Share of rows whose prediction is right; also the micro-averaged F1 of a single-label head.
    pub fn accuracy(&self) -> f64 {
        share((0..self.labels).map(|i| self.cells[i * self.labels + i]).sum(), self.total())
    }

    /// Mean F1 of the classes that occur in truth or prediction.
    pub fn macro_f1(&self) -> f64 {
        let classes = self.classes();
        let seen = classes.iter().filter(|c| c.support + c.predicted > 0);
        let (sum, n) = seen.fold((0.0, 0u32), |(sum, n), class| (sum + class.f1(), n + 1));
        sum / f64::from(n.max(1))
    }

    /// Mean F1 of the classes, each weighted by its rows.
    pub fn weighted_f1(&self) -> f64 {
        let sum: f64 = self.classes().iter().map(|c| c.support as f64 * c.f1()).sum();
        sum / self.total().max(1) as f64
    }

    /// Matthews correlation for several classes (Gorodkin 2004); 0 where truth or prediction never varies, as
    /// scikit-learn has it.
    pub fn mcc(&self) -> f64 {
        let classes = self.classes();
        let n = self.total() as f64;
        let dot = |f: &dyn Fn(&ClassCounts) -> f64| classes.iter().map(f).sum::<f64>();
        let right = dot(&|c| c.right as f64);
        let covariance = right * n - dot(&|c| c.support as f64 * c.predicted as f64);
        let truth = n * n - dot(&|c| (c.support as f64).powi(2));
        let predicted = n * n - dot(&|c| (c.predicted as f64).powi(2));
        if truth == 0.0 || predicted == 0.0 { 0.0 } else { covariance / (truth * predicted).sqrt() }
    }

    /// Agreement beyond chance (Cohen 1960).
    ///
    /// # Errors
    /// Undefined where truth and prediction hold one and the same label only.
    pub fn kappa(&self) -> Result<f64, MetricError> {
        self.weighted_kappa("kappa", |a, b| f64::from(u8::from(a != b)))
    }

    /// Agreement beyond chance of ordered labels, errors weighted by the square of their distance (Cohen 1968). The
    /// labels count as equally far apart, in the order of `ranks`: the rank of each label.
    ///
    /// # Errors
    /// Undefined where truth and prediction hold one and the same label only.
    pub fn quadratic_kappa(&self, ranks: &[usize]) -> Result<f64, MetricError> {
        self.weighted_kappa("quadratic kappa", |a, b| (ranks[a] as f64 - ranks[b] as f64).powi(2))
    }

    fn weighted_kappa(
        &self,
        figure: &'static str,
        distance: impl Fn(usize, usize) -> f64,
    ) -> Result<f64, MetricError> {
        let classes = self.classes();
        let (mut seen, mut expected) = (0.0, 0.0);
        for (truth, row) in self.cells.chunks(self.labels).enumerate() {
            for (predicted, &n) in row.iter().enumerate() {
                let weight = distance(truth, predicted);
                seen += weight * n as f64;
                expected += weight * classes[truth].support as f64 * classes[predicted].predicted as f64;
            }
        }
        if expected == 0.0 {
            let why = "truth and prediction hold one and the same label only";
            return Err(MetricError::Undefined { figure, why });
        }
        Ok(1.0 - seen * self.total() as f64 / expected)
    }

    /// Share of all rows that are predicted less urgent (first) and more urgent (second) than they are; rank 0 is the
    /// most urgent.
    pub fn triage_errors(&self, ranks: &[usize]) -> (f64, f64) {
        let (mut under, mut over) = (0, 0);
        for (truth, row) in self.cells.chunks(self.labels).enumerate() {
            for (predicted, &n) in row.iter().enumerate() {
                match ranks[predicted].cmp(&ranks[truth]) {
                    std::cmp::Ordering::Greater => under += n,
                    std::cmp::Ordering::Less => over += n,
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
        (share(under, self.total()), share(over, self.total()))
    }
}
