//! From a topic and a case to a text that a counsellor can sign: the polite form of the channel, opening and closing,
//! slots filled, the officer named where the law wants it, within the channel's length.
//!
//! The mark that a machine wrote it ([`MARK`]) goes beside the text, never into it: what is sent is what a person signs.

use super::length::{KAKAO_CHARS, LMS_BYTES, SMS_BYTES, carrier_bytes, for_carriers};
use super::section::Section;
use super::slots::{Slot, Template, Values};
use super::topic::{Topic, TopicKind};
use crate::domain::Channel;

/// What counsellors see beside every draft (인공지능기본법 §31: generated output is marked).
pub const MARK: &str = "AI 초안";
/// Whom a notice must name (민원 처리에 관한 법률 시행령 §31).
pub const OFFICER: [Slot; 3] = [Slot::Department, Slot::Officer, Slot::Contact];

const CHAT_OPENING: &str = "안녕하세요, 경기도 민원상담이에요.";
const CHAT_CLOSING: &str = "더 궁금한 점이 있으면 편하게 물어봐 주세요.";
const LETTER_OPENING: &str = "안녕하십니까. 경기도입니다.";
const LETTER_OFFICER: &str = "담당: {{부서}} {{담당자}}, 연락처 {{연락처}}";
const LETTER_CLOSING: &str = "감사합니다.";
const SMS_OPENING: &str = "[경기도] ";

/// The style of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 해요체.
    Chat,
    /// 해요체, as short as can be.
    Sms,
    /// 합쇼체.
    Letter,
}

impl Form {
    /// The style of a channel.
    pub const fn of(channel: Channel) -> Self {
        match channel {
            Channel::Kakao | Channel::Sns => Self::Chat,
            Channel::Sms => Self::Sms,
            Channel::Web | Channel::Petition | Channel::Visit | Channel::Call => Self::Letter,
        }
    }

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Sms => "sms",
            Self::Letter => "letter",
        }
    }
}

/// What is known about the case.
#[derive(Debug, Clone)]
pub struct CaseFacts<'a> {
    /// Where the answer goes.
    pub channel: Channel,
    /// Language of the citizen (BCP 47).
    pub language: &'a str,
    /// What the slots are filled with.
    pub values: Values,
}

/// A slot of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotState {
    /// Which.
    pub slot: Slot,
    /// Whether the case filled it; an open one must be filled before the draft is approved.
    pub filled: bool,
}

/// Something that the counsellor should know about a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The text is longer than the channel takes, even in its shortest form.
    TooLong,
    /// The text holds letters that carriers do not carry in a text message.
    NotForCarriers,
    /// The citizen writes another language, in which this topic has no text.
    NoTextInLanguage,
}

impl Note {
    /// Its name in answers.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotForCarriers => "not_for_carriers",
            Self::NoTextInLanguage => "no_text_in_language",
        }
    }
}

/// How long a draft is, in the unit of its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// `characters`, or `bytes` in CP949.
    pub unit: &'static str,
    /// Length found.
    pub used: usize,
    /// Most that the channel takes; none for letters.
    pub most: Option<usize>,
}

/// A composed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The text; open slots stand in it as `{{담당자}}`.
    pub text: String,
    /// Its language (BCP 47).
    pub language: &'static str,
    /// Its style.
    pub form: Form,
    /// Slots of the text.
    pub slots: Vec<SlotState>,
    /// Its length.
    pub length: Length,
    /// What to mind.
    pub notes: Vec<Note>,
}

