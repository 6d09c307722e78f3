//! Reading this room's TOML files so that a mistake names its file, line and field. No knowledge of what the
//! files say.

use std::ops::Range;

use serde::de::DeserializeOwned;

/// A mistake in a data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// The text is not TOML, or a field is missing, unknown or of the wrong type.
    #[error("cannot read `{file}`, line {line}: {problem}")]
    Format {
        /// File name as the reader knows it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What the TOML reader says; it names the field.
        problem: String,
    },
    /// The text is well formed and says something that cannot be.
    #[error("`{file}`, line {line}, field `{field}`: {problem}")]
    Value {
        /// File name as the reader knows it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// The field with the mistake.
        field: &'static str,
        /// What is wrong, with a hint.
        problem: String,
    },
}

impl DataError {
    /// The same mistake under the path that the operator gave, in place of the bundled file's name.
    #[must_use]
    pub fn in_file(mut self, path: &str) -> Self {
        let (Self::Format { file, .. } | Self::Value { file, .. }) = &mut self;
        path.clone_into(file);
        self
    }
}

/// A data file being read: its name and text, to turn a byte position into a line.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    pub fn parse<T: DeserializeOwned>(self) -> Result<T, DataError> {
        toml::from_str(self.text).map_err(|error| DataError::Format {
            file: self.file.to_owned(),
            line: self.line(&error.span().unwrap_or(0..0)),
            problem: error.message().to_owned(),
        })
    }

    pub fn fault(self, at: &Range<usize>, field: &'static str, problem: impl Into<String>) -> DataError {
        DataError::Value { file: self.file.to_owned(), line: self.line(at), field, problem: problem.into() }
    }

    fn line(self, at: &Range<usize>) -> usize {
        1 + self.text.bytes().take(at.start).filter(|&byte| byte == b'\n').count()
    }
}
