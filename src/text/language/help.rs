//! The number to name to a writer by the language of the text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::LanguageError;

const FILE: &str = "helplines.toml";

/// A number with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelpLine<'a> {
    /// Number to dial in Korea.
    pub number: &'a str,
    /// The agency's own name, Korean.
    pub name: &'a str,
    /// What it is, in the language asked for; our description, not an official name.
    pub label: &'a str,
}

/// All help lines.
#[derive(Debug)]
pub struct HelpLines(Vec<Line>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "checked")]
    _checked: String,
    line: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    number: String,
    name: String,
    labels: BTreeMap<String, String>,
}

impl HelpLines {
    /// The lines this build carries.
    ///
    /// # Panics
    /// Never: a test reads the bundled file.
    pub fn bundled() -> Self {
        Self::from_toml(include_str!("../../../config/helplines.toml"))
            .expect("a test reads the bundled file")
    }

    /// Reads a file of the shape of `config/helplines.toml`.
    ///
    /// # Errors
    /// [`LanguageError`] if the text is not such a file, a field is empty, or two lines claim one language.
    pub fn from_toml(text: &str) -> Result<Self, LanguageError> {
        let file: File =
            toml::from_str(text).map_err(|e| LanguageError::Syntax { file: FILE, message: e.to_string() })?;
        let mut claimed = BTreeSet::new();
        for line in &file.line {
            for (code, label) in &line.labels {
                let twice = !claimed.insert(code.clone());
                if twice || label.is_empty() || line.number.is_empty() || line.name.is_empty() {
                    return Err(LanguageError::Field { file: FILE, code: code.clone(), field: "labels" });
                }
            }
        }
        Ok(Self(file.line))
    }

    /// The line for a language, or `None` if none is known.
    pub fn for_language(&self, code: &str) -> Option<HelpLine<'_>> {
        self.0.iter().find_map(|line| {
            let label = line.labels.get(code)?;
            Some(HelpLine { number: &line.number, name: &line.name, label })
        })
    }
}
