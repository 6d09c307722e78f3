//! National and provincial roads by number: `국도 6호선`, `37번 국도`, `지방도 333호`.

use super::JurisdictionHint;

/// Words that a road number goes with, longest first, with the class they say.
pub(super) const CLASSES: &[&str] = &["국가지원지방도", "국지도", "지방도", "국도"];

/// A numbered or unnumbered road in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NumberedRoad {
    pub start: usize,
    pub end: usize,
    pub name: String,
    pub hint: JurisdictionHint,
}

/// Reads the road whose class stands at `text[start..end]`.
pub(super) fn read(text: &str, start: usize, end: usize) -> Option<NumberedRoad> {
    let class = match &text[start..end] {
        "국도" => "국도",
        "지방도" => "지방도",
        _ => "국지도",
    };
    let hint = if class == "국도" { JurisdictionHint::OtherAgency } else { JurisdictionHint::Province };
    let glued =
        text[..start].chars().next_back().is_some_and(|c| matches!(c, '가'..='힣') && c != '번' && c != '호');
    if let Some((number, from)) = number_before(&text[..start]) {
        return Some(NumberedRoad { start: from, end, name: format!("{class} {number}호선"), hint });
    }
    if glued && !text[..start].ends_with("일반") {
        return None;
    }
    if let Some((number, length)) = number_after(&text[end..]) {
        return Some(NumberedRoad {
            start, end: end + length, name: format!("{class} {number}호선"), hint
        });
    }
    let after = &text[end..];
    let road = match after.chars().next() {
        Some('가'..='힣') => {
            ["에서", "에 ", "변", "를 ", "가 ", "는 ", "의 ", "와 ", "인데", "옆", "상에", "위에"]
                .iter()
                .any(|w| after.starts_with(w))
                || (class == "국도" && after.starts_with("로 "))
        }
        Some(c) => !c.is_ascii_alphanumeric(),
        None => true,
    };
    road.then(|| NumberedRoad { start, end, name: class.to_owned(), hint })
}

/// `37번 `, `6번`, `333호선 ` before the class: the number and where it begins.
fn number_before(before: &str) -> Option<(u32, usize)> {
    let trimmed = before.trim_end_matches(' ');
    let trimmed =
        ["번", "호선", "호"].iter().find_map(|unit| trimmed.strip_suffix(unit))?.trim_end_matches(' ');
    let digits = trimmed.bytes().rev().take(5).take_while(u8::is_ascii_digit).count();
    let number = road_number(&trimmed[trimmed.len() - digits..])?;
    let start = trimmed.len() - digits;
    let ordinal = trimmed[..start].strip_suffix('제').map_or(start, str::len);
    Some((number, ordinal))
}

/// ` 6호선`, `37`, ` 제77호선` after the class: the number and the length of it all.
fn number_after(after: &str) -> Option<(u32, usize)> {
    let rest = after.trim_start_matches([' ', '제']);
    let skipped = after.len() - rest.len();
    if skipped > 5 {
        return None;
    }
    let digits = rest.bytes().take(5).take_while(u8::is_ascii_digit).count();
    let number = road_number(&rest[..digits])?;
    let unit = ["호선", "호", "번"]
        .iter()
        .find(|unit| rest[digits..].starts_with(**unit))
        .map_or(0, |unit| unit.len());
    // `국도 3차로`, `국도 2km`: a bare number must not run into another unit.
    if unit == 0
        && rest[digits..]
            .chars()
            .next()
            .is_some_and(|c| super::follow::is_word(c) && !"을를에은는이가의".contains(c))
    {
        return None;
    }
    Some((number, skipped + digits + unit))
}

/// Numbers of roads have one to four digits and no leading nought.
fn road_number(digits: &str) -> Option<u32> {
    (!digits.starts_with('0') && digits.len() <= 4).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("국도 6호선에 고라니", "국도", Some("국도 6호선"), "국도 6호선")]
    #[case("37번 국도에서", "국도", Some("국도 37호선"), "37번 국도")]
    #[case("지방도 333호가", "지방도", Some("지방도 333호선"), "지방도 333호")]
    #[case("제3호 국도", "국도", Some("국도 3호선"), "제3호 국도")]
    #[case("국도 2차로에서", "국도", Some("국도"), "국도")]
    #[case("국도비 지원", "국도", None, "")]
    #[case("전국도서관", "국도", None, "")]
    #[case("국지도 88호선", "국지도", Some("국지도 88호선"), "국지도 88호선")]
    #[case("지방도시 소멸", "지방도", None, "")]
    fn roads(#[case] text: &str, #[case] class: &str, #[case] name: Option<&str>, #[case] span: &str) {
        let start = text.find(class).unwrap();
        let road = read(text, start, start + class.len());
        assert_eq!(road.as_ref().map(|r| r.name.as_str()), name);
        assert_eq!(road.map_or("", |r| &text[r.start..r.end]), span);
    }
}
