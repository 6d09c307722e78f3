//! Tests of this room.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static LANGUAGES: LazyLock<Languages> = LazyLock::new(Languages::bundled);
const AUTHOR_SET: &str = include_str!("author_set.tsv");

fn author_set() -> Vec<(&'static str, &'static str)> {
    read(AUTHOR_SET)
}

fn read(set: &'static str) -> Vec<(&'static str, &'static str)> {
    set.lines()
        .filter(|line| !line.starts_with("# ") && !line.is_empty())
        .map(|line| line.split_once('\t').expect("code, tab, text"))
        .collect()
}

/// Uzbek is one language in two scripts.
fn same(code: &str, expected: &str) -> bool {
    code == expected || (code == "uz-Cyrl" && expected == "uz")
}

#[test]
fn the_author_set_is_told_apart() {
    let wrong: Vec<String> = author_set()
        .into_iter()
        .map(|(expected, text)| (expected, text, LANGUAGES.detect(text)))
        .filter(|(expected, _, found)| !same(&found.code, expected))
        .map(|(expected, text, found)| format!("{expected} {} {:.2} {text}", found.code, found.confidence))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Texts that no word of the profiles was chosen for: what a stranger's text may expect. 88 of 94 when it was written.
#[test]
fn the_fresh_set_is_mostly_told_apart() {
    let fresh = read(include_str!("fresh_set.tsv"));
    let right = fresh.iter().filter(|(expected, text)| same(&LANGUAGES.detect(text).code, expected)).count();
    assert!(right * 100 >= fresh.len() * 92, "{right} of {}", fresh.len());
}

#[test]
fn the_ten_biggest_languages_have_thirty_texts_each() {
    for code in ["ko", "en", "zh", "vi", "th", "ru", "ja", "uz", "mn", "id"] {
        assert_eq!(author_set().iter().filter(|(expected, _)| *expected == code).count(), 30, "{code}");
    }
}

#[test]
fn mixed_languages_are_named() {
    let found = LANGUAGES.detect("I need an interpreter for the hospital 도와주세요");
    assert_eq!((found.code.as_str(), found.mixed[0].code.as_str()), ("en", "ko"));
    let found = LANGUAGES.detect("안녕하세요 저는 베트남 사람입니다 cảm ơn nhiều");
    assert_eq!((found.code.as_str(), found.mixed[0].code.as_str()), ("ko", "vi"));
    assert!(LANGUAGES.detect("GTX 언제 개통하나요 😊").mixed.is_empty());
}

#[test]
fn texts_without_words_are_korean() {
    for text in ["", "   ", "123", "ㅋㅋ", "ㄱㅅ", "😀", "010-0000-1234", "https://example.go.kr/a"] {
        assert_eq!(LANGUAGES.detect(text).code, "ko", "{text}");
    }
}

#[test]
fn romanised_korean_is_never_sure() {
    for (_, text) in author_set().into_iter().filter(|(code, _)| *code == "ko-Latn") {
        assert!(LANGUAGES.detect(text).confidence <= ROMANISED_AT_MOST, "{text}");
    }
}

#[test]
fn letters_that_say_nothing_are_undetermined() {
    assert_eq!(LANGUAGES.detect("zzz xxv").code, "und");
    assert_eq!(LANGUAGES.detect("ສະບາຍດີ").code, "und");
}

#[test]
fn every_language_that_can_be_found_has_a_line_or_is_undetermined() {
    let lines = HelpLines::bundled();
    for (_, text) in author_set() {
        let code = LANGUAGES.detect(text).code;
        let line = lines.for_language(&code).unwrap_or_else(|| panic!("{code}"));
        assert_eq!(line.number, if code == "ko" { "110" } else { "1345" }, "{code}");
    }
    assert!(lines.for_language("und").is_none());
}

#[test]
fn bad_files_are_refused_by_name() {
    let twice = "checked = \"d\"\n[[line]]\nnumber = \"1\"\nname = \"n\"\nlabels = { en = \"\" }";
    assert!(HelpLines::from_toml(twice).unwrap_err().to_string().contains("`en`"));
    let profile = "checked = \"d\"\n[[profile]]\ncode = \"xx\"\nscript = \"runic\"\nwords = \"a\"\nletters = \"\"\nendings = []\nparts = []";
    let error = Languages::from_toml(profile).unwrap_err().to_string();
    assert!(error.contains("`xx`") && error.contains("`script`"), "{error}");
    assert!(Languages::from_toml("profile = 3").is_err());
}

proptest! {
    #[test]
    fn any_text_has_a_language(text in any::<String>()) {
        let found = LANGUAGES.detect(&text);
        prop_assert!((0.0..=1.0).contains(&found.confidence) && found.confidence.is_finite());
        let shares: f32 = found.mixed.iter().map(|other| other.share).sum();
        prop_assert!(shares <= 1.001, "{shares}");
        prop_assert!(found.mixed.iter().all(|other| other.code != found.code));
    }

    #[test]
    fn hangul_sentences_stay_korean_beside_a_foreign_word(word in "[a-z]{2,6}") {
        prop_assert_eq!(LANGUAGES.detect(&format!("도로 옆 {word} 간판이 떨어질 것 같아요")).code, "ko");
    }
}
