//! Reads digits as people write them: `010-0000-1234`, `0 1 0`, `０１０`, `공일공`, `010 다시 0000`.
//!
//! A [`Run`] knows which digits there are and what stands between them. Which number they make is decided elsewhere.
//! Every read is bounded: at most [`MOST`] digits with at most [`WIDEST_GAP`] units between two of them.

use super::view::View;

/// No identifier has more digits.
pub(super) const MOST: usize = 24;
/// The widest separator: a blank, two marks, a blank; or a blank, a word, a blank.
const WIDEST_GAP: usize = 5;

/// What counts as a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// 0 to 9.
    Arabic,
    /// Also Hangul-spoken digits and letters that look like 0 and 1.
    Spoken,
}

/// What stands before a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    None,
    Space,
    /// A hyphen without blanks.
    Hyphen,
    /// A hyphen with blanks: holds a number together, or stands between two.
    Wide,
    Dot,
    Other,
}

/// Digits with their places and what separates them.
pub(super) struct Run {
    digits: [u8; MOST],
    at: [usize; MOST],
    gaps: [Gap; MOST],
    /// Which digits are words or letters.
    soft: [bool; MOST],
    len: usize,
}

impl Run {
    /// Reads from `start`, which should hold a digit.
    pub(super) fn read(view: &View, start: usize, script: Script) -> Self {
        let mut run =
            Self { digits: [0; MOST], at: [0; MOST], gaps: [Gap::None; MOST], soft: [false; MOST], len: 0 };
        let (mut i, mut gap) = (start, Gap::None);
        while let Some(value) = value(view.at(i), script) {
            (run.digits[run.len], run.at[run.len], run.gaps[run.len]) = (value, i, gap);
            run.soft[run.len] = !view.at(i).is_ascii_digit();
            run.len += 1;
            if run.len == MOST {
                break;
            }
            (gap, i) = gap_at(view, i + 1);
        }
        run
    }

    pub(super) fn digits(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// End of the first `n` digits, in units.
    pub(super) fn end(&self, n: usize) -> usize {
        self.at[n - 1] + 1
    }

    pub(super) fn gap(&self, n: usize) -> Gap {
        self.gaps[n]
    }

    /// Whether nothing separates the first `n` digits.
    pub(super) fn solid(&self, n: usize) -> bool {
        self.gaps[1..n].iter().all(|gap| *gap == Gap::None)
    }

    /// Whether the first digits may be read as these groups: separators only between groups, or between
    /// (nearly) all digits.
    pub(super) fn fits(&self, groups: &[usize]) -> bool {
        let total: usize = groups.iter().sum();
        if self.len < total {
            return false;
        }
        let gaps = |range: &[Gap]| range.iter().filter(|gap| **gap != Gap::None).count();
        if gaps(&self.gaps[1..total]) + 3 >= total {
            return true;
        }
        let mut from = 0;
        groups.iter().all(|group| {
            let inside = gaps(&self.gaps[from + 1..from + group]);
            from += group;
            inside == 0
        })
    }

    /// Whether the first digits are written as exactly these groups.
    pub(super) fn is(&self, groups: &[usize]) -> bool {
        let total: usize = groups.iter().sum();
        let mut from = 0;
        self.fits(groups)
            && self.closes(total)
            && groups.iter().all(|group| {
                let apart = from == 0 || self.gaps[from] != Gap::None;
                from += group;
                apart
            })
    }

    /// Whether the number may end after `n` digits: what follows belongs neither to the same group nor, by a
    /// hyphen, to the same number. A spoken digit may follow, since `이` is also the begin of `이에요`.
    pub(super) fn closes(&self, n: usize) -> bool {
        n >= self.len
            || !matches!(self.gaps[n], Gap::None | Gap::Hyphen)
            || (self.soft[n] && self.gaps[n] == Gap::None)
    }

    /// Lengths of the groups as written, of the first `n` digits.
    pub(super) fn groups(&self, n: usize) -> impl Iterator<Item = usize> + '_ {
        let mut from = 0;
        let ends = (1..=n).filter(move |&k| k == n || self.gaps[k] != Gap::None);
        ends.map(move |end| end - std::mem::replace(&mut from, end))
    }

    /// Whether at most four of the first `n` digits are letters that only look like 0 or 1.
    pub(super) fn is_meant(&self, view: &View, n: usize) -> bool {
        let alike = |&&i: &&usize| matches!(view.at(i), 'o' | 'O' | 'ㅇ' | 'l' | 'I' | 'ㅣ');
        self.at[..n].iter().filter(alike).count() <= 4
    }
}

/// The digit that a character is.
pub(super) fn value(c: char, script: Script) -> Option<u8> {
    if c.is_ascii_digit() {
        return Some(c as u8 - b'0');
    }
    if script == Script::Arabic {
        return None;
    }
    Some(match c {
        '공' | '영' | '빵' | 'o' | 'O' | 'ㅇ' => 0,
        '일' | 'l' | 'I' | 'ㅣ' => 1,
        '이' => 2,
        '삼' => 3,
        '사' => 4,
        '오' => 5,
        '육' | '륙' => 6,
        '칠' => 7,
        '팔' => 8,
        '구' => 9,
        _ => return None,
    })
}

/// What separates a digit that ended before `i` from the next, and where that would be.
fn gap_at(view: &View, i: usize) -> (Gap, usize) {
    let mut at = view.skip_blanks(i, 2);
    let blank = at > i;
    let mut gap = if blank { Gap::Space } else { Gap::None };
    for word in ["다시", "하이픈", "대시", "바", "국에", "국의", "국", "에", "의"] {
        if let Some(end) = view.text(at, word) {
            let next = view.skip_blanks(end, 2);
            // `에` and its like are separators only where a digit follows; the caller sees that.
            return (Gap::Other, next);
        }
    }
    for _ in 0..2 {
        let kind = match view.at(at) {
            '-' | '_' => Gap::Hyphen,
            '.' | '·' | '*' => Gap::Dot,
            '/' | ',' | '(' | ')' | ':' | '|' | '~' | '+' | '=' | ';' | '\\' => Gap::Other,
            _ => break,
        };
        gap = if gap == Gap::Hyphen { gap } else { kind };
        at += 1;
        if at - i >= WIDEST_GAP {
            break;
        }
    }
    let next = view.skip_blanks(at, 2);
    (if gap == Gap::Hyphen && (blank || next > at) { Gap::Wide } else { gap }, next)
}
