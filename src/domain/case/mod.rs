//! The life of a case: what state it is in, what a person may do to it, and what that leaves behind.
//!
//! Pure. Every operation is a method of [`Case`] that takes an [`Act`] (who, when, on which version) and gives a
//! [`Change`] for the store to write, or a [`CaseError`]. Nothing is changed in place.
//!
//! ```text
//! received → triaged ⇄ in_review → answered | transferred | closed
//!          → escalated ⇗
//! ```
//! The three on the right are final: nothing leads out of them but an undo within [`UNDO_WINDOW`].

mod edit;
mod error;
mod hops;
mod operations;
mod state;
mod verdict;

#[cfg(test)]
mod tests;

pub use edit::{Piece, diff, edit_distance};
pub use error::CaseError;
pub use hops::{HOPS_ALARM, Hop, Office, PingPong, hops_of, ping_pong};
pub use operations::{Act, Change, Relabel, UNDO_WINDOW};
pub use state::{Before, Case, Labels, Last, MACHINE, Status, UnknownName};
pub use verdict::{Draft, DraftId, Slot, Verdict, VerdictKind, unfilled_slot};
