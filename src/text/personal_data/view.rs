//! The masker's reading of a text: one unit a character, look-alikes made equal, placeholders opaque.
//!
//! Full-width forms become ASCII, all dashes `-`, all blanks a space; zero-width characters vanish. A placeholder (one
//! that was in the text, or one that a pass has just put there) is a single unit. So a view after the last pass equals
//! the view of the masked text: what ends with nothing left to find also finds nothing in its own output.

use std::ops::Range;

use super::PersonalDataKind;

/// Placeholders are coded as characters from here on; the same characters in a text are read as U+FFFD.
const PLACEHOLDERS: u32 = 0xF_0000;
/// What is read outside of the text.
pub(super) const OUTSIDE: char = '\0';

#[derive(Debug, Clone, Copy)]
struct Unit {
    c: char,
    /// `c` as a small letter.
    low: char,
    start: u32,
    end: u32,
}

/// A text as a row of units; positions are unit indices.
pub(super) struct View {
    units: Vec<Unit>,
    #[cfg(test)]
    looks: std::cell::Cell<usize>,
}

impl View {
    pub(super) fn of(text: &str) -> Self {
        let mut units = Vec::with_capacity(text.len() / 2);
        let mut skip_to = 0;
        for (at, original) in text.char_indices() {
            if at < skip_to {
                continue;
            }
            let mut end = at + original.len_utf8();
            let mut c = fold(original);
            if original == '['
                && let Some(kind) = PersonalDataKind::of_placeholder(&text[at..])
            {
                end = at + kind.placeholder().len();
                skip_to = end;
                c = code(kind);
            }
            if c != OUTSIDE {
                units.push(Unit { c, low: lower(c), start: at as u32, end: end as u32 });
            }
        }
        Self {
            units,
            #[cfg(test)]
            looks: std::cell::Cell::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// The unit at `i`, or [`OUTSIDE`].
    pub(super) fn at(&self, i: usize) -> char {
        self.count(1);
        self.units.get(i).map_or(OUTSIDE, |unit| unit.c)
    }

    /// The unit before `i`, or [`OUTSIDE`].
    pub(super) fn before(&self, i: usize) -> char {
        i.checked_sub(1).map_or(OUTSIDE, |k| self.at(k))
    }

    /// The unit at `i` as a small letter, or [`OUTSIDE`].
    pub(super) fn low(&self, i: usize) -> char {
        self.count(1);
        self.units.get(i).map_or(OUTSIDE, |unit| unit.low)
    }

    /// The end of `word`, which is in small letters, if it stands at `i` in either case.
    pub(super) fn word(&self, i: usize, word: &[char]) -> Option<usize> {
        self.count(word.len());
        let units = self.units.get(i..i + word.len())?;
        units.iter().map(|unit| unit.low).eq(word.iter().copied()).then_some(i + word.len())
    }

    /// The end of a literal if it stands at `i`.
    pub(super) fn text(&self, i: usize, word: &str) -> Option<usize> {
        let mut at = i;
        for c in word.chars() {
            if self.at(at) != c {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// First position from `i` on that holds no blank, looking over at most `limit` blanks.
    pub(super) fn skip_blanks(&self, i: usize, limit: usize) -> usize {
        (i..i + limit).find(|&k| self.at(k) != ' ').unwrap_or(i + limit)
    }

    /// End of what stands before `i` and before at most `limit` blanks.
    pub(super) fn skip_blanks_back(&self, i: usize, limit: usize) -> usize {
        let mut end = i;
        while end > 0 && i - end < limit && self.at(end - 1) == ' ' {
            end -= 1;
        }
        end
    }

    /// Puts placeholders over sorted, disjoint ranges.
    pub(super) fn cover(&mut self, found: &[(Range<usize>, PersonalDataKind)]) {
        let Some((first, _)) = found.first() else { return };
        let mut write = first.start;
        for (n, (range, kind)) in found.iter().enumerate() {
            let (start, end) = (self.units[range.start].start, self.units[range.end - 1].end);
            self.units[write] = Unit { c: code(*kind), low: code(*kind), start, end };
            write += 1;
            let next = found.get(n + 1).map_or(self.units.len(), |(next, _)| next.start);
            self.units.copy_within(range.end..next, write);
            write += next - range.end;
        }
        self.units.truncate(write);
    }

    /// All placeholders with their bytes in the text.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = (PersonalDataKind, Range<usize>)> + '_ {
        self.units.iter().filter_map(|u| Some((placeholder(u.c)?, u.start as usize..u.end as usize)))
    }

    /// Counts looks, so that a test can tell that work is linear.
    #[cfg(test)]
    fn count(&self, looks: usize) {
        self.looks.set(self.looks.get() + looks);
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the test's twin counts in the view")]
    fn count(&self, _looks: usize) {}

    /// How often a unit was looked at.
    #[cfg(test)]
    pub(super) fn looks(&self) -> usize {
        self.looks.get()
    }
}

/// The kind of the placeholder that a unit is.
pub(super) fn placeholder(c: char) -> Option<PersonalDataKind> {
    let index = (c as u32).checked_sub(PLACEHOLDERS)?;
    PersonalDataKind::ALL.get(index as usize).copied()
}

/// A composed Hangul syllable.
pub(super) fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}

/// A letter or digit of a word as people write them here.
pub(super) fn is_word(c: char) -> bool {
    is_hangul(c) || c.is_ascii_alphanumeric()
}

/// The small letter, for the scripts that have them.
pub(super) fn lower(c: char) -> char {
    match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        '\u{c0}'..='\u{52f}' | '\u{1e00}'..='\u{1eff}' => c.to_lowercase().next().unwrap_or(c),
        c => c,
    }
}

fn code(kind: PersonalDataKind) -> char {
    char::from_u32(PLACEHOLDERS + kind as u32).expect("fifteen characters of plane 15 are valid")
}

fn fold(c: char) -> char {
    match c {
        '!'..='~' | ' ' | '\n' | '가'..='힣' => c,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xff01 + 0x21).unwrap_or(c),
        '\u{1d7ce}'..='\u{1d7ff}' => char::from((b'0') + ((c as u32 - 0x1d7ce) % 10) as u8),
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{2500}'
        | 'ㅡ'
        | 'ー'
        | '\u{2043}' => '-',
        '〜' | '∼' => '~',
        'ㆍ' | '•' | '‧' | '・' | '∙' => '·',
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => OUTSIDE,
        '\0' => '\u{fffd}',
        c if c as u32 >= PLACEHOLDERS => '\u{fffd}',
        c => c,
    }
}
