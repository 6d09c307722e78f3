//! Open places in a text: `{{시군}}`, `{{시군:이/가}}`. What is known is filled in, with the particle that fits; what is
//! not stays as it stands and is listed, so that nobody sends it unseen.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::josa::{Josa, UnknownJosa};

/// What may be left open in a text. The names are Korean because authors write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// 시군: the city or county that the case lies in.
    Sigungu,
    /// 장소: the place within it.
    Place,
    /// 도로: the road.
    Road,
    /// 부서: department that answers.
    Department,
    /// 담당자: name of the officer.
    Officer,
    /// 연락처: the officer's telephone.
    Contact,
    /// 접수번호: number of the case.
    Receipt,
    /// 처리기한: by when it is answered.
    Due,
    /// 이송기관: where the case was sent.
    Transferee,
    /// 사유: the reason.
    Reason,
    /// 구제절차: what the citizen can do against a refusal.
    Remedy,
    /// 보완내용: what is missing.
    Supplement,
    /// 보완기한: by when it is to be sent in.
    SupplementDue,
    /// 연장기한: the new date after an extension.
    ExtendedDue,
    /// 처리결과: what was done.
    Outcome,
}

impl Slot {
    /// All slots with their names.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Sigungu, "시군"),
        (Self::Place, "장소"),
        (Self::Road, "도로"),
        (Self::Department, "부서"),
        (Self::Officer, "담당자"),
        (Self::Contact, "연락처"),
        (Self::Receipt, "접수번호"),
        (Self::Due, "처리기한"),
        (Self::Transferee, "이송기관"),
        (Self::Reason, "사유"),
        (Self::Remedy, "구제절차"),
        (Self::Supplement, "보완내용"),
        (Self::SupplementDue, "보완기한"),
        (Self::ExtendedDue, "연장기한"),
        (Self::Outcome, "처리결과"),
    ];

    /// The name that authors write.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(slot, _)| *slot == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Slot {
    type Err = SlotError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(slot, _)| *slot).ok_or_else(|| SlotError::Unknown(name.to_owned()))
    }
}

/// Why a text with slots cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// A name that is not in the list.
    #[error("unknown slot `{{{{{0}}}}}`\nhint: one of {names}", names = names())]
    Unknown(String),
    /// `{{` without `}}`, or `}}` without `{{`.
    #[error("an open `{{{{` or `}}}}` without its other half")]
    Unbalanced,
    /// A particle pair that does not exist.
    #[error(transparent)]
    Josa(#[from] UnknownJosa),
}

fn names() -> String {
    Slot::ALL.map(|(_, name)| name).join(", ")
}

/// What is known for the slots.
pub type Values = BTreeMap<Slot, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(Slot, Option<Josa>),
}

/// A text with slots, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// [`SlotError`].
    pub fn parse(text: &str) -> Result<Self, SlotError> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(at) = rest.find("{{") {
            let (before, after) = (&rest[..at], &rest[at + 2..]);
            let end = after.find("}}").ok_or(SlotError::Unbalanced)?;
            if before.contains("}}") || after[..end].contains('{') {
                return Err(SlotError::Unbalanced);
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (name, josa) = match after[..end].split_once(':') {
                Some((name, pair)) => (name, Some(pair.parse()?)),
                None => (&after[..end], None),
            };
            parts.push(Part::Slot(name.parse()?, josa));
            rest = &after[end + 2..];
        }
        if rest.contains("}}") {
            return Err(SlotError::Unbalanced);
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Slots in order of appearance, each once.
    pub fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        for part in &self.0 {
            if let Part::Slot(slot, _) = part
                && !slots.contains(slot)
            {
                slots.push(*slot);
            }
        }
        slots
    }

    /// The text as it was written.
    pub fn source(&self) -> String {
        self.fill(&Values::new())
    }

    /// Only the text between the slots.
    pub fn text_only(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Slot(..) => None,
        })
    }

    /// Puts in what is known. An open slot stays as it was written, its particle with it, so that it can still be
    /// filled rightly. Values are never read as slots themselves.
    pub fn fill(&self, values: &Values) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Slot(slot, josa) => match (values.get(slot), josa) {
                    (Some(value), josa) => {
                        // A value from a case must not open a slot of its own.
                        let value = value.replace(['{', '}'], "");
                        text.push_str(&value);
                        text.push_str(josa.map_or("", |josa| josa.after(&value)));
                    }
                    (None, Some(josa)) => text.push_str(&format!("{{{{{slot}:{josa}}}}}")),
                    (None, None) => text.push_str(&format!("{{{{{slot}}}}}")),
                },
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(pairs: &[(Slot, &str)]) -> Values {
        pairs.iter().map(|(slot, value)| (*slot, (*value).to_owned())).collect()
    }

    #[test]
    fn known_slots_are_filled_with_the_particle_that_fits() {
        let text = "{{시군:이/가}} 맡아요. {{이송기관:으로/로}} 보냈어요.";
        let template = Template::parse(text).unwrap();
        let known = values(&[(Slot::Sigungu, "양평군"), (Slot::Transferee, "한국도로공사")]);
        assert_eq!(template.fill(&known), "양평군이 맡아요. 한국도로공사로 보냈어요.");
        let known = values(&[(Slot::Sigungu, "수원시"), (Slot::Transferee, "경기남부경찰청")]);
        assert_eq!(template.fill(&known), "수원시가 맡아요. 경기남부경찰청으로 보냈어요.");
    }

    #[test]
    fn an_open_slot_stays_as_it_was_written() {
        let text = "담당: {{부서}} {{담당자:이/가}} {{부서}}";
        let template = Template::parse(text).unwrap();
        assert_eq!(template.source(), text);
        assert_eq!(template.slots(), [Slot::Department, Slot::Officer]);
        let filled = template.fill(&values(&[(Slot::Department, "건설국")]));
        assert_eq!(filled, "담당: 건설국 {{담당자:이/가}} 건설국");
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(Template::parse("{{시도}}"), Err(SlotError::Unknown("시도".into())));
        assert!(Template::parse("{{시도}}").unwrap_err().to_string().contains("{{시도}}"));
        for text in ["{{시군", "시군}}", "{{시{{군}}", "}}{{시군}}"] {
            assert_eq!(Template::parse(text), Err(SlotError::Unbalanced), "{text}");
        }
        assert!(matches!(Template::parse("{{시군:에/에서}}"), Err(SlotError::Josa(_))));
    }

    #[test]
    fn a_value_opens_no_slot() {
        let template = Template::parse("{{장소}}에 갔어요").unwrap();
        let filled = template.fill(&values(&[(Slot::Place, "{{연락처}}")]));
        assert_eq!(filled, "연락처에 갔어요");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_back(text in "([가-힣 .]{0,4}|\\{\\{시군\\}\\}|\\{\\{부서:은/는\\}\\}){0,8}") {
            let template = Template::parse(&text).unwrap();
            prop_assert_eq!(template.source(), text);
        }

        #[test]
        fn filling_everything_leaves_nothing_open(value in "\\PC{0,12}") {
            let template = Template::parse("{{시군}} {{장소:을/를}} {{도로:와/과}}").unwrap();
            let all = Slot::ALL.iter().map(|(slot, _)| (*slot, value.clone())).collect();
            let filled = template.fill(&all);
            prop_assert!(Template::parse(&filled).map_or(true, |t| t.slots().is_empty()), "{}", filled);
        }
    }
}
