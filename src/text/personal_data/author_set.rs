//! The author's own set: `author_set.toml`, every item exactly as expected.

use serde::Deserialize;

use super::{PersonalDataKind, find};

#[derive(Deserialize)]
struct Set {
    items: Vec<Vec<String>>,
    clean: Vec<String>,
}

fn set() -> Set {
    toml::from_str(include_str!("author_set.toml")).expect("the set is TOML")
}

fn label(kind: PersonalDataKind) -> &'static str {
    match kind {
        PersonalDataKind::ResidentNumber => "resident",
        PersonalDataKind::ForeignerNumber => "foreigner",
        PersonalDataKind::Phone => "phone",
        PersonalDataKind::Email => "email",
        PersonalDataKind::Card => "card",
        PersonalDataKind::Account => "account",
        PersonalDataKind::Vehicle => "vehicle",
        PersonalDataKind::Passport => "passport",
        PersonalDataKind::DriverLicence => "licence",
        PersonalDataKind::BusinessNumber => "business",
        PersonalDataKind::CorporateNumber => "corporate",
        PersonalDataKind::CustomsCode => "customs",
        PersonalDataKind::IpAddress => "ip",
        PersonalDataKind::Address => "address",
        PersonalDataKind::Name => "name",
    }
}

fn found_in(text: &str) -> Vec<String> {
    find(text).into_iter().map(|f| format!("{}:{}", label(f.kind), &text[f.bytes])).collect()
}

#[test]
fn each_item_is_found_as_written() {
    let wrong: Vec<_> = set()
        .items
        .iter()
        .filter_map(|item| {
            let (text, expected) = item.split_first().expect("an item has a text");
            let found = found_in(text);
            (found != expected).then(|| format!("{text}\n   found {found:?}\n   not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_is_found_in_what_is_clean() {
    let wrong: Vec<_> = set()
        .clean
        .iter()
        .filter_map(|text| Some((text, found_in(text))).filter(|(_, found)| !found.is_empty()))
        .map(|(text, found)| format!("{text}: {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_set_is_large_and_has_no_text_twice() {
    let set = set();
    let mut texts: Vec<_> = set.items.iter().map(|item| &item[0]).chain(&set.clean).collect();
    let total = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), total);
    assert!(set.items.len() >= 400, "{} items", set.items.len());
    assert!(set.clean.len() >= 300, "{} clean texts", set.clean.len());
}
