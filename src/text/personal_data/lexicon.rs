//! The word lists of `config/personal_data.toml`, made ready for look-up.
//!
//! Here: which words are cues of what, what a family or given name looks like. What follows from a cue is decided by
//! the rooms next door.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::view::View;

/// Name of the bundled file, for messages.
pub(super) const BUNDLED_FILE: &str = "config/personal_data.toml";

/// Characters up to here have tables.
const BASIC_PLANE: usize = 0x1_0000;

/// A word list that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LexiconError {
    /// Not TOML, or not of the expected shape; the message of the parser names line and field.
    #[error("word list `{file}` cannot be read: {source}")]
    Shape {
        /// Which file.
        file: String,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },
    /// A class of cue words that the masker does not know.
    #[error("word list `{file}`: unknown class `cues.{class}`\nhint: known classes are {}", Cue::names())]
    UnknownClass {
        /// Which file.
        file: String,
        /// The class as written.
        class: String,
    },
    /// A word or list that must not be empty is.
    #[error("word list `{file}`: `{field}` holds an empty word or no word at all")]
    Empty {
        /// Which file.
        file: String,
        /// Which list.
        field: String,
    },
}

macro_rules! cues {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// What a word tells about its neighbours.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Cue { $($variant),* }
        impl Cue {
            const NAMED: &[(&str, Self)] = &[$(($name, Self::$variant)),*];
        }
    };
}

cues! {
    NameLabel = "name_label", Role = "role", SelfIntro = "self_intro", Dwell = "dwell", Greeting = "greeting", Closing = "closing",
    Thing = "thing", Title = "title", Sign = "sign", SignWeak = "sign_weak", Copula = "copula", CopulaWeak = "copula_weak",
    Particle = "particle", Bank = "bank", BankNear = "bank_near", PublicNumber = "public_number",
    Business = "business", Corporate = "corporate", Resident = "resident", ResidentRear = "resident_rear", Licence = "licence",
    Passport = "passport", Card = "card", Customs = "customs", Version = "version", Contact = "contact",
    Address = "address", Vehicle = "vehicle", Counter = "counter", AfterNumber = "after_number",
    NotRoad = "not_road", NotVillage = "not_village", Building = "building", City = "city", Region = "region",
    MailWord = "mail_word", MailDot = "mail_dot", MailHost = "mail_host", MailTop = "mail_top",
    ForeignFamily = "foreign_family", Foreign = "foreign",
}

impl Cue {
    /// The cue's bit in a set of cues.
    pub(super) fn bit(self) -> u64 {
        1 << self as u32
    }

    fn names() -> String {
        Self::NAMED.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// How the end of a name in another language is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Until {
    Words,
    Capitals,
    Han,
    Run,
}

/// Phrases of other languages after which a name comes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignRule {
    pub(super) cues: Vec<String>,
    pub(super) until: Until,
    #[serde(default)]
    pub(super) stop: Vec<String>,
    /// If given, one of these must come right after the name.
    #[serde(default)]
    pub(super) must_follow: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    names: Names,
    cues: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    foreign: Vec<ForeignRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    surnames: String,
    rare_surnames: String,
    double_surnames: Vec<String>,
    given_first: String,
    given_last: String,
    given_single: String,
    place_like_given: Vec<String>,
    foreign_family: Vec<String>,
    #[serde(rename = "not_names")]
    never: Vec<String>,
    with_particle: Vec<String>,
}

/// Properties of one character, as bits.
pub(super) mod flag {
    pub(in super::super) const SURNAME: u8 = 1;
    pub(in super::super) const RARE: u8 = 2;
    pub(in super::super) const FIRST: u8 = 4;
    pub(in super::super) const LAST: u8 = 8;
    pub(in super::super) const SINGLE: u8 = 16;
    /// Some family name of two syllables begins with it.
    pub(in super::super) const DOUBLE: u8 = 32;
}

struct Word {
    chars: Box<[char]>,
    cue_bits: u64,
    /// Index of the foreign rule, if it is such a phrase.
    rule: usize,
}

/// All word lists.
pub(super) struct Lexicon {
    /// Properties of the characters of the basic plane.
    flags: Box<[u8]>,
    /// For the same characters, which of `words` begin with it; nothing is at 0.
    first: Box<[u16]>,
    words: Vec<Vec<Word>>,
    pub(super) double_surnames: HashSet<String>,
    pub(super) place_like_given: HashSet<String>,
    pub(super) not_names: HashSet<String>,
    pub(super) with_particle: HashSet<String>,
    pub(super) foreign: Vec<ForeignRule>,
}

