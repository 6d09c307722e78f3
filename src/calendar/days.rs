//! Which days a public office works, and counting them. Hours within a day are in `work_time`.

use std::ops::RangeInclusive;

use time::{Date, Duration, Month, OffsetDateTime, util::days_in_month};

use super::data::{DataError, Source};
use super::holidays::{self, Holiday, HolidayFile, Unconfirmed};
use super::work_time::{self, in_korea};

/// The working days and hours of a public office, and the holidays behind them.
///
/// Every question costs two or three binary searches among the holidays (about 80), however long the period
/// is.
#[derive(Debug, Clone)]
pub struct WorkCalendar {
    file: HolidayFile,
    /// For the i-th day off that falls on a weekday: how many *working* days lie before it. Ascending.
    ///
    /// With it the k-th working day is the (k + n)-th weekday, n being the number of entries up to k.
    working_days_before_holiday: Vec<i64>,
    /// The same days off as dates, ascending.
    weekday_holidays: Vec<Date>,
}

/// A date lies where the holiday file says nothing. What was computed there knows Saturdays and Sundays only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "holidays of `{year}` are not known, the holiday file covers `{first_year}` to `{last_year}`; \
     hint: add the year to `config/holidays.toml`"
)]
pub struct OutsideHolidays {
    /// The year that is missing.
    pub year: i32,
    /// First year of the file.
    pub first_year: i32,
    /// Last year of the file.
    pub last_year: i32,
}

impl WorkCalendar {
    /// The calendar of the bundled `config/holidays.toml` (2024–2028).
    pub fn bundled() -> Self {
        Self::read(holidays::BUNDLED).expect("the bundled holiday file is read by a test")
    }

    /// A calendar from the text of a holiday file.
    ///
    /// # Errors
    /// [`DataError`], with line and field, if the text is not a holiday file, a day is out of order, twice or
    /// outside the covered years, or a covered year has no day at all.
    pub fn from_toml(text: &str) -> Result<Self, DataError> {
        Self::read(Source { text, ..holidays::BUNDLED })
    }

    fn read(source: Source<'_>) -> Result<Self, DataError> {
        HolidayFile::parse(source).map(Self::new)
    }

    fn new(file: HolidayFile) -> Self {
        let counts = |holiday: &&Holiday| {
            (holiday.confirmed || file.unconfirmed == Unconfirmed::Holiday) && is_weekday(holiday.date)
        };
        let mut weekday_holidays: Vec<Date> =
            file.holidays.iter().filter(counts).map(|day| day.date).collect();
        weekday_holidays.dedup();
        let working_days_before_holiday =
            weekday_holidays.iter().zip(0..).map(|(&day, earlier)| weekdays_before(day) - earlier).collect();
        Self { file, working_days_before_holiday, weekday_holidays }
    }

    /// The same calendar with another choice for unconfirmed days than its file makes.
    #[must_use]
    pub fn counting_unconfirmed_as(self, unconfirmed: Unconfirmed) -> Self {
        Self::new(HolidayFile { unconfirmed, ..self.file })
    }

    /// Whether the office works on that day: neither Saturday nor Sunday nor a holiday that counts.
    pub fn is_working_day(&self, date: Date) -> bool {
        is_weekday(date) && self.weekday_holidays.binary_search(&date).is_err()
    }

    /// The holidays on that day as the file has them, unconfirmed ones and those on a weekend among them.
    pub fn holidays_on(&self, date: Date) -> &[Holiday] {
        let from = self.file.holidays.partition_point(|holiday| holiday.date < date);
        let until = self.file.holidays.partition_point(|holiday| holiday.date <= date);
        &self.file.holidays[from..until]
    }

    /// All holidays of the file, in order of date.
    pub fn holidays(&self) -> &[Holiday] {
        &self.file.holidays
    }

    /// Whether the holidays of every day in the range are known.
    ///
    /// # Errors
    /// [`OutsideHolidays`] with the first year that is not.
    pub fn check_coverage(&self, days: RangeInclusive<Date>) -> Result<(), OutsideHolidays> {
        let (first_year, last_year) = (self.file.first_year, self.file.last_year);
        let unknown = |year: i32| OutsideHolidays { year, first_year, last_year };
        match (days.start().year(), days.end().year()) {
            (from, _) if from < first_year || from > last_year => Err(unknown(from)),
            (_, until) if until > last_year => Err(unknown(last_year + 1)),
            _ => Ok(()),
        }
    }

