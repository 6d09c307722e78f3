//! Where in one view the cue words are: found once a pass, asked in constant time.

use super::lexicon::{Cue, Lexicon};
use super::view::View;

/// Cue words of a view.
pub(super) struct Cues {
    /// For each position, the cues that end there, as bits.
    ends: Vec<u64>,
    /// For each position, where the longest word ending there begins (units back).
    back: Vec<u8>,
    /// Foreign phrases: end and rule.
    pub(super) foreign: Vec<(usize, usize)>,
    /// All cues of the text.
    any: u64,
}

impl Cues {
    pub(super) fn of(view: &View, lexicon: &Lexicon) -> Self {
        let mut cues = Self {
            ends: vec![0; view.len() + 1],
            back: vec![0; view.len() + 1],
            foreign: Vec::new(),
            any: 0,
        };
        for i in 0..view.len() {
            for (end, bits, rule) in lexicon.words_at(view, i) {
                cues.ends[end] |= bits;
                cues.back[end] = cues.back[end].max((end - i) as u8);
                cues.any |= bits;
                if bits & Cue::Foreign.bit() != 0 {
                    cues.foreign.push((end, rule));
                }
            }
        }
        cues
    }

    /// Whether one of the cues ends at `i`.
    pub(super) fn end_at(&self, i: usize, cues: u64) -> bool {
        self.ends.get(i).is_some_and(|bits| bits & cues != 0)
    }

    /// Start of the longest cue that ends at `i`, of whatever class.
    pub(super) fn start_of(&self, i: usize) -> usize {
        i - usize::from(self.back.get(i).copied().unwrap_or(0))
    }

    /// How many units before `i` the nearest of the cues ends, if within `reach`.
    pub(super) fn before(&self, i: usize, reach: usize, cues: u64) -> Option<usize> {
        if self.any & cues == 0 {
            return None;
        }
        (0..=reach.min(i)).find(|back| self.end_at(i - back, cues))
    }

    /// Whether one of the cues ends within `reach` units after `i`.
    pub(super) fn after(&self, i: usize, reach: usize, cues: u64) -> bool {
        self.any & cues != 0 && (i + 1..=i + reach).any(|k| self.end_at(k, cues))
    }
}
