//! From a model and labelled rows to a report.

use std::path::PathBuf;

use super::interval::interval95;
use super::metrics::{self, Judged, share};
use super::report::{ClassReport, Figure, HeadReport, Report, TriageReport};
use crate::data::{DataError, Row, read_jsonl};
use crate::domain::{
    DEPARTMENT, Decision, DecisionInput, Findings, HeadSpec, Prediction, Taxonomy, URGENCY, decide,
};
use crate::model::{Model, PredictError, Scratch};
use crate::text::normalise::parse;
use crate::text::signals::SignalRules;
use crate::text::view::ModelView;

/// Texts computed at once.
const BATCH: usize = 16;

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Labelled rows; each head is judged on the column of its name.
    pub data: Vec<PathBuf>,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// Why an evaluation is not possible.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A data file is unreadable or wrong.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A row that cannot be judged.
    #[error("row `{id}`: {what}")]
    Row {
        /// The row.
        id: String,
        /// What is wrong.
        what: String,
    },
    /// No head of the model has a column in the data.
    #[error("the rows have no column for any head of the model")]
    NoLabels,
    /// The model failed.
    #[error(transparent)]
    Model(#[from] PredictError),
}

struct Judgement {
    prediction: Prediction,
    decision: Option<Decision>,
}

/// Evaluates a model; `progress` is told how many rows are done.
///
/// # Errors
/// [`EvalError`] with the file or row at fault.
pub fn evaluate(
    model: &Model,
    options: &Options,
    progress: &mut dyn FnMut(usize),
) -> Result<Report, EvalError> {
    let files = options.data.iter().map(|path| read_jsonl(path)).collect::<Result<Vec<_>, _>>()?;
    let rows = files.concat();
    let judged = judge(model, &rows, progress)?;
    let mut heads = Vec::new();
    for (index, head) in model.heads().iter().enumerate() {
        if let Some(report) = head_report(head, index, &rows, &judged, options.seed)? {
            heads.push(report);
        }
    }
    if heads.is_empty() {
        return Err(EvalError::NoLabels);
    }
    Ok(Report {
        model: format!("{} {}", model.manifest.name, model.manifest.version),
        sha256: model.manifest.weights_sha256().to_owned(),
        backend: model.describe(),
        rows: rows.len(),
        seed: options.seed,
        heads,
        triage: triage_report(&rows, &judged, options.seed),
    })
}

fn judge(model: &Model, rows: &[Row], progress: &mut dyn FnMut(usize)) -> Result<Vec<Judgement>, EvalError> {
    let taxonomy = Taxonomy::bundled();
    let signals = SignalRules::bundled();
    let mut scratch = Scratch::default();
    let mut judged = Vec::with_capacity(rows.len());
    for batch in rows.chunks(BATCH) {
        let (mut encoded, mut danger) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for row in batch {
            let text =
                parse(&row.text).map_err(|e| EvalError::Row { id: row.id.clone(), what: e.to_string() })?;
            // As the service does it: signals in the text as written, the model on the masked text.
            danger.push(!signals.detect(text.as_str()).is_empty());
            encoded.push(model.encode(&ModelView::of(text.as_str()).folded.text)?);
        }
        let ids: Vec<&[u32]> = encoded.iter().map(|e| e.ids.as_slice()).collect();
        for ((output, encoded), signal) in model.forward(&ids, &mut scratch)?.iter().zip(&encoded).zip(danger)
        {
            let prediction = model.prediction(output, encoded.ids.len());
            let findings = Findings { signal, foreign: false, truncated: encoded.truncated };
            let input = DecisionInput::new(&prediction, &taxonomy, findings);
            let decision = input.map(|input| decide(&input, &model.calibration.policy).0);
            judged.push(Judgement { prediction, decision });
        }
        progress(judged.len());
    }
    Ok(judged)
}

