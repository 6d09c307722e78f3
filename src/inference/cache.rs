//! Answers to texts that were asked before, word for word.
//!
//! The same notice, form letter or test message comes in many times a day; its labels cannot differ, so they are not
//! computed twice. Keys are SHA-256 digests, so the cache holds no text. It is bounded by entries, and an entry of a
//! model that is no longer loaded is never used.

use std::sync::Arc;

use quick_cache::sync::Cache as Map;
use sha2::{Digest, Sha256};

use super::{Answer, Embed, Timing};
use crate::model::Model;

/// Digest of a text.
pub type Key = [u8; 32];

pub struct Cache {
    map: Option<Map<Key, Arc<Answer>>>,
}

impl Cache {
    /// A cache of so many answers; none if zero.
    pub fn new(entries: usize) -> Self {
        Self { map: (entries > 0).then(|| Map::new(entries)) }
    }

    /// Where the text's answer is kept; `None` if nothing is.
    pub fn key(&self, text: &str) -> Option<Key> {
        self.map.is_some().then(|| Sha256::digest(text.as_bytes()).into())
    }

    /// The answer that `model` gave before, with no time spent; none if the text's vector is wanted and was not then.
    pub fn get(&self, key: &Key, model: &Arc<Model>, embed: Embed) -> Option<Answer> {
        let found = self.map.as_ref()?.get(key)?;
        let enough = embed == Embed::No || found.embedding.is_some();
        (enough && Arc::ptr_eq(&found.model, model))
            .then(|| Answer { timing: Timing::default(), ..(*found).clone() })
    }

    /// Remembers an answer.
    pub fn put(&self, key: Key, answer: &Answer) {
        if let Some(map) = &self.map {
            map.insert(key, Arc::new(answer.clone()));
        }
    }
}
