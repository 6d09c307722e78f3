//! The folded form of a text: what the matcher reads instead of the letters that were typed.
//!
//! Spaces, punctuation and crying vowels (ㅠㅠ) are dropped and Hangul becomes a stream of jamo in which
//! spellings that sound alike are the same: `죽어` = `주거`, `싶어` = `십어`, `났어` = `나써`, `때려` begins with
//! `때리`, `살ㄹㅕ줘` = `살려줘`. Every letter remembers where it stood, so that a match in the stream
//! is a byte range of the text as given. Where sentences end is decided in `split`; no word is known here.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::split::Splitter;

/// One letter of the text that takes part in matching.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Bytes of the given text.
    pub src: Range<u32>,
    /// Bytes of the folded stream.
    pub folded: Range<u32>,
    /// The letter as typed.
    pub ch: char,
    /// A space, a mark or the text's edge stands before it.
    pub word_start: bool,
    /// A space, a mark or the text's edge stands after it.
    pub word_end: bool,
    /// Number of the clause, counted through the text.
    pub clause: u32,
    /// Number of the sentence, counted through the text.
    pub sentence: u32,
}

/// A text folded for matching.
#[derive(Debug, Default)]
pub(super) struct Folded {
    /// The stream: `A`–`Z` are jamo, everything else is lower case.
    pub stream: Vec<u8>,
    /// The letters in order.
    pub units: Vec<Unit>,
    /// For each byte of the stream the letter it belongs to.
    pub owner: Vec<u32>,
}

impl Folded {
    /// Folds `text`; time and memory are linear in its length.
    pub fn new(text: &str) -> Self {
        let mut folded = Self::default();
        let mut splitter = Splitter::default();
        let mut previous: Option<char> = None;
        let mut chars = text.char_indices().peekable();
        while let Some((at, ch)) = chars.next() {
            let next = chars.peek().map(|&(_, c)| c);
            if is_letter(ch) && !is_noise(ch, previous) {
                folded.push(ch, at, previous, next, &mut splitter);
            } else if !is_letter(ch) && !is_combining_mark(ch) {
                if let Some(last) = folded.units.last_mut() {
                    last.word_end = true;
                }
                splitter.separator(ch, next, &folded.units);
            }
            previous = Some(ch);
        }
        if let Some(last) = folded.units.last_mut() {
            last.word_end = true;
        }
        folded
    }

    /// Whether a letter begins at this byte of the stream.
    pub fn begins_letter(&self, at: usize) -> bool {
        self.units[self.owner[at] as usize].folded.start as usize == at
    }

    /// Whether a letter ends just before this byte of the stream.
    pub fn ends_letter(&self, end: usize) -> bool {
        self.units[self.owner[end - 1] as usize].folded.end as usize == end
    }

    /// The byte range of the given text that the letters `range` cover.
    pub fn source(&self, range: Range<u32>) -> Range<usize> {
        self.units[range.start as usize].src.start as usize
            ..self.units[range.end as usize - 1].src.end as usize
    }

    fn push(
        &mut self,
        ch: char,
        at: usize,
        previous: Option<char>,
        next: Option<char>,
        splitter: &mut Splitter,
    ) {
        let start = self.stream.len() as u32;
        fold_char(ch, previous, next, &mut self.stream);
        let end = self.stream.len() as u32;
        if start == end {
            return; // a lone silent ㅇ
        }
        let word_start = self.units.last_mut().is_none_or(|before| {
            // A word ends where Latin meets Hangul (LPG통); a counter after its number begins one (3년 전).
            before.word_end |= before.ch.is_ascii_alphabetic() && !ch.is_ascii();
            before.word_end || (before.ch.is_ascii_digit() && !ch.is_ascii_digit())
        });
        let (clause, sentence) = splitter.place();
        self.owner.resize(self.stream.len(), self.units.len() as u32);
        self.units.push(Unit {
            src: at as u32..(at + ch.len_utf8()) as u32,
            folded: start..end,
            ch,
            word_start,
            word_end: false,
            clause,
            sentence,
        });
    }
}

