//! Persons' names: a shape that may be a name, between words that say that it is one.
//!
//! Neither is enough. `신고` begins with a family name and `제 이름은 빼 주세요` has the cue; only both together
//! are masked. The weaker the cue, the more the shape must look like a name.

use std::ops::Range;

use super::PersonalDataKind;
use super::cues::Cues;
use super::lexicon::Lexicon;
use super::shape::{self, Looks, Shape};
use super::view::{OUTSIDE, View, is_hangul, is_word, lower, placeholder};

mod left;
mod other;
mod right;

use left::Left;
use right::Right;

/// So many different names are looked for again in the rest of a text.
const REMEMBERED: usize = 12;

/// What judges the names of one view.
pub(super) struct Names<'a> {
    view: &'a View,
    lexicon: &'a Lexicon,
    cues: &'a Cues,
}

impl<'a> Names<'a> {
    pub(super) fn new(view: &'a View, lexicon: &'a Lexicon, cues: &'a Cues) -> Self {
        Self { view, lexicon, cues }
    }

    /// All Korean names, in order.
    pub(super) fn find(&self) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut i = 0;
        while i < self.view.len() {
            match self.at(i, found.last().map(|name| name.end)) {
                Some(name) => {
                    i = name.end;
                    found.push(name);
                }
                None => i += 1,
            }
        }
        self.again(&found)
    }

    /// The name that begins at `i`, if one does; `last` is where the name before it ended.
    fn at(&self, i: usize, last: Option<usize>) -> Option<Range<usize>> {
        let c = self.view.at(i);
        let latin = c.is_alphabetic() && !is_hangul(c);
        if !is_hangul(c) && !latin {
            return None;
        }
        let particle =
            is_word(self.view.before(i)) && matches!(c, '은' | '는' | '이' | '가' | '도' | '의' | '만');
        let left = if particle { Left::Inside } else { self.left(i, last) };
        if left == Left::Inside {
            return None;
        }
        if latin {
            return self.latin(i, left);
        }
        shape::at(self.view, self.lexicon, i)
            .find(|shape| self.is_name(shape, left))
            .map(|shape| self.without_copula(&shape))
            .or_else(|| self.given_only(i, left))
            .or_else(|| self.newcomer(i, left))
    }

    /// The rule of the room: which shape suffices between which neighbours.
    fn is_name(&self, shape: &Shape, left: Left) -> bool {
        let right = self.right(shape.units.end);
        let (sure, likely) = (shape.looks >= Looks::Sure, shape.looks >= Looks::Likely);
        let long = shape.syllables >= 3;
        let apart = shape.units.len() > shape.syllables;
        let closed = right.closes();
        let attached = is_word(self.view.before(shape.units.start));
        if right == Right::Inside || (apart && (attached || !self.may_be_apart(shape, left, right))) {
            return false;
        }
        match left {
            Left::Label => closed && (sure || (likely && right != Right::Particle)),
            Left::LabelColon => closed,
            Left::NameIs if matches!(right, Right::End | Right::Title | Right::Ssi) => likely,
            Left::NameIs if right == Right::CopulaWeak => sure,
            Left::NameIs => right.says_name() && (long || likely),
            Left::RoleColon
                if closed && (likely || (long && !shape.ends_word && right != Right::Particle)) =>
            {
                true
            }
            Left::SelfIntro if right == Right::Copula => likely && (!long || !shape.ends_word),
            _ => match right {
                Right::Ssi if long => !self.is_ssi_word(shape),
                Right::Ssi => likely && !left.is_role(),
                Right::Sign => sure || (likely && long),
                Right::Title | Right::Age | Right::Number | Right::Reported => sure,
                Right::Copula => sure && (left.introduces() || self.is_called(shape.units.end)),
                Right::End if left == Left::Closing => sure && self.ends_text(shape.units.end),
                Right::End | Right::Particle => {
                    sure && (left.is_role() || left == Left::Number || left == Left::List)
                }
                _ => false,
            },
        }
    }

    /// `라고 합니다`: says how somebody is called, without a cue before the name.
    fn is_called(&self, end: usize) -> bool {
        let after = self.view.text(end, "이라고").or_else(|| self.view.text(end, "라고"));
        let says = |at: usize| {
            ["합니다", "해요", "하는데", "하고"].into_iter().any(|word| self.view.text(at, word).is_some())
        };
        self.view.text(end, "입니다").is_some() || after.is_some_and(|at| says(self.view.skip_blanks(at, 1)))
    }

    /// Whether nothing but a full stop follows in the line.
    fn ends_text(&self, end: usize) -> bool {
        let next = self.view.skip_blanks(end + usize::from(self.view.at(end) == '.'), 2);
        matches!(self.view.at(next), OUTSIDE | '\n')
    }

    /// `한별이에요`: the last syllable belongs to the copula if the rest is a name without it.
    fn without_copula(&self, shape: &Shape) -> Range<usize> {
        let Range { start, end } = shape.units.clone();
        let copula =
            self.view.before(end) == '이' && end - start == 3 && self.right(end - 1) == Right::Copula;
        let shorter = shape::at(self.view, self.lexicon, start)
            .any(|other| other.units.end + 1 == end && other.looks >= Looks::Likely);
        if copula && (shorter || shape::given_at(self.view, self.lexicon, start)) {
            start..end - 1
        } else {
            start..end
        }
    }

    /// Blanks inside a name are believed only where a name must come.
    fn may_be_apart(&self, shape: &Shape, left: Left, right: Right) -> bool {
        let likely = shape.looks >= Looks::Likely;
        match left {
            Left::Label | Left::LabelColon | Left::RoleColon => likely,
            Left::NameIs | Left::SelfIntro => likely && right == Right::Copula,
            _ => likely && matches!(right, Right::Ssi | Right::Sign) && self.view.at(shape.units.end) == ' ',
        }
    }

    /// `아저씨`, `글씨`: the last syllable belongs to the word and not to a name.
    fn is_ssi_word(&self, shape: &Shape) -> bool {
        let end = shape.units.end;
        self.view.at(end) == '씨'
            && matches!(
                self.view.before(end),
                '저' | '가' | '글' | '말' | '솜' | '날' | '맵' | '불' | '아' | '마'
            )
    }

    /// Adds further occurrences of the full names that were found.
    fn again(&self, found: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut names: Vec<Vec<char>> = Vec::new();
        for range in found {
            let name: Vec<char> = range.clone().map(|k| lower(self.view.at(k))).collect();
            if name.len() >= 3 && names.len() < REMEMBERED && !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return found.to_vec();
        }
        let mut all = found.to_vec();
        let mut i = 0;
        while i < self.view.len() {
            let hit = (!is_word(self.view.before(i)))
                .then(|| names.iter().find_map(|name| self.view.word(i, name)))
                .flatten();
            if let Some(end) = hit {
                all.push(i..end);
            }
            i = hit.unwrap_or(i + 1);
        }
        all.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        let mut free_from = 0;
        all.retain(|range| {
            let free = range.start >= free_from;
            free_from = if free { range.end } else { free_from };
            free
        });
        all
    }
}

/// Whether a placeholder is of a number that people write next to their name.
fn is_contact(c: char) -> bool {
    use PersonalDataKind::{Account, Email, ForeignerNumber, Phone, ResidentNumber};
    matches!(placeholder(c), Some(Phone | ResidentNumber | ForeignerNumber | Account | Email))
}
