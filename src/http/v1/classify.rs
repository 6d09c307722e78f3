//! `POST /v1/classify`: one complaint.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::domain::{Channel, Role};
use crate::http::auth::Caller;
use crate::http::body::{Fields, boolean, json, number_up_to, string};
use crate::http::problem::{FieldError, Problem};
use crate::http::responses::ClassifyProblems;
use crate::http::{BODY_LIMIT, Deps};
use crate::inference::Explain;
use crate::service::{Actor, Answer, IntakeRequest, Outcome, TriageError, TriageRequest};
use crate::store::RequestKey;
use crate::text::normalise;

/// Departments reported besides the first, unless said otherwise.
const DEFAULT_TOP_K: usize = 3;
/// Most departments reported besides the first.
const MOST_TOP_K: usize = 25;
/// Most drafts.
const MOST_SUGGESTIONS: usize = 3;
/// Longest id of the caller's.
const LONGEST_ID: usize = 200;

/// What is sent. Only `text` is required; unknown fields are ignored.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the document's schema; the handler reads the fields one by one to report all errors"
)]
pub struct ClassifyRequest {
    /// The complaint, 1 to 4,000 characters after NFC and trimming.
    #[schema(example = "양평 용문면 마을길 갓길에 고라니가 죽어 있어요", min_length = 1)]
    text: String,
    /// Where it came in: kakao, call, sms, sns, web, petition, visit.
    #[schema(example = "kakao")]
    channel: Option<String>,
    /// The caller's own id, given back as `id`.
    #[schema(example = "kakao-8812", max_length = 200)]
    external_id: Option<String>,
    /// When it came in (RFC 3339); now, if not said.
    #[schema(format = DateTime, example = "2026-11-23T09:12:00+09:00")]
    received_at: Option<String>,
    /// Departments to report besides the first.
    #[schema(minimum = 0, maximum = 25, default = 3)]
    top_k: Option<usize>,
    /// Say which stretches of the text moved the department.
    #[schema(default = false)]
    explain: Option<bool>,
    /// Draft replies wanted.
    #[schema(minimum = 0, maximum = 3, default = 0)]
    suggest: Option<usize>,
    /// Make a case of it.
    #[schema(default = true)]
    log: Option<bool>,
}

/// Classifies one complaint.
#[utoipa::path(post, path = "/v1/classify", tag = "triage", request_body = ClassifyRequest, responses(
    (status = 200, description = "Labels, decision, signals, place", body = Answer),
    ClassifyProblems,
))]
pub async fn classify(
    State(deps): State<Deps>,
    caller: Caller,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let actor = caller.may(&[Role::Router])?;
    let header = idempotency_key(request.headers())?;
    let body = json(request, BODY_LIMIT).await?;
    let request = intake(actor, header.as_deref(), body, "")?;
    let outcome = deps.intake.take(vec![request]).await?.pop().ok_or_else(Problem::internal)?;
    match outcome {
        Outcome::Answer(answer) => serde_json::to_value(answer).map(Json).map_err(|_| Problem::internal()),
        Outcome::Earlier(answer) => Ok(Json(answer)),
        Outcome::KeyReused => Err(Problem::key_reused()),
    }
}

/// The `Idempotency-Key` header, if there is one.
///
/// # Errors
/// 422 if it is no short visible text.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| (1..=LONGEST_ID).contains(&key.len()));
    let pointer = "#idempotency-key".to_owned();
    let detail = format!("expected 1 to {LONGEST_ID} visible ASCII characters");
    key.map(|key| Some(key.to_owned())).ok_or_else(|| Problem::invalid(vec![FieldError { pointer, detail }]))
}

/// Reads one complaint with the key of its request. An `external_id` that comes again with another body is another
/// complaint: a citizen's second message must not be refused because a client counts badly.
///
/// # Errors
/// 422 with every field that is wrong.
pub fn intake(
    actor: &Actor,
    header: Option<&str>,
    body: Value,
    prefix: &str,
) -> Result<IntakeRequest, Problem> {
    // Keys of an object are sorted, so the same request gives the same bytes.
    let bytes = body.to_string().into_bytes();
    let triage = parse(body, prefix)?;
    let name = &actor.identity.name;
    let key = match (header, &triage.id) {
        _ if !triage.log => None,
        (Some(header), _) => Some(RequestKey::new(name, "idempotency-key", header, &bytes)),
        (None, Some(id)) => {
            let body = RequestKey::new(name, "", "", &bytes).body;
            let same = body.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            Some(RequestKey::new(name, "external-id", &format!("{id}\0{same}"), &bytes))
        }
        (None, None) => None,
    };
    Ok(IntakeRequest { triage, key })
}

/// Reads one complaint out of JSON; `prefix` is the pointer to it.
///
/// # Errors
/// 422 with every field that is wrong.
pub fn parse(value: Value, prefix: &str) -> Result<TriageRequest, Problem> {
    let mut fields = Fields::new(value, prefix)?;
    let text = fields.required("text", |v| normalise::parse(&string(v)?).map_err(|e| e.to_string()));
    let channel = fields.optional("channel", |v| string(v)?.parse::<Channel>().map_err(|e| e.to_string()));
    let id = fields.optional("external_id", short_string);
    let id = id.or(fields.optional("id", short_string));
    let received_at = fields.optional("received_at", |v| {
        let expected = "expected a time as in RFC 3339, for instance `2026-11-23T09:12:00+09:00`";
        OffsetDateTime::parse(&string(v)?, &Rfc3339).map_err(|_| expected.to_owned())
    });
    let top_k = fields.optional("top_k", number_up_to(MOST_TOP_K));
    let explain = fields.optional("explain", boolean);
    let suggest = fields.optional("suggest", number_up_to(MOST_SUGGESTIONS));
    let log = fields.optional("log", boolean);
    fields.finish()?;
    Ok(TriageRequest {
        id,
        text: text.ok_or_else(Problem::internal)?,
        channel: channel.unwrap_or_default(),
        received_at,
        top_k: top_k.unwrap_or(DEFAULT_TOP_K),
        explain: if explain == Some(true) { Explain::Department } else { Explain::No },
        suggest: suggest.unwrap_or(0),
        log: log.unwrap_or(true),
        case: None,
    })
}

fn short_string(value: &Value) -> Result<String, String> {
    let id = string(value)?;
    if id.chars().count() > LONGEST_ID { Err(format!("at most {LONGEST_ID} characters")) } else { Ok(id) }
}

impl From<TriageError> for Problem {
    fn from(error: TriageError) -> Self {
        match error {
            TriageError::Busy { retry_after } => Self::overloaded(retry_after),
            TriageError::Closed => Self::unavailable("the service is shutting down"),
        }
    }
}