impl Lexicon {
    pub(super) fn parse(text: &str, file: &str) -> Result<Self, LexiconError> {
        let read: File = toml::from_str(text)
            .map_err(|source| LexiconError::Shape { file: file.to_owned(), source: Box::new(source) })?;
        let names = read.names;
        let mut lexicon = Self {
            flags: vec![0; BASIC_PLANE].into_boxed_slice(),
            first: vec![0; BASIC_PLANE].into_boxed_slice(),
            words: vec![Vec::new()],
            double_surnames: names.double_surnames.into_iter().collect(),
            place_like_given: names.place_like_given.into_iter().collect(),
            not_names: names.never.into_iter().collect(),
            with_particle: names.with_particle.into_iter().collect(),
            foreign: read.foreign,
        };
        let empty = |field: &str| LexiconError::Empty { file: file.to_owned(), field: field.to_owned() };
        for (class, words) in &read.cues {
            let cue =
                Cue::NAMED.iter().find(|(name, _)| name == class).map(|(_, cue)| *cue).ok_or_else(|| {
                    LexiconError::UnknownClass { file: file.to_owned(), class: class.clone() }
                })?;
            lexicon.add(words, cue, 0).map_err(|()| empty(&format!("cues.{class}")))?;
        }
        lexicon
            .add(&names.foreign_family, Cue::ForeignFamily, 0)
            .map_err(|()| empty("names.foreign_family"))?;
        for rule in 0..lexicon.foreign.len() {
            let cues = std::mem::take(&mut lexicon.foreign[rule].cues);
            lexicon.add(&cues, Cue::Foreign, rule).map_err(|()| empty("foreign.cues"))?;
        }
        for bucket in &mut lexicon.words {
            bucket.sort_by_key(|word| std::cmp::Reverse(word.chars.len()));
        }
        lexicon.mark(&names.surnames, flag::SURNAME);
        lexicon.mark(&names.rare_surnames, flag::SURNAME | flag::RARE);
        lexicon.mark(&names.given_first, flag::FIRST);
        lexicon.mark(&names.given_last, flag::LAST);
        lexicon.mark(&names.given_single, flag::SINGLE);
        let doubles: String = lexicon.double_surnames.iter().filter_map(|name| name.chars().next()).collect();
        lexicon.mark(&doubles, flag::DOUBLE);
        Ok(lexicon)
    }

    /// Whether the character has one of the properties.
    pub(super) fn is(&self, c: char, bits: u8) -> bool {
        self.flags.get(c as usize).is_some_and(|flags| flags & bits != 0)
    }

    /// End of the longest word at `i` that is one of these cues.
    pub(super) fn word_at(&self, view: &View, i: usize, cues: u64) -> Option<usize> {
        self.words_at(view, i).find(|(_, word_cues, _)| word_cues & cues != 0).map(|(end, _, _)| end)
    }

    /// All words at `i`, longest first: end, cues, foreign rule.
    pub(super) fn words_at<'a>(
        &'a self,
        view: &'a View,
        i: usize,
    ) -> impl Iterator<Item = (usize, u64, usize)> + 'a {
        let first = self.first.get(view.low(i) as usize).copied().unwrap_or(0);
        let bucket = &self.words[usize::from(first)];
        bucket.iter().filter_map(move |word| Some((view.word(i, &word.chars)?, word.cue_bits, word.rule)))
    }

    fn add(&mut self, words: &[String], cue: Cue, rule: usize) -> Result<(), ()> {
        if words.is_empty() {
            return Err(());
        }
        for word in words {
            let chars: Box<[char]> = word.to_lowercase().chars().collect();
            let slot = self.first.get_mut(*chars.first().ok_or(())? as usize).ok_or(())?;
            if *slot == 0 {
                *slot = self.words.len() as u16;
                self.words.push(Vec::new());
            }
            let bucket = &mut self.words[usize::from(*slot)];
            match bucket.iter_mut().find(|known| known.chars == chars) {
                Some(known) => {
                    known.cue_bits |= cue.bit();
                    known.rule = known.rule.max(rule);
                }
                None => bucket.push(Word { chars, cue_bits: cue.bit(), rule }),
            }
        }
        Ok(())
    }

    fn mark(&mut self, chars: &str, bits: u8) {
        for c in chars.chars() {
            if let Some(flags) = self.flags.get_mut(c as usize) {
                *flags |= bits;
            }
        }
    }
}