/// The stream of one Hangul syllable as far as it is typed, for exact comparison of an open pattern's end.
pub(super) fn is_syllable_prefix(prefix: char, whole: char) -> bool {
    match (syllable_parts(prefix), syllable_parts(whole)) {
        (Some((lead, vowel, 0)), Some((other_lead, other_vowel, _))) => {
            lead == other_lead && vowel == other_vowel
        }
        _ => prefix == whole,
    }
}

/// Index of the final consonant of a Hangul syllable; 0 is none, `None` no syllable.
pub(super) fn final_of(ch: char) -> Option<usize> {
    syllable_parts(ch).map(|(_, _, tail)| tail)
}

/// Letters and digits. Hangul, Han and Thai first, because the general table is slow for them; Thai tone marks
/// (U+0E47–U+0E4E) are no letters, as they are often left out.
fn is_letter(ch: char) -> bool {
    match ch {
        '가'..='힣' | '一'..='鿿' | '\u{0e01}'..='\u{0e3a}' | '\u{0e40}'..='\u{0e46}' => true,
        '\u{0e47}'..='\u{0e4e}' => false,
        _ => ch.is_alphanumeric(),
    }
}

fn is_lone_vowel(ch: char) -> bool {
    ('ㅏ'..='ㅣ').contains(&ch)
}

fn is_lone_consonant(ch: char) -> bool {
    ('ㄱ'..='ㅎ').contains(&ch)
}

/// Laughing and crying carry no meaning here: `죽고 싶ㅠㅠ어요` reads as `죽고 싶어요`.
fn is_noise(ch: char, previous: Option<char>) -> bool {
    let lone_before = previous.is_some_and(is_lone_consonant);
    matches!(ch, 'ㅋ' | 'ㅎ') || (matches!(ch, 'ㅠ' | 'ㅜ' | 'ㅡ' | 'ㅗ') && !lone_before)
}

fn fold_char(ch: char, previous: Option<char>, next: Option<char>, out: &mut Vec<u8>) {
    if let Some((lead, vowel, tail)) = syllable_parts(ch) {
        out.extend_from_slice(LEADS[lead]);
        out.extend_from_slice(VOWELS[vowel]);
        out.extend_from_slice(TAILS[tail]);
    } else if is_lone_vowel(ch) {
        out.extend_from_slice(VOWELS[ch as usize - 'ㅏ' as usize]);
    } else if is_lone_consonant(ch) {
        let opens = next.is_some_and(is_lone_vowel);
        let silent = ch == 'ㅇ' && (opens || previous.is_none_or(|c| !is_letter(c)));
        if !silent {
            out.extend_from_slice(LONE[ch as usize - 'ㄱ' as usize]);
        }
    } else if ch.is_ascii() {
        out.push(ch.to_ascii_lowercase() as u8);
    } else {
        fold_foreign(ch, out);
    }
}

/// Latin and Cyrillic lose accents and case (Vietnamese is often typed without marks); other scripts stay.
fn fold_foreign(ch: char, out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    if matches!(ch, '\u{0600}'..='\u{1dff}' | '\u{2000}'..) {
        // Thai, Han and the like have no case.
        out.extend_from_slice(ch.encode_utf8(&mut buffer).as_bytes());
        return;
    }
    for lower in ch.to_lowercase() {
        match lower {
            'đ' => out.push(b'd'),
            'a'..='z' => out.push(lower as u8),
            'à'..='ɏ' | 'ḁ'..='ỹ' | 'а'..='ё' => {
                for part in lower.nfd().filter(|c| !is_combining_mark(*c)) {
                    out.extend_from_slice(part.encode_utf8(&mut buffer).as_bytes());
                }
            }
            _ => out.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes()),
        }
    }
}

