//! Where a head is better or worse: accuracy on slices of the rows, each against all other rows.
//!
//! With a hundred slices five look bad by chance; the p-values (Fisher's exact test) are therefore adjusted over all
//! slices of all heads (Benjamini and Hochberg), and the list begins with what is most surely worse.

mod typos;

use std::collections::BTreeMap;

use serde::Serialize;

use super::judge::{Judged, Judgement};
use super::metrics::{HeadRows, exact, share};
use crate::data::Row;
use crate::domain::DEPARTMENT;

/// Smaller slices are left out: they can say nothing and cost the others significance.
const FEWEST_ROWS: u64 = 10;

/// A part of the rows, judged by one head.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    /// Name of the head.
    pub head: String,
    /// What the rows are cut by: `department`, `channel`, `length`, `language`, `sigungu`, `typos`, `month`, `tag`.
    pub dimension: String,
    /// What these rows have in common.
    pub value: String,
    /// Rows in it.
    pub rows: u64,
    /// Share of them that is right.
    pub accuracy: f64,
    /// Lower end of its 95 % interval (Clopper and Pearson).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of all other rows that is right.
    pub rest: f64,
    /// Chance of a difference at least this unlikely if there were none.
    pub p: f64,
    /// The same, adjusted for the number of slices.
    pub p_adjusted: f64,
}

impl Slice {
    /// Worse than the rest, at a false discovery rate of 5 %.
    pub fn is_worse(&self) -> bool {
        self.accuracy < self.rest && self.p_adjusted < 0.05
    }

    /// Worse by 0, better by 1; then how sure that is.
    fn rank(&self) -> f64 {
        if self.accuracy < self.rest { self.p } else { 2.0 - self.p }
    }
}

/// Slices of every head that the rows have labels for, from the most surely worse to the most surely better.
pub fn slices(rows: &[Row], judged: &Judged, heads: &[(usize, Vec<usize>, HeadRows)]) -> Vec<Slice> {
    let cuts: Vec<Vec<(&'static str, String)>> =
        rows.iter().zip(&judged.rows).map(|(row, judgement)| cuts(row, judgement)).collect();
    let mut all = Vec::new();
    for (index, positions, own) in heads {
        let right = (0..own.len()).map(|row| own.is_right(row));
        all.extend(of_head(&judged.heads[*index].name, positions.iter().map(|&i| &cuts[i]).zip(right)));
    }
    let adjusted = exact::benjamini_hochberg(&all.iter().map(|slice| slice.p).collect::<Vec<_>>());
    all.iter_mut().zip(adjusted).for_each(|(slice, p)| slice.p_adjusted = p);
    // Stable: what is equal stays in the order of head, dimension and value.
    all.sort_by(|a, b| a.rank().total_cmp(&b.rank()));
    all
}

fn of_head<'a>(
    head: &str,
    rows: impl Iterator<Item = (&'a Vec<(&'static str, String)>, bool)>,
) -> Vec<Slice> {
    let mut counts: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    let (mut all, mut all_right) = (0, 0);
    for (cuts, right) in rows {
        all += 1;
        all_right += u64::from(right);
        for (dimension, value) in cuts {
            let count = counts.entry((dimension, value)).or_default();
            count.0 += 1;
            count.1 += u64::from(right);
        }
    }
    let slice = |((dimension, value), (rows, right)): ((&str, &str), (u64, u64))| {
        let (low, high) = exact::clopper_pearson(right, rows, 0.025);
        let (others, others_right) = (all - rows, all_right - right);
        let p = exact::fisher(right, rows - right, others_right, others - others_right);
        Slice {
            head: head.to_owned(),
            dimension: dimension.to_owned(),
            value: value.to_owned(),
            rows,
            accuracy: share(right, rows),
            low,
            high,
            rest: share(others_right, others),
            p,
            p_adjusted: p,
        }
    };
    let tells = |&(_, (rows, _)): &((&str, &str), (u64, u64))| rows >= FEWEST_ROWS && rows < all;
    counts.into_iter().filter(tells).map(slice).collect()
}

/// All slices that a row is in.
fn cuts(row: &Row, judgement: &Judgement) -> Vec<(&'static str, String)> {
    let seen = &judgement.seen;
    let mut cuts = vec![
        ("length", length(&row.text).to_owned()),
        ("language", row.label("language").unwrap_or(&seen.language).to_owned()),
        ("typos", typos::band(&row.text).to_owned()),
        ("sigungu", seen.sigungu.clone().unwrap_or_else(|| "none".to_owned())),
    ];
    cuts.extend(row.label(DEPARTMENT).map(|label| ("department", label.to_owned())));
    cuts.extend(row.label("channel").map(|label| ("channel", label.to_owned())));
    cuts.extend(month(row).map(|month| ("month", month)));
    cuts.extend(row.labels("tags").into_iter().map(|tag| ("tag", tag.to_owned())));
    cuts
}

/// Bands of the data check.
fn length(text: &str) -> &'static str {
    match text.chars().count() {
        0..25 => "1–24",
        25..80 => "25–79",
        80..300 => "80–299",
        _ => "300+",
    }
}

/// Year and month of the column `received_at` or `date`.
fn month(row: &Row) -> Option<String> {
    let date = row.label("received_at").or_else(|| row.label("date"))?;
    let month = date.get(..7)?;
    let is_month = |(i, c): (usize, char)| if i == 4 { c == '-' } else { c.is_ascii_digit() };
    month.chars().enumerate().all(is_month).then(|| month.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(value: &str) -> Vec<(&'static str, String)> {
        vec![("channel", value.to_owned())]
    }

    #[test]
    fn the_slice_that_is_worse_comes_first_and_small_ones_are_left_out() {
        let (call, web, sms) = (cut("call"), cut("web"), cut("sms"));
        let rows = (0..40)
            .map(|i| (&call, i < 10))
            .chain((0..60).map(|i| (&web, i < 55)))
            .chain((0..9).map(|_| (&sms, false)));
        let mut slices = of_head("department", rows);
        slices.sort_by(|a, b| a.rank().total_cmp(&b.rank()));
        let named: Vec<(&str, u64)> = slices.iter().map(|s| (s.value.as_str(), s.rows)).collect();
        assert_eq!(named, [("call", 40), ("web", 60)]);
        assert!(slices[0].is_worse() && !slices[1].is_worse());
        // scipy.stats.fisher_exact([[10, 30], [55, 14]]).pvalue = 3.27e-8
        assert!(slices[0].p < 1e-6 && (slices[0].accuracy - 0.25).abs() < 1e-12);
    }

    #[test]
    fn months_come_from_dates_and_from_nothing_else() {
        let row =
            |date: &str| serde_json::from_value(serde_json::json!({"text": "x", "date": date})).unwrap();
        assert_eq!(month(&row("2026-11-23T09:12:00+09:00")).as_deref(), Some("2026-11"));
        assert_eq!(month(&row("23.11.2026")), None);
        assert_eq!(month(&row("작년 겨울에")), None);
    }
}
