//! Temperatures and decision thresholds from validation predictions.

use std::collections::BTreeMap;

use statrs::distribution::{Beta, ContinuousCDF};

use super::examples::Example;
use crate::domain::{DEPARTMENT, HeadKind, HeadSpec, JURISDICTION, Taxonomy, URGENCY};
use crate::model::calibration::{Calibration, fit_temperature, probabilities};

/// Precision that `route` must hold.
const ROUTE_PRECISION: f64 = 0.95;
/// One-sided confidence of the bound on it.
const ROUTE_CONFIDENCE: f64 = 0.9;
/// Recall of emergencies that the model's own threshold must reach on validation.
const EMERGENCY_RECALL: f64 = 0.95;
/// Factors of the lexical margins that are tried: 0 to 12 by halves.
const LEXICAL_STEPS: usize = 24;
/// Distance between them.
const LEXICAL_STEP: f32 = 0.5;
/// Least confidence of the jurisdiction for `route`: likelier than all others together. The department that gets the
/// case can still send it on.
const ROUTE_JURISDICTION: f32 = 0.5;
/// Rows at the first threshold that is tested.
const FEWEST_ROUTED: usize = 100;
/// Thresholds are searched on this grid.
const GRID: usize = 200;

/// Fits one temperature a head and, where the triage heads are there, the decision policy.
///
/// `margins` are the lexical margins, in the shape of `logits`.
pub fn fit(
    heads: &[HeadSpec],
    logits: &[Vec<Vec<f32>>],
    margins: &[Vec<Vec<f32>>],
    examples: &[Example],
) -> Calibration {
    let mut calibration = Calibration::default();
    let mut calibrated: BTreeMap<&str, Calibrated> = BTreeMap::new();
    for (task, head) in heads.iter().enumerate() {
        let truth: Vec<Option<usize>> = examples.iter().map(|e| e.targets[task].first().copied()).collect();
        let (scale, temperature, logits) = join(&logits[task], &margins[task], &truth);
        calibration.lexical.insert(head.name.clone(), scale);
        calibration.temperatures.insert(head.name.clone(), temperature);
        let rows = logits.iter().map(|row| probabilities(head.kind, row, temperature)).collect();
        calibrated.insert(&head.name, Calibrated { head, rows, truth });
    }
    let mut routable = vec![true; examples.len()];
    if let Some(urgency) = calibrated.get(URGENCY) {
        let probabilities = emergencies(urgency);
        emergency(urgency, &probabilities, &mut calibration);
        keep(&mut routable, probabilities.iter().map(|p| *p < calibration.policy.emergency));
    }
    if let Some(jurisdiction) = calibrated.get(JURISDICTION) {
        calibration.policy.route_jurisdiction = ROUTE_JURISDICTION;
        let sure = |row: &Vec<f32>| row.iter().any(|p| *p >= ROUTE_JURISDICTION);
        keep(&mut routable, jurisdiction.rows.iter().map(sure));
    }
    if let Some(department) = calibrated.get(DEPARTMENT) {
        route(department, &routable, &mut calibration);
    }
    calibration
}

fn keep(routable: &mut [bool], holds: impl Iterator<Item = bool>) {
    routable.iter_mut().zip(holds).for_each(|(kept, holds)| *kept &= holds);
}

