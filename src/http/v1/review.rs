//! What the endpoints of one case share: reading the id, errors of the review service, the answer to a change.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::CaseId;
use crate::domain::case::{CaseError, PingPong};
use crate::http::problem::{ConflictBody, FieldError, Problem};
use crate::service::{ReviewError, Written};
use crate::store::StoreError;

/// The answer to a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// The case.
    #[schema(value_type = String)]
    case_id: CaseId,
    /// Its version now; the next change must name it.
    #[schema(example = 2)]
    version: u32,
    /// Where it stands now.
    #[schema(example = "answered")]
    status: &'static str,
    /// Labels that hold now.
    #[schema(value_type = Object)]
    labels: crate::domain::case::Labels,
    /// The change can be taken back until then, by whoever made it.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    undo_until: OffsetDateTime,
    /// For a re-route or transfer: until when the paper has to be passed on (시행령 §13).
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pass_on_by: Option<OffsetDateTime>,
    /// The rule behind `pass_on_by`.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    /// The ping-pong alarm (핑퐁민원), if it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    alarm: Option<PingPong>,
}

impl From<Written> for Changed {
    fn from(written: Written) -> Self {
        let after = written.change.after;
        let (pass_on_by, basis) = written.pass_on_by.unzip();
        Self {
            case_id: after.id,
            version: after.version,
            status: after.status.as_str(),
            undo_until: after.last.at + crate::domain::case::UNDO_WINDOW,
            alarm: after.ping_pong(),
            labels: after.labels,
            pass_on_by,
            basis,
        }
    }
}

/// The case id of a path.
///
/// # Errors
/// 404: what is no id names no case.
pub fn case_id(text: &str) -> Result<CaseId, Problem> {
    Uuid::try_parse(text).map(CaseId).map_err(|_| Problem::no_such("there is no such case"))
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(conflict) => Self::conflict(
                format!("the case has changed: it is at version {}", conflict.version),
                ConflictBody {
                    version: conflict.version,
                    what: conflict.what.as_str().to_owned(),
                    by: conflict.by,
                    at: conflict.at,
                },
            ),
            StoreError::Unavailable { .. } | StoreError::Schema { .. } => {
                tracing::error!(%error, "the case log is not available");
                Self::unavailable("the case log is not available")
            }
            StoreError::Unexpected { .. } => {
                tracing::error!(%error, "the case log failed");
                Self::internal()
            }
        }
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let detail = error.to_string();
        let field = |name: &str| {
            Self::invalid(vec![FieldError { pointer: format!("/{name}"), detail: detail.clone() }])
        };
        match error {
            ReviewError::Store(error) => error.into(),
            ReviewError::NoCase => Self::no_such(detail),
            ReviewError::NoDraft => field("draft_id"),
            ReviewError::UnknownLabel { head } => field(head),
            ReviewError::StaleDraft { .. } => Self::not_now(detail),
            ReviewError::Case(error) => match error {
                CaseError::Stale { version, what, by, at, .. } => {
                    Self::conflict(detail, ConflictBody { version, what: what.as_str().to_owned(), by, at })
                }
                CaseError::UnfilledSlot { .. } => field("draft_id"),
                CaseError::Blank { field: name } => field(name),
                CaseError::Closed { .. }
                | CaseError::NothingToUndo
                | CaseError::UndoByAnother { .. }
                | CaseError::UndoTooLate => Self::not_now(detail),
            },
        }
    }
}
