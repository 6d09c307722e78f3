//! What an evaluation says.

use serde::Serialize;

use super::metrics::ClassFigures;

/// A figure with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One class of a head.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Label code.
    pub label: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: ClassFigures,
}

/// One head.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadReport {
    /// Name of the head.
    pub head: String,
    /// Rows with a label for it.
    pub rows: usize,
    /// Share of right predictions.
    pub accuracy: Figure,
    /// Mean F1 of the classes.
    pub macro_f1: Figure,
    /// Share of rows whose label is among the three most probable.
    pub top3: Figure,
    /// Expected calibration error.
    pub ece: Figure,
    /// Mean negative log-likelihood.
    pub log_loss: f64,
    /// Every class.
    pub classes: Vec<ClassReport>,
    /// Rows by truth (outer) and prediction (inner).
    pub confusion: Vec<Vec<usize>>,
}

/// What the decision rule makes of the predictions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TriageReport {
    /// Share of cases that are routed unread.
    pub route_coverage: Figure,
    /// Share of routed cases with the right department.
    pub route_precision: Figure,
    /// Share of emergencies that are escalated.
    pub emergency_recall: Figure,
    /// Share of escalated cases that are emergencies.
    pub emergency_precision: Figure,
    /// Emergencies among the rows.
    pub emergencies: usize,
}

/// The whole evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Name and version of the model.
    pub model: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// Device and arithmetic.
    pub backend: String,
    /// Rows judged.
    pub rows: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Every head.
    pub heads: Vec<HeadReport>,
    /// The decision rule, where the model has the heads for it.
    pub triage: Option<TriageReport>,
}
