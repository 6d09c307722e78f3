//! From the rule file to what the detector runs: names become numbers, numbers to call are checked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::agencies::{Agencies, Agency};
use super::error::RuleError;
use super::file::{EvidenceRow, GuardRow, KindRow, RuleFile, RuleRow, Scope, WordList};
use super::guard::Guard;
use super::kind::{SignalKind, Strength, Subtype, Victim};
use super::lexicon::{ConceptId, Lexicon, Words};
use super::pattern::Pattern;
use super::weigh::{Evidence, Weighing};

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub id: Arc<str>,
    pub kind: SignalKind,
    pub subtype: Option<Subtype>,
    pub victim: Option<Victim>,
    pub strength: Strength,
    /// Gives way to any other rule of its kind.
    pub hint: bool,
    pub patterns: Vec<Pattern>,
    pub scope: Scope,
    pub guards: Vec<usize>,
    pub call: Arc<Agency>,
    pub also: Vec<Arc<Agency>>,
    /// Named as well if the text has the concept.
    pub also_if: Vec<(ConceptId, Arc<Agency>)>,
    pub fires: Vec<String>,
    pub silent: Vec<String>,
}

/// A compiled rule file.
#[derive(Debug)]
pub(super) struct Compiled {
    pub lexicon: Lexicon,
    pub guards: Vec<Guard>,
    pub rules: Vec<Rule>,
    pub weighing: Weighing,
}

/// Compiles a rule file.
pub(super) fn compile(file: &RuleFile, agencies: &Agencies) -> Result<Compiled, RuleError> {
    let mut concepts = Concepts::read(&file.concepts)?;
    let mut guards = Vec::new();
    let mut guard_ids = BTreeMap::new();
    for (name, row) in &file.guards {
        guard_ids.insert(name.as_str(), guards.len());
        guards.push(guard(name, row, &mut concepts)?);
    }
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for row in &file.rules {
        if !seen.insert(&row.id) {
            return Err(RuleError::Duplicate { what: "rule", name: row.id.clone() });
        }
        let place = format!("rule `{}`", row.id);
        let kind = file.kinds.get(&row.kind).ok_or_else(|| unknown("kind", row.kind.code(), &place))?;
        rules.push(rule(row, kind, &place, &guard_ids, &mut concepts, agencies)?);
    }
    let prior = Strength::new(file.prior).ok_or_else(|| RuleError::Value {
        place: "`prior`".to_owned(),
        fault: "is not above 0 and up to 1",
    })?;
    let evidence = file.evidence.iter().map(|(name, row)| evidence(name, row, &mut concepts));
    let weighing = Weighing { prior: prior.log_odds(), evidence: evidence.collect::<Result<_, _>>()?, pieces: None };
    Ok(Compiled { lexicon: Lexicon::new(&concepts.list)?, guards, rules, weighing })
}

fn evidence(name: &str, row: &EvidenceRow, concepts: &mut Concepts) -> Result<Evidence, RuleError> {
    let place = format!("evidence `{name}`");
    if row.patterns.is_empty() == row.longer_than.is_none() {
        return Err(RuleError::Value { place, fault: "needs either `patterns` or `longer_than`" });
    }
    let patterns = concepts.patterns(&row.patterns, 4, &place)?;
    Ok(Evidence { name: name.into(), weight: row.weight, patterns, longer_than: row.longer_than })
}

fn guard(name: &str, row: &GuardRow, concepts: &mut Concepts) -> Result<Guard, RuleError> {
    let place = format!("guard `{name}`");
    let patterns = concepts.patterns(&row.patterns, 4, &place)?;
    if patterns.iter().any(|pattern| !pattern.circumstances.is_empty()) {
        return Err(RuleError::Value { place, fault: "a guard's pattern takes no `&`" });
    }
    let named = |names: &[String]| -> Result<Vec<_>, RuleError> {
        names.iter().map(|name| concepts.named(name, &place)).collect()
    };
    let unless = named(&row.unless)?;
    let unless_text = named(&row.unless_text)?;
    Ok(Guard { name: name.into(), patterns, reach: row.reach, letters: row.letters, unless, unless_text })
}

