//! What may still belong to an address after its number: block, floor, room, house name, a note in parentheses.

use super::{Look, WORD};
use crate::text::personal_data::view::{is_hangul, is_word};

/// At most so many parts follow a number.
const PARTS: usize = 6;
/// The longest note in parentheses.
const NOTE: usize = 24;

/// End of an address whose number ended at `end`.
pub(super) fn end(look: &Look<'_>, end: usize) -> usize {
    let mut end = look.view.text(end, "번지").unwrap_or(end);
    for _ in 0..PARTS {
        let mut next = look.view.skip_blanks(end, 1);
        if look.view.at(next) == ',' {
            next = look.view.skip_blanks(next + 1, 1);
        }
        match part(look, next)
            .or_else(|| pair(look, next))
            .or_else(|| note(look, next))
            .or_else(|| named_house(look, next))
        {
            Some(after) => end = after,
            None => break,
        }
    }
    end
}

/// `101동 1203호`: both, so that neither a village nor a line of the railway can be meant.
pub(super) fn block_and_room(look: &Look<'_>, start: usize) -> Option<usize> {
    let block = block(look, start)?;
    let mut next = look.view.skip_blanks(block, 1);
    next += usize::from(matches!(look.view.at(next), ',' | '-' | '/'));
    let next = look.view.skip_blanks(next, 1);
    let next = floor(look, next).map_or(next, |after| look.view.skip_blanks(after, 1));
    room(look, next)
}

/// One part of an address: block, floor or room.
pub(super) fn part(look: &Look<'_>, start: usize) -> Option<usize> {
    block_and_room(look, start)
        .or_else(|| room(look, start))
        .or_else(|| floor(look, start))
        .or_else(|| block(look, start))
}

/// `1203호`, `B101호`, `제3호`, `지하 1호`.
pub(super) fn room(look: &Look<'_>, start: usize) -> Option<usize> {
    let view = look.view;
    let at = view.text(start, "제").unwrap_or(start);
    let at = if matches!(view.at(at), 'B' | 'b') { at + 1 } else { at };
    let end = counted(look, at, 5, "호")?;
    let other = matches!(view.at(end), '선' | '차' | '봉' | '기' | '점' | '텔')
        || view.text(view.skip_blanks(end, 1), "태풍").is_some();
    (!other).then_some(end)
}

/// `101-1203` after a house number: block and room.
fn pair(look: &Look<'_>, start: usize) -> Option<usize> {
    let digits = |from: usize| (0..5).take_while(|k| look.view.at(from + k).is_ascii_digit()).count();
    let (block, room) = (digits(start), digits(start + digits(start) + 1));
    let end = start + block + 1 + room;
    let shaped = (1..=4).contains(&block) && (3..=4).contains(&room) && look.view.at(start + block) == '-';
    (shaped && !is_word(look.view.at(end)) && look.view.at(end) != '-').then_some(end)
}

fn block(look: &Look<'_>, start: usize) -> Option<usize> {
    let view = look.view;
    let at = view.text(start, "제").unwrap_or(start);
    let lettered = |c: char| c.is_ascii_alphabetic() || matches!(c, '가' | '나' | '다' | '라' | '마');
    if lettered(view.at(at))
        && view.at(at + 1) == '동'
        && !is_word(view.at(at + 2))
        && !is_word(view.before(at))
    {
        return Some(at + 2);
    }
    counted(look, at, 4, "동").filter(|end| !matches!(view.at(*end), '안' | '네' | '시' | '행'))
}

fn floor(look: &Look<'_>, start: usize) -> Option<usize> {
    let view = look.view;
    for word in ["반지하", "지층", "옥탑방", "옥탑"] {
        if let Some(end) = view.text(start, word) {
            return Some(end);
        }
    }
    let at = view.text(start, "지하").map_or(start, |after| view.skip_blanks(after, 1));
    let at = if matches!(view.at(at), 'B' | 'b') { at + 1 } else { at };
    counted(look, at, 2, "층").filter(|end| view.text(*end, "짜리").is_none())
}

fn counted(look: &Look<'_>, start: usize, most: usize, unit: &str) -> Option<usize> {
    let digits = (0..=most).take_while(|k| look.view.at(start + k).is_ascii_digit()).count();
    if digits == 0 || digits > most {
        return None;
    }
    look.view.text(start + digits, unit)
}

/// `(비전동, 행복아파트)`.
fn note(look: &Look<'_>, start: usize) -> Option<usize> {
    if look.view.at(start) != '(' {
        return None;
    }
    let close = (start + 1..start + NOTE).find(|k| matches!(look.view.at(*k), ')' | '\n' | '('))?;
    let about_place = (start + 1..close).any(|k| {
        matches!(look.view.at(k), '동' | '리' | '가')
            && !is_hangul(look.view.at(k + 1))
            && is_hangul(look.view.before(k))
            || ["아파트", "빌라", "주택", "오피스텔"]
                .into_iter()
                .any(|word| look.view.text(k, word).is_some())
    });
    (look.view.at(close) == ')' && about_place).then_some(close + 1)
}

/// One or two words that name a house, if a block, floor or room follows.
fn named_house(look: &Look<'_>, start: usize) -> Option<usize> {
    let mut at = start;
    for _ in 0..2 {
        let end = (at..at + WORD).find(|k| !is_word(look.view.at(*k)))?;
        if end == at {
            return None;
        }
        let next = look.view.skip_blanks(end, 1);
        let next = if look.view.at(next) == ',' { look.view.skip_blanks(next + 1, 1) } else { next };
        if let Some(after) = part(look, next) {
            return Some(after);
        }
        at = next;
    }
    None
}
