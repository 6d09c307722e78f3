//! Which topics answer a case, or why none does.
//!
//! The score is a logistic model of the first place being right: lexical and dense score are fused in log-odds, and
//! department, jurisdiction, kind, place, danger and counsellors' decisions move it a little. Weights and threshold
//! stand here and nowhere else; how they were fitted is in `docs/REPLIES.md`.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use super::bm25::{Bm25, LexicalQuery};
use super::dense::DenseIndex;
use super::feedback::Feedback;
use super::kb::KnowledgeBase;
use super::topic::{Topic, TopicKind};
use crate::text::places::Places;

/// Least score of the best topic; below it there is no draft.
pub const THRESHOLD: f32 = 0.40;
/// Least score of a further draft beside a good one.
pub const RUNNER_UP: f32 = 0.20;
/// From this probability on, a text that is no complaint gets no draft.
const NO_COMPLAINT: f32 = 0.8;

/// Log-odds: constant, per unit of the lexical score, per unit of the dense one.
struct Fusion {
    constant: f32,
    lexical: f32,
    dense: f32,
}

/// With vectors.
const FUSED: Fusion = Fusion { constant: -2.4, lexical: 5.1, dense: 4.0 };
/// Without a model, or before the vectors are ready.
const LEXICAL: Fusion = Fusion { constant: -2.0, lexical: 9.9, dense: 0.0 };
/// From none to all of the department's probability on the topic's departments.
const DEPARTMENT: f32 = 0.3;
/// The same for the jurisdiction.
const JURISDICTION: f32 = 0.4;
/// The same for a grievance and an opening for grievances.
const GRIEVANCE: f32 = 1.0;
/// A topic for named 시·군, and the case lies in one of them; if it lies in another, the same off.
const PLACE: f32 = 0.8;
/// A topic for people in danger that names the number of a danger signal found in the text.
const DANGER: f32 = 3.0;

/// What the model says about the case; empty where there is none, which moves nothing.
#[derive(Debug, Clone, Default)]
pub struct Priors {
    /// Probability of each department.
    pub department: BTreeMap<String, f32>,
    /// Probability of each jurisdiction.
    pub jurisdiction: BTreeMap<String, f32>,
    /// Probability of a grievance (고충민원).
    pub grievance: Option<f32>,
    /// Probability that it is no complaint at all.
    pub no_complaint: f32,
}

/// A case that wants drafts.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The masked text.
    pub text: &'a str,
    /// Its raw vector with the index of the same model.
    pub dense: Option<(&'a DenseIndex, &'a [f32])>,
    /// What the model says.
    pub priors: &'a Priors,
    /// 시·군, if it is sure.
    pub sigungu: Option<&'a str>,
    /// Numbers of the danger signals found.
    pub danger: &'a [String],
    /// What counsellors did with earlier drafts.
    pub feedback: &'a Feedback,
    /// The day of the answer: facts must hold on it.
    pub today: Date,
}

/// A topic with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Position in [`KnowledgeBase::topics`].
    pub topic: usize,
    /// Probability of being right, 0 to 1.
    pub score: f32,
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq)]
pub enum NoDraft {
    /// The knowledge base is empty.
    NoTopics,
    /// The text asks nothing.
    NoComplaint,
    /// Nothing comes near enough.
    NothingClose {
        /// Score of the nearest topic.
        best: f32,
    },
    /// The topic that would answer holds no more, or not yet.
    OutOfDate {
        /// Its id.
        topic: String,
    },
}

impl NoDraft {
    /// Its name in answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoTopics => "no_topics",
            Self::NoComplaint => "no_complaint",
            Self::NothingClose { .. } => "nothing_close",
            Self::OutOfDate { .. } => "out_of_date",
        }
    }

    /// The reason in words for counsellors.
    pub fn reason(&self) -> String {
        match self {
            Self::NoTopics => "답변 자료가 없습니다".to_owned(),
            Self::NoComplaint => "묻거나 바라는 내용이 없습니다".to_owned(),
            Self::NothingClose { best } => {
                format!("맞는 자료가 없습니다 (가장 가까운 것 {best:.2}, 기준 {THRESHOLD:.2})")
            }
            Self::OutOfDate { topic } => format!("맞는 자료(kb/{topic})의 유효기간이 아닙니다"),
        }
    }
}

/// Searches a knowledge base; made once for it.
#[derive(Debug, Clone, Default)]
pub struct Retriever {
    bm25: Bm25,
    /// 시·군 that a topic's title names.
    places: Vec<BTreeSet<String>>,
}

impl Retriever {
    /// Indexes a knowledge base without regard to places.
    pub fn new(kb: &KnowledgeBase) -> Self {
        Self { bm25: Bm25::new(kb), places: vec![BTreeSet::new(); kb.topics().len()] }
    }

