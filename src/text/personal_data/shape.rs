//! What may be a Korean name, by its syllables alone. Whether the text means a name is decided in `names`.

use std::ops::Range;

use super::lexicon::{Lexicon, flag};
use super::view::{View, is_hangul};

/// How much a row of syllables looks like a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Looks {
    /// Family name and one or two syllables, no known word.
    Possible,
    /// Family name and syllables that given names have, and no place.
    Likely,
    /// As before, three or more syllables, no rare family name, and no noun with a particle.
    Sure,
}

/// A candidate for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) units: Range<usize>,
    pub(super) looks: Looks,
    /// Syllables without blanks.
    pub(super) syllables: usize,
    /// May also be a known noun with a particle or an ending, or a place.
    pub(super) ends_word: bool,
}

/// Candidates that begin at `i`, the longest first.
pub(super) fn at(view: &View, lexicon: &Lexicon, i: usize) -> impl Iterator<Item = Shape> {
    let mut shapes = [const { None }; 5];
    if lexicon.is(view.at(i), flag::DOUBLE) && is_hangul(view.at(i + 1)) {
        shapes[0] = shape(view, lexicon, &[i, i + 1], &[i + 2, i + 3]);
        shapes[1] = shape(view, lexicon, &[i, i + 1], &[i + 2]);
    }
    if lexicon.is(view.at(i), flag::SURNAME) {
        shapes[2] = shape(view, lexicon, &[i], &[i + 1, i + 2]);
        shapes[3] = shape(view, lexicon, &[i], &[i + 1]);
        // `김 민수`, `김 민 수`
        if view.at(i + 1) == ' ' {
            let last = if view.at(i + 3) == ' ' { i + 4 } else { i + 3 };
            shapes[4] = shape(view, lexicon, &[i], &[i + 2, last]);
        }
    }
    shapes.into_iter().flatten()
}

/// Whether two syllables at `i` look like a given name.
pub(super) fn given_at(view: &View, lexicon: &Lexicon, i: usize) -> bool {
    let given: String = [view.at(i), view.at(i + 1)].iter().collect();
    lexicon.is(view.at(i), flag::FIRST)
        && lexicon.is(view.at(i + 1), flag::LAST)
        && !lexicon.not_names.contains(&given)
        && !lexicon.with_particle.contains(&given)
}

fn shape(view: &View, lexicon: &Lexicon, family: &[usize], given: &[usize]) -> Option<Shape> {
    let end = given.last()? + 1;
    let whole: String = family.iter().chain(given).map(|&k| view.at(k)).collect();
    if !whole.chars().all(is_hangul) || lexicon.not_names.contains(&whole) {
        return None;
    }
    let family_name: String = family.iter().map(|&k| view.at(k)).collect();
    if family.len() == 2 && !lexicon.double_surnames.contains(&family_name) {
        return None;
    }
    let syllables = whole.chars().count();
    let likely = match given {
        [one] => lexicon.is(view.at(*one), flag::SINGLE),
        [first, last, ..] => {
            lexicon.is(view.at(*first), flag::FIRST) && lexicon.is(view.at(*last), flag::LAST)
        }
        [] => false,
    };
    let likely = likely && !(syllables >= 3 && is_place(lexicon, &whole));
    let rare = family.len() == 1 && lexicon.is(view.at(family[0]), flag::RARE);
    let apart = end - family[0] > syllables;
    let ends_word = is_word_with_end(lexicon, &whole);
    if !likely && ends_word {
        return None;
    }
    let sure = likely && !rare && syllables >= 3 && !apart && !ends_word;
    let looks = match (likely, sure) {
        (true, true) => Looks::Sure,
        (true, false) => Looks::Likely,
        _ => Looks::Possible,
    };
    Some(Shape { units: family[0]..end, looks, syllables, ends_word: ends_word || is_place(lexicon, &whole) })
}

/// `민원을`, `신청한`: a known noun with a particle or an ending.
fn is_word_with_end(lexicon: &Lexicon, whole: &str) -> bool {
    let Some((cut, last)) = whole.char_indices().last() else {
        return false;
    };
    let noun = &whole[..cut];
    let particle = matches!(
        last,
        '이' | '가' | '은' | '는' | '을' | '를' | '의' | '도' | '만' | '로' | '와' | '과' | '에'
    );
    let ending = matches!(
        last,
        '은' | '을'
            | '의'
            | '도'
            | '만'
            | '이'
            | '하'
            | '한'
            | '해'
            | '라'
            | '인'
            | '로'
            | '신'
            | '서'
            | '지'
    );
    (particle && lexicon.with_particle.contains(noun)) || (ending && lexicon.not_names.contains(noun))
}

/// `정자동`, `안산시`, `오산역`.
fn is_place(lexicon: &Lexicon, whole: &str) -> bool {
    let placed = whole.ends_with(['동', '리', '면', '읍', '구', '군', '시', '역', '로', '길']);
    let given = whole.char_indices().nth(1).map_or("", |(cut, _)| &whole[cut..]);
    placed && !lexicon.place_like_given.contains(given)
}
