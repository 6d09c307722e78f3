//! Errors as callers see them: RFC 9457 `application/problem+json`.
//!
//! Handlers return a [`Problem`]; [`super::layers::envelope`] writes the body, because only it knows the request's
//! path and id. Details never hold the complaint's text.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Role;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) to the field.
    #[schema(example = "/text")]
    pub pointer: String,
    /// What is wrong with it.
    #[schema(example = "the text is blank")]
    pub detail: String,
}

/// A problem, before path and request id are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Last part of the type URN.
    pub kind: &'static str,
    /// Short and always the same for a kind.
    pub title: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// What went wrong this time.
    pub detail: String,
    /// Fields at fault.
    pub errors: Vec<FieldError>,
    /// When to come back, in seconds.
    pub retry_after: Option<u64>,
    /// Who was first, where somebody was.
    pub conflict: Option<Box<ConflictBody>>,
}

/// Who was first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConflictBody {
    /// Version that the case has now.
    #[schema(example = 2)]
    pub version: u32,
    /// What was done.
    #[schema(example = "approved")]
    pub what: String,
    /// By whom.
    #[schema(example = "kim")]
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: time::OffsetDateTime,
}

/// The body of a problem response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemBody {
    /// URN of the kind of problem; stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:minwon:problem:text-too-long")]
    pub kind: String,
    /// Short, always the same for a kind.
    pub title: String,
    /// HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What went wrong this time and what to do.
    pub detail: String,
    /// Path of the request, or of the item in a batch.
    pub instance: String,
    /// Id of the request, as in the `x-request-id` header and the log.
    pub request_id: String,
    /// Fields at fault; empty if none is.
    pub errors: Vec<FieldError>,
    /// Who was first, where somebody was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictBody>,
}

impl Problem {
    fn new(kind: &'static str, title: &'static str, status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind,
            title,
            status,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            conflict: None,
        }
    }

    /// 400: the body is no JSON.
    pub fn not_json(pointer: String, detail: String) -> Self {
        let errors = vec![FieldError { pointer, detail: detail.clone() }];
        Self {
            errors,
            ..Self::new("not-json", "The body is not valid JSON", StatusCode::BAD_REQUEST, detail)
        }
    }

    /// 422: one or more fields are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let (kind, title) = match errors.as_slice() {
            [only] if only.detail.contains("characters, the limit is") => {
                ("text-too-long", "The text is too long")
            }
            _ => ("invalid-fields", "Fields are missing or wrong"),
        };
        let detail: Vec<String> = errors.iter().map(|e| format!("`{}`: {}", e.pointer, e.detail)).collect();
        Self { errors, ..Self::new(kind, title, StatusCode::UNPROCESSABLE_ENTITY, detail.join("; ")) }
    }

    /// 413: the body is larger than the limit.
    pub fn body_too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {} KiB", limit / 1024);
        let errors = vec![FieldError { pointer: String::new(), detail: detail.clone() }];
        let new = Self::new("body-too-large", "The body is too large", StatusCode::PAYLOAD_TOO_LARGE, detail);
        Self { errors, ..new }
    }

    /// 415: the body is declared as something else than JSON.
    pub fn media_type() -> Self {
        let detail = "the body must be sent as `content-type: application/json`";
        Self::new(
            "unsupported-media-type",
            "The media type is not supported",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            detail,
        )
    }

    /// 400: the body broke off.
    pub fn incomplete_body() -> Self {
        Self::new(
            "incomplete-body",
            "The body is incomplete",
            StatusCode::BAD_REQUEST,
            "the body ended early",
        )
    }

    /// 404: no such path.
    pub fn not_found() -> Self {
        let detail = "there is nothing at this path; `/docs` lists what there is";
        Self::new("not-found", "Not found", StatusCode::NOT_FOUND, detail)
    }

    /// 401: no key, or not a valid one.
    pub fn unauthorized(detail: &str) -> Self {
        Self::new("unauthorized", "A key is needed", StatusCode::UNAUTHORIZED, detail)
    }

    /// 403: the key has another role.
    pub fn forbidden(roles: &[Role]) -> Self {
        let names: Vec<String> = roles.iter().map(|role| format!("`{}`", role.as_str())).collect();
        let detail = format!("this needs a key with the role {} or `admin`", names.join(", "));
        Self::new("forbidden", "The key does not allow this", StatusCode::FORBIDDEN, detail)
    }

    /// 404: the path names something that is not there.
    pub fn no_such(detail: impl Into<String>) -> Self {
        Self::new("not-found", "Not found", StatusCode::NOT_FOUND, detail)
    }

    /// 409: somebody else was first.
    pub fn conflict(detail: impl Into<String>, conflict: ConflictBody) -> Self {
        let new = Self::new("conflict", "Somebody else was first", StatusCode::CONFLICT, detail);
        Self { conflict: Some(Box::new(conflict)), ..new }
    }

    /// 409: not in this state of the case.
    pub fn not_now(detail: impl Into<String>) -> Self {
        Self::new("not-now", "The case does not allow this now", StatusCode::CONFLICT, detail)
    }

    /// 422: the idempotency key came before with another body.
    pub fn key_reused() -> Self {
        let detail = "the `idempotency-key` was used before with another body; a new request needs a new key";
        let title = "The idempotency key was used before";
        Self::new("idempotency-key-reused", title, StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// 429: the key has used up its share.
    pub fn rate_limited(wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
        let detail = format!("the key makes too many requests; try again in {seconds} s");
        let new = Self::new("rate-limited", "Too many requests", StatusCode::TOO_MANY_REQUESTS, detail);
        Self { retry_after: Some(seconds), ..new }
    }

    /// 405: the path knows other methods.
    pub fn method_not_allowed() -> Self {
        let detail = "the path does not take this method; the `allow` header lists those it takes";
        Self::new("method-not-allowed", "Method not allowed", StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    /// 429: too much is waiting.
    pub fn overloaded(retry_after: Duration) -> Self {
        let seconds = retry_after.as_secs().max(1);
        let detail = format!("too many requests are waiting; try again in {seconds} s");
        let new = Self::new("overloaded", "Too many requests", StatusCode::TOO_MANY_REQUESTS, detail);
        Self { retry_after: Some(seconds), ..new }
    }

    /// 503: not ready, going down or too slow.
    pub fn unavailable(detail: &str) -> Self {
        let new = Self::new("unavailable", "Not available now", StatusCode::SERVICE_UNAVAILABLE, detail);
        Self { retry_after: Some(1), ..new }
    }

    /// 500: a fault of ours.
    pub fn internal() -> Self {
        let detail = "the request could not be answered; the log has the request id";
        Self::new("internal", "Internal error", StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// The body for a request, or an item of it.
    pub fn body(&self, instance: &str, request_id: &str) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:minwon:problem:{}", self.kind),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
            conflict: self.conflict.as_deref().cloned(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(self);
        response
    }
}
