//! The file of periods: which rule each kind has, how long each clock runs. Applying a rule is in `rule`, the
//! clocks in `notices`.
//!
//! About the province's target: its public announcements say "shortened by 30 %" and no more. Rounding up,
//! the minimum of one minute or day, and applying it to every kind are this project's reading; percent and
//! periods are data and can be changed without code.

use std::collections::BTreeMap;

use serde::Deserialize;
use time::OffsetDateTime;
use toml::Spanned;

use super::data::{DataError, Source};
use super::days::WorkCalendar;
use super::notices::{Clocks, Notices};
use super::rule::{Course, Due, Period, Question, Rule};

const BUNDLED: Source<'static> =
    Source { file: "config/periods.toml", text: include_str!("../../config/periods.toml") };

/// Longest period that a file may give, in hours or days: beyond it a slip of the keyboard is likelier than a
/// law.
const LONGEST: u32 = 3_650;

/// The periods of the law by kind of complaint, and the clocks of its handling.
#[derive(Debug, Clone)]
pub struct Periods {
    kinds: BTreeMap<String, KindRules>,
    pub(super) clocks: Clocks,
    pub(super) notices: Notices,
}

#[derive(Debug, Clone)]
struct KindRules {
    general: Rule,
    on_law: Option<Rule>,
}

/// No period is given for a kind: the label set and the file of periods do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "kind `{0}` is not in the file of periods; hint: add a `[[kind]]` with this code to `config/periods.toml`"
)]
pub struct UnknownKind(pub String);

impl Periods {
    /// The periods of the bundled `config/periods.toml`.
    pub fn bundled() -> Self {
        Self::read(BUNDLED).expect("the bundled file of periods is read by a test")
    }

    /// Periods from the text of such a file.
    ///
    /// # Errors
    /// [`DataError`], with line and field, if the text is not a file of periods, a kind is there twice or has
    /// both hours and days, a period is 0 or longer than 3,650, or the target is not 1 to 100 percent.
    pub fn from_toml(text: &str) -> Result<Self, DataError> {
        Self::read(Source { text, ..BUNDLED })
    }

    /// When a complaint falls due that was received and nothing else. `None` where each statute has its own
    /// period (법정민원); what to show instead is the [`Rule::basis`] of [`Periods::rule`].
    ///
    /// `kind` is the label's code (`inquiry`, `suggestion`, `grievance`, `other`, `statutory`).
    ///
    /// # Errors
    /// [`UnknownKind`] if the file has no such code: a complaint must not go without a due time because of a
    /// misspelling.
    pub fn due(
        &self,
        kind: &str,
        question: Question,
        received_at: OffsetDateTime,
        calendar: &WorkCalendar,
    ) -> Result<Option<Due>, UnknownKind> {
        Ok(self.rule(kind, question)?.due(&Course::received(received_at), calendar))
    }

    /// The rule of a kind, for its basis and for a [`Course`] with pauses or an extension.
    ///
    /// # Errors
    /// [`UnknownKind`] if the file has no such code.
    pub fn rule(&self, kind: &str, question: Question) -> Result<&Rule, UnknownKind> {
        let rules = self.kinds.get(kind).ok_or_else(|| UnknownKind(kind.to_owned()))?;
        Ok(rules.on_law.as_ref().filter(|_| question == Question::OnLaw).unwrap_or(&rules.general))
    }

    /// The codes of all kinds, to check a model's labels against when it is loaded.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    fn read(source: Source<'_>) -> Result<Self, DataError> {
        let raw: RawFile = source.parse()?;
        let percent = *raw.target_percent.get_ref();
        if !(1..=100).contains(&percent) {
            return Err(source.fault(&raw.target_percent.span(), "target_percent", "is not 1 to 100"));
        }
        let mut kinds = BTreeMap::new();
        for kind in &raw.kind {
            let rules = kind.rules(source, percent)?;
            if kinds.insert(kind.code.get_ref().clone(), rules).is_some() {
                return Err(source.fault(&kind.code.span(), "code", "is there twice"));
            }
        }
        raw.clocks.check(source)?;
        raw.notices.check(source)?;
        Ok(Self { kinds, clocks: raw.clocks, notices: raw.notices })
    }
}

/// Refuses a length that no law would give.
pub(super) fn check_length(
    source: Source<'_>,
    length: &Spanned<u32>,
    field: &'static str,
) -> Result<(), DataError> {
    if (1..=LONGEST).contains(length.get_ref()) {
        return Ok(());
    }
    Err(source.fault(&length.span(), field, format!("is not 1 to {LONGEST}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    target_percent: Spanned<u32>,
    kind: Vec<RawKind>,
    clocks: Clocks,
    notices: Notices,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    code: Spanned<String>,
    name: String,
    hours: Option<Spanned<u32>>,
    days: Option<Spanned<u32>>,
    basis: String,
    on_law: Option<RawOnLaw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOnLaw {
    days: Spanned<u32>,
    basis: String,
}

impl RawKind {
    fn rules(&self, source: Source<'_>, target_percent: u32) -> Result<KindRules, DataError> {
        let rule = |period, basis: &str| Rule {
            name: self.name.clone(),
            basis: basis.to_owned(),
            period,
            target_percent,
        };
        let period = match (&self.hours, &self.days) {
            (Some(hours), None) => {
                check_length(source, hours, "hours")?;
                Some(Period::Hours(*hours.get_ref()))
            }
            (None, Some(days)) => {
                check_length(source, days, "days")?;
                Some(Period::Days(*days.get_ref()))
            }
            (None, None) => None,
            (Some(_), Some(days)) => {
                return Err(source.fault(&days.span(), "days", "and `hours` are both given; hint: keep one"));
            }
        };
        let on_law = match &self.on_law {
            Some(on_law) => {
                check_length(source, &on_law.days, "on_law.days")?;
                Some(rule(Some(Period::Days(*on_law.days.get_ref())), &on_law.basis))
            }
            None => None,
        };
        Ok(KindRules { general: rule(period, &self.basis), on_law })
    }
}
