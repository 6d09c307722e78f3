//! Concepts and their words: one automaton finds every word of every concept in one pass.
//!
//! A concept is a list of ways to say one thing. How words combine into a danger is in `pattern`.
//!
//! Notation of a word: `때리~` may go on within its last syllable (`때린`, `때려`, `때렸`), as may any Hangul
//! word of three letters or more; `=약` must stand letter for letter, sound-alikes do not count; `_불` begins and
//! `불_` ends at a space or mark. Latin and Cyrillic words always begin and end there unless `~` is given.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::error::RuleError;
use super::fold::{Folded, Unit, final_of, is_syllable_prefix};

/// Sound-alikes of a word this short must have the same syllables: 주거 is not 죽어, 낫어 is 났어.
const SHORT: usize = 2;
/// A word this long may begin inside a typed word and run over a space; a shorter one would match by chance.
const LONG: usize = 5;

/// Number of a concept.
pub(super) type ConceptId = usize;

/// A found word or sequence, as letters of the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// Whether both have a letter in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Words of a concept as written: `any` counts, unless it overlaps something of `not`.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub any: Vec<String>,
    #[serde(default)]
    pub not: Vec<String>,
}

/// One way in which a folded word must stand in the text.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent marks of the notation")]
struct Entry {
    concept: ConceptId,
    excludes: bool,
    open: bool,
    word_start: bool,
    word_end: bool,
    exact: Option<Vec<char>>,
    /// Where the letters of a short word end in the stream; sound-alikes may not shift them.
    ends: Option<Vec<u32>>,
}

/// The automaton with all concepts.
#[derive(Debug)]
pub(super) struct Lexicon {
    matcher: AhoCorasick,
    entries: Vec<Vec<Entry>>,
    concepts: usize,
}

/// Where each concept was found, by concept.
pub(super) struct Found {
    /// Sorted by place.
    pub spans: Vec<Vec<Span>>,
    /// Words looked at.
    pub steps: usize,
}

impl Lexicon {
    /// Compiles the words of all concepts; `concepts[id]` are those of concept `id`.
    pub fn new(concepts: &[(String, Words)]) -> Result<Self, RuleError> {
        let mut words: BTreeMap<Vec<u8>, Vec<Entry>> = BTreeMap::new();
        for (concept, (name, list)) in concepts.iter().enumerate() {
            let mut seen = BTreeSet::new();
            let marked = list.any.iter().map(|w| (w, false)).chain(list.not.iter().map(|w| (w, true)));
            for (word, excludes) in marked {
                if !seen.insert((word, excludes)) {
                    continue;
                }
                let (folded, entry) = parse(word, concept, excludes).map_err(|fault| RuleError::Pattern {
                    place: format!("concept `{name}`"),
                    pattern: word.clone(),
                    fault,
                })?;
                words.entry(folded).or_default().push(entry);
            }
        }
        let matcher =
            AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(words.keys())?;
        Ok(Self { matcher, entries: words.into_values().collect(), concepts: concepts.len() })
    }

    /// Finds all words; one pass over the stream.
    pub fn find(&self, text: &Folded) -> Found {
        let mut found = Found { spans: vec![Vec::new(); self.concepts], steps: text.stream.len() };
        let mut excluded = vec![Vec::new(); self.concepts];
        for hit in self.matcher.find_overlapping_iter(&text.stream) {
            found.steps += 1;
            if !text.begins_letter(hit.start()) {
                continue;
            }
            let ends_letter = text.ends_letter(hit.end());
            let span = Span { start: text.owner[hit.start()], end: text.owner[hit.end() - 1] + 1 };
            for entry in &self.entries[hit.pattern().as_usize()] {
                found.steps += 1;
                if (entry.open || ends_letter) && entry.fits(text, span) {
                    let list = if entry.excludes { &mut excluded } else { &mut found.spans };
                    list[entry.concept].push(span);
                }
            }
        }
        for (spans, excluded) in found.spans.iter_mut().zip(&mut excluded) {
            found.steps += spans.len() + excluded.len();
            in_order(spans);
            if !excluded.is_empty() && !spans.is_empty() {
                in_order(excluded);
                drop_overlapping(spans, excluded);
            }
        }
        found
    }
}

/// Words are found by their ends and wanted by their starts; mostly that is the same order.
fn in_order(spans: &mut [Span]) {
    if !spans.is_sorted() {
        spans.sort_unstable();
    }
}

/// Drops every span that overlaps an excluded one; both lists are in order.
fn drop_overlapping(spans: &mut Vec<Span>, excluded: &[Span]) {
    let mut first = 0;
    spans.retain(|span| {
        while excluded.get(first).is_some_and(|other| other.end <= span.start) {
            first += 1;
        }
        let mut reaching = excluded[first..].iter().take_while(|other| other.start < span.end);
        !reaching.any(|other| other.overlaps(*span))
    });
}

impl Entry {
    fn fits(&self, text: &Folded, span: Span) -> bool {
        let letters = &text.units[span.start as usize..span.end as usize];
        let starts_word = letters.first().is_some_and(|letter| letter.word_start);
        let ends_word = letters.last().is_some_and(|letter| letter.word_end);
        (!self.word_start || starts_word)
            && (!self.word_end || ends_word)
            && (starts_word || letters.len() >= LONG || !is_broken(letters))
            && self.exact.as_ref().is_none_or(|wanted| self.is_exact(wanted, letters))
            && self.ends.as_ref().is_none_or(|ends| is_aligned(ends, letters))
    }

