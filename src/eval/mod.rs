//! Judging a model on labelled rows: files in, figures out. No serving code knows this module.

mod interval;
mod logistic;
mod metrics;
pub mod replies;
mod report;
mod run;

pub use report::{Figure, HeadReport, Report, TriageReport};
pub use run::{EvalError, Options, evaluate};
