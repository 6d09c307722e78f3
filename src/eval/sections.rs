//! Figures besides those of the heads: what the decision rule makes of them, and the text rooms against gold columns.
//!
//! Nearly all are ratios: of the rows (or items) that count, how many are as they should be. A row may count several
//! times (items of personal data) or not at all.

use std::collections::{BTreeMap, BTreeSet};

use super::bootstrap::Resampling;
use super::judge::{Judged, Judgement};
use super::metrics::{Ranking, exact};
use super::report::{Figure, Section};
use crate::data::Row;
use crate::domain::{DEPARTMENT, Decision, HeadKind, Taxonomy, URGENCY, emergency};
use crate::text::normalise::parse;

/// Outside the one-sided bound of `route_precision`.
const BOUND_ALPHA: f64 = 0.05;

/// What one row adds to each ratio of a section: the part and the whole.
type Counts = Vec<(u32, u32)>;

/// A row that counts for a section: the stratum it is drawn in, and its counts.
type Counted = (usize, Counts);

/// All sections that model and rows allow.
pub fn sections(rows: &[Row], judged: &Judged, seed: u64) -> BTreeMap<String, Section> {
    let taxonomy = Taxonomy::bundled();
    let pairs = || rows.iter().zip(&judged.rows);
    let all = [
        ("triage", triage(pairs().filter_map(|pair| decided(pair, &taxonomy)).collect(), seed)),
        ("emergency", emergencies(pairs(), &taxonomy, seed)),
        ("signals", signals(pairs(), &taxonomy, seed)),
        ("masking", masking(pairs(), seed)),
        ("places", places(pairs(), seed)),
    ];
    let all = all.into_iter().filter_map(|(name, section)| Some((name.to_owned(), section?)));
    all.chain(judged.heads.iter().filter_map(|head| {
        let multi = head.kind == HeadKind::Multi;
        multi.then(|| Some((head.name.clone(), multi_label(pairs(), &head.name, seed)?))).flatten()
    }))
    .collect()
}

/// A head of which several labels may hold, each predicted from a probability of one half on.
fn multi_label<'a>(
    rows: impl Iterator<Item = (&'a Row, &'a Judgement)>,
    head: &str,
    seed: u64,
) -> Option<Section> {
    let counted: Vec<Counted> = rows
        .filter_map(|(row, judgement)| {
            row.column(head)?;
            let own = judgement.prediction.head(head)?;
            let gold: BTreeSet<&str> = row.labels(head).into_iter().collect();
            let ranked = own.ranked();
            let found: BTreeSet<&str> =
                ranked.iter().filter(|s| s.confidence >= 0.5).map(|s| s.code).collect();
            let both = gold.intersection(&found).count() as u32;
            let (gold_n, found_n) = (gold.len() as u32, found.len() as u32);
            let counts = vec![
                (both, found_n),
                (both, gold_n),
                (2 * both, found_n + gold_n),
                when(true, gold == found),
            ];
            Some((gold.len(), counts))
        })
        .collect();
    ratios(&["micro_precision", "micro_recall", "micro_f1", "exact_match"], &counted, seed)
}

/// Ratios by name over the rows that count; `None` without rows.
fn ratios(names: &[&str], rows: &[Counted], seed: u64) -> Option<Section> {
    if rows.is_empty() {
        return None;
    }
    let figures = |weights: &[u32]| {
        let mut sums = vec![(0u64, 0u64); names.len()];
        for ((_, counts), &weight) in rows.iter().zip(weights) {
            for (sum, &(part, whole)) in sums.iter_mut().zip(counts) {
                sum.0 += u64::from(weight) * u64::from(part);
                sum.1 += u64::from(weight) * u64::from(whole);
            }
        }
        sums.iter().map(|&(part, whole)| (whole > 0).then(|| part as f64 / whole as f64)).collect()
    };
    let values = Resampling::stratified(rows.iter().map(|(stratum, _)| *stratum), seed).figures(&figures);
    let mut section = Section { rows: rows.len(), ..Section::default() };
    names.iter().zip(values).for_each(|(name, figure)| section.insert(name, figure, None));
    Some(section)
}

