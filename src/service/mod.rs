//! What a request means: the steps from a complaint to an answer, in the words of [`crate::domain`].
//!
//! Ids and times are made here. Nothing here knows HTTP, a database or how a model is run.

mod answer;
pub mod repeats;
mod rooms;
mod similar;
mod triage;

pub use answer::{
    Answer, Degradation, DepartmentLabel, DueTimes, HelpLineFound, JurisdictionLabel, Location, ModelInfo,
    NamedLabel, SignalFound, TimingMs, TriageAnswer, UrgencyLabel, WeightedSpan,
};
pub use rooms::Rooms;
pub use similar::SimilarCases;
pub use triage::{Triage, TriageError, TriageRequest};
