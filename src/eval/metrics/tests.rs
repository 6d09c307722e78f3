//! Agreement with scikit-learn and scipy (`eval/fixtures/make.py`), and what must hold for any rows.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const TOLERANCE: f64 = 1e-12;

pub(crate) fn fixture(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/metrics").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn rows_of(case: &Value) -> HeadRows {
    let truth = case["truth"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    // The shortest decimal form of a double may be read one unit off 1.
    let p = numbers(&case["probabilities"]).into_iter().map(|p| p.clamp(0.0, 1.0)).collect();
    HeadRows::new(case["labels"].as_u64().unwrap() as usize, truth, p).unwrap()
}

#[track_caller]
fn agree(name: &str, figure: &str, own: Option<f64>, expected: &Value) {
    let close = match (own, expected.as_f64()) {
        (Some(own), Some(expected)) => (own - expected).abs() <= TOLERANCE,
        (own, expected) => own.is_none() && expected.is_none(),
    };
    assert!(close, "{name}, {figure}: {own:?} is not {expected}");
}

#[test]
fn agrees_with_scikit_learn() {
    for case in fixture("heads.json").as_array().unwrap() {
        let (rows, name, expected) = (rows_of(case), case["name"].as_str().unwrap(), &case["expected"]);
        let ones = rows.ones();
        let ranks: Vec<usize> = (0..rows.labels()).collect();
        let confusion = Confusion::of(&rows, &ones);
        let probabilities = Probabilities::of(&rows);
        let coverage = Coverage::of(&rows);
        let positives = if rows.labels() > 3 { 2 } else { 1 };
        let scores: Vec<f64> =
            (0..rows.len()).map(|row| rows.probabilities(row)[..positives].iter().sum()).collect();
        let ranking = Ranking::new(&scores, rows.truth().iter().map(|&t| t < positives).collect()).unwrap();
        let (under, over) = confusion.triage_errors(&ranks);
        let figures = [
            ("accuracy", Some(confusion.accuracy())),
            ("macro_f1", Some(confusion.macro_f1())),
            ("micro_f1", Some(confusion.accuracy())),
            ("weighted_f1", Some(confusion.weighted_f1())),
            ("mcc", Some(confusion.mcc())),
            ("kappa", confusion.kappa().ok()),
            ("quadratic_kappa", confusion.quadratic_kappa(&ranks).ok()),
            ("under_triage", Some(under)),
            ("over_triage", Some(over)),
            ("top_2", Some(probabilities.top_k(2, &ones))),
            ("log_loss", Some(probabilities.log_loss(&ones))),
            ("brier", Some(probabilities.brier(&ones))),
            ("ece_width", Some(probabilities.ece_width(&ones))),
            ("ece_mass", Some(probabilities.ece_mass(&ones))),
            ("aurc", Some(coverage.aurc(&ones))),
            ("coverage_90", Some(coverage.at_precision(0.9, &ones))),
            ("coverage_95", Some(coverage.at_precision(0.95, &ones))),
            ("auroc", ranking.auroc(&ones).ok()),
            ("average_precision", ranking.average_precision(&ones).ok()),
        ];
        for (figure, own) in figures {
            agree(name, figure, own, &expected[figure]);
        }
        for (i, class) in confusion.classes().iter().enumerate() {
            agree(name, "precision", Some(class.precision()), &expected["precision"][i]);
            agree(name, "recall", Some(class.recall()), &expected["recall"][i]);
            agree(name, "f1", Some(class.f1()), &expected["f1"][i]);
            agree(name, "support", Some(class.support as f64), &expected["support"][i]);
        }
        assert_eq!(serde_json::to_value(confusion.rows()).unwrap(), expected["confusion"], "{name}");
    }
}

#[test]
fn bounds_and_tests_agree_with_scipy() {
    let counts = fixture("counts.json");
    let n = |v: &Value| v.as_u64().unwrap();
    for case in counts["bounds"].as_array().unwrap() {
        let (low, high) =
            exact::clopper_pearson(n(&case["right"]), n(&case["of"]), case["alpha"].as_f64().unwrap());
        agree("Clopper-Pearson", &case.to_string(), Some(low), &case["low"]);
        agree("Clopper-Pearson", &case.to_string(), Some(high), &case["high"]);
    }
    for case in counts["mcnemar"].as_array().unwrap() {
        agree("McNemar", &case.to_string(), Some(exact::mcnemar(n(&case["a"]), n(&case["b"]))), &case["p"]);
    }
    for case in counts["fisher"].as_array().unwrap() {
        let table: Vec<u64> = case["table"].as_array().unwrap().iter().map(n).collect();
        let p = exact::fisher(table[0], table[1], table[2], table[3]);
        agree("Fisher", &case.to_string(), Some(p), &case["p"]);
    }
    let adjusted = exact::benjamini_hochberg(&numbers(&counts["fdr"]["p"]));
    for (i, own) in adjusted.iter().enumerate() {
        agree("Benjamini-Hochberg", "adjusted", Some(*own), &counts["fdr"]["adjusted"][i]);
    }
}

#[test]
fn what_cannot_be_judged_says_why() {
    let error = |result: Result<HeadRows, MetricError>| result.unwrap_err().to_string();
    assert_eq!(error(HeadRows::new(2, vec![], vec![])), "no rows to judge");
    assert_eq!(error(HeadRows::new(2, vec![2], vec![0.5, 0.5])), "row 0: label 2 of 2");
    assert_eq!(
        error(HeadRows::new(2, vec![0], vec![0.5])),
        "1 labels do not fit 1 probabilities of 2 labels each"
    );
    let nan = HeadRows::new(2, vec![0], vec![f64::NAN, 0.5]);
    assert_eq!(error(nan), "row 0: a probability is not between 0 and 1");
    let one_class = HeadRows::new(2, vec![0, 0], vec![0.9, 0.1, 0.8, 0.2]).unwrap();
    let kappa = Confusion::of(&one_class, &one_class.ones()).kappa();
    let why = "kappa is undefined: truth and prediction hold one and the same label only";
    assert_eq!(kappa.unwrap_err().to_string(), why);
    let ranking = Ranking::new(&[0.1, 0.9], vec![false, false]).unwrap();
    assert_eq!(
        ranking.auroc(&[1, 1]).unwrap_err().to_string(),
        "AUROC is undefined: rows of both kinds are needed"
    );
    let why = "average precision is undefined: no row is positive";
    assert_eq!(ranking.average_precision(&[1, 1]).unwrap_err().to_string(), why);
}

fn any_rows() -> impl Strategy<Value = HeadRows> {
    (2usize..5, 1usize..40).prop_flat_map(|(labels, n)| {
        let truth = proptest::collection::vec(0..labels, n);
        // Few levels, so that ties are common.
        let raw = proptest::collection::vec(1u32..5, n * labels);
        (truth, raw).prop_map(move |(truth, raw)| {
            let p = raw.chunks(labels).flat_map(|own| {
                let sum: u32 = own.iter().sum();
                own.iter().map(move |&p| f64::from(p) / f64::from(sum))
            });
            HeadRows::new(labels, truth, p.collect()).unwrap()
        })
    })
}

proptest! {
    #[test]
    fn a_weight_of_two_is_the_row_twice(rows in any_rows(), weights in proptest::collection::vec(0u32..3, 40)) {
        let weights = &weights[..rows.len()];
        prop_assume!(weights.iter().any(|w| *w > 0));
        let picked: Vec<usize> =
            weights.iter().enumerate().flat_map(|(row, &w)| std::iter::repeat_n(row, w as usize)).collect();
        let p = picked.iter().flat_map(|&row| rows.probabilities(row).to_vec()).collect();
        let twice = HeadRows::new(rows.labels(), picked.iter().map(|&r| rows.truth()[r]).collect(), p).unwrap();
        let ones = twice.ones();
        prop_assert_eq!(Confusion::of(&rows, weights), Confusion::of(&twice, &ones));
        let (a, b) = (Coverage::of(&rows), Coverage::of(&twice));
        prop_assert!((a.aurc(weights) - b.aurc(&ones)).abs() < TOLERANCE);
        prop_assert!((a.at_precision(0.8, weights) - b.at_precision(0.8, &ones)).abs() < TOLERANCE);
        let (a, b) = (Probabilities::of(&rows), Probabilities::of(&twice));
        prop_assert!((a.log_loss(weights) - b.log_loss(&ones)).abs() < TOLERANCE);
        prop_assert!((a.ece_width(weights) - b.ece_width(&ones)).abs() < TOLERANCE);
        prop_assert!((a.top_k(2, weights) - b.top_k(2, &ones)).abs() < TOLERANCE);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(rows in any_rows()) {
        let reversed: Vec<usize> = (0..rows.len()).rev().collect();
        let p = reversed.iter().flat_map(|&row| rows.probabilities(row).to_vec()).collect();
        let other = HeadRows::new(rows.labels(), reversed.iter().map(|&r| rows.truth()[r]).collect(), p).unwrap();
        let ones = rows.ones();
        prop_assert!((Probabilities::of(&rows).ece_mass(&ones) - Probabilities::of(&other).ece_mass(&ones)).abs() < TOLERANCE);
        prop_assert!((Coverage::of(&rows).aurc(&ones) - Coverage::of(&other).aurc(&ones)).abs() < TOLERANCE);
    }

    #[test]
    fn no_figure_leaves_its_range(rows in any_rows()) {
        let ones = rows.ones();
        let confusion = Confusion::of(&rows, &ones);
        let probabilities = Probabilities::of(&rows);
        for figure in [confusion.accuracy(), confusion.macro_f1(), confusion.weighted_f1(), probabilities.ece_mass(&ones)] {
            prop_assert!((0.0..=1.0).contains(&figure));
        }
        prop_assert!((-1.0..=1.0 + TOLERANCE).contains(&confusion.mcc()));
        prop_assert!(confusion.kappa().is_ok_and(|k| (-1.0..=1.0).contains(&k)) || confusion.kappa().is_err());
        prop_assert!(probabilities.log_loss(&ones).is_finite());
    }

    #[test]
    fn a_proportion_lies_within_its_bounds(right in 0u64..200, wrong in 0u64..200) {
        prop_assume!(right + wrong > 0);
        let (low, high) = exact::clopper_pearson(right, right + wrong, 0.025);
        let p = right as f64 / (right + wrong) as f64;
        prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0);
    }
}
