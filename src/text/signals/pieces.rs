//! Pieces of words that speak for or against danger: the fine print of the evidence.
//!
//! `config/signal-pieces.tsv` lists pieces of two to four letters (`_` is a word's edge) with weights that were fitted on
//! labelled rows, not written by hand. What they say is the sum of their weights over the square root of their number,
//! so a long text says no more than a short one. They only add to what rules say: without a rule they report nothing.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use unicode_normalization::char::is_combining_mark;

use super::error::RuleError;

/// The compiled list.
#[derive(Debug)]
pub(super) struct Pieces {
    matcher: AhoCorasick,
    weights: Vec<f32>,
}

impl Pieces {
    /// Reads lines of a piece, a tab and a weight; `#` begins a comment.
    pub fn read(text: &str) -> Result<Self, RuleError> {
        let mut names = Vec::new();
        let mut weights = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let fault = |what: &str| RuleError::Syntax {
                file: "signal-pieces.tsv",
                message: format!("line {}: {what}", at + 1),
            };
            let (piece, weight) = line.split_once('\t').ok_or_else(|| fault("no tab"))?;
            let weight: f32 = weight.parse().map_err(|_| fault("the weight is no number"))?;
            if piece.is_empty() || !weight.is_finite() {
                return Err(fault("an empty piece or a weight that is not finite"));
            }
            names.push(piece.replace('_', " "));
            weights.push(weight);
        }
        let matcher = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&names)?;
        Ok(Self { matcher, weights })
    }

    /// Numbers of the pieces found in a text, each once.
    fn found(&self, text: &str, steps: &mut usize) -> Vec<usize> {
        let text = in_words(text);
        let hits = self.matcher.find_overlapping_iter(&text);
        let mut found: Vec<usize> = hits.map(|hit| hit.pattern().as_usize()).collect();
        *steps += text.len() + found.len();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What the pieces of a text say, in log-odds.
    pub fn weigh(&self, text: &str, steps: &mut usize) -> f32 {
        let found = self.found(text, steps);
        let sum: f32 = found.iter().map(|&piece| self.weights[piece]).sum();
        sum / (found.len().max(1) as f32).sqrt()
    }
}

/// Letters and digits in lower case, one space between words and at both ends.
fn in_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for ch in text.chars() {
        if ch.is_alphanumeric() && !is_combining_mark(ch) {
            words.extend(ch.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(list: &str, text: &str) -> f32 {
        Pieces::read(list).expect("a good list").weigh(text, &mut 0)
    }

    #[test]
    fn pieces_count_once_and_by_the_root_of_their_number() {
        let list = "# comment\n_불\t2.0\n연기\t1.0\n";
        assert!((says(list, "불이 불을 불") - 2.0).abs() < 1e-6);
        assert!((says(list, "불! 연기…") - 3.0 / 2.0_f32.sqrt()).abs() < 1e-6);
        assert!(says(list, "이불").abs() < 1e-6);
    }

    #[test]
    fn a_faulty_list_is_refused_with_its_line() {
        for (list, what) in [("불", "line 1: no tab"), ("불\t1\n물\tx", "line 2: the weight"), ("\t1", "line 1: an empty")] {
            let error = Pieces::read(list).expect_err(list).to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
