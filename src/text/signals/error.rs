//! What can be wrong with a rule file or an agency file.

/// A rule or agency file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Not TOML, or a field is missing, misspelt or of the wrong type; the message names line and column.
    #[error("`{file}` cannot be read: {message}")]
    Syntax {
        /// The file, by its name below `config/`.
        file: &'static str,
        /// The parser's message, with line and column. Text, as the parser's own error carries the whole file.
        message: String,
    },
    /// A name that nothing defines.
    #[error("{place} names the {what} `{name}`, which does not exist\nhint: check its spelling")]
    Unknown {
        /// Sort of thing: `concept`, `guard`, `agency`, `kind`.
        what: &'static str,
        /// The unknown name.
        name: String,
        /// Who uses it.
        place: String,
    },
    /// A name that is defined twice.
    #[error("the {what} `{name}` is defined twice")]
    Duplicate {
        /// Sort of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A number that nobody has checked at its source.
    #[error(
        "{place} uses the number of `{code}`, which is not verified\nhint: read it at its source and set `state = \"ok\"`"
    )]
    Unverified {
        /// The agency's code.
        code: String,
        /// Who uses it.
        place: String,
    },
    /// An agency without name, number or source.
    #[error("the agency `{code}` needs a name, a number and a source")]
    IncompleteAgency {
        /// Its code.
        code: String,
    },
    /// A pattern that cannot be compiled.
    #[error("{place}: the pattern `{pattern}` {fault}")]
    Pattern {
        /// The rule, guard or concept.
        place: String,
        /// The pattern as written.
        pattern: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A value out of its range.
    #[error("{place}: {fault}")]
    Value {
        /// The rule or kind.
        place: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// The patterns are too many or too long for the matcher.
    #[error("the patterns cannot be compiled: {0}")]
    Matcher(#[from] aho_corasick::BuildError),
}
