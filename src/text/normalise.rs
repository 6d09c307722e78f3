//! From what people type to what the product reads.
//!
//! Two steps. [`parse`] gives the canonical text that is masked, stored and shown: NFC, no control or zero-width
//! characters, line ends as `\n`, trimmed, nothing else changed. [`fold`] gives the view that models and rules read:
//! full-width forms made ordinary, runs of ㅋㅋㅋㅋ, ㅠㅠㅠㅠ and !!!! shortened, white space collapsed, with a map
//! back to the canonical characters. What personal data or a signal is, is decided elsewhere.

use unicode_normalization::UnicodeNormalization;

use crate::domain::{ComplaintText, TextError};

/// Runs of one jamo, mark or symbol longer than this are cut to it by [`fold`].
const LONGEST_RUN: usize = 2;

/// Reads a complaint text from outside.
///
/// # Errors
/// [`TextError`] if nothing is left, or more than [`crate::domain::MAX_TEXT_CHARS`] characters are.
pub fn parse(raw: &str) -> Result<ComplaintText, TextError> {
    let unified = raw.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    let canonical: String = unified.chars().filter(|c| !is_invisible(*c)).nfc().collect();
    let trimmed = canonical.trim();
    let text = if trimmed.len() == canonical.len() { canonical } else { trimmed.to_owned() };
    ComplaintText::from_canonical(text)
}

/// Control characters (but not line end and tab), zero-width and bidirectional marks, variation selectors' cousins:
/// they carry no meaning for triage and serve to hide words from rules. U+200D stays: it joins emoji.
fn is_invisible(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180e}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{200b}'
        | '\u{200c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

/// A folded text with its way back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded {
    /// The text that models and rules read.
    pub text: String,
    /// For each character of `text`, the byte range in the canonical text that it stands for.
    origin: Vec<(u32, u32)>,
}

impl Folded {
    /// Byte range in the canonical text for a range of characters of the folded one.
    pub fn to_original(&self, first_char: usize, last_char: usize) -> std::ops::Range<usize> {
        let at = |i: usize| self.origin.get(i).copied();
        match (at(first_char), at(last_char.saturating_sub(1).max(first_char))) {
            (Some((start, _)), Some((_, end))) => start as usize..end as usize,
            _ => 0..0,
        }
    }
}

/// Folds a canonical text for models and rules.
pub fn fold(text: &str) -> Folded {
    let mut folded =
        Folded { text: String::with_capacity(text.len()), origin: Vec::with_capacity(text.len()) };
    let mut last: Option<char> = None;
    let mut run = 0;
    for (at, original) in text.char_indices() {
        let end = (at + original.len_utf8()) as u32;
        let c = narrow(original);
        run = if last == Some(c) { run + 1 } else { 1 };
        last = Some(c);
        let limit = if c == ' ' { 1 } else { LONGEST_RUN };
        if run > limit && shortens(c) {
            if let Some(origin) = folded.origin.last_mut() {
                origin.1 = end;
            }
            continue;
        }
        folded.text.push(c);
        folded.origin.push((at as u32, end));
    }
    folded
}

/// Full-width ASCII and any white space become their ordinary forms; wave dashes become `~`.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '〜' | '∼' => '~',
        '…' => '.',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// Characters whose repetition says only how strongly something is felt: jamo, marks, symbols, spaces. Letters and
/// digits are left alone.
fn shortens(c: char) -> bool {
    matches!(c, '\u{3131}'..='\u{318e}' | '\u{1100}'..='\u{11ff}') || !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::decomposed_hangul("\u{1100}\u{1161}\u{11a8}", "각")]
    #[case::zero_width("죽\u{200b}고 싶\u{feff}어요", "죽고 싶어요")]
    #[case::bidi("\u{202e}버스\u{202c}", "버스")]
    #[case::hangul_filler("버\u{3164}스", "버스")]
    #[case::controls("버스\u{0}\u{7}가", "버스가")]
    #[case::line_ends("첫째\r\n둘째\r셋째", "첫째\n둘째\n셋째")]
    #[case::trimmed(" \t\n버스 \u{a0}\n", "버스")]
    #[case::emoji_joiner_stays("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧")]
    fn canonical(#[case] raw: &str, #[case] expected: &str) {
        assert_eq!(parse(raw).unwrap().as_str(), expected);
    }

    #[rstest]
    #[case::empty("")]
    #[case::spaces(" \n\t\u{3000}")]
    #[case::zero_width_only("\u{200b}\u{feff}\u{2060}")]
    fn nothing_is_blank(#[case] raw: &str) {
        assert_eq!(parse(raw), Err(TextError::Blank));
    }

    #[rstest]
    #[case::laughter("ㅋㅋㅋㅋㅋ 뭐예요", "ㅋㅋ 뭐예요")]
    #[case::crying("ㅠㅠㅠㅠ", "ㅠㅠ")]
    #[case::marks("왜요????!!!!", "왜요??!!")]
    #[case::full_width("ＡＢＣ１２３！", "ABC123!")]
    #[case::spaces("버스  \n\n  안와요", "버스 안와요")]
    #[case::numbers_stay("010-0000-0000 1111번", "010-0000-0000 1111번")]
    #[case::letters_stay("아아아아악", "아아아아악")]
    #[case::elongation("와~~~~ 진짜……", "와~~ 진짜..")]
    fn folding(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(fold(text).text, expected);
    }

    #[test]
    fn folded_ranges_lead_back_to_the_original() {
        let text = "ㅋㅋㅋㅋㅋ 버스！！！ 안와요";
        let folded = fold(text);
        let chars: Vec<char> = folded.text.chars().collect();
        let at = chars.windows(2).position(|w| w == ['버', '스']).unwrap();
        assert_eq!(&text[folded.to_original(at, at + 2)], "버스");
        assert_eq!(&text[folded.to_original(0, 2)], "ㅋㅋㅋㅋㅋ");
        assert_eq!(folded.to_original(99, 100), 0..0);
    }

    proptest! {
        #[test]
        fn parsing_twice_changes_nothing(raw in "\\PC{0,60}") {
            if let Ok(text) = parse(&raw) {
                prop_assert_eq!(parse(text.as_str()).unwrap(), text);
            }
        }

        #[test]
        fn folding_never_loses_its_way(raw in any::<String>()) {
            let folded = fold(&raw);
            let n = folded.text.chars().count();
            prop_assert_eq!(folded.origin.len(), n);
            for i in 0..n {
                prop_assert!(raw.get(folded.to_original(i, i + 1)).is_some());
            }
        }
    }
}
