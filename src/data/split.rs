//! Splitting rows without cutting through a group.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Row;

/// Takes about `share` of the rows out, whole groups at a time; the same seed gives the same split whatever the
/// order of the rows.
pub fn hold_out(rows: Vec<Row>, share: f64, seed: u64) -> (Vec<Row>, Vec<Row>) {
    let wanted = (rows.len() as f64 * share).round() as usize;
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.group.clone()).or_default().push(row);
    }
    let mut groups: Vec<Vec<Row>> = groups.into_values().collect();
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let (mut kept, mut held) = (Vec::new(), Vec::new());
    for group in groups {
        if held.len() < wanted { held.extend(group) } else { kept.extend(group) }
    }
    (kept, held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(id: usize, group: usize) -> Row {
        serde_json::from_value(
            serde_json::json!({"id": id.to_string(), "text": "x", "group": group.to_string()}),
        )
        .unwrap()
    }

    proptest! {
        #[test]
        fn no_group_is_on_both_sides(groups in proptest::collection::vec(0usize..12, 1..60), seed: u64) {
            let rows: Vec<Row> = groups.iter().enumerate().map(|(i, &g)| row(i, g)).collect();
            let (kept, held) = hold_out(rows.clone(), 0.25, seed);
            prop_assert_eq!(kept.len() + held.len(), rows.len());
            prop_assert!(kept.iter().all(|a| held.iter().all(|b| a.group != b.group)));
        }
    }
}
