//! One case in the words of the screen: text with marks, four labels, signals, due times.

use serde_json::Value;
use time::OffsetDateTime;

use super::marks::{Mark, Stretch, stretches};
use super::when::DueView;
use super::words;
use crate::domain::case::{Labels, VerdictKind};
use crate::domain::{DEPARTMENT, HEADS, JURISDICTION, Span, Taxonomy, URGENCY};
use crate::store::{CaseSignal, History, NewPrediction, PredictionRole};

/// A label that the machine thought of, too.
pub struct Runner {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Confidence in per cent.
    pub percent: u32,
    /// Shortcut digit, for departments.
    pub digit: usize,
}

/// A label of the scheme to choose.
pub struct Choice {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What falls under it.
    pub description: String,
    /// It holds now.
    pub chosen: bool,
}

/// One of the four labels.
pub struct LabelView {
    /// Code of the head.
    pub head: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Label that holds now.
    pub name: String,
    /// Its sign, for urgency.
    pub sign: &'static str,
    /// What the machine chose.
    pub machine: String,
    /// How sure it was, in per cent.
    pub percent: u32,
    /// A person chose another label.
    pub corrected: bool,
    /// Others, most likely first.
    pub runners: Vec<Runner>,
    /// All labels.
    pub choices: Vec<Choice>,
}

/// A sign of danger.
pub struct SignalView {
    /// What it is about.
    pub name: String,
    /// The words.
    pub words: String,
    /// Number to call.
    pub number: String,
    /// Who answers there.
    pub service: String,
    /// Further numbers.
    pub also: Vec<String>,
}

/// The case as the screen shows it.
pub struct CaseView {
    /// The text, cut at its marks.
    pub text: Vec<Stretch>,
    /// Something in the text is marked as a reason.
    pub explained: bool,
    /// The labels.
    pub labels: Vec<LabelView>,
    /// Signs of danger.
    pub signals: Vec<SignalView>,
    /// Why review was asked.
    pub reasons: Vec<&'static str>,
    /// The place in words.
    pub place: Option<String>,
    /// What makes the place uncertain.
    pub place_note: Option<String>,
    /// Language, if it is not Korean.
    pub language: Option<String>,
    /// The province's own limit.
    pub target: Option<DueView>,
    /// The legal limit.
    pub statutory: Option<DueView>,
    /// The rule.
    pub basis: Option<String>,
    /// What makes the times uncertain.
    pub due_warning: Option<String>,
    /// Name and version of the model.
    pub model: String,
    /// The model did not answer; the rules did.
    pub degraded: bool,
}

impl CaseView {
    /// A case seen at `now`.
    pub fn new(history: &History, taxonomy: &Taxonomy, now: OffsetDateTime) -> Self {
        let active = history.predictions.iter().find(|row| row.role == PredictionRole::Active);
        let prediction = active.map(|row| &row.prediction);
        let empty = Value::Null;
        let answer = prediction.map_or(&empty, |prediction| &prediction.answer);
        let (marks, explained) = marks(history, answer);
        let due = history.due.as_ref();
        Self {
            text: stretches(&history.row.masked_text, &marks),
            explained,
            labels: HEADS.map(|head| label(head, &history.row.labels, prediction, taxonomy)).into(),
            signals: history
                .signals
                .iter()
                .map(|found| signal(found, &history.row.masked_text, answer))
                .collect(),
            reasons: history.row.review_reasons.iter().map(|reason| words::reason(*reason)).collect(),
            place: place(history),
            place_note: place_note(history, answer),
            language: (history.language != "ko").then(|| history.language.clone()),
            target: due.map(|due| DueView::new(due.target, now)),
            statutory: due.map(|due| DueView::new(due.statutory, now)),
            basis: due.map(|due| due.basis.clone()),
            due_warning: answer["due"]["warning"].as_str().map(str::to_owned),
            model: prediction.map_or_else(String::new, |p| format!("{} {}", p.model.name, p.model.version)),
            degraded: answer["degraded"].as_array().is_some_and(|parts| !parts.is_empty()),
        }
    }
}

fn marks(history: &History, answer: &Value) -> (Vec<(Span, Mark)>, bool) {
    let explanation = answer["explanation"].as_array().into_iter().flatten();
    let reasons: Vec<Span> =
        explanation.filter_map(|found| serde_json::from_value(found["span"].clone()).ok()).collect();
    let explained = !reasons.is_empty();
    let mut marks: Vec<(Span, Mark)> = reasons.into_iter().map(|span| (span, Mark::Reason)).collect();
    marks.extend(history.signals.iter().map(|found| (found.span, Mark::Signal)));
    marks.extend(history.place.as_ref().map(|place| (place.span, Mark::Place)));
    (marks, explained)
}

