//! What a request means: the steps from a complaint to an answer, in the words of [`crate::domain`].
//!
//! Ids and times are made here. Nothing here knows HTTP, a database or how a model is run.

mod answer;
mod case_facts;
mod cases;
mod draft;
mod drafts;
mod from_model;
mod intake;
pub mod kb_files;
mod keys;
mod matters;
mod record;
pub mod repeats;
mod replies;
mod rooms;
mod similar;
mod triage;

pub use answer::{
    Answer, Degradation, DepartmentLabel, DueTimes, HelpLineFound, JurisdictionLabel, Location, ModelInfo,
    NamedLabel, SignalFound, TimingMs, TriageAnswer, UrgencyLabel, WeightedSpan,
};
pub use case_facts::priors as reply_priors;
pub use cases::{Actor, Cases, Decide, ReviewError, Written};
pub use draft::{Draft, DraftLength, DraftSlot, DraftSource, NoDraftReason};
pub use drafts::{DraftRequest, Drafts, vectors};
pub use intake::{Intake, IntakeRequest, Outcome};
pub use keys::{Identity, KeyError, Keys};
pub use matters::{Matter, SimilarCase};
pub use replies::{Replies, RepliesError};
pub use rooms::Rooms;
pub use similar::SimilarCases;
pub use triage::{Triage, TriageError, TriageRequest};
