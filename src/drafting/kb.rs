//! The collection of topics, with a digest that names its state.

use sha2::{Digest, Sha256};

use super::topic::{Topic, TopicError};

/// All topics, sorted by id.
#[derive(Debug, Clone, Default)]
pub struct KnowledgeBase {
    topics: Vec<Topic>,
    digest: String,
}

impl KnowledgeBase {
    /// Reads files, given by name and content.
    ///
    /// # Errors
    /// Every file that is no topic, and every id that stands twice.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<TopicError>> {
        let (mut topics, mut errors) = (Vec::new(), Vec::new());
        for (name, text) in files {
            match Topic::parse(name, text) {
                Ok(topic) => topics.push(topic),
                Err(error) => errors.push(error),
            }
        }
        topics.sort_by(|a: &Topic, b| a.id.cmp(&b.id));
        errors.extend(topics.windows(2).filter(|pair| pair[0].id == pair[1].id).map(|pair| TopicError {
            file: format!("{}.md", pair[0].id),
            place: "field `id`".to_owned(),
            what: "stands in two files".to_owned(),
        }));
        if errors.is_empty() { Ok(Self::new(topics)) } else { Err(errors) }
    }

    /// Topics that are already parsed, each id once.
    pub fn new(topics: Vec<Topic>) -> Self {
        let digest = digest(&topics);
        Self { topics, digest }
    }

    /// All topics, sorted by id; positions in this list name topics elsewhere in this module.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The topic of that id.
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.topics.binary_search_by(|topic| topic.id.as_str().cmp(id)).ok().map(|at| &self.topics[at])
    }

    /// SHA-256 over the ids and everything that is embedded: equal digests have equal vectors.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// All questions with the position of their topic.
    pub fn questions(&self) -> impl Iterator<Item = (usize, &str)> {
        let topics = self.topics.iter().enumerate();
        topics.flat_map(|(at, topic)| topic.questions.iter().map(move |question| (at, question.as_str())))
    }

    /// What the encoder reads, in the order in which the vectors are kept: all questions, then all titles.
    pub fn embedded(&self) -> Vec<&str> {
        let questions = self.questions().map(|(_, question)| question);
        questions.chain(self.topics.iter().map(|topic| topic.title.as_str())).collect()
    }
}

fn digest(topics: &[Topic]) -> String {
    let mut hash = Sha256::new();
    for topic in topics {
        for part in [&topic.id, &topic.title].into_iter().chain(&topic.questions) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
