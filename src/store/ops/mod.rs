//! The operations, each on a transaction that is already open; written once for both back ends.

pub(super) mod access;
pub(super) mod change;
pub(super) mod counters;
pub(super) mod feeds;
pub(super) mod history;
pub(super) mod keys;
pub(super) mod list;
pub(super) mod purge;
pub(super) mod record;
