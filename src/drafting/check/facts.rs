//! Codes, dates, sources and telephone numbers of a topic.

use time::Duration;

use super::{Finding, PhoneState, Standard};
use crate::drafting::topic::Topic;

/// Facts that end within so many days are pointed out.
const SOON_DAYS: i64 = 30;
/// A text that was compared with its sources longer ago than this is to be looked at again.
const CHECKED_DAYS: i64 = 365;
/// Sources that are files of this repository.
const OWN_FILES: &str = "config/";

pub(super) fn check(topic: &Topic, standard: &Standard<'_>, findings: &mut Vec<Finding>) {
    let id = topic.id.as_str();
    codes(topic, standard, findings);
    dates(topic, standard, findings);
    if topic.sources.is_empty() {
        findings.push(Finding::error(id, "no source\nhint: a text that nobody can check is not offered"));
    }
    for (n, source) in topic.sources.iter().enumerate() {
        let place = format!("sources[{n}]");
        if source.title.trim().is_empty() || source.facts.iter().all(|fact| fact.trim().is_empty()) {
            findings.push(Finding::error(id, format!("{place}: title and facts must say something")));
        }
        let address = ["https://", "http://", OWN_FILES].iter().any(|start| source.url.starts_with(start));
        if !address || source.url.contains(char::is_whitespace) {
            findings.push(Finding::error(
                id,
                format!("{place}: `{}` is no address and no file below `{OWN_FILES}`", source.url),
            ));
        }
        if source.date > standard.today {
            findings.push(Finding::error(id, format!("{place}: {} is still to come", source.date)));
        }
    }
    for phone in &topic.phones {
        match (standard.phone)(phone) {
            PhoneState::Ok => {}
            PhoneState::Unverified => findings.push(Finding::error(
                id,
                format!("`{phone}` is not verified in `config/agencies.toml`\nhint: check it at its source, or name 110 or 031-120"),
            )),
            PhoneState::Unknown => findings.push(Finding::error(
                id,
                format!("`{phone}` is not in `config/agencies.toml`\nhint: add it there with its source"),
            )),
        }
    }
}

fn codes(topic: &Topic, standard: &Standard<'_>, findings: &mut Vec<Finding>) {
    let fields = [
        ("departments", &topic.departments, &standard.departments),
        ("jurisdiction", &topic.jurisdiction, &standard.jurisdictions),
    ];
    for (name, codes, known) in fields {
        for code in codes.iter().filter(|code| !known.contains(&code.as_str())) {
            findings.push(Finding::error(
                &topic.id,
                format!("{name}: `{code}` is not in the taxonomy\nhint: one of {}", known.join(", ")),
            ));
        }
    }
}

fn dates(topic: &Topic, standard: &Standard<'_>, findings: &mut Vec<Finding>) {
    let (id, today) = (topic.id.as_str(), standard.today);
    if topic.checked_at > today {
        findings.push(Finding::error(id, format!("checked_at {} is still to come", topic.checked_at)));
    } else if today - topic.checked_at > Duration::days(CHECKED_DAYS) {
        findings.push(Finding::warning(
            id,
            format!("last compared with its sources on {}, over a year ago", topic.checked_at),
        ));
    }
    if topic.valid_from > today {
        findings.push(Finding::warning(id, format!("not offered before {}", topic.valid_from)));
    }
    let Some(last) = topic.valid_until else { return };
    if last < topic.valid_from {
        findings.push(Finding::error(id, format!("valid_until {last} is before valid_from")));
    } else if last < today {
        findings.push(Finding::error(
            id,
            format!("expired on {last}\nhint: check the sources, then change the text and the dates"),
        ));
    } else if last - today <= Duration::days(SOON_DAYS) {
        let days = (last - today).whole_days();
        findings.push(Finding::warning(id, format!("expires on {last}, in {days} day(s)")));
    }
}
