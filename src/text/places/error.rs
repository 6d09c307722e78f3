//! What can be wrong with a places file.

/// Why a file of names or rules was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// A line of a TSV file is not level, container, names.
    #[error("`{file}` line {line}: {message}")]
    Line {
        /// File name.
        file: &'static str,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// The TOML file does not parse.
    #[error("`homographs.toml`: {0}")]
    Syntax(String),
    /// A rule is about a text that no file names.
    #[error("`homographs.toml`, rule `{text}`: {message}")]
    Rule {
        /// The rule's `text`.
        text: String,
        /// What is wrong.
        message: &'static str,
    },
    /// The names could not be put into one automaton.
    #[error("names cannot be indexed: {0}")]
    Index(String),
}
