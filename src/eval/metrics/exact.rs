//! Exact statements about counts: binomial and hypergeometric tails, bounds and tests made of them.
//!
//! Point probabilities are Loader's (2000, "Fast and accurate computation of binomial probabilities"), which lose no
//! digits at any size; tails are sums of them.

use std::f64::consts::TAU;

/// `ln n! − ln(√(2πn) (n/e)ⁿ)` for n from 1 to 15; beyond that the series is exact enough.
const STIRLING: [f64; 16] = [
    0.0,
    0.081_061_466_795_327_26,
    0.041_340_695_955_409_29,
    0.027_677_925_684_998_34,
    0.020_790_672_103_765_09,
    0.016_644_691_189_821_19,
    0.013_876_128_823_070_748,
    0.011_896_709_945_891_77,
    0.010_411_265_261_972_096,
    0.009_255_462_182_712_733,
    0.008_330_563_433_362_87,
    0.007_573_675_487_951_841,
    0.006_942_840_107_209_53,
    0.006_408_994_188_004_207,
    0.005_951_370_112_758_848,
    0.005_554_733_551_962_801,
];

fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return STIRLING[n as usize];
    }
    let nn = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / nn) / nn) / nn) / nn) / n
}

/// `x ln(x / m) + m − x`, without cancellation where both are close.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut term = 2.0 * x * v;
    for j in 1..1_000 {
        term *= v * v;
        let next = sum + term / f64::from(2 * j + 1);
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}

/// Probability of `k` successes of `n` at probability `p`.
pub fn binomial(k: u64, n: u64, p: f64) -> f64 {
    let (x, size) = (k as f64, n as f64);
    if k > n {
        return 0.0;
    }
    if p <= 0.0 || p >= 1.0 {
        return f64::from(u8::from(k == if p <= 0.0 { 0 } else { n }));
    }
    if k == 0 {
        return (size * (-p).ln_1p()).exp();
    }
    if k == n {
        return (size * p.ln()).exp();
    }
    let log = stirling_error(size)
        - stirling_error(x)
        - stirling_error(size - x)
        - deviance(x, size * p)
        - deviance(size - x, size * (1.0 - p));
    (log - 0.5 * (TAU.ln() + x.ln() + (-x / size).ln_1p())).exp()
}

/// Probability of at least `k` successes, for `k` at or over the mean: terms fall from there.
fn upper_tail(k: u64, n: u64, p: f64) -> f64 {
    let odds = p / (1.0 - p);
    let (mut term, mut sum) = (binomial(k, n, p), 0.0);
    for i in k..=n {
        sum += term;
        if term <= sum * 1e-18 {
            break;
        }
        term *= (n - i) as f64 / (i + 1) as f64 * odds;
    }
    sum
}

/// Lower and upper bound of a proportion, `alpha` outside on each side (Clopper and Pearson 1934). `(0, 1)` for
/// nothing of nothing.
pub fn clopper_pearson(right: u64, of: u64, alpha: f64) -> (f64, f64) {
    (lower(right, of, alpha), 1.0 - lower(of - right, of, alpha))
}

/// The probability at which as many successes or more have probability `alpha`.
fn lower(right: u64, of: u64, alpha: f64) -> f64 {
    if right == 0 {
        return 0.0;
    }
    if right == of {
        return (alpha.ln() / of as f64).exp();
    }
    let (mut low, mut high) = (0.0, right as f64 / of as f64);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if upper_tail(right, of, middle) < alpha { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// McNemar's test (1947) in its exact form: how likely two equally good models fall out this unevenly on the rows where
/// one alone is right. 1 if there are none.
pub fn mcnemar(only_a: u64, only_b: u64) -> f64 {
    let n = only_a + only_b;
    if n == 0 || only_a == only_b {
        return 1.0;
    }
    (2.0 * upper_tail(only_a.max(only_b), n, 0.5)).min(1.0)
}

/// Fisher's exact test (1922), two-sided, of the table `[[a, b], [c, d]]`: how likely, with these sums, a table at most
/// as likely as this one is.
pub fn fisher(a: u64, b: u64, c: u64, d: u64) -> f64 {
    let (row, column, all) = (a + b, a + c, a + b + c + d);
    if row == 0 || column == 0 || row == all || column == all {
        return 1.0;
    }
    let (first, last) = ((row + column).saturating_sub(all), row.min(column));
    // Tables a hair likelier than this one count as equal, as in scipy.
    let limit = hypergeometric(a, row, column, all) * (1.0 + 1e-7);
    let mode = ((row + 1) * (column + 1) / (all + 2)).clamp(first, last);
    let ratio = |x: u64| ((row - x) * (column - x)) as f64 / ((x + 1) * (all + x + 1 - row - column)) as f64;
    let at_mode = hypergeometric(mode, row, column, all);
    let mut sum = 0.0;
    let mut add = |p: f64| sum += if p <= limit { p } else { 0.0 };
    let mut p = at_mode;
    for x in mode..=last {
        add(p);
        if x < last {
            p *= ratio(x);
        }
    }
    p = at_mode;
    for x in (first..mode).rev() {
        p /= ratio(x);
        add(p);
    }
    sum.min(1.0)
}

/// Probability of `x` marked among `drawn` of `all`, `marked` of which are marked.
fn hypergeometric(x: u64, drawn: u64, marked: u64, all: u64) -> f64 {
    let p = drawn as f64 / all as f64;
    binomial(x, marked, p) * binomial(drawn - x, all - marked, p) / binomial(drawn, all, p)
}

/// Adjusts p-values for their number: each is the least false discovery rate at which its test counts (Benjamini and
/// Hochberg 1995).
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least = 1.0f64;
    for (i, &test) in order.iter().enumerate() {
        least = least.min(p[test] * p.len() as f64 / (p.len() - i) as f64);
        adjusted[test] = least;
    }
    adjusted
}
