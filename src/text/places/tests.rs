//! Tests of this room.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static PLACES: LazyLock<Places> = LazyLock::new(Places::bundled);
const AUTHOR_SET: &str = include_str!("author_set.tsv");

/// A place as the author set writes it.
fn written(place: Option<&PlaceFound>) -> String {
    let Some(place) = place else { return "-".to_owned() };
    let whereabouts = if place.ambiguous {
        format!("? {}", place.candidates.join(", "))
    } else if let Some(outside) = &place.outside {
        format!("밖 {outside}")
    } else {
        [place.sigungu.as_deref(), place.gu.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    match &place.detail {
        Some(detail) if whereabouts.is_empty() => detail.clone(),
        Some(detail) => format!("{whereabouts} : {detail}"),
        None => whereabouts,
    }
}

fn author_set() -> Vec<(&'static str, &'static str)> {
    read(AUTHOR_SET)
}

fn read(set: &'static str) -> Vec<(&'static str, &'static str)> {
    set.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once('\t').expect("sentence, tab, place"))
        .collect()
}

#[test]
fn the_author_set_is_read_as_its_author_reads_it() {
    let wrong: Vec<String> = author_set()
        .into_iter()
        .filter_map(|(text, expected)| {
            let got = written(PLACES.main(text).as_ref());
            (got != expected).then(|| format!("{text}\n    expected {expected}\n    got      {got}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Sentences that no name or rule was written for: what a stranger's text may expect. 58 of 60 when it was written.
#[test]
fn the_fresh_set_is_mostly_read() {
    let fresh = read(include_str!("fresh_set.tsv"));
    let right =
        fresh.iter().filter(|(text, expected)| written(PLACES.main(text).as_ref()) == *expected).count();
    assert!(right * 100 >= fresh.len() * 95, "{right} of {}", fresh.len());
}

const CITIES: [&str; 31] = [
    "수원시",
    "용인시",
    "고양시",
    "화성시",
    "성남시",
    "부천시",
    "남양주시",
    "안산시",
    "평택시",
    "안양시",
    "시흥시",
    "파주시",
    "김포시",
    "의정부시",
    "광주시",
    "하남시",
    "광명시",
    "군포시",
    "양주시",
    "오산시",
    "이천시",
    "안성시",
    "구리시",
    "의왕시",
    "포천시",
    "여주시",
    "동두천시",
    "과천시",
    "양평군",
    "가평군",
    "연천군",
];

#[test]
fn all_31_are_found_with_and_without_suffix_and_particle() {
    for city in CITIES {
        let stem: String = city.chars().take(city.chars().count() - 1).collect();
        for text in [
            format!("{city}의 가로등"),
            format!("{city}에서 왔어요"),
            format!("{city}청 앞"),
            format!("경기도 {city}"),
        ] {
            let found = PLACES.find(&text);
            assert_eq!(found.last().and_then(|p| p.sigungu.as_deref()), Some(city), "{text}");
        }
        if city != "광주시" {
            for text in
                [format!("{stem}에서 왔어요"), format!("{stem}까지 얼마나"), format!("{stem} 시민입니다")]
            {
                assert_eq!(PLACES.main(&text).and_then(|p| p.sigungu).as_deref(), Some(city), "{text}");
            }
        }
    }
}

#[test]
fn spans_cover_the_specification_without_its_particle() {
    for (text, spans) in [
        ("어제 양평 용문면 마을길에서", vec!["양평 용문면"]),
        ("고양시청 앞", vec!["고양시"]),
        ("양평 ○○리 길가", vec!["양평 ○○리"]),
        ("경기도 수원시 팔달구 인계동에", vec!["경기도 수원시 팔달구 인계동"]),
        ("수원에서 용인까지", vec!["수원", "용인"]),
        ("양평 국도 6호선에", vec!["양평 국도 6호선"]),
        ("37번 국도와 지방도 333호", vec!["37번 국도", "지방도 333호"]),
        ("수언시 인계동", vec!["수언시 인계동"]),
    ] {
        let found = PLACES.find(text);
        assert_eq!(found.iter().map(|p| &text[p.bytes.clone()]).collect::<Vec<_>>(), spans, "{text}");
    }
}

#[test]
fn roads_hint_at_who_keeps_them() {
    use JurisdictionHint::{OtherAgency, Province};
    for (text, hint) in [
        ("영동고속도로 갓길", Some(OtherAgency)),
        ("국도 6호선 포트홀", Some(OtherAgency)),
        ("지방도 333호 낙석", Some(Province)),
        ("국지도 88호선 침수", Some(Province)),
        ("자유로 소음", None),
        ("양평 용문면 마을길", None),
    ] {
        assert_eq!(PLACES.main(text).unwrap().jurisdiction_hint, hint, "{text}");
    }
    assert_eq!(OtherAgency.code(), "other_agency");
    assert_eq!(Province.code(), "province");
}

#[test]
fn a_name_of_several_cities_is_never_given_to_one() {
    let found = PLACES.main("중앙동 골목이 어두워요").unwrap();
    assert!(found.ambiguous && found.sigungu.is_none() && found.gu.is_none());
    assert!(found.candidates.contains(&"과천시".to_owned()));
    let settled = PLACES.main("중앙동 골목이 어두워요. 과천입니다").unwrap();
    assert_eq!(
        (settled.ambiguous, settled.sigungu.as_deref(), settled.candidates.len()),
        (false, Some("과천시"), 0)
    );
    let elsewhere = PLACES.main("중앙동 골목이 어두워요. 수원입니다").unwrap();
    assert!(elsewhere.ambiguous, "수원 has no 중앙동");
}

#[test]
fn a_misspelt_city_is_marked() {
    assert!(PLACES.main("수언시에서 왔어요").unwrap().corrected);
    assert!(!PLACES.main("수원시에서 왔어요").unwrap().corrected);
}

#[test]
fn particles_do_not_hide_names() {
    for particle in [
        "에",
        "에서",
        "의",
        "은",
        "도",
        "까지",
        "부터",
        "쪽",
        "에는",
        "인데요",
        "입니다",
        ",",
        ".",
        ")",
        "\n",
        "이요",
        "하고",
    ] {
        let text = format!("양평{particle} 길이 막혔어요");
        assert_eq!(PLACES.main(&text).and_then(|p| p.sigungu).as_deref(), Some("양평군"), "{text}");
    }
}

#[test]
fn a_list_of_names_is_read_to_its_bound() {
    assert_eq!(PLACES.find(&"양평군. 수원시. ".repeat(200)).len(), 256);
}

#[test]
fn the_author_set_is_large_enough() {
    assert!(author_set().len() >= 200);
    let cities: std::collections::BTreeSet<_> = author_set()
        .into_iter()
        .filter_map(|(_, e)| CITIES.into_iter().find(|city| e.starts_with(city)))
        .collect();
    assert_eq!(cities.len(), 31);
}

#[test]
fn bad_files_are_refused() {
    let names = include_str!("../../../config/places.tsv");
    let rules = include_str!("../../../config/homographs.toml");
    let unknown = format!("{rules}\n[[name]]\ntext = \"아틀란티스\"\nnear = [\"바다\"]\n");
    let landmarks = include_str!("../../../config/landmarks.tsv");
    let error = Places::from_texts(names, landmarks, &unknown).unwrap_err();
    assert_eq!(error.to_string(), "`homographs.toml`, rule `아틀란티스`: no such name in the lists");
    assert!(matches!(Places::from_texts(names, landmarks, "checked = 1"), Err(PlaceError::Syntax(_))));
}

/// Text made of names, particles and noise, where rules and joins meet.
fn place_soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "수원",
        "시",
        " ",
        "광주",
        "양평군",
        "용문면",
        "중동",
        "에서",
        "의",
        "무등산",
        "이천",
        " 원",
        "국도 ",
        "6호선",
        "37번",
        "고속도로",
        "경기 ",
        "○○리",
        "다문8리",
        "역",
        "팔달구",
        "서울",
        "중구",
        "수언시",
        "\n",
        "(",
        "고양",
        "이",
        "é",
        "😀",
        "리",
        "1",
        "제",
        "호",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let found = PLACES.find(text);
    let mut last = 0;
    for place in &found {
        prop_assert!(place.bytes.start >= last && place.bytes.start < place.bytes.end, "{:?}", place.bytes);
        prop_assert!(text.get(place.bytes.clone()).is_some(), "{:?} is no boundary", place.bytes);
        prop_assert_eq!(place.ambiguous, place.candidates.len() > 1);
        prop_assert!(!(place.ambiguous && place.sigungu.is_some()));
        prop_assert!(!(place.outside.is_some() && place.sigungu.is_some()));
        prop_assert!(
            place.sigungu.as_deref().is_none_or(|city| CITIES.contains(&city)),
            "{:?}",
            place.sigungu
        );
        last = place.bytes.end;
    }
    if let Some(main) = PLACES.main(text) {
        prop_assert!(found.contains(&main));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_mixture_of_names_is_read_without_harm(text in place_soup()) {
        check(&text)?;
    }

    #[test]
    fn words_after_a_full_stop_do_not_change_a_settled_place(tail in "[a-z ]{0,20}") {
        let text = format!("양평군 용문면에서 봤어요. {tail}");
        prop_assert_eq!(written(PLACES.main(&text).as_ref()), "양평군 : 용문면");
    }
}
