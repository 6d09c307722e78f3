//! Bootstrap confidence intervals (Efron 1979): percentile method, stratified, seeded, the same whatever the threads.
//!
//! A resample is drawn as a count for each row, so that rows stay where they are and every figure is a pass over
//! presorted rows. All figures of one call see the same resamples; that also makes paired comparisons.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::report::Figure;

/// Resamples behind each interval.
pub const RESAMPLES: usize = 1_000;

/// How resamples are drawn.
#[derive(Debug, Clone)]
pub struct Resampling {
    strata: Vec<Vec<u32>>,
    rows: usize,
    seed: u64,
}

impl Resampling {
    /// Rows are drawn with replacement within each stratum, so that every resample has the classes of the sample.
    pub fn stratified(stratum: impl IntoIterator<Item = usize>, seed: u64) -> Self {
        let mut strata = std::collections::BTreeMap::<usize, Vec<u32>>::new();
        let mut rows = 0;
        for own in stratum {
            strata.entry(own).or_default().push(rows as u32);
            rows += 1;
        }
        Self { strata: strata.into_values().collect(), rows, seed }
    }

    /// Figures of every resample, in order. `figures` gets a weight a row and gives the same number of figures each
    /// time; one that a resample does not define is `None`.
    pub fn run(&self, figures: &(dyn Fn(&[u32]) -> Vec<Option<f64>> + Sync)) -> Vec<Vec<Option<f64>>> {
        let one = |weights: &mut Vec<u32>, resample: usize| {
            // One stream a resample: which thread draws it makes no difference.
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            rng.set_stream(resample as u64);
            weights.fill(0);
            for rows in &self.strata {
                for _ in rows {
                    // Multiply and shift: the bias is below rows / 2³².
                    let drawn = (u64::from(rng.next_u32()) * rows.len() as u64) >> 32;
                    weights[rows[drawn as usize] as usize] += 1;
                }
            }
            figures(weights)
        };
        (0..RESAMPLES).into_par_iter().map_init(|| vec![0; self.rows], one).collect()
    }

    /// Each figure with its 95 % interval. Resamples that do not define a figure are left out of its interval.
    pub fn figures(&self, figures: &(dyn Fn(&[u32]) -> Vec<Option<f64>> + Sync)) -> Vec<Option<Figure>> {
        let values = figures(&vec![1; self.rows]);
        let resamples = self.run(figures);
        values
            .iter()
            .enumerate()
            .map(|(i, value)| {
                let value = (*value)?;
                let (low, high) = interval95(resamples.iter().filter_map(|figures| figures[i]).collect())
                    .unwrap_or((value, value));
                Some(Figure { value, low, high })
            })
            .collect()
    }
}

/// The 2.5 % and 97.5 % quantiles, interpolated as `numpy.percentile` does; `None` of nothing.
pub fn interval95(mut values: Vec<f64>) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let position = (values.len() - 1) as f64 * share;
        let (low, rest) = (position.floor() as usize, position.fract());
        let next = values[(low + 1).min(values.len() - 1)];
        values[low] + (next - values[low]) * rest
    };
    Some((at(0.025), at(0.975)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(from: usize) -> impl Fn(&[u32]) -> Vec<Option<f64>> + Sync {
        move |weights| {
            let all: u32 = weights.iter().sum();
            vec![Some(f64::from(weights[..from].iter().sum::<u32>()) / f64::from(all))]
        }
    }

    #[test]
    fn the_interval_of_a_share_is_about_the_normal_one() {
        // 80 of 100, one stratum: 0.8 ± 1.96·0.04.
        let figure = Resampling::stratified(vec![0; 100], 1).figures(&mean(80))[0].unwrap();
        assert!((figure.value - 0.8).abs() < 1e-12);
        assert!((figure.low - 0.72).abs() < 0.02 && (figure.high - 0.88).abs() < 0.02, "{figure:?}");
    }

    #[test]
    fn strata_keep_their_size() {
        let strata = Resampling::stratified((0..50).map(|i| usize::from(i >= 10)), 3);
        let figure = strata.figures(&mean(10))[0].unwrap();
        assert_eq!((figure.low, figure.high), (0.2, 0.2));
    }

    #[test]
    fn threads_make_no_difference() {
        let resampling = Resampling::stratified((0..200).map(|i| i % 3), 9);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| resampling.run(&mean(70)))
        };
        assert_eq!(with(1), with(5));
        assert_ne!(with(1), Resampling::stratified((0..200).map(|i| i % 3), 10).run(&mean(70)));
    }

    #[test]
    fn quantiles_are_numpys() {
        // np.percentile([1, 2, 4, 8], [2.5, 97.5]) = [1.075, 7.7]
        let (low, high) = interval95(vec![8.0, 1.0, 4.0, 2.0]).unwrap();
        assert!((low - 1.075).abs() < 1e-12 && (high - 7.7).abs() < 1e-12);
        assert_eq!(interval95(vec![]), None);
    }
}
