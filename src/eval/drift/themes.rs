//! What the model is unsure about: groups of unsure cases that share a word which other cases hardly have.
//!
//! On purpose simple. A word (its first two syllables) is a theme if the unsure cases hold it more often than all others
//! do, by Fisher's exact test adjusted for all words tried; the surest word takes its cases, and so on with the rest.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::features::stems;
use super::record::Record;
use crate::eval::metrics::exact;

/// Fewest cases of a theme.
const FEWEST: usize = 3;
/// Most themes.
const MOST: usize = 10;
/// Words that describe a theme.
const TERMS: usize = 6;
/// Ids given as examples.
const EXAMPLES: usize = 5;
/// False discovery rate of the words.
const RATE: f64 = 0.01;

/// A group of unsure cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Theme {
    /// Beginnings of its words, the most telling first.
    pub terms: Vec<String>,
    /// Unsure cases in it.
    pub cases: usize,
    /// Other cases that hold its first word.
    pub elsewhere: usize,
    /// Adjusted p-value of its first word.
    pub p: f64,
    /// Ids of some of its cases.
    pub examples: Vec<String>,
}

/// Themes of the unsure cases against all others.
pub fn themes(unsure: &[&Record], others: &[&Record]) -> Vec<Theme> {
    let words = |records: &[&Record]| -> Vec<BTreeSet<String>> {
        records.iter().map(|record| record.text.as_deref().map(stems).unwrap_or_default()).collect()
    };
    let (own, other) = (words(unsure), words(others));
    let (own_counts, other_counts) = (counts(own.iter()), counts(other.iter()));
    let often: Vec<(&str, usize)> =
        own_counts.iter().filter(|(_, n)| **n >= FEWEST).map(|(word, n)| (*word, *n)).collect();
    let elsewhere = |word: &str| other_counts.get(word).copied().unwrap_or_default();
    let p: Vec<f64> = often
        .iter()
        .map(|&(word, n)| {
            let (n, m) = (n as u64, elsewhere(word) as u64);
            let (rest, other_rest) = (own.len() as u64 - n, other.len() as u64 - m);
            let more = n as f64 * other.len() as f64 > m as f64 * own.len() as f64;
            if more { exact::fisher(n, rest, m, other_rest) } else { 1.0 }
        })
        .collect();
    let adjusted = exact::benjamini_hochberg(&p);
    let telling: BTreeMap<&str, f64> =
        often.iter().zip(adjusted).filter(|(_, p)| *p < RATE).map(|((word, _), p)| (*word, p)).collect();
    let mut left: Vec<usize> = (0..unsure.len()).collect();
    let mut themes = Vec::new();
    while themes.len() < MOST {
        let counts = counts(left.iter().map(|&i| &own[i]));
        // Surest first; on ties the word of more cases, then the earlier in the alphabet.
        let lead = telling
            .iter()
            .filter_map(|(word, p)| Some((*p, usize::MAX - counts.get(word)?, *word)))
            .filter(|(_, n, _)| usize::MAX - n >= FEWEST)
            .min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let Some((p, _, lead)) = lead else { break };
        let (inside, outside): (Vec<usize>, Vec<usize>) = left.iter().partition(|&&i| own[i].contains(lead));
        let examples = inside.iter().take(EXAMPLES).map(|&i| unsure[i].id.clone()).collect();
        let terms = terms(lead, &inside, &own, &telling);
        themes.push(Theme { terms, cases: inside.len(), elsewhere: elsewhere(lead), p, examples });
        left = outside;
    }
    themes
}

/// The lead and the other telling words that its cases share most.
fn terms(
    lead: &str,
    inside: &[usize],
    own: &[BTreeSet<String>],
    telling: &BTreeMap<&str, f64>,
) -> Vec<String> {
    let counts = counts(inside.iter().map(|&i| &own[i]));
    let mut shared: Vec<(&str, usize)> = counts
        .into_iter()
        .filter(|(word, n)| *word != lead && *n >= FEWEST && telling.contains_key(word))
        .collect();
    shared.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    std::iter::once(lead)
        .chain(shared.into_iter().map(|(word, _)| word))
        .take(TERMS)
        .map(str::to_owned)
        .collect()
}

/// Texts that hold each word.
fn counts<'a>(texts: impl Iterator<Item = &'a BTreeSet<String>>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    texts.flatten().for_each(|word| *counts.entry(word.as_str()).or_default() += 1);
    counts
}
