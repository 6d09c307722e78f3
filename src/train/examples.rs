//! Rows made ready for training: tasks, label sets, targets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::options::TrainError;
use crate::data::Row;
use crate::domain::{HeadKind, HeadSpec};
use crate::text::personal_data::mask;

/// A head to train, written `NAME=COLUMN` or `NAME=COLUMN:WEIGHT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Name of the head.
    pub name: String,
    /// Column of the rows that holds its labels; a list column makes a multi-label head.
    pub column: String,
    /// Weight of its loss and of its validation score.
    pub weight: f64,
}

impl FromStr for Task {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('=').unwrap_or((text, text));
        let (column, weight) = rest.split_once(':').unwrap_or((rest, "1"));
        let weight = weight.parse::<f64>().ok().filter(|w| w.is_finite() && *w > 0.0);
        match weight {
            Some(weight) if !name.is_empty() && !column.is_empty() => {
                Ok(Self { name: name.to_owned(), column: column.to_owned(), weight })
            }
            _ => Err("expected `NAME=COLUMN` or `NAME=COLUMN:WEIGHT` with a positive weight".to_owned()),
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}:{}", self.name, self.column, self.weight)
    }
}

/// One text with the indices of its labels, task by task; an empty list is "not labelled" for a single-label task.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The text, canonical and masked, as the model meets it in service; folded only after typing errors are added.
    pub text: String,
    /// Label indices, one list a task.
    pub targets: Vec<Vec<usize>>,
}

/// Collects the label set of each task, in the order of `known` where given, else alphabetical.
///
/// # Errors
/// [`TrainError::Invalid`] for a task with fewer than two labels.
pub fn label_sets(
    tasks: &[Task],
    rows: &[Row],
    known: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Result<Vec<HeadSpec>, TrainError> {
    tasks
        .iter()
        .map(|task| {
            let found: BTreeSet<&str> = rows.iter().flat_map(|row| row.labels(&task.column)).collect();
            if found.len() < 2 {
                return Err(TrainError::Invalid(format!(
                    "task `{}`: column `{}` has {} label(s) in the training rows, two are needed",
                    task.name,
                    task.column,
                    found.len()
                )));
            }
            let known = known(&task.name).unwrap_or_default();
            let rest =
                found.iter().filter(|label| !known.iter().any(|k| k == *label)).map(ToString::to_string);
            let mut labels: Vec<String> =
                known.iter().filter(|label| found.contains(label.as_str())).cloned().collect();
            labels.extend(rest);
            let multi = rows.iter().any(|row| row.is_list(&task.column));
            let kind = if multi { HeadKind::Multi } else { HeadKind::Single };
            Ok(HeadSpec { name: task.name.clone(), labels, kind })
        })
        .collect()
}

/// Turns rows into examples.
///
/// # Errors
/// [`TrainError::Invalid`] for a label that the heads do not know, with the row's id.
pub fn examples(tasks: &[Task], heads: &[HeadSpec], rows: &[Row]) -> Result<Vec<Example>, TrainError> {
    let index: Vec<BTreeMap<&str, usize>> = heads
        .iter()
        .map(|head| head.labels.iter().enumerate().map(|(i, label)| (label.as_str(), i)).collect())
        .collect();
    rows.iter()
        .map(|row| {
            let target = |(task, index): (&Task, &BTreeMap<&str, usize>)| {
                let find = |label: &str| {
                    index.get(label).copied().ok_or_else(|| {
                        TrainError::Invalid(format!(
                            "row `{}`: label `{label}` of `{}` does not occur in the training rows",
                            row.id, task.column
                        ))
                    })
                };
                row.labels(&task.column).into_iter().map(find).collect::<Result<Vec<_>, _>>()
            };
            let targets = tasks.iter().zip(&index).map(target).collect::<Result<_, _>>()?;
            let text = crate::text::normalise::parse(&row.text)
                .map_err(|e| TrainError::Invalid(format!("row `{}`: {e}", row.id)))?;
            Ok(Example { text: mask(text.as_str()).text, targets })
        })
        .collect()
}

/// Weight of each class of each task: `(examples / (labels · count)) ^ balance`, 1 for multi-label tasks.
pub fn class_weights(heads: &[HeadSpec], examples: &[Example], balance: f64) -> Vec<Vec<f32>> {
    let weights = |(task, head): (usize, &HeadSpec)| {
        let mut counts = vec![0usize; head.labels.len()];
        for &label in examples.iter().flat_map(|e| &e.targets[task]) {
            counts[label] += 1;
        }
        let total: usize = counts.iter().sum();
        let weight = |&count: &usize| {
            let even = total as f64 / (counts.len() * count.max(1)) as f64;
            if head.kind == HeadKind::Multi { 1.0 } else { even.powf(balance) as f32 }
        };
        counts.iter().map(weight).collect()
    };
    heads.iter().enumerate().map(weights).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(labels: &[&str]) -> Vec<Row> {
        let row = |(i, label): (usize, &&str)| {
            serde_json::from_value(serde_json::json!({"id": i.to_string(), "text": "글", "field": label}))
                .unwrap()
        };
        labels.iter().enumerate().map(row).collect()
    }

    #[test]
    fn tasks_are_parsed_and_shown() {
        let task: Task = "department=dept:2".parse().unwrap();
        assert_eq!((task.name.as_str(), task.column.as_str(), task.weight), ("department", "dept", 2.0));
        assert_eq!("field".parse::<Task>().unwrap().to_string(), "field=field:1");
        assert!("a=b:-1".parse::<Task>().is_err() && "=b".parse::<Task>().is_err());
    }

    #[test]
    fn known_labels_come_first_and_unknown_ones_of_validation_are_refused() {
        let tasks = ["f=field".parse().unwrap()];
        let train = rows(&["z", "a", "m", "a"]);
        let heads = label_sets(&tasks, &train, &|_| Some(vec!["m".into(), "q".into()])).unwrap();
        assert_eq!(heads[0].labels, ["m", "a", "z"]);
        let error = examples(&tasks, &heads, &rows(&["new"])).unwrap_err().to_string();
        assert_eq!(error, "row `0`: label `new` of `field` does not occur in the training rows");
        assert!(label_sets(&tasks, &rows(&["a", "a"]), &|_| None).is_err());
    }

    #[test]
    fn rare_classes_weigh_more() {
        let tasks = ["f=field".parse().unwrap()];
        let train = rows(&["a", "a", "a", "b"]);
        let heads = label_sets(&tasks, &train, &|_| None).unwrap();
        let made = examples(&tasks, &heads, &train).unwrap();
        let full = class_weights(&heads, &made, 1.0);
        assert!((full[0][0] - 4.0 / 6.0).abs() < 1e-6 && (full[0][1] - 2.0).abs() < 1e-6);
        assert_eq!(class_weights(&heads, &made, 0.0), [[1.0, 1.0]]);
    }
}
