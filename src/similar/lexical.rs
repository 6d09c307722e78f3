//! Likeness of two texts by their wording: Jaccard index of their character bigrams.
//!
//! Bigrams run over letters and digits only and across word boundaries: Korean is spaced freely (`가로등 고장`,
//! `가로등고장`). Latin letters count with the two characters before them: there are too few of them for pairs to tell
//! texts apart. Left out are placeholders of masked data (`[전화번호]`) and phrases of courtesy: both would make
//! strangers' cases alike.
//!
//! A bigram is kept as a 16-bit hash, so that a set takes two bytes a bigram, about 150 bytes for a usual complaint.
//! With some hundred bigrams in a text, 65,536 values raise the index of unrelated texts by less than 0.01.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// What nearly every writer says, without spaces.
const COURTESIES: [&str; 20] = [
    "안녕하십니까",
    "안녕하세요",
    "수고많으십니다",
    "수고하십니다",
    "수고하세요",
    "고생많으십니다",
    "다름이아니라",
    "다름아니라",
    "문의드립니다",
    "문의합니다",
    "답변부탁드립니다",
    "답변바랍니다",
    "부탁드립니다",
    "부탁드려요",
    "감사합니다",
    "고맙습니다",
    "해주시기바랍니다",
    "해주세요",
    "주시기바랍니다",
    "바랍니다",
];

static COURTESY: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let longest = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(COURTESIES);
    longest.expect("twenty short phrases make an automaton")
});

/// Hashed bigrams of a text: sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bigrams(Box<[u16]>);

impl Bigrams {
    /// The bigrams of a masked text.
    pub fn of(masked: &str) -> Self {
        let text = letters(masked);
        let mut hashes = Vec::with_capacity(text.len() / 3);
        let mut begin = 0;
        for courtesy in COURTESY.find_iter(&text) {
            add(&mut hashes, &text[begin..courtesy.start()]);
            begin = courtesy.end();
        }
        add(&mut hashes, &text[begin..]);
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

/// Letters and digits in lower case, placeholders left out.
fn letters(masked: &str) -> String {
    let mut depth = 0usize;
    let mut letters = String::with_capacity(masked.len());
    for c in masked.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => letters.extend(c.to_lowercase()),
            _ => {}
        }
    }
    letters
}

fn add(hashes: &mut Vec<u16>, piece: &str) {
    let mut before: [Option<char>; 2] = [None, None];
    for c in piece.chars() {
        if let [first, Some(second)] = before {
            hashes.push(hash(first.filter(|_| c.is_ascii_alphabetic()), second, c));
        }
        before = [before[1], Some(c)];
    }
}

/// Fibonacci hashing: the upper bits of a product with an odd number near 2⁶⁴/φ.
fn hash(a: Option<char>, b: char, c: char) -> u16 {
    let [a, b, c] = [a.map_or(0, u32::from), b.into(), c.into()].map(u64::from);
    ((a << 42 | b << 21 | c).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as u16
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
    fn courtesy_does_not_make_texts_alike() {
        let (a, b) = (
            "안녕하세요. 도로 보수 문의 드립니다. 감사합니다",
            "안녕하세요. 청년 월세 문의 드립니다. 감사합니다",
        );
        assert!(likeness(a, b) < 0.01, "{}", likeness(a, b));
    }

    #[test]
    fn latin_letters_count_by_three() {
        // {th,the} and {th,tha}: one of three.
        assert!((likeness("the", "tha") - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn shared_wording_counts() {
        // {고라,라니,니가} and {고라,라니,니를}: 2 of 4.
        assert!((likeness("고라니가", "고라니를") - 0.5).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn it_is_the_jaccard_index_of_plain_sets(a in "[가-힣a-z ]{0,60}", b in "[가-힣a-z ]{0,60}") {
            let set = |text: &str| -> BTreeSet<String> {
                let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
                let gram = |i: usize| {
                    let first = if chars[i].is_ascii_alphabetic() { i.saturating_sub(2) } else { i - 1 };
                    chars[first..=i].iter().collect()
                };
                (1..chars.len()).map(gram).collect()
            };
            let (x, y) = (set(&a), set(&b));
            let union = x.union(&y).count();
            let exact = if union == 0 { 0.0 } else { x.intersection(&y).count() as f32 / union as f32 };
            let found = likeness(&a, &b);
            // Two bigrams of some 120 may share a hash; of a few, that one counts more.
            prop_assert!((found - exact).abs() < 0.05 + 1.5 / union.max(1) as f32, "{} {}", found, exact);
            prop_assert!((found - likeness(&b, &a)).abs() < f32::EPSILON);
        }
    }
}
