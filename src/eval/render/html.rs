//! The report as one HTML file that needs nothing else: no network, no fonts, no library.

use askama::Template;

use super::page::{Cell, Grid};
use super::svg;
use super::table::ordered;
use super::words::{figure, korean_summary, p_value, section_title, title};
use crate::eval::compare::{Change, HeadComparison};
use crate::eval::report::{Figure, HeadReport, Report, Section};

/// Verdict, figures, and what changed in each head.
type Compared = (String, Grid, Vec<(String, Grid)>);

#[derive(Template)]
#[template(path = "eval_report.html")]
struct Page<'a> {
    report: &'a Report,
    korean: Option<String>,
    cards: Vec<(String, String, String)>,
    gates: Option<Grid>,
    comparison: Option<Compared>,
    heads: Vec<Head>,
    sections: Vec<(String, usize, Grid)>,
    slices: Grid,
    worse: usize,
}

struct Head {
    name: String,
    rows: usize,
    figures: Grid,
    width: String,
    mass: String,
    curve: String,
    confusion: String,
    classes: Grid,
}

/// The page.
///
/// # Panics
/// Never: writing to a string does not fail.
pub fn html(report: &Report) -> String {
    let page = Page {
        report,
        korean: korean_summary(report),
        cards: cards(report),
        gates: gates(report),
        comparison: report.comparison.as_ref().map(|comparison| {
            let heads = &comparison.heads;
            let changes = heads.iter().map(|head| (head.head.clone(), changes(head)));
            let changes = changes.filter(|(_, grid)| !grid.lines.is_empty()).collect();
            (comparison.verdict.clone(), compared(heads), changes)
        }),
        heads: report.heads.iter().map(head).collect(),
        sections: ordered(report)
            .map(|(name, section)| (section_title(name).to_owned(), section.rows, figures(section)))
            .collect(),
        slices: slices(report),
        worse: report.slices.iter().filter(|slice| slice.is_worse()).count(),
    };
    page.render().expect("writing to a string does not fail")
}

/// The figures that a reader looks for first.
fn cards(report: &Report) -> Vec<(String, String, String)> {
    let first = report.heads.first().map(|head| format!("{}.accuracy", head.head));
    let names = [
        first,
        Some("triage.route_coverage".to_owned()),
        Some("triage.route_precision".to_owned()),
        Some("triage.emergency_recall".to_owned()),
        Some("urgency.under_triage".to_owned()),
    ];
    let card = |name: String| {
        let figure = report.figure(&name)?;
        let (part, own) = name.split_once('.')?;
        let words = if part == "triage" { title(own).to_owned() } else { format!("{part}, {}", title(own)) };
        let range = format!("{:.1}–{:.1} %", figure.low * 100.0, figure.high * 100.0);
        Some((words, format!("{:.1} %", figure.value * 100.0), range))
    };
    names.into_iter().flatten().filter_map(card).collect()
}

fn gates(report: &Report) -> Option<Grid> {
    let mut grid = Grid::new(&["gate", "figure", "limit", "outcome"]);
    for gate in &report.gates {
        let value = gate
            .value
            .map_or_else(|| Cell::word("undefined"), |value| Cell::number(value, format!("{value:.4}")));
        let (outcome, class) = if gate.passed { ("holds", "good") } else { ("falls", "bad") };
        grid.lines.push(vec![
            Cell::word(gate.figure.clone()),
            value,
            Cell::number(gate.limit, format!("{} {}", gate.kind, gate.limit)),
            Cell::word(outcome).marked(class),
        ]);
    }
    (!grid.lines.is_empty()).then_some(grid)
}

