//! One place, and the ways in which its name may be written.

use super::rules::RuleFile;
use super::{JurisdictionHint, PlaceKind};

/// A place with what it lies in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    /// Name with its suffix.
    pub name: String,
    pub kind: PlaceKind,
    pub sigungu: Option<String>,
    pub gu: Option<String>,
    /// For a 리, its 읍 or 면.
    pub upper: Option<String>,
    /// Where it lies if outside 경기도, itself included if it is a 시·도 or 시·군·구.
    pub region: Option<String>,
    pub hint: Option<JurisdictionHint>,
}

/// How a name may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// With its suffix, or long enough: wherever it begins a word.
    Full,
    /// Bare: where a particle, a noun of place or nothing follows.
    Bare,
    /// Only straight after what it lies in.
    Chained,
    /// Only straight after what it lies in, with a village word after it.
    Village,
    /// Only straight before what lies in it (`경기 광주`).
    Opening,
}

/// The kind that a level of a file stands for, and for a road who keeps it.
pub(super) fn kind_of(level: &str) -> Result<(PlaceKind, Option<JurisdictionHint>), String> {
    Ok(match level {
        "sido" => (PlaceKind::Province, None),
        "sigungu" => (PlaceKind::Sigungu, None),
        "gu" => (PlaceKind::Gu, None),
        "emd" => (PlaceKind::Eupmyeondong, None),
        "ri" => (PlaceKind::Ri, None),
        "town" => (PlaceKind::Town, None),
        "station" => (PlaceKind::Station, None),
        "landmark" => (PlaceKind::Landmark, None),
        "road" => (PlaceKind::Road, None),
        "road:other_agency" => (PlaceKind::Road, Some(JurisdictionHint::OtherAgency)),
        "road:province" => (PlaceKind::Road, Some(JurisdictionHint::Province)),
        _ => return Err(format!("unknown level `{level}`")),
    })
}

/// A place in 경기도 from its name and what it lies in.
pub(super) fn home_entry(name: &str, kind: PlaceKind, upper: &str) -> Result<Entry, String> {
    let mut parts = upper.split(' ').filter(|part| !part.is_empty() && *part != "경기도");
    let sigungu = parts.next().map(str::to_owned);
    let second = parts.next().map(str::to_owned);
    let (mut gu, upper) = if kind == PlaceKind::Ri { (None, second) } else { (second, None) };
    let sigungu = if kind == PlaceKind::Sigungu { Some(name.to_owned()) } else { sigungu };
    if kind == PlaceKind::Gu {
        gu = Some(name.to_owned());
    }
    if sigungu.is_none() && !matches!(kind, PlaceKind::Province | PlaceKind::Road) {
        return Err(format!("`{name}` lies in no 시·군"));
    }
    Ok(Entry { name: name.to_owned(), kind, sigungu, gu, upper, region: None, hint: None })
}

/// A place outside 경기도.
pub(super) fn abroad_entry(name: &str, kind: PlaceKind, upper: &str) -> Entry {
    let within =
        name.ends_with(['시', '군', '구', '도']) && !upper.contains(' ') && kind != PlaceKind::Landmark;
    let is_region = matches!(kind, PlaceKind::Province | PlaceKind::Sigungu | PlaceKind::Gu);
    let region = match kind {
        PlaceKind::Province => if upper.is_empty() { name } else { upper }.to_owned(),
        _ if is_region || (kind == PlaceKind::Town && within) => format!("{upper} {name}"),
        _ => upper.to_owned(),
    };
    let kind = if kind == PlaceKind::Town && within { PlaceKind::Sigungu } else { kind };
    Entry {
        name: name.to_owned(),
        kind,
        sigungu: None,
        gu: None,
        upper: None,
        region: Some(region),
        hint: None,
    }
}

/// The ways to write a name, each with the care it needs.
pub(super) fn forms(level: &str, text: &str, abroad: bool, rules: &RuleFile) -> Vec<(String, Form)> {
    let length = text.chars().count();
    let long = if length >= 3 { Form::Full } else { Form::Bare };
    let plain = if rules.chain_only.contains(text) { Form::Chained } else { long };
    let bare = stem(text).to_owned();
    let bare_allowed = bare.chars().count() >= 2 && !rules.never_bare.contains(&bare) && bare != text;
    let mut forms = Vec::with_capacity(2);
    match level {
        "sido" => {
            forms.push((text.to_owned(), if abroad && length < 3 { Form::Bare } else { Form::Full }));
            if !abroad {
                forms.push(("경기".to_owned(), Form::Opening));
            }
        }
        "sigungu" | "gu" if abroad => {
            forms.push((text.to_owned(), if length >= 3 { Form::Full } else { Form::Chained }));
        }
        "sigungu" => forms.extend([(text.to_owned(), Form::Full), (bare, Form::Bare)]),
        "gu" | "emd" => {
            forms.push((text.to_owned(), plain));
            let shortened = level == "gu" || text.ends_with(['읍', '면']);
            if shortened && bare_allowed && !abroad {
                forms.push((bare, Form::Chained));
            }
        }
        "ri" => {
            let form = if length < 3 || rules.word_ri.contains(text) { Form::Village } else { Form::Chained };
            forms.push((text.to_owned(), form));
        }
        "station" => forms.push((text.to_owned(), Form::Full)),
        "town" | "landmark" => {
            forms.push((text.to_owned(), if length >= 4 { Form::Full } else { Form::Bare }));
        }
        _ => {
            forms.push((text.to_owned(), if length >= 5 { Form::Full } else { Form::Bare }));
            if let Some(stem) = text.strip_suffix("고속도로").filter(|stem| !stem.is_empty()) {
                forms.push((format!("{stem} 고속도로"), Form::Full));
            }
        }
    }
    forms
}

/// A name without its last syllable, the suffix.
pub(super) fn stem(name: &str) -> &str {
    name.char_indices().next_back().map_or("", |(at, _)| &name[..at])
}
