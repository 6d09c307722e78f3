//! The label scheme: which departments, urgency levels, jurisdictions and kinds there are, and since when.
//!
//! It is data with a validity date, never an enum: a province reorganises, and a retrained model may carry another
//! set. The shipped one is `config/taxonomy.toml`.

use serde::{Deserialize, Serialize};
use time::Date;

/// Head that says which department is to answer.
pub const DEPARTMENT: &str = "department";
/// Head that says how urgent the case is.
pub const URGENCY: &str = "urgency";
/// Head that says who must act in the end.
pub const JURISDICTION: &str = "jurisdiction";
/// Head that says which kind of 민원 it is (민원 처리에 관한 법률 §2).
pub const KIND: &str = "kind";
/// The four heads that triage needs, in the order in which they are reported.
pub const HEADS: [&str; 4] = [DEPARTMENT, URGENCY, JURISDICTION, KIND];

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// One label of one head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Stable code, as in data sets and on the wire.
    pub code: String,
    /// Korean name, as shown to counsellors.
    pub name: String,
    /// What falls under it, one line.
    pub description: String,
    /// A case with this urgency is escalated to a person at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalates: bool,
    /// A text with this department is no complaint, or nobody can tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unclassifiable: bool,
}

/// All labels of the four heads, with their validity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {
    /// Name of this version of the scheme.
    pub version: String,
    /// First day on which it holds.
    #[serde(with = "iso_date")]
    pub valid_from: Date,
    /// Last day on which it holds, if that is known.
    #[serde(default, with = "iso_date::option", skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
    /// The ordinance or decision behind it.
    pub source: String,
    /// Departments of the province.
    pub department: Vec<Label>,
    /// Urgency levels, most urgent first.
    pub urgency: Vec<Label>,
    /// Who must act in the end.
    pub jurisdiction: Vec<Label>,
    /// Kinds of 민원.
    pub kind: Vec<Label>,
}

/// Why a taxonomy file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TaxonomyError {
    /// Not TOML, or a field is missing, unknown or of the wrong type.
    #[error("taxonomy: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A head without labels, or a code used twice.
    #[error("taxonomy, head `{head}`: {what}")]
    Invalid {
        /// Name of the head.
        head: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl Taxonomy {
    /// Reads a taxonomy from TOML.
    ///
    /// # Errors
    /// [`TaxonomyError`] with the line, or the head and the code at fault.
    pub fn from_toml(text: &str) -> Result<Self, TaxonomyError> {
        let taxonomy: Self = toml::from_str(text)?;
        for head in HEADS {
            let labels = taxonomy.head(head).unwrap_or_default();
            let invalid = |what: String| TaxonomyError::Invalid { head, what };
            if labels.len() < 2 {
                return Err(invalid("needs at least two labels".into()));
            }
            for (i, label) in labels.iter().enumerate() {
                if labels[..i].iter().any(|other| other.code == label.code) {
                    return Err(invalid(format!("code `{}` occurs twice", label.code)));
                }
            }
        }
        Ok(taxonomy)
    }

    /// The scheme that ships with the binary.
    pub fn bundled() -> Self {
        Self::from_toml(include_str!("../../config/taxonomy.toml")).expect("the bundled taxonomy is tested")
    }

    /// Labels of a head, or `None` for a head that the scheme does not know.
    pub fn head(&self, head: &str) -> Option<&[Label]> {
        match head {
            DEPARTMENT => Some(&self.department),
            URGENCY => Some(&self.urgency),
            JURISDICTION => Some(&self.jurisdiction),
            KIND => Some(&self.kind),
            _ => None,
        }
    }

    /// One label by head and code.
    pub fn label(&self, head: &str, code: &str) -> Option<&Label> {
        self.head(head)?.iter().find(|label| label.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_scheme_has_the_documented_sets() {
        let taxonomy = Taxonomy::bundled();
        let sizes: Vec<_> = HEADS.iter().map(|head| taxonomy.head(head).unwrap().len()).collect();
        assert_eq!(sizes, [26, 4, 3, 5]);
        assert!(taxonomy.label(URGENCY, "emergency").unwrap().escalates);
        assert!(taxonomy.label(DEPARTMENT, "none").unwrap().unclassifiable);
        assert!(taxonomy.head("colour").is_none());
    }

    #[test]
    fn a_code_that_occurs_twice_is_named() {
        let mut taxonomy = Taxonomy::bundled();
        taxonomy.kind.push(taxonomy.kind[0].clone());
        let error = Taxonomy::from_toml(&toml::to_string(&taxonomy).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "taxonomy, head `kind`: code `inquiry` occurs twice");
    }

    #[test]
    fn an_unknown_field_is_an_error_with_its_line() {
        let error =
            Taxonomy::from_toml("version = \"x\"\nvalid_form = \"2025-08-12\"\n").unwrap_err().to_string();
        assert!(error.contains("valid_form") && error.contains("line 2"), "{error}");
    }
}
