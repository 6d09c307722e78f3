//! What went wrong, as a page in words.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::page::html;
use crate::store::StoreError;

/// Why a page cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageError {
    /// The role does not allow it.
    Forbidden,
    /// A form without the session's token, or from another site.
    Csrf,
    /// No such case.
    NoCase,
    /// The form is larger than any real one.
    TooLarge,
    /// The case log is down.
    Unavailable,
    /// A fault of ours.
    Internal,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    title: &'static str,
    what: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, title, what) = match self {
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "권한이 없습니다",
                "지금 로그인한 키로는 이 화면을 볼 수 없습니다. 필요하면 관리자에게 권한을 요청하세요.",
            ),
            Self::Csrf => (
                StatusCode::FORBIDDEN,
                "요청을 처리하지 않았습니다",
                "이 화면에서 보낸 요청인지 확인할 수 없습니다. 앞 화면을 새로 고친 뒤 다시 시도하세요. 바뀐 것은 없습니다.",
            ),
            Self::NoCase => (
                StatusCode::NOT_FOUND,
                "민원을 찾을 수 없습니다",
                "주소가 잘못되었거나, 보존 기간이 지나 삭제된 민원입니다.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "글이 너무 깁니다",
                "답변은 8,000자까지 쓸 수 있습니다. 앞 화면으로 돌아가면 쓰던 글이 남아 있습니다.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "민원 기록을 잠시 쓸 수 없습니다",
                "데이터베이스에 연결되지 않습니다. 잠시 뒤 새로 고쳐 주세요. 앞 화면으로 돌아가면 쓰던 글이 남아 있습니다.",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "오류가 났습니다",
                "요청을 처리하지 못했습니다. 같은 일이 되풀이되면 관리자에게 알려 주세요.",
            ),
        };
        html(status, &ErrorPage { title, what })
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a page could not be shown");
        match error {
            StoreError::Unavailable { .. } | StoreError::Schema { .. } => Self::Unavailable,
            StoreError::Conflict(_) | StoreError::Unexpected { .. } => Self::Internal,
        }
    }
}
