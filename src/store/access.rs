//! The access log: who saw or changed which case. Tamper-evident: each row holds the SHA-256 over the hash before it
//! and its own fields, so that a row that was changed, taken out or put in breaks the chain.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::domain::CaseId;

/// Something to log: account, time, place, data subject and task (안전성 확보조치 기준 §8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessEntry {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Name of the key, or of the operating-system account for the command line.
    pub actor: String,
    /// Address that the request came from; empty for the command line.
    pub address: String,
    /// What was done: `case.view`, `case.list`, `export`, …
    pub action: String,
    /// The case, where it was one.
    pub case_id: Option<CaseId>,
    /// How many cases were shown.
    pub cases: u32,
    /// Why, where a reason was asked for (downloads).
    pub reason: Option<String>,
}

/// Which rows; newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessQuery {
    /// Only rows with a smaller number: the last one of the page before.
    pub before: Option<u64>,
    /// By this actor.
    pub actor: Option<String>,
    /// About this case.
    pub case_id: Option<CaseId>,
    /// Most rows, 1 to 500.
    pub limit: u32,
}

/// A logged row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessRow {
    /// Number, without gaps.
    pub seq: u64,
    /// What was logged.
    #[serde(flatten)]
    pub entry: AccessEntry,
    /// Hash of the row, in hexadecimal.
    pub hash: String,
}

/// Result of a check of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum ChainReport {
    /// Every row fits. Keep `head` elsewhere: a later check that does not pass through it shows that the log was
    /// written anew as a whole.
    Intact {
        /// Rows checked.
        rows: u64,
        /// Number of the last row.
        last: u64,
        /// Hash of the last row, in hexadecimal.
        head: String,
    },
    /// The first row that does not fit.
    Broken {
        /// Its number.
        seq: u64,
        /// What is wrong.
        what: String,
    },
}

/// Hash of a row: over the hash before it and every field, each with its length, so that no two rows read alike.
pub(super) fn chain_hash(previous: &[u8], seq: u64, entry: &AccessEntry) -> [u8; 32] {
    let mut hash = Sha256::new();
    let micros = (entry.at.unix_timestamp_nanos() / 1_000) as i64;
    let case = entry.case_id.map(|id| id.0.into_bytes());
    let fields: [Option<&[u8]>; 9] = [
        Some(previous),
        Some(&seq.to_be_bytes()),
        Some(&micros.to_be_bytes()),
        Some(entry.actor.as_bytes()),
        Some(entry.address.as_bytes()),
        Some(entry.action.as_bytes()),
        case.as_ref().map(<[u8; 16]>::as_slice),
        Some(&entry.cases.to_be_bytes()),
        entry.reason.as_deref().map(str::as_bytes),
    ];
    for field in fields {
        // An absent field differs from an empty one.
        hash.update(field.map_or(u64::MAX, |f| f.len() as u64).to_be_bytes());
        hash.update(field.unwrap_or_default());
    }
    hash.finalize().into()
}
