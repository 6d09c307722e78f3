//! What counsellors did with a topic's drafts moves its rank: a little, bounded, and explainable.
//!
//! The term is the log-odds of being used, shrunk towards the pooled rate by a Beta prior (the empirical logit with
//! prior counts: Agresti, *Categorical Data Analysis*, §5.2; Monroe, Colaresi and Quinn 2008, "Fightin' Words", eq.
//! 15, use the same shrinkage for words), minus the pooled log-odds. A topic without decisions gets zero.

use std::collections::BTreeMap;

/// Decisions that the prior weighs as much as.
const PRIOR: f32 = 10.0;
/// Most that the term moves the log-odds of a topic, either way: a factor of 1.65 in odds.
pub const BOUND: f32 = 0.5;
/// An edited draft counts as so much of an approved one: it was the right topic, but not the right words.
const EDITED: f32 = 0.5;

/// Decisions on the drafts of one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decisions {
    /// Sent as they were.
    pub approved: u32,
    /// Sent after changes.
    pub edited: u32,
    /// Turned down.
    pub rejected: u32,
}

impl Decisions {
    fn total(self) -> f32 {
        (self.approved + self.edited + self.rejected) as f32
    }

    fn used(self) -> f32 {
        self.approved as f32 + EDITED * self.edited as f32
    }
}

/// Decisions by topic id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feedback(BTreeMap<String, Decisions>);

impl Feedback {
    /// From counts by topic id.
    pub fn new(decisions: BTreeMap<String, Decisions>) -> Self {
        Self(decisions)
    }

    /// What is added to a topic's log-odds, between −`BOUND` and `BOUND`.
    pub fn term(&self, topic: &str) -> f32 {
        let Some(own) = self.0.get(topic) else { return 0.0 };
        let (used, total) =
            self.0.values().fold((0.0, 0.0), |(used, total), d| (used + d.used(), total + d.total()));
        term(*own, (used + 0.5) / (total + 1.0))
    }
}

/// The term of one topic, where `pooled` is the rate at which all drafts are used, strictly between 0 and 1.
pub fn term(own: Decisions, pooled: f32) -> f32 {
    let used = own.used() + PRIOR * pooled;
    let unused = own.total() - own.used() + PRIOR * (1.0 - pooled);
    let shrunk = (used / unused).ln() - (pooled / (1.0 - pooled)).ln();
    BOUND * (shrunk / BOUND).tanh()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decisions(approved: u32, edited: u32, rejected: u32) -> Decisions {
        Decisions { approved, edited, rejected }
    }

    #[test]
    fn nothing_known_moves_nothing() {
        assert!(Feedback::default().term("youth-transport-fare").abs() < 1e-9);
        assert!(term(Decisions::default(), 0.7).abs() < 1e-6);
        assert!(term(decisions(7, 0, 3), 0.7).abs() < 1e-6, "the pooled rate itself");
    }

    #[test]
    fn one_rejection_moves_less_than_twenty() {
        let (one, twenty) = (term(decisions(0, 0, 1), 0.6), term(decisions(0, 0, 20), 0.6));
        assert!(twenty < one && one < 0.0, "{twenty} {one}");
        // Reference: ln((0+6)/(1+4)) − ln(0.6/0.4) = −0.223; 0.5·tanh(−0.223/0.5) = −0.2095.
        assert!((one + 0.2095).abs() < 1e-3, "{one}");
    }

    proptest! {
        #[test]
        fn bounded_and_monotone(a in 0_u32..500, e in 0_u32..500, r in 0_u32..500, pooled in 0.01_f32..0.99) {
            let now = term(decisions(a, e, r), pooled);
            prop_assert!(now.abs() <= BOUND);
            prop_assert!(term(decisions(a + 1, e, r), pooled) >= now - 1e-6);
            prop_assert!(term(decisions(a, e, r + 1), pooled) <= now + 1e-6);
        }
    }
}
