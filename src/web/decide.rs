//! The forms of a case: reply, reject, correct labels, transfer, close, undo. What is refused comes back with what was
//! typed still in it.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use super::Web;
use super::case::{Notice, Said, case_id, show};
use super::error::PageError;
use super::form::{Form, Posted};
use super::replies::{Typed, filled};
use super::visitor::Visitor;
use super::{when, words};
use crate::domain::case::{CaseError, DraftId, Office, Relabel, VerdictKind};
use crate::domain::{CaseId, HEADS, Role};
use crate::service::{Decide, RepliesError, ReviewError, Written};
use crate::store::{Conflict, StoreError};

/// Longest text, in characters.
const LONGEST: usize = 8_000;

/// Drafts made at once.
const MOST_DRAFTS: usize = 3;

/// A posted form of a case, let through by role.
struct Sent {
    web: Web,
    visitor: Visitor,
    id: CaseId,
    uri: Uri,
    form: Form,
}

type Parts = (State<Web>, Visitor, Path<String>, Uri, Posted);

impl Sent {
    fn new((State(web), visitor, Path(id), uri, Posted(form)): Parts) -> Result<Self, PageError> {
        visitor.may(&[Role::Counsellor])?;
        let too_long = |name| form.long(name).chars().count() > LONGEST;
        if ["text", "reason"].into_iter().any(too_long) {
            return Err(PageError::TooLarge);
        }
        Ok(Self { id: case_id(&id)?, web, visitor, uri, form })
    }

    fn version(&self) -> u32 {
        self.form.line("version").parse().unwrap_or_default()
    }

    /// The chosen reason with what was added to it.
    fn reason(&self) -> String {
        match (self.form.line("chip"), self.form.line("reason")) {
            (chip, "") => chip.to_owned(),
            ("", own) => own.to_owned(),
            (chip, own) => format!("{chip}: {own}"),
        }
    }

    fn typed(&self) -> Typed {
        Typed {
            draft: self.form.line("draft").to_owned(),
            text: self.form.long("text"),
            slots: self.form.all("slot:").map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            reason: self.form.line("reason").to_owned(),
        }
    }

    /// Leads back to the case.
    fn back(&self) -> Response {
        let query = self.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Redirect::to(&format!("/cases/{}{query}", self.id.0)).into_response()
    }

    /// Leads back to the case, or says why not.
    async fn settle(self, done: Result<Written, ReviewError>) -> Result<Response, PageError> {
        let error = match done {
            Ok(written) => {
                if let Some((until, basis)) = &written.pass_on_by {
                    let until = when::short(*until);
                    self.web
                        .sessions
                        .say(&self.visitor.session, format!("{until}까지 넘겨야 합니다 ({basis})"));
                }
                return Ok(self.back());
            }
            Err(error) => error,
        };
        let (status, notice) = refusal(error)?;
        let said = Said { notice: Some(notice), typed: Some(self.typed()) };
        show(&self.web, &self.visitor, self.id, &self.uri, (status, said)).await
    }
}

/// A reply goes out: a draft as it is, a draft changed, or a text of one's own.
pub async fn reply(
    web: State<Web>,
    visitor: Visitor,
    path: Path<String>,
    uri: Uri,
    posted: Posted,
) -> Result<Response, PageError> {
    let sent = Sent::new((web, visitor, path, uri, posted))?;
    let typed = sent.typed();
    let text = filled(&typed.text, &typed.slots);
    let cases = &sent.web.deps.cases;
    let decide = match draft_id(&typed.draft) {
        None => Decide::Edit(None, text),
        Some(draft) => {
            let history = cases.store().case(sent.id).await?.ok_or(PageError::NoCase)?;
            let unchanged = history.draft(draft).is_some_and(|draft| draft.text == text);
            if unchanged { Decide::Approve(draft) } else { Decide::Edit(Some(draft), text) }
        }
    };
    let done = cases.decide(&sent.visitor.actor, sent.id, sent.version(), decide).await;
    sent.settle(done).await
}

/// A draft is not used.
pub async fn reject(
    web: State<Web>,
    visitor: Visitor,
    path: Path<String>,
    uri: Uri,
    posted: Posted,
) -> Result<Response, PageError> {
    let sent = Sent::new((web, visitor, path, uri, posted))?;
    let draft = draft_id(sent.form.line("draft")).ok_or(PageError::NoCase)?;
    let decide = Decide::Reject(draft, sent.reason());
    let done = sent.web.deps.cases.decide(&sent.visitor.actor, sent.id, sent.version(), decide).await;
    sent.settle(done).await
}

/// Labels are corrected, or confirmed.
pub async fn labels(
    web: State<Web>,
    visitor: Visitor,
    path: Path<String>,
    uri: Uri,
    posted: Posted,
) -> Result<Response, PageError> {
    let sent = Sent::new((web, visitor, path, uri, posted))?;
    let [department, urgency, jurisdiction, kind] =
        HEADS.map(|head| Some(sent.form.line(head).to_owned()).filter(|code| !code.is_empty()));
    let to = Relabel { department, urgency, jurisdiction, kind, escalates: false };
    let (cases, reason) = (&sent.web.deps.cases, sent.reason());
    let done = cases.relabel(&sent.visitor.actor, sent.id, sent.version(), to, &reason).await;
    sent.settle(done).await
}

