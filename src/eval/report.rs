//! What an evaluation says. `docs/EVALUATION.md` describes the JSON form.

use std::collections::BTreeMap;

use serde::Serialize;

use super::compare::Comparison;
use super::gates::Verdict;
use super::metrics::coverage::Point;
use super::metrics::{Bin, MetricError};
use super::slices::Slice;

/// Version of the report's JSON form; it rises when a name changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Figure {
    /// A figure that is a bound itself and has no interval.
    pub fn exact(value: f64) -> Self {
        Self { value, low: value, high: value }
    }
}

/// Named figures, and why others cannot be had.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Section {
    /// Rows behind them.
    pub rows: usize,
    /// Figures by name.
    pub figures: BTreeMap<String, Figure>,
    /// Reason by name of each figure that the rows do not define.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub undefined: BTreeMap<String, String>,
}

impl Section {
    /// Takes a figure in, or the reason why there is none.
    pub fn insert(&mut self, name: &str, figure: Option<Figure>, reason: Option<&MetricError>) {
        if let Some(figure) = figure {
            self.figures.insert(name.to_owned(), figure);
        } else {
            let reason = reason.map_or_else(|| "no row counts for it".to_owned(), ToString::to_string);
            self.undefined.insert(name.to_owned(), reason);
        }
    }
}

/// One class of a head.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Label code.
    pub label: String,
    /// Korean name, or the code where the scheme has none.
    pub name: String,
    /// Rows of the class.
    pub support: u64,
    /// Rows predicted as the class.
    pub predicted: u64,
    /// Right among those predicted.
    pub precision: Figure,
    /// Found among those that are.
    pub recall: Figure,
    /// Harmonic mean of both.
    pub f1: Figure,
}

/// Confidence against accuracy, bin by bin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Bins of equal width.
    pub width: Vec<Bin>,
    /// Bins of equally many rows.
    pub mass: Vec<Bin>,
}

/// One head.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadReport {
    /// Name of the head.
    pub head: String,
    /// Its figures.
    #[serde(flatten)]
    pub section: Section,
    /// Every class, in the order of the model.
    pub classes: Vec<ClassReport>,
    /// Rows by truth (outer) and prediction (inner), in the order of `classes`.
    pub confusion: Vec<Vec<u64>>,
    /// Reliability diagrams.
    pub reliability: Reliability,
    /// The risk–coverage curve, thinned.
    pub risk_coverage: Vec<Point>,
}

/// A file of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataFile {
    /// Its name without the folder.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// The whole evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Name and version of the model.
    pub model: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// Device and arithmetic.
    pub backend: String,
    /// What it was judged on.
    pub data: Vec<DataFile>,
    /// Rows judged.
    pub rows: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Resamples behind each interval.
    pub resamples: usize,
    /// Every head that the rows have labels for.
    pub heads: Vec<HeadReport>,
    /// `triage`, `emergency`, `signals`, `masking`, `places`: those that model and rows allow.
    pub sections: BTreeMap<String, Section>,
    /// Slices of the rows, from the most surely worse to the most surely better.
    pub slices: Vec<Slice>,
    /// Against another model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// What the gates say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Verdict>,
}

impl Report {
    /// A figure by its whole name: `department.accuracy`, `department.class.roads.recall`, `triage.route_precision`.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        let (part, rest) = name.split_once('.')?;
        if let Some(head) = self.heads.iter().find(|head| head.head == part) {
            if let Some((label, figure)) = rest.strip_prefix("class.").and_then(|rest| rest.rsplit_once('.'))
            {
                let class = head.classes.iter().find(|class| class.label == label)?;
                return match figure {
                    "precision" => Some(&class.precision),
                    "recall" => Some(&class.recall),
                    "f1" => Some(&class.f1),
                    _ => None,
                };
            }
            if let Some(figure) = head.section.figures.get(rest) {
                return Some(figure);
            }
        }
        self.sections.get(part)?.figures.get(rest)
    }

    /// Why a figure is undefined, by its whole name.
    pub fn undefined(&self, name: &str) -> Option<&str> {
        let (part, rest) = name.split_once('.')?;
        let heads = self.heads.iter().filter(|head| head.head == part).map(|head| &head.section);
        let mut sections = heads.chain(self.sections.get(part));
        sections.find_map(|section| section.undefined.get(rest)).map(String::as_str)
    }

    /// Whole names of all figures but those of single classes.
    pub fn names(&self) -> Vec<String> {
        let heads = self.heads.iter().map(|head| (&head.head, &head.section));
        let sections = heads.chain(self.sections.iter());
        sections
            .flat_map(|(part, section)| section.figures.keys().map(move |name| format!("{part}.{name}")))
            .collect()
    }
}
