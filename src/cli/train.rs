//! `minwon train`.

use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::model::hub::Source;
use crate::train::{Options, Progress, Report, Task, TrainError, train};

/// Arguments of `minwon train`. Defaults are those of the shipped model.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Training rows (JSONL); may be given several times
    #[arg(long = "data", required = true, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Validation rows (JSONL); without it a tenth of the groups is held out
    #[arg(long, value_name = "FILE")]
    validation: Vec<PathBuf>,
    /// Directory of the base encoder, or `hf:OWNER/NAME@REVISION`
    #[arg(long, value_name = "DIR|hf:…", default_value = "hf:intfloat/multilingual-e5-small@main")]
    base: String,
    /// Model directory to write
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Head to train, `NAME=COLUMN[:WEIGHT]`; may be given several times
    #[arg(long = "task", value_name = "TASK", default_values = ["department=department", "urgency=urgency", "jurisdiction=jurisdiction:0.7", "kind=kind:0.7"])]
    tasks: Vec<Task>,
    /// Name written into the manifest
    #[arg(long, default_value = "minwon-ko")]
    name: String,
    /// Version written into the manifest
    #[arg(long, default_value = "0.1.0")]
    model_version: String,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Passes over the training rows
    #[arg(long, default_value_t = 6)]
    epochs: usize,
    /// Peak learning rate of the top layer
    #[arg(long, default_value_t = 1.5e-4)]
    lr: f64,
    /// Factor on the learning rate from one layer to the one below
    #[arg(long, default_value_t = 0.9)]
    layer_decay: f64,
    /// Factor on the learning rate for the heads
    #[arg(long, default_value_t = 4.0)]
    head_lr_factor: f64,
    /// Share of the steps over which the learning rate rises
    #[arg(long, default_value_t = 0.1)]
    warmup: f64,
    /// Decoupled weight decay
    #[arg(long, default_value_t = 0.01)]
    weight_decay: f64,
    /// Texts a step
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Texts are cut to this many tokens in training
    #[arg(long, default_value_t = 128)]
    max_tokens: usize,
    /// Dropout probability
    #[arg(long, default_value_t = 0.1)]
    dropout: f64,
    /// Label smoothing
    #[arg(long, default_value_t = 0.05)]
    label_smoothing: f64,
    /// Class balance: 0 none, 1 full
    #[arg(long, default_value_t = 0.3)]
    balance: f64,
    /// Largest gradient norm
    #[arg(long, default_value_t = 1.0)]
    clip: f64,
    /// Share of training texts that get typing errors
    #[arg(long, default_value_t = 0.3)]
    augment: f64,
    /// Begin from random heads instead of heads fitted on the base's embeddings
    #[arg(long)]
    no_probe: bool,
    /// Train the embeddings too
    #[arg(long)]
    train_embeddings: bool,
    /// Lowest layers to leave as they are
    #[arg(long, default_value_t = 0)]
    freeze_layers: usize,
    /// Stop after this many epochs without a better validation score
    #[arg(long, default_value_t = 3)]
    patience: usize,
    /// Steps between checkpoints
    #[arg(long, default_value_t = 100)]
    checkpoint_every: usize,
    /// Device: `cpu`, `cuda` or `cuda:N`
    #[arg(long, default_value = "cpu", env = "MINWON_DEVICE")]
    device: String,
}

/// Runs a training; stdout gets the report as one JSON object.
///
/// # Errors
/// [`Failure`] by what went wrong.
pub fn run(args: Args) -> Result<(), Failure> {
    set_environment()?;
    let options = options(args)?;
    let mut display = Display::new();
    let report = train(&options, &mut |progress: &Progress| display.show(progress)).map_err(|e| match e {
        TrainError::Io { .. } | TrainError::Candle(_) => Failure::Outside(e.to_string()),
        e => Failure::Usage(e.to_string()),
    })?;
    println!("{}", summary(&report));
    Ok(())
}

/// Settings that are read when a process starts. Freed memory is kept and pages are large: training frees and
/// allocates the same few hundred MiB at every step, and without this a third of the time goes into the system
/// clearing pages. candle's own elementwise threads spin while they wait, which costs more than they bring where
/// matrix products already use every core.
const ENVIRONMENT: [(&str, &str); 4] = [
    ("MIMALLOC_PURGE_DELAY", "-1"),
    ("MIMALLOC_ARENA_EAGER_COMMIT", "1"),
    ("MIMALLOC_ALLOW_LARGE_OS_PAGES", "1"),
    ("CANDLE_NUM_THREADS", "1"),
];

