//! `minwon model`: info, verify, quantize, pull.

use std::path::{Path, PathBuf};

use super::Failure;
use super::runtime::ModelArgs;
use crate::model::calibration::Calibration;
use crate::model::hub::Source;
use crate::model::manifest::{Manifest, ManifestError};
use crate::model::quantize::{self, QuantizeError};

/// Arguments of `minwon model`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print manifest, thresholds and the figures behind them as JSON
    Info(ModelArgs),
    /// Check every file against the manifest, load the model and run it once
    Verify(ModelArgs),
    /// Write a model with its matrices in 8 bits by row, a quarter of the size; prints the new manifest's digest
    Quantize {
        #[command(flatten)]
        model: ModelArgs,
        /// Directory to write; must not exist
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Fetch a model or encoder from the Hugging Face hub into its cache; prints the directory
    Pull {
        /// `hf:OWNER/NAME@REVISION`
        source: String,
        /// A bare encoder (a base for training) rather than a model
        #[arg(long)]
        base: bool,
    },
}

/// Runs `minwon model`.
///
/// # Errors
/// [`Failure::Check`] if a file is not the manifest's.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Info(model) => info(model),
        Command::Verify(model) => verify(model),
        Command::Quantize { model, output } => quantize(model, output),
        Command::Pull { source, base } => pull(source, *base),
    }
}

fn manifest(dir: &Path) -> Result<Manifest, Failure> {
    Manifest::read(dir).map_err(|e| match e {
        ManifestError::Io { .. } => Failure::Usage(e.to_string()),
        e => Failure::Check(e.to_string()),
    })
}

fn info(args: &ModelArgs) -> Result<(), Failure> {
    let dir = args.directory()?;
    let manifest = manifest(&dir)?;
    let bytes = manifest.read_file(&dir, "calibration.json").map_err(|e| Failure::Check(e.to_string()))?;
    let calibration: Calibration =
        serde_json::from_slice(&bytes).map_err(|e| Failure::Check(format!("`calibration.json`: {e}")))?;
    let info = serde_json::json!({ "directory": dir, "manifest": manifest, "calibration": calibration });
    println!("{info:#}");
    Ok(())
}

fn verify(args: &ModelArgs) -> Result<(), Failure> {
    let dir = args.directory()?;
    let manifest = manifest(&dir)?;
    manifest.verify(&dir).map_err(|e| Failure::Check(e.to_string()))?;
    let model = args.load()?;
    let probe = || {
        let ids = model.encode("점검")?.ids;
        model.forward(&[&ids], &mut crate::model::Scratch::default())
    };
    probe().map_err(|e| Failure::Check(e.to_string()))?;
    println!("ok {} {} {}", manifest.name, manifest.version, manifest.weights_sha256());
    Ok(())
}

fn quantize(args: &ModelArgs, output: &Path) -> Result<(), Failure> {
    let quantised = quantize::quantize(&args.directory()?, output).map_err(|e| match e {
        QuantizeError::Exists { .. } => Failure::Usage(e.to_string()),
        QuantizeError::Model(_) => Failure::Check(e.to_string()),
        QuantizeError::Io(_) => Failure::Outside(e.to_string()),
    })?;
    println!("{} {} {}", quantised.name, quantised.version, quantised.weights_sha256());
    Ok(())
}

fn pull(name: &str, base: bool) -> Result<(), Failure> {
    let source: Source = name.parse().map_err(Failure::Usage)?;
    if let Source::Directory(_) = source {
        return Err(Failure::Usage("expected `hf:OWNER/NAME@REVISION`".into()));
    }
    let fetched: Result<PathBuf, _> = if base { source.base() } else { source.model() };
    let dir = fetched.map_err(|e| Failure::Outside(e.to_string()))?;
    println!("{}", dir.display());
    Ok(())
}
