//! A case as drift sees it, from a file of answers, labelled rows or exported cases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::data::DataError;

/// Columns that say which case it is and nothing about it.
const IDENTITY: [&str; 9] =
    ["id", "case_id", "group", "text", "masked_text", "external_id", "received_at", "date", "decided_at"];
/// A column with more values than this is free text or an id.
const MOST_VALUES: usize = 100;

/// One case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Its id, or the line number.
    pub id: String,
    /// Its text, masked where the file has it masked.
    pub text: Option<String>,
    /// Labels and other columns of few values.
    pub labels: BTreeMap<String, String>,
    /// Confidence by head.
    pub confidence: BTreeMap<String, f64>,
    /// The model's embedding; empty where no model was asked.
    pub embedding: Vec<f32>,
}

/// Reads a JSONL file of answers (`{"department": {"code", "confidence"}, …}`), rows (`{"department": "roads", …}`) or
/// exported cases (either, with the model's word under `predictions`). Lines that hold an `error` are left out.
///
/// # Errors
/// [`DataError`] with file and line.
pub fn read(path: &Path) -> Result<Vec<Record>, DataError> {
    let name = path.display().to_string();
    let content =
        std::fs::read_to_string(path).map_err(|source| DataError::Io { path: name.clone(), source })?;
    let mut records = Vec::new();
    for (i, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: String| DataError::Line { path: name.clone(), line: i + 1, what };
        let value: Value = serde_json::from_str(line).map_err(|e| wrong(e.to_string()))?;
        let fields = value.as_object().ok_or_else(|| wrong("expected an object".into()))?;
        if fields.contains_key("error") {
            continue;
        }
        let word = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut record = Record {
            id: word("id").or_else(|| word("case_id")).unwrap_or_else(|| (i + 1).to_string()),
            text: word("masked_text").or_else(|| word("text")),
            ..Record::default()
        };
        let predictions = fields.get("predictions").and_then(Value::as_object);
        // What the model said comes last: drift is about the model's answers where there are any.
        for (name, value) in fields.iter().chain(predictions.into_iter().flatten()) {
            record.take(name, value);
        }
        records.push(record);
    }
    if records.is_empty() {
        return Err(DataError::Empty { path: name });
    }
    drop_free_text(&mut records);
    Ok(records)
}

impl Record {
    fn take(&mut self, name: &str, value: &Value) {
        if IDENTITY.contains(&name) {
            return;
        }
        if let Some(label) = value.as_str().or_else(|| value.get("code")?.as_str()) {
            self.labels.insert(name.to_owned(), label.to_owned());
        }
        if let Some(confidence) = value.get("confidence").and_then(Value::as_f64) {
            self.confidence.insert(name.to_owned(), confidence);
        }
    }
}

fn drop_free_text(records: &mut [Record]) {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, label) in records.iter().flat_map(|record| &record.labels) {
        values.entry(name.clone()).or_default().insert(label.clone());
    }
    for record in records {
        record.labels.retain(|name, _| values[name].len() <= MOST_VALUES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(content: &str) -> Result<Vec<Record>, DataError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cases.jsonl");
        std::fs::write(&path, content).unwrap();
        read(&path)
    }

    #[test]
    fn answers_rows_and_exported_cases_are_read_alike() {
        let read = records(concat!(
            r#"{"id":"a","masked_text":"가로등","department":{"code":"roads","confidence":0.9},"decision":"route"}"#,
            "\n",
            r#"{"id":"b","text":"가로등","department":"roads","group":"g"}"#,
            "\n",
            r#"{"text":"가로등","department":"safety","predictions":{"department":{"code":"roads","confidence":0.4}}}"#,
            "\n",
            r#"{"id":"d","error":{"line":4}}"#,
        ))
        .unwrap();
        assert_eq!(read.len(), 3);
        assert!(
            read.iter().all(|r| r.labels["department"] == "roads" && r.text.as_deref() == Some("가로등"))
        );
        assert_eq!(read[2].confidence["department"].to_bits(), 0.4f64.to_bits());
        assert_eq!(read[2].id, "3");
        assert!(!read[1].labels.contains_key("group"));
    }

    #[test]
    fn a_bad_line_is_named_without_its_text() {
        let error = records("{}\n[\"비밀\"]\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("비밀"), "{error}");
        assert!(matches!(records("\n"), Err(DataError::Empty { .. })));
    }
}