fn compared(heads: &[HeadComparison]) -> Grid {
    let columns = [
        "head",
        "rows",
        "accuracy A",
        "accuracy B",
        "B − A",
        "macro-F1, B − A",
        "won",
        "lost",
        "both wrong",
        "McNemar p",
    ];
    let mut grid = Grid::new(&columns);
    for head in heads {
        grid.lines.push(vec![
            Cell::word(head.head.clone()),
            Cell::count(head.rows as u64),
            Cell::number(head.accuracy_a, format!("{:.3}", head.accuracy_a)),
            Cell::number(head.accuracy_b, format!("{:.3}", head.accuracy_b)),
            shown(&head.accuracy_difference),
            shown(&head.macro_f1_difference),
            Cell::count(head.only_b),
            Cell::count(head.only_a),
            Cell::count(head.both_wrong),
            Cell::number(head.mcnemar_p, p_value(head.mcnemar_p)),
        ]);
    }
    grid
}

fn changes(head: &HeadComparison) -> Grid {
    let mut grid = Grid::new(&["change", "row", "truth", "A", "B", "beginning of the text"]);
    let kinds = [
        ("won", "good", &head.won),
        ("lost", "bad", &head.lost),
        ("wrong otherwise", "word", &head.wrong_otherwise),
    ];
    for (kind, class, changes) in kinds {
        let line = |change: &Change| {
            vec![
                Cell::word(kind).marked(class),
                Cell::word(change.id.clone()),
                Cell::word(change.truth.clone()),
                Cell::word(change.a.clone()),
                Cell::word(change.b.clone()),
                Cell::word(change.excerpt.clone().unwrap_or_default()),
            ]
        };
        grid.lines.extend(changes.iter().map(line));
    }
    grid
}

fn head(head: &HeadReport) -> Head {
    let mut classes = Grid::new(&["label", "name", "rows", "predicted", "precision", "recall", "F1"]);
    for class in &head.classes {
        classes.lines.push(vec![
            Cell::word(class.label.clone()),
            Cell::word(class.name.clone()),
            Cell::count(class.support),
            Cell::count(class.predicted),
            shown(&class.precision),
            shown(&class.recall),
            shown(&class.f1),
        ]);
    }
    Head {
        name: head.head.clone(),
        rows: head.section.rows,
        figures: figures(&head.section),
        width: svg::reliability(&head.reliability.width),
        mass: svg::reliability(&head.reliability.mass),
        curve: svg::risk_coverage(&head.risk_coverage),
        confusion: svg::confusion(head),
        classes,
    }
}

fn figures(section: &Section) -> Grid {
    let mut grid = Grid::new(&["figure", "value", "95 % interval"]);
    for (name, own) in &section.figures {
        let interval = figure(own);
        let interval = interval.split_once(' ').map_or("", |(_, interval)| interval).trim_matches(['(', ')']);
        grid.lines.push(vec![
            Cell::word(title(name)),
            Cell::number(own.value, format!("{:.3}", own.value)),
            Cell::number(own.low, interval),
        ]);
    }
    for (name, why) in &section.undefined {
        grid.lines.push(vec![Cell::word(title(name)), Cell::word("–"), Cell::word(why.clone())]);
    }
    grid
}

fn slices(report: &Report) -> Grid {
    let columns = ["head", "cut by", "value", "rows", "accuracy", "95 % interval", "rest", "p", "p adjusted"];
    let mut grid = Grid::new(&columns);
    for slice in &report.slices {
        let better = slice.accuracy > slice.rest && slice.p_adjusted < 0.05;
        let class = if slice.is_worse() {
            "bad"
        } else if better {
            "good"
        } else {
            "number"
        };
        grid.lines.push(vec![
            Cell::word(slice.head.clone()),
            Cell::word(slice.dimension.clone()),
            Cell::word(slice.value.clone()),
            Cell::count(slice.rows),
            Cell::number(slice.accuracy, format!("{:.3}", slice.accuracy)).marked(class),
            Cell::number(slice.low, format!("{:.3}–{:.3}", slice.low, slice.high)),
            Cell::number(slice.rest, format!("{:.3}", slice.rest)),
            Cell::number(slice.p, p_value(slice.p)),
            Cell::number(slice.p_adjusted, p_value(slice.p_adjusted)),
        ]);
    }
    grid
}

fn shown(own: &Figure) -> Cell {
    Cell::number(own.value, figure(own))
}
