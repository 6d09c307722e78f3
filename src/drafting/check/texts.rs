//! Slots, figures, numbers to call, length and polite form of a topic's texts.

use std::collections::BTreeSet;

use super::Finding;
use crate::drafting::compose::OFFICER;
use crate::drafting::figures::{phones, unsaid};
use crate::drafting::length::{carrier_bytes, for_carriers};
use crate::drafting::section::Section;
use crate::drafting::slots::{Slot, Template};
use crate::drafting::topic::{Topic, TopicKind};

/// Longest text for a chat, in characters: greeting and closing must still fit into 1,000.
const CHAT_CHARS: usize = 900;
/// Longest text for a letter, in characters.
const LETTER_CHARS: usize = 1_200;
/// Longest text for a message, in bytes of CP949.
const MESSAGE_BYTES: usize = 300;

pub(super) fn check(topic: &Topic, findings: &mut Vec<Finding>) {
    slots(topic, findings);
    law(topic, findings);
    let facts = topic.sources.iter().flat_map(|source| &source.facts).chain(&topic.phones);
    let said: Vec<&str> = facts.map(String::as_str).collect();
    let mut called = BTreeSet::new();
    for (section, template) in &topic.texts {
        let (name, text) = (section.name(), template.text_only().collect::<Vec<_>>().join(" "));
        for figure in unsaid(&template_figures(template), said.iter().copied()) {
            findings.push(Finding::error(
                &topic.id,
                format!("## {name}: `{figure}` stands in no fact of its sources\nhint: add the fact with its source, or take the figure out"),
            ));
        }
        for phone in phones(&text).iter().filter(|phone| !topic.phones.contains(phone)) {
            findings
                .push(Finding::error(&topic.id, format!("## {name}: `{phone}` is not listed in `phones`")));
        }
        called.extend(topic.phones.iter().filter(|phone| text.contains(phone.as_str())));
        form(topic, *section, template, findings);
    }
    for phone in topic.phones.iter().filter(|phone| !called.contains(phone)) {
        findings.push(Finding::warning(&topic.id, format!("`{phone}` is listed, but no text names it")));
    }
}

/// The text without its slots, line by line as written.
fn template_figures(template: &Template) -> String {
    template.text_only().collect::<Vec<_>>().join(" ")
}

fn slots(topic: &Topic, findings: &mut Vec<Finding>) {
    let used: BTreeSet<Slot> = topic.texts.values().flat_map(Template::slots).collect();
    for slot in topic.slots.iter().filter(|slot| !used.contains(slot)) {
        findings.push(Finding::error(&topic.id, format!("slots: `{slot}` is listed, but no text uses it")));
    }
    for slot in used.iter().filter(|slot| !topic.slots.contains(slot)) {
        findings.push(Finding::error(&topic.id, format!("slots: `{slot}` is used, but not listed")));
    }
    for (section, template) in &topic.texts {
        if let Some(particle) = bare_particle(template) {
            findings.push(Finding::warning(
                &topic.id,
                format!("## {}: `{particle}` fits only some fillings\nhint: write the pair into the slot, as in `{{{{시군:이/가}}}}`", section.name()),
            ));
        }
    }
}

/// A particle of one form right after a slot: `{{시군}}이 `.
fn bare_particle(template: &Template) -> Option<String> {
    let source = template.source();
    source.split("}}").skip(1).find_map(|after| {
        let particle: String = after.chars().take_while(|c| ('가'..='힣').contains(c)).collect();
        let bare =
            ["은", "는", "이", "가", "을", "를", "과", "와", "으로", "로"].contains(&particle.as_str());
        bare.then_some(particle)
    })
}

/// What the law wants named together (민원 처리에 관한 법률 §27③, 시행령 §21②, §24, §31).
fn law(topic: &Topic, findings: &mut Vec<Finding>) {
    if topic.kind != TopicKind::Procedure {
        return;
    }
    let [department, officer, contact] = OFFICER;
    let rules: [(Slot, &[Slot], &str); 4] = [
        (Slot::ExtendedDue, &[Slot::Reason, department, officer, contact], "시행령 §21②, §31"),
        (Slot::SupplementDue, &[Slot::Supplement, department, officer, contact], "시행령 §24, §31"),
        (Slot::Outcome, &[department, officer, contact], "시행령 §31"),
        (Slot::Remedy, &[Slot::Reason], "법 §27③"),
    ];
    for section in [Section::Chat, Section::Letter] {
        let Some(here) = topic.texts.get(&section).map(Template::slots) else { continue };
        for (slot, needed, rule) in rules.iter().filter(|(slot, ..)| here.contains(slot)) {
            for missing in needed.iter().filter(|needed| !here.contains(needed)) {
                findings.push(Finding::error(
                    &topic.id,
                    format!("## {}: with `{slot}` the law wants `{missing}` ({rule})", section.name()),
                ));
            }
        }
    }
}

fn form(topic: &Topic, section: Section, template: &Template, findings: &mut Vec<Finding>) {
    let text = template.source();
    let (chars, name) = (text.chars().count(), section.name());
    let mut warn = |what: String| findings.push(Finding::warning(&topic.id, format!("## {name}: {what}")));
    match section {
        Section::Chat if chars > CHAT_CHARS => warn(format!("{chars} characters, at most {CHAT_CHARS}")),
        Section::Letter if chars > LETTER_CHARS => {
            warn(format!("{chars} characters, at most {LETTER_CHARS}"));
        }
        Section::Sms => match carrier_bytes(&for_carriers(&text)) {
            None => warn("holds letters that carriers do not carry".to_owned()),
            Some(bytes) if bytes > MESSAGE_BYTES => {
                warn(format!("{bytes} bytes in CP949, at most {MESSAGE_BYTES}"));
            }
            Some(_) => {}
        },
        _ => {}
    }
    let plain: String = unquoted(&text);
    let ends = |endings: &[&str]| {
        let sentence = |s: &&str| endings.iter().any(|ending| s.trim_end().ends_with(ending));
        plain.split(['.', '?', '!', '\n']).find(sentence).map(|s| s.trim().to_owned())
    };
    match section {
        Section::Chat | Section::Sms => {
            if let Some(sentence) = ends(&["습니다", "습니까", "십시오", "입니다"]) {
                warn(format!("합쇼체 in a 해요체 text: `{sentence}`"));
            }
        }
        Section::Letter => {
            if let Some(sentence) = ends(&["어요", "아요", "해요", "예요", "에요", "세요", "돼요"])
            {
                warn(format!("해요체 in a 합쇼체 text: `{sentence}`"));
            }
        }
        _ => {}
    }
}

/// The text without what stands in quotes.
fn unquoted(text: &str) -> String {
    let (mut plain, mut quoted) = (String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '“' => quoted = true,
            '”' => quoted = false,
            '\n' => {
                quoted = false;
                plain.push(c);
            }
            c if !quoted => plain.push(c),
            _ => {}
        }
    }
    plain
}
