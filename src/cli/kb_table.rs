//! The report of `minwon kb eval` for people.

use crate::eval::replies::ReplyReport;

/// The report as Markdown.
pub fn table(report: &ReplyReport) -> String {
    let mut text = format!(
        "{} answerable questions, {} unanswerable\n\n| figure | value (95 % interval) |\n|---|---|\n",
        report.answerable, report.unanswerable
    );
    let rows = [
        ("recall@1", &report.recall1),
        ("recall@3", &report.recall3),
        ("mean reciprocal rank", &report.mrr),
        ("right draft offered first", &report.offered1),
        ("right draft offered", &report.offered3),
        ("unanswerable, no draft", &report.refused),
    ];
    for (name, figure) in rows {
        text.push_str(&format!("| {name} | {:.3} ({:.3}–{:.3}) |\n", figure.value, figure.low, figure.high));
    }
    text.push_str("\n| threshold | right and offered first | unanswerable, no draft |\n|---|---|---|\n");
    for at in &report.sweep {
        text.push_str(&format!("| {:.2} | {:.3} | {:.3} |\n", at.threshold, at.recall1, at.refused));
    }
    text.push_str(&format!("\n{} miss(es)\n", report.misses.len()));
    for miss in &report.misses {
        let found: Vec<String> = miss.found.iter().map(|(id, score)| format!("{id} {score:.2}")).collect();
        let wanted = if miss.wanted.is_empty() { "-".to_owned() } else { miss.wanted.join("|") };
        text.push_str(&format!(
            "{}: wanted {wanted}; offered {}; found {}\n",
            miss.id,
            miss.offered,
            found.join(", ")
        ));
    }
    text
}