    /// When a period of `days` working days ends that began with a receipt, the first day in: 18:00 of its
    /// last day (\[ACT\] §19②).
    ///
    /// 0 is read as 1. This counts days whatever their number; [`super::Rule::due`] counts up to 5 days in
    /// hours (\[ACT\] §19①).
    pub fn due_by_days(&self, received: OffsetDateTime, days: u32) -> OffsetDateTime {
        work_time::office_closes(self.working_day(self.day_of_receipt(received) + i64::from(days.max(1)) - 1))
    }

    /// When a period of whole months ends that began with a receipt, the first day in (\[ACT\] §19③,
    /// \[CIVIL\] §160–161).
    ///
    /// It ends on the day before the one of the same number, on the month's last day where that number is
    /// missing, and moves on to the next working day from a Saturday or holiday. A year is 12 months.
    pub fn due_by_months(&self, received: OffsetDateTime, months: u32) -> OffsetDateTime {
        let first = self.working_day(self.day_of_receipt(received));
        work_time::office_closes(self.first_working_day_from(last_day_of_months(first, months)))
    }

    /// When a period of whole weeks ends that began with a receipt, the first day in (\[ACT\] §19③, \[CIVIL\]
    /// §160–161).
    pub fn due_by_weeks(&self, received: OffsetDateTime, weeks: u32) -> OffsetDateTime {
        let first = self.working_day(self.day_of_receipt(received));
        let last =
            first.saturating_add(Duration::weeks(i64::from(weeks.max(1)))).saturating_sub(Duration::DAY);
        work_time::office_closes(self.first_working_day_from(last))
    }

    /// The last day of a period of `days` by the Civil Code: first day out, holidays in, and from a Saturday
    /// or holiday on to the next working day (\[CIVIL\] §157, §159, §161).
    pub fn last_day_by_civil_code(&self, from: Date, days: u32) -> Date {
        self.first_working_day_from(from.saturating_add(Duration::days(i64::from(days))))
    }

    /// The day itself if the office works on it, else the next one on which it does.
    pub fn first_working_day_from(&self, date: Date) -> Date {
        self.working_day(self.working_days_before(date))
    }

    /// The number of the working day as which a receipt counts: that day until 18:00:00 sharp, the next one
    /// after it or where the office does not work.
    pub(super) fn day_of_receipt(&self, received: OffsetDateTime) -> i64 {
        let local = in_korea(received);
        let too_late = self.is_working_day(local.date()) && local.time() > work_time::CLOSES;
        self.working_days_before(local.date()) + i64::from(too_late)
    }

    /// How many working days lie before a date, from a fixed day long ago: the number of the working day that
    /// it is or precedes.
    pub(super) fn working_days_before(&self, date: Date) -> i64 {
        weekdays_before(date) - leading(&self.weekday_holidays, |&holiday| holiday < date)
    }

    /// The working day of a number, the reverse of [`Self::working_days_before`].
    pub(super) fn working_day(&self, number: i64) -> Date {
        weekday(number + leading(&self.working_days_before_holiday, |&before| before <= number))
    }
}

/// How many of the first elements hold the condition, in a list where those that do come first.
fn leading<T>(list: &[T], condition: impl FnMut(&T) -> bool) -> i64 {
    i64::try_from(list.partition_point(condition)).expect("a list in memory is shorter than 2^63")
}

// Julian day 0 is a Monday, so weeks of five weekdays can be counted from it without a table.

fn is_weekday(date: Date) -> bool {
    date.to_julian_day().rem_euclid(7) < 5
}

fn weekdays_before(date: Date) -> i64 {
    let day = i64::from(date.to_julian_day());
    day.div_euclid(7) * 5 + day.rem_euclid(7).min(5)
}

fn weekday(number: i64) -> Date {
    let day = number.div_euclid(5) * 7 + number.rem_euclid(5);
    let (first, last) = (Date::MIN.to_julian_day(), Date::MAX.to_julian_day());
    let day = day.clamp(i64::from(first), i64::from(last));
    Date::from_julian_day(day as i32).expect("the day was clamped to the years of `Date`")
}

fn last_day_of_months(first: Date, months: u32) -> Date {
    let month =
        i64::from(first.year()) * 12 + i64::from(u8::from(first.month())) - 1 + i64::from(months.max(1));
    let Ok(year) = i32::try_from(month.div_euclid(12)) else {
        return Date::MAX;
    };
    let month = Month::January.nth_next(month.rem_euclid(12) as u8);
    let last_of_month = days_in_month(month, year);
    let (day, same_day_exists) = (first.day().min(last_of_month), first.day() <= last_of_month);
    let Ok(date) = Date::from_calendar_date(year, month, day) else {
        return Date::MAX;
    };
    if same_day_exists { date.saturating_sub(Duration::DAY) } else { date }
}
