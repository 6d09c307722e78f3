//! Vehicle plates: `12가3456`, `123가 4567`, `경기 12 가 3456`.
//!
//! Letters by 자동차 등록번호판 등의 기준에 관한 고시: private, commercial (아바사자), rental (하허호), delivery (배).

use super::PersonalDataKind::{self, Vehicle};
use super::cues::Cues;
use super::identifiers::region_before;
use super::lexicon::{Cue, Lexicon};
use super::view::View;

const LETTERS: &str = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자하허호배";
/// Letters that count something or end a word: with blanks around them they need a cue.
const WORDS: &str = "나다라마서로도조구주수부모오사아자하호무소보가";
const NEAR: usize = 16;

/// A plate whose first digit is at `i`.
pub(super) fn at(
    view: &View,
    lexicon: &Lexicon,
    cues: &Cues,
    i: usize,
) -> Option<(PersonalDataKind, usize, usize)> {
    let region = region_before(view, lexicon, i);
    if region.is_none() && super::view::is_word(view.before(i)) && !super::view::is_hangul(view.before(i)) {
        return None;
    }
    let digits = digits(view, i, 3);
    if digits == 0 || (digits == 1 && region.is_none()) || matches!(view.before(i), '-' | '.' | ',') {
        return None;
    }
    let letter_at = view.skip_blanks(i + digits, 1);
    let letter = view.at(letter_at);
    if !LETTERS.contains(letter) {
        return None;
    }
    let mut number_at = view.skip_blanks(letter_at + 1, 1);
    if matches!(view.at(number_at), '-' | '.') && number_at == letter_at + 1 {
        number_at += 1;
    }
    if self::digits(view, number_at, 5) != 4 {
        return None;
    }
    let end = number_at + 4;
    let apart = letter_at > i + digits || number_at > letter_at + 1;
    let said = region.is_some() || cues.before(i, NEAR, Cue::Vehicle.bit()).is_some();
    let loose = letter_at > i + digits && number_at > letter_at + 1 && WORDS.contains(letter);
    let doubtful = !said && (loose || (apart && counts(letter)));
    let counter_at = view.skip_blanks(end, 1);
    let counted = !said
        && view.at(counter_at) != '번'
        && lexicon.word_at(view, counter_at, Cue::Counter.bit()).is_some()
        && (counter_at == end || lone_counter(view, lexicon, counter_at));
    (!doubtful && !counted).then_some((Vehicle, region.unwrap_or(i), end))
}

/// `호`, `조` and the like count by themselves: `10호 2026`, `12조 3000`.
fn counts(letter: char) -> bool {
    matches!(letter, '호' | '조' | '도' | '주' | '구' | '수' | '부' | '오')
}

/// A counter after a blank counts only if the word ends with it: `1234 대`, but not `1234 대기`.
fn lone_counter(view: &View, lexicon: &Lexicon, i: usize) -> bool {
    lexicon.word_at(view, i, Cue::Counter.bit()).is_some_and(|end| !super::view::is_word(view.at(end)))
}

fn digits(view: &View, i: usize, most: usize) -> usize {
    (0..most).take_while(|k| view.at(i + k).is_ascii_digit()).count()
}
