//! The part of an address that leads to a door: road name and number, lot number, block and room.
//!
//! City, district and village stay: triage needs them. A road without number stays too, so do bus lines, lanes,
//! counts and distances after a word in -로.

use std::ops::Range;

use super::PersonalDataKind::{self, Address};
use super::cues::Cues;
use super::lexicon::{Cue, Lexicon};
use super::view::{View, is_hangul, is_word, placeholder};

mod tail;

/// No road name and no other word of an address is longer.
const WORD: usize = 14;
/// How near a word such as `주소` must be.
const NEAR: usize = 24;

/// An address whose first house number, lot number or block is at `i`.
pub(super) fn at(
    view: &View,
    lexicon: &Lexicon,
    cues: &Cues,
    i: usize,
) -> Option<(PersonalDataKind, usize, usize)> {
    let before = view.before(i);
    if before.is_ascii_alphanumeric() || matches!(before, '.' | ',' | '~') || placeholder(before).is_some() {
        return None;
    }
    let look = Look { view, lexicon, cues };
    let (start, end) = look.road(i).or_else(|| look.lot(i)).or_else(|| look.door(i))?;
    Some((Address, start, tail::end(&look, end)))
}

/// What the parts of this room look with.
struct Look<'a> {
    view: &'a View,
    lexicon: &'a Lexicon,
    cues: &'a Cues,
}

