//! One topic of the knowledge base: TOML front matter between `+++` lines, then the texts under `## chat`, `## letter`
//! and so on. Read into types here, with an error that names file, line and field; whether the facts hold is the
//! matter of [`super::check`].

use std::collections::BTreeMap;

use serde::Deserialize;
use time::{Date, Month};

use super::section::{Section, sections};
use super::slots::{Slot, Template};

/// Fewest phrasings of a topic's question.
pub const FEWEST_QUESTIONS: usize = 8;

/// What sort of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicKind {
    /// Answers a question.
    Answer,
    /// Names the office that is competent.
    Forward,
    /// A step of the procedure: receipt, transfer, extension, refusal …
    Procedure,
    /// An opening for a grievance.
    Empathy,
    /// Somebody is in danger.
    Crisis,
}

/// Where the facts were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Title, Korean.
    pub title: String,
    /// Address, or a path below `config/` of this repository.
    pub url: String,
    /// Day of the source.
    pub date: Date,
    /// What it says, in short notes; every figure of the texts stands in one of them.
    pub facts: Vec<String>,
}

/// A topic, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Name of its file, without ending.
    pub id: String,
    /// Title, Korean.
    pub title: String,
    /// Sort of text.
    pub kind: TopicKind,
    /// Departments, the likeliest first.
    pub departments: Vec<String>,
    /// Jurisdictions it is right for.
    pub jurisdiction: Vec<String>,
    /// Phrasings in citizens' words.
    pub questions: Vec<String>,
    /// Slots used in the texts.
    pub slots: Vec<Slot>,
    /// Telephone numbers used in the texts.
    pub phones: Vec<String>,
    /// First day on which the facts hold.
    pub valid_from: Date,
    /// Last day on which they may be offered; without one they hold until changed.
    pub valid_until: Option<Date>,
    /// Day on which the texts were compared with the sources.
    pub checked_at: Date,
    /// Words it should be found by.
    pub keywords: Vec<String>,
    /// Sources.
    pub sources: Vec<Source>,
    /// Texts.
    pub texts: BTreeMap<Section, Template>,
}

/// A file that is no topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`, {place}: {what}")]
pub struct TopicError {
    /// The file.
    pub file: String,
    /// `line 12`, or ``field `questions` ``.
    pub place: String,
    /// What is wrong, with a hint where something can be done.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTopic {
    id: String,
    title: String,
    kind: TopicKind,
    departments: Vec<String>,
    jurisdiction: Vec<String>,
    questions: Vec<String>,
    #[serde(default)]
    slots: Vec<String>,
    #[serde(default)]
    phones: Vec<String>,
    valid_from: toml::value::Datetime,
    valid_until: Option<toml::value::Datetime>,
    checked_at: toml::value::Datetime,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    sources: Vec<RawSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    title: String,
    url: String,
    date: toml::value::Datetime,
    facts: Vec<String>,
}

