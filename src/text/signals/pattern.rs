//! Patterns: how concepts combine.
//!
//! `{gas} <6> {smell}` — the second within six letters after the first, in one sentence. Without `<n>` the
//! rule's `near` holds. `A & B` — both, in any order, within the rule's scope; `A` is the statement (guards
//! look at it), `B` its circumstance. A plain word is a concept of its own. Guards use the same notation.

use super::error::RuleError;
use super::fold::Folded;
use super::lexicon::{ConceptId, Found, Span};

/// Concepts in order with the greatest number of letters between them.
#[derive(Debug)]
pub(super) struct Sequence {
    first: ConceptId,
    then: Vec<(u32, ConceptId)>,
}

/// A sequence found in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occurrence {
    /// From its first word to its last.
    pub span: Span,
    first: Span,
    last: Span,
}

impl Occurrence {
    /// Whether both rest on the same words: then one cannot be the other's circumstance.
    pub fn shares_words(&self, other: &Self) -> bool {
        [self.first, self.last].iter().any(|own| own.overlaps(other.first) || own.overlaps(other.last))
    }
}

/// A statement and its circumstances.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What is said.
    pub statement: Sequence,
    /// What must stand near it.
    pub circumstances: Vec<Sequence>,
}

impl Pattern {
    /// Reads a pattern; `concept` turns `{name}` or a plain word into a concept.
    pub fn parse(
        text: &str,
        near: u32,
        place: &str,
        concept: &mut dyn FnMut(&str) -> Result<ConceptId, RuleError>,
    ) -> Result<Self, RuleError> {
        let fault = |fault| RuleError::Pattern { place: place.to_owned(), pattern: text.to_owned(), fault };
        let mut groups = Vec::new();
        for group in text.split('&') {
            let mut gap = near;
            let mut sequence: Option<Sequence> = None;
            for token in group.split_whitespace() {
                if let Some(number) = token.strip_prefix('<').and_then(|t| t.strip_suffix('>')) {
                    gap = number.parse().map_err(|_| fault("has a distance that is no number"))?;
                    continue;
                }
                let id = concept(token)?;
                match &mut sequence {
                    None => sequence = Some(Sequence::starting_with(id)),
                    Some(sequence) => sequence.then.push((gap, id)),
                }
                gap = near;
            }
            groups.push(sequence.ok_or_else(|| fault("has an empty part"))?);
        }
        let mut groups = groups.into_iter();
        let statement = groups.next().ok_or_else(|| fault("is empty"))?;
        Ok(Self { statement, circumstances: groups.collect() })
    }

    /// Whether the statement and its circumstances occur, wherever they stand.
    pub fn holds_anywhere(&self, text: &Folded, found: &Found, steps: &mut usize) -> bool {
        self.possible(found)
            && [&self.statement].into_iter().chain(&self.circumstances).all(|part| {
                part.then.is_empty() || !part.occurrences(text, found, steps).is_empty()
            })
    }

    /// Whether every concept of the pattern occurs at all.
    pub fn possible(&self, found: &Found) -> bool {
        self.statement.possible(found) && self.circumstances.iter().all(|part| part.possible(found))
    }
}

impl Sequence {
    fn starting_with(first: ConceptId) -> Self {
        Self { first, then: Vec::new() }
    }

    fn possible(&self, found: &Found) -> bool {
        !found.spans[self.first].is_empty() && self.then.iter().all(|(_, id)| !found.spans[*id].is_empty())
    }

    /// All occurrences, by place. After each first word the nearest next one is taken, so the work is
    /// proportional to the number of first words.
    pub fn occurrences(&self, text: &Folded, found: &Found, steps: &mut usize) -> Vec<Occurrence> {
        let mut occurrences = Vec::new();
        let mut places = vec![0; self.then.len()];
        for &first in &found.spans[self.first] {
            *steps += 1 + self.then.len();
            let mut last = first;
            let complete = self.then.iter().zip(&mut places).all(|(&(gap, id), place)| {
                let list = &found.spans[id];
                *steps += seek(list, last.end, place);
                let fitting = list.get(*place).filter(|other| {
                    other.start - last.end <= gap && sentence(text, other.start) == sentence(text, last.start)
                });
                fitting.inspect(|other| last = **other).is_some()
            });
            if complete {
                occurrences.push(Occurrence {
                    span: Span { start: first.start, end: last.end },
                    first,
                    last,
                });
            }
        }
        occurrences
    }
}

/// Moves `place` to the first span that starts at `from` or later. First words come in order, so all the moves of
/// one sequence together are about as many as there are spans.
fn seek(list: &[Span], from: u32, place: &mut usize) -> usize {
    let begun = *place;
    while list.get(*place).is_some_and(|span| span.start < from) {
        *place += 1;
    }
    let forward = *place - begun;
    while *place > 0 && list[*place - 1].start >= from {
        *place -= 1;
    }
    forward + (begun + forward - *place)
}

/// Sentence of a letter.
pub(super) fn sentence(text: &Folded, unit: u32) -> u32 {
    text.units[unit as usize].sentence
}

/// Clause of a letter.
pub(super) fn clause(text: &Folded, unit: u32) -> u32 {
    text.units[unit as usize].clause
}
