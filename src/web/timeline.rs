//! What happened to a case, in order, with every hop.

use super::when::{iso, short};
use super::words;
use crate::domain::case::{MACHINE, Office, Piece, Verdict, VerdictKind};
use crate::domain::{DEPARTMENT, HEADS, Taxonomy};
use crate::store::{DecisionRow, Event, History};

/// One thing that happened.
pub struct Happened {
    /// When.
    pub at: String,
    /// The same for machines.
    pub iso: String,
    /// Who; empty for the machine.
    pub by: String,
    /// What.
    pub what: &'static str,
    /// More about it.
    pub detail: String,
    /// The reply that went out.
    pub reply: Option<String>,
    /// How the reply differs from its draft.
    pub diff: Vec<DiffPiece>,
    /// It sent the case on.
    pub hop: bool,
    /// It was taken back.
    pub undone: bool,
}

/// A piece of a difference.
pub struct DiffPiece {
    /// `keep`, `out` or `in`.
    pub kind: &'static str,
    /// The words.
    pub text: String,
}

/// All that happened, oldest first.
pub fn timeline(history: &History, taxonomy: &Taxonomy) -> Vec<Happened> {
    history.events.iter().map(|event| happened(event, history, taxonomy)).collect()
}

fn happened(event: &Event, history: &History, taxonomy: &Taxonomy) -> Happened {
    let decision = history
        .decisions
        .iter()
        .find(|decision| decision.version == event.version && event.kind == decision.verdict.kind());
    let machine = event.by == MACHINE || event.kind == VerdictKind::Triaged;
    Happened {
        at: short(event.at),
        iso: iso(event.at),
        by: if machine { String::new() } else { event.by.clone() },
        what: words::verdict(event.kind),
        detail: match (decision, event.kind) {
            (Some(decision), _) => detail(decision, taxonomy),
            (None, VerdictKind::Triaged) => words::label(taxonomy, DEPARTMENT, &event.department),
            _ => String::new(),
        },
        reply: decision.and_then(|decision| decision.verdict.reply().map(str::to_owned)),
        diff: decision.map(|decision| diff(&decision.verdict)).unwrap_or_default(),
        hop: decision.is_some_and(|decision| decision.verdict.hop().is_some()),
        undone: decision.is_some_and(|decision| decision.undone),
    }
}

fn detail(decision: &DecisionRow, taxonomy: &Taxonomy) -> String {
    let department = |code: &str| words::label(taxonomy, DEPARTMENT, code);
    match &decision.verdict {
        Verdict::Approved { .. } => "AI 초안 그대로".to_owned(),
        Verdict::Edited { distance: Some(distance), .. } => format!("AI 초안에서 {distance}자 고침"),
        Verdict::Edited { .. } => "직접 작성".to_owned(),
        Verdict::Rejected { reason, .. } | Verdict::Closed { reason } => reason.clone(),
        Verdict::Confirmed { .. } => "그대로 확인".to_owned(),
        Verdict::Relabelled { from, to, reason } => {
            let pairs = [
                (&from.department, &to.department),
                (&from.urgency, &to.urgency),
                (&from.jurisdiction, &to.jurisdiction),
                (&from.kind, &to.kind),
            ];
            let changed: Vec<String> = HEADS
                .into_iter()
                .zip(pairs)
                .filter(|(_, (from, to))| from != to)
                .map(|(head, (from, to))| {
                    format!("{} → {}", words::label(taxonomy, head, from), words::label(taxonomy, head, to))
                })
                .collect();
            format!("{} · {reason}", changed.join(", "))
        }
        Verdict::Transferred { from, to, reason } => {
            let to = match to {
                Office::Department(code) => department(code),
                Office::Agency(name) | Office::CityCounty(name) => name.clone(),
            };
            format!("{} → {to} · {reason}", department(from))
        }
        Verdict::Undone { what, .. } => format!("‘{}’ 취소", words::verdict(*what)),
    }
}

fn diff(verdict: &Verdict) -> Vec<DiffPiece> {
    let Verdict::Edited { diff, .. } = verdict else { return Vec::new() };
    let piece = |piece: &Piece| match piece {
        Piece::Keep(text) => DiffPiece { kind: "keep", text: text.clone() },
        Piece::Out(text) => DiffPiece { kind: "out", text: text.clone() },
        Piece::In(text) => DiffPiece { kind: "in", text: text.clone() },
    };
    diff.iter().map(piece).collect()
}
