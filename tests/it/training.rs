//! `train` end to end on an encoder small enough for a test: same seed, same bits, also after a kill at any step.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use minwon::train::{Options, Progress, Report, train};
use tempfile::TempDir;

use crate::tiny::tiny_base;

const FILES: [&str; 4] = ["model.safetensors", "calibration.json", "config.json", "manifest.json"];

/// A folder with a base encoder and rows to train on.
fn workshop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    tiny_base(folder.path());
    rows(folder.path());
    folder
}

fn rows(dir: &Path) {
    let matters = ["버스가 안 와요", "가로등이 꺼졌어요", "고라니가 죽어 있어요"];
    let mut lines = String::new();
    for i in 0..60 {
        let (matter, label) = (matters[i % 3], ["transport", "roads", "animal"][i % 3]);
        writeln!(
            lines,
            r#"{{"id": "r{i}", "text": "{i}번째 {matter}", "field": "{label}", "group": "g{i}"}}"#
        )
        .unwrap();
    }
    fs::write(dir.join("rows.jsonl"), lines).unwrap();
}

pub fn options(dir: &Path, output: &str, seed: u64) -> Options {
    Options {
        base: dir.join("base"),
        train: vec![dir.join("rows.jsonl")],
        validation: Vec::new(),
        output: dir.join(output),
        name: "tiny".into(),
        version: "1".into(),
        tasks: vec!["field=field".parse().unwrap()],
        seed,
        epochs: 2,
        lr: 1e-3,
        layer_decay: 0.9,
        head_lr_factor: 4.0,
        warmup: 0.1,
        weight_decay: 0.01,
        batch: 8,
        max_tokens: 32,
        dropout: 0.1,
        label_smoothing: 0.05,
        balance: 0.3,
        clip: 1.0,
        augment: 0.5,
        probe: true,
        train_embeddings: false,
        freeze_layers: 0,
        patience: 3,
        checkpoint_every: 3,
        device: "cpu".into(),
    }
}

fn finished(options: &Options) -> Report {
    train(options, &mut |_: &Progress| {}).unwrap()
}

fn files(dir: &Path) -> BTreeMap<&'static str, Vec<u8>> {
    FILES.into_iter().map(|name| (name, fs::read(dir.join(name)).unwrap())).collect()
}

#[test]
fn same_seed_same_bits_and_another_seed_another_model() {
    let folder = workshop();
    let dir = folder.path();
    let run = |output: &str, seed: u64| {
        let report = finished(&options(dir, output, seed));
        assert_eq!((report.epochs.len(), report.heads[0].labels.len()), (2, 3));
        files(&dir.join(output))
    };
    let first = run("a", 1);
    assert!(first == run("b", 1), "the same seed gave another model");
    assert!(first["model.safetensors"] != run("c", 2)["model.safetensors"], "the seed changes nothing");
}

#[test]
fn a_run_that_dies_at_any_step_goes_on_to_the_same_model() {
    let folder = workshop();
    let dir = folder.path();
    finished(&options(dir, "whole", 1));
    for dies_at in [1, 5, 8, 13] {
        let output = format!("killed-{dies_at}");
        let mut die = |progress: &Progress| {
            assert!(
                !matches!(progress, Progress::Step { step, .. } if *step == dies_at),
                "killed here by the test"
            );
        };
        let died = catch_unwind(AssertUnwindSafe(|| train(&options(dir, &output, 1), &mut die)));
        assert!(died.is_err(), "the run has fewer than {dies_at} steps");
        assert!(!dir.join(&output).join("manifest.json").exists());
        let mut resumed_at = None;
        let mut watch = |progress: &Progress| {
            if let Progress::Start { resumed_at: at, .. } = progress {
                resumed_at = Some(*at);
            }
        };
        train(&options(dir, &output, 1), &mut watch).unwrap();
        assert!(resumed_at.is_some_and(|at| at < dies_at && (dies_at < 4 || at > 0)), "{resumed_at:?}");
        assert!(files(&dir.join(&output)) == files(&dir.join("whole")), "killed at step {dies_at}");
    }
}

#[test]
fn a_checkpoint_of_other_settings_is_refused() {
    let folder = workshop();
    let dir = folder.path();
    finished(&options(dir, "a", 1));
    let error = train(&options(dir, "a", 2), &mut |_: &Progress| {}).unwrap_err().to_string();
    assert!(error.contains("hint:"), "{error}");
}
