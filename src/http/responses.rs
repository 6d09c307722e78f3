//! Problem responses of the OpenAPI document, one list a kind of endpoint.

use utoipa::IntoResponses;

use super::problem::ProblemBody;

/// What may go wrong where a page of something is read.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "part of the document only")]
pub enum PageProblems {
    #[response(status = 401, description = "No valid key", content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    #[response(status = 403, description = "Not for this role", content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    #[response(status = 422, description = "Parameters are wrong", content_type = "application/problem+json")]
    Invalid(ProblemBody),
    #[response(status = 429, description = "Too many requests", content_type = "application/problem+json")]
    RateLimited(ProblemBody),
    #[response(status = 503, description = "The case log is down", content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// What may go wrong where one case is read.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "part of the document only")]
pub enum CaseProblems {
    #[response(status = 401, description = "No valid key", content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    #[response(status = 403, description = "Not for this role", content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    #[response(status = 404, description = "No such case", content_type = "application/problem+json")]
    NotFound(ProblemBody),
    #[response(status = 422, description = "Parameters are wrong", content_type = "application/problem+json")]
    Invalid(ProblemBody),
    #[response(status = 429, description = "Too many requests", content_type = "application/problem+json")]
    RateLimited(ProblemBody),
    #[response(status = 503, description = "The case log is down", content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// What may go wrong where a case is changed.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "part of the document only")]
pub enum WriteProblems {
    #[response(status = 400, description = "Not JSON", content_type = "application/problem+json")]
    NotJson(ProblemBody),
    #[response(status = 401, description = "No valid key", content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    #[response(status = 403, description = "Not for this role", content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    #[response(status = 404, description = "No such case", content_type = "application/problem+json")]
    NotFound(ProblemBody),
    #[response(
        status = 409,
        description = "Somebody else was first, or the case does not allow it now",
        content_type = "application/problem+json"
    )]
    Conflict(ProblemBody),
    #[response(status = 413, description = "Body over 256 KiB", content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    #[response(status = 415, description = "Not sent as JSON", content_type = "application/problem+json")]
    MediaType(ProblemBody),
    #[response(
        status = 422,
        description = "Fields missing or wrong, a slot not filled",
        content_type = "application/problem+json"
    )]
    Invalid(ProblemBody),
    #[response(status = 429, description = "Too many requests", content_type = "application/problem+json")]
    RateLimited(ProblemBody),
    #[response(status = 503, description = "The case log is down", content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// What may go wrong where complaints are classified.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "part of the document only")]
pub enum ClassifyProblems {
    #[response(status = 400, description = "Not JSON", content_type = "application/problem+json")]
    NotJson(ProblemBody),
    #[response(status = 401, description = "No valid key", content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    #[response(status = 403, description = "Not for this role", content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    #[response(
        status = 413,
        description = "Body over the limit: 256 KiB, a batch 2 MiB",
        content_type = "application/problem+json"
    )]
    TooLarge(ProblemBody),
    #[response(status = 415, description = "Not sent as JSON", content_type = "application/problem+json")]
    MediaType(ProblemBody),
    #[response(
        status = 422,
        description = "Fields missing or wrong",
        content_type = "application/problem+json"
    )]
    Invalid(ProblemBody),
    #[response(
        status = 429,
        description = "Too much is waiting, or the key makes too many requests",
        content_type = "application/problem+json"
    )]
    Overloaded(ProblemBody),
    #[response(status = 503, description = "Going down", content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}
