//! Where clauses and sentences end, decided letter by letter while a text is folded.
//!
//! People leave out full stops, so a word that can only end a Korean sentence (`…니다`, `…어요`) ends one here
//! as well, and a word with a linking ending (`…지만`, `…는데`, `…했고`) ends a clause. Text without
//! any of these is cut at a fixed length, which bounds the work of every rule.

use super::fold::{Unit, final_of};

/// Letters after which a sentence is cut even if nothing ends it.
const LONGEST_SENTENCE: u32 = 160;

/// Final consonant ㅆ in the order of Unicode's syllables.
const FINAL_SS: usize = 20;
/// Final consonant ㄴ.
const FINAL_N: usize = 4;
/// Final consonant ㅍ.
const FINAL_P: usize = 26;

/// Words in `요` that end no sentence.
const NOUNS_IN_YO: [char; 8] = ['필', '중', '수', '개', '소', '강', '주', '동'];

/// Counts clauses and sentences.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    clause: u32,
    sentence: u32,
    length: u32,
    pending: Option<Break>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    Clause,
    Sentence,
}

impl Splitter {
    /// Clause and sentence of the next letter.
    pub fn place(&mut self) -> (u32, u32) {
        let pending = self.pending.take();
        if pending == Some(Break::Sentence) || self.length >= LONGEST_SENTENCE {
            self.sentence += 1;
            self.length = 0;
        }
        if pending.is_some() || self.length == 0 {
            self.clause += 1;
        }
        self.length += 1;
        (self.clause, self.sentence)
    }

    /// Something that is no letter, with the letters before it and the character after it.
    pub fn separator(&mut self, ch: char, next: Option<char>, before: &[Unit]) {
        let found = match ch {
            '\n' | '\r' | '!' | '?' | '。' | '！' | '？' | '…' => Some(Break::Sentence),
            '.' | '~' => {
                let spaced = next.is_none_or(|c| !c.is_alphanumeric());
                (spaced || ends_sentence(before)).then_some(Break::Sentence)
            }
            ',' | ';' | '/' | ':' | '，' | '、' => Some(Break::Clause),
            _ if ch.is_whitespace() && ends_sentence(before) => Some(Break::Sentence),
            _ if ch.is_whitespace() && links_clauses(before) => Some(Break::Clause),
            _ => None,
        };
        self.pending = self.pending.max(found);
    }
}

fn ends_sentence(before: &[Unit]) -> bool {
    let [.., previous, last] = before else {
        return false;
    };
    if previous.word_end {
        return false; // a word of one letter: 다, 요
    }
    match last.ch {
        '요' => !(NOUNS_IN_YO.contains(&previous.ch) && previous.word_start),
        '죠' => true,
        '다' => previous.ch == '니' || matches!(final_of(previous.ch), Some(FINAL_SS | FINAL_N | FINAL_P)),
        '음' => final_of(previous.ch) == Some(FINAL_SS),
        _ => false,
    }
}

fn links_clauses(before: &[Unit]) -> bool {
    let [.., previous, last] = before else {
        return false;
    };
    if previous.word_end {
        return false;
    }
    match last.ch {
        '데' => matches!(previous.ch, '는' | '은' | '던') || final_of(previous.ch) == Some(FINAL_N),
        '만' => previous.ch == '지',
        '까' => matches!(previous.ch, '니'),
        '든' => previous.ch == '거',
        '니' => previous.ch == '더',
        '고' => final_of(previous.ch) == Some(FINAL_SS) && !matches!(previous.ch, '있'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::Folded;

    fn sentences(text: &str) -> Vec<String> {
        pieces(text, |unit| unit.sentence)
    }

    fn clauses(text: &str) -> Vec<String> {
        pieces(text, |unit| unit.clause)
    }

    fn pieces(text: &str, key: impl Fn(&super::Unit) -> u32) -> Vec<String> {
        let folded = Folded::new(text);
        let groups = folded.units.chunk_by(|a, b| key(a) == key(b));
        groups.map(|group| group.iter().map(|unit| unit.ch).collect()).collect()
    }

    #[test]
    fn sentences_end_with_or_without_a_stop() {
        assert_eq!(sentences("불났어요 빨리 와주세요"), ["불났어요", "빨리와주세요"]);
        assert_eq!(sentences("했어요.그런데 3.5톤"), ["했어요", "그런데35톤"]);
        assert_eq!(sentences("꼭 필요 합니다 네"), ["꼭필요합니다", "네"]);
        assert_eq!(sentences("집보다 다 낫다"), ["집보다다낫다"]);
    }

    #[test]
    fn clauses_end_at_linking_words() {
        assert_eq!(clauses("어제 불이 났었는데 보상은요"), ["어제불이났었는데", "보상은요"]);
        assert_eq!(clauses("작년에도 그랬고 지금 또"), ["작년에도그랬고", "지금또"]);
        assert_eq!(clauses("죽고 싶어"), ["죽고싶어"]);
    }

    #[test]
    fn a_text_without_ends_is_cut() {
        assert_eq!(sentences(&"가".repeat(400)).len(), 3);
    }
}
