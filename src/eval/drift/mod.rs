//! Whether a window of cases still looks like the reference: no labels needed, answers or rows will do.
//!
//! Labels and confidences are compared by the population stability index, texts by a two-sample test; cases of the
//! window that the model is unsure about are searched for themes that the reference does not have.

mod features;
mod mmd;
mod record;
mod stability;
mod themes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::judge::{Embeddings, Judged, judge};
use super::metrics::share;
use super::run::EvalError;
use crate::data::{Row, read_jsonl};
use crate::domain::DEPARTMENT;
use crate::model::Model;

pub use mmd::TwoSample;
pub use record::{Record, read};
pub use stability::{Movement, Stability};
pub use themes::Theme;

/// How two sets of cases are compared.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seed of subsamples and permutations.
    pub seed: u64,
    /// Cases whose department is less sure than this are searched for themes.
    pub unsure_below: f64,
}

/// What changed between a reference and a window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// Cases of the reference.
    pub reference: usize,
    /// Cases of the window.
    pub window: usize,
    /// Seed of subsamples and permutations.
    pub seed: u64,
    /// Labels and other columns of few values, by name.
    pub labels: BTreeMap<String, Stability>,
    /// Confidences by head, in ten bins that hold equally much of the reference.
    pub confidence: BTreeMap<String, Stability>,
    /// Whether the texts come from one source; `None` without texts on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<TwoSample>,
    /// Share of the window that is unsure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsure_share: Option<f64>,
    /// What the unsure cases are about.
    pub themes: Vec<Theme>,
}

/// Reads two files and lets a model answer them, so that its embeddings and confidences are compared.
///
/// # Errors
/// [`EvalError`] with the file or row at fault.
pub fn read_with_model(
    model: &Model,
    paths: [&Path; 2],
    progress: &mut dyn FnMut(usize),
) -> Result<[Vec<Record>; 2], EvalError> {
    let mut before = 0;
    let mut records = |path: &Path| -> Result<Vec<Record>, EvalError> {
        let rows = read_jsonl(path)?;
        let judged = judge(model, &rows, Embeddings::Keep, &mut |done| progress(before + done))?;
        before += rows.len();
        Ok(answered(&rows, judged))
    };
    let [reference, window] = paths;
    Ok([records(reference)?, records(window)?])
}

fn answered(rows: &[Row], judged: Judged) -> Vec<Record> {
    let record = |(row, judgement): (&Row, super::judge::Judgement)| {
        let tops = judgement.prediction.heads.iter().map(|head| (head.spec.name.clone(), head.top()));
        let mut record =
            Record { id: row.id.clone(), text: Some(judgement.seen.masked), ..Record::default() };
        for (head, top) in tops {
            record.confidence.insert(head.clone(), f64::from(top.confidence));
            record.labels.insert(head, top.code.to_owned());
        }
        record.embedding = judgement.embedding;
        record
    };
    rows.iter().zip(judged.rows).map(record).collect()
}

/// Compares two sets of cases.
pub fn drift(reference: &[Record], window: &[Record], options: Options) -> Drift {
    let by = |records: &[Record], confident: bool| -> BTreeSet<String> {
        let names = |r: &Record| -> Vec<String> {
            if confident {
                r.confidence.keys().cloned().collect()
            } else {
                r.labels.keys().cloned().collect()
            }
        };
        records.iter().flat_map(names).collect()
    };
    let shared = |confident: bool| {
        let other = by(window, confident);
        by(reference, confident).into_iter().filter(move |name| other.contains(name))
    };
    let labels = shared(false).filter_map(|name| {
        let of = |records: &[Record]| -> Vec<String> {
            records.iter().filter_map(|r| r.labels.get(&name).cloned()).collect()
        };
        let stability = stability::of_labels(&of(reference), &of(window))?;
        Some((name, stability))
    });
    let confidence = shared(true).filter_map(|name| {
        let of = |records: &[Record]| -> Vec<f64> {
            records.iter().filter_map(|r| r.confidence.get(&name).copied()).collect()
        };
        let stability = stability::of_numbers(&of(reference), &of(window))?;
        Some((name, stability))
    });
    let (labels, confidence) = (labels.collect(), confidence.collect());
    let sure = |record: &Record| record.confidence.get(DEPARTMENT).copied();
    let (unsure, rest): (Vec<&Record>, Vec<&Record>) =
        window.iter().partition(|record| sure(record).is_some_and(|sure| sure < options.unsure_below));
    let known = window.iter().filter(|record| sure(record).is_some()).count();
    Drift {
        reference: reference.len(),
        window: window.len(),
        seed: options.seed,
        labels,
        confidence,
        texts: mmd::of_texts(reference, window, options.seed),
        unsure_share: (known > 0).then(|| share(unsure.len() as u64, known as u64)),
        themes: themes::themes(&unsure, &rest.into_iter().chain(reference).collect::<Vec<_>>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(i: usize, department: &str, confidence: f64, text: &str) -> Record {
        Record {
            id: i.to_string(),
            text: Some(text.to_owned()),
            labels: [(DEPARTMENT.to_owned(), department.to_owned())].into(),
            confidence: [(DEPARTMENT.to_owned(), confidence)].into(),
            embedding: Vec::new(),
        }
    }

    fn ordinary(n: usize, from: usize) -> Vec<Record> {
        let texts = [
            ("roads", "가로등이 꺼져 있어요 골목이 어두워요"),
            ("transport", "버스가 안 와요 배차 간격이 너무 길어요"),
            ("animal", "길고양이 밥자리를 누가 엎어놨어요"),
        ];
        let one = |i: usize| {
            let (department, text) = texts[i % 3];
            record(i, department, 0.7 + 0.02 * (i % 10) as f64, &format!("{text} {}번지", i % 17))
        };
        (from..from + n).map(one).collect()
    }

    #[test]
    fn the_same_source_does_not_drift() {
        let options = Options { seed: 1, unsure_below: 0.5 };
        let drift = drift(&ordinary(300, 0), &ordinary(150, 1_000), options);
        assert_eq!(drift.labels[DEPARTMENT].movement, Movement::Stable);
        assert_eq!(drift.confidence[DEPARTMENT].movement, Movement::Stable);
        assert!(drift.texts.is_some_and(|texts| texts.p > 0.05) && drift.themes.is_empty());
        assert_eq!(drift.unsure_share, Some(0.0));
    }

    #[test]
    fn a_new_matter_shows_in_texts_confidence_and_themes() {
        let mut window = ordinary(100, 1_000);
        window.extend(
            (0..40).map(|i| record(i, "none", 0.3, &format!("민생회복 소비쿠폰 신청이 안 돼요 {i}"))),
        );
        let options = Options { seed: 1, unsure_below: 0.5 };
        let drift = drift(&ordinary(300, 0), &window, options);
        assert_eq!(drift.labels[DEPARTMENT].movement, Movement::Shifted);
        assert_eq!(drift.confidence[DEPARTMENT].movement, Movement::Shifted);
        assert!(drift.texts.as_ref().is_some_and(|texts| texts.p < 0.01), "{:?}", drift.texts);
        assert_eq!(drift.themes[0].cases, 40);
        assert!(drift.themes[0].terms.iter().any(|term| term == "소비"), "{:?}", drift.themes);
    }
}
