//! `minwon`: triage of civil complaints (민원) for 경기도.
//!
//! The code map, from the inside out; imports run one way only, from the bottom of this list to its top:
//!
//! | module | what | pure |
//! |---|---|---|
//! | [`domain`] | complaint, labels, prediction, decision rule, ids, clock | yes |
//! | [`text`] | normalisation, personal data, signals, places, language | yes |
//! | [`similar`] | the index of similar cases, in memory | yes |
//! | [`calendar`] | working hours and days, holidays, statutory periods | yes |
//! | [`data`] | labelled rows and their splits | |
//! | [`model`] | encoder, tokenizer, heads, loading, prediction, calibration | no async |
//! | [`inference`] | the thread that owns the model, its bounded queue; the only async bridge to `model` | |
//! | [`store`] | the case log: what came in, what the machine said, what a person decided | |
//! | [`lifecycle`] | tasks that shutdown waits for | |
//! | [`drafting`] | knowledge base, retrieval, slots and particles, composition of draft replies | yes |
//! | [`service`] | what a request means: triage | |
//! | [`http`] | router, problem responses, limits, one file an endpoint | |
//! | [`train`], [`eval`] | files in, files out; no serving code knows them | |
//! | [`cli`] | one file a subcommand; the only code that prints, reads the clock or exits | |
//!
//! `docs/ARCHITECTURE.md` says where to change what.

pub mod calendar;
pub mod cli;
pub mod data;
pub mod domain;
pub mod drafting;
pub mod eval;
pub mod http;
pub mod inference;
pub mod lifecycle;
pub mod model;
pub mod service;
pub mod similar;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod train;