/// The factor of the lexical margins and the temperature that together minimise the negative log-likelihood, with
/// the joined logits. The factor is searched on a grid; 0 leaves the encoder alone.
fn join(logits: &[Vec<f32>], margins: &[Vec<f32>], truth: &[Option<usize>]) -> (f32, f32, Vec<Vec<f32>>) {
    let joined = |scale: f32| -> Vec<Vec<f32>> {
        let add = |(row, margin): (&Vec<f32>, &Vec<f32>)| {
            row.iter().zip(margin).map(|(z, m)| z + scale * m).collect()
        };
        logits.iter().zip(margins).map(add).collect()
    };
    let loss = |rows: &[Vec<f32>], temperature: f32| -> f64 {
        let nll = |(row, label): (&Vec<f32>, &Option<usize>)| {
            let p = probabilities(HeadKind::Single, row, temperature);
            label.map_or(0.0, |label| -f64::from(p[label].max(f32::MIN_POSITIVE)).ln())
        };
        rows.iter().zip(truth).map(nll).sum()
    };
    let mut best: Option<(f64, f32, f32, Vec<Vec<f32>>)> = None;
    for step in 0..=LEXICAL_STEPS {
        let scale = step as f32 * LEXICAL_STEP;
        let rows = joined(scale);
        let temperature = fit_temperature(&rows, truth);
        let value = loss(&rows, temperature);
        if best.as_ref().is_none_or(|(least, ..)| value < *least) {
            best = Some((value, scale, temperature, rows));
        }
    }
    best.map_or((0.0, 1.0, logits.to_vec()), |(_, scale, temperature, rows)| (scale, temperature, rows))
}

struct Calibrated<'a> {
    head: &'a HeadSpec,
    rows: Vec<Vec<f32>>,
    truth: Vec<Option<usize>>,
}

/// The lowest threshold from which on the lower Clopper–Pearson bound of the precision holds at every higher one
/// that still routes something: testing from the top down keeps the error rate of the search at that of one test
/// (fixed-sequence testing, as in Angelopoulos et al. 2021, "Learn then Test", arXiv:2110.01052). Only rows that
/// nothing else keeps from being routed count: those are the cases that the threshold decides about.
fn route(department: &Calibrated<'_>, routable: &[bool], calibration: &mut Calibration) {
    let top: Vec<(f32, bool)> = department
        .rows
        .iter()
        .zip(&department.truth)
        .zip(routable)
        .filter(|(_, routable)| **routable)
        .filter_map(|((row, truth), _)| {
            let best = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]))?;
            Some((row[best], best == (*truth)?))
        })
        .collect();
    let mut chosen = (1.0f32, 0, 0);
    for step in (0..=GRID).rev() {
        let threshold = step as f32 / GRID as f32;
        let routed: Vec<bool> =
            top.iter().filter(|(p, _)| *p >= threshold).map(|(_, right)| *right).collect();
        let right = routed.iter().filter(|r| **r).count();
        // The sequence of tests begins where the bound can be met with a mistake among the rows.
        if routed.len() < FEWEST_ROUTED {
            continue;
        }
        if lower_bound(right, routed.len()) < ROUTE_PRECISION {
            break;
        }
        chosen = (threshold, right, routed.len());
    }
    let (threshold, right, routed) = chosen;
    calibration.policy.route_department = threshold;
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let evidence = [
        ("route_precision", share(right, routed)),
        ("route_precision_lower_bound_90", lower_bound(right, routed)),
        ("route_coverage", share(routed, routable.len())),
        ("validation_rows", routable.len() as f64),
    ];
    calibration.evidence.extend(evidence.map(|(name, value)| (name.to_owned(), value)));
}

/// One-sided Clopper–Pearson lower bound of a proportion (Clopper and Pearson 1934).
pub fn lower_bound(right: usize, of: usize) -> f64 {
    if right == 0 {
        return 0.0;
    }
    let beta = Beta::new(right as f64, (of - right) as f64 + 1.0).expect("both parameters are positive");
    beta.inverse_cdf(1.0 - ROUTE_CONFIDENCE)
}

/// Indices of the urgency levels that escalate.
fn escalating(head: &HeadSpec) -> Vec<usize> {
    let taxonomy = Taxonomy::bundled();
    let escalates =
        |i: &usize| taxonomy.label(URGENCY, &head.labels[*i]).is_some_and(|label| label.escalates);
    (0..head.labels.len()).filter(escalates).collect()
}

/// Probability of an emergency, row by row.
fn emergencies(urgency: &Calibrated<'_>) -> Vec<f32> {
    let escalates = escalating(urgency.head);
    urgency.rows.iter().map(|row| escalates.iter().map(|&i| row[i]).sum()).collect()
}

