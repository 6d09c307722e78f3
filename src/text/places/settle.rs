//! Ambiguous names settled by the other names in the text: `부천인데요 … 중동 사거리`.

use super::PlaceKind;
use super::spec::{Group, Spec};

/// Settles what the text itself settles, and gives a road the only 시·군 that is named.
pub(super) fn settle(mut groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let known: Vec<Option<Spec<'_>>> =
        groups.iter().map(|group| group.specs.first().filter(|_| group.is_settled()).cloned()).collect();
    let before = nearest_before(&known);
    let after = nearest_after(&known);
    let only = only_sigungu(&known);
    let others: Vec<&Spec<'_>> = known.iter().rev().flatten().take(FARTHEST).collect();
    for (i, group) in groups.iter_mut().enumerate() {
        if !group.is_settled() {
            for mention in [before[i], after[i]].into_iter().flatten().filter_map(|at| known[at].as_ref()) {
                if narrow(group, mention) {
                    break;
                }
            }
            // A farther mention may settle what the nearest cannot.
            if !group.is_settled() {
                let _settled = others.iter().any(|mention| narrow(group, mention));
            }
        } else if let ([spec], Some(sigungu)) = (group.specs.as_mut_slice(), only)
            && spec.kind == PlaceKind::Road
            && spec.sigungu.is_none()
            && spec.region.is_none()
        {
            spec.sigungu = Some(sigungu);
        }
    }
    groups
}

/// Mentions looked at beside the nearest two: keeps a text of nothing but names linear.
const FARTHEST: usize = 8;

/// Keeps the readings that lie in the mention; whether any do and they agree.
fn narrow(group: &mut Group<'_>, mention: &Spec<'_>) -> bool {
    if !group.specs.iter().any(|spec| spec.lies_in(mention)) {
        return false;
    }
    group.specs.retain(|spec| spec.lies_in(mention));
    group.is_settled()
}

fn nearest_before(known: &[Option<Spec<'_>>]) -> Vec<Option<usize>> {
    let mut last = None;
    known
        .iter()
        .enumerate()
        .map(|(i, spec)| {
            let found = last;
            if spec.is_some() {
                last = Some(i);
            }
            found
        })
        .collect()
}

fn nearest_after(known: &[Option<Spec<'_>>]) -> Vec<Option<usize>> {
    let mut next = None;
    let mut found: Vec<Option<usize>> = Vec::with_capacity(known.len());
    for (i, spec) in known.iter().enumerate().rev() {
        found.push(next);
        if spec.is_some() {
            next = Some(i);
        }
    }
    found.reverse();
    found
}

fn only_sigungu<'a>(known: &[Option<Spec<'a>>]) -> Option<&'a str> {
    let mut named = known.iter().flatten().filter_map(|spec| spec.sigungu);
    let first = named.next()?;
    named.all(|sigungu| sigungu == first).then_some(first)
}
