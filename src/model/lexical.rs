//! Lexical features beside the encoder: hashed n-grams of token ids, one linear margin a class.
//!
//! The encoder generalises over meaning but, trained on few rows, misses rare words that say everything (고라니, 인감). A
//! linear model over token n-grams knows those. Its margins are added to the encoder's logits, scaled by a factor a
//! head that is fitted on validation rows. It works on token ids, so it needs no second tokenizer and sees what the
//! encoder sees.

use super::weights::{Stored, Values, Weights, WeightsError};

/// Number of hash buckets.
pub const BUCKETS: usize = 1 << 17;
/// Longest n-gram.
const LONGEST: usize = 3;
/// Tensor of the weights, `BUCKETS × classes`.
pub const WEIGHT: &str = "lexical.weight";
/// Tensor of the constant terms, `classes`.
pub const BIAS: &str = "lexical.bias";
/// Tensor of the inverse document frequencies, `BUCKETS`.
pub const IDF: &str = "lexical.idf";

/// Buckets of a text with sublinear term frequencies `1 + ln tf`, sorted by bucket.
pub fn term_frequencies(ids: &[u32]) -> Vec<(usize, f32)> {
    let grams = (1..=LONGEST).flat_map(|n| ids.windows(n)).map(bucket);
    let mut buckets: Vec<usize> = grams.collect();
    buckets.sort_unstable();
    buckets.chunk_by(|a, b| a == b).map(|same| (same[0], 1.0 + (same.len() as f32).ln())).collect()
}

/// Features of a text: term frequency times inverse document frequency, scaled to length 1.
pub fn features(ids: &[u32], idf: &[f32]) -> Vec<(usize, f32)> {
    let mut features = term_frequencies(ids);
    for (bucket, value) in &mut features {
        *value *= idf[*bucket];
    }
    let norm = features.iter().map(|(_, v)| v * v).sum::<f32>().sqrt().max(1e-9);
    for (_, value) in &mut features {
        *value /= norm;
    }
    features
}

/// FNV-1a over the ids; a hash that never changes, because it is part of the model's format.
fn bucket(gram: &[u32]) -> usize {
    let hash = gram.iter().flat_map(|id| id.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The high bits of FNV are the better mixed ones.
    ((hash >> 40) as usize ^ hash as usize) % BUCKETS
}

/// The linear model.
#[derive(Debug, Clone, PartialEq)]
pub struct Lexical {
    weight: Stored,
    bias: Vec<f32>,
    idf: Vec<f32>,
}

impl Lexical {
    /// Takes the lexical tensors out of a model's weights, if it has any.
    ///
    /// # Errors
    /// [`WeightsError`] if one of them is missing or misshapen.
    pub fn take(weights: &mut Weights, classes: usize) -> Result<Option<Self>, WeightsError> {
        if !weights.has(WEIGHT) {
            return Ok(None);
        }
        let weight = weights.get(WEIGHT, &[BUCKETS, classes])?.clone();
        let bias = weights.get(BIAS, &[classes])?.to_f32();
        let idf = weights.get(IDF, &[BUCKETS])?.to_f32();
        for name in [WEIGHT, BIAS, IDF] {
            weights.take(name);
        }
        Ok(Some(Self { weight, bias, idf }))
    }

    /// Margin of every class, heads one after another.
    pub fn margins(&self, ids: &[u32]) -> Vec<f32> {
        let mut margins = self.bias.clone();
        let classes = margins.len();
        for (bucket, value) in features(ids, &self.idf) {
            let row = bucket * classes..(bucket + 1) * classes;
            match &self.weight.values {
                Values::F32(values) => add(&mut margins, values[row].iter().copied(), value),
                Values::I8 { rows, scales } => {
                    add(&mut margins, rows[row].iter().map(|&q| f32::from(q)), value * scales[bucket]);
                }
            }
        }
        margins
    }
}

fn add(margins: &mut [f32], row: impl Iterator<Item = f32>, factor: f32) {
    for (margin, weight) in margins.iter_mut().zip(row) {
        *margin += factor * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_have_length_one_and_count_n_grams() {
        let counts = term_frequencies(&[5, 6, 5, 6]);
        // 5, 6, (5 6), (6 5), (5 6 5), (6 5 6)
        assert_eq!(counts.len(), 6);
        assert_eq!(counts.iter().filter(|(_, tf)| *tf > 1.5).count(), 3);
        let found = features(&[5, 6, 5, 6], &vec![1.0; BUCKETS]);
        assert!((found.iter().map(|(_, v)| v * v).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(features(&[], &vec![1.0; BUCKETS]).is_empty());
    }

    #[test]
    fn a_model_without_lexical_tensors_has_none() {
        assert_eq!(Lexical::take(&mut Weights::default(), 3).unwrap(), None);
    }
}
