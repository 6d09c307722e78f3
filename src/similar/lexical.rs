//! Likeness of two texts by their wording: Jaccard index of their character bigrams.
//!
//! Bigrams run over letters and digits only and across word boundaries: Korean is spaced freely (`가로등 고장`,
//! `가로등고장`). Placeholders of masked data (`[전화번호]`) are left out: they would make strangers' cases alike.
//! A bigram is kept as a 16-bit hash, so that a set takes two bytes a bigram, about 150 bytes for a usual complaint.
//! With some hundred bigrams in a text, 65,536 values raise the index of unrelated texts by less than 0.01.

/// Hashed bigrams of a text: sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bigrams(Box<[u16]>);

impl Bigrams {
    /// The bigrams of a masked text.
    pub fn of(masked: &str) -> Self {
        let mut depth = 0usize;
        let mut before = None;
        let mut hashes = Vec::with_capacity(masked.len() / 3);
        for c in masked.chars() {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > 0 || !c.is_alphanumeric() {
                continue;
            }
            for c in c.to_lowercase() {
                if let Some(before) = before.replace(c) {
                    hashes.push(hash(before, c));
                }
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes.into())
    }

    /// Shared bigrams by all bigrams of both, 0 to 1; 0 if either has none.
    pub fn jaccard(&self, other: &Self) -> f32 {
        let (a, b) = (&self.0, &other.0);
        let (mut i, mut j, mut both) = (0, 0, 0usize);
        while i < a.len() && j < b.len() {
            both += usize::from(a[i] == b[j]);
            let (x, y) = (a[i], b[j]);
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        if both == 0 { 0.0 } else { both as f32 / (a.len() + b.len() - both) as f32 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Fibonacci hashing: the upper bits of a product with an odd number near 2⁶⁴/φ.
fn hash(a: char, b: char) -> u16 {
    let pair = u64::from(u32::from(a)) << 21 | u64::from(u32::from(b));
    (pair.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as u16
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn likeness(a: &str, b: &str) -> f32 {
        Bigrams::of(a).jaccard(&Bigrams::of(b))
    }

    #[test]
    fn spacing_punctuation_and_case_do_not_matter() {
        assert!((likeness("가로등이 고장 났어요!", "가로등이고장났어요") - 1.0).abs() < f32::EPSILON);
        assert!((likeness("Bus 7번", "bus7번") - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn masked_data_does_not_make_texts_alike() {
        assert!(likeness("[전화번호] [이름] 도로", "[전화번호] [이름] 하천").abs() < f32::EPSILON);
        assert!(Bigrams::of("[주민등록번호]").is_empty());
        assert!(likeness("", "").abs() < f32::EPSILON);
    }

    #[test]
    fn shared_wording_counts() {
        // {고라,라니,니가} and {고라,라니,니를}: 2 of 4.
        assert!((likeness("고라니가", "고라니를") - 0.5).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn it_is_the_jaccard_index_of_plain_sets(a in "[가-힣a-z ]{0,60}", b in "[가-힣a-z ]{0,60}") {
            let set = |text: &str| -> BTreeSet<(char, char)> {
                let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
                chars.windows(2).map(|pair| (pair[0], pair[1])).collect()
            };
            let (x, y) = (set(&a), set(&b));
            let union = x.union(&y).count();
            let exact = if union == 0 { 0.0 } else { x.intersection(&y).count() as f32 / union as f32 };
            let found = likeness(&a, &b);
            // Two bigrams of some 120 may share a hash.
            prop_assert!((found - exact).abs() < 0.05, "{} {}", found, exact);
            prop_assert!((found - likeness(&b, &a)).abs() < f32::EPSILON);
        }
    }
}
