//! What lexical search looks for: pairs of neighbouring syllables, so that particles and spacing matter little, and
//! whole words.

/// Terms of a text, with repeats.
///
/// A Hangul word gives its syllable pairs and itself, a word of another script or a number only itself, in lower case.
/// A marker keeps the two sorts apart: 주차 as a word is not 주차 inside 불법주차장.
pub fn terms(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    let mut word: Vec<char> = Vec::new();
    let mut sort = Sort::Other;
    for c in lower.chars().chain(std::iter::once(' ')) {
        let next = Sort::of(c);
        if next != sort {
            flush(&mut word, sort, &mut found);
            sort = next;
        }
        if next != Sort::Other {
            word.push(c);
        }
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Hangul,
    Digit,
    Letter,
    Other,
}

impl Sort {
    fn of(c: char) -> Self {
        match c {
            '가'..='힣' => Self::Hangul,
            '0'..='9' => Self::Digit,
            c if c.is_alphanumeric() => Self::Letter,
            _ => Self::Other,
        }
    }
}

fn flush(word: &mut Vec<char>, sort: Sort, found: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    if sort == Sort::Hangul {
        found.extend(word.windows(2).map(|pair| pair.iter().collect()));
    }
    found.push(std::iter::once('=').chain(word.drain(..)).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_gives_pairs_and_words_and_the_rest_words() {
        assert_eq!(
            terms("불법주차 GTX-A 24만"),
            ["불법", "법주", "주차", "=불법주차", "=gtx", "=a", "=24", "=만"]
        );
        assert!(terms("?! ㅋㅋ…").iter().all(|term| term == "=ㅋㅋ"));
    }
}
