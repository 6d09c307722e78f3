//! One table a kind: what is masked, how, and what beside it is not. The long tables are in `author_set.toml`.

use rstest::rstest;

use super::{LexiconError, Masker, PersonalDataKind, find, mask};

#[rstest]
#[case::resident("주민번호 900101-1000000입니다", "주민번호 [주민등록번호]입니다")]
#[case::resident_bad_date("번호 901301-1000000", "번호 901301-1000000")]
#[case::resident_hidden_tail("900101-1******", "[주민등록번호]")]
#[case::birthday("생년월일 900101", "생년월일 900101")]
#[case::foreigner("920303-6000000", "[외국인등록번호]")]
#[case::corporate("법인등록번호 110111-0000000", "법인등록번호 [법인등록번호]")]
#[case::timestamp("20261124103000 접수", "20261124103000 접수")]
#[case::mobile("010-0000-1234", "[전화번호]")]
#[case::spoken("공일공 공공공공 일이삼사로요", "[전화번호]로요")]
#[case::landline("031)000-1234", "[전화번호]")]
#[case::public_number("031-120, 112, 1588-1234", "031-120, 112, 1588-1234")]
#[case::email("citizen @ example.com", "[이메일]")]
#[case::handle("@경기도청", "@경기도청")]
#[case::card("4111-1111-1111-1111", "[카드번호]")]
#[case::not_luhn("4111-1111-1111-1112", "4111-1111-1111-1112")]
#[case::account("농협 301-0000-0000-01", "농협 [계좌번호]")]
#[case::amount("계좌로 1,200,000원", "계좌로 1,200,000원")]
#[case::receipt("입금 접수번호 2026-000123", "입금 접수번호 2026-000123")]
#[case::vehicle("경기 12 가 3456", "[차량번호]")]
#[case::not_a_plate("10조 2000억", "10조 2000억")]
#[case::passport("여권 M123A4567", "여권 [여권번호]")]
#[case::licence("경기 12-000000-34", "[운전면허번호]")]
#[case::licence_said("면허 경기 12-000000-34", "면허 [운전면허번호]")]
#[case::business("123-45-67890", "[사업자등록번호]")]
#[case::customs("P000000000001", "[개인통관고유부호]")]
#[case::ip("203.0.113.7", "[IP주소]")]
#[case::version("버전 1.2.3.4", "버전 1.2.3.4")]
#[case::road("수원시 팔달구 행복로 12-3, 101동 1203호", "수원시 팔달구 [주소]")]
#[case::lot("평택시 비전동 123-4번지", "평택시 비전동 [주소]")]
#[case::bare_road("행복로 12번 버스", "행복로 12번 버스")]
#[case::name("저는 김민수입니다", "저는 [이름]입니다")]
#[case::post_stays("담당 공무원 박지성 주무관", "담당 공무원 [이름] 주무관")]
#[case::title("기사님, 고객님", "기사님, 고객님")]
#[case::no_name("제 이름은 빼 주세요", "제 이름은 빼 주세요")]
fn masks(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text).text, expected);
}

#[test]
fn a_long_list_of_names_is_masked_to_its_end() {
    let names = [
        "김민수",
        "이영희",
        "박철수",
        "최지우",
        "정하늘",
        "조은주",
        "윤서연",
        "장민혁",
        "임도현",
        "한지민",
        "오세진",
    ];
    let masked = mask(&format!("신청인 {}", names.join(", ")));
    assert_eq!(masked.text, format!("신청인 {}", vec!["[이름]"; names.len()].join(", ")));
}

#[test]
fn a_placeholder_in_the_text_is_left_alone() {
    let text = "[이름] 님, [전화번호]로 연락 바랍니다";
    assert_eq!(mask(text).text, text);
    assert!(find(text).is_empty());
}

#[test]
fn each_kind_has_its_own_placeholder() {
    let mut placeholders: Vec<_> = PersonalDataKind::ALL.iter().map(|kind| kind.placeholder()).collect();
    placeholders.sort_unstable();
    placeholders.dedup();
    assert_eq!(placeholders.len(), PersonalDataKind::ALL.len());
}

#[test]
fn debug_says_neither_text_nor_datum() {
    let masked = mask("저는 김민수이고 010-0000-1234입니다");
    let shown = format!("{masked:?}{:?}", masked.found());
    assert!(shown.contains("Name") && shown.contains("Phone"), "{shown}");
    assert!(!shown.contains("김민수") && !shown.contains("1234") && !shown.contains("저는"), "{shown}");
}

#[test]
fn invisible_characters_do_not_hide_a_number() {
    assert_eq!(mask("010\u{200b}-0000-\u{feff}1234").text, "[전화번호]");
}

#[test]
fn a_range_inside_an_item_maps_to_the_placeholder() {
    let text = "번호 010-0000-1234 끝";
    let masked = mask(text);
    let digits = text.find("0000").expect("the middle group");
    assert_eq!(&masked.text[masked.to_masked(digits..digits + 4)], "[전화번호]");
    let end = text.find('끝').expect("the last word");
    assert_eq!(&masked.text[masked.to_masked(end..text.len())], "끝");
    let inside = masked.text.find("전화").expect("the placeholder");
    assert_eq!(&text[masked.to_original(inside..inside + 3)], "010-0000-1234");
}

#[rstest]
#[case::not_toml("names = [", "unclosed")]
#[case::missing_field("[names]\nsurnames = \"김\"\n[cues]\n", "missing field")]
fn a_broken_word_list_is_refused_with_its_place(#[case] text: &str, #[case] says: &str) {
    let error = Masker::parse(text, "words.toml").expect_err("the list is broken");
    let message = error.to_string();
    assert!(message.contains("words.toml") && message.contains("line"), "{message}");
    assert!(message.contains(says), "{message}");
}

#[test]
fn an_unknown_class_of_cues_is_refused() {
    let list =
        include_str!("../../../config/personal_data.toml").replace("\nname_label =", "\nname_labels =");
    let error = Masker::parse(&list, "words.toml").expect_err("the class is unknown");
    assert!(matches!(&error, LexiconError::UnknownClass { class, .. } if class == "name_labels"));
    assert!(error.to_string().contains("hint: known classes are `name_label`"));
}

#[test]
fn an_empty_word_is_refused() {
    let list = include_str!("../../../config/personal_data.toml").replace("\ncity = [", "\ncity = [\"\", ");
    let error = Masker::parse(&list, "words.toml").expect_err("a word is empty");
    assert!(matches!(&error, LexiconError::Empty { field, .. } if field == "cues.city"));
}
