//! Draft replies for a case: the knowledge base with its vectors, and what the case gives to the slots.
//!
//! The vectors of the questions are read from a file or computed on a thread of their own after the start; until they
//! are there, and after another model was loaded, search is lexical.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use time::Date;

use super::draft::{Draft, NoDraftReason};
use super::kb_files::{self, KbError};
use crate::domain::Channel;
use crate::drafting::{
    CaseFacts, DenseIndex, EarlierReply, Feedback, Hit, KnowledgeBase, Priors, Query, Retriever, Values,
    compose, usable,
};
use crate::model::{Model, PredictError, Scratch};
use crate::text::normalise::fold;
use crate::text::places::Places;

/// Questions that are encoded in one pass.
const BATCH: usize = 16;

/// A case that wants drafts.
#[derive(Debug)]
pub struct DraftRequest<'a> {
    /// The masked text.
    pub text: &'a str,
    /// Its raw vector, with the SHA-256 of the model that made it.
    pub vector: Option<(&'a str, &'a [f32])>,
    /// Where the answer goes.
    pub channel: Channel,
    /// Language of the citizen (BCP 47).
    pub language: &'a str,
    /// What the model says.
    pub priors: Priors,
    /// The department that is to answer.
    pub department: &'a str,
    /// 시·군, if it is sure.
    pub sigungu: Option<&'a str>,
    /// Numbers of the danger signals found.
    pub danger: Vec<String>,
    /// What the slots are filled with.
    pub values: Values,
    /// Approved replies to similar cases.
    pub earlier: &'a [EarlierReply],
    /// The day of the answer.
    pub today: Date,
    /// Drafts wanted.
    pub most: usize,
}

/// The knowledge base, ready for search.
pub struct Drafts {
    kb: KnowledgeBase,
    retriever: Retriever,
    dir: Option<PathBuf>,
    index: RwLock<Option<Arc<DenseIndex>>>,
    feedback: RwLock<Arc<Feedback>>,
    preparing: AtomicBool,
}

impl Drafts {
    /// Reads the topics of a folder.
    ///
    /// # Errors
    /// [`KbError`].
    pub fn open(dir: &Path, places: &Places) -> Result<Self, KbError> {
        Ok(Self { dir: Some(dir.to_owned()), ..Self::new(kb_files::read(dir)?, places) })
    }

    /// Takes a knowledge base that lies nowhere.
    pub fn new(kb: KnowledgeBase, places: &Places) -> Self {
        let retriever = Retriever::with_places(&kb, places);
        Self {
            kb,
            retriever,
            dir: None,
            index: RwLock::default(),
            feedback: RwLock::default(),
            preparing: AtomicBool::new(false),
        }
    }

    /// The topics.
    pub fn knowledge_base(&self) -> &KnowledgeBase {
        &self.kb
    }

    /// Search over the topics.
    pub fn retriever(&self) -> &Retriever {
        &self.retriever
    }

