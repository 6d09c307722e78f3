//! Which place a complaint speaks of.
//!
//! Here belong the names of the 31 시·군 of 경기도 with what lies in them, the words that look like such names and are
//! none, and how a name, its neighbours and the rest of the text settle one place. Who is competent is decided
//! elsewhere: a road only gives a hint. Nothing is guessed: a name that several places bear stays `ambiguous`, with its
//! candidates, unless the text itself settles it.
//!
//! The way of a text: `scan` finds names → `follow` and `rules` refuse words that only look like one → `join`
//! puts neighbours together (`양평 용문면`) → `settle` reads the rest of the text → `choose` says what it is about.

mod choose;
mod entry;
mod error;
mod follow;
mod gazetteer;
mod join;
mod road;
mod rules;
mod scan;
mod settle;
mod spec;
mod typo;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use error::PlaceError;
use scan::Scanner;

/// What sort of name was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// 경기도 itself or another 시·도.
    Province,
    /// One of the 31 시·군, or a 시·군·구 elsewhere.
    Sigungu,
    /// A 구 without its own council.
    Gu,
    /// A new town or a quarter that people name: 일산, 광교.
    Town,
    /// 읍·면·동, 행정동 or 법정동.
    Eupmyeondong,
    /// 법정리, or a numbered or blanked village.
    Ri,
    /// Railway or GTX station.
    Station,
    /// Park, hospital, market, temple, harbour …
    Landmark,
    /// 고속도로, 국도, 지방도, or a named road.
    Road,
}

/// Who keeps a road of this class, as a rule of thumb for the 민원조정관.
///
/// 도로법 §23 leaves 국도 and 지방도 inside the 동 of a 시 to its mayor; this is not looked into here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JurisdictionHint {
    /// 고속도로 and 국도: 한국도로공사, 국토관리사무소.
    OtherAgency,
    /// 지방도 and 국지도: the province.
    Province,
}

impl JurisdictionHint {
    /// The code of the jurisdiction label.
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherAgency => "other_agency",
            Self::Province => "province",
        }
    }
}

/// A place named in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFound {
    /// Byte range in the text that was read, without particles.
    pub bytes: Range<usize>,
    /// One of the 31, with its suffix: `양평군`. `None` if outside, unsettled, or not said.
    pub sigungu: Option<String>,
    /// 구 with its suffix, where the name or the text gives it: `팔달구`.
    pub gu: Option<String>,
    /// What is named within it: `용문면 다문리`, `수원역`, `국도 6호선`.
    pub detail: Option<String>,
    /// Sort of the last, narrowest name.
    pub kind: PlaceKind,
    /// Whether several places bear the name and the text does not say which.
    pub ambiguous: bool,
    /// If ambiguous, all known places of the name: `부천시 원미구`, `서울특별시 마포구`.
    pub candidates: Vec<String>,
    /// If outside 경기도, where: `서울특별시 강서구`.
    pub outside: Option<String>,
    /// Who keeps the road, where the name is one.
    pub jurisdiction_hint: Option<JurisdictionHint>,
    /// Whether the 시·군 was misspelt in the text (`수언시`).
    pub corrected: bool,
}

/// Finds places. Built once, shared, never changed.
///
/// ```
/// # use minwon::text::places::Places;
/// let places = Places::bundled();
/// let place = places.main("양평 용문면 마을길에 나무가 쓰러졌어요").unwrap();
/// assert_eq!(place.sigungu.as_deref(), Some("양평군"));
/// assert_eq!(place.detail.as_deref(), Some("용문면"));
/// assert!(places.find("고양이가 울어요").is_empty());
/// ```
#[derive(Debug)]
pub struct Places(Scanner);

impl Places {
    /// The places this build carries.
    ///
    /// # Panics
    /// Never: a test reads the bundled files.
    pub fn bundled() -> Self {
        Self::from_texts(
            include_str!("../../../config/places.tsv"),
            include_str!("../../../config/landmarks.tsv"),
            include_str!("../../../config/homographs.toml"),
        )
        .expect("a test reads the bundled files")
    }

    /// Reads files of the shape of `config/places.tsv`, `config/landmarks.tsv` and `config/homographs.toml`.
    ///
    /// # Errors
    /// [`PlaceError`] with file and line if a text is not of that shape or lacks a 시·군.
    pub fn from_texts(names: &str, landmarks: &str, homographs: &str) -> Result<Self, PlaceError> {
        Scanner::new(names, landmarks, homographs).map(Self)
    }

    /// All places named in a text, in order, neighbours joined; of a text of nothing but names the first 256.
    /// Linear in the length of the text.
    pub fn find(&self, text: &str) -> Vec<PlaceFound> {
        settle::settle(self.0.groups(text)).into_iter().map(spec::Group::into_found).collect()
    }

    /// The one place that the complaint is about: the narrowest one that the text speaks of as a spot, not as the end
    /// of a journey. `None` if no place, or nothing narrower than 경기도, is named.
    pub fn main(&self, text: &str) -> Option<PlaceFound> {
        choose::main(text, self.find(text))
    }
}

#[cfg(test)]
mod tests;
