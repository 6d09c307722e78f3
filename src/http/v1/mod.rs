//! Version 1 of the API, one file an endpoint.

pub mod classify;
pub mod classify_batch;
pub mod taxonomy;
