//! Whether two sets of texts come from one source: the kernel two-sample test (Gretton et al. 2012).

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::features::{lexical, unit};
use super::record::Record;

/// Texts of each side that are looked at; more are sampled down.
const MOST: usize = 400;
/// Fewest texts of each side.
const FEWEST: usize = 2;
/// Permutations behind the p-value.
const PERMUTATIONS: usize = 499;

/// Outcome of the test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TwoSample {
    /// Squared maximum mean discrepancy, unbiased: about 0 for one source, and at times below it.
    pub mmd2: f64,
    /// Share of random divisions of the same texts that lie as far apart.
    pub p: f64,
    /// `embedding` of the model, or `lexical`: hashed character trigrams.
    pub features: &'static str,
    /// Texts of the reference and of the window that were looked at.
    pub texts: (usize, usize),
}

/// The test on the texts of two sets; `None` with fewer than two texts on a side.
pub fn of_texts(reference: &[Record], window: &[Record], seed: u64) -> Option<TwoSample> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let embedded = |records: &[Record]| records.iter().all(|record| !record.embedding.is_empty());
    let embedding = embedded(reference) && embedded(window);
    let mut vectors = |records: &[Record]| -> Vec<Vec<f32>> {
        let mut with: Vec<&Record> =
            records.iter().filter(|r| embedding || r.text.as_ref().is_some_and(|t| !t.is_empty())).collect();
        with.shuffle(&mut rng);
        let vector = |record: &&Record| match &record.text {
            Some(text) if !embedding => lexical(text),
            _ => unit(&record.embedding),
        };
        with.iter().take(MOST).map(vector).collect()
    };
    let (a, b) = (vectors(reference), vectors(window));
    if a.len() < FEWEST || b.len() < FEWEST {
        return None;
    }
    let texts = (a.len(), b.len());
    let kernel = Kernel::of(&[a, b].concat());
    let mmd2 = kernel.mmd2(&(0..kernel.size).collect::<Vec<_>>(), texts.0);
    let further = |permutation: usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1 + permutation as u64);
        let mut order: Vec<usize> = (0..kernel.size).collect();
        order.shuffle(&mut rng);
        // A hair of rounding must not make a division that is the same one count as less far.
        usize::from(kernel.mmd2(&order, texts.0) >= mmd2 - 1e-12)
    };
    let further: usize = (0..PERMUTATIONS).into_par_iter().map(further).sum();
    let p = (further + 1) as f64 / (PERMUTATIONS + 1) as f64;
    Some(TwoSample { mmd2, p, features: if embedding { "embedding" } else { "lexical" }, texts })
}

/// Likeness of every pair, by a Gaussian kernel as wide as the median distance.
struct Kernel {
    size: usize,
    values: Vec<f64>,
}

impl Kernel {
    fn of(vectors: &[Vec<f32>]) -> Self {
        let size = vectors.len();
        let distance =
            |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
        let row =
            |i: usize| -> Vec<f64> { vectors.iter().map(|other| distance(&vectors[i], other)).collect() };
        let mut values: Vec<f64> = (0..size).into_par_iter().flat_map_iter(row).collect();
        let mut pairs: Vec<f64> =
            (0..size).flat_map(|i| values[i * size + i + 1..(i + 1) * size].to_vec()).collect();
        pairs.sort_by(f64::total_cmp);
        let middle = f64::midpoint(pairs[(pairs.len() - 1) / 2], pairs[pairs.len() / 2]);
        // Over half of all pairs alike: any width will do.
        let width = if middle > 0.0 { middle } else { 1.0 };
        values.iter_mut().for_each(|v| *v = (-*v / width).exp());
        Self { size, values }
    }

    /// The statistic for a division: the first `split` of `order` against the rest.
    fn mmd2(&self, order: &[usize], split: usize) -> f64 {
        let (a, b) = order.split_at(split);
        let sum = |a: &[usize], b: &[usize]| -> f64 {
            a.iter().map(|&i| b.iter().map(|&j| self.values[i * self.size + j]).sum::<f64>()).sum()
        };
        let (m, n) = (a.len() as f64, b.len() as f64);
        // The diagonal is 1 and does not count.
        let within = |own: &[usize], n: f64| (sum(own, own) - n) / (n * (n - 1.0));
        within(a, m) + within(b, n) - 2.0 * sum(a, b) / (m * n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::metrics::fixture;

    #[test]
    fn agrees_with_numpy() {
        for case in fixture("drift.json")["mmd"].as_array().unwrap() {
            let of = |name: &str| -> Vec<Vec<f32>> { serde_json::from_value(case[name].clone()).unwrap() };
            let (a, b) = (of("reference"), of("window"));
            let split = a.len();
            let kernel = Kernel::of(&[a, b].concat());
            let own = kernel.mmd2(&(0..kernel.size).collect::<Vec<_>>(), split);
            // The fixture's vectors are doubles.
            assert!((own - case["mmd2"].as_f64().unwrap()).abs() < 1e-6, "{own} {}", case["mmd2"]);
        }
    }

    #[test]
    fn the_same_texts_cannot_be_told_apart() {
        let record = |i: usize| Record {
            text: Some("가로등이 꺼졌어요".into()),
            id: i.to_string(),
            ..Record::default()
        };
        let records: Vec<Record> = (0..10).map(record).collect();
        let same = of_texts(&records, &records, 1).unwrap();
        assert!((same.p - 1.0).abs() < 1e-12 && same.mmd2.abs() < 1e-12);
        assert_eq!(of_texts(&records, &records[..1], 1), None);
    }
}