impl Look<'_> {
    /// `행복로 12-3`, `행복로123번길 45`; `i` is where the house number begins.
    fn road(&self, i: usize) -> Option<(usize, usize)> {
        let name = self.word_before(i)?;
        let last = self.view.before(name.end);
        if !matches!(last, '로' | '길') {
            return None;
        }
        let number = self.number(i)?;
        // `매산로1가 12-3`: the first number belongs to the street's name.
        if self.view.at(number.end) == '가'
            && is_number(self.view.at(self.view.skip_blanks(number.end + 1, 1)))
        {
            return None;
        }
        let branch = self.is_branch(&name);
        let start = match self.word_before(name.start) {
            Some(main) if branch && matches!(self.view.before(main.end), '로' | '길') => main.start,
            _ => name.start,
        };
        if self.is_common(&name, Cue::NotRoad) && start == name.start {
            return None;
        }
        let free = !self.counted(number.end);
        let long = name.len() >= 3 || branch;
        let particle = last == '로' && self.view.before(name.end - 1) == '으';
        let hyphen = (number.start..number.end).any(|k| self.view.at(k) == '-');
        let shaped = last == '길' || hyphen || self.doored(number.end);
        let sure =
            branch || self.in_place(start) || self.homely(start, number.end) || (shaped && long && !particle);
        (free && sure && name.len() >= 2).then_some((start, number.end))
    }

    /// `산 12-3번지`, `정왕동 1234-5`; `i` is where the lot number begins. The village's name stays.
    fn lot(&self, i: usize) -> Option<(usize, usize)> {
        let number = self.number(i)?;
        let hill = self.view.skip_blanks_back(i, 1);
        let on_hill = self.view.before(hill) == '산' && !is_word(self.view.before(hill - 1));
        let start = if on_hill { hill - 1 } else { i };
        if let Some(end) = self.view.text(self.view.skip_blanks(number.end, 1), "번지") {
            return Some((start, end));
        }
        let village = self.word_before(start)?;
        let last = self.view.before(village.end);
        let street = last == '가' && self.view.before(village.end - 1).is_ascii_digit();
        let placed = (matches!(last, '동' | '리' | '읍' | '면') || street) && village.len() >= 2;
        if !placed
            || self.is_common(&village, Cue::NotVillage)
            || self.view.at(village.start).is_ascii_digit()
        {
            return None;
        }
        let hyphen = (number.start..number.end).any(|k| self.view.at(k) == '-');
        let named = village.len() >= 3 && matches!(last, '동' | '리');
        let place = self.in_place(village.start);
        let sure = on_hill || place || street || (hyphen && named) || self.homely(village.start, number.end);
        (sure && !self.counted(number.end) && (hyphen || on_hill || number.len() <= 4))
            .then_some((start, number.end))
    }

    /// `101동 1203호`, or `1203호` right after a house's name or floor.
    fn door(&self, i: usize) -> Option<(usize, usize)> {
        let start = if self.view.before(i) == '제' { i - 1 } else { i };
        if let Some(end) = tail::block_and_room(self, start) {
            return Some((start, end));
        }
        let house = self.cues.before(start, 1, Cue::Building.bit()).is_some();
        let pair = self.number(i).filter(|pair| {
            let hyphen = (pair.start..pair.end).any(|k| self.view.at(k) == '-');
            house && hyphen && pair.len() >= 6 && (self.view.at(pair.end) == '호' || !self.counted(pair.end))
        });
        if let Some(pair) = pair {
            return Some((start, self.view.text(pair.end, "호").unwrap_or(pair.end)));
        }
        let room = tail::room(self, start)?;
        (house || self.lives_after(room)).then_some((start, room))
    }

    /// A house or lot number: up to four digits, perhaps a hyphen and up to four more.
    fn number(&self, i: usize) -> Option<Range<usize>> {
        let digits = |from: usize| (0..6).take_while(|k| self.view.at(from + k).is_ascii_digit()).count();
        let main = digits(i);
        if !(1..=4).contains(&main) {
            return None;
        }
        let mut end = i + main;
        if self.view.at(end) == '-' {
            let sub = digits(end + 1);
            if !(1..=4).contains(&sub) || self.view.at(end + 1 + sub) == '-' {
                return None;
            }
            end += 1 + sub;
        }
        let next = self.view.at(end);
        let longer = next.is_ascii_alphanumeric() || matches!(next, ':' | '%' | '/' | '~');
        let decimal = matches!(next, '.' | ',') && self.view.at(end + 1).is_ascii_digit();
        (!longer && !decimal).then_some(i..end)
    }

    /// The word that ends before `i`, with at most one blank between.
    fn word_before(&self, i: usize) -> Option<Range<usize>> {
        let end = self.view.skip_blanks_back(i, 1);
        let mut start = end;
        while start > 0 && end - start < WORD && is_word(self.view.at(start - 1)) {
            start -= 1;
        }
        (start < end).then_some(start..end)
    }

    /// `123번길`, `행복로123번길`, `12번가길`, `행복3길`: a branch of a road, never a common word.
    fn is_branch(&self, word: &Range<usize>) -> bool {
        let digit = |k: usize| k > word.start && self.view.at(k - 1).is_ascii_digit();
        let end = word.end - 1;
        let counted = ["번길", "번가길", "가길", "나길", "다길", "번안길"]
            .into_iter()
            .any(|tail| self.ends_with(word, tail).is_some_and(digit));
        counted || (self.view.at(end) == '길' && digit(end))
    }

    fn ends_with(&self, word: &Range<usize>, tail: &str) -> Option<usize> {
        let start = word.end.checked_sub(tail.chars().count())?;
        (self.view.text(start, tail) == Some(word.end)).then_some(start)
    }

    /// Whether the word is, or ends with, a listed common word.
    fn is_common(&self, word: &Range<usize>, list: Cue) -> bool {
        let long = (word.start..word.end - 1).any(|k| {
            (k == word.start || word.end - k >= 3)
                && self.lexicon.word_at(self.view, k, list.bit()) == Some(word.end)
        });
        long || self.lexicon.word_at(self.view, word.start, list.bit()) == Some(word.end)
    }

    /// Whether a district or village stands before `i`: `팔달구 `, `서종면 `, `평택 `.
    fn in_place(&self, i: usize) -> bool {
        let Some(word) = self.word_before(i) else {
            return false;
        };
        let named = matches!(self.view.before(word.end), '시' | '군' | '구' | '읍' | '면' | '동' | '리')
            && word.len() >= 2
            && is_hangul(self.view.at(word.start))
            && !self.is_common(&word, Cue::NotVillage);
        named || self.lexicon.word_at(self.view, word.start, Cue::City.bit()) == Some(word.end)
    }

    /// Whether the text says before or after that somebody lives here.
    fn homely(&self, start: usize, end: usize) -> bool {
        self.cues.before(start, NEAR, Cue::Address.bit()).is_some() || self.lives_after(end)
    }

    fn lives_after(&self, end: usize) -> bool {
        let at = self.view.skip_blanks(self.view.text(end, "에").unwrap_or(end), 1);
        let at = self.view.text(at, "서").map_or(at, |after| self.view.skip_blanks(after, 1));
        ["사는", "살고", "살아", "삽니다", "거주", "살며", "살던", "사시는", "세대주"]
            .into_iter()
            .any(|word| self.view.text(at, word).is_some())
    }

    /// Whether the number at `end` counts something, so that it is no house number.
    fn counted(&self, end: usize) -> bool {
        let view = self.view;
        if is_word(view.at(end)) {
            return self.lexicon.word_at(view, end, Cue::AfterNumber.bit()).is_none()
                || view.text(end, "호선").is_some();
        }
        let next = view.skip_blanks(end, 1);
        let counter = self.lexicon.word_at(view, next, Cue::Counter.bit());
        matches!(view.at(next), '%' | '~')
            || counter.is_some_and(|after| !is_hangul(view.at(after)) || is_particle(view.at(after)))
    }

    /// Whether floor, block, room, or a word that only a door has comes after the number.
    fn doored(&self, end: usize) -> bool {
        let next = self.view.skip_blanks(end, 2);
        let next = if self.view.at(next) == ',' { self.view.skip_blanks(next + 1, 1) } else { next };
        tail::part(self, next).is_some()
            || self.lexicon.word_at(self.view, next, Cue::Building.bit()).is_some()
            || ["번지", "앞", "옆", "뒤", "맞은편", "건너편", "근처", "인근", "부근"].into_iter().any(
                |word| {
                    self.view.text(next, word).is_some_and(|after| {
                        !is_hangul(self.view.at(after)) || is_particle(self.view.at(after))
                    })
                },
            )
    }
}

/// A digit, or a house number that is masked already.
fn is_number(c: char) -> bool {
    c.is_ascii_digit() || placeholder(c) == Some(Address)
}

fn is_particle(c: char) -> bool {
    matches!(
        c,
        '이' | '가' | '은' | '는' | '을' | '를' | '의' | '에' | '도' | '만' | '로' | '쪽' | '인' | '정'
    )
}