    /// Indexes a knowledge base, with the 시·군 that titles name.
    pub fn with_places(kb: &KnowledgeBase, places: &Places) -> Self {
        let named = |topic: &Topic| {
            let found = places.find(&topic.title).into_iter();
            found.filter(|place| !place.ambiguous).filter_map(|place| place.sigungu).collect()
        };
        Self { bm25: Bm25::new(kb), places: kb.topics().iter().map(named).collect() }
    }

    /// All topics with their scores, the best first; ties by position.
    pub fn rank(&self, kb: &KnowledgeBase, query: &Query<'_>) -> Vec<Hit> {
        let lexical = self.bm25.scores(&LexicalQuery::new(query.text));
        let dense = query.dense.map(|(index, vector)| index.scores(vector));
        let mut hits: Vec<Hit> = lexical
            .iter()
            .enumerate()
            .map(|(topic, lexical)| {
                let odds = fused(*lexical, dense.as_ref().map(|scores| scores[topic]));
                let moved = odds + self.circumstances(&kb.topics()[topic], topic, query);
                Hit { topic, score: 1.0 / (1.0 + (-moved).exp()) }
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.topic.cmp(&b.topic)));
        hits
    }

    /// Up to `most` topics that may be offered, the best first.
    ///
    /// # Errors
    /// [`NoDraft`] with the reason.
    pub fn find(&self, kb: &KnowledgeBase, query: &Query<'_>, most: usize) -> Result<Vec<Hit>, NoDraft> {
        if kb.topics().is_empty() {
            return Err(NoDraft::NoTopics);
        }
        if query.priors.no_complaint >= NO_COMPLAINT && query.danger.is_empty() {
            return Err(NoDraft::NoComplaint);
        }
        let ranked = self.rank(kb, query);
        let holds = |hit: &&Hit| kb.topics()[hit.topic].holds_on(query.today);
        let hits: Vec<Hit> = ranked.iter().filter(holds).copied().collect();
        let best = hits.first().map_or(0.0, |hit| hit.score);
        if best >= THRESHOLD {
            return Ok(hits.into_iter().take_while(|hit| hit.score >= RUNNER_UP).take(most).collect());
        }
        match ranked.first() {
            Some(first) if first.score >= THRESHOLD => {
                Err(NoDraft::OutOfDate { topic: kb.topics()[first.topic].id.clone() })
            }
            _ => Err(NoDraft::NothingClose { best }),
        }
    }

    /// For a question of the knowledge base, by its place among all: its topic, and the rank of that topic (0 first)
    /// once the question is taken out of it.
    pub fn rank_without(
        &self,
        kb: &KnowledgeBase,
        dense: Option<&DenseIndex>,
        question: usize,
    ) -> (usize, usize) {
        let Some((own, text)) = kb.questions().nth(question) else { return (0, usize::MAX) };
        let query = LexicalQuery::new(text);
        let mut lexical = self.bm25.scores(&query);
        lexical[own] = self.bm25.score_without(&query, own, text);
        let meaning = dense.map(|index| {
            let mut scores = index.scores(&index.question(question));
            scores[own] = index.score_without(own, question);
            scores
        });
        let score = |topic: usize| fused(lexical[topic], meaning.as_ref().map(|scores| scores[topic]));
        let mine = score(own);
        (own, (0..lexical.len()).filter(|topic| *topic != own && score(*topic) >= mine).count())
    }

    /// What is known besides the text, in log-odds.
    fn circumstances(&self, topic: &Topic, at: usize, query: &Query<'_>) -> f32 {
        let share = |codes: &[String], known: &BTreeMap<String, f32>| {
            if known.is_empty() {
                return 0.0;
            }
            codes.iter().filter_map(|code| known.get(code)).sum::<f32>() - 0.5
        };
        let mut odds = DEPARTMENT * share(&topic.departments, &query.priors.department)
            + JURISDICTION * share(&topic.jurisdiction, &query.priors.jurisdiction)
            + query.feedback.term(&topic.id);
        if let (TopicKind::Empathy, Some(grievance)) = (topic.kind, query.priors.grievance) {
            odds += GRIEVANCE * (grievance - 0.5);
        }
        if let (Some(sigungu), false) = (query.sigungu, self.places[at].is_empty()) {
            odds += if self.places[at].contains(sigungu) { PLACE } else { -PLACE };
        }
        if topic.kind == TopicKind::Crisis && topic.phones.iter().any(|phone| query.danger.contains(phone)) {
            odds += DANGER;
        }
        odds
    }
}

/// Log-odds of a topic from the text alone.
fn fused(lexical: f32, dense: Option<f32>) -> f32 {
    let weights = if dense.is_some() { FUSED } else { LEXICAL };
    weights.constant + weights.lexical * lexical + weights.dense * dense.unwrap_or(0.0)
}