/// Counts for a share of the rows for which `whole` holds.
fn when(whole: bool, part: bool) -> (u32, u32) {
    (u32::from(whole && part), u32::from(whole))
}

fn is_emergency(row: &Row, taxonomy: &Taxonomy) -> Option<bool> {
    Some(taxonomy.label(URGENCY, row.label(URGENCY)?)?.escalates)
}

/// One row as the decision rule left it.
fn decided((row, judgement): (&Row, &Judgement), taxonomy: &Taxonomy) -> Option<Counted> {
    let decision = judgement.decision?;
    let right = row.label(DEPARTMENT)? == judgement.prediction.head(DEPARTMENT)?.top().code;
    let emergency = is_emergency(row, taxonomy)?;
    let (routed, escalated) = (decision == Decision::Route, decision == Decision::Escalate);
    let counts = vec![
        when(true, routed),
        when(routed, right),
        when(emergency, escalated),
        when(escalated, emergency),
        when(routed, emergency),
        when(true, decision == Decision::Review),
        when(true, escalated),
    ];
    Some((usize::from(emergency), counts))
}

fn triage(rows: Vec<Counted>, seed: u64) -> Option<Section> {
    let names = [
        "route_coverage",
        "route_precision",
        "emergency_recall",
        "emergency_precision",
        "emergency_among_routed",
        "review_share",
        "escalate_share",
    ];
    let mut section = ratios(&names, &rows, seed)?;
    let count = |of: &dyn Fn(&Counts) -> u32| rows.iter().map(|(_, counts)| u64::from(of(counts))).sum();
    let (right, routed): (u64, u64) = (count(&|c| c[1].0), count(&|c| c[1].1));
    // The two-sided interval that does not need many rows to be true, instead of the bootstrap's.
    if let Some(figure) = section.figures.get_mut("route_precision") {
        (figure.low, figure.high) = exact::clopper_pearson(right, routed, 0.025);
        let bound = exact::clopper_pearson(right, routed, BOUND_ALPHA).0;
        section.figures.insert("route_precision_bound".to_owned(), Figure::exact(bound));
    } else {
        section.insert("route_precision_bound", None, None);
    }
    Some(section)
}

/// The model's probability of an emergency as a score.
fn emergencies<'a>(
    rows: impl Iterator<Item = (&'a Row, &'a Judgement)>,
    taxonomy: &Taxonomy,
    seed: u64,
) -> Option<Section> {
    let scored = rows.filter_map(|(row, judgement)| {
        judgement.prediction.head(URGENCY)?;
        Some((f64::from(emergency(&judgement.prediction, taxonomy)), is_emergency(row, taxonomy)?))
    });
    let (scores, positive): (Vec<f64>, Vec<bool>) = scored.unzip();
    let ranking = Ranking::new(&scores, positive.clone()).ok()?;
    let plain = |weights: &[u32]| [ranking.auroc(weights), ranking.average_precision(weights)];
    let ones = vec![1; scores.len()];
    let strata = Resampling::stratified(positive.iter().map(|p| usize::from(*p)), seed);
    let figures = strata.figures(&|weights| plain(weights).into_iter().map(Result::ok).collect());
    let mut section = Section { rows: scores.len(), ..Section::default() };
    for ((name, figure), plain) in ["auroc", "auprc"].iter().zip(figures).zip(plain(&ones)) {
        section.insert(name, figure, plain.err().as_ref());
    }
    let base = positive.iter().filter(|p| **p).count() as f64 / scores.len() as f64;
    section.figures.insert("prevalence".to_owned(), Figure::exact(base));
    Some(section)
}

