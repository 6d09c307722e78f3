//! Sending a case on: each hop is kept, and the alarm says when a case is played back and forth (핑퐁민원).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::verdict::Verdict;

/// From so many hops on there is an alarm, wherever they led.
pub const HOPS_ALARM: usize = 3;

/// Where a case was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Office {
    /// Another department of the province, by its code: within 3 working hours (시행령 §13②).
    Department(String),
    /// Another public body, by name: within 8 working hours, and the petitioner is told (시행령 §13③).
    Agency(String),
    /// A city or county of the province, by name: as for another agency.
    CityCounty(String),
}

impl Office {
    /// Code of the department, or name of the body.
    pub fn name(&self) -> &str {
        match self {
            Self::Department(name) | Self::Agency(name) | Self::CityCounty(name) => name,
        }
    }
}

/// One sending-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// Version of the case that it led to.
    pub version: u32,
    /// Code of the department that had the case.
    pub from: String,
    /// Who has it now.
    pub to: Office,
    /// Who sent it.
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why.
    pub reason: String,
    /// It was undone: kept, but no longer counted.
    #[serde(default)]
    pub undone: bool,
}

/// Why a case is on the 민원조정관's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alarm", rename_all = "snake_case")]
pub enum PingPong {
    /// It went back to a department that already had it.
    Returned {
        /// Code of that department.
        department: String,
    },
    /// It was sent on [`HOPS_ALARM`] times or more.
    ManyHops {
        /// How often.
        hops: usize,
    },
}

/// Whether a case is played back and forth. A return is reported before the mere number; undone hops do not count.
pub fn ping_pong(hops: &[Hop]) -> Option<PingPong> {
    let counted: Vec<&Hop> = hops.iter().filter(|hop| !hop.undone).collect();
    let returned = counted.iter().enumerate().find_map(|(i, hop)| match &hop.to {
        Office::Department(code) if counted[..=i].iter().any(|earlier| earlier.from == *code) => Some(code),
        _ => None,
    });
    match returned {
        Some(department) => Some(PingPong::Returned { department: department.clone() }),
        None if counted.len() >= HOPS_ALARM => Some(PingPong::ManyHops { hops: counted.len() }),
        None => None,
    }
}

/// A decision as it lies in the log, as far as hops need it.
type Logged<'a> = (u32, &'a Verdict, &'a str, OffsetDateTime, bool);

/// The hops of a case from its decisions: `(version, verdict, by, at, undone)`, in order.
pub fn hops_of<'a>(decisions: impl IntoIterator<Item = Logged<'a>>) -> Vec<Hop> {
    let hop = |(version, verdict, by, at, undone): Logged<'a>| {
        verdict.hop().map(|(from, to, reason)| Hop {
            version,
            from: from.to_owned(),
            to,
            by: by.to_owned(),
            at,
            reason: reason.to_owned(),
            undone,
        })
    };
    decisions.into_iter().filter_map(hop).collect()
}
