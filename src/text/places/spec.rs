//! A specification: what neighbouring names say together (`양평군` + `용문면`), and the group of names it comes from.

use std::ops::Range;

use super::entry::Entry;
use super::{JurisdictionHint, PlaceFound, PlaceKind};

/// One reading of a group of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec<'a> {
    pub sigungu: Option<&'a str>,
    pub gu: Option<&'a str>,
    /// 읍·면·동, for a 리 that follows.
    pub emd: Option<&'a str>,
    pub details: Vec<&'a str>,
    pub region: Option<&'a str>,
    pub kind: PlaceKind,
    pub hint: Option<JurisdictionHint>,
}

/// Names that stand together, with all their readings.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    pub bytes: Range<usize>,
    pub specs: Vec<Spec<'a>>,
    /// Dropped unless something joins it (`경기`, a doubtful misspelling).
    pub opening: bool,
    pub corrected: bool,
    /// A name that no list holds (`○○리`, `국도 6호선`), after the others.
    pub extra: Option<String>,
}

impl<'a> Spec<'a> {
    /// The reading of a name alone.
    pub fn of(entry: &'a Entry) -> Self {
        let mut spec = Self {
            sigungu: entry.sigungu.as_deref(),
            gu: entry.gu.as_deref(),
            emd: entry.upper.as_deref(),
            details: Vec::new(),
            region: entry.region.as_deref(),
            kind: entry.kind,
            hint: entry.hint,
        };
        if entry.kind == PlaceKind::Ri {
            spec.details.extend(entry.upper.as_deref());
        }
        match entry.kind {
            PlaceKind::Province | PlaceKind::Sigungu | PlaceKind::Gu => {}
            PlaceKind::Eupmyeondong => {
                spec.emd = Some(&entry.name);
                spec.details.push(&entry.name);
            }
            _ => spec.details.push(&entry.name),
        }
        spec
    }

    /// This place narrowed by a following name, or `None` if that lies elsewhere.
    pub fn narrowed(&self, entry: &'a Entry) -> Option<Self> {
        if depth(entry.kind) <= depth(self.kind) {
            return None;
        }
        let next = Self::of(entry);
        match (self.region, next.region) {
            (None, None) => {}
            (Some(outer), Some(inner)) if inner.starts_with(outer) => return Some(next),
            _ => return None,
        }
        let fits =
            |outer: Option<&str>, inner: Option<&str>| outer.is_none() || inner.is_none() || outer == inner;
        if !fits(self.sigungu, next.sigungu) || !fits(self.gu, next.gu) {
            return None;
        }
        if entry.kind == PlaceKind::Ri && !(self.sigungu.is_some() && fits(self.emd, next.emd)) {
            return None;
        }
        let mut details = self.details.clone();
        details.extend(next.details.iter().filter(|detail| !self.details.contains(detail)));
        Some(Self {
            sigungu: self.sigungu.or(next.sigungu),
            gu: self.gu.or(next.gu),
            emd: next.emd.or(self.emd),
            details,
            region: None,
            kind: next.kind,
            hint: next.hint,
        })
    }

    /// What tells this reading from others of the same name.
    pub fn whereabouts(&self) -> String {
        match (self.region, self.sigungu, self.gu) {
            (Some(region), ..) => region.to_owned(),
            (None, Some(sigungu), Some(gu)) => format!("{sigungu} {gu}"),
            (None, Some(sigungu), None) => sigungu.to_owned(),
            _ => "경기도".to_owned(),
        }
    }

    /// Whether this reading lies in the place that another mention names.
    pub fn lies_in(&self, other: &Spec<'_>) -> bool {
        match (self.region, other.region) {
            (Some(own), Some(outer)) => own.starts_with(outer),
            (None, None) => {
                other.sigungu.is_some()
                    && self.sigungu == other.sigungu
                    && (other.gu.is_none() || self.gu.is_none() || self.gu == other.gu)
            }
            _ => false,
        }
    }
}

/// Order from wide to narrow; a name joins only one that is wider.
fn depth(kind: PlaceKind) -> u8 {
    match kind {
        PlaceKind::Province => 0,
        PlaceKind::Sigungu => 1,
        PlaceKind::Gu => 2,
        PlaceKind::Town => 3,
        PlaceKind::Eupmyeondong => 4,
        PlaceKind::Ri => 5,
        PlaceKind::Station | PlaceKind::Landmark | PlaceKind::Road => 6,
    }
}

impl<'a> Group<'a> {
    /// A group of one name.
    pub fn new(start: usize, end: usize, specs: Vec<Spec<'a>>) -> Self {
        Self { bytes: start..end, specs, opening: false, corrected: false, extra: None }
    }

    /// Whether all readings lie in one 시·군, or in one region outside.
    pub fn is_settled(&self) -> bool {
        let mut places = self.specs.iter().map(|spec| (spec.sigungu, spec.region));
        places.next().is_none_or(|first| places.all(|place| place == first))
    }

    /// The 구 that all readings share.
    fn shared_gu(&self) -> Option<&'a str> {
        let first = self.specs.first()?.gu;
        first.filter(|_| self.specs.iter().all(|spec| spec.gu == first))
    }

    /// What is handed out.
    pub fn into_found(self) -> PlaceFound {
        let ambiguous = !self.is_settled();
        let gu = if ambiguous { None } else { self.shared_gu().map(str::to_owned) };
        let mut candidates: Vec<String> = Vec::new();
        if ambiguous {
            candidates.extend(self.specs.iter().map(Spec::whereabouts));
            candidates.sort();
            candidates.dedup();
        }
        let outside = if self.specs.iter().all(|spec| spec.region.is_some()) {
            let first = self.specs.first().and_then(|spec| spec.region);
            Some(if ambiguous { "경기도 밖" } else { first.unwrap_or("경기도 밖") }.to_owned())
        } else {
            None
        };
        let first = self.specs.first();
        let mut details: Vec<String> = first
            .map(|spec| spec.details.iter().map(|&detail| detail.to_owned()).collect())
            .unwrap_or_default();
        details.extend(self.extra);
        PlaceFound {
            bytes: self.bytes,
            sigungu: first.filter(|_| !ambiguous).and_then(|spec| spec.sigungu).map(str::to_owned),
            gu,
            detail: (!details.is_empty()).then(|| details.join(" ")),
            kind: first.map_or(PlaceKind::Province, |spec| spec.kind),
            ambiguous,
            candidates,
            outside,
            jurisdiction_hint: first.and_then(|spec| spec.hint),
            corrected: self.corrected,
        }
    }
}
