//! What a request means: the steps from a complaint to an answer, in the words of [`crate::domain`].
//!
//! Ids and times are made here. Nothing here knows HTTP, a database or how a model is run.

mod answer;
mod cases;
mod feed;
mod intake;
mod keys;
mod record;
mod rooms;
mod triage;

pub use answer::{
    Answer, Degradation, DepartmentLabel, DueTimes, HelpLineFound, JurisdictionLabel, Location, ModelInfo,
    NamedLabel, SignalFound, TimingMs, TriageAnswer, UrgencyLabel, WeightedSpan,
};
pub use cases::{Actor, Cases, Decide, ReviewError, Written};
pub use feed::Feed;
pub use intake::{Intake, IntakeRequest, Outcome};
pub use keys::{Identity, KeyError, Keys};
pub use rooms::Rooms;
pub use triage::{Triage, TriageError, TriageRequest};