/// The highest threshold that still finds the wanted share of validation emergencies.
fn emergency(urgency: &Calibrated<'_>, probabilities: &[f32], calibration: &mut Calibration) {
    let escalates = escalating(urgency.head);
    let scored: Vec<(f32, bool)> = probabilities
        .iter()
        .zip(&urgency.truth)
        .filter_map(|(p, truth)| Some((*p, escalates.contains(&(*truth)?))))
        .collect();
    let mut positives: Vec<f32> = scored.iter().filter(|(_, is)| *is).map(|(p, _)| *p).collect();
    if positives.is_empty() {
        return;
    }
    positives.sort_by(|a, b| b.total_cmp(a));
    let needed = ((positives.len() as f64 * EMERGENCY_RECALL).ceil() as usize).clamp(1, positives.len());
    // Rounded down to the grid so that the file stays readable; recall can only rise.
    let threshold = (positives[needed - 1] * GRID as f32).floor() / GRID as f32;
    let found = scored.iter().filter(|(p, _)| *p >= threshold).count();
    let right = positives.iter().filter(|p| **p >= threshold).count();
    calibration.policy.emergency = threshold;
    let evidence = [
        ("emergency_recall_model_alone", right as f64 / positives.len() as f64),
        ("emergency_precision_model_alone", right as f64 / found.max(1) as f64),
    ];
    calibration.evidence.extend(evidence.map(|(name, value)| (name.to_owned(), value)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_agrees_with_scipy() {
        // scipy.stats.beta.ppf(0.1, 95, 6) = 0.9095..., for 95 of 100
        let exact = lower_bound(95, 100);
        // The definition: P(X >= 95 | n = 100, p = bound) = 0.1.
        let ln_choose =
            |n: u32, k: u32| -> f64 { (1..=k).map(|i| (f64::from(n - k + i) / f64::from(i)).ln()).sum() };
        let tail: f64 = (95..=100u32)
            .map(|k| {
                (ln_choose(100, k) + f64::from(k) * exact.ln() + f64::from(100 - k) * (1.0 - exact).ln())
                    .exp()
            })
            .sum();
        assert!((tail - 0.1).abs() < 1e-6, "{exact} {tail}");
        assert!(lower_bound(0, 10) == 0.0 && lower_bound(10, 10) < 1.0);
    }

    fn head(name: &str, labels: &[&str]) -> HeadSpec {
        let labels = labels.iter().map(ToString::to_string).collect();
        HeadSpec { name: name.into(), labels, kind: crate::domain::HeadKind::Single }
    }

    #[test]
    fn routes_from_the_confidence_that_holds_the_precision() {
        // 300 rows at high confidence, all right; 300 at low confidence, half of them wrong.
        let heads = [head(DEPARTMENT, &["a", "b"])];
        let mut logits = Vec::new();
        let mut examples = Vec::new();
        for i in 0..600usize {
            logits.push(if i < 300 { vec![6.0, 0.0] } else { vec![0.5, 0.0] });
            let wrong = i >= 300 && i % 2 == 0;
            examples.push(Example { text: String::new(), targets: vec![vec![usize::from(wrong)]] });
        }
        let nothing = [vec![vec![0.0; 2]; examples.len()]];
        let calibration = fit(&heads, &[logits], &nothing, &examples);
        assert!((calibration.evidence["route_precision"] - 1.0).abs() < 1e-9);
        assert!((calibration.evidence["route_coverage"] - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_emergency_threshold_finds_nearly_all() {
        let heads = [head(URGENCY, &["emergency", "normal"])];
        let logits: Vec<Vec<f32>> =
            (0..200).map(|i| vec![if i < 100 { i as f32 / 50.0 } else { -2.0 }, 0.0]).collect();
        let examples: Vec<Example> = (0..200)
            .map(|i| Example { text: String::new(), targets: vec![vec![usize::from(i >= 100)]] })
            .collect();
        let nothing = [vec![vec![0.0; 2]; examples.len()]];
        let calibration = fit(&heads, &[logits], &nothing, &examples);
        assert!(calibration.evidence["emergency_recall_model_alone"] >= EMERGENCY_RECALL);
        assert!(calibration.policy.emergency > 0.2, "{}", calibration.policy.emergency);
    }
}
