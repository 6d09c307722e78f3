//! From rules that hold to strengths: what else the text says makes danger more or less likely.
//!
//! Log-odds add up. A text begins at the prior; each rule that holds adds what its strength is above the prior, each
//! piece of evidence its weight. The rule that says most gets the sum, every other one the sum less half of what it
//! says less. So a strength reads as a probability, and hints too weak to count alone may count together.

use std::sync::Arc;

use super::fold::Folded;
use super::kind::Strength;
use super::lexicon::Found;
use super::pattern::Pattern;
use super::pieces::Pieces;

/// How much of the difference to the rule that says most is taken off the others.
const SHARE: f32 = 0.5;

/// Something that makes danger more or less likely without being one.
#[derive(Debug)]
pub(super) struct Evidence {
    pub name: Arc<str>,
    /// Added to the log-odds.
    pub weight: f32,
    pub patterns: Vec<Pattern>,
    /// Letters; given instead of patterns.
    pub longer_than: Option<usize>,
}

/// How a text is weighed.
#[derive(Debug)]
pub(super) struct Weighing {
    /// Log-odds of danger in a text of which nothing is known.
    pub prior: f32,
    pub evidence: Vec<Evidence>,
    pub pieces: Option<Pieces>,
}

impl Weighing {
    /// The evidence a text gives.
    pub fn found<'a>(
        &'a self,
        text: &Folded,
        found: &Found,
        steps: &mut usize,
    ) -> Vec<&'a Evidence> {
        let holds = |evidence: &&Evidence, steps: &mut usize| {
            evidence.longer_than.is_some_and(|letters| text.units.len() > letters)
                || evidence.patterns.iter().any(|pattern| pattern.holds_anywhere(text, found, steps))
        };
        self.evidence.iter().filter(|evidence| holds(evidence, steps)).collect()
    }

    /// Strengths of rules that hold together, given their own strengths and what speaks for or against danger besides.
    pub fn weigh(&self, own: &[Strength], besides: f32) -> Vec<Strength> {
        let said: f32 = own.iter().map(|strength| strength.log_odds() - self.prior).sum();
        let total = self.prior + said + besides;
        let most = own.iter().map(|strength| strength.log_odds()).fold(f32::NEG_INFINITY, f32::max);
        let less = |strength: &Strength| (most - strength.log_odds()) * SHARE;
        own.iter().map(|strength| Strength::from_log_odds(total - less(strength))).collect()
    }
}
