//! Recall and precision of the masking on a set written by somebody else than the author of the rules.
//!
//! `cargo run --release --example masking_score eval/masking/set.jsonl [--misses]`; a row is
//! `{"id", "text", "items": [{"kind", "text", "nth"?}]}`, rows without items are clean. An item is found if every
//! character of it is masked, a mask is right if it touches an item.

use std::collections::BTreeMap;
use std::ops::Range;

use minwon::text::normalise::parse;
use minwon::text::personal_data::mask;
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("name a set")?;
    let misses = arguments.iter().any(|argument| argument == "--misses");
    let mut recall: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut precision: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut clean, mut touched) = (0, 0);
    for line in std::fs::read_to_string(path)?.lines() {
        let row: Value = serde_json::from_str(line)?;
        let text = parse(row["text"].as_str().ok_or("no text")?)?;
        let (text, masked) = (text.as_str(), mask(text.as_str()));
        let empty = Vec::new();
        let items: Vec<(String, Range<usize>)> =
            row["items"].as_array().unwrap_or(&empty).iter().filter_map(|item| located(text, item)).collect();
        for (kind, bytes) in &items {
            let hidden = bytes.clone().all(|at| masked.found().iter().any(|f| f.bytes.contains(&at)));
            let entry = recall.entry(kind.clone()).or_default();
            entry.1 += 1;
            entry.0 += usize::from(hidden);
            if misses && !hidden {
                println!("missed {} {kind}", row["id"]);
            }
        }
        for found in masked.found() {
            let right = items.iter().any(|(_, b)| b.start < found.bytes.end && found.bytes.start < b.end);
            let entry = precision.entry(format!("{:?}", found.kind)).or_default();
            entry.1 += 1;
            entry.0 += usize::from(right);
            if misses && !right {
                println!("wrong  {} {:?}", row["id"], found.kind);
            }
        }
        if items.is_empty() {
            clean += 1;
            touched += usize::from(!masked.found().is_empty());
        }
    }
    for (title, table) in [("recall", &recall), ("precision", &precision)] {
        println!("\n| {title} of | right | of | share |\n|---|---|---|---|");
        for (kind, (right, of)) in table {
            println!("| {kind} | {right} | {of} | {:.3} |", *right as f64 / *of as f64);
        }
        let sum = |pick: &dyn Fn(&str) -> bool| {
            table.iter().filter(|(k, _)| pick(k)).fold((0, 0), |s, (_, v)| (s.0 + v.0, s.1 + v.1))
        };
        let numbers = sum(&|kind| !["name", "address", "Name", "Address"].contains(&kind));
        let all = sum(&|_| true);
        for (name, (right, of)) in [("numbers", numbers), ("all", all)] {
            println!("| **{name}** | {right} | {of} | {:.3} |", right as f64 / of as f64);
        }
    }
    println!("\n{touched} of {clean} clean texts were touched");
    Ok(())
}

/// Kind and bytes of an item in the text.
fn located(text: &str, item: &Value) -> Option<(String, Range<usize>)> {
    let (kind, wanted) = (item["kind"].as_str()?, parse(item["text"].as_str()?).ok()?);
    let nth = item["nth"].as_u64().unwrap_or(1).max(1) as usize;
    let (start, found) = text.match_indices(wanted.as_str()).nth(nth - 1)?;
    Some((kind.to_owned(), start..start + found.len()))
}
