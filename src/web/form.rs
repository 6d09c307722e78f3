//! Reading a posted form: bounded, and only with the session's token.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};

use super::error::PageError;
use super::sessions::same;
use super::visitor::Visitor;

/// Largest form in bytes: a reply of 8,000 characters, each escaped to nine bytes, fits.
const LIMIT: usize = 128 * 1024;

/// Fields of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the body, without a look at the token.
    ///
    /// # Errors
    /// [`PageError::TooLarge`].
    pub async fn read(request: Request) -> Result<Self, PageError> {
        let bytes = to_bytes(request.into_body(), LIMIT).await.map_err(|_| PageError::TooLarge)?;
        let pairs = form_urlencoded::parse(&bytes);
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }

    /// A field of one line; empty where it is missing.
    pub fn line(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// A field of several lines, with the line ends that texts are stored with.
    pub fn long(&self, name: &str) -> String {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map_or_else(String::new, |(_, value)| value.replace("\r\n", "\n"))
    }

    /// Fields whose name begins so, by the rest of their name.
    pub fn all<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.trim())))
    }
}

/// A form that came with the session's token.
pub struct Posted(pub Form);

impl<S: Sync> FromRequest<S> for Posted {
    type Rejection = PageError;

    async fn from_request(request: Request, _: &S) -> Result<Self, PageError> {
        let visitor: Visitor = request.extensions().get().cloned().ok_or(PageError::Internal)?;
        let form = Form::read(request).await?;
        if same(form.line("csrf"), &visitor.csrf()) { Ok(Self(form)) } else { Err(PageError::Csrf) }
    }
}
