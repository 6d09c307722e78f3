//! Speed of the index of similar cases, and the measurement behind its weights.
//!
//! `cargo run --release --example similar_bench` prints p50 and p99 of a query over 100,000 and 200,000 synthetic cases
//! of 384 values, re-rank included, on one core.
//!
//! `cargo run --release --example similar_bench -- pairs MODEL_DIR TYPICAL.jsonl PAIRS.jsonl` prints the pairs with the
//! cosine that the model gives them, centred on the mean of the typical texts (rows with a field `text`).

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use minwon::domain::CaseId;
use minwon::model::{LoadOptions, Model, Scratch};
use minwon::similar::{Bigrams, Embedding, Entry, Index, ModelTag, Query, Scope};
use minwon::text::normalise::fold;
use time::macros::datetime;
use uuid::Uuid;

const DIM: usize = 384;
const QUERIES: usize = 200;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["pairs", model, typical, pairs] => measure_pairs(model, typical, pairs),
        _ => [100_000, 200_000].into_iter().try_for_each(bench),
    }
}

fn bench(cases: u64) -> Result<(), Failure> {
    let mut numbers = Numbers(1);
    let model = ModelTag(*b"a model ");
    let mut index = Index::new(model, DIM, None);
    let began = Instant::now();
    for n in 0..cases {
        index.insert(Entry {
            case_id: CaseId(Uuid::from_u128(u128::from(n))),
            department: format!("department-{}", n % 24),
            sigungu: (n % 3 > 0).then(|| format!("city-{}", n % 31)),
            received_at: datetime!(2026-01-01 09:00 +9) + Duration::from_secs(120 * n),
            wording: Bigrams::of(&numbers.text()),
            embedding: Embedding::new(model, &numbers.vector()).ok_or("a vector")?,
        });
    }
    println!("{cases} cases: filled in {:.2} s, texts and vectors made in it", began.elapsed().as_secs_f64());
    let department = Scope { department: Some("department-3".into()), ..Scope::default() };
    let year = Scope { from: Some(datetime!(2026-02-01 09:00 +9)), ..Scope::default() };
    for (name, scope) in [("no filter", Scope::default()), ("since a day", year), ("a department", department)] {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..QUERIES {
            let embedding = Embedding::new(model, &numbers.vector()).ok_or("a vector")?;
            let text = numbers.text();
            let began = Instant::now();
            let wording = Bigrams::of(&text);
            let found = index.search(&Query { embedding: &embedding, wording: &wording, scope: &scope, limit: 10 });
            times.push(began.elapsed());
            assert_eq!(found.len(), 10);
        }
        times.sort();
        let at = |share: usize| times[QUERIES * share / 100].as_secs_f64() * 1e3;
        println!("  {name:<13} p50 {:6.2} ms   p99 {:6.2} ms", at(50), at(99));
    }
    Ok(())
}

/// Numbers of a small linear congruential generator.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// A vector in a narrow cone, as a real encoder's.
    fn vector(&mut self) -> Vec<f32> {
        (0..DIM).map(|i| (i * 37 % 11) as f32 / 5.5 - 1.0 + (self.next() % 2_001) as f32 / 1e3 - 1.0).collect()
    }

    /// A text of 40 to 200 syllables.
    fn text(&mut self) -> String {
        let length = 40 + self.next() % 160;
        (0..length).filter_map(|_| char::from_u32(0xac00 + (self.next() % 900) as u32 * 12)).collect()
    }
}

fn measure_pairs(model: &str, typical: &str, pairs: &str) -> Result<(), Failure> {
    let model = Model::open(Path::new(model), &LoadOptions::default())?;
    let mut scratch = Scratch::default();
    let mut embed = |text: &str| -> Result<Vec<f64>, Failure> {
        let ids = model.encode(&fold(text).text)?.ids;
        let vector = model.forward(&[&ids], &mut scratch)?.swap_remove(0).embedding;
        let norm = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        Ok(vector.iter().map(|x| f64::from(*x) / norm).collect())
    };
    let mut centre = vec![0.0; DIM];
    let rows = fs::read_to_string(typical)?;
    let rows: Vec<&str> = rows.lines().take(400).collect();
    for row in &rows {
        let row: serde_json::Value = serde_json::from_str(row)?;
        let vector = embed(row["text"].as_str().ok_or("a row without `text`")?)?;
        centre.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x / rows.len() as f64);
    }
    for line in fs::read_to_string(pairs)?.lines() {
        let mut pair: serde_json::Value = serde_json::from_str(line)?;
        let (a, b) = (embed(pair["a"].as_str().ok_or("no `a`")?)?, embed(pair["b"].as_str().ok_or("no `b`")?)?);
        let centred = |v: &[f64]| -> Vec<f64> { v.iter().zip(&centre).map(|(x, m)| x - m).collect() };
        let rounded = |x: f64| (x * 1e4).round() / 1e4;
        pair["raw"] = rounded(cosine(&a, &b)).into();
        pair["cosine"] = rounded(cosine(&centred(&a), &centred(&b))).into();
        println!("{pair}");
    }
    Ok(())
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}
