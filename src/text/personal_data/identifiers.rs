//! Numbers of a fixed form: residents, firms, licences, cards, passports, customs codes.
//!
//! The resident number's check digit is never asked for: since October 2020 it has none
//! (주민등록법 시행규칙 개정, see B7 of the domain notes). A valid date is.

use super::PersonalDataKind::{
    self, BusinessNumber, Card, CorporateNumber, CustomsCode, DriverLicence, ForeignerNumber, Passport,
    ResidentNumber,
};
use super::cues::Cues;
use super::digits::{Gap, Run, Script};
use super::lexicon::{Cue, Lexicon};
use super::view::{View, is_word, placeholder};

/// How near a cue must be, in units.
const NEAR: usize = 14;

/// An identifier whose first digit is at `i`.
pub(super) fn at(
    view: &View,
    lexicon: &Lexicon,
    cues: &Cues,
    i: usize,
) -> Option<(PersonalDataKind, usize, usize)> {
    if !opens(view, i) {
        return None;
    }
    let arabic = Run::read(view, i, Script::Arabic);
    card(&arabic, cues, i)
        .or_else(|| resident(view, &arabic, cues, i))
        .or_else(|| masked_tail(view, &arabic, cues, i))
        .or_else(|| rear_part(&arabic, cues, i))
        .or_else(|| firm(&arabic, cues, i))
        .map(|(kind, n)| (kind, i, n))
        .or_else(|| licence(view, lexicon, &arabic, cues, i))
        .or_else(|| {
            let spoken = Run::read(view, i, Script::Spoken);
            let (kind, end) = resident(view, &spoken, cues, i)?;
            spoken.is_meant(view, 13).then_some((kind, i, end))
        })
}

/// A code of letters and digits whose first letter is at `i`: passport, customs code.
pub(super) fn lettered(view: &View, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize, usize)> {
    let letter = view.at(i).to_ascii_uppercase();
    if !letter.is_ascii_alphabetic() || is_code(view.before(i)) || after_code(view, i) {
        return None;
    }
    let run =
        Run::read(view, view.skip_blanks(i + 1 + usize::from(view.at(i + 1) == '-'), 1), Script::Arabic);
    let n = run.digits().len();
    let ends = |n: usize| !is_code(view.at(run.end(n))) && run.closes(n);
    let cue = |cue: Cue| cues.before(i, NEAR, cue.bit()).is_some();
    let attached = view.at(i + 1 + usize::from(view.at(i + 1) == '-')).is_ascii_digit();
    if letter == 'P'
        && n >= 12
        && ends(12)
        && (attached || cue(Cue::Customs))
        && (1..12).all(|k| run.gap(k) != Gap::Other)
    {
        return Some((CustomsCode, i, run.end(12)));
    }
    if matches!(letter, 'M' | 'S' | 'R' | 'G' | 'D') {
        let solid = n >= 8 && ends(8) && run.solid(8) && (attached || cue(Cue::Passport));
        if solid || (n >= 8 && ends(8) && cue(Cue::Passport)) {
            return Some((Passport, i, run.end(8)));
        }
        if n >= 3 && run.solid(3) && view.at(run.end(3)).is_ascii_alphabetic() {
            let tail = Run::read(view, run.end(3) + 1, Script::Arabic);
            let whole =
                tail.digits().len() >= 4 && tail.solid(4) && tail.closes(4) && tail.end(4) == run.end(3) + 5;
            if attached && whole && !is_code(view.at(tail.end(4))) {
                return Some((Passport, i, tail.end(4)));
            }
        }
    }
    foreign_passport(view, cues, i)
}

/// One or two letters and six to nine digits after `여권`.
fn foreign_passport(view: &View, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize, usize)> {
    cues.before(i, NEAR, Cue::Passport.bit())?;
    let digits_from = i + 1 + usize::from(view.at(i + 1).is_ascii_alphabetic());
    let run = Run::read(view, digits_from, Script::Arabic);
    let n = (6..=9).rev().find(|n| run.digits().len() >= *n && run.solid(*n) && run.closes(*n))?;
    (!is_code(view.at(run.end(n)))).then(|| (Passport, i, run.end(n)))
}

