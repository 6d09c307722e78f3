//! E-mail and IP addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::PersonalDataKind::{self, Email, IpAddress};
use super::cues::Cues;
use super::lexicon::{Cue, Lexicon};
use super::view::{View, is_hangul, is_word, placeholder};

/// RFC 5321 allows 64; longer ones are cut.
const LOCAL: usize = 64;
const DOMAIN: usize = 64;

/// An e-mail address whose `@`, or the word for it, is at `i`.
pub(super) fn email(view: &View, lexicon: &Lexicon, i: usize) -> Option<(PersonalDataKind, usize, usize)> {
    let sign = view.at(i) == '@';
    let after = if sign { i + 1 } else { lexicon.word_at(view, i, Cue::MailWord.bit())? };
    let local_end = view.skip_blanks_back(i, 2);
    let start = local(view, local_end, sign && local_end == i)?;
    let domain_at = view.skip_blanks(after, 2);
    let end = domain(view, lexicon, domain_at)?;
    Some((Email, start, end))
}

/// Start of the part before `@`: Latin; Hangul only if written right before the sign.
fn local(view: &View, end: usize, attached: bool) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '%' | '+');
    let back = |allowed: &dyn Fn(char) -> bool, most: usize| {
        let mut start = end;
        while start > 0 && end - start < most && allowed(view.at(start - 1)) {
            start -= 1;
        }
        start
    };
    let mut start = back(&part, LOCAL);
    while start < end && !view.at(start).is_ascii_alphanumeric() {
        start += 1;
    }
    if start == end && attached {
        start = back(&is_hangul, 10);
    }
    (start < end).then_some(start)
}

/// End of a domain: Latin labels with dots, or a provider said in Hangul; blanks and words may stand for the dots.
fn domain(view: &View, lexicon: &Lexicon, start: usize) -> Option<usize> {
    let label = |from: usize| {
        let most = from + DOMAIN;
        (from..most).find(|&k| !(view.at(k).is_ascii_alphanumeric() || view.at(k) == '-')).unwrap_or(most)
    };
    let host = lexicon.word_at(view, start, Cue::MailHost.bit());
    let mut end = label(start);
    if end == start {
        end = host?;
    }
    let mut dots = 0;
    while dots < 4 {
        let dot_at = view.skip_blanks(end, 1);
        let Some(after_dot) = lexicon.word_at(view, dot_at, Cue::MailDot.bit()) else {
            break;
        };
        let next = view.skip_blanks(after_dot, 1);
        let spoken =
            lexicon.word_at(view, next, Cue::MailTop.bit()).filter(|e| !view.at(*e).is_ascii_alphanumeric());
        let apart = dot_at > end || next > after_dot || view.at(dot_at) != '.';
        let latin = label(next);
        let next_end = match spoken {
            Some(end) => end.max(latin),
            None if !apart && latin > next && view.at(next).is_ascii_alphanumeric() => latin,
            None => break,
        };
        end = next_end;
        dots += 1;
    }
    let top = (start..end).rev().take_while(|k| view.at(*k).is_ascii_alphabetic()).count();
    let hangul_top = is_hangul(view.at(end - 1));
    (host.is_some() || (dots > 0 && (top >= 2 || hangul_top))).then_some(end)
}

/// An address of the internet that begins at `i`.
pub(super) fn ip(view: &View, cues: &Cues, i: usize) -> Option<(PersonalDataKind, usize, usize)> {
    let before = view.before(i);
    if before.is_ascii_alphanumeric() || matches!(before, '.' | ':' | '-') || placeholder(before).is_some() {
        return None;
    }
    let mut written = String::new();
    let part = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    while written.len() < 46 && part(view.at(i + written.len())) {
        written.push(view.at(i + written.len()));
    }
    if written.len() == 46 {
        return None;
    }
    let trimmed = written.trim_end_matches(['.', ':']);
    let end = i + trimmed.len();
    let mark_follows = |k: usize| view.at(k).is_ascii_alphanumeric() || placeholder(view.at(k)).is_some();
    if mark_follows(end) || (view.at(end) == '-' && view.at(end + 1).is_ascii_digit()) {
        return None;
    }
    let four = trimmed.split_once(':').map_or(trimmed, |(address, _port)| address);
    if four.matches('.').count() == 3 && four.parse::<Ipv4Addr>().is_ok() {
        let a_version = cues.before(i, 2, Cue::Version.bit()).is_some();
        return (!a_version).then(|| (IpAddress, i, i + four.len()));
    }
    let groups = trimmed.split(':').filter(|group| !group.is_empty()).count();
    let wide = written.len() > trimmed.len() && written.starts_with(&format!("{trimmed}::"));
    let (text, end) = if wide { (&written[..trimmed.len() + 2], end + 2) } else { (trimmed, end) };
    let six =
        text.matches(':').count() >= 2 && groups >= 2 && text.len() >= 6 && text.parse::<Ipv6Addr>().is_ok();
    (six && !is_word(view.at(end))).then_some((IpAddress, i, end))
}