fn code<'a>(labels: &'a Labels, head: &str) -> &'a str {
    match head {
        DEPARTMENT => &labels.department,
        URGENCY => &labels.urgency,
        JURISDICTION => &labels.jurisdiction,
        _ => &labels.kind,
    }
}

fn label(
    head: &'static str,
    labels: &Labels,
    prediction: Option<&NewPrediction>,
    taxonomy: &Taxonomy,
) -> LabelView {
    let now = code(labels, head);
    let machine = prediction.map_or("", |prediction| code(&prediction.labels, head));
    let sure = prediction.map_or(0.0, |prediction| match head {
        DEPARTMENT => prediction.confidences.department,
        URGENCY => prediction.confidences.urgency,
        JURISDICTION => prediction.confidences.jurisdiction,
        _ => prediction.confidences.kind,
    });
    let choice = |label: &crate::domain::Label| Choice {
        code: label.code.clone(),
        name: label.name.clone(),
        description: label.description.clone(),
        chosen: label.code == now,
    };
    LabelView {
        head,
        title: words::head(head),
        name: words::label(taxonomy, head, now),
        sign: if head == URGENCY { words::urgency_sign(now) } else { "" },
        machine: words::label(taxonomy, head, machine),
        percent: percent(f64::from(sure)),
        corrected: prediction.is_some() && machine != now,
        runners: prediction.map_or_else(Vec::new, |p| runners(head, machine, &p.answer, taxonomy)),
        choices: taxonomy.head(head).unwrap_or_default().iter().map(choice).collect(),
    }
}

/// Others that the machine thought of: the departments that it named, the levels of urgency that are not negligible.
fn runners(head: &str, machine: &str, answer: &Value, taxonomy: &Taxonomy) -> Vec<Runner> {
    let mut found: Vec<(String, f64)> = match head {
        DEPARTMENT => {
            let others = answer["alternatives"].as_array().into_iter().flatten();
            let other = |one: &Value| Some((one["code"].as_str()?.to_owned(), one["confidence"].as_f64()?));
            others.filter_map(other).collect()
        }
        URGENCY => {
            let levels = answer["urgency"]["probabilities"].as_object().into_iter().flatten();
            levels.filter_map(|(code, p)| Some((code.clone(), p.as_f64()?))).collect()
        }
        _ => Vec::new(),
    };
    found.retain(|(code, p)| code != machine && *p >= 0.005);
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let runner = |(at, (code, p)): (usize, (String, f64))| Runner {
        name: words::label(taxonomy, head, &code),
        code,
        percent: percent(p),
        digit: at + 1,
    };
    found.into_iter().take(3).enumerate().map(runner).collect()
}

fn percent(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

fn signal(found: &CaseSignal, text: &str, answer: &Value) -> SignalView {
    let in_answer = answer["signals"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["kind"] == found.kind.as_str() && one["number"] == found.number.as_str());
    let also = in_answer.and_then(|one| one["also"].as_array()).into_iter().flatten();
    SignalView {
        name: words::signal(&found.kind).to_owned(),
        words: found.span.slice(text).to_owned(),
        number: found.number.clone(),
        service: found.name.replacen(&found.number, "", 1).trim().to_owned(),
        also: also.filter_map(|one| one.as_str().map(str::to_owned)).collect(),
    }
}

fn place(history: &History) -> Option<String> {
    let place = history.place.as_ref()?;
    let parts = [place.outside.as_deref(), place.sigungu.as_deref(), place.detail.as_deref()];
    let words: Vec<&str> = parts.into_iter().flatten().collect();
    Some(if words.is_empty() {
        place.span.slice(&history.row.masked_text).to_owned()
    } else {
        words.join(" ")
    })
}

fn place_note(history: &History, answer: &Value) -> Option<String> {
    let place = history.place.as_ref()?;
    if place.outside.is_some() {
        return Some("경기도 밖입니다".to_owned());
    }
    let candidates = answer["location"]["candidates"].as_array().into_iter().flatten();
    let names: Vec<&str> = candidates.filter_map(Value::as_str).collect();
    match (place.ambiguous, names.is_empty()) {
        (true, true) => Some("같은 이름이 여러 시·군에 있습니다".to_owned()),
        (true, false) => Some(format!("같은 이름이 여러 시·군에 있습니다: {}", names.join(", "))),
        (false, _) => None,
    }
}

/// Whether a last change can be taken back by anybody.
pub const fn can_be_undone(kind: VerdictKind) -> bool {
    !matches!(kind, VerdictKind::Triaged | VerdictKind::Drafted | VerdictKind::Undone)
}