/// Sixteen digits with a valid check digit, or in fours after `카드`; fifteen of American Express.
fn card(run: &Run, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize)> {
    let digits = run.digits();
    let amex = digits.len() >= 15
        && matches!(digits, [3, 4 | 7, ..])
        && run.fits(&[4, 6, 5])
        && run.closes(15)
        && luhn(&digits[..15]);
    if amex {
        return Some((Card, run.end(15)));
    }
    if digits.len() < 16 || !run.fits(&[4, 4, 4, 4]) || !run.closes(16) || digits[0] == 0 {
        return None;
    }
    let said = cues.before(i, NEAR, Cue::Card.bit()).is_some();
    let issued = matches!(digits[0], 2..=6 | 9);
    ((issued && luhn(&digits[..16])) || said).then(|| (Card, run.end(16)))
}

/// Six digits of a date and seven more.
fn resident(view: &View, run: &Run, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize)> {
    let digits = run.digits();
    // `90 01 01 - 1000000`: only the hyphen is where it should be.
    let regrouped = digits.len() == 13 && matches!(run.gap(6), Gap::Hyphen | Gap::Wide) && is_date(digits);
    if digits.len() < 13 || !(run.fits(&[6, 7]) || run.fits(&[6, 1, 6]) || regrouped) || !run.closes(13) {
        return None;
    }
    let end = run.end(13);
    let corporate = cues.before(i, NEAR, Cue::Corporate.bit());
    let personal = cues.before(i, NEAR, Cue::Resident.bit());
    let dated = is_date(digits);
    if corporate.is_some_and(|near| personal.is_none_or(|other| near <= other)) {
        return Some((CorporateNumber, end));
    }
    if run.solid(13) && personal.is_none() {
        let alone = !is_word_or_hyphen(view.at(end)) && view.before(i) != '-';
        let labelled = cues.before(i, NEAR, Cue::PublicNumber.bit()).is_some();
        // Solid digits are also timestamps and barcodes: they must be a date that somebody living may have.
        let recent = matches!(digits[6], 3 | 4 | 7 | 8) && digits[0] >= 4;
        let plausible = dated && matches!(digits[6], 1..=8) && !recent;
        let hangul_follows = super::view::is_hangul(view.at(end));
        return ((alone || hangul_follows) && !labelled && plausible).then(|| (sort(digits[6]), end));
    }
    if dated || personal.is_some() {
        return Some((sort(digits[6]), end));
    }
    corporate_check(digits).then_some((CorporateNumber, end))
}

/// `900101-1******`: somebody hid the tail, but the birthday and the sex are there.
fn masked_tail(view: &View, run: &Run, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize)> {
    let digits = run.digits();
    if digits.len() < 6 || !run.solid(6) || !is_date(digits) {
        return None;
    }
    let mut at = view.skip_blanks(run.end(6), 1);
    at = view.skip_blanks(at + usize::from(view.at(at) == '-'), 1);
    if at == run.end(6) {
        return None;
    }
    let (from, seventh) = (at, view.at(at));
    let mut hidden = 0;
    while at - from < 8 && (view.at(at).is_ascii_digit() || is_mask(view.at(at))) {
        hidden += usize::from(is_mask(view.at(at)));
        at += 1;
    }
    let shown_sex = hidden == 0 && at - from == 1 && cues.before(i, NEAR, Cue::Resident.bit()).is_some();
    let tail = (5..=7).contains(&(at - from)) && hidden >= 3;
    let closed = !view.at(at).is_ascii_alphanumeric() && view.at(at) != '-';
    let kind = seventh.to_digit(10).map_or(ResidentNumber, |digit| sort(digit as u8));
    ((tail || shown_sex) && closed).then_some((kind, at))
}

/// `주민번호 뒷자리 1000000`.
fn rear_part(run: &Run, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize)> {
    let said = cues.before(i, 4, Cue::ResidentRear.bit()).is_some();
    let seven = run.digits().len() >= 7 && run.solid(7) && run.closes(7);
    (said && seven && run.digits()[0] != 0).then(|| (sort(run.digits()[0]), run.end(7)))
}

