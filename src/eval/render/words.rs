//! Names of figures in words, and what a report says in a paragraph.

use crate::domain::{DEPARTMENT, URGENCY};
use crate::eval::report::{Figure, Report};

/// A figure's name for people.
pub fn title(name: &str) -> &str {
    match name {
        "accuracy" => "accuracy",
        "macro_f1" => "macro-F1",
        "micro_f1" => "micro-F1",
        "weighted_f1" => "weighted F1",
        "mcc" => "Matthews correlation",
        "kappa" => "Cohen's κ",
        "quadratic_kappa" => "quadratic-weighted κ",
        "under_triage" => "under-triage",
        "over_triage" => "over-triage",
        "top_3" => "top-3",
        "log_loss" => "log loss",
        "brier" => "Brier score",
        "ece" => "ECE, equal width",
        "ece_mass" => "ECE, equal mass",
        "aurc" => "AURC",
        "coverage_at_90" => "coverage at 90 % precision",
        "coverage_at_95" => "coverage at 95 % precision",
        "coverage_at_98" => "coverage at 98 % precision",
        "route_coverage" => "route, share of cases",
        "route_precision" => "route, department right",
        "route_precision_bound" => "route, department right, lower bound",
        "emergency_recall" => "emergency, recall",
        "emergency_precision" => "emergency, precision",
        "emergency_among_routed" => "emergencies among routed cases",
        "review_share" => "review, share of cases",
        "escalate_share" => "escalate, share of cases",
        "auroc" => "AUROC",
        "auprc" => "AUPRC",
        "prevalence" => "share of emergencies",
        other => other,
    }
}

/// A section's name for people.
pub fn section_title(name: &str) -> &str {
    match name {
        "triage" => "Decisions",
        "emergency" => "Emergency score",
        "signals" => "Signals of danger",
        "masking" => "Personal data",
        "places" => "Places",
        other => other,
    }
}

/// `0.810 (0.784–0.835)`.
pub fn figure(figure: &Figure) -> String {
    if figure.low.to_bits() == figure.high.to_bits() {
        return format!("{:.3}", figure.value);
    }
    format!("{:.3} ({:.3}–{:.3})", figure.value, figure.low, figure.high)
}

/// A p-value, as precise as anybody needs it.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

/// What a director wants to know, in Korean; `None` for models that do not route.
pub fn korean_summary(report: &Report) -> Option<String> {
    let department = report.figure(&format!("{DEPARTMENT}.accuracy"))?;
    let percent = |figure: &Figure| format!("{:.1} %", figure.value * 100.0);
    let range = |figure: &Figure| format!("{:.1}–{:.1} %", figure.low * 100.0, figure.high * 100.0);
    let mut says = vec![format!(
        "민원 {}건으로 평가했습니다. 담당 부서를 맞힌 비율은 {}(95 % 신뢰구간 {})입니다.",
        report.rows,
        percent(department),
        range(department)
    )];
    if let (Some(coverage), Some(precision)) =
        (report.figure("triage.route_coverage"), report.figure("triage.route_precision"))
    {
        says.push(format!(
            "사람이 먼저 읽지 않고 부서로 바로 보내는 비율은 {}이며, 그 가운데 부서가 맞은 비율은 {}({})입니다.",
            percent(coverage),
            percent(precision),
            range(precision)
        ));
    }
    if let Some(recall) = report.figure("triage.emergency_recall") {
        says.push(format!(
            "긴급 민원 가운데 즉시 사람에게 알린 비율은 {}({})입니다.",
            percent(recall),
            range(recall)
        ));
    }
    if let Some(under) = report.figure(&format!("{URGENCY}.under_triage")) {
        says.push(format!("긴급도를 실제보다 낮게 본 비율은 {}입니다.", percent(under)));
    }
    let worst: Vec<&str> = report
        .slices
        .iter()
        .filter(|slice| slice.head == DEPARTMENT && slice.is_worse())
        .take(3)
        .map(|slice| slice.value.as_str())
        .collect();
    says.push(if worst.is_empty() {
        "우연으로 보기 어려울 만큼 정확도가 낮은 집단은 없습니다.".to_owned()
    } else {
        format!("정확도가 뚜렷하게 낮은 집단: {}.", worst.join(", "))
    });
    let fallen = report.gates.iter().filter(|gate| !gate.passed).count();
    if fallen > 0 {
        says.push(format!("통과하지 못한 기준이 {fallen}개 있습니다."));
    } else if !report.gates.is_empty() {
        says.push(format!("기준 {}개를 모두 통과했습니다.", report.gates.len()));
    }
    Some(says.join(" "))
}
