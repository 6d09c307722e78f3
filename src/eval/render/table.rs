//! Tables for the terminal, in Markdown, ready for a model card.

use super::words::{figure, p_value, section_title, title};
use crate::eval::drift::Drift;
use crate::eval::report::{Report, Section};

/// Slices that the terminal shows.
const WORST: usize = 8;
/// Figures of a head in its line.
const COLUMNS: [&str; 7] = ["accuracy", "macro_f1", "top_3", "mcc", "ece", "log_loss", "coverage_at_95"];

/// The report in brief.
pub fn table(report: &Report) -> String {
    let mut text = format!("{} on {} rows ({})\n", report.model, report.rows, report.backend);
    if !report.heads.is_empty() {
        text.push_str(&line("head", &COLUMNS.map(|name| title(name).to_owned())));
        text.push_str(&rule(COLUMNS.len()));
        for head in &report.heads {
            let cells =
                COLUMNS.map(|name| head.section.figures.get(name).map_or_else(|| "–".to_owned(), figure));
            text.push_str(line(&head.head, &cells).trim_start());
        }
    }
    for (name, section) in ordered(report) {
        text.push_str(&section_table(name, section));
    }
    for head in report.heads.iter().filter(|head| head.section.figures.contains_key("under_triage")) {
        let ordered = ["quadratic_kappa", "under_triage", "over_triage"];
        let figures = ordered.iter().filter_map(|name| Some((*name, *head.section.figures.get(*name)?)));
        let figures = figures.map(|(name, figure)| (name.to_owned(), figure)).collect();
        let section = Section { rows: head.section.rows, figures, ..Section::default() };
        text.push_str(&section_table(&head.head, &section));
    }
    text.push_str(&slices(report));
    text.push_str(&comparison(report));
    text.push_str(&gates(report));
    text
}

/// What drifted, in brief.
pub fn drift_table(drift: &Drift) -> String {
    let mut text = format!("{} reference cases, {} in the window\n", drift.reference, drift.window);
    text.push_str(&line("column", &["PSI", "by chance", "movement"].map(str::to_owned)));
    text.push_str(&rule(3));
    let confidence = drift.confidence.iter().map(|(name, s)| (format!("{name} confidence"), s));
    let labels = drift.labels.iter().map(|(name, s)| (name.clone(), s));
    for (name, stability) in labels.chain(confidence) {
        let movement = format!("{:?}", stability.movement).to_lowercase();
        let cells = [format!("{:.3}", stability.psi), format!("{:.3}", stability.by_chance), movement];
        text.push_str(line(&name, &cells).trim_start());
    }
    if let Some(texts) = &drift.texts {
        let (a, b) = texts.texts;
        let p = p_value(texts.p);
        text.push_str(&format!("\ntexts ({}, {a} and {b}): MMD² {:.5}, p {p}\n", texts.features, texts.mmd2));
    }
    if let Some(unsure) = drift.unsure_share {
        text.push_str(&format!("\nunsure: {:.1} % of the window\n", unsure * 100.0));
    }
    for theme in &drift.themes {
        text.push_str(&format!(
            "- {} cases: {} (elsewhere {})\n",
            theme.cases,
            theme.terms.join(", "),
            theme.elsewhere
        ));
    }
    text
}

/// Sections in the order in which people ask for them.
pub fn ordered(report: &Report) -> impl Iterator<Item = (&str, &Section)> {
    const FIRST: [&str; 5] = ["triage", "emergency", "signals", "masking", "places"];
    let known = FIRST.into_iter().filter_map(|name| Some((name, report.sections.get(name)?)));
    let others = report.sections.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    known.chain(others.map(|(name, section)| (name.as_str(), section)))
}

fn section_table(name: &str, section: &Section) -> String {
    let name = section_title(name).to_lowercase();
    let mut text = line(&format!("{name}, {} rows", section.rows), &["value".to_owned()]) + &rule(1);
    for (name, own) in &section.figures {
        text.push_str(line(title(name), &[figure(own)]).trim_start());
    }
    for (name, why) in &section.undefined {
        text.push_str(line(title(name), &[format!("– ({why})")]).trim_start());
    }
    text
}

fn slices(report: &Report) -> String {
    let worse: Vec<_> =
        report.slices.iter().filter(|slice| slice.accuracy < slice.rest).take(WORST).collect();
    if worse.is_empty() {
        return String::new();
    }
    let columns = ["rows", "accuracy", "rest", "p", "p adjusted"].map(str::to_owned);
    let mut text = line("weakest slices", &columns) + &rule(columns.len());
    for slice in worse {
        let name = format!("{}: {} {}", slice.head, slice.dimension, slice.value);
        let cells = [
            slice.rows.to_string(),
            format!("{:.3} ({:.3}–{:.3})", slice.accuracy, slice.low, slice.high),
            format!("{:.3}", slice.rest),
            p_value(slice.p),
            p_value(slice.p_adjusted),
        ];
        text.push_str(line(&name, &cells).trim_start());
    }
    text
}

fn comparison(report: &Report) -> String {
    let Some(comparison) = &report.comparison else { return String::new() };
    let mut text = format!("\nA = {}, B = {}\n", comparison.a, comparison.b);
    let columns = ["A", "B", "B − A", "macro-F1, B − A", "won", "lost", "McNemar p"].map(str::to_owned);
    text.push_str(&(line("accuracy", &columns) + &rule(columns.len())));
    for head in &comparison.heads {
        let cells = [
            format!("{:.3}", head.accuracy_a),
            format!("{:.3}", head.accuracy_b),
            figure(&head.accuracy_difference),
            figure(&head.macro_f1_difference),
            head.only_b.to_string(),
            head.only_a.to_string(),
            p_value(head.mcnemar_p),
        ];
        text.push_str(line(&head.head, &cells).trim_start());
    }
    text + "\n" + &comparison.verdict + "\n"
}

fn gates(report: &Report) -> String {
    if report.gates.is_empty() {
        return String::new();
    }
    let passed = report.gates.iter().filter(|gate| gate.passed).count();
    let mut text = format!("\ngates: {passed} of {} hold\n", report.gates.len());
    for gate in report.gates.iter().filter(|gate| !gate.passed) {
        text.push_str(&format!("- {}\n", gate.says));
    }
    text
}

/// A line of a table; a table begins after an empty line.
fn line(first: &str, cells: &[String]) -> String {
    format!("\n| {first} | {} |\n", cells.join(" | "))
}

fn rule(columns: usize) -> String {
    format!("|---|{}\n", "---|".repeat(columns))
}
