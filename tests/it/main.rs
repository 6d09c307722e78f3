//! The only integration-test binary: the API and the command line from outside, and the house rules.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may end there")]

mod api;
mod cases;
mod command_line;
mod crash;
mod evaluation;
mod kernels_alloc;
mod replies;
#[path = "store/mod.rs"]
mod store_contract;
mod support;
mod tidy;
mod tiny;
mod training;
mod web;
