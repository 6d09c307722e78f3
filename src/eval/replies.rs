//! How good retrieval of reply topics is on questions that their authors did not write.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::interval::{interval95, wilson95};
use super::logistic;
use super::report::Figure;
use crate::drafting::Evidence;

/// Ranks that are looked at.
const DEPTH: usize = 3;
/// Thresholds of the sweep.
const SWEEP: [f32; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// A question with the topics that answer it; none where the knowledge base cannot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReplyQuestion {
    /// Identifier.
    pub id: String,
    /// The question.
    pub text: String,
    /// Topic id, several that are equally right, or null.
    #[serde(default, alias = "topics")]
    topic: Option<OneOrMore>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl ReplyQuestion {
    /// The topics that answer it.
    pub fn topics(&self) -> &[String] {
        match &self.topic {
            None => &[],
            Some(OneOrMore::One(topic)) => std::slice::from_ref(topic),
            Some(OneOrMore::More(topics)) => topics,
        }
    }
}

/// Reads questions (JSONL).
///
/// # Errors
/// The file or line at fault; never the text.
pub fn read_questions(path: &Path) -> Result<Vec<ReplyQuestion>, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("`{name}`: {e}"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(n, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|e| format!("`{name}` line {}: {e}", n + 1))
    };
    let questions: Vec<_> = lines.map(parse).collect::<Result<_, _>>()?;
    if questions.is_empty() { Err(format!("`{name}` holds no question")) } else { Ok(questions) }
}

/// What retrieval said to one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieved {
    /// All topics with their scores, the best first.
    pub ranked: Vec<(String, f32)>,
    /// How many of them were offered; zero for no draft.
    pub offered: usize,
    /// What spoke for the first one.
    pub evidence: Evidence,
}

/// A question that went wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// Its id.
    pub id: String,
    /// Topics that would be right.
    pub wanted: Vec<String>,
    /// First topics found, with their scores.
    pub found: Vec<(String, f32)>,
    /// How many were offered.
    pub offered: usize,
}

/// Shares at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtThreshold {
    /// The threshold.
    pub threshold: f32,
    /// Answerable questions whose first place is right and offered.
    pub recall1: f64,
    /// Unanswerable questions that get no draft.
    pub refused: f64,
}

/// Log-odds of the first topic's being right, as `drafting::confidence` holds them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fit {
    /// Constant.
    pub constant: f64,
    /// Per unit of the lexical score.
    pub lexical: f64,
    /// Per unit of the cosine with the nearest question.
    pub nearest: f64,
    /// Per unit of lead over the next topic.
    pub lead: f64,
    /// Per unit of the logarithm of the text's terms.
    pub length: f64,
}

/// Fits the confidence on questions. Unanswerable ones count twice: there are fewer of them than in service.
pub fn fit(questions: &[ReplyQuestion], retrieved: &[Retrieved]) -> Fit {
    let row = |(question, found): (&ReplyQuestion, &Retrieved)| {
        let e = found.evidence;
        let weight = if question.topics().is_empty() { 2.0 } else { 1.0 };
        ([e.lexical, e.nearest, e.lead, e.length].map(f64::from), rank(question, found) == Some(0), weight)
    };
    let rows: Vec<_> = questions.iter().zip(retrieved).map(row).collect();
    let (constant, [lexical, nearest, lead, length]) = logistic::fit(&rows);
    Fit { constant, lexical, nearest, lead, length }
}

/// The whole judgement. All intervals are 95 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplyReport {
    /// Questions that the knowledge base can answer.
    pub answerable: usize,
    /// Questions that it cannot.
    pub unanswerable: usize,
    /// Right topic in first place, threshold or not.
    pub recall1: Figure,
    /// Right topic among the first three, threshold or not.
    pub recall3: Figure,
    /// Mean reciprocal rank.
    pub mrr: Figure,
    /// Right topic offered first.
    pub offered1: Figure,
    /// Right topic offered.
    pub offered3: Figure,
    /// Unanswerable questions that get no draft.
    pub refused: Figure,
    /// Shares over thresholds.
    pub sweep: Vec<AtThreshold>,
    /// What went wrong.
    pub misses: Vec<Miss>,
}

