//! What a data set must be before anything is trained or judged on it.
//!
//! Refused: unknown codes, missing labels, texts that are not NFC or not canonical, duplicates, near-duplicates and
//! groups across splits, personal data that could be real, and departments that one word gives away.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use unicode_normalization::is_nfc;

use super::Row;
use crate::domain::{Channel, DEPARTMENT, HEADS, Taxonomy};
use crate::text::normalise::parse;
use crate::text::personal_data::{PersonalDataKind, find};

/// From this Jaccard similarity of character trigrams on, two texts on different sides of a split are near-duplicates.
const NEAR: f64 = 0.6;
/// Texts with fewer trigrams are compared for equality only: two greetings are not leaked data.
const FEWEST_GRAMS: usize = 8;
/// Largest share of a department's rows that may hold one and the same word that nearly no other department uses.
const KEYWORD_SHARE: f64 = 0.5;
/// A word gives its department away if this share of the rows that hold it are the department's.
const KEYWORD_PURITY: f64 = 0.9;

/// Digits of the shortest whole telephone number.
const FEWEST_PHONE_DIGITS: usize = 9;

/// A data set with the name that findings use for it.
pub struct Named<'a> {
    /// For instance `train`.
    pub name: &'a str,
    /// Its rows.
    pub rows: &'a [Row],
}

