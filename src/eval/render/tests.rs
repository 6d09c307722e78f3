//! Reports that are written: the same bytes, nothing that is no number, nothing from outside.

use super::*;
use crate::domain::{HeadKind, HeadSpec, Taxonomy};
use crate::eval::head::head_report;
use crate::eval::metrics::HeadRows;
use crate::eval::report::{DataFile, Report, SCHEMA};
use crate::eval::{Figure, Gates, Section, Slice};

/// A report of an urgency head with one hostile label name.
fn report(seed: u64) -> Report {
    let labels = ["emergency", "high", "normal", "low"].map(String::from).to_vec();
    let head = HeadSpec { name: "urgency".into(), labels, kind: HeadKind::Single };
    let truth: Vec<usize> = (0..120).map(|i| i % 3).collect();
    let p = truth.iter().enumerate().flat_map(|(i, &t)| {
        let mut p = [0.1; 4];
        p[if i % 7 == 0 { (t + 1) % 4 } else { t }] = 0.7 - 0.001 * i as f64;
        p[3] += 1.0 - p.iter().sum::<f64>();
        p
    });
    let rows = HeadRows::new(4, truth.clone(), p.collect()).unwrap();
    let mut heads = vec![head_report(&head, &rows, &Taxonomy::bundled(), seed)];
    heads[0].classes[3].name = "<b>\"낮음\" & co</b>".into();
    let mut triage = Section { rows: 120, ..Section::default() };
    triage.figures.insert("route_precision".into(), Figure { value: 0.9, low: 0.8, high: 0.95 });
    triage.undefined.insert("emergency_recall".into(), "no row counts for it".into());
    let slice = Slice {
        head: "urgency".into(),
        dimension: "channel".into(),
        value: "<script>".into(),
        rows: 40,
        accuracy: 0.5,
        low: 0.3,
        high: 0.7,
        rest: 0.9,
        p: 0.0001,
        p_adjusted: 0.001,
    };
    let mut report = Report {
        schema: SCHEMA,
        model: "minwon-ko 9".into(),
        sha256: "0123456789abcdef".into(),
        backend: "cpu".into(),
        data: vec![DataFile { name: "rows.jsonl".into(), rows: 120, sha256: "ab".into() }],
        rows: 120,
        seed,
        resamples: 1_000,
        heads,
        sections: [("triage".to_owned(), triage)].into(),
        slices: vec![slice],
        comparison: None,
        gates: vec![],
    };
    let gates = "[minimum]\n\"urgency.accuracy\" = 0.99\n\"triage.route_precision\" = 0.5\n";
    report.gates = Gates::from_toml(gates).unwrap().check(&report).unwrap();
    report
}

#[test]
fn the_same_report_is_the_same_bytes() {
    let (a, b) = (report(1), report(1));
    assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&b).unwrap());
    assert_eq!((html(&a), junit(&a), table(&a)), (html(&b), junit(&b), table(&b)));
    assert_ne!(a.heads[0].section.figures["accuracy"].low.to_bits(), 0);
}

#[test]
fn no_number_is_missing_in_the_json() {
    fn nulls(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Null => found.push(path.to_owned()),
            serde_json::Value::Array(all) => all.iter().for_each(|v| nulls(v, path, found)),
            serde_json::Value::Object(all) => {
                all.iter().for_each(|(key, v)| nulls(v, &format!("{path}.{key}"), found));
            }
            _ => {}
        }
    }
    // serde_json writes NaN as null.
    let mut found = Vec::new();
    nulls(&serde_json::to_value(report(1)).unwrap(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_page_needs_nothing_and_runs_nothing_from_the_data() {
    let page = html(&report(1));
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="));
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(!page.contains("<b>\"낮음\""), "a label's name is text");
    for part in [
        "prefers-color-scheme: dark",
        "Noto Sans KR",
        "confusion matrix",
        "urgency.accuracy",
        "risk-coverage",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let broken =
        |word: &str| page.match_indices(word).any(|(at, _)| page[..at].ends_with(['"', '>', ',', ' ']));
    assert!(!broken("NaN") && !broken("inf"), "no figure is undefined in a plot");
}

#[test]
fn a_gate_that_falls_is_a_failed_test_case() {
    let xml = junit(&report(1));
    assert!(xml.contains("<testsuite name=\"minwon eval minwon-ko 9\" tests=\"2\" failures=\"1\">"), "{xml}");
    assert_eq!(xml.matches("<failure message=\"`urgency.accuracy` is 0.8").count(), 1, "{xml}");
}

#[test]
fn the_terminal_names_the_weakest_slice_and_the_fallen_gate() {
    let text = table(&report(1));
    assert!(
        text.contains("| urgency: channel <script> | 40 | 0.500 (0.300–0.700) | 0.900 | <0.001 | 0.001 |"),
        "{text}"
    );
    assert!(text.contains("gates: 1 of 2 hold") && text.contains("- `urgency.accuracy` is 0.8"), "{text}");
    assert!(text.contains("| under-triage | 0."), "{text}");
    assert!(text.contains("| emergency, recall | – (no row counts for it) |"), "{text}");
}
