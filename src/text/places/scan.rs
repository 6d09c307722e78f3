//! Finds names in a text and joins neighbours. One pass of one automaton over all names, rule words and road classes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use aho_corasick::AhoCorasick;

use super::PlaceKind;
use super::entry::{Entry, Form};
use super::error::PlaceError;
use super::follow;
use super::gazetteer::Gazetteer;
use super::join::{self, Readings};
use super::road::{self, NumberedRoad};
use super::rules::{CueAt, RuleFile, Rules, Verdict};
use super::spec::{Group, Spec};
use super::typo::{Misspelt, Typos};

/// Places read of one text: a complaint names a handful, a text of more is a list, and the work stays bounded.
const MOST_PLACES: usize = 256;

/// Everything needed to read a text.
#[derive(Debug)]
pub(super) struct Scanner {
    automaton: AhoCorasick,
    /// By pattern: a name's links, a cue, or a road class.
    patterns: Vec<Pattern>,
    entries: Vec<Entry>,
    rules: Rules,
    typos: Typos,
    village_words: Vec<String>,
}

/// What a pattern of the automaton stands for.
#[derive(Debug, Default)]
struct Pattern {
    links: Vec<(u32, Form)>,
    cue: Option<u32>,
    road_class: bool,
}

/// Something at a spot that may be a name.
#[derive(Debug, Clone)]
enum Candidate {
    Name { start: usize, end: usize, pattern: u32 },
    Road(NumberedRoad),
    Misspelt(Misspelt),
}

/// A text with what was found in it.
struct Context<'t> {
    text: &'t str,
    /// Where a name with its suffix begins: a bare 시·군 may run into it (`수원인계동`).
    full_starts: HashSet<usize>,
    /// Rule words by start.
    cues: Vec<CueAt>,
}

impl Candidate {
    fn span(&self) -> (usize, usize) {
        match self {
            Self::Name { start, end, .. } => (*start, *end),
            Self::Misspelt(word) => (word.start, word.end),
            Self::Road(road) => (road.start, road.end),
        }
    }
}

impl Scanner {
    /// Reads the files and builds the automaton.
    pub fn new(names: &str, landmarks: &str, homographs: &str) -> Result<Self, PlaceError> {
        let mut file = RuleFile::parse(homographs)?;
        let gazetteer = Gazetteer::new(names, landmarks, &file)?;
        let rules = Rules::new(std::mem::take(&mut file.name))?;
        let known = gazetteer.texts();
        if let Some(text) = rules.texts().find(|text| !known.contains(text)) {
            return Err(PlaceError::Rule { text: text.to_owned(), message: "no such name in the lists" });
        }
        let counties: BTreeSet<u32> = gazetteer
            .stems()
            .into_iter()
            .filter(|(_, id)| gazetteer.entries[*id as usize].name.ends_with('군'))
            .map(|(_, id)| id)
            .collect();
        let typos = Typos::new(gazetteer.stems(), &counties, file.never_typo);
        let (texts, patterns) = patterns(gazetteer.links, &rules);
        let automaton = AhoCorasick::new(&texts).map_err(|e| PlaceError::Index(e.to_string()))?;
        Ok(Self {
            automaton,
            patterns,
            entries: gazetteer.entries,
            rules,
            typos,
            village_words: file.village_words,
        })
    }

