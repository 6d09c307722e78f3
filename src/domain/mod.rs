//! The words of the product and the rules that need nothing but those words.
//!
//! Pure: no I/O, no clock, no randomness, no framework. What belongs here: what a complaint, a label, a prediction
//! and a decision are. What does not: how a text is normalised ([`crate::text`]) or how a model is run
//! ([`crate::model`]).

pub mod case;
mod complaint;
mod decision;
mod prediction;
mod role;
mod runtime;
mod span;
mod taxonomy;

pub use complaint::{Channel, ComplaintText, MAX_TEXT_CHARS, TextError, UnknownChannel};
pub use decision::{Decision, DecisionInput, DecisionPolicy, Findings, ReviewReason, decide, emergency};
pub use prediction::{HeadKind, HeadPrediction, HeadSpec, Prediction, Scored};
pub use role::{Role, UnknownRole};
pub use runtime::{CaseId, Clock, IdSource};
pub use span::Span;
pub use taxonomy::{DEPARTMENT, HEADS, JURISDICTION, KIND, Label, Taxonomy, TaxonomyError, URGENCY};
