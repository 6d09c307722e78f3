//! The command line: one file a subcommand. The only code that prints, reads the clock or sets the exit code.
//!
//! stdout is for data, stderr for people. Exit codes: 0 done, 1 a gate or check failed, 2 wrong use, 3 something
//! outside failed.

mod bench;
mod classify;
mod data;
mod eval;
mod export;
mod input;
mod kb;
mod kb_table;
mod keys;
mod log;
mod model;
mod runtime;
mod serve;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// AI-assisted triage of civil complaints (민원) for 경기도.
#[derive(Debug, Parser)]
#[command(name = "minwon", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::Args),
    /// Classify one text, or JSONL, CSV or plain lines from stdin
    Classify(classify::Args),
    /// Fine-tune an encoder on labelled JSONL and write a model directory
    Train(train::Args),
    /// Check labelled data sets
    Data(data::Args),
    /// Judge a model on labelled JSONL
    Eval(eval::Args),
    /// Measure latency and throughput of a model, or of a running service
    Bench(bench::Args),
    /// Check, search, judge and prepare the reply topics
    Kb(kb::Args),
    /// Look at, check, quantise or fetch a model
    Model(model::Args),
    /// Make, list and revoke keys
    Keys(keys::Args),
    /// Write cases and decisions from the case log as rows for `train` and `eval`
    Export(export::Args),
    /// Delete ended cases past their period
    Purge(log::PurgeArgs),
    /// Bring the schema of the case log up to date
    Migrate(log::LogArgs),
    /// Check that nobody has altered the access log
    VerifyLog(log::LogArgs),
}

/// Why a command ends without success.
#[derive(Debug)]
pub enum Failure {
    /// A gate or check failed: exit code 1.
    Check(String),
    /// Wrong use: exit code 2.
    Usage(String),
    /// Something outside failed: exit code 3.
    Outside(String),
}

impl Failure {
    fn parts(&self) -> (&str, u8) {
        match self {
            Self::Check(message) => (message, 1),
            Self::Usage(message) => (message, 2),
            Self::Outside(message) => (message, 3),
        }
    }
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Classify(args) => classify::run(args),
        Command::Train(args) => train::run(args),
        Command::Data(args) => data::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Kb(args) => kb::run(&args),
        Command::Model(args) => model::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Purge(args) => log::purge(&args),
        Command::Migrate(args) => log::migrate(&args),
        Command::VerifyLog(args) => log::verify(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let (message, code) = failure.parts();
            eprintln!("error: {message}");
            ExitCode::from(code)
        }
    }
}
