//! The only integration-test binary: the API and the command line from outside, and the house rules.

mod api;
mod command_line;
mod support;
mod tidy;