/// 사업자등록번호: three, two and five digits; without separators only after its cue.
fn firm(run: &Run, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize)> {
    if run.digits().len() < 10 || !run.fits(&[3, 2, 5]) || !run.closes(10) {
        return None;
    }
    let said = cues.before(i, NEAR, Cue::Business.bit());
    let banked = cues.before(i, NEAR, Cue::Bank.bit() | Cue::BankNear.bit());
    let hyphens = matches!(run.gap(3), Gap::Hyphen | Gap::Wide) && run.gap(5) == run.gap(3);
    let nearer_bank = banked.is_some_and(|bank| said.is_none_or(|firm| bank < firm));
    ((said.is_some() || hyphens) && !nearer_bank).then(|| (BusinessNumber, run.end(10)))
}

/// Driver's licence: `11-12-000000-34`, `경기 12-000000-34`.
fn licence(
    view: &View,
    lexicon: &Lexicon,
    run: &Run,
    cues: &Cues,
    i: usize,
) -> Option<(PersonalDataKind, usize, usize)> {
    let said = cues.before(i, NEAR, Cue::Licence.bit()).is_some();
    let apart = |groups: &[usize]| said || run.is(groups);
    let start = region_before(view, lexicon, i);
    let whole = [2, 2, 6, 2];
    let twelve = run.digits().len() >= 12 && run.closes(12) && !is_stamp(run);
    if twelve && (run.fits(&whole) || (said && run.digits().len() == 12)) && apart(&whole) {
        return Some((DriverLicence, start.unwrap_or(i), run.end(12)));
    }
    let short = [2, 6, 2];
    let fits = run.digits().len() >= 10 && run.fits(&short) && run.closes(10);
    (fits && (said || (start.is_some() && run.is(&short))))
        .then(|| (DriverLicence, start.unwrap_or(i), run.end(10)))
}

/// Start of a region's name right before `i`, with at most one blank or hyphen between.
pub(super) fn region_before(view: &View, lexicon: &Lexicon, i: usize) -> Option<usize> {
    let end = if matches!(view.before(i), ' ' | '-') { i - 1 } else { i };
    let start = end.checked_sub(2)?;
    (lexicon.word_at(view, start, Cue::Region.bit()) == Some(end) && !is_word(view.before(start)))
        .then_some(start)
}

/// Twelve solid digits that are a moment: 202611241030.
fn is_stamp(run: &Run) -> bool {
    run.solid(12) && matches!(run.digits(), [2, 0, ..] | [1, 9, ..]) && is_date(&run.digits()[2..])
}

/// Whether the first six digits are year, month and day. The century is not known, so 29 February always is.
pub(super) fn is_date(digits: &[u8]) -> bool {
    let &[_, _, m1, m2, d1, d2, ..] = digits else {
        return false;
    };
    let (month, day) = (m1 * 10 + m2, d1 * 10 + d2);
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=last).contains(&day)
}

fn sort(seventh: u8) -> PersonalDataKind {
    if (5..=8).contains(&seventh) { ForeignerNumber } else { ResidentNumber }
}

/// ISO/IEC 7812-1 annex B.
fn luhn(digits: &[u8]) -> bool {
    let weigh = |(k, digit): (usize, &u8)| match (k % 2, digit * 2) {
        (0, _) => *digit,
        (_, double) => double / 10 + double % 10,
    };
    digits.iter().rev().enumerate().map(weigh).map(u32::from).sum::<u32>().is_multiple_of(10)
}

/// Weights 1 and 2 in turn (<https://allinfo.tistory.com/1283>).
fn corporate_check(digits: &[u8]) -> bool {
    let sum: u32 = digits[..12].iter().zip([1, 2].into_iter().cycle()).map(|(d, w)| u32::from(*d) * w).sum();
    (10 - sum % 10) % 10 == u32::from(digits[12]) && sum > 0
}

fn is_mask(c: char) -> bool {
    matches!(c, '*' | 'x' | 'X' | '●' | '○' | '#' | '※' | '□' | '■')
}

fn is_code(c: char) -> bool {
    c.is_ascii_alphanumeric() || placeholder(c).is_some()
}

fn is_word_or_hyphen(c: char) -> bool {
    is_word(c) || c == '-' || placeholder(c).is_some()
}

/// `SM-S12345678`: the letter goes on with a code.
fn after_code(view: &View, i: usize) -> bool {
    view.before(i) == '-' && is_code(view.before(i - 1))
}

/// The number must not be the tail of a longer code.
fn opens(view: &View, i: usize) -> bool {
    !is_code(view.before(i)) && !after_code(view, i)
}
