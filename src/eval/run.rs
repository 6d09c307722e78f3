//! From a model and labelled rows to a report.

use std::path::{Path, PathBuf};

use super::bootstrap::RESAMPLES;
use super::compare::compare as compared;
use super::head::head_report;
use super::judge::{Embeddings, Judged, judge};
use super::metrics::MetricError;
use super::report::{DataFile, Report, SCHEMA};
use super::sections::sections;
use super::slices::slices;
use crate::data::{DataError, Row, read_jsonl};
use crate::domain::Taxonomy;
use crate::model::manifest::sha256;
use crate::model::{Model, PredictError};

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
    /// Rows without any figure.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] PredictError),
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
    let (files, rows) = read(&options.data)?;
    let judged = judge(model, &rows, Embeddings::Drop, progress)?;
    report(files, &rows, &judged, options.seed)
}

/// Evaluates model B and compares it with model A, both on the same rows.
///
/// # Errors
/// [`EvalError`] with the file or row at fault.
pub fn compare(
    (a, b): (&Model, &Model),
    options: &Options,
    progress: &mut dyn FnMut(usize),
) -> Result<Report, EvalError> {
    let (files, rows) = read(&options.data)?;
    let before = judge(a, &rows, Embeddings::Drop, progress)?;
    let after = judge(b, &rows, Embeddings::Drop, &mut |done| progress(rows.len() + done))?;
    let comparison = compared(&rows, &before, &after, options.seed)?;
    let report = report(files, &rows, &after, options.seed)?;
    Ok(Report { comparison: Some(comparison), ..report })
}

fn read(paths: &[PathBuf]) -> Result<(Vec<DataFile>, Vec<Row>), EvalError> {
    let (mut files, mut all) = (Vec::new(), Vec::new());
    for path in paths {
        let rows = read_jsonl(path)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.push(DataFile { name, rows: rows.len(), sha256: digest(path)? });
        all.extend(rows);
    }
    Ok((files, all))
}

fn digest(path: &Path) -> Result<String, EvalError> {
    let bytes =
        std::fs::read(path).map_err(|source| DataError::Io { path: path.display().to_string(), source })?;
    Ok(sha256(&bytes))
}

fn report(files: Vec<DataFile>, rows: &[Row], judged: &Judged, seed: u64) -> Result<Report, EvalError> {
    let taxonomy = Taxonomy::bundled();
    let mut labelled = Vec::new();
    for index in judged.single_label_heads() {
        labelled.extend(judged.head(index, rows)?.map(|(positions, own)| (index, positions, own)));
    }
    let sections = sections(rows, judged, seed);
    let multi = judged.heads.iter().any(|head| sections.contains_key(&head.name));
    if labelled.is_empty() && !multi {
        return Err(EvalError::NoLabels);
    }
    let heads =
        labelled.iter().map(|(index, _, own)| head_report(&judged.heads[*index], own, &taxonomy, seed));
    Ok(Report {
        schema: SCHEMA,
        model: judged.model.clone(),
        sha256: judged.sha256.clone(),
        backend: judged.backend.clone(),
        data: files,
        rows: rows.len(),
        seed,
        resamples: RESAMPLES,
        heads: heads.collect(),
        sections,
        slices: slices(rows, judged, &labelled),
        comparison: None,
        gates: Vec::new(),
    })
}
