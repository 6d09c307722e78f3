//! The names and where they lie, read from `config/places.tsv` and `config/landmarks.tsv`.
//!
//! A name may be written in several ways (`수원시`, `수원`); each way says how careful the reader must be with it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::PlaceKind;
use super::entry::{Entry, Form, abroad_entry, forms, home_entry, kind_of, stem};
use super::error::PlaceError;
use super::rules::RuleFile;

/// All places and all ways to write them.
#[derive(Debug)]
pub(super) struct Gazetteer {
    pub entries: Vec<Entry>,
    /// Ways to write by text.
    pub links: BTreeMap<String, Vec<(u32, Form)>>,
    /// Names of the 시·군 read so far.
    own: HashSet<String>,
    /// Names of the other 시·도.
    abroad: HashSet<String>,
    /// Each entry once.
    numbers: HashMap<Entry, u32>,
}

/// One line of a file.
struct Line<'a> {
    level: &'a str,
    upper: &'a str,
    names: Vec<&'a str>,
}

impl Gazetteer {
    /// Reads both files.
    pub fn new(names: &str, landmarks: &str, rules: &RuleFile) -> Result<Self, PlaceError> {
        let mut made = Self {
            entries: Vec::new(),
            links: BTreeMap::new(),
            own: HashSet::new(),
            abroad: HashSet::new(),
            numbers: HashMap::new(),
        };
        made.read("places.tsv", names, rules)?;
        made.read("landmarks.tsv", landmarks, rules)?;
        let own = made.entries.iter().filter(|e| e.kind == PlaceKind::Sigungu && e.region.is_none()).count();
        if own != 31 {
            let message = format!("{own} 시·군 in the file; 경기도 has 31");
            return Err(PlaceError::Line { file: "places.tsv", line: 1, message });
        }
        Ok(made)
    }

