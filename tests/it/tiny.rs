//! A model small enough to start in a moment: one layer, arbitrary weights, the shipped tokenizer and label scheme.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use minwon::domain::Taxonomy;
use minwon::model::config::EncoderConfig;
use minwon::model::network::tensor_shapes;
use minwon::model::weights::Weights;
use minwon::train::{Options, Progress, train};

/// One layer of width 16 with arbitrary weights and the shipped tokenizer.
pub fn tiny_base(dir: &Path) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minwon-ko");
    let base = dir.join("base");
    fs::create_dir(&base).unwrap();
    let config = r#"{"model_type": "bert", "hidden_act": "gelu", "hidden_size": 16, "intermediate_size": 32,
        "layer_norm_eps": 1e-12, "max_position_embeddings": 64, "num_attention_heads": 2, "num_hidden_layers": 1,
        "pad_token_id": 1, "type_vocab_size": 1, "vocab_size": 55854}"#;
    let shape = EncoderConfig::from_json(config).unwrap();
    let mut weights = Weights::default();
    let mut state = 1u32;
    for (name, dims) in tensor_shapes(&shape, &[]) {
        let gain = name.ends_with("LayerNorm.weight");
        let value = |state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*state >> 8) as f32 / (1 << 24) as f32 - 0.5 + if gain { 1.0 } else { 0.0 }
        };
        let values = (0..dims.iter().product()).map(|_| value(&mut state)).collect();
        weights.insert(&name, &dims, values);
    }
    fs::write(base.join("config.json"), config).unwrap();
    fs::write(base.join("model.safetensors"), weights.to_bytes().unwrap()).unwrap();
    fs::copy(shipped.join("tokenizer.json"), base.join("tokenizer.json")).unwrap();
}

/// A model that answers with the shipped label scheme, and badly.
pub fn model(dir: &Path) -> PathBuf {
    tiny_base(dir);
    let taxonomy = Taxonomy::bundled();
    let mut lines = String::new();
    for i in 0..26 {
        let code = |head: &str| {
            let labels = taxonomy.head(head).unwrap();
            labels[i % labels.len()].code.clone()
        };
        let [department, urgency, jurisdiction, kind] =
            ["department", "urgency", "jurisdiction", "kind"].map(code);
        writeln!(
            lines,
            r#"{{"id": "r{i}", "text": "{i}번째 이야기예요", "group": "g{i}", "department": "{department}",
 "urgency": "{urgency}", "jurisdiction": "{jurisdiction}", "kind": "{kind}"}}"#
        )
        .unwrap();
    }
    let rows = dir.join("tiny.jsonl");
    fs::write(&rows, lines.replace(",\n \"urgency", ", \"urgency")).unwrap();
    let options = Options {
        validation: vec![rows.clone()],
        train: vec![rows],
        tasks: ["department", "urgency", "jurisdiction", "kind"].map(|t| t.parse().unwrap()).into(),
        ..crate::training::options(dir, "model", 1)
    };
    train(&options, &mut |_: &Progress| {}).unwrap();
    options.output
}
