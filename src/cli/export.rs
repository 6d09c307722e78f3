//! `minwon export`: cases, predictions and decisions from the log as rows that `train` and `eval` read.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use indicatif::ProgressBar;
use serde::Serialize;

use super::Failure;
use super::log::{StoreArgs, store_failure};
use super::runtime::clock;
use crate::domain::case::VerdictKind;
use crate::store::{AccessEntry, DecisionRow, ExportRow, PredictionRow};

/// Rows read at once.
const CHUNK: u32 = 500;

/// Arguments of `minwon export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// File to write (JSONL); without it stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only what changed after this number: `seq` of the last row of the export before
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// Only cases that a person has judged
    #[arg(long)]
    judged: bool,
    /// Why it is exported; goes into the access log
    #[arg(long)]
    reason: String,
}

/// One case as a row of a data set, with what the models said and people decided.
#[derive(Serialize)]
struct Row<'a> {
    seq: u64,
    id: String,
    text: &'a str,
    channel: &'static str,
    department: &'a str,
    urgency: &'a str,
    jurisdiction: &'a str,
    kind: &'a str,
    also: [&'static str; 0],
    language: &'a str,
    group: String,
    /// Who the labels are from: `counsellor` or `model`.
    labelled_by: &'static str,
    status: &'static str,
    received_at: String,
    predictions: &'a [PredictionRow],
    decisions: &'a [DecisionRow],
}

/// Runs `minwon export`. The texts are masked; that they were exported, and why, goes into the access log.
///
/// # Errors
/// [`Failure`] by what went wrong.
pub fn run(args: &Args) -> Result<(), Failure> {
    let outside = |e: std::io::Error| Failure::Outside(format!("cannot write the export: {e}"));
    let mut out: BufWriter<Box<dyn Write>> = BufWriter::new(match &args.output {
        Some(path) => Box::new(
            std::fs::File::create(path)
                .map_err(|e| Failure::Outside(format!("cannot write `{}`: {e}", path.display())))?,
        ),
        None => Box::new(std::io::stdout().lock()),
    });
    let bar = ProgressBar::new_spinner();
    let (rows, last) = args.store.run(async |store| {
        let (mut after, mut written) = (args.after, 0u32);
        loop {
            let rows = store.export_after(after, CHUNK).await.map_err(store_failure)?;
            let Some(last) = rows.last() else { break };
            after = last.seq;
            for row in rows.iter().filter(|row| !args.judged || judged(row)) {
                serde_json::to_writer(&mut out, &data_row(row)).map_err(|e| outside(e.into()))?;
                out.write_all(b"\n").map_err(outside)?;
                written += 1;
            }
            bar.set_position(u64::from(written));
        }
        let entry = AccessEntry {
            at: clock().now(),
            actor: "minwon export".into(),
            address: String::new(),
            action: "export".into(),
            case_id: None,
            cases: written,
            reason: Some(args.reason.clone()),
        };
        store.append_access(vec![entry]).await.map_err(store_failure)?;
        Ok((written, after))
    })?;
    out.flush().map_err(outside)?;
    bar.finish_and_clear();
    eprintln!("{rows} cases exported; go on next time with `--after {last}`");
    Ok(())
}

/// A person has looked at the labels: corrected, confirmed, or let a reply go out under them.
fn judged(row: &ExportRow) -> bool {
    let counts = |kind| {
        use VerdictKind::{Approved, Confirmed, Edited, Relabelled, Transferred};
        matches!(kind, Approved | Confirmed | Edited | Relabelled | Transferred)
    };
    row.decisions.iter().any(|decision| !decision.undone && counts(decision.verdict.kind()))
}

fn data_row(row: &ExportRow) -> Row<'_> {
    let case = &row.row;
    Row {
        seq: row.seq,
        id: case.case_id.0.to_string(),
        text: &case.masked_text,
        channel: case.channel.as_str(),
        department: &case.labels.department,
        urgency: &case.labels.urgency,
        jurisdiction: &case.labels.jurisdiction,
        kind: &case.labels.kind,
        also: [],
        language: &row.language,
        group: case.case_id.0.to_string(),
        labelled_by: if judged(row) { "counsellor" } else { "model" },
        status: case.status.as_str(),
        received_at: case
            .received_at
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap_or_default(),
        predictions: &row.predictions,
        decisions: &row.decisions,
    }
}
