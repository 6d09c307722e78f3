//! Which topics answer a case, or why none does.
//!
//! Topics are ranked by relevance, a weighted sum of lexical and dense scores that department, jurisdiction, kind,
//! place, danger and counsellors' decisions move a little. How sure the first one is, is a second question: a logistic
//! model over its scores, its lead over the next and the length of the text, whose value is the probability of being
//! right. Weights and threshold stand here and nowhere else; how they were found is in `docs/REPLIES.md`.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use super::bm25::{Bm25, LexicalQuery};
use super::confidence::{Candidate, Hit, Search, scored};
use super::dense::{DenseIndex, Meaning};
use super::feedback::Feedback;
use super::kb::KnowledgeBase;
use super::topic::{Topic, TopicKind};
use crate::text::places::Places;

/// Least score of the best topic; below it there is no draft.
pub const THRESHOLD: f32 = 0.7;
/// Least score of a further draft beside a good one.
pub const RUNNER_UP: f32 = 0.02;
/// From this probability on, a text that is no complaint gets no draft.
const NO_COMPLAINT: f32 = 0.8;

/// Weight of the cosine with a topic's centre, beside the lexical score.
const CENTRE: f32 = 0.2;
/// Weight of the cosine with a topic's nearest question.
const NEAREST: f32 = 0.2;
/// Topics whose nearest question is looked for: the first by everything else.
const POOL: usize = 256;

/// In relevance, from none to all of the department's probability on the topic's departments.
const DEPARTMENT: f32 = 0.02;
/// The same for the jurisdiction.
const JURISDICTION: f32 = 0.02;
/// The same for a grievance and an opening for grievances.
const GRIEVANCE: f32 = 0.06;
/// A topic for named 시·군, and the case lies in one of them; if it lies in another, the same off.
const PLACE: f32 = 0.05;
/// A topic for people in danger that names the number of a danger signal found in the text.
const DANGER: f32 = 0.3;
/// Relevance that one unit of log-odds of [`Feedback::term`] is worth.
const FEEDBACK: f32 = 0.06;

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

impl Query<'_> {
    fn search(&self) -> Search {
        let fits = self.dense.is_some_and(|(index, vector)| index.width() == vector.len());
        if fits { Search::Fused } else { Search::Lexical }
    }
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
        let lexical = LexicalQuery::new(query.text);
        scored(&self.candidates(kb, query, &lexical), lexical.terms(), query.search())
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
        let lexical = LexicalQuery::new(query.text);
        let all = self.candidates(kb, query, &lexical);
        let first = all.first().map_or(0, |candidate| candidate.topic);
        let holding: Vec<Candidate> =
            all.iter().filter(|c| kb.topics()[c.topic].holds_on(query.today)).copied().collect();
        let hits = scored(&holding, lexical.terms(), query.search());
        let best = hits.first().map_or(0.0, |hit| hit.score);
        // A topic that is out of date and answers better must not be replaced by a worse one.
        let stale = !kb.topics()[first].holds_on(query.today)
            && scored(&all, lexical.terms(), query.search())
                .first()
                .is_some_and(|hit| hit.score >= THRESHOLD);
        if stale {
            return Err(NoDraft::OutOfDate { topic: kb.topics()[first].id.clone() });
        }
        if best < THRESHOLD {
            return Err(NoDraft::NothingClose { best });
        }
        Ok(hits.into_iter().take_while(|hit| hit.score >= RUNNER_UP).take(most).collect())
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
        let mut relevance = self.bm25.scores(&query);
        relevance[own] = self.bm25.score_without(&query, own, text);
        if let Some(meaning) = dense.map(|index| index.look_at_question(question)) {
            for (topic, (score, centre)) in relevance.iter_mut().zip(meaning.centres()).enumerate() {
                let (centre, nearest) = if topic == own {
                    meaning.without(own, question)
                } else {
                    (centre, meaning.nearest(topic))
                };
                *score += CENTRE * centre + NEAREST * nearest;
            }
        }
        let mine = relevance[own];
        (own, (0..relevance.len()).filter(|topic| *topic != own && relevance[*topic] >= mine).count())
    }

    /// All topics, the most relevant first.
    fn candidates(&self, kb: &KnowledgeBase, query: &Query<'_>, lexical: &LexicalQuery) -> Vec<Candidate> {
        let meaning: Option<Meaning<'_>> = query.dense.and_then(|(index, vector)| index.look(vector));
        let centres = meaning.as_ref().map(Meaning::centres);
        let candidate = |(topic, lexical): (usize, f32)| {
            let (moved, danger) = self.circumstances(&kb.topics()[topic], topic, query);
            let centre = centres.as_ref().map_or(0.0, |centres| CENTRE * centres[topic]);
            Candidate { topic, lexical, nearest: 0.0, relevance: lexical + centre + moved, danger }
        };
        let mut all: Vec<Candidate> =
            self.bm25.scores(lexical).into_iter().enumerate().map(candidate).collect();
        let order =
            |a: &Candidate, b: &Candidate| b.relevance.total_cmp(&a.relevance).then(a.topic.cmp(&b.topic));
        all.sort_by(order);
        if let Some(meaning) = &meaning {
            for candidate in all.iter_mut().take(POOL) {
                candidate.nearest = meaning.nearest(candidate.topic);
                candidate.relevance += NEAREST * candidate.nearest;
            }
            // The rest counts as far away.
            all.iter_mut().skip(POOL).for_each(|candidate| candidate.relevance -= NEAREST);
            all.sort_by(order);
        }
        all
    }

    /// What is known besides the text, in relevance, and whether the topic is for the danger that was found.
    fn circumstances(&self, topic: &Topic, at: usize, query: &Query<'_>) -> (f32, bool) {
        let share = |codes: &[String], known: &BTreeMap<String, f32>| {
            if known.is_empty() {
                return 0.0;
            }
            codes.iter().filter_map(|code| known.get(code)).sum::<f32>() - 0.5
        };
        let mut moved = DEPARTMENT * share(&topic.departments, &query.priors.department)
            + JURISDICTION * share(&topic.jurisdiction, &query.priors.jurisdiction)
            + FEEDBACK * query.feedback.term(&topic.id);
        if let (TopicKind::Empathy, Some(grievance)) = (topic.kind, query.priors.grievance) {
            moved += GRIEVANCE * (grievance - 0.5);
        }
        if let (Some(sigungu), false) = (query.sigungu, self.places[at].is_empty()) {
            moved += if self.places[at].contains(sigungu) { PLACE } else { -PLACE };
        }
        let danger =
            topic.kind == TopicKind::Crisis && topic.phones.iter().any(|phone| query.danger.contains(phone));
        (if danger { moved + DANGER } else { moved }, danger)
    }
}