/// The rules of danger, against urgency, and against the column `signals` (kinds) where rows have it.
fn signals<'a>(
    rows: impl Iterator<Item = (&'a Row, &'a Judgement)>,
    taxonomy: &Taxonomy,
    seed: u64,
) -> Option<Section> {
    let names =
        ["danger_recall", "danger_precision", "any_recall", "any_precision", "kind_recall", "kind_precision"];
    let counted: Vec<Counted> = rows
        .filter_map(|(row, judgement)| {
            let emergency = is_emergency(row, taxonomy);
            let found: BTreeSet<&str> = judgement.seen.signals.iter().copied().collect();
            let any = !found.is_empty();
            let mut counts = match emergency {
                Some(emergency) => vec![when(emergency, any), when(any, emergency)],
                None => vec![(0, 0); 2],
            };
            if row.column("signals").is_some() {
                let gold: BTreeSet<&str> = row.labels("signals").into_iter().collect();
                let both = gold.intersection(&found).count() as u32;
                counts.extend([when(!gold.is_empty(), any), when(any, !gold.is_empty())]);
                counts.extend([(both, gold.len() as u32), (both, found.len() as u32)]);
            } else {
                counts.extend([(0, 0); 4]);
            }
            let counts_at_all = emergency.is_some() || row.column("signals").is_some();
            counts_at_all.then_some((usize::from(emergency.unwrap_or_default()), counts))
        })
        .collect();
    let mut section = ratios(&names, &counted, seed)?;
    // Without the column its figures are absent, not undefined.
    if counted.iter().all(|(_, counts)| counts[2..].iter().all(|c| c.1 == 0)) {
        section.undefined.retain(|name, _| name.starts_with("danger"));
    }
    Some(section)
}

/// Personal data against the column `pii`: a list of the strings that must be masked, or of objects with `text`.
fn masking<'a>(rows: impl Iterator<Item = (&'a Row, &'a Judgement)>, seed: u64) -> Option<Section> {
    let counted: Vec<Counted> = rows
        .filter_map(|(row, judgement)| {
            let gold = gold_items(row)?;
            let text = parse(&row.text).ok()?;
            let found = &judgement.seen.personal;
            // Every occurrence of an item must be masked from end to end.
            let spans: Vec<_> = gold
                .iter()
                .flat_map(|item| text.as_str().match_indices(item.as_str()))
                .map(|(start, item)| start..start + item.len())
                .collect();
            let hidden = spans
                .iter()
                .filter(|span| (*span).clone().all(|byte| found.iter().any(|f| f.bytes.contains(&byte))));
            let hidden = hidden.count() as u32;
            let meant = |f: &&crate::text::personal_data::Found| {
                spans.iter().any(|span| f.bytes.start < span.end && span.start < f.bytes.end)
            };
            let right = found.iter().filter(meant).count() as u32;
            let leaks = hidden < spans.len() as u32;
            let counts = vec![
                (hidden, spans.len() as u32),
                (right, found.len() as u32),
                when(!spans.is_empty(), leaks),
                when(spans.is_empty(), !found.is_empty()),
            ];
            Some((usize::from(!spans.is_empty()), counts))
        })
        .collect();
    ratios(&["recall", "precision", "rows_with_leak", "clean_rows_masked"], &counted, seed)
}

fn gold_items(row: &Row) -> Option<Vec<String>> {
    let items = row.column("pii")?.as_array()?;
    let text = |item: &serde_json::Value| {
        item.as_str().or_else(|| item.get("text")?.as_str()).filter(|s| !s.is_empty()).map(str::to_owned)
    };
    Some(items.iter().filter_map(text).collect())
}

