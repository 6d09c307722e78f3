//! How near int8 comes to f32 on the real base weights.
//!
//! `cargo run --release --example accuracy -- model.safetensors ids.txt [ISA]`, where each line of `ids.txt`
//! is one text's token ids. Every fourth text calibrates, the others are measured.

#[path = "bench/geometry.rs"]
mod geometry;

use std::{collections::BTreeMap, fs, sync::Arc};

use geometry::{LAYERS, SHAPE};
use minwon::model::kernels::{
    Arena, Batch, CalibrationStats, EmbeddingWeights, Encoder, EncoderOptions, EncoderWeights, I8Options,
    Isa, LayerWeights, LinearKind, LinearWeights, Matrix, NormWeights, Precision, WordTable,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let model = words.next().ok_or("path of the safetensors file")?;
    let texts = read_ids(&words.next().ok_or("path of the ids")?)?;
    let name = words.next();
    let isas = Isa::ALL.into_iter().filter(|isa| isa.is_available());
    let isas: Vec<Isa> = isas.filter(|isa| name.as_deref().is_none_or(|name| name == isa.name())).collect();
    let tensors = Tensors::read(&model)?;
    let weights = tensors.weights();
    let (calibration, measured): (Vec<_>, Vec<_>) = texts.iter().enumerate().partition(|(i, _)| i % 4 == 0);

    let f32 = Encoder::new(SHAPE, &weights, &EncoderOptions::new(Precision::F32))?;
    let mut stats = CalibrationStats::new(&SHAPE, LAYERS);
    let mut arena = Arena::new();
    for (_, ids) in calibration {
        f32.collect_stats(&Batch::new(ids, &[ids.len()])?, &mut arena, &mut stats)?;
    }
    print_outliers(&stats);
    let vectors = |encoder: &Encoder| -> Result<Vec<Vec<f32>>, Failure> {
        let mut arena = Arena::new();
        let one = |ids: &Vec<u32>, arena: &mut Arena| -> Result<Vec<f32>, Failure> {
            Ok(encoder.forward(&Batch::new(ids, &[ids.len()])?, arena)?.pooled(0).to_vec())
        };
        measured.iter().map(|(_, ids)| one(ids, &mut arena)).collect()
    };
    let expected = vectors(&f32)?;
    let down: Vec<_> = (0..LAYERS).map(|layer| (layer, LinearKind::FfnDown)).collect();
    for isa in isas {
        let smooth = |strength| I8Options { stats: Some(&stats), strength, ..I8Options::default() };
        let cases = [
            ("plain", I8Options::default()),
            ("smooth 0.3", smooth(0.3)),
            ("smooth 0.5", smooth(0.5)),
            ("smooth 0.7", smooth(0.7)),
            ("plain, ffn_down in f32", I8Options { keep_f32: &down, ..I8Options::default() }),
            ("smooth 0.5, ffn_down in f32", I8Options { keep_f32: &down, ..smooth(0.5) }),
        ];
        for (name, i8) in cases {
            let encoder =
                Encoder::new(SHAPE, &weights, &EncoderOptions { precision: Precision::I8, isa, i8 })?;
            report(&format!("{isa} {name}"), &vectors(&encoder)?, &expected);
        }
    }
    Ok(())
}

fn report(name: &str, found: &[Vec<f32>], expected: &[Vec<f32>]) {
    let mut cosines: Vec<f64> = found.iter().zip(expected).map(|(a, b)| cosine(a, b)).collect();
    cosines.sort_by(f64::total_cmp);
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    println!(
        "{name:<40} cosine of {} texts: mean {mean:.6}, lowest {:.6}, 5th percentile {:.6}",
        cosines.len(),
        cosines[0],
        cosines[cosines.len() / 20]
    );
}