/// The case goes to another agency or 시·군.
pub async fn transfer(
    web: State<Web>,
    visitor: Visitor,
    path: Path<String>,
    uri: Uri,
    posted: Posted,
) -> Result<Response, PageError> {
    let sent = Sent::new((web, visitor, path, uri, posted))?;
    let (city, agency) = (sent.form.line("city"), sent.form.line("agency"));
    let to =
        if city.is_empty() { Office::Agency(agency.to_owned()) } else { Office::CityCounty(city.to_owned()) };
    let (cases, reason) = (&sent.web.deps.cases, sent.reason());
    let done = cases.transfer(&sent.visitor.actor, sent.id, sent.version(), to, &reason).await;
    sent.settle(done).await
}

/// The case ends without a reply.
pub async fn close(
    web: State<Web>,
    visitor: Visitor,
    path: Path<String>,
    uri: Uri,
    posted: Posted,
) -> Result<Response, PageError> {
    let sent = Sent::new((web, visitor, path, uri, posted))?;
    let reason = sent.reason();
    let done = sent.web.deps.cases.close(&sent.visitor.actor, sent.id, sent.version(), &reason).await;
    sent.settle(done).await
}

/// The last change is taken back.
pub async fn undo(
    web: State<Web>,
    visitor: Visitor,
    path: Path<String>,
    uri: Uri,
    posted: Posted,
) -> Result<Response, PageError> {
    let sent = Sent::new((web, visitor, path, uri, posted))?;
    let done = sent.web.deps.cases.undo(&sent.visitor.actor, sent.id, sent.version()).await;
    sent.settle(done).await
}

/// Drafts are made for the case as it stands.
pub async fn drafts(
    web: State<Web>,
    visitor: Visitor,
    path: Path<String>,
    uri: Uri,
    posted: Posted,
) -> Result<Response, PageError> {
    let sent = Sent::new((web, visitor, path, uri, posted))?;
    let (cases, triage) = (&sent.web.deps.cases, sent.web.deps.intake.triage());
    let said = match cases.replies(&sent.visitor.actor, triage, sent.id, MOST_DRAFTS).await {
        Ok(made) => made.none.map(|none| format!("AI 초안을 만들지 못했습니다: {}", none.reason)),
        Err(RepliesError::Review(error)) => return sent.settle(Err(error)).await,
        Err(RepliesError::Triage(error)) => {
            tracing::warn!(%error, "no drafts were made");
            Some("지금은 AI 초안을 만들 수 없습니다. 잠시 뒤 다시 시도하세요.".to_owned())
        }
    };
    if let Some(said) = said {
        sent.web.sessions.say(&sent.visitor.session, said);
    }
    Ok(sent.back())
}

fn draft_id(text: &str) -> Option<DraftId> {
    Uuid::try_parse(text).ok().map(DraftId)
}

/// Why something was not done, in words.
///
/// # Errors
/// What is not about the case.
fn refusal(error: ReviewError) -> Result<(StatusCode, Notice), PageError> {
    let wrong = |title: &str, text: String| {
        let notice = Notice { title: title.to_owned(), text, conflict: false };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, notice))
    };
    let late = |text: String| {
        let notice = Notice { title: "지금은 할 수 없습니다".to_owned(), text, conflict: false };
        Ok((StatusCode::CONFLICT, notice))
    };
    match error {
        ReviewError::NoCase => Err(PageError::NoCase),
        ReviewError::Store(StoreError::Conflict(Conflict { what, by, at, .. }))
        | ReviewError::Case(CaseError::Stale { what, by, at, .. }) => Ok(first(what, &by, at)),
        ReviewError::Store(error) => Err(error.into()),
        ReviewError::NoDraft => {
            wrong("초안을 찾을 수 없습니다", "화면을 새로 고친 뒤 다시 시도하세요.".into())
        }
        ReviewError::UnknownLabel { head } => {
            wrong("분류를 확인하세요", format!("{}에 없는 값입니다.", words::head(head)))
        }
        ReviewError::StaleDraft { .. } => {
            late("분류가 바뀌기 전에 만든 초안입니다. 내용을 확인하고 ‘직접 작성’으로 보내세요.".into())
        }
        ReviewError::Case(error) => match error {
            CaseError::Closed { status, by, at } => {
                late(format!("이미 끝난 민원입니다: {} ({by}, {}).", words::status(status), when::short(at)))
            }
            CaseError::UnfilledSlot { name } => {
                wrong("빈칸이 남아 있습니다", format!("‘{name}’ 칸을 채워야 답변을 보낼 수 있습니다."))
            }
            CaseError::Blank { field } => wrong("내용이 비어 있습니다", blank(field).to_owned()),
            CaseError::NothingToUndo => late("되돌릴 것이 없습니다.".into()),
            CaseError::UndoByAnother { by } => {
                late(format!("마지막 처리는 {by} 님이 했습니다. 본인이 한 것만 되돌릴 수 있습니다."))
            }
            CaseError::UndoTooLate => late("되돌릴 수 있는 10초가 지났습니다.".into()),
            CaseError::Stale { .. } => Err(PageError::Internal),
        },
    }
}

fn first(what: VerdictKind, by: &str, at: time::OffsetDateTime) -> (StatusCode, Notice) {
    let text = format!(
        "{} — {} 님이 ‘{}’ 처리를 했습니다. 보내신 내용은 처리되지 않았고, 쓰신 글은 아래에 남아 있습니다.",
        when::long(at),
        by,
        words::verdict(what)
    );
    (StatusCode::CONFLICT, Notice { title: format!("{by} 님이 먼저 처리했습니다"), text, conflict: true })
}

fn blank(field: &str) -> &'static str {
    match field {
        "reason" => "사유를 고르거나 써 주세요.",
        "agency" => "보낼 기관이나 시·군을 골라 주세요.",
        _ => "답변을 써 주세요.",
    }
}
