//! `minwon eval` and `minwon eval drift`.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::Failure;
use super::runtime::ModelArgs;
use crate::data::DataError;
use crate::eval::drift::{self, Record};
use crate::eval::render::{drift_table, html, junit, table};
use crate::eval::{EvalError, Gates, Options, Report, compare, evaluate};

/// Arguments of `minwon eval`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Labelled rows (JSONL); may be given several times
    #[arg(long = "data", required = true, value_name = "FILE", num_args = 1..)]
    data: Vec<PathBuf>,
    /// Write report.json, report.html and junit.xml into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Figures that must not fall (TOML); exit code 1 if one does
    #[arg(long, value_name = "FILE")]
    gates: Option<PathBuf>,
    /// Judge model B and compare it with model A
    #[arg(long, num_args = 2, value_names = ["MODEL_A", "MODEL_B"], conflicts_with = "model")]
    compare: Option<Vec<String>>,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say whether a window of cases still looks like a reference; both JSONL of answers, rows or exported cases
    Drift(DriftArgs),
}

#[derive(Debug, clap::Args)]
struct DriftArgs {
    /// Cases as they were
    reference: PathBuf,
    /// Cases as they are now
    window: PathBuf,
    /// Let the model answer the texts, and compare its embeddings instead of words
    #[arg(long)]
    embed: bool,
    /// Look for themes among cases whose department is less sure than this
    #[arg(long, default_value_t = 0.5, value_name = "CONFIDENCE")]
    unsure_below: f64,
    /// Write drift.json into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Seed of subsamples and permutations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    model: ModelArgs,
}

/// Runs `minwon eval`; tables go to stdout.
///
/// # Errors
/// [`Failure`] by what went wrong; [`Failure::Check`] names each gate that falls.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Some(Command::Drift(args)) => run_drift(args),
        None => run_eval(args),
    }
}

fn run_eval(args: &Args) -> Result<(), Failure> {
    // Read before hours of work, so that a wrong file is told at once.
    let gates = args.gates.as_deref().map(read_gates).transpose()?;
    let bar = ProgressBar::new_spinner();
    let options = Options { data: args.data.clone(), seed: args.seed };
    let mut progress = |done: usize| bar.set_position(done as u64);
    let report = match args.compare.as_deref() {
        Some([a, b]) => {
            let load = |name: &String| ModelArgs { model: Some(name.clone()), ..args.model.clone() }.load();
            let (a, b) = (load(a)?, load(b)?);
            compare((&a, &b), &options, &mut progress)
        }
        _ => evaluate(&*args.model.load()?, &options, &mut progress),
    };
    let mut report = report.map_err(failure)?;
    bar.finish_and_clear();
    if let Some(gates) = gates {
        report.gates = gates.check(&report).map_err(|e| Failure::Usage(e.to_string()))?;
    }
    if let Some(dir) = &args.report {
        write(dir, "report.json", &json(&report)?)?;
        write(dir, "report.html", &html(&report))?;
        write(dir, "junit.xml", &junit(&report))?;
    }
    print!("{}", table(&report));
    fallen(&report)
}

fn run_drift(args: &DriftArgs) -> Result<(), Failure> {
    let paths = [args.reference.as_path(), args.window.as_path()];
    let [reference, window]: [Vec<Record>; 2] = if args.embed {
        let model = args.model.load()?;
        let bar = ProgressBar::new_spinner();
        let both = drift::read_with_model(&model, paths, &mut |done| bar.set_position(done as u64));
        bar.finish_and_clear();
        both.map_err(failure)?
    } else {
        let read = |path: &Path| drift::read(path).map_err(|e: DataError| Failure::Usage(e.to_string()));
        [read(paths[0])?, read(paths[1])?]
    };
    let options = drift::Options { seed: args.seed, unsure_below: args.unsure_below };
    let drift = drift::drift(&reference, &window, options);
    if let Some(dir) = &args.report {
        write(dir, "drift.json", &json(&drift)?)?;
    }
    print!("{}", drift_table(&drift));
    Ok(())
}

fn failure(error: EvalError) -> Failure {
    match error {
        EvalError::Model(_) => Failure::Outside(error.to_string()),
        error => Failure::Usage(error.to_string()),
    }
}

fn read_gates(path: &Path) -> Result<Gates, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|e| Failure::Usage(format!("`{}`: {e}", path.display())))?;
    Gates::from_toml(&text).map_err(|e| Failure::Usage(e.to_string()))
}

fn fallen(report: &Report) -> Result<(), Failure> {
    let fallen: Vec<&str> =
        report.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.says.as_str()).collect();
    if fallen.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "{} of {} gates fall: {}",
        fallen.len(),
        report.gates.len(),
        fallen.join("; ")
    )))
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::Outside(e.to_string()))?;
    Ok(text + "\n")
}

fn write(dir: &Path, name: &str, content: &str) -> Result<(), Failure> {
    let path = dir.join(name);
    std::fs::create_dir_all(dir)
        .and_then(|()| std::fs::write(&path, content))
        .map_err(|e| Failure::Outside(format!("`{}`: {e}", path.display())))
}
