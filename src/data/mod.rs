//! Labelled rows as files hold them: one JSON object a line, text plus any label columns.
//!
//! Shared by training, evaluation and the data check; serving does not read data sets.

pub mod check;
mod row;
pub mod split;

pub use row::{DataError, Row, read_jsonl};