/// Starts the same command again in this process with [`ENVIRONMENT`] set, unless it is set already.
fn set_environment() -> Result<(), Failure> {
    #[cfg(unix)]
    if std::env::var_os(ENVIRONMENT[0].0).is_none() {
        use std::os::unix::process::CommandExt;
        let exe = std::env::current_exe().map_err(|e| Failure::Outside(e.to_string()))?;
        // Returns only if it fails.
        let error =
            std::process::Command::new(exe).args(std::env::args_os().skip(1)).envs(ENVIRONMENT).exec();
        return Err(Failure::Outside(format!("cannot start again with the environment set: {error}")));
    }
    Ok(())
}

fn summary(report: &Report) -> serde_json::Value {
    let best = report.epochs.iter().find(|e| e.epoch == report.best_epoch);
    serde_json::json!({
        "model": report.options.output, "best_epoch": report.best_epoch, "train_rows": report.train_rows,
        "validation_rows": report.validation_rows, "scores": best.map(|e| &e.scores),
        "calibration": report.calibration,
    })
}

fn options(args: Args) -> Result<Options, Failure> {
    let shares = [
        ("dropout", args.dropout),
        ("label-smoothing", args.label_smoothing),
        ("augment", args.augment),
        ("warmup", args.warmup),
    ];
    if let Some((name, _)) = shares.iter().find(|(_, share)| !(0.0..1.0).contains(share)) {
        return Err(Failure::Usage(format!("`--{name}` must be at least 0 and below 1")));
    }
    let positive = [
        ("epochs", args.epochs),
        ("batch", args.batch),
        ("patience", args.patience),
        ("checkpoint-every", args.checkpoint_every),
    ];
    if let Some((name, _)) = positive.iter().find(|(_, n)| *n == 0) {
        return Err(Failure::Usage(format!("`--{name}` must be positive")));
    }
    if args.max_tokens < 8 || args.lr <= 0.0 || args.lr.is_nan() {
        return Err(Failure::Usage("`--max-tokens` must be at least 8 and `--lr` positive".into()));
    }
    let base: Source = args.base.parse().map_err(|e| Failure::Usage(format!("`--base`: {e}")))?;
    Ok(Options {
        base: base.base().map_err(|e| Failure::Outside(e.to_string()))?,
        train: args.data,
        validation: args.validation,
        output: args.output,
        name: args.name,
        version: args.model_version,
        tasks: args.tasks,
        seed: args.seed,
        epochs: args.epochs,
        lr: args.lr,
        layer_decay: args.layer_decay,
        head_lr_factor: args.head_lr_factor,
        warmup: args.warmup,
        weight_decay: args.weight_decay,
        batch: args.batch,
        max_tokens: args.max_tokens,
        dropout: args.dropout,
        label_smoothing: args.label_smoothing,
        balance: args.balance,
        clip: args.clip,
        augment: args.augment,
        probe: !args.no_probe,
        train_embeddings: args.train_embeddings,
        freeze_layers: args.freeze_layers,
        patience: args.patience,
        checkpoint_every: args.checkpoint_every,
        device: args.device,
    })
}

/// Progress bar on a terminal, a line every hundred steps elsewhere.
struct Display {
    bar: ProgressBar,
    texts: usize,
    started: Instant,
}

impl Display {
    fn new() -> Self {
        Self { bar: ProgressBar::hidden(), texts: 0, started: Instant::now() }
    }

    fn show(&mut self, progress: &Progress) {
        match progress {
            Progress::Start { rows, validation, steps, resumed_at } => {
                let style = "{bar:30} {pos}/{len} {elapsed_precise} eta {eta_precise} {msg}";
                self.bar = ProgressBar::new(*steps as u64)
                    .with_style(ProgressStyle::with_template(style).expect("the template is fixed"));
                self.bar.set_position(*resumed_at as u64);
                self.bar.reset_eta();
                self.say(&format!("{rows} training rows, {validation} validation rows, {steps} steps"));
                if *resumed_at > 0 {
                    self.say(&format!("goes on from step {resumed_at}"));
                }
            }
            Progress::Step { step, loss, texts } => {
                self.texts += texts;
                let rate = self.texts as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
                self.bar.set_position(*step as u64);
                self.bar.set_message(format!("loss {loss:.3}, {rate:.1} texts/s"));
                if self.bar.is_hidden() && step % 100 == 0 {
                    self.say(&format!("step {step} loss {loss:.3} {rate:.1} texts/s"));
                }
            }
            Progress::Epoch { epoch, loss, score, best } => {
                let heads: Vec<String> = score
                    .heads
                    .iter()
                    .map(|h| format!("{} {:.3}/{:.3}", h.head, h.accuracy, h.macro_f1))
                    .collect();
                let mark = if *best { " (best)" } else { "" };
                self.say(&format!(
                    "epoch {epoch} loss {loss:.3} score {:.4}{mark}: {}",
                    score.total,
                    heads.join(", ")
                ));
            }
        }
    }

    fn say(&self, line: &str) {
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }
}
