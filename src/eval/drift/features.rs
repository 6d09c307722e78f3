//! Texts as vectors, for comparing two sets of them.

/// Length of a lexical vector.
const LEXICAL: usize = 1_024;

/// Character trigrams hashed into a vector of unit length: what a text says, without a model.
pub fn lexical(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0f32; LEXICAL];
    let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    for gram in chars.windows(3.min(chars.len().max(1))) {
        // FNV-1a: the same on every machine.
        let hash = gram.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, c| {
            (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3)
        });
        vector[(hash >> 32) as usize % LEXICAL] += 1.0;
    }
    vector.iter_mut().for_each(|v| *v = v.sqrt());
    unit(&vector)
}

/// A vector of length one in the same direction; zero stays zero.
pub fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length > 0.0 { vector.iter().map(|v| v / length).collect() } else { vector.to_vec() }
}

/// The first two syllables of each word, each once: endings and particles do not hide them.
pub fn stems(text: &str) -> std::collections::BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .map(|word| word.chars().take(2).collect::<String>())
        .filter(|stem| stem.chars().count() == 2 && !stem.chars().any(|c| c.is_ascii_digit()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &str, b: &str) -> f32 {
        lexical(a).iter().zip(lexical(b)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn like_texts_have_like_vectors() {
        assert!((cosine("가로등이 꺼졌어요", "가로등이  꺼졌어요") - 1.0).abs() < 1e-5);
        assert!(
            cosine("가로등이 꺼졌어요", "가로등이 꺼져 있어요")
                > cosine("가로등이 꺼졌어요", "버스가 안 와요")
        );
        assert!(lexical("").iter().all(|v| *v == 0.0) && lexical("가").iter().any(|v| *v > 0.0));
    }

    #[test]
    fn stems_leave_particles_and_numbers_out() {
        let stems: Vec<String> = stems("가로등이 가로등은 3번 버스, 12월").into_iter().collect();
        assert_eq!(stems, ["가로", "버스"]);
    }
}
