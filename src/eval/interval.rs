//! Bootstrap confidence intervals (Efron 1979), percentile method, stratified by the true label and seeded.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Resamples behind each interval.
pub const RESAMPLES: usize = 1_000;

/// 95 % interval of a figure of rows: rows are drawn with replacement within each stratum, so that every resample
/// has the classes of the sample.
pub fn interval95(strata: &[usize], seed: u64, figure: &dyn Fn(&[usize]) -> f64) -> (f64, f64) {
    if strata.is_empty() {
        return (0.0, 0.0);
    }
    let mut by_stratum = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for (row, stratum) in strata.iter().enumerate() {
        by_stratum.entry(*stratum).or_default().push(row);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut figures: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let draw = |rows: &Vec<usize>, rng: &mut ChaCha8Rng| -> Vec<usize> {
                rows.iter().map(|_| rows[rng.random_range(0..rows.len())]).collect()
            };
            let sample: Vec<usize> = by_stratum.values().flat_map(|rows| draw(rows, &mut rng)).collect();
            figure(&sample)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((RESAMPLES - 1) as f64 * share).round() as usize];
    (at(0.025), at(0.975))
}

/// 95 % interval of a share (Wilson 1927).
pub fn wilson95(hits: usize, of: usize) -> (f64, f64) {
    /// Quantile of the normal distribution for 95 %, two-sided.
    const Z: f64 = 1.959_964;
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_that_of_the_books() {
        // Reference: statsmodels proportion_confint(85, 100, method="wilson") = (0.7672, 0.9069).
        let (low, high) = wilson95(85, 100);
        assert!((low - 0.7672).abs() < 1e-4 && (high - 0.9069).abs() < 1e-4, "{low} {high}");
        let (low, high) = wilson95(10, 10);
        assert!((low - 0.7225).abs() < 1e-4 && (high - 1.0).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn the_interval_of_a_share_is_about_the_normal_one() {
        // 80 of 100, one stratum: 0.8 ± 1.96·0.04.
        let figure = |rows: &[usize]| rows.iter().filter(|r| **r < 80).count() as f64 / rows.len() as f64;
        let (low, high) = interval95(&[0; 100], 1, &figure);
        assert!((low - 0.72).abs() < 0.02 && (high - 0.88).abs() < 0.02, "{low} {high}");
        assert_eq!((low, high), interval95(&[0; 100], 1, &figure));
    }

    #[test]
    fn strata_keep_their_size() {
        let strata: Vec<usize> = (0..50).map(|i| i % 5).collect();
        let counts = |rows: &[usize]| rows.iter().filter(|r| **r % 5 == 0).count() as f64;
        assert_eq!(interval95(&strata, 3, &counts), (10.0, 10.0));
    }
}