    fn is_exact(&self, wanted: &[char], letters: &[Unit]) -> bool {
        let last = letters.len() - 1;
        wanted.len() == letters.len()
            && wanted.iter().zip(letters).enumerate().all(|(i, (ch, letter))| {
                *ch == letter.ch || (i == last && self.open && is_syllable_prefix(*ch, letter.ch))
            })
    }
}

/// Whether the letters before the last end where they should: 거니 is not 건의, 이웃어 is not 유서.
fn is_aligned(ends: &[u32], letters: &[Unit]) -> bool {
    let begin = letters[0].folded.start;
    let found = letters[..letters.len() - 1].iter().map(|letter| letter.folded.end - begin);
    found.eq(ends[..ends.len() - 1].iter().copied())
}

/// Whether a space stands inside: `나가 스스로` holds no 가스, `집에 가스` does.
fn is_broken(letters: &[Unit]) -> bool {
    letters[..letters.len() - 1].iter().any(|letter| letter.word_end)
}

fn parse(word: &str, concept: ConceptId, excludes: bool) -> Result<(Vec<u8>, Entry), &'static str> {
    let (exact, rest) = word.strip_prefix('=').map_or((false, word), |rest| (true, rest));
    let (word_start, rest) = rest.strip_prefix('_').map_or((false, rest), |rest| (true, rest));
    let (marked_open, rest) = rest.strip_suffix('~').map_or((false, rest), |rest| (true, rest));
    let (word_end, literal) = rest.strip_suffix('_').map_or((false, rest), |rest| (true, rest));
    if literal.chars().any(|c| matches!(c, '=' | '_' | '~' | '{' | '}' | '<' | '>' | '&')) {
        return Err("has a mark in the middle of a word");
    }
    let folded = Folded::new(literal);
    let ends: Vec<u32> = folded.units.iter().map(|letter| letter.folded.end).collect();
    let folded = folded.stream;
    if folded.len() < 2 && literal.is_ascii() || folded.is_empty() {
        return Err("is empty or a single letter");
    }
    let spaced_script = literal.chars().any(is_spaced_script);
    let chars: Vec<char> = literal.chars().filter(|c| c.is_alphanumeric()).collect();
    let open = marked_open || (chars.len() >= 3 && final_of(chars[0]).is_some() && !exact && !word_end);
    let entry = Entry {
        concept,
        excludes,
        open,
        word_start: word_start || spaced_script,
        word_end: word_end || (spaced_script && !open),
        exact: exact.then_some(chars),
        ends: (ends.len() <= SHORT).then_some(ends),
    };
    Ok((folded, entry))
}

/// Latin and Cyrillic, which put spaces between words.
fn is_spaced_script(ch: char) -> bool {
    ch.is_ascii_alphabetic() || matches!(ch, 'à'..='ɏ' | 'ḁ'..='ỹ' | 'а'..='ё')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(any: &[&str], not: &[&str], text: &str) -> usize {
        let own = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        let concepts = [("test".to_owned(), Words { any: own(any), not: own(not) })];
        let lexicon = Lexicon::new(&concepts).expect("good words");
        lexicon.find(&Folded::new(text)).spans[0].len()
    }

    #[test]
    fn a_closed_word_ends_with_its_syllable_and_an_open_one_need_not() {
        assert_eq!(found(&["칼"], &[], "칼이 카레 옆에"), 1);
        assert_eq!(found(&["때리~"], &[], "때려요 때린 때렸 대리"), 3);
        assert_eq!(found(&["악"], &[], "학교"), 0);
    }

    #[test]
    fn exact_words_refuse_sound_alikes() {
        assert_eq!(found(&["죽어버"], &[], "주거버릴"), 1);
        assert_eq!(found(&["죽어"], &[], "주거급여"), 0);
        assert_eq!(found(&["건의"], &[], "갈 거니까"), 0);
        assert_eq!(found(&["났다"], &[], "불낫다"), 1);
        assert_eq!(found(&["=죽어"], &[], "주거급여 죽어"), 1);
        assert_eq!(found(&["=죽~"], &[], "죽는 죽전 주거"), 2);
    }

    #[test]
    fn excluded_words_drop_what_they_overlap() {
        assert_eq!(found(&["칼"], &["칼국수"], "칼국수 칼 국수 칼"), 1);
    }

    #[test]
    fn latin_words_stand_alone() {
        assert_eq!(found(&["kill me"], &[], "skill me"), 0);
        assert_eq!(found(&["kill me"], &[], "He will KILL  me."), 1);
        assert_eq!(found(&["kill~"], &[], "killing"), 1);
    }

    #[test]
    fn word_edges_can_be_asked_for() {
        assert_eq!(found(&["_불"], &[], "이불 불"), 1);
        assert_eq!(found(&["불_"], &[], "불이 불"), 1);
    }

    #[test]
    fn a_faulty_word_is_refused() {
        let concepts = [("test".to_owned(), Words { any: vec!["가<나".to_owned()], not: vec![] })];
        assert!(matches!(Lexicon::new(&concepts), Err(RuleError::Pattern { .. })));
    }
}