    /// Vectors of a model, if they are ready.
    pub fn index(&self, model_sha256: &str) -> Option<Arc<DenseIndex>> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.as_ref().filter(|index| index.model_sha256() == model_sha256).map(Arc::clone)
    }

    /// Takes over what counsellors did with earlier drafts.
    pub fn set_feedback(&self, feedback: Feedback) {
        *self.feedback.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(feedback);
    }

    /// Makes vectors ready for a model: read from their file if it fits, else computed.
    ///
    /// # Errors
    /// [`PredictError`] if the model fails. A damaged file is computed anew.
    pub fn prepare(&self, model: &Model) -> Result<(), PredictError> {
        let sha256 = model.manifest.weights_sha256();
        let stored = self.dir.as_ref().map(|dir| kb_files::read_vectors(dir, &self.kb, sha256));
        let index = match stored {
            Some(Ok(Some(index))) => Ok(index),
            other => {
                if let Some(Err(error)) = other {
                    tracing::warn!(%error, "the stored vectors are computed anew");
                }
                DenseIndex::new(&self.kb, sha256, &vectors(&self.kb, model)?)
            }
        };
        match index {
            Ok(index) => {
                *self.index.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(index));
            }
            Err(reason) => tracing::warn!(reason, "search stays lexical"),
        }
        Ok(())
    }

    /// The same on a thread of its own; search is lexical until it is done. A second call while one runs does nothing.
    pub fn prepare_in_background(self: &Arc<Self>, model: Arc<Model>) {
        if self.preparing.swap(true, Ordering::AcqRel) {
            return;
        }
        let drafts = Arc::clone(self);
        let work = move || {
            if let Err(error) = drafts.prepare(&model) {
                tracing::warn!(%error, "search stays lexical");
            }
            drafts.preparing.store(false, Ordering::Release);
        };
        if let Err(error) = std::thread::Builder::new().name("drafts".into()).spawn(work) {
            self.preparing.store(false, Ordering::Release);
            tracing::warn!(%error, "search stays lexical");
        }
    }

    /// Drafts for a case, the best first; `new_id` gives each its identifier.
    ///
    /// # Errors
    /// [`NoDraftReason`].
    pub fn suggest(
        &self,
        request: &DraftRequest<'_>,
        new_id: &mut dyn FnMut() -> String,
    ) -> Result<Vec<Draft>, NoDraftReason> {
        let index = request.vector.and_then(|(sha256, _)| self.index(sha256));
        let vector = request.vector.map(|(_, vector)| vector);
        let feedback = Arc::clone(&self.feedback.read().unwrap_or_else(PoisonError::into_inner));
        let query = Query {
            text: request.text,
            dense: index.as_deref().zip(vector),
            priors: &request.priors,
            sigungu: request.sigungu,
            danger: &request.danger,
            feedback: &feedback,
            today: request.today,
        };
        let found = self.retriever.find(&self.kb, &query, request.most);
        let earlier = usable(request.earlier, request.department, request.today);
        let (hits, none) = match found {
            Ok(hits) => (hits, None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        let facts = CaseFacts {
            channel: request.channel,
            language: request.language,
            values: request.values.clone(),
        };
        let mut drafts: Vec<Draft> = hits.iter().map(|hit| self.draft(hit, &facts, new_id())).collect();
        let room = request.most - drafts.len().min(request.most);
        drafts.extend(
            earlier.into_iter().take(room).map(|reply| Draft::repeated(reply, request.channel, new_id())),
        );
        match none {
            Some(reason) if drafts.is_empty() => Err(reason.into()),
            _ => Ok(drafts),
        }
    }

    fn draft(&self, hit: &Hit, facts: &CaseFacts<'_>, draft_id: String) -> Draft {
        let topic = &self.kb.topics()[hit.topic];
        Draft::composed(topic, compose(topic, facts), hit.score, draft_id)
    }
}

/// Raw vectors of everything that is embedded, in the order of [`KnowledgeBase::embedded`].
///
/// # Errors
/// [`PredictError`].
pub fn vectors(kb: &KnowledgeBase, model: &Model) -> Result<Vec<Vec<f32>>, PredictError> {
    let encoded: Vec<Vec<u32>> = kb
        .embedded()
        .into_iter()
        .map(|text| model.encode(&fold(text).text).map(|encoded| encoded.ids))
        .collect::<Result<_, _>>()?;
    // Texts of like length together, so that little is padded.
    let mut order: Vec<usize> = (0..encoded.len()).collect();
    order.sort_by_key(|at| encoded[*at].len());
    let mut vectors = vec![Vec::new(); encoded.len()];
    let mut scratch = Scratch::default();
    for batch in order.chunks(BATCH) {
        let ids: Vec<&[u32]> = batch.iter().map(|at| encoded[*at].as_slice()).collect();
        for (at, output) in batch.iter().zip(model.forward(&ids, &mut scratch)?) {
            vectors[*at] = output.embedding;
        }
    }
    Ok(vectors)
}
