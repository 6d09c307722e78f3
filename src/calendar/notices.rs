//! The clocks beside the period itself: passing a paper on, accepting it, objections, notices, supplements,
//! investigations.

use serde::Deserialize;
use time::{Date, Duration, OffsetDateTime};
use toml::Spanned;

use super::data::{DataError, Source};
use super::days::{OutsideHolidays, WorkCalendar};
use super::periods::{Periods, check_length};
use super::work_time::in_korea;

/// A step that has to be done within working hours. An electronic paper goes "without delay" (\[DECREE\]
/// §13④), these being the outer bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// From the 민원실 to the department in charge (§13①).
    ToLeadDepartment,
    /// The same where that department is far away (§13①, second sentence).
    ToDistantLeadDepartment,
    /// To the right department of the same agency, by way of the 민원실 (§13②).
    WithinAgency,
    /// To another agency, the petitioner being told (§13③).
    ToOtherAgency,
    /// Accepting what arrived at an electronic window (§6⑦).
    Acceptance,
}

/// How an objection is decided (\[ACT\] §35②).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectionDecision {
    /// In the regular period.
    Regular,
    /// In the extended one, from the day after the regular one ends.
    Extended,
}

/// How long an on-site investigation may keep the clock still (\[DECREE\] §17④).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Investigation {
    /// 14 days.
    Regular,
    /// 7 more, once.
    Extended,
}

/// The last moment, or the last day, for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline<T> {
    /// The last moment (+09:00) or the last day.
    pub until: T,
    /// Korean sentence with the article of the law.
    pub basis: String,
    /// Set where a holiday on the way may be missing.
    pub warning: Option<OutsideHolidays>,
}

impl Periods {
    /// Until when a step has to be done whose clock started at a receipt.
    pub fn clock(
        &self,
        clock: Clock,
        started: OffsetDateTime,
        calendar: &WorkCalendar,
    ) -> Deadline<OffsetDateTime> {
        let rule = match clock {
            Clock::ToLeadDepartment => &self.clocks.to_lead_department,
            Clock::ToDistantLeadDepartment => &self.clocks.to_distant_lead_department,
            Clock::WithinAgency => &self.clocks.within_agency,
            Clock::ToOtherAgency => &self.clocks.to_other_agency,
            Clock::Acceptance => &self.clocks.acceptance,
        };
        let until = calendar.add_working_minutes(started, rule.hours.get_ref() * 60);
        let warning = calendar.check_coverage(in_korea(started).date()..=until.date()).err();
        Deadline { until, basis: rule.basis.clone(), warning }
    }

    /// The last day for an objection to a refusal that reached the petitioner on `refused_on` (\[ACT\] §35①).
    ///
    /// This is the petitioner's period and runs to midnight. It is the day to tell; where an unconfirmed
    /// holiday could carry it further, a person decides whether a later objection is still in time.
    pub fn objection(&self, refused_on: Date, calendar: &WorkCalendar) -> Deadline<Date> {
        self.notices.objection.last_day(refused_on, calendar)
    }

    /// The last day to decide an objection received on `received_on` (\[ACT\] §35②).
    ///
    /// Counted by the Civil Code and not by \[ACT\] §19, which speaks of complaints; of the two readings this
    /// is the earlier.
    pub fn objection_decision(
        &self,
        received_on: Date,
        decision: ObjectionDecision,
        calendar: &WorkCalendar,
    ) -> Deadline<Date> {
        let regular = self.notices.objection_decision.last_day(received_on, calendar);
        match decision {
            ObjectionDecision::Regular => regular,
            ObjectionDecision::Extended => {
                let extended = self.notices.objection_decision_extension.last_day(regular.until, calendar);
                Deadline { warning: regular.warning.or(extended.warning), ..extended }
            }
        }
    }

    /// The day on which the n-th notice of progress is due, n from 1 (0 is read as 1), while a complaint is
    /// open (\[DECREE\] §23).
    pub fn progress_notice(&self, received_on: Date, nth: u32, calendar: &WorkCalendar) -> Deadline<Date> {
        let days = self.notices.progress.days.get_ref().saturating_mul(nth.max(1));
        self.notices.progress.last_day_after(received_on, days, calendar)
    }

    /// The longest time that a second request for a supplement may give (\[DECREE\] §24③, counted by §24④).
    pub fn second_supplement(&self, asked_on: Date, calendar: &WorkCalendar) -> Deadline<Date> {
        self.notices.second_supplement.last_day(asked_on, calendar)
    }

    /// The last day of an on-site investigation begun on `started_on` that stays out of the count (\[DECREE\]
    /// §17④⑤).
    ///
    /// All days in, the first too, and no moving on from a holiday: while it lasts the petitioner waits, so
    /// the shorter reading holds. A [`super::Pause`] for an investigation should not go beyond it.
    pub fn investigation(&self, started_on: Date, investigation: Investigation) -> Deadline<Date> {
        let (regular, more) = (&self.notices.investigation, &self.notices.investigation_extension);
        let (days, basis) = match investigation {
            Investigation::Regular => (*regular.days.get_ref(), &regular.basis),
            Investigation::Extended => (regular.days.get_ref() + more.days.get_ref(), &more.basis),
        };
        let until = started_on.saturating_add(Duration::days(i64::from(days) - 1));
        Deadline { until, basis: basis.clone(), warning: None }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clocks {
    to_lead_department: Hours,
    to_distant_lead_department: Hours,
    within_agency: Hours,
    to_other_agency: Hours,
    acceptance: Hours,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notices {
    objection: Days,
    objection_decision: Days,
    objection_decision_extension: Days,
    progress: Days,
    second_supplement: Days,
    investigation: Days,
    investigation_extension: Days,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    hours: Spanned<u32>,
    basis: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    days: Spanned<u32>,
    basis: String,
}

impl Clocks {
    pub fn check(&self, source: Source<'_>) -> Result<(), DataError> {
        let Self {
            to_lead_department,
            to_distant_lead_department,
            within_agency,
            to_other_agency,
            acceptance,
        } = self;
        [to_lead_department, to_distant_lead_department, within_agency, to_other_agency, acceptance]
            .iter()
            .try_for_each(|clock| check_length(source, &clock.hours, "hours"))
    }
}

impl Notices {
    pub fn check(&self, source: Source<'_>) -> Result<(), DataError> {
        let Self { objection, objection_decision, objection_decision_extension, progress, .. } = self;
        let Self { second_supplement, investigation, investigation_extension, .. } = self;
        [objection, objection_decision, objection_decision_extension, progress]
            .into_iter()
            .chain([second_supplement, investigation, investigation_extension])
            .try_for_each(|notice| check_length(source, &notice.days, "days"))
    }
}

impl Days {
    fn last_day(&self, from: Date, calendar: &WorkCalendar) -> Deadline<Date> {
        self.last_day_after(from, *self.days.get_ref(), calendar)
    }

    fn last_day_after(&self, from: Date, days: u32, calendar: &WorkCalendar) -> Deadline<Date> {
        let until = calendar.last_day_by_civil_code(from, days);
        Deadline { until, basis: self.basis.clone(), warning: calendar.check_coverage(from..=until).err() }
    }
}
