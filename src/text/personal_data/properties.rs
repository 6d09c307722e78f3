//! What holds for every text: no panic, whole characters, masking twice is masking once, offsets agree, work is linear.

use proptest::collection::vec;
use proptest::prelude::*;

use super::lexicon::{BUNDLED_FILE, Lexicon};
use super::{Found, PersonalDataKind, find, mask, scan};

/// Pieces whose neighbourhood makes trouble: halves of numbers, cues, names, placeholders, separators.
const PIECES: [&str; 64] = [
    "010",
    "-",
    "0000",
    "1234",
    " ",
    "공일공",
    "이",
    "일",
    "영",
    "에",
    "다시",
    "900101",
    "1000000",
    "******",
    "031",
    ")",
    "(",
    "+82",
    "02",
    "계좌",
    "농협",
    "301-0000-0000-01",
    "카드",
    "4111",
    "1111",
    "12가",
    "3456",
    "경기",
    "M12345678",
    "P",
    "@",
    "example.com",
    "hong",
    "골뱅이",
    "네이버",
    "점",
    "192.168.0.1",
    "2001:db8::1",
    ":",
    "이름",
    "은 ",
    "성명: ",
    "김민수",
    "이영희",
    "저는 ",
    "입니다",
    " 씨",
    "님",
    ", ",
    "행복로",
    "길 ",
    "45",
    "번지",
    "101동",
    "1203호",
    "수원시 ",
    "[이름]",
    "[전화번호]",
    "[주소]",
    "\n",
    "사업자 123-45-67890",
    "피해자 ",
    "my name is ",
    "Kim",
];

fn pieces() -> impl Strategy<Value = String> {
    vec(proptest::sample::select(PIECES.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

/// A made-up identifier in some way of writing.
fn identifier() -> impl Strategy<Value = (PersonalDataKind, String)> {
    let separator = proptest::sample::select(vec!["-", ".", " ", "", " - ", "/", "ㅡ"]);
    let dashes = proptest::sample::select(vec!["-", " - ", "ㅡ", "–"]);
    let mobile = (0..10_000u32, separator)
        .prop_map(|(n, s)| (PersonalDataKind::Phone, format!("010{s}0000{s}{n:04}")));
    let landline = (200..1000u32, 0..10_000u32, dashes.clone())
        .prop_map(|(a, b, s)| (PersonalDataKind::Phone, format!("031{s}{a}{s}{b:04}")));
    let resident = (0..100u32, 1..=12u32, 1..=28u32, 1..=4u32, dashes).prop_map(|(y, m, d, g, s)| {
        (PersonalDataKind::ResidentNumber, format!("{y:02}{m:02}{d:02}{s}{g}000000"))
    });
    prop_oneof![mobile, landline, resident]
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let found = find(text);
    let mut done = 0;
    for Found { bytes, .. } in &found {
        prop_assert!(bytes.start >= done && bytes.start < bytes.end && bytes.end <= text.len());
        prop_assert!(text.is_char_boundary(bytes.start) && text.is_char_boundary(bytes.end));
        done = bytes.end;
    }
    let masked = mask(text);
    prop_assert_eq!(masked.found(), &found);
    prop_assert_eq!(&mask(&masked.text).text, &masked.text, "masking twice, from {:?}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_unicode_is_survived(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_mixture_of_troublesome_pieces_is_survived(text in pieces()) {
        check(&text)?;
    }

    #[test]
    fn any_korean_or_digits_are_survived(text in "[0-9가-힣공일이 .,:@()\\-]{0,80}") {
        check(&text)?;
    }

    #[test]
    fn no_digit_of_an_identifier_stays((kind, number) in identifier(), before in "[가나다라 ]{0,6}", after in "[ .,!]{0,3}") {
        let masked = mask(&format!("{before} {number}{after}"));
        prop_assert!(!masked.text.contains(|c: char| c.is_ascii_digit()), "{}", masked.text);
        prop_assert_eq!(masked.kinds(), vec![kind]);
    }

    #[test]
    fn offsets_agree_both_ways(text in pieces(), a in 0..400usize, b in 0..400usize) {
        let masked = mask(&text);
        let (start, end) = (a.min(b), a.max(b));
        let there = masked.to_masked(start..end);
        prop_assert!(there.start <= there.end && there.end <= masked.text.len());
        let back = masked.to_original(there.clone());
        let (start, end) = (start.min(text.len()), end.min(text.len()));
        prop_assert!(start == end || (back.start <= start && back.end >= end), "{start}..{end} came back as {back:?}");
        prop_assert_eq!(masked.to_masked(0..text.len()), 0..masked.text.len());
        prop_assert_eq!(masked.to_original(0..masked.text.len()), 0..text.len());
    }

    #[test]
    fn what_is_outside_of_items_is_the_same_text(text in pieces()) {
        let masked = mask(&text);
        let mut from = 0;
        for found in masked.found() {
            let there = masked.to_masked(from..found.bytes.start);
            if from < found.bytes.start {
                prop_assert_eq!(&masked.text[there], &text[from..found.bytes.start]);
            }
            prop_assert_eq!(&masked.text[masked.to_masked(found.bytes.clone())], found.kind.placeholder());
            from = found.bytes.end;
        }
    }
}

/// The text of 4,000 characters that is worst to read must not cost more a character than one of 500.
#[test]
fn work_is_linear_in_the_worst_texts() {
    let lexicon = Lexicon::parse(include_str!("../../../config/personal_data.toml"), BUNDLED_FILE)
        .expect("the bundled list is right");
    let worst = [
        "1",
        "0",
        "1-",
        "0 1",
        "공",
        "일공",
        "공일공 ",
        "이일",
        "0.",
        "1:",
        "a:",
        "김",
        "김민수",
        "김민수 ",
        "김민수, ",
        "이이이 ",
        "@",
        "a@",
        "@a.",
        "골뱅이",
        "로1",
        "길 1-",
        "1동",
        "1호 ",
        "101동 ",
        "(",
        ")",
        "(1",
        "+",
        "+8",
        "계좌1-",
        "농협 1234 ",
        "12가",
        "12가34 ",
        "이름",
        "이름은 ",
        "저는 ",
        "성명: ",
        "[이름]",
        "[이름], ",
        "my name is ",
        "my name is A ",
        "我叫",
        "P1",
        "M1 ",
        "- ",
        " ",
        "900101-",
        "900101",
        "010-0000-0000",
        "0100000",
        "4111",
        "다시1",
        "1에",
        "*",
        "900101-*",
        "입니다",
        "김민수입니다",
        "씨 ",
        "주소1",
        "응우옌 ",
        "응우옌 반 ",
        "김민수 이영희,",
    ];
    for piece in worst {
        let looks = |characters: usize| {
            let text: String = piece.chars().cycle().take(characters).collect();
            scan::find(&text, &lexicon).1 as f64 / characters as f64
        };
        let (short, long) = (looks(500), looks(4000));
        assert!(
            long <= short * 1.5 + 50.0,
            "`{piece}`: {short:.0} looks a character at 500, {long:.0} at 4,000"
        );
        assert!(long < 6000.0, "`{piece}`: {long:.0} looks a character");
    }
}
