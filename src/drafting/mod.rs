//! Draft replies: from a case and the knowledge base to texts that a counsellor can sign, with their sources.
//!
//! Pure: the date, the vectors and what is known about the case come in as parameters. Nothing here decides to send
//! anything; a fact past its date is never offered, and no number is written that no source holds.
//!
//! `topic` reads one file → `kb` holds all → `bm25` and `dense` search → `retrieve` fuses and ranks, `confidence` refuses →
//! `slots` and `josa` fill → `compose` writes for the channel. `check` finds what a person must mend first.

mod bm25;
pub mod check;
mod compose;
mod confidence;
mod dense;
mod earlier;
mod feedback;
pub mod figures;
pub mod josa;
mod kb;
pub mod length;
mod retrieve;
mod section;
mod slots;
mod terms;
mod topic;

pub use compose::{CaseFacts, Composed, Form, Length, MARK, Note, OFFICER, SlotState, compose};
pub use confidence::{Evidence, Hit, Search};
pub use dense::{DenseIndex, Meaning, vectors_to_bytes};
pub use earlier::{EarlierReply, usable};
pub use feedback::{Decisions, Feedback};
pub use kb::KnowledgeBase;
pub use retrieve::{NoDraft, Priors, Query, RUNNER_UP, Retriever, THRESHOLD};
pub use section::Section;
pub use slots::{Slot, SlotError, Template, Values};
pub use topic::{Source, Topic, TopicError, TopicKind};

#[cfg(test)]
mod tests;
