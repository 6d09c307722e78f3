//! Profiles of languages that share a script, and the reading of words by them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::script::Script;

/// Points for a whole word, parted among the languages that have it.
const WORD: f32 = 3.0;
/// Points for an ending of a longer word.
const ENDING: f32 = 0.8;
/// Points for a stretch inside a word.
const PART: f32 = 0.5;
/// Points for a letter that the other languages of the script seldom have.
const LETTER: f32 = 1.5;
/// Points at which the best language is half sure by evidence alone.
const HALF_SURE: f32 = 0.5;
/// Words read of one text: the rest says no more, and the work stays bounded.
const MOST_WORDS: usize = 200;
/// Letters of a word that are read: no word of a profile is longer.
const LONGEST_WORD: usize = 40;

/// Why a file of profiles was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LanguageError {
    /// Not TOML of that shape.
    #[error("`{file}`: {message}")]
    Syntax {
        /// File name.
        file: &'static str,
        /// What the parser says.
        message: String,
    },
    /// A field says nothing, or something twice.
    #[error("`{file}`, `{code}`, field `{field}`: empty, unknown or given twice")]
    Field {
        /// File name.
        file: &'static str,
        /// The language.
        code: String,
        /// The field.
        field: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "checked")]
    _checked: String,
    profile: Vec<RawProfile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    code: String,
    script: String,
    words: String,
    letters: String,
    endings: Vec<String>,
    parts: Vec<String>,
}

/// All profiles.
#[derive(Debug)]
pub(super) struct Profiles {
    profiles: Vec<Profile>,
    /// For a word, the profiles that have it.
    words: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Profile {
    code: String,
    script: Script,
    letters: BTreeSet<char>,
    endings: Vec<String>,
    parts: Vec<String>,
}

impl Profiles {
    /// Reads the file.
    pub fn from_toml(text: &str) -> Result<Self, LanguageError> {
        const FILE: &str = "languages.toml";
        let file: File =
            toml::from_str(text).map_err(|e| LanguageError::Syntax { file: FILE, message: e.to_string() })?;
        let mut made = Self { profiles: Vec::new(), words: HashMap::new() };
        let mut codes = BTreeSet::new();
        for raw in file.profile {
            let field = |field| LanguageError::Field { file: FILE, code: raw.code.clone(), field };
            let script = script(&raw.script).ok_or_else(|| field("script"))?;
            if raw.words.trim().is_empty() {
                return Err(field("words"));
            }
            if raw.code.is_empty() || !codes.insert(raw.code.clone()) {
                return Err(field("code"));
            }
            let number = made.profiles.len();
            let words: BTreeSet<&str> = raw.words.split_whitespace().collect();
            for word in words {
                made.words.entry(word.to_owned()).or_default().push(number);
            }
            made.profiles.push(Profile {
                code: raw.code,
                script,
                letters: raw.letters.chars().collect(),
                endings: raw.endings,
                parts: raw.parts,
            });
        }
        Ok(made)
    }

    /// The likeliest language of the words of one script, with its sureness; `und` if nothing speaks for any.
    pub fn best(&self, script: Script, text: &str) -> (&str, f32) {
        let mut points: BTreeMap<usize, f32> = BTreeMap::new();
        let mut words: usize = 0;
        for word in words_of(text, script).take(MOST_WORDS) {
            words += 1;
            self.read(script, &word, &mut points);
        }
        let mut ranked: Vec<(usize, f32)> = points.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let Some((best, most)) = ranked.first().copied().filter(|(_, most)| *most > 0.0) else {
            // Nearly all who write Cyrillic to the province write Russian; Latin letters say nothing by themselves.
            return if script == Script::Cyrillic { ("ru", 0.3) } else { ("und", 0.0) };
        };
        let second = ranked.get(1).map_or(0.0, |(_, points)| *points);
        let evidence = most / words.max(1) as f32;
        let sureness = (most / (most + second)) * (evidence / (evidence + HALF_SURE));
        (&self.profiles[best].code, sureness)
    }

    fn read(&self, script: Script, word: &str, points: &mut BTreeMap<usize, f32>) {
        let known = self.words.get(word).map_or(&[][..], Vec::as_slice);
        let own: Vec<usize> =
            known.iter().copied().filter(|at| self.profiles[*at].script == script).collect();
        if !own.is_empty() {
            for at in &own {
                *points.entry(*at).or_default() += WORD / (own.len() as f32).sqrt();
            }
            return;
        }
        let length = word.chars().count();
        for (at, profile) in self.profiles.iter().enumerate().filter(|(_, profile)| profile.script == script)
        {
            let mut sum = 0.0;
            let ends =
                |ending: &&String| word.ends_with(ending.as_str()) && length >= ending.chars().count() + 2;
            sum += profile.endings.iter().find(ends).map_or(0.0, |_| ENDING);
            let parts = profile.parts.iter().filter(|part| word.contains(part.as_str())).count();
            sum += PART * parts.min(2) as f32;
            let letters = word.chars().filter(|c| profile.letters.contains(c)).count();
            sum += LETTER * letters.min(2) as f32;
            if sum > 0.0 {
                *points.entry(at).or_default() += sum;
            }
        }
    }
}

fn script(name: &str) -> Option<Script> {
    match name {
        "latin" => Some(Script::Latin),
        "cyrillic" => Some(Script::Cyrillic),
        "devanagari" => Some(Script::Devanagari),
        _ => None,
    }
}

/// The words of one script, in lower case, all apostrophes alike.
fn words_of(text: &str, script: Script) -> impl Iterator<Item = String> {
    let belongs = move |c: char| match script {
        Script::Cyrillic => matches!(c, '\u{0400}'..='\u{052f}'),
        Script::Devanagari => matches!(c, '\u{0900}'..='\u{097f}'),
        _ => {
            !matches!(c, '가'..='힣')
                && (c.is_alphabetic() || is_apostrophe(c) || matches!(c, '\u{300}'..='\u{36f}' | '¿' | '¡'))
        }
    };
    text.split(move |c: char| !belongs(c))
        .map(|word| word.trim_matches(is_apostrophe))
        .filter(|word| !word.is_empty())
        .map(|word| {
            let plain = |c: char| if is_apostrophe(c) { '\'' } else { c };
            word.chars().take(LONGEST_WORD).flat_map(char::to_lowercase).map(plain).collect()
        })
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʻ' | 'ʼ' | '`' | '´')
}
