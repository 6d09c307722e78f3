//! `minwon eval`.

use std::path::PathBuf;

use indicatif::ProgressBar;

use super::Failure;
use super::runtime::ModelArgs;
use crate::eval::{EvalError, Figure, Options, Report, evaluate};

/// Arguments of `minwon eval`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Labelled rows (JSONL); may be given several times
    #[arg(long = "data", required = true, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Write the whole report as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    model: ModelArgs,
}

/// Runs `minwon eval`; the table goes to stdout.
///
/// # Errors
/// [`Failure`] by what went wrong.
pub fn run(args: &Args) -> Result<(), Failure> {
    let model = args.model.load()?;
    let bar = ProgressBar::new_spinner();
    let options = Options { data: args.data.clone(), seed: args.seed };
    let report =
        evaluate(&model, &options, &mut |done| bar.set_position(done as u64)).map_err(|e| match e {
            EvalError::Model(_) => Failure::Outside(e.to_string()),
            e => Failure::Usage(e.to_string()),
        })?;
    bar.finish_and_clear();
    if let Some(path) = &args.report {
        let json = serde_json::to_string_pretty(&report).map_err(|e| Failure::Outside(e.to_string()))?;
        std::fs::write(path, json + "\n")
            .map_err(|e| Failure::Outside(format!("`{}`: {e}", path.display())))?;
    }
    print!("{}", table(&report));
    Ok(())
}

/// The report as a Markdown table, ready for a model card.
fn table(report: &Report) -> String {
    let show = |f: &Figure| format!("{:.3} ({:.3}–{:.3})", f.value, f.low, f.high);
    let mut text = format!("{} on {} rows ({})\n\n", report.model, report.rows, report.backend);
    text.push_str("| head | accuracy | macro-F1 | top-3 | ECE |\n|---|---|---|---|---|\n");
    for head in &report.heads {
        let figures = [&head.accuracy, &head.macro_f1, &head.top3, &head.ece].map(show);
        text.push_str(&format!("| {} | {} |\n", head.head, figures.join(" | ")));
    }
    if let Some(triage) = &report.triage {
        text.push_str("\n| decision | value |\n|---|---|\n");
        let rows = [
            ("route, share of cases", &triage.route_coverage),
            ("route, department right", &triage.route_precision),
            ("emergency, recall", &triage.emergency_recall),
            ("emergency, precision", &triage.emergency_precision),
        ];
        for (name, figure) in rows {
            text.push_str(&format!("| {name} | {} |\n", show(figure)));
        }
    }
    text
}
