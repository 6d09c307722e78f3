//! How well the danger rules alone find the emergencies of labelled files.
//!
//! `cargo run --example signals_score -- [--rules config/signals.toml] [--list] FILE.jsonl…` prints precision and recall
//! (a signal against `urgency` = emergency) at several strengths, and hits and false alarms by rule.
//! `--list` prints the ids of misses and false alarms too, with what the guards took back: for training files only.

use std::collections::BTreeMap;
use std::fs;

use minwon::text::signals::{Agencies, Inspection, SignalRules};

type Failure = Box<dyn std::error::Error>;

#[derive(serde::Deserialize)]
struct Row {
    id: String,
    text: String,
    urgency: String,
}

fn main() -> Result<(), Failure> {
    let mut rules = "config/signals.toml".to_owned();
    let mut pieces = "config/signal-pieces.tsv".to_owned();
    let (mut files, mut list, mut features) = (Vec::new(), false, false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--rules" => rules = words.next().ok_or("`--rules` wants a path")?,
            "--pieces" => pieces = words.next().ok_or("`--pieces` wants a path")?,
            "--list" => list = true,
            "--features" => features = true,
            _ => files.push(word),
        }
    }
    let rules = SignalRules::from_toml(&fs::read_to_string(rules)?, &Agencies::bundled())?;
    let rules = rules.with_pieces(&fs::read_to_string(pieces)?)?;
    for fault in rules.check_sentences() {
        println!("own sentence of `{}` fails (should fire: {}): {}", fault.rule, fault.should_fire, fault.sentence);
    }
    for file in files {
        let rows = fs::read_to_string(&file)?;
        let rows: Vec<Row> = rows.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let found: Vec<Inspection> = rows.iter().map(|row| rules.inspect(&row.text)).collect();
        if features {
            for (row, found) in rows.iter().zip(&found) {
                let silenced: Vec<_> = found.silenced.iter().map(|s| format!("{}<{}", s.rule, s.guard)).collect();
                let held: Vec<&str> = found.held.iter().map(|id| &**id).collect();
                let evidence: Vec<&str> = found.evidence.iter().map(|name| &**name).collect();
                println!("{}", serde_json::json!({
                    "file": file, "id": row.id, "danger": is_emergency(row), "held": held, "evidence": evidence,
                    "silenced": silenced, "letters": row.text.chars().count(),
                    "strength": strength(found),
                }));
            }
            continue;
        }
        println!("{file}: {} rows", rows.len());
        print_scores(&rows, &found);
        print_rules(&rows, &found);
        if list {
            print_faults(&rows, &found);
        }
    }
    Ok(())
}

fn is_emergency(row: &Row) -> bool {
    row.urgency == "emergency"
}

/// The strongest signal's strength, 0 without any.
fn strength(found: &Inspection) -> f32 {
    found.signals.first().map_or(0.0, |signal| signal.strength.value())
}

fn print_scores(rows: &[Row], found: &[Inspection]) {
    let all = rows.iter().filter(|row| is_emergency(row)).count();
    for at in [0.5, 0.6, 0.7, 0.8, 0.9] {
        let fired = rows.iter().zip(found).filter(|(_, found)| strength(found) >= at);
        let (right, wrong): (Vec<_>, Vec<_>) = fired.partition(|(row, _)| is_emergency(row));
        let (right, wrong) = (right.len(), wrong.len());
        println!(
            "  strength ≥ {at:.1}: precision {:.3}  recall {:.3}  ({right} right, {wrong} false, {all} emergencies)",
            right as f64 / (right + wrong).max(1) as f64,
            right as f64 / all.max(1) as f64,
        );
    }
}

fn print_rules(rows: &[Row], found: &[Inspection]) {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (row, found) in rows.iter().zip(found) {
        for signal in &found.signals {
            let count = counts.entry(&signal.rule).or_default();
            let alone = usize::from(found.signals.len() == 1);
            if is_emergency(row) {
                count[0] += 1;
                count[2] += alone;
            } else {
                count[1] += 1;
            }
        }
    }
    for (rule, [right, wrong, alone]) in counts {
        println!("  {rule:<28} right {right:>3} (alone {alone:>3})  false {wrong:>3}");
    }
}

fn print_faults(rows: &[Row], found: &[Inspection]) {
    for (row, found) in rows.iter().zip(found) {
        let fault = match (is_emergency(row), found.signals.is_empty()) {
            (true, true) => "missed",
            (false, false) => "false",
            _ => continue,
        };
        let signals = found.signals.iter().map(|s| format!("{} [{}]", s.rule, &row.text[s.span.clone()]));
        let silenced =
            found.silenced.iter().map(|s| format!("{}<{} [{}]", s.rule, s.guard, &row.text[s.span.clone()]));
        let notes: Vec<String> = signals.chain(silenced).collect();
        println!("  {fault} {}: {}", row.id, notes.join("; "));
    }
}