/// Checks one or more data sets against the scheme and against each other; an empty list is a pass. Findings name
/// rows by id and never hold their text.
pub fn check(sets: &[Named<'_>], taxonomy: &Taxonomy) -> Vec<String> {
    let mut findings = Vec::new();
    for set in sets {
        for row in set.rows {
            findings.extend(
                row_faults(row, taxonomy).into_iter().map(|f| format!("{} `{}`: {f}", set.name, row.id)),
            );
        }
        findings.extend(duplicates(set));
        findings.extend(keywords(set));
    }
    for (i, a) in sets.iter().enumerate() {
        for b in &sets[i + 1..] {
            findings.extend(across(a, b));
        }
    }
    findings
}

fn row_faults(row: &Row, taxonomy: &Taxonomy) -> Vec<String> {
    let mut faults = Vec::new();
    for head in HEADS {
        match row.label(head) {
            None => faults.push(format!("`{head}` is missing")),
            Some(code) if taxonomy.label(head, code).is_none() => {
                faults.push(format!("`{head}` has no code `{code}`"));
            }
            Some(_) => {}
        }
    }
    for code in row.labels("also") {
        if taxonomy.label(DEPARTMENT, code).is_none() {
            faults.push(format!("`also` has an unknown code `{code}`"));
        }
    }
    if row.label("channel").is_none_or(|name| name.parse::<Channel>().is_err()) {
        faults.push("`channel` is missing or unknown".into());
    }
    if row.label("language").is_none() {
        faults.push("`language` is missing".into());
    }
    if !is_nfc(&row.text) {
        faults.push("the text is not NFC".into());
    }
    if parse(&row.text).is_err() {
        faults.push("the text is blank or too long".into());
    }
    faults.extend(personal_data(row));
    faults
}

/// Numbers that somebody could hold. Invented mobile numbers (010-0000-…) and names are allowed: the guide wants
/// rows that look like life.
fn personal_data(row: &Row) -> Vec<String> {
    let could_be_real = |kind: PersonalDataKind, surface: &str| match kind {
        PersonalDataKind::Name | PersonalDataKind::Address => false,
        _ => {
            let digits: String = surface.chars().filter(char::is_ascii_digit).collect();
            let whole = kind != PersonalDataKind::Phone || digits.len() >= FEWEST_PHONE_DIGITS;
            whole && !digits.contains("0000") && !surface.contains(['*', 'x', 'X', '○'])
        }
    };
    find(&row.text)
        .into_iter()
        .filter(|found| could_be_real(found.kind, &row.text[found.bytes.clone()]))
        .map(|found| format!("holds what could be a real {}", found.kind.placeholder()))
        .collect()
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn trigrams(text: &str) -> BTreeSet<[char; 3]> {
    let chars: Vec<char> = squeezed(text).chars().collect();
    chars.windows(3).map(|w| [w[0], w[1], w[2]]).collect()
}

fn duplicates(set: &Named<'_>) -> Vec<String> {
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    let mut texts: HashMap<String, &Row> = HashMap::new();
    let mut found = Vec::new();
    for row in set.rows {
        *ids.entry(&row.id).or_default() += 1;
        if let Some(first) = texts.insert(squeezed(&row.text), row) {
            found.push(format!("{} `{}`: the same text as `{}`", set.name, row.id, first.id));
        }
    }
    found.extend(
        ids.into_iter()
            .filter(|(_, n)| *n > 1)
            .map(|(id, n)| format!("{} `{id}`: {n} rows with this id", set.name)),
    );
    found
}

/// Groups, texts and near-duplicates that stand on both sides of a split.
fn across(a: &Named<'_>, b: &Named<'_>) -> Vec<String> {
    let groups: BTreeSet<&str> = a.rows.iter().map(|row| row.group.as_str()).collect();
    let exact: HashMap<String, &str> =
        a.rows.iter().map(|row| (squeezed(&row.text), row.id.as_str())).collect();
    let grams: Vec<BTreeSet<[char; 3]>> = a.rows.iter().map(|row| trigrams(&row.text)).collect();
    let mut index: HashMap<[char; 3], Vec<usize>> = HashMap::new();
    for (i, set) in grams.iter().enumerate() {
        for gram in set {
            index.entry(*gram).or_default().push(i);
        }
    }
    let mut found = Vec::new();
    for row in b.rows {
        let mut tell = |what: String| found.push(format!("{} `{}`: {what}", b.name, row.id));
        if groups.contains(row.group.as_str()) {
            tell(format!("its group `{}` is in {} too", row.group, a.name));
        }
        if let Some(id) = exact.get(&squeezed(&row.text)) {
            tell(format!("the same text as {} `{id}`", a.name));
            continue;
        }
        let own = trigrams(&row.text);
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for i in own.iter().filter_map(|gram| index.get(gram)).flatten() {
            *shared.entry(*i).or_default() += 1;
        }
        let jaccard = |(&i, &n): (&usize, &usize)| (n as f64 / (own.len() + grams[i].len() - n) as f64, i);
        let closest = shared.iter().map(jaccard).max_by(|x, y| x.0.total_cmp(&y.0).then(y.1.cmp(&x.1)));
        if let Some((similarity, i)) = closest.filter(|(s, _)| *s >= NEAR && own.len() >= FEWEST_GRAMS) {
            tell(format!("near-duplicate ({similarity:.2}) of {} `{}`", a.name, a.rows[i].id));
        }
    }
    found
}

/// Words that give a department away: in over half of its rows, and nearly nowhere else. Words are stems of two
/// syllables at the beginning of a word, so that endings do not hide them.
fn keywords(set: &Named<'_>) -> Vec<String> {
    let mut total: HashMap<String, usize> = HashMap::new();
    let mut by_department: BTreeMap<&str, (usize, HashMap<String, usize>)> = BTreeMap::new();
    for row in set.rows.iter().filter(|row| row.label("language") == Some("ko")) {
        let Some(department) = row.label(DEPARTMENT) else { continue };
        let (rows, words) = by_department.entry(department).or_default();
        *rows += 1;
        let stems: BTreeSet<String> = row
            .text
            .split(|c: char| !c.is_alphanumeric())
            .map(|word| word.chars().take(2).collect::<String>())
            .filter(|stem| stem.chars().count() == 2)
            .collect();
        for stem in stems {
            *total.entry(stem.clone()).or_default() += 1;
            *words.entry(stem).or_default() += 1;
        }
    }
    let mut found = Vec::new();
    for (department, (rows, words)) in &by_department {
        for (stem, &n) in words {
            let pure = n as f64 / total[stem] as f64 >= KEYWORD_PURITY;
            if pure && *rows >= 20 && n as f64 / *rows as f64 > KEYWORD_SHARE {
                found.push(format!("{}: `{stem}` gives `{department}` away in {n} of {rows} rows", set.name));
            }
        }
    }
    found.sort();
    found
}

/// Rows by label of each head, channel and language, in order of the label.
pub fn distribution(rows: &[Row]) -> BTreeMap<&'static str, BTreeMap<String, usize>> {
    let mut all = BTreeMap::new();
    for column in HEADS.into_iter().chain(["channel", "language", "tags"]) {
        let mut counts = BTreeMap::new();
        for label in rows.iter().flat_map(|row| row.labels(column)) {
            *counts.entry(label.to_owned()).or_default() += 1;
        }
        all.insert(column, counts);
    }
    let mut lengths = BTreeMap::new();
    for row in rows {
        let band = match row.text.chars().count() {
            0..25 => "1–24",
            25..80 => "25–79",
            80..300 => "80–299",
            _ => "300+",
        };
        *lengths.entry(band.to_owned()).or_default() += 1;
    }
    all.insert("characters", lengths);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, text: &str, change: &serde_json::Value) -> Row {
        let mut json = serde_json::json!({
            "id": id, "text": text, "channel": "web", "department": "roads", "urgency": "normal",
            "jurisdiction": "city_county", "kind": "other", "language": "ko", "group": id,
        });
        for (key, value) in change.as_object().into_iter().flatten() {
            json[key] = value.clone();
        }
        serde_json::from_value(json).unwrap()
    }

    fn findings(train: &[Row], test: &[Row]) -> Vec<String> {
        let sets = [Named { name: "train", rows: train }, Named { name: "test", rows: test }];
        check(&sets, &Taxonomy::bundled())
    }

    #[test]
    fn sound_rows_pass() {
        let none = serde_json::json!({});
        let train = [row("a", "가로등이 사흘째 꺼져 있어서 밤길이 무섭습니다", &none)];
        let test = [row("b", "보도블록이 들떠서 할머니가 넘어질 뻔했어요", &none)];
        assert_eq!(findings(&train, &test), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        let json = |v: serde_json::Value| v;
        let cases = [
            (row("x", "글입니다", &json(serde_json::json!({"department": "space"}))), "no code `space`"),
            (row("x", "글입니다", &json(serde_json::json!({"kind": null}))), "`kind` is missing"),
            (row("x", "글입니다", &json(serde_json::json!({"channel": "fax"}))), "`channel`"),
            (row("x", "글입니다", &json(serde_json::json!({"also": ["space"]}))), "`also`"),
            (row("x", "\u{1100}\u{1161}", &json(serde_json::json!({}))), "NFC"),
            (row("x", "연락은 010-2345-6789 로 주세요", &json(serde_json::json!({}))), "real [전화번호]"),
        ];
        for (row, part) in cases {
            let found = findings(&[row], &[]);
            assert!(found.iter().any(|f| f.contains(part)), "{part}: {found:?}");
        }
        let invented = row("x", "연락은 010-0000-1234 로 주세요", &serde_json::json!({}));
        assert_eq!(findings(&[invented], &[]), Vec::<String>::new());
    }

    #[test]
    fn leaks_between_splits_are_found() {
        let none = serde_json::json!({});
        let text = "가로등이 사흘째 꺼져 있어서 밤길이 정말 무섭습니다 빨리 고쳐 주세요";
        let train = [row("a", text, &none)];
        let same = findings(&train, &[row("b", &text.replace(' ', ""), &none)]);
        assert!(same[0].contains("the same text as train `a`"), "{same:?}");
        let near = findings(&train, &[row("c", &format!("{text} 네?"), &none)]);
        assert!(near[0].contains("near-duplicate"), "{near:?}");
        let group = findings(&train, &[row("d", "전혀 다른 이야기", &serde_json::json!({"group": "a"}))]);
        assert!(group[0].contains("its group `a`"), "{group:?}");
    }

    #[test]
    fn a_word_that_gives_the_department_away_is_found() {
        let mut rows: Vec<Row> = (0..30)
            .map(|i| row(&format!("a{i}"), &format!("포트홀이 {i}번째"), &serde_json::json!({})))
            .collect();
        rows.extend((0..30).map(|i| {
            row(&format!("b{i}"), &format!("고양이 {i}마리"), &serde_json::json!({"department": "animal"}))
        }));
        let found = findings(&rows, &[]);
        assert!(found.iter().any(|f| f.contains("`포트` gives `roads` away")), "{found:?}");
    }
}
