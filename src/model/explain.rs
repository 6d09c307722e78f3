//! Why this department: which stretches of the text moved the model towards it.
//!
//! Occlusion (Zeiler and Fergus 2014, arXiv:1311.2901) over words: the weight of a stretch is how much the
//! department's probability falls when the stretch is left out. What is reported was measured on the model itself,
//! so it is faithful by construction, unlike attention weights.

use super::{Model, PredictError, Scratch};
use crate::domain::{DEPARTMENT, Prediction};

/// Stretches tried, at most; longer texts are cut into coarser stretches.
const MOST_STRETCHES: usize = 32;
/// Stretches reported, at most.
const MOST_REPORTED: usize = 3;
/// Least fall in probability that is worth reporting.
const LEAST_WEIGHT: f32 = 0.02;

/// A stretch of the text and what it did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Influence {
    /// First character in the folded text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Fall of the department's probability without the stretch, 0 to 1.
    pub weight: f32,
}

/// Finds the stretches of a folded text that moved the department, the strongest first.
///
/// # Errors
/// [`PredictError`] from the forward passes.
pub fn department(
    model: &Model,
    text: &str,
    prediction: &Prediction,
    scratch: &mut Scratch,
) -> Result<Vec<Influence>, PredictError> {
    let Some(head) = prediction.head(DEPARTMENT) else { return Ok(Vec::new()) };
    let top = head.top();
    let chars: Vec<char> = text.chars().collect();
    let stretches = stretches(&chars);
    if stretches.len() < 2 {
        return Ok(Vec::new());
    }
    let without = |&(start, end): &(usize, usize)| {
        let rest: String = chars[..start].iter().chain(&chars[end..]).collect();
        model.encode(rest.trim())
    };
    let encoded = stretches.iter().map(without).collect::<Result<Vec<_>, _>>()?;
    let mut found = Vec::new();
    for (batch, spans) in encoded.chunks(8).zip(stretches.chunks(8)) {
        let ids: Vec<&[u32]> = batch.iter().map(|e| e.ids.as_slice()).collect();
        for (output, &(start, end)) in model.forward(&ids, scratch)?.iter().zip(spans) {
            let p = model.prediction(output, 0).head(DEPARTMENT).map_or(0.0, |h| h.probability(top.code));
            found.push(Influence { start, end, weight: top.confidence - p });
        }
    }
    Ok(strongest(found, &chars))
}

/// Words as character ranges, joined evenly where there are too many.
fn stretches(chars: &[char]) -> Vec<(usize, usize)> {
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (i, c) in chars.iter().chain(std::iter::once(&' ')).enumerate() {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(i),
            (true, Some(from)) => {
                words.push((from, i));
                start = None;
            }
            _ => {}
        }
    }
    let group = words.len().div_ceil(MOST_STRETCHES).max(1);
    words.chunks(group).map(|g| (g[0].0, g[g.len() - 1].1)).collect()
}

/// The strongest stretches, neighbours joined, in order of weight.
fn strongest(mut found: Vec<Influence>, chars: &[char]) -> Vec<Influence> {
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    found.retain(|f| f.weight >= LEAST_WEIGHT);
    found.truncate(MOST_REPORTED);
    found.sort_by_key(|f| f.start);
    let mut joined: Vec<Influence> = Vec::new();
    for next in found {
        match joined.last_mut() {
            Some(last) if chars[last.end..next.start].iter().all(|c| c.is_whitespace()) => {
                last.end = next.end;
                last.weight = last.weight.max(next.weight);
            }
            _ => joined.push(next),
        }
    }
    joined.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn words_are_found_and_long_texts_are_cut_coarsely() {
        assert_eq!(stretches(&chars(" 길가에  고라니가 ")), [(1, 4), (6, 10)]);
        let long = "말 ".repeat(100);
        let all = stretches(&chars(&long));
        assert!(all.len() <= MOST_STRETCHES && all.len() > MOST_STRETCHES / 2, "{}", all.len());
        assert_eq!((all[0].0, all[all.len() - 1].1), (0, 199));
    }

    #[test]
    fn neighbours_are_joined_and_weak_ones_left_out() {
        let text = chars("가 나 다 라");
        let at = |i: usize, weight| Influence { start: 2 * i, end: 2 * i + 1, weight };
        let found = strongest(vec![at(0, 0.01), at(1, 0.2), at(2, 0.3), at(3, -0.4)], &text);
        assert_eq!(found, [Influence { start: 2, end: 5, weight: 0.3 }]);
    }
}
