//! Which of the places named in a text it is about.

use super::{PlaceFound, PlaceKind};

/// Endings that make a place the end or the course of a journey.
const JOURNEY: &[&str] = &[
    "까지",
    "행",
    " 행",
    "방면",
    " 방면",
    "방향",
    " 방향",
    "으로 가",
    "로 가",
    "에 가",
    "가는",
    " 가는",
    "에서 오는",
    "에서 출발",
    " 출발",
    "발 ",
    "으로 출퇴근",
    "로 출퇴근",
    "으로 출근",
    "로 출근",
    "으로 이사",
    "로 이사",
    "부터",
    "으로 향",
    "로 향",
    "에서 타",
    "에서 전입",
    "으로 다니",
    "로 다니",
];
/// Endings that say only where the writer lives.
const HOME: &[&str] = &[
    "에 사는",
    "사는",
    " 사는",
    "에 살",
    " 살고",
    "살고",
    " 시민",
    "시민",
    " 주민",
    "주민",
    "에 거주",
    "거주",
    " 거주",
    "군민",
    " 군민",
];
/// Endings that make it the spot.
const SPOT: &[&str] = &[
    "에서",
    "에 ",
    "에도",
    "에는",
    " 앞",
    "앞",
    " 근처",
    "근처",
    " 인근",
    "인근",
    " 옆",
    "옆",
    " 뒤",
    "쪽",
    " 쪽",
    " 사거리",
    "사거리",
    " 입구",
    "입구",
    " 일대",
    "일대",
    " 도로",
    " 골목",
    " 주변",
    "주변",
    " 삼거리",
    "역",
    " 교차로",
    "의 ",
    " 건너편",
    " 맞은편",
    " 안에",
    " 광장",
];

/// The place with the most points; of equals the first.
pub(super) fn main(text: &str, found: Vec<PlaceFound>) -> Option<PlaceFound> {
    let mut best: Option<(i32, PlaceFound)> = None;
    for place in found {
        if place.kind == PlaceKind::Province && place.outside.is_none() && !place.ambiguous {
            continue;
        }
        let points = points(text, &place);
        if best.as_ref().is_none_or(|(most, _)| points > *most) {
            best = Some((points, place));
        }
    }
    best.map(|(_, place)| place)
}

fn points(text: &str, place: &PlaceFound) -> i32 {
    let narrow = match place.kind {
        PlaceKind::Province => 0,
        PlaceKind::Sigungu => 4,
        PlaceKind::Road => 5,
        PlaceKind::Gu | PlaceKind::Town => 6,
        PlaceKind::Eupmyeondong | PlaceKind::Ri | PlaceKind::Station | PlaceKind::Landmark => 8,
    };
    let after = &text[place.bytes.end..];
    let after = after.strip_prefix("시 ").map_or(after, |_| &after["시".len()..]);
    let begins = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
    let said = if begins(JOURNEY) {
        -5
    } else if begins(HOME) {
        -3
    } else if begins(SPOT) {
        2
    } else {
        0
    };
    let known = i32::from(place.sigungu.is_some()) - i32::from(place.outside.is_some());
    narrow + said + known
}
