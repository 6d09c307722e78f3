//! Typing errors and lost spaces, for training texts only.
//!
//! The data sets hold what people wrote; this only keeps the model from leaning on spelling. Each change is one
//! that people make on a telephone: a space lost or gained, a vowel or final consonant slipped, a syllable doubled
//! or lost, a mark dropped.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const SYLLABLES: std::ops::RangeInclusive<u32> = 0xac00..=0xd7a3;
const VOWELS: u32 = 21;
const FINALS: u32 = 28;

/// Vowels that are mistaken for one another, by index: ㅐ/ㅔ, ㅒ/ㅖ, ㅚ/ㅙ/ㅞ, ㅓ/ㅕ, ㅗ/ㅛ, ㅜ/ㅠ, ㅢ/ㅣ.
const VOWEL_SLIPS: [(u32, u32); 8] =
    [(1, 5), (3, 7), (10, 11), (11, 15), (4, 6), (8, 12), (13, 17), (19, 20)];
/// Finals that are mistaken for one another, by index: ㅅ/ㅆ, ㄱ/ㄲ, ㄴ/ㄶ, ㄹ/ㅀ, ㅂ/ㅄ, none/ㅎ.
const FINAL_SLIPS: [(u32, u32); 6] = [(19, 20), (1, 2), (4, 6), (8, 15), (17, 18), (0, 27)];

/// With probability `chance` returns a version with typing errors, else the text itself.
pub fn augment(text: &str, chance: f64, rng: &mut ChaCha8Rng) -> String {
    if !rng.random_bool(chance) {
        return text.to_owned();
    }
    // One style a text: people who skip spaces skip most of them, people who slip do so now and then.
    let (lost_space, slip) = match rng.random_range(0..3) {
        0 => (0.6, 0.0),
        1 => (0.1, 0.03),
        _ => (0.0, 0.06),
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == ' ' && rng.random_bool(lost_space) {
            continue;
        }
        if slip > 0.0 && rng.random_bool(slip) {
            slipped(c, rng, &mut out);
        } else {
            out.push(c);
        }
    }
    if out.trim().is_empty() { text.to_owned() } else { out }
}

fn slipped(c: char, rng: &mut ChaCha8Rng, out: &mut String) {
    match rng.random_range(0..10) {
        0 => out.extend([c, c]),
        1 => {}
        2 => out.extend([c, ' ']),
        3 if c.is_ascii_punctuation() => {}
        n => out.push(mistyped(c, n % 2 == 0)),
    }
}

/// The syllable with a neighbouring vowel or final; other characters stay.
fn mistyped(c: char, vowel: bool) -> char {
    if !SYLLABLES.contains(&(c as u32)) {
        return c;
    }
    let index = c as u32 - SYLLABLES.start();
    let (initial, middle, last) = (index / (VOWELS * FINALS), index / FINALS % VOWELS, index % FINALS);
    let swap = |value: u32, slips: &[(u32, u32)]| {
        let other = |&(a, b): &(u32, u32)| match value {
            v if v == a => Some(b),
            v if v == b => Some(a),
            _ => None,
        };
        slips.iter().find_map(other).unwrap_or(value)
    };
    let (middle, last) =
        if vowel { (swap(middle, &VOWEL_SLIPS), last) } else { (middle, swap(last, &FINAL_SLIPS)) };
    char::from_u32(SYLLABLES.start() + (initial * VOWELS + middle) * FINALS + last).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::super::random::{Purpose, stream};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn syllables_slip_to_their_neighbours() {
        assert_eq!(mistyped('개', true), '게');
        assert_eq!(mistyped('했', false), '햇');
        assert_eq!(mistyped('a', true), 'a');
    }

    #[test]
    fn texts_change_now_and_then_and_never_vanish() {
        let text = "버스가 삼십 분째 안 와요. 어떻게 된 건가요?";
        let mut rng = stream(1, Purpose::Augment, 0);
        let all: Vec<String> = (0..200).map(|_| augment(text, 0.5, &mut rng)).collect();
        let changed = all.iter().filter(|t| *t != text).count();
        assert!((60..140).contains(&changed), "{changed} of 200 changed");
    }

    proptest! {
        #[test]
        fn any_text_survives(text in "\\PC{1,40}", seed: u64) {
            let out = augment(&text, 1.0, &mut stream(seed, Purpose::Augment, 0));
            prop_assert!(text.trim().is_empty() || !out.trim().is_empty());
        }
    }
}
