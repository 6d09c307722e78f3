//! Writing the trained model as a model directory.

use std::collections::BTreeMap;

use super::checkpoint::RunDir;
use super::options::TrainError;
use super::run::Report;
use crate::domain::Taxonomy;
use crate::model::base::Base;
use crate::model::directory;
use crate::model::manifest::{FORMAT, Manifest, sha256};
use crate::model::network::TensorMap;
use crate::model::weights::Weights;

/// Writes `model.safetensors` (8 bits by row), tokenizer, configuration, calibration and, last, the manifest; the
/// run's report goes into its working directory.
///
/// # Errors
/// [`TrainError`].
pub fn write(
    base: &Base,
    tensors: &TensorMap,
    extra: Weights,
    report: &Report,
    run_dir: &RunDir,
) -> Result<(), TrainError> {
    let mut weights = extra;
    for (name, tensor) in tensors {
        weights.insert(name, tensor.dims(), tensor.flatten_all()?.to_vec1()?);
    }
    let invalid = |e: &dyn std::fmt::Display| TrainError::Invalid(e.to_string());
    let calibration = serde_json::to_value(&report.calibration).map_err(|e| invalid(&e))?;
    let files: BTreeMap<&str, Vec<u8>> = BTreeMap::from([
        ("config.json", base.config_json.clone().into_bytes()),
        ("tokenizer.json", base.tokenizer_json.clone()),
        ("model.safetensors", weights.quantised().to_bytes().map_err(|e| invalid(&e))?),
        ("calibration.json", format!("{calibration:#}\n").into_bytes()),
    ]);
    let manifest = Manifest {
        format: FORMAT,
        name: report.options.name.clone(),
        version: report.options.version.clone(),
        heads: report.heads.clone(),
        taxonomy: Taxonomy::bundled().version,
        max_tokens: base.config.max_tokens(),
        provenance: provenance(base, report),
        files: BTreeMap::new(),
    };
    directory::write(&report.options.output, manifest, &files)?;
    let text = serde_json::to_vec_pretty(report).map_err(|e| invalid(&e))?;
    Ok(directory::replace(&run_dir.path().join("report.json"), &text)?)
}

fn provenance(base: &Base, report: &Report) -> BTreeMap<String, String> {
    let name = serde_json::from_str::<serde_json::Value>(&base.config_json)
        .ok()
        .and_then(|config| config["_name_or_path"].as_str().map(str::to_owned))
        .unwrap_or_default();
    let pairs = [
        ("base", name),
        ("base_tokenizer_sha256", sha256(&base.tokenizer_json)),
        ("train_rows", report.train_rows.to_string()),
        ("validation_rows", report.validation_rows.to_string()),
        ("seed", report.options.seed.to_string()),
        ("epochs", format!("{} (best {})", report.epochs.len(), report.best_epoch)),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value)).into()
}
