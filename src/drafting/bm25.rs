//! Lexical search over topics: BM25 (Robertson and Zaragoza 2009, *The Probabilistic Relevance Framework*) with fields
//! weighted before saturation (BM25F with one length norm).

use std::collections::{BTreeMap, HashMap};

use super::kb::KnowledgeBase;
use super::section::Section;
use super::terms::terms;
use super::topic::Topic;

/// Saturation of a term's count. Chosen with the field weights by leave-one-question-out recall (`docs/REPLIES.md`).
const K1: f32 = 3.0;
/// How much a topic's length counts.
const B: f32 = 0.75;
/// Weight of a term in the title.
const TITLE: f32 = 4.0;
/// Weight of a term in the keywords.
const KEYWORDS: f32 = 3.0;
/// Weight of a term in a question.
const QUESTION: f32 = 1.0;
/// Weight of a term in the texts for chat and letter.
const TEXT: f32 = 1.0;

/// Counted terms.
type Counts = HashMap<String, f32>;

/// An inverted index over topics.
#[derive(Debug, Clone, Default)]
pub struct Bm25 {
    vocabulary: HashMap<String, usize>,
    /// For each term: topics that hold it with the weighted count.
    postings: Vec<Vec<(usize, f32)>>,
    /// Weighted length of each topic.
    lengths: Vec<f32>,
    average: f32,
}

/// A text cut into terms for search.
#[derive(Debug, Clone)]
pub struct LexicalQuery {
    distinct: Vec<String>,
    terms: usize,
}

impl LexicalQuery {
    /// Cuts a text; each term counts once, however often it is repeated.
    pub fn new(text: &str) -> Self {
        let mut distinct = terms(text);
        let terms = distinct.len();
        distinct.sort_unstable();
        distinct.dedup();
        Self { distinct, terms }
    }

    /// Terms with repeats: how long the text is.
    pub fn terms(&self) -> usize {
        self.terms
    }
}

impl Bm25 {
    /// Indexes a knowledge base.
    pub fn new(kb: &KnowledgeBase) -> Self {
        let mut index = Self::default();
        for (at, topic) in kb.topics().iter().enumerate() {
            let counts = count(topic);
            index.lengths.push(counts.values().sum());
            for (term, n) in counts {
                let next = index.postings.len();
                let id = *index.vocabulary.entry(term).or_insert(next);
                if id == next {
                    index.postings.push(Vec::new());
                }
                index.postings[id].push((at, n));
            }
        }
        let topics = index.lengths.len().max(1) as f32;
        index.average = (index.lengths.iter().sum::<f32>() / topics).max(1.0);
        index
    }

    /// Score of every topic: the share of what the query asks, weighted by rarity, that the topic holds; 0 to 1.
    pub fn scores(&self, query: &LexicalQuery) -> Vec<f32> {
        let mut scores = vec![0.0; self.lengths.len()];
        let mut whole = 0.0;
        for term in &query.distinct {
            let postings = self.postings(term);
            let idf = self.idf(postings.len());
            whole += idf * (K1 + 1.0);
            for (topic, n) in postings {
                scores[*topic] += idf * self.saturated(*n, self.lengths[*topic]);
            }
        }
        if whole > 0.0 {
            scores.iter_mut().for_each(|score| *score /= whole);
        }
        scores
    }

    /// The score of one topic as if one of its questions, with these terms, did not belong to it.
    pub fn score_without(&self, query: &LexicalQuery, topic: usize, question: &str) -> f32 {
        let mut taken = Counts::new();
        add(&mut taken, question, QUESTION);
        let length = self.lengths[topic] - taken.values().sum::<f32>();
        let (mut score, mut whole) = (0.0, 0.0);
        for term in &query.distinct {
            let postings = self.postings(term);
            let idf = self.idf(postings.len());
            whole += idf * (K1 + 1.0);
            let n = postings.iter().find(|(at, _)| *at == topic).map_or(0.0, |(_, n)| *n);
            let left = (n - taken.get(term).copied().unwrap_or(0.0)).max(0.0);
            score += idf * self.saturated(left, length);
        }
        if whole > 0.0 { score / whole } else { 0.0 }
    }

    /// What a topic asks, as a TF-IDF vector of length one: title, keywords and questions without the texts.
    pub fn vector(&self, topic: &Topic) -> BTreeMap<String, f32> {
        let mut counts = Counts::new();
        add_questions(&mut counts, topic);
        let weigh = |(term, n): (String, f32)| {
            let weight = (1.0 + n).ln() * self.idf(self.postings(&term).len());
            (term, weight)
        };
        let mut vector: BTreeMap<String, f32> = counts.into_iter().map(weigh).collect();
        let norm = vector.values().map(|w| w * w).sum::<f32>().sqrt();
        vector.values_mut().for_each(|w| *w /= norm.max(f32::MIN_POSITIVE));
        vector
    }

    fn postings(&self, term: &str) -> &[(usize, f32)] {
        self.vocabulary.get(term).map_or(&[], |id| &self.postings[*id])
    }

    /// Inverse document frequency, never negative (Lucene's form).
    fn idf(&self, holders: usize) -> f32 {
        let (n, of) = (holders as f32, self.lengths.len() as f32);
        (1.0 + (of - n + 0.5) / (n + 0.5)).ln()
    }

    fn saturated(&self, n: f32, length: f32) -> f32 {
        n * (K1 + 1.0) / (n + K1 * (1.0 - B + B * length / self.average))
    }
}

fn count(topic: &Topic) -> Counts {
    let mut counts = Counts::new();
    add_questions(&mut counts, topic);
    for section in [Section::Chat, Section::Letter] {
        for text in topic.texts.get(&section).iter().flat_map(|text| text.text_only()) {
            add(&mut counts, text, TEXT);
        }
    }
    counts
}

fn add_questions(counts: &mut Counts, topic: &Topic) {
    add(counts, &topic.title, TITLE);
    topic.keywords.iter().for_each(|word| add(counts, word, KEYWORDS));
    topic.questions.iter().for_each(|question| add(counts, question, QUESTION));
}

fn add(counts: &mut Counts, text: &str, weight: f32) {
    for term in terms(text) {
        *counts.entry(term).or_insert(0.0) += weight;
    }
}