fn rule(
    row: &RuleRow,
    kind: &KindRow,
    place: &str,
    guard_ids: &BTreeMap<&str, usize>,
    concepts: &mut Concepts,
    agencies: &Agencies,
) -> Result<Rule, RuleError> {
    let value = |fault| RuleError::Value { place: place.to_owned(), fault };
    if row.victim.is_some() != (row.kind == SignalKind::Abuse) {
        return Err(value("`victim` belongs to the kind `abuse` and only to it"));
    }
    if row.subtype.is_some() != (row.kind == SignalKind::Disaster) {
        return Err(value("`subtype` belongs to the kind `disaster` and only to it"));
    }
    let id_of =
        |name: &String| guard_ids.get(name.as_str()).copied().ok_or_else(|| unknown("guard", name, place));
    if row.without.iter().any(|name| !kind.guards.contains(name)) {
        return Err(value("`without` names a guard that its kind does not have"));
    }
    let names = kind.guards.iter().filter(|name| !row.without.contains(name)).chain(&row.guards);
    let verified = |code: &String| agencies.verified(code, place);
    let also_if = kind.also_if.iter();
    Ok(Rule {
        id: row.id.as_str().into(),
        kind: row.kind,
        subtype: row.subtype,
        victim: row.victim,
        strength: Strength::new(row.strength)
            .ok_or_else(|| value("`strength` is not above 0 and up to 1"))?,
        hint: row.hint,
        patterns: concepts.patterns(&row.patterns, row.near, place)?,
        scope: row.scope,
        guards: names.map(id_of).collect::<Result<_, _>>()?,
        call: verified(row.call.as_ref().unwrap_or(&kind.call))?,
        also: row.also.iter().chain(&kind.also).map(verified).collect::<Result<_, _>>()?,
        also_if: also_if
            .map(|also| Ok((concepts.named(&also.concept, place)?, verified(&also.call)?)))
            .collect::<Result<_, RuleError>>()?,
        fires: row.fires.clone(),
        silent: row.silent.clone(),
    })
}

fn unknown(what: &'static str, name: &str, place: &str) -> RuleError {
    RuleError::Unknown { what, name: name.to_owned(), place: place.to_owned() }
}

/// Concepts while they are numbered: the named ones first, then the plain words of patterns.
struct Concepts {
    list: Vec<(String, Words)>,
    ids: BTreeMap<String, ConceptId>,
}

impl Concepts {
    fn read(lists: &BTreeMap<String, WordList>) -> Result<Self, RuleError> {
        let mut concepts = Self { list: Vec::new(), ids: BTreeMap::new() };
        for name in lists.keys() {
            let place = format!("concept `{name}`");
            let mut words = Words::default();
            take_in(name, lists, &place, 0, &mut words)?;
            concepts.add(format!("{{{name}}}"), words);
        }
        Ok(concepts)
    }

    fn add(&mut self, token: String, words: Words) -> ConceptId {
        let id = self.list.len();
        self.list.push((token.clone(), words));
        self.ids.insert(token, id);
        id
    }

    fn named(&self, name: &str, place: &str) -> Result<ConceptId, RuleError> {
        self.ids.get(&format!("{{{name}}}")).copied().ok_or_else(|| unknown("concept", name, place))
    }

    fn patterns(&mut self, texts: &[String], near: u32, place: &str) -> Result<Vec<Pattern>, RuleError> {
        let mut concept = |token: &str| {
            if let Some(&id) = self.ids.get(token) {
                return Ok(id);
            }
            if token.starts_with('{') {
                return Err(unknown("concept", token, place));
            }
            Ok(self.add(token.to_owned(), Words { any: vec![token.to_owned()], not: Vec::new() }))
        };
        texts.iter().map(|text| Pattern::parse(text, near, place, &mut concept)).collect()
    }
}

/// Copies the words of a concept, following `{other}` up to four deep (deeper is a circle).
fn take_in(
    name: &str,
    lists: &BTreeMap<String, WordList>,
    place: &str,
    depth: u8,
    into: &mut Words,
) -> Result<(), RuleError> {
    let list = lists.get(name).filter(|_| depth < 4).ok_or_else(|| unknown("concept", name, place))?;
    let (any, not) = match list {
        WordList::Plain(any) => (any, &[][..]),
        WordList::Full(words) => (&words.any, &words.not[..]),
    };
    into.not.extend_from_slice(not);
    for word in any {
        match word.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
            Some(other) => take_in(other, lists, place, depth + 1, into)?,
            None => into.any.push(word.clone()),
        }
    }
    Ok(())
}
