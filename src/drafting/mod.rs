//! Draft replies: from a case and the knowledge base to texts that a counsellor can sign, with their sources.
//!
//! Pure: the date, the vectors and what is known about the case come in as parameters. Nothing here decides to send
//! anything; a fact past its date is never offered, and no number is written that no source holds.
//!
//! `topic` reads one file → `kb` holds all → `bm25` and `dense` search → `retrieve` fuses, ranks and refuses →
//! `slots` and `josa` fill → `compose` writes for the channel. `check` finds what a person must mend first.

mod bm25;
pub mod check;
mod compose;
mod dense;
mod earlier;
mod feedback;
pub mod figures;
pub mod josa;
mod kb;
pub mod length;
mod retrieve;
mod sections;
mod slots;
mod terms;
mod topic;

pub use compose::{CaseFacts, Composed, Form, Length, MARK, Note, OFFICER, SlotState, compose};
pub use dense::{DenseIndex, vectors_to_bytes};
pub use earlier::{EarlierReply, usable};
pub use feedback::{Decisions, Feedback};
pub use kb::KnowledgeBase;
pub use retrieve::{Hit, NoDraft, Priors, Query, RUNNER_UP, Retriever, THRESHOLD};
pub use slots::{Slot, SlotError, Template, Values};
pub use topic::{Section, Source, Topic, TopicError, TopicKind};

#[cfg(test)]
mod tests;