fn syllable_parts(ch: char) -> Option<(usize, usize, usize)> {
    let index = (ch as u32).checked_sub('가' as u32).filter(|i| *i < 11_172)? as usize;
    Some((index / 588, index / 28 % 21, index % 28))
}

// Letters of the stream: consonants A–R (ㅆ counts as ㅅ), vowels T–Z.
// A ㄱ B ㄲ C ㄴ D ㄷ E ㄸ F ㄹ G ㅁ H ㅂ I ㅃ J ㅅ K ㅇ(final) L ㅈ M ㅉ N ㅊ O ㅋ P ㅌ Q ㅍ R ㅎ
// T ㅏ U ㅓ V ㅗ W ㅜ X ㅡ Y ㅣ Z ㅐ=ㅔ; the others are spelled out (ㅕ = ㅣㅓ), so 때려 = 때리어.
const LEADS: [&[u8]; 19] = [
    b"A", b"B", b"C", b"D", b"E", b"F", b"G", b"H", b"I", b"J", b"J", b"", b"L", b"M", b"N", b"O", b"P",
    b"Q", b"R",
];
const VOWELS: [&[u8]; 21] = [
    b"T", b"Z", b"YT", b"YZ", b"U", b"Z", b"YU", b"YZ", b"V", b"VT", b"VZ", b"VZ", b"YV", b"W", b"WU", b"VZ",
    b"WY", b"YW", b"X", b"Y", b"Y",
];
const TAILS: [&[u8]; 28] = [
    b"", b"A", b"A", b"AJ", b"C", b"CL", b"C", b"D", b"F", b"FA", b"FG", b"FH", b"FJ", b"FP", b"FH", b"F",
    b"G", b"H", b"HJ", b"J", b"J", b"K", b"L", b"N", b"A", b"P", b"H", b"",
];
const LONE: [&[u8]; 30] = [
    b"A", b"B", b"AJ", b"C", b"CL", b"C", b"D", b"E", b"F", b"FA", b"FG", b"FH", b"FJ", b"FP", b"FH", b"F",
    b"G", b"H", b"I", b"HJ", b"J", b"J", b"K", b"L", b"M", b"N", b"O", b"P", b"Q", b"R",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn fold_literal(literal: &str) -> Vec<u8> {
        Folded::new(literal).stream
    }

    fn same(left: &str, right: &str) {
        assert_eq!(
            String::from_utf8_lossy(&fold_literal(left)),
            String::from_utf8_lossy(&fold_literal(right)),
            "{left} / {right}"
        );
    }

    #[test]
    fn spellings_that_sound_alike_are_the_same() {
        same("죽고 싶어요", "죽고십어요");
        same("죽어버릴래", "주거버릴래");
        same("불났어요", "불나써요");
        same("살려줘", "살ㄹㅕ줘");
        same("살려줘", "살려ㅠㅠ 줘ㅋㅋ");
        same("싫어", "시러");
        same("없어요", "업서요");
        same("Muốn CHẾT", "muon chet");
    }

    #[test]
    fn different_words_stay_different() {
        for (left, right) in [("불", "물"), ("칼", "갈"), ("딸", "달"), ("안녕", "아녕")] {
            assert_ne!(fold_literal(left), fold_literal(right), "{left} / {right}");
        }
    }

    #[test]
    fn letters_point_into_the_given_text() {
        let text = "아, 불 이야!";
        let folded = Folded::new(text);
        assert_eq!(&text[folded.source(1..4)], "불 이야");
        assert!(folded.units[1].word_start && folded.units[1].word_end);
        assert!(folded.units[2].word_start && !folded.units[2].word_end);
    }

    #[test]
    fn an_open_end_compares_without_the_final() {
        assert!(is_syllable_prefix('리', '린'));
        assert!(!is_syllable_prefix('리', '려'));
        assert!(!is_syllable_prefix('릴', '린'));
    }
}