    /// The groups of names in a text, in order.
    pub fn groups(&self, text: &str) -> Vec<Group<'_>> {
        let (candidates, cues) = self.candidates(text);
        let context = Context { text, full_starts: self.full_starts(&candidates), cues };
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut cursor = 0;
        for candidate in candidates {
            let (start, _) = candidate.span();
            if start < cursor {
                continue;
            }
            if groups.len() >= MOST_PLACES {
                break;
            }
            if let Some(end) = self.take(&context, &candidate, &mut groups) {
                cursor = end;
            }
        }
        groups.retain(|group| !group.opening);
        groups
    }

    /// All that may be a name, by start, longest first, and the rule words.
    fn candidates(&self, text: &str) -> (Vec<Candidate>, Vec<CueAt>) {
        let mut candidates = Vec::new();
        let mut cues = Vec::new();
        for found in self.automaton.find_overlapping_iter(text) {
            let (start, end) = (found.start(), found.end());
            let pattern = &self.patterns[found.pattern().as_usize()];
            if !pattern.links.is_empty() {
                candidates.push(Candidate::Name { start, end, pattern: found.pattern().as_u32() });
            }
            if pattern.road_class {
                candidates.extend(road::read(text, start, end).map(Candidate::Road));
            }
            cues.extend(pattern.cue.map(|cue| CueAt { start, cue }));
        }
        let mut free = true;
        for (at, c) in text.char_indices() {
            if free {
                candidates.extend(self.typos.at(text, at).map(Candidate::Misspelt));
            }
            free = !follow::is_word(c);
        }
        candidates.sort_by_key(|c| (c.span().0, Reverse(c.span().1)));
        cues.sort_by_key(|cue| cue.start);
        (candidates, cues)
    }

    fn full_starts(&self, candidates: &[Candidate]) -> HashSet<usize> {
        let is_full = |candidate: &Candidate| match candidate {
            Candidate::Name { start, pattern, .. } => {
                let links = &self.patterns[*pattern as usize].links;
                links.iter().any(|(_, form)| *form == Form::Full).then_some(*start)
            }
            _ => None,
        };
        candidates.iter().filter_map(is_full).collect()
    }

    /// Takes a candidate as a group of its own or as part of the last one; the end of what was taken.
    fn take<'a>(
        &'a self,
        context: &Context<'_>,
        candidate: &Candidate,
        groups: &mut Vec<Group<'a>>,
    ) -> Option<usize> {
        let text = context.text;
        let (start, end) = candidate.span();
        let last = groups.last_mut().filter(|last| follow::joins(&text[last.bytes.end..start]));
        let glued = last.as_ref().is_some_and(|last| last.bytes.end == start);
        match candidate {
            Candidate::Road(road) => {
                join::place_road(groups, text, road);
                Some(end)
            }
            Candidate::Misspelt(word) => {
                let spec = Spec::of(&self.entries[word.entry as usize]);
                groups.push(Group {
                    corrected: true,
                    opening: !word.sure,
                    ..Group::new(start, end, vec![spec])
                });
                Some(end)
            }
            Candidate::Name { pattern, .. } => {
                let free = glued || follow::free_before(&text[..start]);
                let readings = self.readings(context, (start, end), *pattern, free, last.as_deref());
                join::join(text, (start, end), readings, self.province(), groups)
            }
        }
    }

    /// The ways to read a name at a spot: for each entry, its form and whether it narrows the group before it.
    fn readings<'a>(
        &'a self,
        context: &Context<'_>,
        (start, end): (usize, usize),
        pattern: u32,
        free: bool,
        last: Option<&Group<'a>>,
    ) -> Readings<'a> {
        let text = context.text;
        let links = &self.patterns[pattern as usize].links;
        let (name, after) = (&text[start..end], &text[end..]);
        let mut readings = Readings::default();
        let bare = links.iter().all(|(_, form)| *form != Form::Full);
        // Most names stand inside a word: refuse those before the dear questions.
        if !free && bare {
            return readings;
        }
        let verdict = self.rules.judge(text, start, end, bare, &context.cues);
        if verdict == Verdict::Word {
            return readings;
        }
        let full_ends = follow::full_may_end(name, after);
        let bare_ends = follow::bare_may_end(after);
        for (id, form) in links {
            let entry = &self.entries[*id as usize];
            let own_city = entry.kind == PlaceKind::Sigungu && entry.region.is_none();
            let road = entry.kind == PlaceKind::Road && *form == Form::Full;
            let begins =
                free || (*form == Form::Full && ((own_city && follow::glued_before(&text[..start])) || road));
            let ends = match form {
                Form::Full => full_ends,
                _ => bare_ends || (own_city && context.full_starts.contains(&end)),
            };
            if !begins || !ends {
                continue;
            }
            let narrowed: Vec<Spec<'a>> = last.map_or_else(Vec::new, |last| {
                last.specs.iter().filter_map(|spec| spec.narrowed(entry)).collect()
            });
            let alone = match form {
                Form::Full | Form::Bare => true,
                Form::Chained => entry.region.is_none() && follow::is_town_hall(after),
                Form::Village | Form::Opening => false,
            };
            let chained = *form != Form::Village || self.is_village(after);
            if chained {
                readings.joined.extend(narrowed);
            }
            if alone {
                readings.alone.push(Spec::of(entry));
            }
            readings.opening |= *form == Form::Opening;
        }
        readings.obey(verdict);
        readings
    }

    /// What `경기` opens.
    fn province(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.kind == PlaceKind::Province && entry.region.is_none())
    }

    fn is_village(&self, after: &str) -> bool {
        let after = after.strip_prefix(' ').unwrap_or(after);
        self.village_words.iter().any(|word| after.starts_with(word.as_str()))
    }
}

/// One automaton pattern for each distinct text.
fn patterns(links: BTreeMap<String, Vec<(u32, Form)>>, rules: &Rules) -> (Vec<String>, Vec<Pattern>) {
    let mut all: BTreeMap<String, Pattern> =
        links.into_iter().map(|(text, links)| (text, Pattern { links, ..Pattern::default() })).collect();
    for (number, cue) in rules.cues.iter().enumerate() {
        all.entry(cue.clone()).or_default().cue = Some(number as u32);
    }
    for class in road::CLASSES {
        all.entry((*class).to_owned()).or_default().road_class = true;
    }
    all.into_iter().unzip()
}
