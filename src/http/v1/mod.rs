//! Version 1 of the API, one file an endpoint.

pub mod case;
pub mod cases;
pub mod classify;
pub mod classify_batch;
pub mod decision;
pub mod ending;
pub mod events;
pub mod labels;
pub mod replies;
mod review;
pub mod similar;
pub mod stats;
pub mod taxonomy;
