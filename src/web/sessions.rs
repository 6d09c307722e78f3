//! Who is signed in. Sessions live in memory only: a restart signs everybody out.
//!
//! A session is found by the SHA-256 of its id, so that neither the time a look-up takes nor a memory dump gives an
//! id away. Its CSRF token is another hash of the id: bound to the session, and worthless without it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// Sessions held at most; then the one that was idle longest ends.
const MOST: usize = 10_000;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The key it signed in with; `None` where no key had been made yet.
    pub key: Option<String>,
    /// When it was last used.
    pub seen: OffsetDateTime,
    /// Something to say on the next page.
    flash: Option<String>,
}

/// Whether a request shows that somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A person did something.
    Person,
    /// The page asked by itself.
    Page,
}

/// All sessions.
pub struct Sessions {
    held: Mutex<HashMap<[u8; 32], Session>>,
    idle: Duration,
}

impl Sessions {
    /// None yet; each ends after `idle` without use.
    pub fn new(idle: Duration) -> Self {
        Self { held: Mutex::default(), idle }
    }

    /// Begins a session and gives its id, from 32 random bytes.
    pub fn begin(&self, random: [u8; 32], key: Option<String>, now: OffsetDateTime) -> String {
        let id = hex(&random);
        let mut held = self.lock();
        held.retain(|_, session| now - session.seen <= self.idle);
        if held.len() >= MOST
            && let Some(oldest) = held.iter().min_by_key(|(_, session)| session.seen).map(|(id, _)| *id)
        {
            held.remove(&oldest);
        }
        held.insert(place(&id), Session { key, seen: now, flash: None });
        id
    }

    /// The session of an id, if it has not ended.
    pub fn find(&self, id: &str, now: OffsetDateTime, used_by: Use) -> Option<Session> {
        let (mut held, place) = (self.lock(), place(id));
        let session = held.get_mut(&place)?;
        if now - session.seen > self.idle {
            held.remove(&place);
            return None;
        }
        if used_by == Use::Person {
            session.seen = now;
        }
        Some(session.clone())
    }

    /// How long the session still lasts.
    pub fn left(&self, session: &Session, now: OffsetDateTime) -> Duration {
        (session.seen + self.idle - now).max(Duration::ZERO)
    }

    /// Ends a session.
    pub fn end(&self, id: &str) {
        self.lock().remove(&place(id));
    }

    /// Keeps something to say on the session's next page.
    pub fn say(&self, id: &str, what: String) {
        if let Some(session) = self.lock().get_mut(&place(id)) {
            session.flash = Some(what);
        }
    }

    /// Takes what is to be said.
    pub fn said(&self, id: &str) -> Option<String> {
        self.lock().get_mut(&place(id))?.flash.take()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The CSRF token of a session.
pub fn csrf(id: &str) -> String {
    hex(&Sha256::new().chain_update(b"csrf\0").chain_update(id).finalize())
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

fn place(id: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"session\0").chain_update(id).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 09:12 +9);
    const IDLE: Duration = Duration::minutes(15);

    #[test]
    fn a_session_lasts_as_long_as_somebody_is_there() {
        let sessions = Sessions::new(IDLE);
        let id = sessions.begin([7; 32], Some("key".into()), NOW);
        let after = |minutes| NOW + Duration::minutes(minutes);
        assert!(sessions.find(&id, after(14), Use::Person).is_some());
        assert!(sessions.find(&id, after(28), Use::Page).is_some(), "was used at 14");
        assert!(sessions.find(&id, after(30), Use::Person).is_none(), "the page's own requests do not count");
        assert!(sessions.find(&id, after(28), Use::Person).is_none(), "what has ended does not come back");
    }

    #[test]
    fn ids_and_tokens_are_bound_to_each_other() {
        let sessions = Sessions::new(IDLE);
        let (a, b) = (sessions.begin([1; 32], None, NOW), sessions.begin([2; 32], None, NOW));
        assert_ne!(csrf(&a), csrf(&b));
        assert!(same(&csrf(&a), &csrf(&a)) && !same(&csrf(&a), &csrf(&b)) && !same("", &csrf(&a)));
        sessions.end(&a);
        assert!(sessions.find(&a, NOW, Use::Person).is_none());
        assert!(sessions.find(&b, NOW, Use::Person).is_some());
        assert!(sessions.find("", NOW, Use::Person).is_none());
    }

    #[test]
    fn what_is_to_be_said_is_said_once() {
        let sessions = Sessions::new(IDLE);
        let id = sessions.begin([1; 32], None, NOW);
        sessions.say(&id, "넘겼습니다".into());
        assert_eq!(sessions.said(&id).as_deref(), Some("넘겼습니다"));
        assert_eq!(sessions.said(&id), None);
    }
}
