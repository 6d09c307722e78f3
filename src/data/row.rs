//! One labelled text.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// A row of a data set. Label columns may have any name; `text` is required, the rest is optional.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Row {
    /// Identifier; the line number where the file has none.
    #[serde(default)]
    pub id: String,
    /// The text, as written.
    pub text: String,
    /// Rows of one group are rewrites of one event and stay on one side of every split.
    #[serde(default)]
    pub group: String,
    /// All other columns.
    #[serde(flatten)]
    columns: BTreeMap<String, Value>,
}

impl Row {
    /// What stands in a column besides text, id and group; null where it says so, `None` where it is missing.
    pub fn column(&self, column: &str) -> Option<&Value> {
        self.columns.get(column)
    }

    /// The labels in a column: one for a string, several for an array, none where it is missing or null.
    pub fn labels(&self, column: &str) -> Vec<&str> {
        match self.columns.get(column) {
            Some(Value::String(label)) => vec![label],
            Some(Value::Array(labels)) => labels.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The single label in a column.
    pub fn label(&self, column: &str) -> Option<&str> {
        self.labels(column).first().copied()
    }

    /// Whether the column holds a list, that is, a multi-label task.
    pub fn is_list(&self, column: &str) -> bool {
        matches!(self.columns.get(column), Some(Value::Array(_)))
    }
}

/// A data file that cannot be read. Messages name file and line, never the text.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be opened or is no UTF-8.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is no row.
    #[error("`{path}` line {line}: {what}")]
    Line {
        /// The file.
        path: String,
        /// Line number from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// No rows at all.
    #[error("`{path}` holds no rows")]
    Empty {
        /// The file.
        path: String,
    },
}

/// Reads a JSONL file; blank lines are skipped.
///
/// # Errors
/// [`DataError`] with file and line.
pub fn read_jsonl(path: &Path) -> Result<Vec<Row>, DataError> {
    let name = path.display().to_string();
    let content =
        std::fs::read_to_string(path).map_err(|source| DataError::Io { path: name.clone(), source })?;
    let mut rows = Vec::new();
    for (i, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        // serde_json quotes no input in its messages, only positions and types.
        let wrong = |what: String| DataError::Line { path: name.clone(), line: i + 1, what };
        let mut row: Row = serde_json::from_str(line).map_err(|e| wrong(e.to_string()))?;
        if row.text.trim().is_empty() {
            return Err(wrong("`text` is blank".into()));
        }
        if row.id.is_empty() {
            row.id = (i + 1).to_string();
        }
        if row.group.is_empty() {
            row.group.clone_from(&row.id);
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(DataError::Empty { path: name }) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Vec<Row>, DataError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.jsonl");
        std::fs::write(&path, content).unwrap();
        read_jsonl(&path)
    }

    #[test]
    fn reads_any_label_column() {
        let rows =
            read("{\"text\":\"버스가 안 와요\",\"field\":\"교통\",\"also\":[\"a\",\"b\"]}\n\n").unwrap();
        assert_eq!(rows[0].label("field"), Some("교통"));
        assert_eq!(rows[0].labels("also"), ["a", "b"]);
        assert!(rows[0].is_list("also") && !rows[0].is_list("field"));
        assert_eq!((rows[0].id.as_str(), rows[0].group.as_str()), ("1", "1"));
        assert_eq!(rows[0].label("nothing"), None);
        assert_eq!(read("{\"text\":\"x\",\"place\":null}").unwrap()[0].column("place"), Some(&Value::Null));
    }

    #[test]
    fn a_bad_line_is_named_without_its_text() {
        let error = read("{\"text\":\"하나\"}\n{\"text\":\"비밀\",}\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("비밀"), "{error}");
        assert!(read("{\"id\":\"x\"}").unwrap_err().to_string().contains("missing field `text`"));
        assert!(read("{\"text\":\" \"}").unwrap_err().to_string().contains("blank"));
        assert!(matches!(read("\n"), Err(DataError::Empty { .. })));
    }
}
