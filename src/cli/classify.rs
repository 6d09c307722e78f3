//! `minwon classify`: one text, or many from stdin; one JSON row each on stdout, in order. Nothing becomes a case.

use std::io::{BufWriter, IsTerminal, Write, stdin, stdout};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use super::input::{Format, InputRow, RowError, rows};
use super::runtime::{KbArgs, ModelArgs, current_thread, triage};
use crate::inference::Explain;
use crate::service::{Answer, TriageRequest};
use crate::text::normalise;

/// Rows taken in at once.
const CHUNK: usize = 256;

/// Arguments of `minwon classify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The text; without it rows are read from stdin
    text: Option<String>,
    /// Format of stdin
    #[arg(long, value_enum, default_value = "auto")]
    format: Format,
    /// Departments to report besides the first
    #[arg(long, default_value_t = 3)]
    top_k: usize,
    /// Say which stretches of the text moved the department
    #[arg(long)]
    explain: bool,
    /// Draft replies wanted, up to 3
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=3))]
    suggest: u8,
    #[command(flatten)]
    kb: KbArgs,
    #[command(flatten)]
    model: ModelArgs,
}

/// Runs `minwon classify`.
///
/// # Errors
/// [`Failure::Usage`] for a text that is blank or too long, or if a row of stdin could not be read; the other rows
/// are answered all the same.
pub fn run(args: Args) -> Result<(), Failure> {
    let text =
        args.text.as_deref().map(normalise::parse).transpose().map_err(|e| Failure::Usage(e.to_string()))?;
    if text.is_none() && stdin().is_terminal() {
        return Err(Failure::Usage("no text\nhint: `minwon classify \"…\"`, or rows on stdin".into()));
    }
    let model = args.model.load()?;
    let drafts = if args.suggest > 0 { Some(Arc::new(args.kb.required()?)) } else { None };
    if let Some(drafts) = &drafts {
        drafts.prepare(&model).map_err(|e| Failure::Outside(e.to_string()))?;
    }
    let service = triage(model, args.model.engine_options(usize::MAX), drafts)?;
    let runtime = current_thread()?;
    let run = Run {
        explain: if args.explain { Explain::Department } else { Explain::No },
        top_k: args.top_k,
        suggest: usize::from(args.suggest),
    };
    let classify =
        |requests| runtime.block_on(service.triage(requests)).map_err(|e| Failure::Outside(e.to_string()));
    match text {
        Some(text) => {
            let row = InputRow { id: String::new(), text, channel: crate::domain::Channel::default() };
            let mut request = run.request(row);
            request.id = None;
            for answer in classify(vec![request])? {
                write_line(&mut stdout().lock(), &serde_json::to_value(&answer).map_err(outside)?)?;
            }
            Ok(())
        }
        None => run.all(&args, &classify),
    }
}

struct Run {
    explain: Explain,
    top_k: usize,
    suggest: usize,
}

type Classify<'a> = dyn Fn(Vec<TriageRequest>) -> Result<Vec<Answer>, Failure> + 'a;

impl Run {
    fn request(&self, row: InputRow) -> TriageRequest {
        TriageRequest {
            id: Some(row.id),
            text: row.text,
            channel: row.channel,
            received_at: None,
            top_k: self.top_k,
            explain: self.explain,
            suggest: self.suggest,
            log: false,
            case: None,
        }
    }

    /// Reads, classifies and writes in chunks, so that memory stays flat however many rows there are.
    fn all(&self, args: &Args, classify: &Classify<'_>) -> Result<(), Failure> {
        let mut input = rows(stdin().lock(), args.format).map_err(Failure::Usage)?;
        let mut out = BufWriter::new(stdout().lock());
        let bar = progress();
        let mut bad = 0;
        loop {
            let chunk: Vec<Result<InputRow, RowError>> = input.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                break;
            }
            let good = chunk.iter().filter_map(|row| row.as_ref().ok().cloned());
            let mut answers = classify(good.map(|row| self.request(row)).collect())?.into_iter();
            for row in &chunk {
                let line = match row {
                    Ok(_) => serde_json::to_value(answers.next()).map_err(outside)?,
                    Err(e) => {
                        bad += 1;
                        serde_json::json!({"id": e.id, "error": {"line": e.line, "detail": e.what}})
                    }
                };
                write_line(&mut out, &line)?;
            }
            bar.inc(chunk.len() as u64);
        }
        bar.finish();
        out.flush().map_err(|e| Failure::Outside(format!("stdout: {e}")))?;
        if bad > 0 {
            Err(Failure::Usage(format!("{bad} row(s) could not be read; see their `error`")))
        } else {
            Ok(())
        }
    }
}

fn write_line(out: &mut impl Write, line: &serde_json::Value) -> Result<(), Failure> {
    writeln!(out, "{line}").map_err(|e| Failure::Outside(format!("stdout: {e}")))
}

fn outside(error: serde_json::Error) -> Failure {
    Failure::Outside(error.to_string())
}

/// A spinner with the rate; hidden where stderr is no terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos} rows, {per_sec}, {elapsed}");
    ProgressBar::new_spinner().with_style(style.expect("the template is fixed"))
}
