//! Embeddings in 8 bits: how they are stored with a case, and how two are multiplied.

use sha2::{Digest, Sha256};

/// Layout of the stored bytes.
const LAYOUT: u8 = 1;
const HEAD: usize = 16;

/// Says which model an embedding comes from: embeddings of different models must not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelTag(pub [u8; 8]);

impl ModelTag {
    /// The tag of the model whose weights have this SHA-256 (hexadecimal, as in its manifest).
    pub fn of(weights_sha256: &str) -> Self {
        let digest = Sha256::digest(weights_sha256.to_ascii_lowercase());
        Self(*digest.first_chunk().expect("a digest has 32 bytes"))
    }
}

/// An embedding of length 1, each value as a multiple of `scale`.
///
/// As bytes, for `NewCase::embedding`:
/// ```text
/// 0  1  layout, 1
/// 1  1  zero
/// 2  2  number of values, little-endian
/// 4  4  scale, f32 little-endian
/// 8  8  tag of the model
/// 16    one i8 a value
/// ```
/// 400 bytes for 384 values. It is stored as the encoder gave it, not centred: the centre is the index's own and may
/// change, what is stored must not.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Which model it comes from.
    pub model: ModelTag,
    /// Size of a step.
    pub scale: f32,
    /// The values in steps, −127 to 127.
    pub values: Box<[i8]>,
}

impl Embedding {
    /// Scales a vector to length 1 and rounds it. `None` if it is empty, has no length or holds something that is not
    /// a number.
    pub fn new(model: ModelTag, vector: &[f32]) -> Option<Self> {
        let norm = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        if !(norm > 0.0 && norm.is_finite()) || u16::try_from(vector.len()).is_err() {
            return None;
        }
        let largest = vector.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        let step = largest / 127.0;
        let values: Box<[i8]> = vector.iter().map(|x| (x / step).round() as i8).collect();
        // From the rounded values, so that the length is 1 again.
        let rounded = values.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        (rounded > 0.0).then(|| Self { model, scale: (1.0 / rounded) as f32, values })
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.values.len());
        bytes.extend([LAYOUT, 0]);
        bytes.extend((self.values.len() as u16).to_le_bytes());
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(self.model.0);
        bytes.extend(self.values.iter().map(|x| *x as u8));
        bytes
    }

    /// Reads the stored form; `None` if these are no such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, values) = bytes.split_first_chunk::<HEAD>()?;
        let dim = u16::from_le_bytes([head[2], head[3]]);
        let scale = f32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let sound = head[..2] == [LAYOUT, 0] && dim > 0 && values.len() == usize::from(dim);
        if !sound || !(scale > 0.0 && scale <= 1.0) {
            return None;
        }
        let model = ModelTag(*head[8..].first_chunk()?);
        Some(Self { model, scale, values: values.iter().map(|x| *x as i8).collect() })
    }

    /// The values as numbers.
    pub fn to_f32(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().map(|x| f32::from(*x) * self.scale)
    }
}

/// Dot product of two vectors of one length. Exact in `i32` for any length up to 65,535.
///
/// Plain code that the compiler turns into `pmaddwd` (SSE2) or `smlal` (NEON): 16-bit products summed in 32 bits. The
/// fixed inner length lets it keep the sums in registers.
#[inline]
pub fn dot(a: &[i8], b: &[i16]) -> i32 {
    const LANES: usize = 32;
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut sum = 0;
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        sum += a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
    }
    sum + a_rest.iter().zip(b_rest).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAG: ModelTag = ModelTag(*b"a model ");

    #[test]
    fn the_stored_form_is_fixed() {
        let embedding = Embedding::new(TAG, &[3.0, -4.0]).expect("a vector");
        let bytes = embedding.to_bytes();
        assert_eq!(bytes[..4], [1, 0, 2, 0]);
        assert_eq!(bytes[8..16], *b"a model ");
        assert_eq!(bytes[16..], [95, 0x81]);
        assert_eq!(Embedding::from_bytes(&bytes), Some(embedding));
    }

    #[test]
    fn what_is_no_embedding_is_refused() {
        assert_eq!(Embedding::new(TAG, &[]), None);
        assert_eq!(Embedding::new(TAG, &[0.0; 4]), None);
        assert_eq!(Embedding::new(TAG, &[1.0, f32::NAN]), None);
        assert_eq!(Embedding::new(TAG, &[1.0, f32::INFINITY]), None);
        let bytes = Embedding::new(TAG, &[1.0; 4]).expect("a vector").to_bytes();
        assert_eq!(Embedding::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Embedding::from_bytes(&[2, 0, 0, 0]), None);
        assert_eq!(Embedding::from_bytes(b""), None);
    }

    #[test]
    fn models_differ_by_their_weights() {
        assert_ne!(ModelTag::of("ab"), ModelTag::of("ac"));
        assert_eq!(ModelTag::of("ab"), ModelTag::of("AB"));
    }

    proptest! {
        #[test]
        fn the_dot_product_is_exact(pairs in prop::collection::vec((any::<i8>(), any::<i8>()), 0..900)) {
            let (a, b): (Vec<i8>, Vec<i16>) = pairs.iter().map(|(a, b)| (*a, i16::from(*b))).unzip();
            let expected: i64 = pairs.iter().map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
            prop_assert_eq!(i64::from(dot(&a, &b)), expected);
        }

        #[test]
        fn rounding_turns_a_vector_by_little(vector in prop::collection::vec(-1.0f32..1.0, 32..400)) {
            let embedding = Embedding::new(TAG, &vector).expect("a vector");
            let back: Vec<f32> = embedding.to_f32().collect();
            let product = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
            prop_assert!((product(&back, &back) - 1.0).abs() < 1e-4);
            let cosine = product(&back, &vector) / product(&vector, &vector).sqrt();
            prop_assert!(cosine > 0.9999, "{}", cosine);
            prop_assert_eq!(Embedding::from_bytes(&embedding.to_bytes()), Some(embedding));
        }
    }
}