/// The main place against the column `place`: the 시·군 as in `양평군`, or null where the text names none.
fn places<'a>(rows: impl Iterator<Item = (&'a Row, &'a Judgement)>, seed: u64) -> Option<Section> {
    let counted: Vec<Counted> = rows
        .filter_map(|(row, judgement)| {
            row.column("place")?;
            let (gold, found) = (row.label("place"), judgement.seen.sigungu.as_deref());
            let right = gold == found;
            let counts = vec![when(true, right), when(gold.is_some(), right), when(found.is_some(), right)];
            Some((usize::from(gold.is_some()), counts))
        })
        .collect();
    ratios(&["accuracy", "recall", "precision"], &counted, seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Prediction;
    use crate::eval::judge::Seen;
    use crate::text::personal_data::find;

    fn row(json: serde_json::Value) -> (Row, Judgement) {
        let row: Row = serde_json::from_value(json).unwrap();
        let seen = Seen {
            masked: String::new(),
            personal: find(&row.text),
            signals: vec!["fire"],
            sigungu: Some("양평군".into()),
            language: "ko".into(),
        };
        let prediction = Prediction { heads: vec![], tokens: 0 };
        (row, Judgement { prediction, decision: None, seen, embedding: Vec::new() })
    }

    #[test]
    fn an_item_masked_in_part_is_a_leak() {
        let rows = [
            row(serde_json::json!({"text": "010-0000-1234로 연락 주세요", "pii": ["010-0000-1234"]})),
            row(serde_json::json!({"text": "비밀번호는 호랑이입니다", "pii": [{"text": "호랑이"}]})),
            row(serde_json::json!({"text": "가로등이 꺼졌어요", "pii": []})),
            row(serde_json::json!({"text": "이 줄은 세지 않는다 010-0000-1234"})),
        ];
        let section = masking(rows.iter().map(|(r, j)| (r, j)), 1).unwrap();
        let value = |name: &str| section.figures[name].value;
        assert_eq!((section.rows, value("recall"), value("precision")), (3, 0.5, 1.0));
        assert_eq!((value("rows_with_leak"), value("clean_rows_masked")), (0.5, 0.0));
    }

    #[test]
    fn a_place_that_the_text_does_not_name_counts_as_wrong() {
        let rows = [
            row(serde_json::json!({"text": "x", "place": "양평군"})),
            row(serde_json::json!({"text": "x", "place": null})),
            row(serde_json::json!({"text": "x"})),
        ];
        let section = places(rows.iter().map(|(r, j)| (r, j)), 1).unwrap();
        let value = |name: &str| section.figures[name].value;
        assert_eq!(
            (section.rows, value("accuracy"), value("recall"), value("precision")),
            (2, 0.5, 1.0, 0.5)
        );
    }

    #[test]
    fn signals_are_held_against_urgency_and_against_their_column() {
        let rows = [
            row(serde_json::json!({"text": "x", "urgency": "emergency", "signals": ["fire", "gas"]})),
            row(serde_json::json!({"text": "x", "urgency": "low"})),
        ];
        let section = signals(rows.iter().map(|(r, j)| (r, j)), &Taxonomy::bundled(), 1).unwrap();
        let value = |name: &str| section.figures[name].value;
        assert_eq!((value("danger_recall"), value("danger_precision")), (1.0, 0.5));
        assert_eq!((value("kind_recall"), value("kind_precision")), (0.5, 1.0));
        let without = signals(rows[1..].iter().map(|(r, j)| (r, j)), &Taxonomy::bundled(), 1).unwrap();
        assert_eq!(without.undefined.keys().collect::<Vec<_>>(), ["danger_recall"]);
        assert!((without.figures["danger_precision"].value).abs() < 1e-12);
    }

    #[test]
    fn without_gold_there_is_no_section() {
        let rows = [row(serde_json::json!({"text": "x"}))];
        let pairs = || rows.iter().map(|(r, j)| (r, j));
        assert!(masking(pairs(), 1).is_none() && places(pairs(), 1).is_none());
        assert!(signals(pairs(), &Taxonomy::bundled(), 1).is_none());
    }
}
