//! What the holder of a key may do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Role of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The routing backend: classifies, asks for drafts.
    Router,
    /// Reads cases and decides about them.
    Counsellor,
    /// Reads statistics and exports, loads models.
    Ml,
    /// Everything, keys and the access log included.
    Admin,
}

/// A role that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown role, expected one of router, counsellor, ml, admin")]
pub struct UnknownRole;

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Router, Self::Counsellor, Self::Ml, Self::Admin];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Counsellor => "counsellor",
            Self::Ml => "ml",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == name).ok_or(UnknownRole)
    }
}
