//! Gates: figures that must not fall, read from a TOML file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::report::Report;

/// Least and greatest values by the whole name of a figure.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// The figure must be at least this.
    #[serde(default)]
    minimum: BTreeMap<String, f64>,
    /// The figure must be at most this.
    #[serde(default)]
    maximum: BTreeMap<String, f64>,
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Whole name of the figure.
    pub figure: String,
    /// `minimum` or `maximum`.
    pub kind: &'static str,
    /// The limit.
    pub limit: f64,
    /// The figure, if the rows define it.
    pub value: Option<f64>,
    /// Whether the gate holds; an undefined figure does not.
    pub passed: bool,
    /// The same in words.
    pub says: String,
}

/// A gates file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// Not TOML of the right shape.
    #[error("gates: {0}")]
    Syntax(#[from] toml::de::Error),
    /// No gate at all.
    #[error(
        "gates: the file holds no gate\nhint: write `[minimum]` and below it `\"department.accuracy\" = 0.8`"
    )]
    Empty,
    /// A limit that is no number.
    #[error("gates: the limit of `{0}` is not a number")]
    Limit(String),
    /// A figure that the report does not have.
    #[error("gates: there is no figure `{figure}`\nhint: figures of this report are {known}")]
    Unknown {
        /// The name.
        figure: String,
        /// Names that could be meant.
        known: String,
    },
}

impl Gates {
    /// Reads gates from TOML.
    ///
    /// # Errors
    /// [`GateError`] with the line, or what is wrong with a limit.
    pub fn from_toml(text: &str) -> Result<Self, GateError> {
        let gates: Self = toml::from_str(text)?;
        if gates.minimum.is_empty() && gates.maximum.is_empty() {
            return Err(GateError::Empty);
        }
        let broken = gates.minimum.iter().chain(&gates.maximum).find(|(_, limit)| !limit.is_finite());
        broken.map_or(Ok(()), |(figure, _)| Err(GateError::Limit(figure.clone())))?;
        Ok(gates)
    }

    /// Holds a report against every gate.
    ///
    /// # Errors
    /// [`GateError::Unknown`] for a figure that the report does not have, defined or not: a gate with a misspelt name
    /// must not pass for ever.
    pub fn check(&self, report: &Report) -> Result<Vec<Verdict>, GateError> {
        let minima = self.minimum.iter().map(|(figure, limit)| (figure, "minimum", *limit));
        let maxima = self.maximum.iter().map(|(figure, limit)| (figure, "maximum", *limit));
        minima.chain(maxima).map(|(figure, kind, limit)| verdict(report, figure, kind, limit)).collect()
    }
}

fn verdict(report: &Report, figure: &str, kind: &'static str, limit: f64) -> Result<Verdict, GateError> {
    let value = report.figure(figure).map(|figure| figure.value);
    let (passed, says) = match value {
        Some(value) => {
            let passed = if kind == "minimum" { value >= limit } else { value <= limit };
            let side = match (passed, kind) {
                (true, _) => "within",
                (false, "minimum") => "below",
                (false, _) => "above",
            };
            (passed, format!("`{figure}` is {value:.4}, {side} the {kind} {limit}"))
        }
        None => match report.undefined(figure) {
            Some(why) => (false, format!("`{figure}` has a {kind} of {limit} and cannot be had: {why}")),
            None => return Err(unknown(report, figure)),
        },
    };
    Ok(Verdict { figure: figure.to_owned(), kind, limit, value, passed, says })
}

fn unknown(report: &Report, figure: &str) -> GateError {
    let part = figure.split('.').next().unwrap_or_default();
    let names = report.names();
    let close: Vec<String> =
        names.iter().filter(|name| name.split('.').next() == Some(part)).cloned().collect();
    let known = if close.is_empty() { names } else { close };
    GateError::Unknown { figure: figure.to_owned(), known: known.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::report::{Figure, Section};

    fn report() -> Report {
        let mut section = Section { rows: 3, ..Section::default() };
        section.figures.insert("route_precision".into(), Figure::exact(0.94));
        section.undefined.insert("emergency_recall".into(), "no row counts for it".into());
        Report {
            schema: 1,
            model: "m 1".into(),
            sha256: String::new(),
            backend: String::new(),
            data: vec![],
            rows: 3,
            seed: 1,
            resamples: 1,
            heads: vec![],
            sections: [("triage".to_owned(), section)].into(),
            slices: vec![],
            comparison: None,
            gates: vec![],
        }
    }

    fn check(toml: &str) -> Result<Vec<Verdict>, GateError> {
        Gates::from_toml(toml)?.check(&report())
    }

    #[test]
    fn a_fall_is_named_with_figure_and_limit() {
        let verdicts = check("[minimum]\n\"triage.route_precision\" = 0.95\n").unwrap();
        assert!(!verdicts[0].passed);
        assert_eq!(verdicts[0].says, "`triage.route_precision` is 0.9400, below the minimum 0.95");
        let holds = check(
            "[minimum]\n\"triage.route_precision\" = 0.94\n[maximum]\n\"triage.route_precision\" = 0.94\n",
        );
        assert!(holds.unwrap().iter().all(|verdict| verdict.passed));
    }

    #[test]
    fn a_figure_that_cannot_be_had_falls() {
        let verdicts = check("[minimum]\n\"triage.emergency_recall\" = 0.9\n").unwrap();
        assert!(!verdicts[0].passed && verdicts[0].says.contains("no row counts"), "{}", verdicts[0].says);
    }

    #[test]
    fn a_misspelt_gate_is_an_error() {
        let error = check("[minimum]\n\"triage.route_precison\" = 0.9\n").unwrap_err().to_string();
        assert!(
            error.contains("no figure `triage.route_precison`") && error.contains("triage.route_precision")
        );
        assert!(check("[minimun]\nx = 1\n").unwrap_err().to_string().contains("minimun"));
        assert!(check("").unwrap_err().to_string().contains("no gate"));
        assert!(
            check("[minimum]\n\"triage.route_precision\" = nan\n")
                .unwrap_err()
                .to_string()
                .contains("not a number")
        );
    }
}
