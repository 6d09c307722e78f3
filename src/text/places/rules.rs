//! Rules for names that are also ordinary words, read from `config/homographs.toml`.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::error::PlaceError;
use super::follow;

/// How far a word may stand from a name and still bear on it: 24 Hangul syllables.
const NEAR_BYTES: usize = 72;

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    #[serde(rename = "checked")]
    _checked: String,
    /// Stems never read as a mistyped 시·군.
    pub never_typo: BTreeSet<String>,
    /// Names read only straight after what they lie in.
    pub chain_only: BTreeSet<String>,
    /// Bare forms never read.
    pub never_bare: BTreeSet<String>,
    /// 법정리 that need a village word.
    pub word_ri: BTreeSet<String>,
    /// Those village words.
    pub village_words: Vec<String>,
    /// Rules by name.
    pub name: Vec<RawRule>,
}

/// One rule as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    text: String,
    #[serde(default)]
    full: bool,
    #[serde(default)]
    next: Vec<String>,
    #[serde(default)]
    prev: Vec<String>,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
    #[serde(default)]
    keep: Vec<String>,
    #[serde(default)]
    need: Vec<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    region_near: Vec<String>,
}

/// One rule with its words as cue numbers.
#[derive(Debug)]
struct Rule {
    full: bool,
    next: Vec<String>,
    prev: Vec<String>,
    near: BTreeSet<u32>,
    never: BTreeSet<u32>,
    keep: BTreeSet<u32>,
    need: BTreeSet<u32>,
    region: Option<String>,
    region_near: BTreeSet<u32>,
}

/// All rules, by the text of the name.
#[derive(Debug)]
pub(super) struct Rules {
    by_text: HashMap<String, Rule>,
    /// Words looked for around names; a cue number is an index into it.
    pub cues: Vec<String>,
}

/// What the rules say of a name at a spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict<'a> {
    /// No rule speaks against it.
    Fine,
    /// The text says that the place in 경기도 is meant.
    Inside,
    /// It is an ordinary word here.
    Word,
    /// The place of that name outside 경기도 is meant.
    Region(&'a str),
}

/// Where a cue stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct CueAt {
    pub start: usize,
    pub cue: u32,
}

impl RuleFile {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        toml::from_str(text).map_err(|e| PlaceError::Syntax(e.to_string()))
    }
}

impl Rules {
    /// Numbers the words of the rules.
    pub fn new(raw: Vec<RawRule>) -> Result<Self, PlaceError> {
        let mut cues = Cues::default();
        let mut by_text = HashMap::new();
        for rule in raw {
            if rule.region.is_some() == rule.region_near.is_empty() {
                return Err(PlaceError::Rule {
                    text: rule.text,
                    message: "`region` and `region_near` go together",
                });
            }
            let made = Rule {
                full: rule.full,
                near: cues.numbers(rule.near),
                never: cues.numbers(rule.never),
                keep: cues.numbers(rule.keep),
                need: cues.numbers(rule.need),
                region_near: cues.numbers(rule.region_near),
                next: rule.next,
                prev: rule.prev,
                region: rule.region,
            };
            if by_text.insert(rule.text.clone(), made).is_some() {
                return Err(PlaceError::Rule { text: rule.text, message: "there are two rules for it" });
            }
        }
        Ok(Self { by_text, cues: cues.words })
    }

    /// Texts that rules are about.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.by_text.keys().map(String::as_str)
    }

    /// What the rules say of `text[start..end]`; `bare` if it stands without its suffix. `cues` by start.
    pub fn judge(&self, text: &str, start: usize, end: usize, bare: bool, cues: &[CueAt]) -> Verdict<'_> {
        let Some(rule) = self.by_text.get(&text[start..end]).filter(|rule| bare || rule.full) else {
            return Verdict::Fine;
        };
        let from = cues.partition_point(|cue| cue.start + NEAR_BYTES < start);
        let around = || cues[from..].iter().take_while(|cue| cue.start <= end + NEAR_BYTES);
        let any = |set: &BTreeSet<u32>| !set.is_empty() && around().any(|cue| set.contains(&cue.cue));
        let (before, after) = (&text[..start], &text[end..]);
        if let Some(region) = rule.region.as_deref().filter(|_| any(&rule.region_near)) {
            return Verdict::Region(region);
        }
        if any(&rule.keep) {
            return Verdict::Inside;
        }
        let before = before.trim_end();
        let word = rule.next.iter().any(|next| after.starts_with(next.as_str()))
            || rule.prev.iter().any(|prev| before.ends_with(prev.as_str()))
            || any(&rule.never)
            || (any(&rule.near) && !follow::is_locative(after))
            || (!rule.need.is_empty() && !any(&rule.need));
        if word { Verdict::Word } else { Verdict::Fine }
    }
}

/// Numbers words, each once.
#[derive(Default)]
struct Cues {
    words: Vec<String>,
    known: HashMap<String, u32>,
}

impl Cues {
    fn numbers(&mut self, words: Vec<String>) -> BTreeSet<u32> {
        words.into_iter().map(|word| self.number(word)).collect()
    }

    fn number(&mut self, word: String) -> u32 {
        if let Some(known) = self.known.get(&word) {
            return *known;
        }
        let number = self.words.len() as u32;
        self.words.push(word.clone());
        self.known.insert(word, number);
        number
    }
}
