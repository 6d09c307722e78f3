//! Telephone numbers: mobile, landline, 070, 050x and numbers of other countries; also without area code after a cue.
//!
//! Never masked, because they have no such form: 110, 112, 119, 120, 031-120, 1577-…, 1588-…, 080-….

use super::PersonalDataKind::{self, Phone};
use super::cues::Cues;
use super::digits::{Gap, Run, Script};
use super::lexicon::Cue;
use super::view::{View, placeholder};

/// A telephone number that begins at `i`.
pub(super) fn at(view: &View, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize, usize)> {
    if view.at(i) == '+' {
        return international(view, i, i + 1);
    }
    [Script::Arabic, Script::Spoken]
        .into_iter()
        .find_map(|script| {
            let run = Run::read(view, i, script);
            let length = national(&run, run.digits())
                .or_else(|| regrouped(view, &run, i))
                .or_else(|| local(&run, cues, i))
                .filter(|n| run.is_meant(view, *n) && opens(view, i, run.solid(*n)))?;
            Some((Phone, widen(view, i, run.end(length)), run.end(length)))
        })
        .or_else(|| country_code(view, i))
}

/// How many of the digits are a Korean number with its leading zero.
fn national(run: &Run, digits: &[u8]) -> Option<usize> {
    let shapes: &[&[usize]] = match digits {
        [0, 1, 0 | 1 | 6..=9, ..] => &[&[3, 4, 4], &[3, 3, 4]],
        [0, 2, ..] => &[&[2, 4, 4], &[2, 3, 4]],
        [0, 5, 0, 2..=8, ..] => &[&[4, 4, 4], &[4, 3, 4], &[3, 4, 4]],
        [0, 5, 0, ..] if run.gap(3) != Gap::None => &[&[3, 4, 4]],
        [0, 3, 0, 3, ..] => &[&[4, 4, 4], &[4, 3, 4]],
        [0, 3, 1..=3, ..] | [0, 4 | 6, 1..=4, ..] | [0, 5, 1..=5, ..] | [0, 7, 0, ..] => {
            &[&[3, 4, 4], &[3, 3, 4]]
        }
        _ => return None,
    };
    let length = |shape: &&[usize]| shape.iter().sum::<usize>();
    shapes.iter().find(|shape| run.fits(shape) && closes(run, length(shape))).map(length)
}

/// People group mobile numbers as they like: `010 12 34 56 78`, `01 00 0001 234`. Then nothing else may be near.
fn regrouped(view: &View, run: &Run, i: usize) -> Option<usize> {
    let digits = run.digits();
    let mobile = matches!(digits, [0, 1, 0 | 1 | 6..=9, ..]) && digits.len() == 11;
    let plain = || (1..11).all(|k| run.gap(k) != Gap::Other);
    let begins = || !view.before(view.skip_blanks_back(i, 2)).is_ascii_digit();
    (mobile && plain() && begins()).then_some(11)
}

/// `0000-1234` after `연락처` or the like: the writer left 010 out. Not 15xx, 16xx, 18xx, which firms have.
fn local(run: &Run, cues: &Cues, i: usize) -> Option<usize> {
    let shaped = run.is(&[4, 4]) && run.gap(4) != Gap::Other && !matches!(run.digits(), [1, 5 | 6 | 8, ..]);
    (shaped && cues.before(i, 3, Cue::Contact.bit()).is_some()).then_some(8)
}

/// After `+`: Korea, or eight to fifteen digits of another country.
fn international(view: &View, start: usize, digits_from: usize) -> Option<(PersonalDataKind, usize, usize)> {
    if super::view::is_word(view.before(start)) {
        return None;
    }
    let first = if view.at(digits_from) == '(' { digits_from + 1 } else { digits_from };
    let run = Run::read(view, view.skip_blanks(first, 1), Script::Arabic);
    if let Some(end) = korean_abroad(&run, 2) {
        return Some((Phone, start, end));
    }
    let digits = run.digits();
    let length = (9..=15.min(digits.len())).rev().find(|n| run.closes(*n) && plausible_groups(&run, *n))?;
    (digits[0] != 0 && !digits.starts_with(&[8, 2])).then(|| (Phone, start, run.end(length)))
}

fn plausible_groups(run: &Run, n: usize) -> bool {
    run.groups(n).count() <= 6 && run.groups(n).skip(1).all(|group| group >= 2)
}

/// `82-10-…` and `0082 10 …`, without plus.
fn country_code(view: &View, i: usize) -> Option<(PersonalDataKind, usize, usize)> {
    let run = Run::read(view, i, Script::Arabic);
    let code = match run.digits() {
        [8, 2, 1, 0, ..] | [8, 2, 0, 1, 0, ..] => 2,
        [0, 0, 8, 2, ..] => 4,
        _ => return None,
    };
    // A country code is written in one piece; `8/21 01:48~02:31` is a date with a time.
    if !run.solid(code) {
        return None;
    }
    let end = korean_abroad(&run, code)?;
    opens(view, i, true).then(|| (Phone, widen(view, i, end), end))
}

/// End of a Korean number whose first `code` digits are 82, with or without the zero after it.
fn korean_abroad(run: &Run, code: usize) -> Option<usize> {
    let digits = run.digits();
    if !digits[..code.min(digits.len())].ends_with(&[8, 2]) {
        return None;
    }
    let rest = &digits[code..];
    let zero = usize::from(rest.first() == Some(&0));
    let lengths: &[usize] = match rest.get(zero..)? {
        [1, 0 | 1 | 6..=9, ..] | [3..=6, 1..=5, ..] => &[10, 9],
        [2, ..] => &[9, 8],
        [7, 0, ..] => &[10],
        [5, 0, ..] => &[11, 10],
        _ => return None,
    };
    lengths
        .iter()
        .map(|n| code + zero + n)
        .find(|n| digits.len() >= *n && closes(run, *n))
        .map(|n| run.end(n))
}

/// As [`Run::closes`], but an extension of one or two digits may follow: `031-000-1234-5`.
fn closes(run: &Run, n: usize) -> bool {
    let rest = run.digits().len() - n.min(run.digits().len());
    run.closes(n) || (run.gap(n) == Gap::Hyphen && rest <= 2)
}

/// What stands before must not make the digits the tail of something longer.
fn opens(view: &View, i: usize, solid: bool) -> bool {
    let tail = |c: char| c.is_ascii_digit() || placeholder(c).is_some();
    let before = view.before(i);
    let earlier = view.before(i.saturating_sub(1));
    match before {
        '-' => !tail(earlier),
        '.' => !solid || !tail(earlier),
        c => !(tail(c) || solid && c.is_ascii_alphabetic() && earlier.is_ascii_digit()),
    }
}

/// Takes the opening parenthesis in whose closing one the number has: `(031)000-1234`.
fn widen(view: &View, start: usize, end: usize) -> usize {
    let inside = (start..end).map(|k| view.at(k));
    let open = inside.fold(0, |depth: i32, c| depth + i32::from(c == '(') - i32::from(c == ')'));
    if open < 0 && view.before(start) == '(' { start - 1 } else { start }
}
