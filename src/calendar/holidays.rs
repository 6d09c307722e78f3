//! The holiday file: what a line means and what makes a line wrong. Counting is in `days`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use time::{Date, Month};
use toml::{Spanned, value::Datetime};

use super::data::{DataError, Source};

pub(super) const BUNDLED: Source<'static> =
    Source { file: "config/holidays.toml", text: include_str!("../../config/holidays.toml") };

/// One day off, besides Saturdays and Sundays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The day, in Korea.
    pub date: Date,
    /// Korean name. Two holidays may share a day (어린이날 and 부처님오신날 in 2025).
    pub name: String,
    /// What made it a day off.
    pub kind: HolidayKind,
    /// Whether the rule that makes it a holiday was read.
    pub confirmed: bool,
    /// The rule, or what was read instead of it.
    pub source: String,
}

/// What made a day a day off (\[HOLIDAYS\] §2–4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayKind {
    /// A day that the decree names (§2).
    Public,
    /// A substitute for one that fell on a day already free (§3).
    Substitute,
    /// A national election day (§2 no. 10-2, or named by the Cabinet).
    Election,
    /// A day that the government named once (§2 no. 11, §4).
    Government,
}

/// How a day counts whose rule was not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unconfirmed {
    /// As a working day: due times come out earlier, nobody's right is shortened.
    #[default]
    WorkingDay,
    /// As a holiday.
    Holiday,
}

/// The file as read and checked.
#[derive(Debug, Clone)]
pub(super) struct HolidayFile {
    pub first_year: i32,
    pub last_year: i32,
    pub unconfirmed: Unconfirmed,
    /// In order of date.
    pub holidays: Vec<Holiday>,
}

impl HolidayFile {
    pub fn parse(source: Source<'_>) -> Result<Self, DataError> {
        let raw: RawFile = source.parse()?;
        let (first_year, last_year) = (raw.coverage.first_year, raw.coverage.last_year);
        let years = first_year..=*last_year.get_ref();
        let mut holidays: Vec<Holiday> = Vec::with_capacity(raw.days.list.len());
        for line in &raw.days.list {
            let holiday = line.holiday(source, &raw.sources)?;
            if !years.contains(&holiday.date.year()) {
                return Err(source.fault(&line.date.span(), "date", "lies outside `coverage`"));
            }
            if let Some(last) = holidays.last() {
                if last.date > holiday.date {
                    return Err(source.fault(
                        &line.date.span(),
                        "date",
                        "comes before the line above; hint: sort by date",
                    ));
                }
                if last.date == holiday.date && last.name == holiday.name {
                    return Err(source.fault(&line.date.span(), "date", "is there twice"));
                }
            }
            holidays.push(holiday);
        }
        let known: BTreeSet<i32> = holidays.iter().map(|holiday| holiday.date.year()).collect();
        // A range is walked only as far as the first missing year, so that a wild `last_year` costs nothing.
        if let Some(year) = years.clone().find(|year| !known.contains(year)) {
            let problem =
                format!("no holiday is given for `{year}`; hint: add its days or lower `last_year`");
            return Err(source.fault(&last_year.span(), "last_year", problem));
        }
        if years.is_empty() {
            return Err(source.fault(&last_year.span(), "last_year", "is before `first_year`"));
        }
        Ok(Self {
            first_year,
            last_year: last_year.into_inner(),
            unconfirmed: raw.counting.unconfirmed,
            holidays,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    coverage: RawCoverage,
    #[serde(default)]
    counting: RawCounting,
    sources: BTreeMap<String, String>,
    days: RawDays,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCoverage {
    first_year: i32,
    last_year: Spanned<i32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCounting {
    unconfirmed: Unconfirmed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDays {
    list: Vec<RawHoliday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHoliday {
    date: Spanned<Datetime>,
    name: Spanned<String>,
    kind: HolidayKind,
    confirmed: bool,
    source: Spanned<String>,
}

impl RawHoliday {
    fn holiday(&self, source: Source<'_>, sources: &BTreeMap<String, String>) -> Result<Holiday, DataError> {
        let date = calendar_date(self.date.get_ref()).ok_or_else(|| {
            source.fault(&self.date.span(), "date", "is not a day; hint: write `2026-01-01`")
        })?;
        if self.name.get_ref().trim().is_empty() {
            return Err(source.fault(&self.name.span(), "name", "is empty"));
        }
        let rule = sources.get(self.source.get_ref()).ok_or_else(|| {
            let problem = format!("`{}` is no key of `[sources]`", self.source.get_ref());
            source.fault(&self.source.span(), "source", problem)
        })?;
        Ok(Holiday {
            date,
            name: self.name.get_ref().clone(),
            kind: self.kind,
            confirmed: self.confirmed,
            source: rule.clone(),
        })
    }
}

fn calendar_date(value: &Datetime) -> Option<Date> {
    let Datetime { date: Some(date), time: None, offset: None } = value else {
        return None;
    };
    let month = Month::try_from(date.month).ok()?;
    Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
}
