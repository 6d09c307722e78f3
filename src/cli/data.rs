//! `minwon data`: checks on labelled data sets.

use std::path::PathBuf;

use super::Failure;
use crate::data::check::{Named, check, distribution};
use crate::data::read_jsonl;
use crate::domain::Taxonomy;

/// Arguments of `minwon data`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Refuse unknown codes, duplicates within and across files, personal data and give-away words; print the
    /// distribution
    Check {
        /// JSONL files; each is one side of the split
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Runs `minwon data`.
///
/// # Errors
/// [`Failure::Check`] with every finding if there is one.
pub fn run(args: &Args) -> Result<(), Failure> {
    let Command::Check { files } = &args.command;
    let mut sets = Vec::new();
    for file in files {
        let rows = read_jsonl(file).map_err(|e| Failure::Usage(e.to_string()))?;
        let name = file.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        sets.push((name, rows));
    }
    for (name, rows) in &sets {
        println!("{name}: {} rows", rows.len());
        for (column, counts) in distribution(rows) {
            let counts: Vec<String> = counts.iter().map(|(label, n)| format!("{label} {n}")).collect();
            println!("  {column}: {}", counts.join(", "));
        }
    }
    let named: Vec<Named<'_>> = sets.iter().map(|(name, rows)| Named { name, rows }).collect();
    let findings = check(&named, &Taxonomy::bundled());
    if findings.is_empty() {
        println!("ok");
        return Ok(());
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    Err(Failure::Check(format!("{} finding(s)", findings.len())))
}
