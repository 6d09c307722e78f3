//! Names after a fixed phrase of another language: `my name is …`, `tên tôi là …`, `我叫…`.

use std::ops::Range;

use super::cues::Cues;
use super::lexicon::{ForeignRule, Lexicon, Until};
use super::view::{OUTSIDE, View, is_hangul, placeholder};

/// The longest run of letters without blanks that may be a name.
const LETTERS: usize = 24;
/// Family names that Chinese-speaking people in Korea have; `我叫了警察` has none.
const HAN_FAMILY: &str = "王李张劉刘陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢宋唐许許韩韓冯邓曹彭曾肖田董袁潘蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤朴阮全池玄安南洪申柳";

/// All names after phrases of other languages, in order.
pub(super) fn find(view: &View, lexicon: &Lexicon, cues: &Cues) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for &(after, rule) in &cues.foreign {
        let Some(rule) = lexicon.foreign.get(rule) else {
            continue;
        };
        let start = view.skip_blanks(after, 2);
        if !begins_word(view, after, start) || found.last().is_some_and(|last| start < last.end) {
            continue;
        }
        if let Some(end) = end(view, rule, start)
            && (rule.must_follow.is_empty()
                || follows(view, &rule.must_follow, end)
                || ends_text(view, rule, end))
        {
            found.push(start..end);
        }
    }
    found
}

/// Up to `most` words that begin with a capital letter, with one blank between; their end.
pub(super) fn capitals(view: &View, start: usize, most: usize) -> Option<usize> {
    words(view, start, most, true, &[])
}

fn end(view: &View, rule: &ForeignRule, start: usize) -> Option<usize> {
    match rule.until {
        Until::Words => words(view, start, 4, true, &[]).or_else(|| words(view, start, 3, false, &rule.stop)),
        Until::Capitals => {
            let end = words(view, start, 4, true, &rule.stop)?;
            let two = (start..end).any(|k| view.at(k) == ' ');
            let next = view.skip_blanks(end, 1);
            let set_off = view.at(end) == ','
                || ["from", "from", "and i", "năm nay"].iter().any(|w| view.text(next, w).is_some());
            (two || set_off).then_some(end)
        }
        Until::Han => han(view, rule, start),
        Until::Run => run(view, rule, start),
    }
}

/// A Latin phrase must be words of their own on both sides.
fn begins_word(view: &View, after: usize, start: usize) -> bool {
    let last = view.before(after);
    let latin = last.is_alphabetic() && !is_hangul(last) && (last as u32) < 0x600;
    !latin || start > after
}

fn words(view: &View, start: usize, most: usize, capital: bool, stop: &[String]) -> Option<usize> {
    let (mut end, mut at) = (start, start);
    for _ in 0..most {
        let letter = |c: char| {
            (c.is_alphabetic() && !is_hangul(c)) || matches!(c, '\'' | '’' | '-' | '\u{300}'..='\u{36f}')
        };
        let length = (0..LETTERS).take_while(|k| letter(view.at(at + k))).count();
        if length == 0 || length == LETTERS || view.at(at + length).is_ascii_digit() {
            break;
        }
        let word: String = (at..at + length).map(|k| view.at(k)).collect::<String>().to_lowercase();
        let small = !view.at(at).is_uppercase();
        if (capital && small)
            || !view.at(at).is_alphabetic()
            || stop.contains(&word)
            || word == "i"
            || word.starts_with("i'")
        {
            break;
        }
        end = at + length;
        // An initial: `John F. Kim`
        let dot = usize::from(length == 1 && view.at(end) == '.');
        if view.at(end + dot) != ' ' {
            break;
        }
        at = end + dot + 1;
    }
    (end > start).then_some(end)
}

fn han(view: &View, rule: &ForeignRule, start: usize) -> Option<usize> {
    if view.at(start).is_ascii_uppercase() {
        return words(view, start, 3, true, &[]);
    }
    let stops = |k: usize| rule.stop.iter().any(|word| view.text(k, word).is_some());
    let length = (0..4).take_while(|k| is_han(view.at(start + k)) && !stops(start + k)).count();
    let length = if length == 4 { 3 } else { length };
    (length >= 2 && HAN_FAMILY.contains(view.at(start))).then_some(start + length)
}

fn run(view: &View, rule: &ForeignRule, start: usize) -> Option<usize> {
    let mut end = start;
    let stops = |k: usize| rule.stop.iter().any(|word| view.text(k, word).is_some());
    let mut blanks = 0;
    while end - start < LETTERS && !stops(end) {
        let c = view.at(end);
        let one_more = c == ' ' && blanks == 0 && end > start && (has_stop_soon(view, rule, end + 1));
        if !(is_letter_or_mark(c) || one_more) {
            break;
        }
        blanks += usize::from(c == ' ');
        end += 1;
    }
    while end > start && view.before(end) == ' ' {
        end -= 1;
    }
    (end > start + 1).then_some(end)
}

/// Whether a stop word comes within a few letters and one blank, so that the blank belongs to the name.
fn has_stop_soon(view: &View, rule: &ForeignRule, from: usize) -> bool {
    let until = (from..from + 12).find(|k| !is_letter_or_mark(view.at(*k))).unwrap_or(from + 12);
    let next = view.skip_blanks(until, 1);
    (from + 1..=next).any(|k| rule.stop.iter().any(|word| view.text(k, word).is_some()))
}

/// Chinese puts no word after the name: there the text's end will do.
fn ends_text(view: &View, rule: &ForeignRule, end: usize) -> bool {
    rule.until == Until::Han && view.at(end) == OUTSIDE
}

fn follows(view: &View, words: &[String], end: usize) -> bool {
    let next = view.skip_blanks(end, 1);
    words.iter().any(|word| view.text(next, word).is_some())
}

/// Two to four Chinese characters; their end.
pub(super) fn han_name(view: &View, start: usize) -> Option<usize> {
    let length = (0..5).take_while(|k| is_han(view.at(start + k))).count();
    (2..=4).contains(&length).then_some(start + length)
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Letters of scripts whose vowels are marks: everything that is neither blank nor punctuation.
fn is_letter_or_mark(c: char) -> bool {
    let punctuation =
        c.is_ascii_punctuation() || matches!(c, '。' | '、' | '，' | '।' | '។' | '၊' | '။' | '…');
    c != OUTSIDE
        && !c.is_whitespace()
        && !punctuation
        && !c.is_ascii_digit()
        && placeholder(c).is_none()
        && !is_hangul(c)
}
