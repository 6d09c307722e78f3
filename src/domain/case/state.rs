//! State of a case: status, labels, version, and what its last change was.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::hops::{Hop, PingPong, ping_pong};
use super::verdict::VerdictKind;
use crate::domain::{CaseId, Decision};

/// Who is named as the author of the triage.
pub const MACHINE: &str = "minwon";

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Came in, not yet triaged. Never stored: triage and record are one step.
    Received,
    /// In the queue of its department.
    Triaged,
    /// A sign of danger: a person now.
    Escalated,
    /// A person decides first.
    InReview,
    /// A reply was approved. Final.
    Answered,
    /// Sent to another agency or 시·군. Final.
    Transferred,
    /// Ended without a reply, with a reason. Final.
    Closed,
}

/// A name that is none of the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown {0}")]
pub struct UnknownName(
    /// What was looked for.
    pub &'static str,
);

impl Status {
    /// All of them, in the order of a case's life.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::Triaged,
        Self::Escalated,
        Self::InReview,
        Self::Answered,
        Self::Transferred,
        Self::Closed,
    ];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Triaged => "triaged",
            Self::Escalated => "escalated",
            Self::InReview => "in_review",
            Self::Answered => "answered",
            Self::Transferred => "transferred",
            Self::Closed => "closed",
        }
    }

    /// Nothing leads out of it but an undo.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Answered | Self::Transferred | Self::Closed)
    }

    /// Where the decision rule puts a new case.
    pub const fn after(decision: Decision) -> Self {
        match decision {
            Decision::Route => Self::Triaged,
            Decision::Review => Self::InReview,
            Decision::Escalate => Self::Escalated,
        }
    }
}

impl FromStr for Status {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == name).ok_or(UnknownName("status"))
    }
}

/// The four labels that a case carries now: at first the model's, later a person's. Codes of the taxonomy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Labels {
    /// Department that is to answer.
    pub department: String,
    /// How urgent it is.
    pub urgency: String,
    /// Who must act in the end.
    pub jurisdiction: String,
    /// Kind of 민원.
    pub kind: String,
}

/// The last change of a case: what a stale caller is told, and what an undo needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// What was done.
    pub kind: VerdictKind,
    /// By whom: the name of a key, or [`MACHINE`].
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The state before; `None` where there is nothing to go back to (triage, an undo).
    pub before: Option<Before>,
}

/// What an undo restores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Status before the change.
    pub status: Status,
    /// Labels before the change.
    pub labels: Labels,
}

/// A case as the state machine sees it; its texts are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Identifier.
    pub id: CaseId,
    /// Grows by one with every change; 1 after triage.
    pub version: u32,
    /// Where it stands.
    pub status: Status,
    /// Labels that hold now.
    pub labels: Labels,
    /// Every sending-on, in order; undone ones stay, marked.
    pub hops: Vec<Hop>,
    /// The last change.
    pub last: Last,
}

impl Case {
    /// A case fresh from triage: version 1, in the state that the decision rule asks for.
    pub fn triaged(id: CaseId, labels: Labels, decision: Decision, at: OffsetDateTime) -> Self {
        let last = Last { kind: VerdictKind::Triaged, by: MACHINE.to_owned(), at, before: None };
        Self { id, version: 1, status: Status::after(decision), labels, hops: Vec::new(), last }
    }

    /// The alarm for the 민원조정관, if there is one.
    pub fn ping_pong(&self) -> Option<PingPong> {
        ping_pong(&self.hops)
    }
}
