//! The panes in which a reply is written: one a draft, and one for a reply of one's own.

use serde_json::Value;

use crate::domain::Channel;
use crate::domain::case::Verdict;
use crate::store::{DraftRow, History};

/// Drafts shown at most.
const MOST: usize = 3;
/// Most characters of a KakaoTalk message.
const KAKAO_CHARS: usize = 1_000;
/// Most bytes of a long text message, in EUC-KR.
const LMS_BYTES: usize = 2_000;

/// Knowledge that a draft cites.
pub struct SourceView {
    /// Title.
    pub title: String,
    /// Address, if it is a web address.
    pub url: Option<String>,
    /// Last day of its validity.
    pub valid_until: Option<String>,
    /// The validity has ended.
    pub expired: bool,
}

/// A pane.
pub struct Pane {
    /// Number of the draft, from 1; 0 for a reply of one's own.
    pub number: usize,
    /// Id of the draft; empty for a reply of one's own, or where the draft was made for an earlier version.
    pub draft: String,
    /// The draft was made for an earlier version of the case.
    pub stale: bool,
    /// The draft as it was made.
    pub original: String,
    /// What stands in the field: the draft, or what was typed.
    pub text: String,
    /// Open slots with what was typed into them.
    pub slots: Vec<(String, String)>,
    /// How well it fits, in per cent.
    pub percent: u32,
    /// What it cites.
    pub sources: Vec<SourceView>,
    /// It is the one in front.
    pub front: bool,
}

/// What a person typed into a form that was not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Id of the draft.
    pub draft: String,
    /// The text.
    pub text: String,
    /// Slots.
    pub slots: Vec<(String, String)>,
    /// A reason.
    pub reason: String,
}

/// How long a reply may be.
pub struct Limit {
    /// Name of the channel's rule.
    pub name: &'static str,
    /// `chars` or `bytes`.
    pub unit: &'static str,
    /// Most.
    pub most: usize,
}

/// The limit of a channel, if it has one.
pub const fn limit(channel: Channel) -> Option<Limit> {
    match channel {
        Channel::Kakao => Some(Limit { name: "카카오톡 상담톡", unit: "chars", most: KAKAO_CHARS }),
        Channel::Sms => Some(Limit { name: "장문 문자(LMS)", unit: "bytes", most: LMS_BYTES }),
        _ => None,
    }
}

/// The panes of a case, drafts first; `today` as `2026-11-23`.
pub fn panes(history: &History, typed: Option<&Typed>, today: &str) -> Vec<Pane> {
    let rejected = |row: &DraftRow| {
        history.decisions.iter().any(|decision| {
            !decision.undone
                && matches!(&decision.verdict, Verdict::Rejected { draft, .. } if *draft == row.draft.id)
        })
    };
    let newest = history.drafts.iter().map(|row| row.version).max().unwrap_or_default();
    let shown = history.drafts.iter().filter(|row| row.version == newest && !rejected(row)).take(MOST);
    let mut panes: Vec<Pane> =
        (1..).zip(shown).map(|(number, row)| pane(number, row, history.row.version, today)).collect();
    panes.push(own());
    let front = panes.iter().position(|pane| typed.is_some_and(|typed| pane.draft == typed.draft));
    if let (Some(front), Some(typed)) = (front, typed) {
        let pane = &mut panes[front];
        if !typed.text.is_empty() {
            pane.text.clone_from(&typed.text);
        }
        for (name, value) in &mut pane.slots {
            if let Some((_, filled)) = typed.slots.iter().find(|(found, _)| found == name) {
                value.clone_from(filled);
            }
        }
    }
    panes[front.unwrap_or_default()].front = true;
    panes
}

fn pane(number: usize, row: &DraftRow, version: u32, today: &str) -> Pane {
    let draft = &row.draft;
    let stale = row.version != version;
    let open = draft.slots.iter().filter(|slot| !slot.filled && draft.text.contains(&mark(&slot.name)));
    let mut slots: Vec<(String, String)> = open.map(|slot| (slot.name.clone(), String::new())).collect();
    slots.dedup();
    Pane {
        number,
        draft: if stale { String::new() } else { draft.id.0.to_string() },
        stale,
        original: draft.text.clone(),
        text: draft.text.clone(),
        slots,
        percent: (draft.score.clamp(0.0, 1.0) * 100.0).round() as u32,
        sources: draft.sources.as_array().into_iter().flatten().map(|one| source(one, today)).collect(),
        front: false,
    }
}

fn own() -> Pane {
    Pane {
        number: 0,
        draft: String::new(),
        stale: false,
        original: String::new(),
        text: String::new(),
        slots: Vec::new(),
        percent: 0,
        sources: Vec::new(),
        front: false,
    }
}

fn source(one: &Value, today: &str) -> SourceView {
    let text = |name: &str| one[name].as_str().map(str::to_owned);
    let valid_until = text("valid_until");
    SourceView {
        title: text("title").or_else(|| text("id")).unwrap_or_else(|| "출처".to_owned()),
        // Anything but a web address could be a script.
        url: text("url").filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        expired: valid_until.as_deref().is_some_and(|until| until < today),
        valid_until,
    }
}

/// How a slot stands in a text.
fn mark(name: &str) -> String {
    format!("{{{{{name}}}}}")
}

/// A text with its slots filled; what is blank stays open.
pub fn filled(text: &str, slots: &[(String, String)]) -> String {
    slots
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .fold(text.to_owned(), |text, (name, value)| text.replace(&mark(name), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_slots_stay_open() {
        let slots = [("담당자".to_owned(), "김하나".to_owned()), ("전화".to_owned(), String::new())];
        assert_eq!(filled("{{담당자}} 드림, {{전화}}", &slots), "김하나 드림, {{전화}}");
    }

    #[test]
    fn only_web_addresses_become_links() {
        let source = |url: &str| {
            source(&serde_json::json!({"title": "t", "url": url, "valid_until": "2026-11-22"}), "2026-11-23")
        };
        assert!(source("https://www.gg.go.kr/").url.is_some());
        assert!(source("javascript:alert(1)").url.is_none());
        assert!(source("").expired);
    }
}
