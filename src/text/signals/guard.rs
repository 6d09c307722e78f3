//! Guards: words that show that a danger is denied, over, told, invented or only asked about.
//!
//! A guard silences the statements in its reach and no others; what reach means is `Reach`. Words of its `unless`
//! list in the statement's own clause (`지금`, `또`) lift it, as do words of `unless_text` anywhere.

use std::sync::Arc;

use serde::Deserialize;

use super::fold::Folded;
use super::lexicon::{ConceptId, Found, Span};
use super::pattern::{Pattern, clause, sentence};

/// Where a guard's words must stand, seen from the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reach {
    /// Anywhere in the text.
    Text,
    /// In its sentence or the one before or after.
    Near,
    /// In its sentence.
    Sentence,
    /// In a clause of the statement.
    Clause,
    /// Before it, at most `letters` away, in its sentence.
    Before,
    /// Inside it, or behind it at most `letters` away, in its sentence.
    Touch,
    /// Behind it, at most `letters` away, in its sentence.
    After,
    /// Before, inside or behind it, at most `letters` away, in its sentence.
    Around,
}

/// A compiled guard.
#[derive(Debug)]
pub(super) struct Guard {
    pub name: Arc<str>,
    pub patterns: Vec<Pattern>,
    pub reach: Reach,
    pub letters: u32,
    pub unless: Vec<ConceptId>,
    pub unless_text: Vec<ConceptId>,
}

/// A guard as it lies over one text.
pub(super) struct Shadow {
    spans: Vec<Span>,
    clauses: Vec<u32>,
    sentences: Vec<u32>,
    lifted: Vec<u32>,
}

impl Guard {
    /// Finds the guard's words in a text.
    pub fn shadow(&self, text: &Folded, found: &Found, steps: &mut usize) -> Shadow {
        let mut spans = Vec::new();
        let lifted_everywhere = self.unless_text.iter().any(|&id| !found.spans[id].is_empty());
        for pattern in self.patterns.iter().filter(|p| !lifted_everywhere && p.possible(found)) {
            let occurrences = pattern.statement.occurrences(text, found, steps);
            spans.extend(occurrences.iter().map(|occurrence| occurrence.span));
        }
        spans.sort_unstable();
        let mut clauses: Vec<u32> =
            spans.iter().flat_map(|s| [clause(text, s.start), clause(text, s.end - 1)]).collect();
        clauses.sort_unstable();
        clauses.dedup();
        let mut sentences: Vec<u32> = spans.iter().map(|s| sentence(text, s.start)).collect();
        sentences.dedup();
        let mut lifted: Vec<u32> = Vec::new();
        if !spans.is_empty() {
            lifted.extend(self.unless.iter().flat_map(|&id| &found.spans[id]).map(|s| clause(text, s.start)));
            lifted.sort_unstable();
            lifted.dedup();
        }
        *steps += spans.len() + lifted.len();
        Shadow { spans, clauses, sentences, lifted }
    }

    /// Whether the guard silences this statement.
    pub fn silences(&self, statement: Span, text: &Folded, shadow: &Shadow) -> bool {
        if shadow.spans.is_empty() {
            return false;
        }
        let first = clause(text, statement.start);
        let last = clause(text, statement.end - 1);
        if has_within(&shadow.lifted, first, last) {
            return false;
        }
        let own = sentence(text, statement.start);
        match self.reach {
            Reach::Text => true,
            Reach::Near => has_within(&shadow.sentences, own.saturating_sub(1), own + 1),
            Reach::Sentence => has_within(&shadow.sentences, own, own),
            Reach::Clause => has_within(&shadow.clauses, first, last),
            Reach::Before => self.before(statement, own, text, shadow),
            Reach::Touch => self.touches(statement, statement.start, text, shadow),
            Reach::After => self.touches(statement, statement.end, text, shadow),
            Reach::Around => {
                self.before(statement, own, text, shadow)
                    || self.touches(statement, statement.start, text, shadow)
            }
        }
    }

    fn before(&self, statement: Span, own: u32, text: &Folded, shadow: &Shadow) -> bool {
        let upto = shadow.spans.partition_point(|span| span.start < statement.start);
        let nearest = shadow.spans[..upto].last();
        nearest.is_some_and(|span| {
            statement.start.saturating_sub(span.end) <= self.letters && sentence(text, span.start) == own
        })
    }

    /// Whether the guard's first words that start at `from` or later are near enough.
    fn touches(&self, statement: Span, from: u32, text: &Folded, shadow: &Shadow) -> bool {
        let own = sentence(text, statement.start);
        let next = shadow.spans.partition_point(|span| span.start < from);
        shadow.spans.get(next).is_some_and(|span| {
            span.start.saturating_sub(statement.end) <= self.letters && sentence(text, span.start) == own
        })
    }
}

/// Whether a sorted list has a number between `low` and `high`, both included.
fn has_within(sorted: &[u32], low: u32, high: u32) -> bool {
    sorted.get(sorted.partition_point(|n| *n < low)).is_some_and(|n| *n <= high)
}
