//! Two models on the same rows: how far apart they are, whether that can be chance, and which rows changed.

use serde::Serialize;

use super::bootstrap::Resampling;
use super::judge::Judged;
use super::metrics::{Confusion, HeadRows, exact};
use super::report::Figure;
use super::run::EvalError;
use crate::data::Row;

/// Rows of each kind of change that are listed.
const LISTED: usize = 50;
/// Of these, how many with an excerpt.
const WITH_EXCERPT: usize = 10;
/// Characters of an excerpt.
const EXCERPT: usize = 60;
/// A difference counts where chance would show it less often than this.
const ALPHA: f64 = 0.05;

/// A row that the models see differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Id of the row.
    pub id: String,
    /// True label.
    pub truth: String,
    /// What A says.
    pub a: String,
    /// What B says.
    pub b: String,
    /// Beginning of the masked text, for the first few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

/// One head of both models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadComparison {
    /// Name of the head.
    pub head: String,
    /// Rows with a label for it.
    pub rows: usize,
    /// Accuracy of A.
    pub accuracy_a: f64,
    /// Accuracy of B.
    pub accuracy_b: f64,
    /// Accuracy of B less that of A, with its paired bootstrap interval.
    pub accuracy_difference: Figure,
    /// Macro-F1 of A.
    pub macro_f1_a: f64,
    /// Macro-F1 of B.
    pub macro_f1_b: f64,
    /// Macro-F1 of B less that of A, with its paired bootstrap interval.
    pub macro_f1_difference: Figure,
    /// Rows that both have right.
    pub both_right: u64,
    /// Rows that A alone has right: lost.
    pub only_a: u64,
    /// Rows that B alone has right: won.
    pub only_b: u64,
    /// Rows that both have wrong.
    pub both_wrong: u64,
    /// McNemar's exact p-value of the rows won and lost.
    pub mcnemar_p: f64,
    /// Rows that B alone has right, the first `LISTED`.
    pub won: Vec<Change>,
    /// Rows that A alone has right.
    pub lost: Vec<Change>,
    /// Rows that both have wrong in different ways.
    pub wrong_otherwise: Vec<Change>,
}

/// A comparison of two models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The model that stands.
    pub a: String,
    /// The model that would replace it.
    pub b: String,
    /// Every head that both have.
    pub heads: Vec<HeadComparison>,
    /// What to make of it, in words.
    pub verdict: String,
}

/// Compares two models on the rows that both were asked about.
///
/// # Errors
/// [`EvalError`] for a label that a model does not have, or without a head in common.
pub fn compare(rows: &[Row], a: &Judged, b: &Judged, seed: u64) -> Result<Comparison, EvalError> {
    let mut heads = Vec::new();
    for index_a in a.single_label_heads() {
        let head = &a.heads[index_a];
        let Some(index_b) = b.heads.iter().position(|other| other.name == head.name) else { continue };
        let (own, other) = (a.head(index_a, rows)?, b.head(index_b, rows)?);
        if let (Some((positions, own)), Some((_, other))) = (own, other) {
            let label = |judged: &Judged, head: usize, i: usize| judged.heads[head].labels[i].clone();
            let change = |row: usize| Change {
                id: rows[positions[row]].id.clone(),
                truth: label(a, index_a, own.truth()[row]),
                a: label(a, index_a, own.predicted()[row]),
                b: label(b, index_b, other.predicted()[row]),
                excerpt: Some(excerpt(&a.rows[positions[row]].seen.masked)),
            };
            heads.push(of_head(&head.name, (&own, &other), &change, seed));
        }
    }
    if heads.is_empty() {
        return Err(EvalError::NoLabels);
    }
    let verdict = verdict(&heads);
    Ok(Comparison { a: a.model.clone(), b: b.model.clone(), heads, verdict })
}

fn of_head(
    head: &str,
    (a, b): (&HeadRows, &HeadRows),
    change: &dyn Fn(usize) -> Change,
    seed: u64,
) -> HeadComparison {
    let ones = a.ones();
    let confusions = |weights: &[u32]| (Confusion::of(a, weights), Confusion::of(b, weights));
    let resampling = Resampling::stratified(a.truth().iter().copied(), seed);
    let differences = resampling.figures(&|weights| {
        let (a, b) = confusions(weights);
        vec![Some(b.accuracy() - a.accuracy()), Some(b.macro_f1() - a.macro_f1())]
    });
    let difference = |i: usize| differences[i].unwrap_or(Figure::exact(0.0));
    let rows_where = |of: &dyn Fn(usize) -> bool| (0..a.len()).filter(|&row| of(row)).collect::<Vec<_>>();
    let won = rows_where(&|row| !a.is_right(row) && b.is_right(row));
    let lost = rows_where(&|row| a.is_right(row) && !b.is_right(row));
    let both_wrong = rows_where(&|row| !a.is_right(row) && !b.is_right(row));
    let differ = |row: &usize| {
        let change = change(*row);
        change.a != change.b
    };
    let otherwise: Vec<usize> = both_wrong.iter().copied().filter(differ).collect();
    let listed = |rows: &[usize]| -> Vec<Change> {
        let short = |(i, &row): (usize, &usize)| {
            let mut change = change(row);
            change.excerpt = change.excerpt.filter(|_| i < WITH_EXCERPT);
            change
        };
        rows.iter().take(LISTED).enumerate().map(short).collect()
    };
    let (plain_a, plain_b) = confusions(&ones);
    let (only_a, only_b) = (lost.len() as u64, won.len() as u64);
    HeadComparison {
        head: head.to_owned(),
        rows: a.len(),
        accuracy_a: plain_a.accuracy(),
        accuracy_b: plain_b.accuracy(),
        accuracy_difference: difference(0),
        macro_f1_a: plain_a.macro_f1(),
        macro_f1_b: plain_b.macro_f1(),
        macro_f1_difference: difference(1),
        both_right: (a.len() - won.len() - lost.len() - both_wrong.len()) as u64,
        only_a,
        only_b,
        both_wrong: both_wrong.len() as u64,
        mcnemar_p: exact::mcnemar(only_a, only_b),
        won: listed(&won),
        lost: listed(&lost),
        wrong_otherwise: listed(&otherwise),
    }
}

