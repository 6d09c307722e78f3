//! Codes in the words of a counsellor's screen.

use crate::domain::case::{PingPong, Status, VerdictKind};
use crate::domain::{Channel, DEPARTMENT, JURISDICTION, KIND, ReviewReason, Role, Taxonomy, URGENCY};

/// Where a case stands.
pub const fn status(status: Status) -> &'static str {
    match status {
        Status::Received => "접수",
        Status::Triaged => "부서 배정",
        Status::Escalated => "즉시 대응",
        Status::InReview => "검토 필요",
        Status::Answered => "답변 완료",
        Status::Transferred => "이송",
        Status::Closed => "종결",
    }
}

/// Where a complaint came in.
pub const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Kakao => "카카오톡",
        Channel::Call => "전화",
        Channel::Sms => "문자",
        Channel::Sns => "SNS",
        Channel::Web => "누리집",
        Channel::Petition => "도민청원",
        Channel::Visit => "방문",
    }
}

/// Why a person is asked to look, in a sentence.
pub const fn reason(reason: ReviewReason) -> &'static str {
    match reason {
        ReviewReason::Emergency => "위험 신호가 있습니다",
        ReviewReason::LowConfidence => "담당 부서가 확실하지 않습니다",
        ReviewReason::SeveralMatters => "두 가지 이상의 민원이 섞여 있을 수 있습니다",
        ReviewReason::JurisdictionUnclear => "도·시군·다른 기관 가운데 관할이 분명하지 않습니다",
        ReviewReason::NotAComplaint => "민원이 아닐 수 있습니다",
        ReviewReason::ForeignLanguage => "한국어로 쓰이지 않았습니다",
        ReviewReason::Degraded => "AI 모델 없이 규칙만으로 분류했습니다",
        ReviewReason::Repeat => "같은 내용의 민원이 앞서 들어왔습니다",
        ReviewReason::Truncated => "글이 길어 AI가 뒷부분을 읽지 못했습니다",
    }
}

/// The same in a word, for lists.
pub const fn reason_short(reason: ReviewReason) -> &'static str {
    match reason {
        ReviewReason::Emergency => "위험 신호",
        ReviewReason::LowConfidence => "부서 불확실",
        ReviewReason::SeveralMatters => "복수 민원",
        ReviewReason::JurisdictionUnclear => "관할 불명",
        ReviewReason::NotAComplaint => "민원 아님?",
        ReviewReason::ForeignLanguage => "외국어",
        ReviewReason::Degraded => "규칙 분류",
        ReviewReason::Repeat => "반복",
        ReviewReason::Truncated => "긴 글",
    }
}

/// What a sign of danger is about; the code itself where it is a new one.
pub fn signal(kind: &str) -> &str {
    match kind {
        "self_harm" => "자살·자해",
        "violence" => "폭력",
        "stalking" => "스토킹",
        "abuse" => "학대",
        "sexual_violence" => "성폭력",
        "fire" => "화재",
        "gas" => "가스",
        "disaster" => "재난·붕괴",
        "drowning" => "물에 빠짐",
        "medical" => "응급 의료",
        "missing_person" => "실종",
        "threat" => "위협",
        other => other,
    }
}

/// What was done.
pub const fn verdict(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Triaged => "AI 분류",
        VerdictKind::Drafted => "AI 초안 작성",
        VerdictKind::Approved => "초안 승인",
        VerdictKind::Edited => "답변 승인",
        VerdictKind::Rejected => "초안 반려",
        VerdictKind::Confirmed => "분류 확인",
        VerdictKind::Relabelled => "분류 정정",
        VerdictKind::Transferred => "이송",
        VerdictKind::Closed => "종결",
        VerdictKind::Undone => "실행 취소",
    }
}

/// A sign beside the urgency's name, so that it does not stand out by colour alone.
pub fn urgency_sign(code: &str) -> &'static str {
    match code {
        "emergency" => "▲",
        "high" => "◆",
        "normal" => "●",
        _ => "○",
    }
}

/// Name of a head.
pub fn head(head: &str) -> &'static str {
    match head {
        DEPARTMENT => "담당 부서",
        URGENCY => "긴급도",
        JURISDICTION => "관할",
        KIND => "민원 종류",
        _ => "분류",
    }
}

/// Role of a key.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Router => "연계 시스템",
        Role::Counsellor => "상담사",
        Role::Ml => "AI 담당",
        Role::Admin => "관리자",
    }
}

/// Name of a label; the code where the label scheme no longer has it.
pub fn label(taxonomy: &Taxonomy, head: &str, code: &str) -> String {
    taxonomy.label(head, code).map_or_else(|| code.to_owned(), |label| label.name.clone())
}

/// Why a case is on the 민원조정관's list.
pub fn ping_pong(taxonomy: &Taxonomy, alarm: &PingPong) -> String {
    match alarm {
        PingPong::Returned { department } => {
            format!("이미 맡았던 부서({})로 되돌아왔습니다", label(taxonomy, DEPARTMENT, department))
        }
        PingPong::ManyHops { hops } => format!("{hops}번 넘겨졌습니다"),
    }
}

/// What was logged as an access.
pub fn access(action: &str) -> &str {
    match action {
        "case.view" => "민원 열람",
        "case.list" => "목록 조회",
        "access.list" => "접속 기록 조회",
        "export" => "내려받기",
        "key.revoke" => "키 폐기",
        "sign.in" => "로그인",
        "sign.out" => "로그아웃",
        other => match other.strip_prefix("case.").and_then(|name| name.parse().ok()) {
            Some(kind) => verdict(kind),
            None => other,
        },
    }
}