/// Judges what retrieval said; `seed` is that of the bootstrap behind the interval of the mean reciprocal rank.
pub fn judge(questions: &[ReplyQuestion], retrieved: &[Retrieved], seed: u64) -> ReplyReport {
    let pairs: Vec<_> = questions.iter().zip(retrieved).collect();
    let (answerable, unanswerable): (Vec<_>, Vec<_>) =
        pairs.iter().partition(|(question, _)| !question.topics().is_empty());
    let ranks: Vec<Option<usize>> = answerable.iter().map(|(q, found)| rank(q, found)).collect();
    let share = |hits: usize, of: usize| {
        let (low, high) = wilson95(hits, of);
        Figure { value: hits as f64 / of.max(1) as f64, low, high }
    };
    let within = |depth: usize| ranks.iter().filter(|rank| rank.is_some_and(|r| r < depth)).count();
    let offered = |depth: usize| {
        let hit = |((_, found), rank): &(&(&ReplyQuestion, &Retrieved), &Option<usize>)| {
            rank.is_some_and(|r| r < depth.min(found.offered))
        };
        answerable.iter().zip(&ranks).filter(hit).count()
    };
    let reciprocal = |rows: &[usize]| {
        rows.iter().map(|row| ranks[*row].map_or(0.0, |r| 1.0 / (r + 1) as f64)).sum::<f64>()
            / rows.len().max(1) as f64
    };
    let rows: Vec<usize> = (0..ranks.len()).collect();
    let (low, high) = interval95(&vec![0; ranks.len()], seed, &reciprocal);
    let refused = unanswerable.iter().filter(|(_, found)| found.offered == 0).count();
    let at = |threshold: f32| {
        let sure = |found: &Retrieved| found.ranked.first().is_some_and(|(_, score)| *score >= threshold);
        let right = answerable.iter().zip(&ranks).filter(|((_, f), rank)| sure(f) && **rank == Some(0));
        let silent = unanswerable.iter().filter(|(_, found)| !sure(found));
        AtThreshold {
            threshold,
            recall1: right.count() as f64 / answerable.len().max(1) as f64,
            refused: silent.count() as f64 / unanswerable.len().max(1) as f64,
        }
    };
    ReplyReport {
        answerable: answerable.len(),
        unanswerable: unanswerable.len(),
        recall1: share(within(1), answerable.len()),
        recall3: share(within(DEPTH), answerable.len()),
        mrr: Figure { value: reciprocal(&rows), low, high },
        offered1: share(offered(1), answerable.len()),
        offered3: share(offered(DEPTH), answerable.len()),
        refused: share(refused, unanswerable.len()),
        sweep: SWEEP.map(at).to_vec(),
        misses: pairs.iter().filter(|(q, found)| missed(q, found)).map(|(q, found)| miss(q, found)).collect(),
    }
}

fn rank(question: &ReplyQuestion, found: &Retrieved) -> Option<usize> {
    found.ranked.iter().position(|(topic, _)| question.topics().contains(topic))
}

fn missed(question: &ReplyQuestion, found: &Retrieved) -> bool {
    if question.topics().is_empty() {
        return found.offered > 0;
    }
    rank(question, found) != Some(0) || found.offered == 0
}

fn miss(question: &ReplyQuestion, found: &Retrieved) -> Miss {
    Miss {
        id: question.id.clone(),
        wanted: question.topics().to_vec(),
        found: found.ranked.iter().take(DEPTH).cloned().collect(),
        offered: found.offered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(topic: &serde_json::Value) -> ReplyQuestion {
        serde_json::from_value(serde_json::json!({"id": "q", "text": "…", "topic": topic})).unwrap()
    }

    fn found(topics: &[&str], offered: usize) -> Retrieved {
        let score = |n: usize| 0.9 - n as f32 * 0.3;
        let ranked = topics.iter().enumerate().map(|(n, topic)| ((*topic).to_owned(), score(n))).collect();
        Retrieved { ranked, offered, evidence: Evidence::default() }
    }

    #[test]
    fn shares_count_what_a_counsellor_sees() {
        let questions = [
            question(&serde_json::json!("a")),
            question(&serde_json::json!(["a", "b"])),
            question(&serde_json::json!("c")),
            question(&serde_json::json!("a")),
            question(&serde_json::Value::Null),
            question(&serde_json::Value::Null),
        ];
        let retrieved = [
            found(&["a", "b", "c"], 3),
            found(&["b", "a", "c"], 1),
            found(&["a", "b", "c"], 2),
            found(&["a", "b", "c"], 0),
            found(&["a"], 0),
            found(&["a"], 1),
        ];
        let report = judge(&questions, &retrieved, 1);
        assert_eq!((report.answerable, report.unanswerable), (4, 2));
        assert!((report.recall1.value - 0.75).abs() < 1e-9);
        assert!((report.recall3.value - 1.0).abs() < 1e-9);
        assert!((report.mrr.value - (1.0 + 1.0 + 1.0 / 3.0 + 1.0) / 4.0).abs() < 1e-9);
        assert!((report.offered1.value - 0.5).abs() < 1e-9, "no draft is a miss");
        assert!((report.refused.value - 0.5).abs() < 1e-9);
        assert_eq!(report.misses.len(), 3);
    }
}
