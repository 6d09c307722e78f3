//! Every figure of one head, with its interval.

use std::collections::BTreeMap;

use super::bootstrap::Resampling;
use super::metrics::{Confusion, Coverage, HeadRows, MetricError, Probabilities};
use super::report::{ClassReport, Figure, HeadReport, Reliability, Section};
use crate::domain::{HeadSpec, Taxonomy, URGENCY};

/// Points of a risk–coverage curve that are written down.
const CURVE_POINTS: usize = 200;

/// Precisions at which coverage is told.
const PRECISIONS: [f64; 3] = [0.90, 0.95, 0.98];
/// Names of the figures, in the order of [`Prepared::figures`].
const NAMES: [&str; 15] = [
    "accuracy",
    "macro_f1",
    "micro_f1",
    "weighted_f1",
    "mcc",
    "kappa",
    "top_3",
    "log_loss",
    "brier",
    "ece",
    "ece_mass",
    "aurc",
    "coverage_at_90",
    "coverage_at_95",
    "coverage_at_98",
];
/// Figures of ordered labels, after those.
const ORDERED: [&str; 3] = ["quadratic_kappa", "under_triage", "over_triage"];

/// Rows with all that is computed once.
struct Prepared {
    probabilities: Probabilities,
    coverage: Coverage,
    ranks: Option<Vec<usize>>,
}

/// Judges one head on the rows that have a label for it.
pub fn head_report(head: &HeadSpec, rows: &HeadRows, taxonomy: &Taxonomy, seed: u64) -> HeadReport {
    let prepared = Prepared {
        probabilities: Probabilities::of(rows),
        coverage: Coverage::of(rows),
        ranks: ranks(head, taxonomy),
    };
    let ones = rows.ones();
    let confusion = Confusion::of(rows, &ones);
    let plain = prepared.figures(&confusion, &ones);
    let resampling = Resampling::stratified(rows.truth().iter().copied(), seed);
    let figures = resampling.figures(&|weights| {
        let confusion = Confusion::of(rows, weights);
        let own = prepared.figures(&confusion, weights).into_iter().map(Result::ok);
        let of_classes = confusion.classes().into_iter().flat_map(|c| [c.precision(), c.recall(), c.f1()]);
        own.chain(of_classes.map(Some)).collect()
    });
    let mut section = Section { rows: rows.len(), ..Section::default() };
    let names = NAMES.iter().chain(ORDERED.iter().filter(|_| prepared.ranks.is_some()));
    for ((name, figure), plain) in names.zip(&figures).zip(&plain) {
        section.insert(name, *figure, plain.as_ref().err());
    }
    let of_classes: Vec<Figure> = figures[plain.len()..].iter().copied().flatten().collect();
    let classes = confusion.classes();
    let classes = head.labels.iter().zip(&classes).zip(of_classes.chunks(3)).map(|((label, counts), own)| {
        let name = taxonomy.label(&head.name, label).map_or(label, |label| &label.name);
        let (support, predicted) = (counts.support, counts.predicted);
        let [precision, recall, f1] = [own[0], own[1], own[2]];
        ClassReport { label: label.clone(), name: name.clone(), support, predicted, precision, recall, f1 }
    });
    let curve = prepared.coverage.curve();
    let step = curve.len().div_ceil(CURVE_POINTS).max(1);
    HeadReport {
        head: head.name.clone(),
        section,
        classes: classes.collect(),
        confusion: confusion.rows(),
        reliability: Reliability {
            width: prepared.probabilities.width_bins(&ones),
            mass: prepared.probabilities.mass_bins(&ones),
        },
        // Counted from the end, so that the last point, full coverage, is among them.
        risk_coverage: curve.iter().rev().step_by(step).rev().copied().collect(),
    }
}

impl Prepared {
    fn figures(&self, confusion: &Confusion, weights: &[u32]) -> Vec<Result<f64, MetricError>> {
        let probabilities = &self.probabilities;
        let (aurc, coverage) = self.coverage.figures(PRECISIONS, weights);
        let accuracy = confusion.accuracy();
        let mut figures = vec![
            Ok(accuracy),
            Ok(confusion.macro_f1()),
            Ok(accuracy),
            Ok(confusion.weighted_f1()),
            Ok(confusion.mcc()),
            confusion.kappa(),
            Ok(probabilities.top_k(3, weights)),
            Ok(probabilities.log_loss(weights)),
            Ok(probabilities.brier(weights)),
            Ok(probabilities.ece_width(weights)),
            Ok(probabilities.ece_mass(weights)),
            Ok(aurc),
        ];
        figures.extend(coverage.map(Ok));
        if let Some(ranks) = &self.ranks {
            let (under, over) = confusion.triage_errors(ranks);
            figures.extend([confusion.quadratic_kappa(ranks), Ok(under), Ok(over)]);
        }
        figures
    }
}

/// Rank of each label of an ordered head, 0 for the most urgent; `None` for heads without an order.
fn ranks(head: &HeadSpec, taxonomy: &Taxonomy) -> Option<Vec<usize>> {
    let rank: BTreeMap<&str, usize> =
        taxonomy.urgency.iter().enumerate().map(|(rank, level)| (level.code.as_str(), rank)).collect();
    let known = || head.labels.iter().map(|label| rank.get(label.as_str()).copied()).collect();
    if head.name == URGENCY { known() } else { None }
}