fn excerpt(masked: &str) -> String {
    let mut text: String = masked.chars().take(EXCERPT).collect();
    if text.len() < masked.len() {
        text.push('…');
    }
    text
}

/// One paragraph that somebody who decides can read.
fn verdict(heads: &[HeadComparison]) -> String {
    let named = |of: &dyn Fn(&&HeadComparison) -> bool| -> Vec<String> {
        heads
            .iter()
            .filter(of)
            .map(|h| {
                let points = (h.accuracy_b - h.accuracy_a) * 100.0;
                let (won, lost, p) = (h.only_b, h.only_a, h.mcnemar_p);
                format!("{} ({points:+.1} points: {won} rows won, {lost} lost, p = {p:.3})", h.head)
            })
            .collect()
    };
    let better = named(&|h| h.mcnemar_p < ALPHA && h.only_b > h.only_a);
    let worse = named(&|h| h.mcnemar_p < ALPHA && h.only_b < h.only_a);
    let open = named(&|h| h.mcnemar_p >= ALPHA || h.only_a == h.only_b);
    let mut says = Vec::new();
    if !better.is_empty() {
        says.push(format!("B is better than A, by more than chance explains, on {}.", better.join(", ")));
    }
    if !worse.is_empty() {
        says.push(format!("B is worse than A, by more than chance explains, on {}.", worse.join(", ")));
    }
    if !open.is_empty() {
        says.push(format!("These rows cannot tell the two apart on {}.", open.join(", ")));
    }
    says.push(
        match (better.is_empty(), worse.is_empty()) {
            (false, true) => "Nothing here speaks against replacing A by B.",
            (true, true) => "Nothing here speaks for or against replacing A by B.",
            (false, false) => {
                "Replacing A by B gains on some heads and loses on others: somebody must weigh them."
            }
            (true, false) => "B should not replace A.",
        }
        .to_owned(),
    );
    if heads.len() > 1 {
        says.push("Each p-value stands for its head alone and is not adjusted for their number.".to_owned());
    }
    says.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(predicted: &[usize]) -> HeadRows {
        let p = predicted.iter().flat_map(|&i| if i == 0 { [0.9, 0.1] } else { [0.1, 0.9] });
        HeadRows::new(2, predicted.iter().enumerate().map(|(i, _)| i % 2).collect(), p.collect()).unwrap()
    }

    fn compared(a: &[usize], b: &[usize]) -> HeadComparison {
        let change = |row: usize| Change {
            id: row.to_string(),
            truth: String::new(),
            a: a[row].to_string(),
            b: b[row].to_string(),
            excerpt: Some("x".into()),
        };
        of_head("department", (&head(a), &head(b)), &change, 1)
    }

    #[test]
    fn rows_won_and_lost_are_counted_and_named() {
        // Truth is 0 1 0 1 …; A has all wrong but row 0, B all right but row 0.
        let a: Vec<usize> = (0..20).map(|i| if i == 0 { 0 } else { 1 - i % 2 }).collect();
        let b: Vec<usize> = (0..20).map(|i| if i == 0 { 1 } else { i % 2 }).collect();
        let head = compared(&a, &b);
        assert_eq!((head.both_right, head.only_a, head.only_b, head.both_wrong), (0, 1, 19, 0));
        // scipy.stats.binomtest(1, 20).pvalue = 4.0054e-05
        assert!((head.mcnemar_p - 4.005_432_128_906_25e-5).abs() < 1e-12);
        assert_eq!((head.won.len(), head.lost[0].id.as_str()), (19, "0"));
        assert!(head.won[9].excerpt.is_some() && head.won[10].excerpt.is_none());
        assert!(head.accuracy_difference.low > 0.0);
        let says = verdict(&[head]);
        assert!(says.starts_with("B is better than A") && says.ends_with("replacing A by B."), "{says}");
    }

    #[test]
    fn a_model_against_itself_shows_nothing() {
        let a: Vec<usize> = (0..20).map(|i| i % 3 % 2).collect();
        let head = compared(&a, &a);
        assert_eq!((head.only_a, head.only_b, head.accuracy_difference), (0, 0, Figure::exact(0.0)));
        assert!(verdict(&[head]).contains("cannot tell the two apart"));
    }

    #[test]
    fn a_worse_model_is_refused() {
        let a: Vec<usize> = (0..30).map(|i| i % 2).collect();
        let b: Vec<usize> = (0..30).map(|i| if i < 12 { 1 - i % 2 } else { i % 2 }).collect();
        assert!(verdict(&[compared(&a, &b)]).contains("B should not replace A"));
    }
}
