//! The order of the passes over one text, and their repetition until nothing is left to find.

use std::ops::Range;

use super::cues::Cues;
use super::digits::{Script, value};
use super::lexicon::{Cue, Lexicon};
use super::names::Names;
use super::view::{View, is_hangul};
use super::{Found, PersonalDataKind, account, address, foreign_name, identifiers, net, phone, plate};

/// A pass may uncover more (a name in a list after another name). Real texts need two rounds, the second to find
/// nothing; the limit keeps made-up ones linear.
const ROUNDS: usize = 8;

type Item = (Range<usize>, PersonalDataKind);

/// Everything personal in `text`, sorted and disjoint, with its view's work if a test asks for it.
pub(super) fn find(text: &str, lexicon: &Lexicon) -> (Vec<Found>, usize) {
    let mut view = View::of(text);
    let before: Vec<Range<usize>> = view.placeholders().map(|(_, bytes)| bytes).collect();
    let mut cues = Cues::of(&view, lexicon);
    for _ in 0..ROUNDS {
        let mut any = false;
        for pass in [nets, numbers, addresses, persons] {
            let items = pass(&view, lexicon, &cues);
            if !items.is_empty() {
                any = true;
                view.cover(&items);
                cues = Cues::of(&view, lexicon);
            }
        }
        if !any {
            break;
        }
    }
    let found = view
        .placeholders()
        .filter(|(_, bytes)| !before.contains(bytes))
        .map(|(kind, bytes)| Found { kind, bytes })
        .collect();
    #[cfg(test)]
    return (found, view.looks());
    #[cfg(not(test))]
    (found, 0)
}

fn nets(view: &View, lexicon: &Lexicon, cues: &Cues) -> Vec<Item> {
    let mut items = Items::default();
    for i in 0..view.len() {
        let c = view.at(i);
        if c == '@' || lexicon.word_at(view, i, Cue::MailWord.bit()).is_some() {
            items.add(net::email(view, lexicon, i));
        } else if (c.is_ascii_hexdigit() || c == ':') && i >= items.free_from {
            items.add(net::ip(view, cues, i));
        }
    }
    items.list
}

fn numbers(view: &View, lexicon: &Lexicon, cues: &Cues) -> Vec<Item> {
    let mut items = Items::default();
    let mut i = 0;
    while i < view.len() {
        items.add(number_at(view, lexicon, cues, i));
        i = (i + 1).max(items.free_from);
    }
    items.list
}

/// The kinds of number in the order of trust: a form of its own before a cue, a cue before a mere shape.
fn number_at(
    view: &View,
    lexicon: &Lexicon,
    cues: &Cues,
    i: usize,
) -> Option<(PersonalDataKind, usize, usize)> {
    let c = view.at(i);
    if c.is_ascii_digit() {
        if view.before(i).is_ascii_digit() {
            return None;
        }
        return identifiers::at(view, lexicon, cues, i)
            .or_else(|| phone::at(view, cues, i))
            .or_else(|| account::at(view, lexicon, cues, i))
            .or_else(|| plate::at(view, lexicon, cues, i));
    }
    if c == '+' {
        return phone::at(view, cues, i);
    }
    if c.is_ascii_alphabetic()
        && let Some(code) = identifiers::lettered(view, cues, i)
    {
        return Some(code);
    }
    let spoken = value(c, Script::Spoken).is_some() && !is_spoken(view.before(i));
    if !spoken {
        return None;
    }
    let next_digit = (i + 1..i + 4).any(|k| value(view.at(k), Script::Spoken).is_some());
    let zero = value(c, Script::Spoken) == Some(0);
    if !next_digit {
        return None;
    }
    let phone = if zero { phone::at(view, cues, i) } else { None };
    phone.or_else(|| identifiers::at(view, lexicon, cues, i).filter(|_| is_hangul(c)))
}

fn is_spoken(c: char) -> bool {
    value(c, Script::Spoken).is_some()
}

fn addresses(view: &View, lexicon: &Lexicon, cues: &Cues) -> Vec<Item> {
    let mut items = Items::default();
    for i in 0..view.len() {
        let c = view.at(i);
        let lettered_block =
            view.at(i + 1) == '동' && matches!(c, 'A'..='Z' | 'a'..='z' | '가' | '나' | '다' | '라' | '마');
        let basement = matches!(c, 'B' | 'b') && view.at(i + 1).is_ascii_digit();
        if (c.is_ascii_digit() || lettered_block || basement) && i >= items.free_from {
            items.add(address::at(view, lexicon, cues, i));
        }
    }
    items.list
}

fn persons(view: &View, lexicon: &Lexicon, cues: &Cues) -> Vec<Item> {
    let mut all = foreign_name::find(view, lexicon, cues);
    all.extend(Names::new(view, lexicon, cues).find());
    all.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut items = Items::default();
    for range in all {
        items.add(Some((PersonalDataKind::Name, range.start, range.end)));
    }
    items.list
}

/// Items in order, none over another.
#[derive(Default)]
struct Items {
    list: Vec<Item>,
    free_from: usize,
}

impl Items {
    fn add(&mut self, item: Option<(PersonalDataKind, usize, usize)>) {
        if let Some((kind, start, end)) = item
            && start >= self.free_from
            && start < end
        {
            self.list.push((start..end, kind));
            self.free_from = end;
        }
    }
}
