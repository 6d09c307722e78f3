//! Bank accounts: ten to fourteen digits near a word of banking. Banks group them as they like and there is no
//! common check digit (B7), so the cue decides; amounts, the office's numbers and moments are kept apart.

use super::PersonalDataKind::{self, Account};
use super::cues::Cues;
use super::digits::{Gap, Run, Script};
use super::identifiers::is_date;
use super::lexicon::{Cue, Lexicon};
use super::view::{View, placeholder};

const BEFORE: usize = 30;
const AFTER: usize = 12;
/// How near the short name of a bank must stand.
const BESIDE: usize = 4;

/// An account whose first digit is at `i`.
pub(super) fn at(
    view: &View,
    lexicon: &Lexicon,
    cues: &Cues,
    i: usize,
) -> Option<(PersonalDataKind, usize, usize)> {
    let before = view.before(i);
    let tail_of_code = before == '-' && view.before(i - 1).is_ascii_alphanumeric();
    if before.is_ascii_alphanumeric() || placeholder(before).is_some() || tail_of_code {
        return None;
    }
    let bank = cues.before(i, BEFORE, Cue::Bank.bit());
    let beside = cues.before(i, BESIDE, Cue::BankNear.bit());
    let nearest = bank.into_iter().chain(beside).min();
    let label = cues.before(i, BEFORE, Cue::PublicNumber.bit());
    if label.is_some_and(|label| nearest.is_none_or(|bank| label < bank)) {
        return None;
    }
    let run = Run::read(view, i, Script::Arabic);
    let n = length(&run)?;
    let end = run.end(n);
    let counted = lexicon.word_at(view, view.skip_blanks(end, 1), Cue::Counter.bit()).is_some();
    let followed = || cues.after(end, AFTER, Cue::Bank.bit());
    let hangul = super::view::is_hangul(view.at(end)) && counted;
    (!hangul && !is_moment(&run, n) && (nearest.is_some() || followed())).then_some((Account, i, end))
}

/// How many digits the account has: one solid group, or groups with the same separator.
fn length(run: &Run) -> Option<usize> {
    let total = run.digits().len();
    let first = run.groups(total).next()?;
    if (10..=14).contains(&first) {
        return run.closes(first).then_some(first);
    }
    let separator = run.gap(first.min(total - 1));
    let uniform = |gap: Gap| gap == Gap::None || gap == separator;
    let n = (1..total).find(|k| !uniform(run.gap(*k))).unwrap_or(total);
    let grouped = matches!(separator, Gap::Hyphen | Gap::Wide | Gap::Space | Gap::Dot);
    let count = run.groups(n).count();
    let few = count <= 5 && run.groups(n).take(count - 1).all(|group| group >= 2);
    (grouped && few && first >= 3 && (10..=14).contains(&n) && run.closes(n)).then_some(n)
}

/// `20261124103000` and the like.
fn is_moment(run: &Run, n: usize) -> bool {
    let century = matches!(run.digits(), [2, 0, ..] | [1, 9, ..]);
    matches!(n, 12 | 14) && run.solid(n) && century && is_date(&run.digits()[2..])
}
