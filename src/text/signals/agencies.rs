//! The numbers to call, read from `config/agencies.toml`.
//!
//! A number belongs in that file only with the place where it was read; here it is only refused or handed out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::RuleError;

/// An agency with its telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Name in rules, never shown.
    pub code: String,
    /// Name for people, Korean.
    pub name: String,
    /// Number to dial.
    pub number: String,
    /// When somebody answers, Korean; empty if no source says it.
    #[serde(default)]
    pub hours: String,
    /// Where the number was read.
    pub source: String,
    /// Whether it may be shown with a signal.
    pub state: AgencyState,
}

/// Whether a number was checked at its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgencyState {
    /// May be shown.
    Ok,
    /// Too old or never found at a source; refused as a signal's number.
    Unverified,
}

/// All known agencies.
#[derive(Debug, Clone)]
pub struct Agencies(BTreeMap<String, Arc<Agency>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "checked")]
    _checked: String,
    agencies: Vec<Agency>,
}

impl Agencies {
    /// The agencies this build carries.
    ///
    /// # Panics
    /// Never: a test reads the bundled file.
    pub fn bundled() -> Self {
        Self::from_toml(include_str!("../../../config/agencies.toml")).expect("a test reads the bundled file")
    }

    /// Reads a file of the shape of `config/agencies.toml`.
    ///
    /// # Errors
    /// The text is not such a file, a code appears twice, or a field is empty.
    pub fn from_toml(text: &str) -> Result<Self, RuleError> {
        let file: File = toml::from_str(text)
            .map_err(|e| RuleError::Syntax { file: "agencies.toml", message: e.to_string() })?;
        let mut agencies = BTreeMap::new();
        for agency in file.agencies {
            if agency.number.is_empty() || agency.name.is_empty() || agency.source.is_empty() {
                return Err(RuleError::IncompleteAgency { code: agency.code });
            }
            let code = agency.code.clone();
            if agencies.insert(code.clone(), Arc::new(agency)).is_some() {
                return Err(RuleError::Duplicate { what: "agency", name: code });
            }
        }
        Ok(Self(agencies))
    }

    /// Whether a number may be named to citizens; `None` for one that no agency of the file has.
    pub fn state_of(&self, number: &str) -> Option<AgencyState> {
        let states = self.0.values().filter(|agency| agency.number == number).map(|agency| agency.state);
        // A number that stands in two rows is good if one of them was checked.
        states.min_by_key(|state| *state == AgencyState::Unverified)
    }

    /// The agency of that code if its number may be shown.
    ///
    /// # Errors
    /// No such agency, or its number is not verified. `wanted_by` names the rule or kind for the message.
    pub fn verified(&self, code: &str, wanted_by: &str) -> Result<Arc<Agency>, RuleError> {
        let agency = self.0.get(code).ok_or_else(|| RuleError::Unknown {
            what: "agency",
            name: code.to_owned(),
            place: wanted_by.to_owned(),
        })?;
        match agency.state {
            AgencyState::Ok => Ok(Arc::clone(agency)),
            AgencyState::Unverified => {
                Err(RuleError::Unverified { code: code.to_owned(), place: wanted_by.to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled_numbers_are_those_that_were_checked() {
        let agencies = Agencies::bundled();
        for (code, number) in [("rescue", "119"), ("police", "112"), ("suicide", "109"), ("women", "1366")] {
            assert_eq!(agencies.verified(code, "test").expect(code).number, number);
        }
    }

    #[test]
    fn an_unverified_number_is_refused() {
        let error = Agencies::bundled().verified("elder_abuse", "kind `abuse`").expect_err("it is of 2015");
        assert!(matches!(error, RuleError::Unverified { .. }), "{error}");
        assert!(error.to_string().contains("kind `abuse`"));
    }

    #[test]
    fn a_number_is_known_with_its_state() {
        let agencies = Agencies::bundled();
        for number in ["031-120", "110", "1588-2504", "010-4419-7722"] {
            assert_eq!(agencies.state_of(number), Some(AgencyState::Ok), "{number}");
        }
        assert_eq!(agencies.state_of("1577-1389"), Some(AgencyState::Unverified));
        assert_eq!(agencies.state_of("031-000-0000"), None);
    }

    #[test]
    fn a_faulty_file_names_its_line() {
        let error =
            Agencies::from_toml("checked = \"2026\"\n[[agencies]]\ncode = 3\n").expect_err("not a string");
        let text = format!("{error}");
        assert!(text.contains("agencies.toml") && text.contains("line 3"), "{text}");
    }
}
