//! Puts a name that was read into the group before it, or begins a new one.

use super::PlaceKind;
use super::entry::Entry;
use super::follow;
use super::road::NumberedRoad;
use super::rules::Verdict;
use super::spec::{Group, Spec};

/// Puts readings into the last group or a new one; the end of what was taken, `None` if there was nothing to take.
pub(super) fn join<'a>(
    text: &str,
    (start, end): (usize, usize),
    readings: Readings<'a>,
    province: Option<&'a Entry>,
    groups: &mut Vec<Group<'a>>,
) -> Option<usize> {
    if let Some(last) = groups.last_mut().filter(|_| !readings.joined.is_empty()) {
        last.specs = readings.joined;
        last.bytes.end = end;
        last.opening = false;
    } else if !readings.alone.is_empty() {
        groups.push(Group::new(start, end, readings.alone));
    } else if readings.opening {
        groups.push(Group { opening: true, ..Group::new(start, end, vec![Spec::of(province?)]) });
    } else {
        return None;
    }
    let last = groups.last_mut()?;
    if let Some((length, village)) = unlisted_village(last, &text[end..]) {
        last.bytes.end = end + length;
        last.extra = Some(village.to_owned());
        for spec in &mut last.specs {
            spec.kind = PlaceKind::Ri;
        }
    }
    Some(last.bytes.end)
}

/// How a name may be read at a spot.
#[derive(Debug, Default)]
pub(super) struct Readings<'a> {
    /// The group before it, narrowed.
    pub joined: Vec<Spec<'a>>,
    /// On its own.
    pub alone: Vec<Spec<'a>>,
    pub opening: bool,
}

impl<'a> Readings<'a> {
    /// Keeps what the rules leave.
    pub fn obey(&mut self, verdict: Verdict<'a>) {
        match verdict {
            Verdict::Fine | Verdict::Word => {}
            Verdict::Inside => {
                if self.alone.iter().any(|spec| spec.region.is_none()) {
                    self.alone.retain(|spec| spec.region.is_none());
                }
            }
            Verdict::Region(region) => {
                if !self.joined.is_empty() {
                    return;
                }
                if self.alone.iter().any(|spec| spec.region == Some(region)) {
                    self.alone.retain(|spec| spec.region == Some(region));
                } else if let Some(spec) = self.alone.first_mut() {
                    (spec.sigungu, spec.gu, spec.region) = (None, None, Some(region));
                    self.alone.truncate(1);
                }
            }
        }
    }
}

/// A numbered road joins the 시·군 before it or stands alone.
pub(super) fn place_road(groups: &mut Vec<Group<'_>>, text: &str, road: &NumberedRoad) {
    let joins = |last: &&mut Group<'_>| {
        follow::joins(&text[last.bytes.end..road.start])
            && last.extra.is_none()
            && last.specs.iter().all(|spec| spec.region.is_none() && spec.kind != PlaceKind::Road)
    };
    if let Some(last) = groups.last_mut().filter(joins) {
        last.bytes.end = road.end;
        last.opening = false;
        last.extra = Some(road.name.clone());
        for spec in &mut last.specs {
            (spec.kind, spec.hint) = (PlaceKind::Road, Some(road.hint));
        }
        return;
    }
    let spec = Spec {
        sigungu: None,
        gu: None,
        emd: None,
        details: Vec::new(),
        region: None,
        kind: PlaceKind::Road,
        hint: Some(road.hint),
    };
    groups.push(Group { extra: Some(road.name.clone()), ..Group::new(road.start, road.end, vec![spec]) });
}

/// A village that no list holds, straight after its 시·군 or 읍·면: ` 다문8리`, ` ○○리`. Its length with the space.
fn unlisted_village<'t>(group: &Group<'_>, after: &'t str) -> Option<(usize, &'t str)> {
    let within = group.extra.is_none()
        && group.specs.iter().all(|spec| {
            spec.region.is_none()
                && matches!(spec.kind, PlaceKind::Sigungu | PlaceKind::Gu | PlaceKind::Eupmyeondong)
        });
    let rest = after.trim_start_matches(' ');
    let gap = after.len() - rest.len();
    if !within || gap > 2 {
        return None;
    }
    let (end, unit) = rest.char_indices().take(8).find(|(_, c)| matches!(c, '리' | '동' | '면' | '읍'))?;
    let name = &rest[..end];
    let blanked = !name.is_empty() && name.chars().all(|c| matches!(c, '○' | '◯' | '〇' | 'O' | 'X' | '□'));
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = unit == '리'
        && stem.len() < name.len()
        && (1..=4).contains(&stem.chars().count())
        && stem.chars().all(|c| matches!(c, '가'..='힣'));
    let length = end + unit.len_utf8();
    (gap > 0 && (blanked || numbered)).then(|| (gap + length, &rest[..length]))
}
