//! API keys as the store keeps them: by hash. How a key is made and hashed is not known here.

use serde::Serialize;
use time::OffsetDateTime;

use crate::domain::Role;

/// A key to keep.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Name, unique; shown as the author of decisions.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// Hash of the secret.
    pub hash: Vec<u8>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends to be valid.
    pub expires_at: Option<OffsetDateTime>,
}

/// A kept key, without its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// Name.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it ends to be valid.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
    /// When it was revoked.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
}
