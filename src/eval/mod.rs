//! Judging a model on labelled rows: files in, figures out. No serving code knows this module.
//!
//! The way of a row: `judge` asks the model and the text rooms → `head` and `sections` make figures with intervals
//! (`metrics`, `bootstrap`) → `slices` looks where it is worse → `compare` and `gates` judge the judgement → `render`
//! writes it down. `drift` needs no labels: it compares two sets of answers. `docs/EVALUATION.md` explains each figure.

mod bootstrap;
mod compare;
pub mod drift;
mod gates;
mod head;
mod interval;
mod judge;
mod logistic;
pub mod metrics;
pub mod render;
pub mod replies;
mod report;
mod run;
mod sections;
mod slices;

pub use compare::{Change, Comparison, HeadComparison};
pub use gates::{GateError, Gates, Verdict};
pub use report::{ClassReport, DataFile, Figure, HeadReport, Reliability, Report, SCHEMA, Section};
pub use run::{EvalError, Options, compare, evaluate};
pub use slices::Slice;
