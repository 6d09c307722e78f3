//! From rules that hold to strengths: what else the text says makes danger more or less likely.
//!
//! Log-odds add up. A text begins at the prior; each rule that holds adds what its strength is above the prior, each
//! piece of evidence its weight. The rule that says most (a hint only if nothing else holds) gets the sum, every other
//! one the sum less half of what it says less. So a strength reads as a probability, and hints too weak to count alone
//! may count together.

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

    /// Strengths of rules that hold together, given their own strengths (and whether they are hints) and what speaks
    /// for or against danger besides.
    pub fn weigh(&self, own: &[(Strength, bool)], besides: f32) -> Vec<Strength> {
        let said: f32 = own.iter().map(|(strength, _)| strength.log_odds() - self.prior).sum();
        let total = self.prior + said + besides;
        let most_of = |hints: bool| {
            let some = own.iter().filter(|(_, hint)| hints || !hint);
            some.map(|(strength, _)| strength.log_odds()).reduce(f32::max)
        };
        let most = most_of(false).or_else(|| most_of(true)).unwrap_or(self.prior);
        let less = |strength: Strength| (most - strength.log_odds()).max(0.0) * SHARE;
        own.iter().map(|(strength, _)| Strength::from_log_odds(total - less(*strength))).collect()
    }
}
