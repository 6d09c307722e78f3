//! Whether a knowledge base may be used: what a person must mend before a draft is offered from it.
//!
//! An error makes the check fail; a warning does so with [`Strictness::Strict`] only. Reading a topic at all is the
//! matter of `drafting::topic`.

mod facts;
mod finding;
mod texts;

use std::collections::BTreeMap;

use time::Date;

pub use finding::{Finding, Severity, Strictness};

use super::dense::DenseIndex;
use super::kb::KnowledgeBase;
use super::retrieve::Retriever;

/// A question is found if its topic is among so many, once the question itself is taken out.
const AMONG: usize = 3;
/// Two topics are too alike from this similarity of their questions' terms on (cosine of TF-IDF vectors).
const ALIKE: f32 = 0.6;

/// Whether a telephone number may be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneState {
    /// In the agency file, checked.
    Ok,
    /// In the agency file, but not checked.
    Unverified,
    /// In no row.
    Unknown,
}

/// What the check compares with.
pub struct Standard<'a> {
    /// The day on which drafts would be offered.
    pub today: Date,
    /// State of a number in the agency file.
    pub phone: &'a dyn Fn(&str) -> PhoneState,
    /// Codes of departments.
    pub departments: Vec<&'a str>,
    /// Codes of jurisdictions.
    pub jurisdictions: Vec<&'a str>,
    /// Vectors of the questions, where there is a model.
    pub dense: Option<&'a DenseIndex>,
}

/// Everything that is wrong, sorted by topic.
pub fn check(kb: &KnowledgeBase, standard: &Standard<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for topic in kb.topics() {
        facts::check(topic, standard, &mut findings);
        texts::check(topic, &mut findings);
    }
    repeated_questions(kb, &mut findings);
    lost(kb, standard, &mut findings);
    alike(kb, &mut findings);
    findings.sort_by(|a, b| (&a.topic, a.severity, &a.what).cmp(&(&b.topic, b.severity, &b.what)));
    findings
}

/// The same phrasing twice, in one topic or in two.
fn repeated_questions(kb: &KnowledgeBase, findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (at, question) in kb.questions() {
        let id = kb.topics()[at].id.as_str();
        let key: String = question.chars().filter(|c| c.is_alphanumeric()).collect();
        if let Some(first) = seen.insert(key, id) {
            findings.push(Finding::error(id, format!("the question `{question}` also stands in `{first}`")));
        }
    }
}

/// Topics that none of their own questions finds.
fn lost(kb: &KnowledgeBase, standard: &Standard<'_>, findings: &mut Vec<Finding>) {
    let retriever = Retriever::new(kb);
    for (name, dense) in [("lexical", None), ("fused", standard.dense)] {
        if name == "fused" && dense.is_none() {
            continue;
        }
        let mut found = vec![false; kb.topics().len()];
        for question in 0..kb.questions().count() {
            let (topic, rank) = retriever.rank_without(kb, dense, question);
            found[topic] |= rank < AMONG;
        }
        let lost = kb.topics().iter().zip(found).filter(|(_, found)| !found);
        findings.extend(lost.map(|(topic, _)| {
            let what = format!(
                "no question of its own finds it among the first {AMONG} ({name} search, that question taken out)\nhint: add the words that citizens use to `questions` and `keywords`"
            );
            Finding::error(&topic.id, what)
        }));
    }
}

fn alike(kb: &KnowledgeBase, findings: &mut Vec<Finding>) {
    let index = super::bm25::Bm25::new(kb);
    let vectors: Vec<_> = kb.topics().iter().map(|topic| index.vector(topic)).collect();
    for (a, one) in vectors.iter().enumerate() {
        for (b, other) in vectors.iter().enumerate().skip(a + 1) {
            let cosine: f32 = one.iter().filter_map(|(term, w)| other.get(term).map(|v| w * v)).sum();
            if cosine >= ALIKE {
                let (first, second) = (&kb.topics()[a].id, &kb.topics()[b].id);
                findings.push(Finding::error(
                    first,
                    format!("asks much the same as `{second}` (similarity {cosine:.2})\nhint: join the two, or show the difference in the questions"),
                ));
            }
        }
    }
}
