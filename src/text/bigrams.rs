//! Character bigrams: the search terms of the case log. Korean words take endings and are written together, so that
//! a search by whole words misses most of what a person means; two characters are enough to tell subjects apart.

/// Bigrams of each word, lower case, with the word's last character alone, so that every character begins a term.
/// A word is a run of letters and digits. Sorted, each once.
pub fn terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = words(text).flat_map(|word| of_word(&word)).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// One condition of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A term that occurs.
    Term(String),
    /// Some term begins like this (for a word of one character).
    Prefix(String),
}

/// What a text must fulfil for a query: every bigram of every word occurs.
pub fn conditions(query: &str) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for word in words(query) {
        let pairs: Vec<String> =
            of_word(&word).into_iter().filter(|term| term.chars().count() == 2).collect();
        if pairs.is_empty() {
            conditions.push(Condition::Prefix(word));
        } else {
            conditions.extend(pairs.into_iter().map(Condition::Term));
        }
    }
    conditions
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(|word| word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect())
}

fn of_word(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let pairs = chars.windows(2).map(|pair| pair.iter().collect());
    pairs.chain(chars.last().map(ToString::to_string)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(terms: &[String], condition: &Condition) -> bool {
        match condition {
            Condition::Term(term) => terms.contains(term),
            Condition::Prefix(start) => terms.iter().any(|term| term.starts_with(start.as_str())),
        }
    }

    #[test]
    fn a_part_of_a_word_is_found() {
        let terms = terms("고라니가 죽어 있어요 Bus 7번");
        for query in ["고라니", "라니", "니가", "가", "BUS", "7"] {
            assert!(conditions(query).iter().all(|c| holds(&terms, c)), "{query}");
        }
        assert!(!conditions("고양이").iter().all(|c| holds(&terms, c)));
    }

    proptest! {
        #[test]
        fn every_part_of_a_text_is_found(text in "\\PC{1,30}", a in 0usize..30, b in 0usize..30) {
            let chars: Vec<char> = text.chars().collect();
            let (a, b) = (a.min(b).min(chars.len()), a.max(b).min(chars.len()));
            let query: String = chars[a..b].iter().collect();
            let terms = terms(&text);
            for condition in conditions(&query) {
                prop_assert!(holds(&terms, &condition), "{condition:?} of {query:?} not in {terms:?}");
            }
        }
    }
}