impl Topic {
    /// Reads a file of the knowledge base. `file` is its name, for errors; its stem must be the topic's id.
    ///
    /// # Errors
    /// [`TopicError`] with the first fault.
    pub fn parse(file: &str, text: &str) -> Result<Self, TopicError> {
        let fail = |place: String, what: String| TopicError { file: file.to_owned(), place, what };
        let line = |n: usize| format!("line {n}");
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (front, body, body_line) = split(text).map_err(|(n, what)| fail(line(n), what.to_owned()))?;
        let raw: RawTopic = toml::from_str(front).map_err(|e| {
            let before = e.span().map_or(0, |span| front[..span.start].matches('\n').count());
            fail(line(before + 2), e.message().to_owned())
        })?;
        let field = |name: &str, what: String| fail(format!("field `{name}`"), what);
        let stem = file.rsplit('/').next().unwrap_or(file);
        let stem = stem.strip_suffix(".md").unwrap_or(stem);
        if raw.id != stem {
            return Err(field("id", format!("`{}` is not the file's name `{stem}`", raw.id)));
        }
        if raw.id.is_empty()
            || !raw.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(field("id", "only lower-case ASCII letters, digits and hyphens".to_owned()));
        }
        let date = |name: &str, value: &toml::value::Datetime| day(value).map_err(|what| field(name, what));
        let slots =
            raw.slots.iter().map(|name| name.parse::<Slot>().map_err(|e| field("slots", e.to_string())));
        let mut sources = Vec::new();
        for (n, source) in raw.sources.iter().enumerate() {
            sources.push(Source {
                title: source.title.clone(),
                url: source.url.clone(),
                date: date(&format!("sources[{n}].date"), &source.date)?,
                facts: source.facts.clone(),
            });
        }
        let texts = sections(body, body_line).map_err(|(n, what)| fail(line(n), what))?;
        let topic = Self {
            slots: slots.collect::<Result<_, _>>()?,
            valid_from: date("valid_from", &raw.valid_from)?,
            valid_until: raw.valid_until.as_ref().map(|d| date("valid_until", d)).transpose()?,
            checked_at: date("checked_at", &raw.checked_at)?,
            id: raw.id,
            title: raw.title,
            kind: raw.kind,
            departments: raw.departments,
            jurisdiction: raw.jurisdiction,
            questions: raw.questions,
            phones: raw.phones,
            keywords: raw.keywords,
            sources,
            texts,
        };
        topic.complete().map_err(|(name, what)| field(name, what))?;
        Ok(topic)
    }

    fn complete(&self) -> Result<(), (&'static str, String)> {
        let filled = [
            ("title", !self.title.trim().is_empty()),
            ("departments", !self.departments.is_empty()),
            ("jurisdiction", !self.jurisdiction.is_empty()),
        ];
        if let Some((name, _)) = filled.iter().find(|(_, filled)| !filled) {
            return Err((name, "must not be empty".to_owned()));
        }
        if self.questions.len() < FEWEST_QUESTIONS {
            let found = self.questions.len();
            return Err((
                "questions",
                format!(
                    "{found} phrasings, at least {FEWEST_QUESTIONS} are needed\nhint: write them as citizens do, each another way"
                ),
            ));
        }
        if self.questions.iter().any(|q| q.trim().is_empty()) {
            return Err(("questions", "one of them is blank".to_owned()));
        }
        for needed in [Section::Chat, Section::Letter] {
            if !self.texts.contains_key(&needed) {
                return Err((needed.name(), format!("there is no section `## {}`", needed.name())));
            }
        }
        Ok(())
    }

    /// Whether its facts may be offered on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|last| day <= last)
    }
}

/// Front matter, body, and the line on which the body begins.
fn split(text: &str) -> Result<(&str, &str, usize), (usize, &'static str)> {
    const FENCE: &str = "+++";
    let missing = "expected `+++` on the first line, the front matter, and `+++` again";
    let rest = text.strip_prefix(FENCE).and_then(|rest| rest.trim_start_matches('\r').strip_prefix('\n'));
    let rest = rest.ok_or((1, missing))?;
    let mut at = 0;
    for (n, line) in rest.split_inclusive('\n').enumerate() {
        if line.trim_end() == FENCE {
            return Ok((&rest[..at], &rest[at + line.len()..], n + 3));
        }
        at += line.len();
    }
    Err((text.lines().count(), "the front matter is not closed by `+++`"))
}

fn day(value: &toml::value::Datetime) -> Result<Date, String> {
    let wrong = || format!("`{value}` is no day, expected for instance `2026-11-28`");
    let date = value.date.filter(|_| value.time.is_none()).ok_or_else(wrong)?;
    let month = Month::try_from(date.month).map_err(|_| wrong())?;
    Date::from_calendar_date(i32::from(date.year), month, date.day).map_err(|_| wrong())
}