    fn read(&mut self, file: &'static str, text: &str, rules: &RuleFile) -> Result<(), PlaceError> {
        for (number, raw) in text.lines().enumerate() {
            if raw.is_empty() || raw.starts_with('#') {
                continue;
            }
            let at = |message: String| PlaceError::Line { file, line: number + 1, message };
            let line = split(raw).map_err(at)?;
            self.line(&line, rules).map_err(at)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &Line<'_>, rules: &RuleFile) -> Result<(), String> {
        let (outside, level) = match line.level.strip_prefix("x_") {
            Some(level) => (true, level),
            None => (false, line.level),
        };
        let (kind, hint) = kind_of(level)?;
        for name in &line.names {
            let (text, name) = name.split_once('=').unwrap_or((name, name));
            let (text, name) = (text.replace('_', " "), name.replace('_', " "));
            for upper in line.upper.split('|') {
                let abroad = outside || self.is_province_abroad(upper);
                let mut entry =
                    if abroad { abroad_entry(&name, kind, upper) } else { home_entry(&name, kind, upper)? };
                if let Some(sigungu) = entry.sigungu.as_deref().filter(|sigungu| !self.is_own(kind, sigungu))
                {
                    return Err(format!("`{sigungu}` is no 시·군 of 경기도 named before"));
                }
                if kind == PlaceKind::Sigungu && !abroad {
                    self.own.insert(name.clone());
                }
                if kind == PlaceKind::Province && abroad {
                    self.abroad.insert(entry.name.clone());
                }
                entry.hint = hint;
                if kind == PlaceKind::Town && !abroad {
                    self.canonical(&mut entry);
                }
                let forms = forms(level, &text, abroad, rules);
                let id = self.add(entry);
                for (text, form) in forms {
                    self.link(text, id, form);
                }
            }
        }
        Ok(())
    }

    /// A town that is the bare name of one 읍 or 면 is that 읍 or 면; one that is a 구 is that 구.
    fn canonical(&self, entry: &mut Entry) {
        if entry.gu.as_deref() == Some(&entry.name) {
            entry.kind = PlaceKind::Gu;
            return;
        }
        let of_town = |suffix: &str| {
            let full = format!("{}{suffix}", entry.name);
            self.entries
                .iter()
                .find(|e| {
                    e.kind == PlaceKind::Eupmyeondong
                        && e.sigungu == entry.sigungu
                        && (e.name == full || e.name == entry.name)
                })
                .cloned()
        };
        let found = match (of_town("읍"), of_town("면"), of_town("동")) {
            (Some(one), None, None) | (None, Some(one), None) => Some(one),
            (eup, ..) => eup.filter(|e| e.name == entry.name),
        };
        if let Some(found) = found {
            *entry = found;
        }
    }

    /// Whether a 시·군 is one of ours; those that are just being named are.
    fn is_own(&self, kind: PlaceKind, sigungu: &str) -> bool {
        kind == PlaceKind::Sigungu || self.own.contains(sigungu)
    }

    /// Whether a container begins with another 시·도.
    fn is_province_abroad(&self, upper: &str) -> bool {
        upper.split(' ').next().is_some_and(|first| self.abroad.contains(first))
    }

    fn add(&mut self, entry: Entry) -> u32 {
        if let Some(known) = self.numbers.get(&entry) {
            return *known;
        }
        let number = self.entries.len() as u32;
        self.entries.push(entry.clone());
        self.numbers.insert(entry, number);
        number
    }

    fn link(&mut self, text: String, id: u32, form: Form) {
        let links = self.links.entry(text).or_default();
        match links.iter_mut().find(|(known, _)| *known == id) {
            Some((_, old)) => *old = form.min(*old),
            None => links.push((id, form)),
        }
    }

    /// Texts that some link bears, for checks of the rules.
    pub fn texts(&self) -> HashSet<&str> {
        self.links.keys().map(String::as_str).collect()
    }

    /// Stems of the 31 with their entry, for the reading of misspelt ones.
    pub fn stems(&self) -> Vec<(String, u32)> {
        let own = |e: &Entry| e.kind == PlaceKind::Sigungu && e.region.is_none();
        self.entries
            .iter()
            .enumerate()
            .filter(|(_, e)| own(e))
            .map(|(i, e)| (stem(&e.name).to_owned(), i as u32))
            .collect()
    }
}

fn split(raw: &str) -> Result<Line<'_>, String> {
    let mut fields = raw.split('\t');
    let (Some(level), Some(upper), Some(names), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err("expected level, container and names, parted by tabs".to_owned());
    };
    let names: Vec<&str> = names.split(' ').filter(|name| !name.is_empty()).collect();
    let unique: BTreeSet<&&str> = names.iter().collect();
    if names.is_empty() || unique.len() != names.len() {
        return Err("no name, or one name twice".to_owned());
    }
    Ok(Line { level, upper, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RuleFile {
        RuleFile::parse(include_str!("../../../config/homographs.toml")).unwrap()
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, wanted) in [
            ("emd\t수원시", "parted by tabs"),
            ("town\t\t판교", "lies in no 시·군"),
            ("town\t성낭시\t판교", "`성낭시` is no 시·군"),
            ("galaxy\t수원시\t안드로메다", "unknown level"),
            ("station\t수원시\t수원역 수원역", "twice"),
        ] {
            let names = include_str!("../../../config/places.tsv");
            let error = Gazetteer::new(names, &format!("# a\n{text}"), &rules()).unwrap_err();
            let PlaceError::Line { file: "landmarks.tsv", line: 2, message } = error else {
                panic!("{error}")
            };
            assert!(message.contains(wanted), "{message}");
        }
    }

    #[test]
    fn a_missing_city_is_refused() {
        let error = Gazetteer::new("sigungu\t경기도\t수원시 가평군", "", &rules()).unwrap_err();
        assert!(error.to_string().contains("2 시·군"), "{error}");
    }

    #[test]
    fn there_are_as_many_names_as_the_source_has() {
        let made = Gazetteer::new(include_str!("../../../config/places.tsv"), "", &rules()).unwrap();
        let count = |kind| made.entries.iter().filter(|e| e.kind == kind && e.region.is_none()).count();
        assert_eq!(count(PlaceKind::Sigungu), 31);
        assert_eq!(count(PlaceKind::Gu), 24, "화성시 has four since 2026-02-01");
        assert_eq!(count(PlaceKind::Eupmyeondong), 1063);
        assert_eq!(count(PlaceKind::Ri), 1412);
    }
}