fn print_outliers(stats: &CalibrationStats) {
    println!("greatest |x| of a channel over the median channel's, by layer:");
    for kind in LinearKind::ALL {
        let ratio = |layer| {
            let mut peaks = stats.peaks(layer, kind).to_vec();
            peaks.sort_by(f32::total_cmp);
            peaks[peaks.len() - 1] / peaks[peaks.len() / 2]
        };
        let ratios: Vec<String> = (0..LAYERS).map(|layer| format!("{:.0}", ratio(layer))).collect();
        println!("  {kind:?}: {}", ratios.join(" "));
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn read_ids(path: &str) -> Result<Vec<Vec<u32>>, Failure> {
    let text = fs::read_to_string(path)?;
    let line = |line: &str| line.split_whitespace().map(str::parse).collect::<Result<_, _>>();
    Ok(text.lines().map(line).collect::<Result<_, _>>()?)
}

/// The tensors of a safetensors file in f16, by name.
struct Tensors(BTreeMap<String, Vec<f32>>);

impl Tensors {
    /// Reads the header with string searches alone: names hold no escapes, and every tensor is f16.
    fn read(path: &str) -> Result<Self, Failure> {
        let bytes = fs::read(path)?;
        let length = u64::from_le_bytes(bytes[..8].try_into()?) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + length])?;
        let data = &bytes[8 + length..];
        let mut tensors = BTreeMap::new();
        for entry in header.split("},").filter(|entry| entry.contains("\"F16\"")) {
            let name = entry.trim_start_matches('{').split('"').nth(1).ok_or("a tensor without a name")?;
            let offsets = entry.split("\"data_offsets\":[").nth(1).ok_or("a tensor without offsets")?;
            let (from, to) =
                offsets.split(']').next().and_then(|pair| pair.split_once(',')).ok_or("offsets")?;
            let cells = &data[from.trim().parse()?..to.trim().parse()?];
            let halves = cells.chunks_exact(2).map(|pair| half(u16::from_le_bytes([pair[0], pair[1]])));
            tensors.insert(name.to_owned(), halves.collect());
        }
        Ok(Self(tensors))
    }

    fn get(&self, name: &str) -> &[f32] {
        self.0.get(name).unwrap_or_else(|| panic!("the file has no `{name}`"))
    }

    fn linear(&self, name: &str) -> LinearWeights<'_> {
        let weight = Matrix::F32(self.get(&format!("{name}.weight")));
        LinearWeights { weight, bias: self.get(&format!("{name}.bias")) }
    }

    fn norm(&self, name: &str) -> NormWeights<'_> {
        NormWeights { gain: self.get(&format!("{name}.weight")), offset: self.get(&format!("{name}.bias")) }
    }

    fn weights(&self) -> EncoderWeights<'_> {
        let layer = |i: usize| LayerWeights {
            query: self.linear(&format!("encoder.layer.{i}.attention.self.query")),
            key: self.linear(&format!("encoder.layer.{i}.attention.self.key")),
            value: self.linear(&format!("encoder.layer.{i}.attention.self.value")),
            attention_output: self.linear(&format!("encoder.layer.{i}.attention.output.dense")),
            attention_norm: self.norm(&format!("encoder.layer.{i}.attention.output.LayerNorm")),
            ffn_up: self.linear(&format!("encoder.layer.{i}.intermediate.dense")),
            ffn_down: self.linear(&format!("encoder.layer.{i}.output.dense")),
            output_norm: self.norm(&format!("encoder.layer.{i}.output.LayerNorm")),
        };
        EncoderWeights {
            embeddings: EmbeddingWeights {
                words: WordTable::F32(Arc::from(self.get("embeddings.word_embeddings.weight"))),
                positions: self.get("embeddings.position_embeddings.weight"),
                position_offset: 0,
                token_type: &self.get("embeddings.token_type_embeddings.weight")[..SHAPE.hidden],
                norm: self.norm("embeddings.LayerNorm"),
            },
            layers: (0..LAYERS).map(layer).collect(),
            heads: LinearWeights { weight: Matrix::F32(&[]), bias: &[] },
        }
    }
}

/// A half-precision float.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2.0_f32.powi(-24),
        exponent => (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent - 15),
    }
}
