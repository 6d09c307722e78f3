//! Figures in a text, and whether somebody said them: a reply may hold no number that no source holds.

use std::collections::BTreeSet;

/// Groups of digits of a text, without thousands separators: `24만 원, 031-120, 10,000명` gives 24, 031, 120, 10000.
/// A numbered list's own numbers at the start of a line do not count.
pub fn figures(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let line = without_number(line);
        let mut group = String::new();
        let chars: Vec<char> = line.chars().collect();
        for (n, c) in chars.iter().enumerate() {
            let between = !group.is_empty() && chars.get(n + 1).is_some_and(char::is_ascii_digit);
            if c.is_ascii_digit() {
                group.push(*c);
            } else if *c == '.' && between && !group.contains('.') {
                group.push('.');
            } else if *c == ',' && thousands(&chars[n + 1..]) && !group.is_empty() {
                // 10,000: one figure.
            } else if !group.is_empty() {
                found.insert(canonical(&std::mem::take(&mut group)));
            }
        }
        if !group.is_empty() {
            found.insert(canonical(&group));
        }
    }
    found
}

/// `1. ` or `2) ` at the start of a line.
fn without_number(line: &str) -> &str {
    let trimmed = line.trim_start();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let marked = [". ", ") "].iter().find_map(|mark| trimmed[digits..].strip_prefix(mark));
    if (1..=2).contains(&digits) { marked.unwrap_or(line) } else { line }
}

/// Exactly three digits follow.
fn thousands(after: &[char]) -> bool {
    after.iter().take_while(|c| c.is_ascii_digit()).count() == 3
}

/// 08 in a time or date is 8; 031 stays.
fn canonical(group: &str) -> String {
    match group.strip_prefix('0') {
        Some(rest) if rest.len() == 1 && rest != "." => rest.to_owned(),
        _ => group.to_owned(),
    }
}

/// Figures of `text` that stand in none of `said`.
pub fn unsaid<'a>(text: &str, said: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let known: BTreeSet<String> = said.into_iter().flat_map(figures).collect();
    figures(text).into_iter().filter(|figure| !known.contains(figure)).collect()
}

/// Numbers with hyphens that have the form of a Korean telephone number.
pub fn phones(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_digit() || c == '-';
    text.split(|c| !is_part(c))
        .filter(|word| is_phone(word.trim_matches('-')))
        .map(|w| w.trim_matches('-').to_owned())
        .collect()
}

/// 031-120, 1588-2504, 031-123-4567.
fn is_phone(word: &str) -> bool {
    let parts: Vec<usize> = word.split('-').map(str::len).collect();
    match parts.as_slice() {
        [first, second] => {
            (*first == 4 && *second == 4)
                || (word.starts_with('0') && (2..=3).contains(first) && (3..=4).contains(second))
        }
        [2..=4, 3..=4, 4] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("연 24만 원, 분기 6만 원", &["24", "6"])]
    #[case("10,000명", &["10000"])]
    #[case("1,234,567원", &["1234567"])]
    #[case("6.2만 원", &["6.2"])]
    #[case("19~39세, 20~53%", &["19", "20", "39", "53"])]
    #[case("031-120", &["031", "120"])]
    #[case("평일 08~22시", &["22", "8"])]
    #[case("1. 앱을 켜요\n2) 사진 3장", &["3"])]
    #[case("2026. 1. 8.", &["1", "2026", "8"])]
    #[case("서류, 20장", &["20"])]
    #[case("한 번에 두 장", &[])]
    fn digit_groups(#[case] text: &str, #[case] expected: &[&str]) {
        let found: Vec<String> = figures(text).into_iter().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_figure_that_no_fact_holds_is_found() {
        let facts = ["6~18세", "연 24만 원 한도"];
        assert_eq!(unsaid("6~18세는 연 12만 원까지", facts), ["12"]);
        assert!(unsaid("6~18세는 연 24만 원까지", facts).is_empty());
    }

    #[test]
    fn telephone_numbers_are_recognised() {
        let text = "문의 031-120, 1588-2504, 010-4419-7722. 2026-11-28까지, 6-18세";
        let found: Vec<String> = phones(text).into_iter().collect();
        assert_eq!(found, ["010-4419-7722", "031-120", "1588-2504"]);
    }
}
