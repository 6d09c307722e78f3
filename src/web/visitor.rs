//! Who is looking at the page, as the [`door`](super::door) let them in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::PageError;
use super::sessions::csrf;
use crate::domain::Role;
use crate::service::Actor;

/// A person with a session.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who, and from where.
    pub actor: Actor,
    /// Id of the session.
    pub session: String,
    /// No key has been made yet: everybody on this machine is let in.
    pub open: bool,
}

impl Visitor {
    /// Lets the visitor through with one of the roles; an admin has all.
    ///
    /// # Errors
    /// [`PageError::Forbidden`].
    pub fn may(&self, roles: &[Role]) -> Result<&Actor, PageError> {
        if self.has(roles) { Ok(&self.actor) } else { Err(PageError::Forbidden) }
    }

    /// Whether the visitor has one of the roles.
    pub fn has(&self, roles: &[Role]) -> bool {
        let role = self.actor.identity.role;
        role == Role::Admin || roles.contains(&role)
    }

    /// The token that every form carries.
    pub fn csrf(&self) -> String {
        csrf(&self.session)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        parts.extensions.get().cloned().ok_or(PageError::Internal)
    }
}
