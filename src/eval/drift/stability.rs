//! The population stability index, and how much of it chance alone would show.

use std::collections::BTreeMap;

use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Bins of a confidence.
const BINS: usize = 10;
/// Below this nothing moved (Siddiqi 2006).
const STABLE: f64 = 0.1;
/// From this on the population is another one (Siddiqi 2006).
const SHIFTED: f64 = 0.25;

/// What an index means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// Below 0.1, or no more than chance would show.
    Stable,
    /// From 0.1 on.
    Moving,
    /// From 0.25 on.
    Shifted,
}

/// A label or a confidence, then and now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stability {
    /// Population stability index.
    pub psi: f64,
    /// What it stays below in 95 of 100 windows of this size if nothing moved (Yurdakul and Naranjo 2020).
    pub by_chance: f64,
    /// What it means.
    pub movement: Movement,
    /// Cells with the reference's and the window's share.
    pub shares: BTreeMap<String, (f64, f64)>,
}

/// Of a label; `None` if one side has none.
pub fn of_labels(reference: &[String], window: &[String]) -> Option<Stability> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    reference.iter().for_each(|label| counts.entry(label.clone()).or_default().0 += 1);
    window.iter().for_each(|label| counts.entry(label.clone()).or_default().1 += 1);
    of_counts(counts)
}

/// Of a number, in bins that hold equally much of the reference; `None` if one side has none.
pub fn of_numbers(reference: &[f64], window: &[f64]) -> Option<Stability> {
    let mut sorted = reference.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> =
        (1..BINS).filter_map(|bin| sorted.get(bin * sorted.len() / BINS).copied()).collect();
    edges.dedup();
    let bin = |value: &f64| edges.partition_point(|edge| edge <= value);
    let name = |bin: usize| match (bin.checked_sub(1).map(|i| edges[i]), edges.get(bin)) {
        (None, None) => "all".to_owned(),
        (None, Some(high)) => format!("0 under {high:.3}"),
        (Some(low), None) => format!("{low:.3} and over"),
        (Some(low), Some(high)) => format!("{low:.3} to {high:.3}"),
    };
    let mut counts = vec![(0, 0); edges.len() + 1];
    reference.iter().for_each(|value| counts[bin(value)].0 += 1);
    window.iter().for_each(|value| counts[bin(value)].1 += 1);
    // A bin below the least value of both sides is no cell.
    let filled = counts.into_iter().enumerate().filter(|(_, count)| *count != (0, 0));
    of_counts(filled.map(|(i, count)| (name(i), count)).collect())
}

fn of_counts(counts: BTreeMap<String, (u64, u64)>) -> Option<Stability> {
    let (then, now) = counts.values().fold((0, 0), |(a, b), (x, y)| (a + x, b + y));
    if then == 0 || now == 0 {
        return None;
    }
    let psi = psi(&counts.values().copied().collect::<Vec<_>>());
    let by_chance = ChiSquared::new((counts.len() - 1).max(1) as f64)
        .map_or(0.0, |chi| chi.inverse_cdf(0.95) * (1.0 / then as f64 + 1.0 / now as f64));
    let movement = match psi {
        psi if psi < STABLE || psi < by_chance => Movement::Stable,
        psi if psi < SHIFTED => Movement::Moving,
        _ => Movement::Shifted,
    };
    let shares = counts
        .into_iter()
        .map(|(cell, (a, b))| (cell, (a as f64 / then as f64, b as f64 / now as f64)))
        .collect();
    Some(Stability { psi, by_chance, movement, shares })
}

/// Sum of `(q − p) ln(q / p)` over the cells. Half a case is added to each, so that an empty cell stays finite.
fn psi(counts: &[(u64, u64)]) -> f64 {
    let half = 0.5 * counts.len() as f64;
    let (then, now) = counts.iter().fold((half, half), |(a, b), &(x, y)| (a + x as f64, b + y as f64));
    let term = |&(a, b): &(u64, u64)| {
        let (p, q) = ((a as f64 + 0.5) / then, (b as f64 + 0.5) / now);
        (q - p) * (q / p).ln()
    };
    counts.iter().map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::metrics::fixture;

    #[test]
    fn agrees_with_numpy() {
        for case in fixture("drift.json")["psi"].as_array().unwrap() {
            let of = |name: &str| case[name].as_array().unwrap().iter().map(|v| v.as_u64().unwrap());
            let counts: Vec<(u64, u64)> = of("reference").zip(of("window")).collect();
            assert!((psi(&counts) - case["psi"].as_f64().unwrap()).abs() < 1e-12, "{case}");
        }
    }

    #[test]
    fn a_small_window_is_not_blamed_for_chance() {
        let labels = |n: usize, of: usize| -> Vec<String> { (0..n).map(|i| (i % of).to_string()).collect() };
        let stability = of_labels(&labels(900, 9), &labels(12, 7)).unwrap();
        assert!(stability.psi > STABLE && stability.movement == Movement::Stable, "{stability:?}");
        let stability = of_labels(&labels(900, 9), &labels(900, 5)).unwrap();
        assert_eq!(stability.movement, Movement::Shifted);
        assert_eq!(of_labels(&labels(3, 1), &[]), None);
    }

    #[test]
    fn one_value_only_makes_one_bin() {
        let stability = of_numbers(&[0.5; 20], &[0.5; 10]).unwrap();
        assert_eq!((stability.psi, stability.movement), (0.0, Movement::Stable));
    }
}
