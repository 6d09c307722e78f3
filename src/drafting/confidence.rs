//! How sure a ranked topic is: the probability of being right, by a logistic model.
//!
//! Fitted by `minwon kb eval --fit` on questions that the topics' authors did not write (`docs/REPLIES.md`).

/// Log-odds of being right.
struct Confidence {
    constant: f32,
    lexical: f32,
    nearest: f32,
    /// A unit of lead in relevance over the best other topic.
    lead: f32,
    /// A unit of the natural logarithm of the text's terms.
    length: f32,
}

/// With vectors.
const FUSED: Confidence =
    Confidence { constant: -6.32, lexical: 12.13, nearest: 2.12, lead: 16.75, length: 1.03 };
/// Without a model, or before the vectors are ready.
const LEXICAL: Confidence =
    Confidence { constant: -7.31, lexical: 12.63, nearest: 0.0, lead: 44.0, length: 1.41 };
/// A topic for people in danger, where the text bears a signal of that danger: it is offered.
const IN_DANGER: f32 = 6.0;

/// How topics were searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// By words and meaning.
    Fused,
    /// By words alone.
    Lexical,
}

/// A topic with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Position in [`super::kb::KnowledgeBase::topics`].
    pub topic: usize,
    /// Probability of being right, 0 to 1.
    pub score: f32,
    /// What the score was made of.
    pub evidence: Evidence,
}

/// What speaks for a topic.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Share of what the text asks that the topic holds, by BM25.
    pub lexical: f32,
    /// Cosine with the nearest question; zero without vectors.
    pub nearest: f32,
    /// Lead in relevance over the best other topic; negative for all but the first.
    pub lead: f32,
    /// Natural logarithm of the number of terms of the text.
    pub length: f32,
}

/// A topic before it is compared with the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Position in [`super::kb::KnowledgeBase::topics`].
    pub topic: usize,
    /// By BM25.
    pub lexical: f32,
    /// Cosine with the nearest question.
    pub nearest: f32,
    /// Everything together.
    pub relevance: f32,
    /// For people in the danger that was found.
    pub danger: bool,
}

/// Scores of candidates, the most relevant first, for a text of so many terms.
pub(super) fn scored(candidates: &[Candidate], terms: usize, search: Search) -> Vec<Hit> {
    let best = |skip: usize| candidates.get(skip).map_or(0.0, |candidate| candidate.relevance);
    let (first, second) = (best(0), best(1));
    let length = (terms.max(1) as f32).ln();
    let weights = match search {
        Search::Fused => FUSED,
        Search::Lexical => LEXICAL,
    };
    let mut most = 1.0_f32;
    let hit = |(n, c): (usize, &Candidate)| {
        let lead = c.relevance - if n == 0 { second } else { first };
        let evidence = Evidence { lexical: c.lexical, nearest: c.nearest, lead, length };
        let odds = weights.constant
            + weights.lexical * c.lexical
            + weights.nearest * c.nearest
            + weights.lead * lead
            + weights.length * length
            + if c.danger { IN_DANGER } else { 0.0 };
        // What stands behind is never surer than what stands before it.
        most = most.min(1.0 / (1.0 + (-odds).exp()));
        Hit { topic: c.topic, score: most, evidence }
    };
    candidates.iter().enumerate().map(hit).collect()
}
