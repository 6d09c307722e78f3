//! API keys: how one is made, hashed and recognised.
//!
//! A key is 256 random bits, so nobody can guess it or try a dictionary against its hash; a slow password hash
//! (argon2) would only cost every request its tens of milliseconds. What is kept is HMAC-SHA-256 under a pepper that
//! lies outside the database: whoever copies the database alone can neither use nor test a key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

use crate::domain::{Clock, Role};
use crate::store::{CaseStore, KeyRow, NewKey, StoreError};

/// How every key begins, so that a leaked one is recognised.
pub const PREFIX: &str = "mw_";
/// How long what the store said about a key is believed; a revocation takes effect within it.
const FRESH: Duration = Duration::seconds(5);
/// `last_used_at` is written at most this often a key.
const NOTE_USE_EVERY: Duration = Duration::seconds(60);
/// Keys remembered at most; wrong ones are not remembered.
const MOST_REMEMBERED: usize = 10_000;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name of the key; the author of decisions.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// Why a caller is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key was sent, and the service is not open.
    #[error("no key was sent")]
    Missing,
    /// No such key, or it was revoked or has expired: one message, so that guesses learn nothing.
    #[error("the key is not valid")]
    Invalid,
    /// The store cannot be asked and the key is not known from before.
    #[error("the key cannot be checked now")]
    Unavailable,
}

/// Hashes the secret of a key.
pub fn hash(pepper: &[u8], key: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(pepper).expect("HMAC takes a key of any length");
    mac.update(b"minwon api key 1\0");
    mac.update(key.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The text of a new key from 32 random bytes.
pub fn key_text(random: [u8; 32]) -> String {
    use std::fmt::Write;
    random.iter().fold(PREFIX.to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[derive(Clone)]
struct Known {
    row: KeyRow,
    asked: OffsetDateTime,
    noted: Option<OffsetDateTime>,
}

/// Recognises callers.
pub struct Keys {
    store: Arc<dyn CaseStore>,
    clock: Arc<dyn Clock>,
    pepper: Vec<u8>,
    known: Mutex<HashMap<Vec<u8>, Known>>,
    /// Whether there was no key when it was last looked; once there is one, the service never opens again.
    open: Mutex<(bool, Option<OffsetDateTime>)>,
}

impl Keys {
    /// Over a store; `pepper` must be the one that keys were made under.
    pub fn new(store: Arc<dyn CaseStore>, clock: Arc<dyn Clock>, pepper: Vec<u8>) -> Self {
        Self { store, clock, pepper, known: Mutex::default(), open: Mutex::new((true, None)) }
    }

    /// Makes a key; its text is given back once and kept nowhere.
    ///
    /// # Errors
    /// [`StoreError`]. `Ok(None)`: the name is taken.
    pub async fn add(
        &self,
        name: &str,
        role: Role,
        expires_at: Option<OffsetDateTime>,
        random: [u8; 32],
    ) -> Result<Option<String>, StoreError> {
        let text = key_text(random);
        let key = NewKey {
            name: name.to_owned(),
            role,
            hash: hash(&self.pepper, &text),
            created_at: self.clock.now(),
            expires_at,
        };
        Ok(self.store.add_key(key).await?.then_some(text))
    }

    /// Whether no key has been made, so that everybody on this machine may call. A store that cannot be asked leaves
    /// it as it was last seen.
    pub async fn open(&self) -> bool {
        let now = self.clock.now();
        let (open, asked) = *self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open || asked.is_some_and(|at| now - at < FRESH) {
            return open;
        }
        let Ok(keys) = self.store.keys().await else { return open && asked.is_some() };
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = (keys.is_empty(), Some(now));
        keys.is_empty()
    }

    /// Who holds this key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn identify(&self, key: Option<&str>) -> Result<Identity, KeyError> {
        let Some(key) = key else {
            return if self.open().await {
                Ok(Identity { name: "local".into(), role: Role::Admin })
            } else {
                Err(KeyError::Missing)
            };
        };
        let (hash, now) = (hash(&self.pepper, key), self.clock.now());
        let known = self.lock().get(&hash).cloned();
        let row = match known {
            Some(known) if now - known.asked < FRESH => known.row,
            known => self.ask(hash, known, now).await?,
        };
        let ended = row.revoked_at.is_some() || row.expires_at.is_some_and(|end| end <= now);
        if ended { Err(KeyError::Invalid) } else { Ok(Identity { name: row.name, role: row.role }) }
    }

    /// Asks the store. While it is down, a key that was good before stays good: the routing backend must not be
    /// locked out of triage by a database.
    async fn ask(
        &self,
        hash: Vec<u8>,
        known: Option<Known>,
        now: OffsetDateTime,
    ) -> Result<KeyRow, KeyError> {
        match self.store.key_by_hash(&hash).await {
            Ok(Some(row)) => {
                let last = known.and_then(|known| known.noted);
                let note = last.is_none_or(|at| now - at >= NOTE_USE_EVERY);
                if note && self.store.keys_used(&[(row.name.clone(), now)]).await.is_err() {
                    tracing::warn!("the last use of a key could not be noted");
                }
                let mut known = self.lock();
                if known.len() >= MOST_REMEMBERED {
                    known.clear();
                }
                let noted = if note { Some(now) } else { last };
                known.insert(hash, Known { row: row.clone(), asked: now, noted });
                Ok(row)
            }
            Ok(None) => {
                self.lock().remove(&hash);
                Err(KeyError::Invalid)
            }
            Err(_) => known.map(|known| known.row).ok_or(KeyError::Unavailable),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<u8>, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_needs_the_pepper() {
        let key = key_text([7; 32]);
        assert_eq!(key.len(), PREFIX.len() + 64);
        assert_eq!(hash(b"pepper", &key), hash(b"pepper", &key));
        assert_ne!(hash(b"pepper", &key), hash(b"other", &key));
        assert_ne!(hash(b"pepper", &key), hash(b"pepper", &key_text([8; 32])));
    }
}