/// Writes a topic's text for a case.
pub fn compose(topic: &Topic, case: &CaseFacts<'_>) -> Composed {
    let form = Form::of(case.channel);
    let foreign = Section::of_language(case.language);
    let own = foreign.filter(|section| topic.texts.contains_key(section));
    let mut notes = Vec::new();
    if own.is_none() && !case.language.starts_with("ko") && case.language != "und" {
        notes.push(Note::NoTextInLanguage);
    }
    let candidates = match (own, form) {
        (Some(section), _) => vec![joined("", &topic.texts[&section], &[])],
        (None, Form::Letter) => vec![letter(topic)],
        (None, Form::Chat) => chats(topic),
        (None, Form::Sms) => messages(topic),
    };
    let mut fitting = None;
    for template in candidates {
        let text = template.fill(&case.values);
        let text = if form == Form::Sms { for_carriers(&text) } else { text };
        let length = length(form, &text);
        let fits = length.most.is_none_or(|most| length.used <= most);
        fitting = Some((template, text, length, fits));
        if fits {
            break;
        }
    }
    let (template, text, length, fits) = fitting.expect("every form has a candidate");
    if !fits {
        notes.push(Note::TooLong);
    }
    if form == Form::Sms && carrier_bytes(&text).is_none() {
        notes.push(Note::NotForCarriers);
    }
    let state = |slot| SlotState { slot, filled: case.values.contains_key(&slot) };
    Composed {
        slots: template.slots().into_iter().map(state).collect(),
        text,
        language: own.map_or("ko", Section::name),
        form,
        length,
        notes,
    }
}

/// The whole text, then without closing, then bare, then the short one.
fn chats(topic: &Topic) -> Vec<Template> {
    let body = &topic.texts[&Section::Chat];
    let mut candidates = Vec::new();
    if plain(topic.kind) {
        candidates.push(joined(CHAT_OPENING, body, &[CHAT_CLOSING]));
        candidates.push(joined(CHAT_OPENING, body, &[]));
    }
    candidates.push(joined("", body, &[]));
    candidates.extend(short(topic).map(|text| joined("", text, &[])));
    candidates
}

/// The short text if there is one, else that of the chat.
fn messages(topic: &Topic) -> Vec<Template> {
    let body = short(topic).unwrap_or(&topic.texts[&Section::Chat]);
    let named = Template::parse(&format!("{SMS_OPENING}{}", body.source())).expect("both halves were read");
    let bare = joined("", body, &[]);
    let small = |t: &Template| carrier_bytes(&for_carriers(&t.source())).is_some_and(|n| n <= SMS_BYTES);
    // Who writes is said unless that alone makes a long message of a short one.
    if small(&bare) && !small(&named) { vec![bare] } else { vec![named, bare] }
}

/// The text for messages, unless it leaves out an officer whom the topic must name.
fn short(topic: &Topic) -> Option<&Template> {
    let text = topic.texts.get(&Section::Sms)?;
    let here = text.slots();
    let complete = OFFICER.iter().all(|slot| !topic.slots.contains(slot) || here.contains(slot));
    complete.then_some(text)
}

fn letter(topic: &Topic) -> Template {
    let body = &topic.texts[&Section::Letter];
    if !plain(topic.kind) {
        return joined("", body, &[]);
    }
    let named = OFFICER.iter().all(|slot| body.slots().contains(slot));
    if named {
        joined(LETTER_OPENING, body, &[LETTER_CLOSING])
    } else {
        joined(LETTER_OPENING, body, &[LETTER_OFFICER, LETTER_CLOSING])
    }
}

/// Somebody in danger is not greeted and thanked.
fn plain(kind: TopicKind) -> bool {
    kind != TopicKind::Crisis
}

fn joined(opening: &str, body: &Template, closing: &[&str]) -> Template {
    let body = body.source();
    let parts = std::iter::once(opening).chain([body.as_str()]).chain(closing.iter().copied());
    let text = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    Template::parse(&text).expect("openings, bodies and closings were read")
}

fn length(form: Form, text: &str) -> Length {
    let chars = text.chars().count();
    match form {
        Form::Chat => Length { unit: "characters", used: chars, most: Some(KAKAO_CHARS) },
        Form::Letter => Length { unit: "characters", used: chars, most: None },
        Form::Sms => {
            // Letters outside CP949 go by another service, which counts two bytes a character.
            let used = carrier_bytes(text).unwrap_or(chars * 2);
            let most = if used <= SMS_BYTES { SMS_BYTES } else { LMS_BYTES };
            Length { unit: "bytes", used, most: Some(most) }
        }
    }
}
