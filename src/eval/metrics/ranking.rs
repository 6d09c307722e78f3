//! Figures of a score that should set some rows apart from the rest: emergencies from everything else.

use super::MetricError;

/// Rows sorted once by score, so that every resample is a single pass. Rows of one score stay together: no threshold
/// can part them.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Rows from the highest score down.
    order: Vec<usize>,
    /// End of each group of equal scores, as positions in `order`.
    ends: Vec<usize>,
    positive: Vec<bool>,
}

impl Ranking {
    /// Sorts rows by score.
    ///
    /// # Errors
    /// [`MetricError`] for no rows, lengths that do not fit, or a score that is no number.
    pub fn new(scores: &[f64], positive: Vec<bool>) -> Result<Self, MetricError> {
        if scores.is_empty() {
            return Err(MetricError::Empty);
        }
        if scores.len() != positive.len() {
            let (truths, probabilities) = (positive.len(), scores.len());
            return Err(MetricError::Shape { truths, probabilities, labels: 1 });
        }
        if let Some(row) = scores.iter().position(|s| !s.is_finite()) {
            return Err(MetricError::Probability { row });
        }
        let (order, ends) = descending(scores);
        Ok(Self { order, ends, positive })
    }

    /// Area under the ROC curve: how often a positive row outranks a negative one, ties counting half (Hanley and
    /// McNeil 1982).
    ///
    /// # Errors
    /// Undefined without rows of both kinds.
    pub fn auroc(&self, weights: &[u32]) -> Result<f64, MetricError> {
        let (mut area, mut positives, mut negatives) = (0.0, 0.0, 0.0);
        for (own_positives, own_negatives) in self.groups(weights) {
            area += own_negatives * (positives + own_positives / 2.0);
            positives += own_positives;
            negatives += own_negatives;
        }
        if positives == 0.0 || negatives == 0.0 {
            let why = "rows of both kinds are needed";
            return Err(MetricError::Undefined { figure: "AUROC", why });
        }
        Ok(area / (positives * negatives))
    }

    /// Average precision: the precision at each threshold, weighted by the recall it adds; the area under the
    /// precision–recall curve without interpolation (Davis and Goadrich 2006).
    ///
    /// # Errors
    /// Undefined without positive rows.
    pub fn average_precision(&self, weights: &[u32]) -> Result<f64, MetricError> {
        let (mut sum, mut positives, mut all) = (0.0, 0.0, 0.0);
        for (own_positives, own_negatives) in self.groups(weights) {
            positives += own_positives;
            all += own_positives + own_negatives;
            if own_positives > 0.0 {
                sum += own_positives * positives / all;
            }
        }
        if positives == 0.0 {
            let why = "no row is positive";
            return Err(MetricError::Undefined { figure: "average precision", why });
        }
        Ok(sum / positives)
    }

    /// Weight of positive and negative rows in each group of equal scores, from the highest down.
    fn groups<'a>(&'a self, weights: &'a [u32]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(move |(start, &end)| {
            self.order[start..end].iter().fold((0.0, 0.0), |(positives, negatives), &row| {
                let weight = f64::from(weights[row]);
                if self.positive[row] {
                    (positives + weight, negatives)
                } else {
                    (positives, negatives + weight)
                }
            })
        })
    }
}

/// Rows from the highest score down, with the ends of the groups of equal scores.
pub(super) fn descending(scores: &[f64]) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let ends = (1..=order.len())
        .filter(|&end| end == order.len() || scores[order[end]] < scores[order[end - 1]])
        .collect();
    (order, ends)
}
