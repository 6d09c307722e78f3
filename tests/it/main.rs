//! The only integration-test binary: the API and the command line from outside, and the house rules.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may end there")]

mod api;
mod command_line;
mod evaluation;
mod kernels_alloc;
mod support;
mod tidy;
mod training;
