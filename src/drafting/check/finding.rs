//! One thing that is wrong.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The check fails.
    Error,
    /// To be looked at; the check fails if it is strict.
    Warning,
}

/// Whether warnings fail the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Only errors do.
    #[default]
    Errors,
    /// Warnings do too.
    Strict,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the topic.
    pub topic: String,
    /// How bad.
    pub severity: Severity,
    /// What, and what to do.
    pub what: String,
}

impl Finding {
    pub(super) fn error(topic: &str, what: impl Into<String>) -> Self {
        Self { topic: topic.to_owned(), severity: Severity::Error, what: what.into() }
    }

    pub(super) fn warning(topic: &str, what: impl Into<String>) -> Self {
        Self { topic: topic.to_owned(), severity: Severity::Warning, what: what.into() }
    }

    /// Whether it fails the check.
    pub fn fails(&self, strictness: Strictness) -> bool {
        self.severity == Severity::Error || strictness == Strictness::Strict
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: kb/{}.md: {}", self.topic, self.what)
    }
}
