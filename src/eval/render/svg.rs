//! Plots as inline SVG. Colours are CSS variables of the page, so that light and dark are one drawing.

use super::escape;
use crate::eval::metrics::Bin;
use crate::eval::metrics::coverage::Point;
use crate::eval::report::HeadReport;

/// Side of the plotting area of the square plots.
const SIDE: f64 = 220.0;
/// Room for axis labels.
const LEFT: f64 = 40.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 38.0;
/// Side of a cell of the confusion matrix.
const CELL: f64 = 24.0;
/// From this many labels on, cells hold no room for generous labels.
const LABEL_ROOM: f64 = 150.0;

/// Confidence against accuracy: bars of the bins, a diagonal where both agree.
pub fn reliability(bins: &[Bin]) -> String {
    let largest = bins.iter().map(|bin| bin.rows).max().unwrap_or_default().max(1) as f64;
    let width = SIDE / bins.len().max(1) as f64;
    let mut body = axes("confidence", "share right", 1.0);
    body.push_str(&line(x(0.0), y(0.0), x(1.0), y(1.0), "diagonal"));
    for (i, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.rows > 0) {
        let left = LEFT + width * i as f64;
        // The fainter the bar, the fewer rows stand behind it.
        let opacity = 0.25 + 0.75 * (bin.rows as f64 / largest).sqrt();
        body.push_str(&format!(
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" opacity=\"{opacity:.2}\"><title>{} rows, confidence {:.3}, right {:.3}</title></rect>",
            left + 0.5,
            y(bin.accuracy),
            width - 1.0,
            SIDE * bin.accuracy,
            bin.rows,
            bin.confidence,
            bin.accuracy
        ));
        body.push_str(&line(left, y(bin.confidence), left + width, y(bin.confidence), "mark"));
    }
    square(&body, "reliability diagram")
}

/// Share of cases taken over against the share of those that is wrong.
pub fn risk_coverage(curve: &[Point]) -> String {
    let most = curve.iter().map(|point| point.risk).fold(0.0, f64::max);
    // The axis ends at a round tenth over the largest risk.
    let top = ((most * 10.0).ceil() / 10.0).clamp(0.1, 1.0);
    let points: Vec<String> = curve
        .iter()
        .map(|point| format!("{:.1},{:.1}", x(point.coverage), TOP + SIDE * (1.0 - point.risk / top)))
        .collect();
    let mut body = axes("share of cases taken over", "share wrong", top);
    if top > 0.05 {
        let five = TOP + SIDE * (1.0 - 0.05 / top);
        body.push_str(&line(x(0.0), five, x(1.0), five, "diagonal"));
    }
    body.push_str(&format!("<polyline class=\"curve\" points=\"{}\"/>", points.join(" ")));
    square(&body, "risk-coverage curve")
}

/// Truth down, prediction across; each row sums to one.
pub fn confusion(head: &HeadReport) -> String {
    let n = head.classes.len();
    let side = CELL * n as f64;
    let mut body = String::new();
    for (i, class) in head.classes.iter().enumerate() {
        let at = LABEL_ROOM + CELL * (i as f64 + 0.5);
        let name = escape(&class.name);
        let edge = LABEL_ROOM - 6.0;
        body.push_str(&format!("<text x=\"{edge}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>", at + 4.0));
        body.push_str(&format!(
            "<text transform=\"translate({:.1},{edge}) rotate(-60)\">{name}</text>",
            at + 4.0
        ));
        for (j, &count) in head.confusion[i].iter().enumerate() {
            let share = if class.support == 0 { 0.0 } else { count as f64 / class.support as f64 };
            let (left, top) = (LABEL_ROOM + CELL * j as f64, LABEL_ROOM + CELL * i as f64);
            let kind = if i == j { "right" } else { "wrong" };
            let title = format!("{name} → {}: {count} of {}", escape(&head.classes[j].name), class.support);
            body.push_str(&format!(
                "<g><title>{title}</title><rect class=\"cell\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{CELL}\" height=\"{CELL}\"/>"
            ));
            if count > 0 {
                let opacity = (0.12 + 0.88 * share).min(1.0);
                body.push_str(&format!(
                    "<rect class=\"{kind}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{CELL}\" height=\"{CELL}\" opacity=\"{opacity:.2}\"/>"
                ));
                let strong = if share > 0.55 { " strong" } else { "" };
                body.push_str(&format!(
                    "<text class=\"count{strong}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{count}</text>",
                    left + CELL / 2.0,
                    top + CELL / 2.0 + 3.5
                ));
            }
            body.push_str("</g>");
        }
    }
    // Slanted labels of the last columns lean out to the right.
    let (width, height) = (LABEL_ROOM + side + 80.0, LABEL_ROOM + side + 4.0);
    format!(
        "<svg class=\"matrix\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"confusion matrix\">{body}</svg>"
    )
}

fn x(share: f64) -> f64 {
    LEFT + SIDE * share
}

fn y(share: f64) -> f64 {
    TOP + SIDE * (1.0 - share)
}

fn line(x1: f64, y1: f64, x2: f64, y2: f64, class: &str) -> String {
    format!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>")
}

/// Axes from 0 to 1 across and 0 to `top` up, with their names.
fn axes(across: &str, up: &str, top: f64) -> String {
    let mut body =
        format!("<rect class=\"frame\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{SIDE}\" height=\"{SIDE}\"/>");
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        body.push_str(&line(x(0.0), y(share), x(1.0), y(share), "grid"));
        body.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 5.0,
            y(share) + 4.0,
            number(share * top)
        ));
        body.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            x(share),
            TOP + SIDE + 14.0,
            number(share)
        ));
    }
    let middle = TOP + SIDE / 2.0;
    body + &format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{across}</text><text transform=\"translate(9,{middle:.1}) rotate(-90)\" text-anchor=\"middle\">{up}</text>",
        x(0.5),
        TOP + SIDE + 30.0
    )
}

/// As many digits as it needs.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn square(body: &str, name: &str) -> String {
    let (width, height) = (LEFT + SIDE + 12.0, TOP + SIDE + BOTTOM);
    format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"{name}\">{body}</svg>"
    )
}
