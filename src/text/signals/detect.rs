//! One text against all rules: statements, their circumstances, guards, and hints that count only together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::compile::{Compiled, Rule};
use super::file::Scope;
use super::fold::Folded;
use super::guard::Shadow;
use super::kind::{SignalKind, Strength};
use super::lexicon::{Found, Span};
use super::pattern::{Occurrence, Pattern, sentence};
use super::{Inspection, Signal, Silenced};

/// Signals of one kind that are reported at most.
const MOST_PER_KIND: usize = 2;
/// Silenced statements that are remembered at most.
const MOST_SILENCED: usize = 32;
/// Signals that are reported at most.
const MOST: usize = 6;

/// A rule that holds at a place.
struct Candidate<'a> {
    rule: &'a Rule,
    span: Span,
    strength: Strength,
}

/// Finds the signals of a text, what the guards took back, and counts the steps of the work.
pub(super) fn inspect(compiled: &Compiled, text: &str) -> Inspection {
    let folded = Folded::new(text);
    let found = compiled.lexicon.find(&folded);
    let mut search = Search {
        compiled,
        text: &folded,
        found: &found,
        shadows: compiled.guards.iter().map(|_| None).collect(),
        steps: found.steps,
        silenced: Vec::new(),
    };
    let mut candidates = search.candidates();
    let Search { mut steps, silenced, .. } = search;
    let weighing = &compiled.weighing;
    let evidence = weighing.found(&folded, &found, &mut steps);
    let own: Vec<_> = candidates.iter().map(|candidate| (candidate.strength, candidate.rule.hint)).collect();
    let pieces = weighing.pieces.as_ref().map_or(0.0, |pieces| pieces.weigh(text, &mut steps));
    let besides = pieces + evidence.iter().map(|evidence| evidence.weight).sum::<f32>();
    for (candidate, strength) in candidates.iter_mut().zip(weighing.weigh(&own, besides)) {
        candidate.strength = strength;
    }
    let held = candidates.iter().map(|candidate| Arc::clone(&candidate.rule.id)).collect();
    let evidence = evidence.iter().map(|evidence| Arc::clone(&evidence.name)).collect();
    Inspection { signals: report(candidates, &folded, &found), silenced, held, evidence, steps }
}

struct Search<'a> {
    compiled: &'a Compiled,
    text: &'a Folded,
    found: &'a Found,
    shadows: Vec<Option<Shadow>>,
    steps: usize,
    silenced: Vec<Silenced>,
}

impl<'a> Search<'a> {
    fn candidates(&mut self) -> Vec<Candidate<'a>> {
        let compiled = self.compiled;
        let mut candidates = Vec::new();
        for rule in &compiled.rules {
            let span = rule.patterns.iter().find_map(|pattern| self.statement(rule, pattern));
            candidates.extend(span.map(|span| Candidate { rule, span, strength: rule.strength }));
        }
        candidates
    }

    /// The first place at which the pattern holds and no guard silences it.
    fn statement(&mut self, rule: &Rule, pattern: &Pattern) -> Option<Span> {
        self.steps += 1;
        if !pattern.possible(self.found) {
            return None;
        }
        let statements = pattern.statement.occurrences(self.text, self.found, &mut self.steps);
        if statements.is_empty() {
            return None;
        }
        let mut circumstances = Vec::new();
        for part in &pattern.circumstances {
            circumstances.push(part.occurrences(self.text, self.found, &mut self.steps));
        }
        let mut holds = |statement: &Occurrence| {
            circumstances.iter().all(|places| self.has_near(places, statement, rule.scope))
                && !self.silenced(rule, statement.span)
        };
        statements.iter().copied().find(|s| holds(s)).map(|statement| statement.span)
    }

    /// Whether one of the places lies within the scope of the statement and says something else than it does.
    fn has_near(&mut self, places: &[Occurrence], statement: &Occurrence, scope: Scope) -> bool {
        let own = sentence(self.text, statement.span.start);
        let (low, high) = match scope {
            Scope::Sentence => (own, own),
            Scope::Near => (own.saturating_sub(1), own + 1),
            Scope::Text => (0, u32::MAX),
        };
        let first = places.partition_point(|place| sentence(self.text, place.span.start) < low);
        let mut reachable =
            places[first..].iter().take_while(|place| sentence(self.text, place.span.start) <= high);
        // Places made of the statement's own words are passed over; they are few, as words are short.
        reachable.any(|place| {
            self.steps += 1;
            !place.shares_words(statement)
        })
    }

    fn silenced(&mut self, rule: &Rule, span: Span) -> bool {
        let by = rule.guards.iter().copied().find(|&id| {
            self.steps += 1;
            let guard = &self.compiled.guards[id];
            let steps = &mut self.steps;
            let shadow = self.shadows[id].get_or_insert_with(|| guard.shadow(self.text, self.found, steps));
            guard.silences(span, self.text, shadow)
        });
        if let Some(id) = by.filter(|_| self.silenced.len() < MOST_SILENCED) {
            let guard = Arc::clone(&self.compiled.guards[id].name);
            let span = self.text.source(span.start..span.end);
            self.silenced.push(Silenced { rule: Arc::clone(&rule.id), guard, span });
        }
        by.is_some()
    }
}

fn report(candidates: Vec<Candidate<'_>>, text: &Folded, found: &Found) -> Vec<Signal> {
    let mut strong = candidates;
    strong.retain(|candidate| candidate.strength >= Strength::REPORTED);
    let named: BTreeSet<SignalKind> =
        strong.iter().filter(|candidate| !candidate.rule.hint).map(|candidate| candidate.rule.kind).collect();
    strong.retain(|candidate| !candidate.rule.hint || !named.contains(&candidate.rule.kind));
    strong.sort_by(|a, b| b.strength.value().total_cmp(&a.strength.value()).then(a.span.cmp(&b.span)));
    let mut kept: Vec<&Candidate<'_>> = Vec::new();
    for candidate in &strong {
        let mut same = kept.iter().filter(|other| other.rule.kind == candidate.rule.kind);
        let count = same.clone().count();
        if count < MOST_PER_KIND && same.all(|other| !other.span.overlaps(candidate.span)) {
            kept.push(candidate);
        }
    }
    kept.truncate(MOST);
    kept.iter().map(|candidate| signal(candidate, &strong, text, found)).collect()
}

/// The signal of a candidate; rules of its kind that stand on the same words name their numbers too.
fn signal(candidate: &Candidate<'_>, all: &[Candidate<'_>], text: &Folded, found: &Found) -> Signal {
    let rule = candidate.rule;
    let mut also = Vec::new();
    let here = all.iter().filter(|o| o.rule.kind == rule.kind && o.span.overlaps(candidate.span));
    let named = [rule].into_iter().chain(here.map(|other| other.rule));
    for agency in named.flat_map(|rule| {
        let conditional = rule.also_if.iter().filter(|(concept, _)| !found.spans[*concept].is_empty());
        rule.also.iter().chain(conditional.map(|(_, agency)| agency))
    }) {
        if agency.code != rule.call.code && !also.contains(agency) {
            also.push(Arc::clone(agency));
        }
    }
    Signal {
        kind: rule.kind,
        subtype: rule.subtype,
        victim: rule.victim,
        span: text.source(candidate.span.start..candidate.span.end),
        strength: candidate.strength,
        rule: Arc::clone(&rule.id),
        call: Arc::clone(&rule.call),
        also,
    }
}