fn head_report(
    head: &HeadSpec,
    index: usize,
    rows: &[Row],
    judged: &[Judgement],
    seed: u64,
) -> Result<Option<HeadReport>, EvalError> {
    let mut labelled = Vec::new();
    for (row, judgement) in rows.iter().zip(judged) {
        let Some(label) = row.label(&head.name) else { continue };
        let truth = head.labels.iter().position(|l| l == label).ok_or_else(|| EvalError::Row {
            id: row.id.clone(),
            what: format!("the model's head `{}` has no label `{label}`", head.name),
        })?;
        labelled
            .push(Judged { truth, probabilities: judgement.prediction.heads[index].probabilities.clone() });
    }
    if labelled.is_empty() {
        return Ok(None);
    }
    let strata: Vec<usize> = labelled.iter().map(|r| r.truth).collect();
    let figure = |f: &dyn Fn(&[&Judged]) -> f64| {
        let pick = |rows: &[usize]| f(&rows.iter().map(|&i| &labelled[i]).collect::<Vec<_>>());
        let (low, high) = interval95(&strata, seed, &pick);
        Figure { value: f(&labelled.iter().collect::<Vec<_>>()), low, high }
    };
    let all: Vec<&Judged> = labelled.iter().collect();
    let classes = metrics::classes(&all, head.labels.len());
    let mut confusion = vec![vec![0; head.labels.len()]; head.labels.len()];
    for row in &labelled {
        confusion[row.truth][row.predicted()] += 1;
    }
    Ok(Some(HeadReport {
        head: head.name.clone(),
        rows: labelled.len(),
        accuracy: figure(&|rows| metrics::accuracy(rows)),
        macro_f1: figure(&|rows| metrics::macro_f1(rows, head.labels.len())),
        top3: figure(&|rows| metrics::top_k(rows, 3)),
        ece: figure(&|rows| metrics::ece(rows)),
        log_loss: metrics::log_loss(&all),
        classes: head
            .labels
            .iter()
            .zip(classes)
            .map(|(label, figures)| ClassReport { label: label.clone(), figures })
            .collect(),
        confusion,
    }))
}

/// One row as the decision rule left it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four facts about a row, none of which is a state")]
struct Decided {
    routed: bool,
    department_right: bool,
    escalated: bool,
    emergency: bool,
}

fn triage_report(rows: &[Row], judged: &[Judgement], seed: u64) -> Option<TriageReport> {
    let taxonomy = Taxonomy::bundled();
    let decided = |(row, judgement): (&Row, &Judgement)| {
        let decision = judgement.decision?;
        let department = judgement.prediction.head(DEPARTMENT)?.top().code;
        Some(Decided {
            routed: decision == Decision::Route,
            department_right: row.label(DEPARTMENT)? == department,
            escalated: decision == Decision::Escalate,
            emergency: taxonomy.label(URGENCY, row.label(URGENCY)?)?.escalates,
        })
    };
    let decided: Vec<Decided> = rows.iter().zip(judged).map(decided).collect::<Option<_>>()?;
    let strata: Vec<usize> = decided.iter().map(|d| usize::from(d.emergency)).collect();
    let figure = |part: fn(&Decided) -> bool, whole: fn(&Decided) -> bool| {
        let of = |rows: &mut dyn Iterator<Item = Decided>| {
            let (mut right, mut all) = (0, 0);
            for row in rows.filter(&whole) {
                all += 1;
                right += usize::from(part(&row));
            }
            share(right, all)
        };
        let (low, high) = interval95(&strata, seed, &|picked| of(&mut picked.iter().map(|&i| decided[i])));
        Figure { value: of(&mut decided.iter().copied()), low, high }
    };
    Some(TriageReport {
        route_coverage: figure(|d| d.routed, |_| true),
        route_precision: figure(|d| d.department_right, |d| d.routed),
        emergency_recall: figure(|d| d.escalated, |d| d.emergency),
        emergency_precision: figure(|d| d.emergency, |d| d.escalated),
        emergencies: decided.iter().filter(|d| d.emergency).count(),
    })
}
