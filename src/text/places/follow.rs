//! What may stand beside a name: word boundaries, particles (조사), endings and nouns that go with places.

/// Particles and endings after which anything may come, and nouns that follow a place without a space.
const OPEN: &[&str] = &[
    "에서",
    "에는",
    "에도",
    "에",
    "으로",
    "까지",
    "부터",
    "이나",
    "이랑",
    "이고",
    "이에",
    "이예",
    "이요",
    "이라",
    "이며",
    "인데",
    "인가",
    "입니",
    "이든",
    "하고",
    "보다",
    "처럼",
    "쪽",
    "사는",
    "살고",
    "살아",
    "살며",
    "살면",
    "삽니",
    "시민",
    "시청",
    "시내",
    "시의회",
    "시장",
    "시에",
    "시의",
    "군민",
    "군청",
    "군에",
    "구청",
    "역",
    "터미널",
    "톨게이트",
    "나들목",
    "분기점",
    "휴게소",
    "지역",
    "지구",
    "근처",
    "인근",
    "앞",
    "주민",
    "방면",
    "방향",
    "관내",
    "소재",
    "경찰",
    "소방",
    "세무",
    "교육",
    "보건",
    "병원",
    "대학",
    "초등",
    "중학",
    "고등",
    "여고",
    "여중",
    "고속",
    "버스",
    "북부",
    "남부",
    "동부",
    "서부",
    "읍내",
    "신도시",
    "거주",
    "출발",
    "도착",
    "전역",
    "일대",
    "외곽",
    "도심",
    "맘",
    "페이",
    "사랑",
    "문화",
    "도시",
    "센터",
    "체육",
    "종합",
    "아파트",
    "공장",
    "물류",
    "농협",
    "축협",
    "사거리",
    "삼거리",
    "오거리",
    "교차로",
    "톨",
    "번지",
    "파출",
    "지구대",
    "우체",
    "행정",
    "도서관",
    "공원",
    "성당",
    "산업",
    "공단",
    "택지",
    "같은",
    "뿐",
    "마저",
    "조차",
    "요양",
    "시립",
    "군립",
    "노선",
    "도로",
    "마을",
    "가는",
    "오는",
    "있는",
    "주변",
    "안쪽",
    "뒤",
    "옆",
    "입구",
    "사람",
    "댁",
];

/// Particles of one syllable, of which many are also the beginning of another word: the word must end there.
const CLOSED: &[&str] = &[
    "은", "는", "이", "가", "을", "를", "도", "로", "과", "와", "만", "랑", "서", "엔", "의", "요", "인",
    "임", "발", "행", "시", "군", "구", "읍", "내", "은요", "는요", "로는", "로도", "로의", "만의", "과의",
    "와의", "도요",
];

/// Beginnings that say: here is a spot, not merely a word.
const LOCATIVE: &[&str] = &[
    "에서",
    "에 ",
    "에는",
    "에도",
    "에만",
    "에선",
    "까지",
    "부터",
    "쪽",
    "사는",
    "시청",
    "시민",
    "군청",
    "구청",
    "으로 ",
    "방면",
    "관내",
    "역",
    "주민",
    "사거리",
    " 사거리",
    "시 ",
    "군 ",
    " 시청",
    " 사는",
    " 주민",
    " 사람",
    " 시민",
    " 근처",
    " 인근",
];

/// Nouns that only follow the name of a 읍·면·동.
const TOWN_HALL: &[&str] = &[
    "주민센터",
    "행정복지센터",
    "사거리",
    "우체국",
    "파출소",
    "지구대",
    "성당",
    "초등학교",
    "중학교",
    "번지",
    "주민들",
];

/// Whether a character belongs to a word, so that a name may not begin right after it.
pub(super) fn is_word(c: char) -> bool {
    matches!(c, '가'..='힣') || c.is_ascii_alphanumeric()
}

/// Whether a name may begin here.
pub(super) fn free_before(before: &str) -> bool {
    !before.chars().next_back().is_some_and(is_word)
}

/// Whether the full name of a 시·군 may begin here although a word runs into it (`저는수원시에`).
pub(super) fn glued_before(before: &str) -> bool {
    before.chars().next_back().is_some_and(|c| "는은도요다서에로".contains(c))
}

/// Whether a bare name may end here: no word goes on, or a particle or a noun of place does.
pub(super) fn bare_may_end(after: &str) -> bool {
    match after.chars().next() {
        Some('가'..='힣') => {}
        _ => return true,
    }
    OPEN.iter().any(|open| after.starts_with(open))
        || CLOSED.iter().any(|closed| {
            after.strip_prefix(closed).is_some_and(|rest| !matches!(rest.chars().next(), Some('가'..='힣')))
        })
}

/// Whether a name with its suffix may end here; only words that begin with the suffix forbid it (`수원시작`, `정자동네`).
pub(super) fn full_may_end(name: &str, after: &str) -> bool {
    let Some(next) = after.chars().next() else {
        return true;
    };
    let forbidden = match name.chars().next_back() {
        Some('시') => "간작키켜킨킬켰",
        Some('동') => "네물작",
        Some('면') => "접허적제담",
        Some('읍') => "소",
        Some('구') => "역조",
        Some('군') => "인대",
        Some('역') => "할시량",
        _ => "",
    };
    !forbidden.contains(next)
}

/// Whether what follows speaks of a spot.
pub(super) fn is_locative(after: &str) -> bool {
    LOCATIVE.iter().any(|word| after.starts_with(word))
}

/// Whether what follows goes only with a 읍·면·동.
pub(super) fn is_town_hall(after: &str) -> bool {
    TOWN_HALL.iter().any(|word| after.starts_with(word))
}

/// Whether two names with this between them may be one specification: `양평군 용문면`, `양평의 용문면`, `부천시(중동)`.
pub(super) fn joins(between: &str) -> bool {
    let rest = ["에 있는", "에 위치한", "의", "에", "시", "쪽"]
        .iter()
        .find_map(|particle| between.strip_prefix(particle))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(between);
    rest.chars().count() <= 3
        && rest.chars().all(|c| c.is_whitespace() || matches!(c, '(' | ',' | '>' | '/' | '-' | '.'))
}
