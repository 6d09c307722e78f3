//! A 시·군 with its suffix and one wrong letter: `수언시`, `남양쥬시`.
//!
//! Only one letter (초성, 중성 or 종성) may be wrong and only with the suffix written, for bare words are too short to
//! guess at. Nouns before -시 (`이전시`, `고장시`) and real towns are listed as never meant.

use std::collections::BTreeSet;

use super::follow;

/// The 31 stems with what is never one of them mistyped.
#[derive(Debug)]
pub(super) struct Typos {
    /// Stem as syllable numbers, suffix, entry.
    stems: Vec<(Vec<u32>, char, u32)>,
    never: BTreeSet<String>,
}

/// A misspelt 시·군 in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misspelt {
    pub start: usize,
    pub end: usize,
    pub entry: u32,
    /// Whether the word itself says so; else a name that lies in the 시·군 must follow.
    pub sure: bool,
}

/// Followers that only a 시·군 has.
const SURE: &[&str] = &["청", "민", "의회", "장님", "에서", "에 사", "에 살", "의 ", " 관내", " 주민"];

impl Typos {
    /// From `(stem, entry)` of the 31; the suffix is 군 for those in `counties`.
    pub fn new(stems: Vec<(String, u32)>, counties: &BTreeSet<u32>, never: BTreeSet<String>) -> Self {
        let stems = stems
            .into_iter()
            .map(|(stem, id)| {
                let suffix = if counties.contains(&id) { '군' } else { '시' };
                (stem.chars().filter_map(syllable).collect(), suffix, id)
            })
            .collect();
        Self { stems, never }
    }

    /// The misspelt 시·군 that begins at `start`.
    pub fn at(&self, text: &str, start: usize) -> Option<Misspelt> {
        let rest = &text[start..];
        let mut syllables = Vec::with_capacity(4);
        for (at, c) in rest.char_indices().take(4) {
            if syllables.len() >= 2 && matches!(c, '시' | '군') {
                let end = at + c.len_utf8();
                if let Some((entry, sure)) = self.read(&rest[..at], &syllables, c, &rest[end..]) {
                    return Some(Misspelt { start, end: start + end, entry, sure });
                }
            }
            syllables.push(syllable(c)?);
        }
        None
    }

    fn read(&self, stem: &str, syllables: &[u32], suffix: char, after: &str) -> Option<(u32, bool)> {
        let sure = syllables.len() >= 3 || SURE.iter().any(|word| after.starts_with(word));
        if self.never.contains(stem) || !follow::full_may_end("시", after) {
            return None;
        }
        let mut near = self.stems.iter().filter(|(known, s, _)| {
            *s == suffix && known.len() == syllables.len() && one_letter_off(known, syllables)
        });
        let (.., id) = near.next()?;
        near.next().is_none().then_some((*id, sure))
    }
}

fn syllable(c: char) -> Option<u32> {
    matches!(c, '가'..='힣').then(|| c as u32 - '가' as u32)
}

fn one_letter_off(known: &[u32], read: &[u32]) -> bool {
    let letters = |s: u32| [s / 588, s / 28 % 21, s % 28];
    let wrong: usize = known
        .iter()
        .zip(read)
        .map(|(a, b)| letters(*a).iter().zip(letters(*b)).filter(|(a, b)| **a != *b).count())
        .sum();
    wrong == 1
}
