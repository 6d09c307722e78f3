//! Working time within and across days: hours as positions on a line that holds working time only.
//!
//! Lining up all office days leaves a line without nights, lunch and holidays. A moment has a place on it;
//! adding hours is adding on that line and going back to the clock, so nothing is stepped through minute by
//! minute.

use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, macros::offset, macros::time};

use super::days::WorkCalendar;

/// Korean standard time.
pub const KOREA: UtcOffset = offset!(+9);
/// A day of the law in working minutes: 8 hours (\[ACT\] §19①).
pub const WORKING_MINUTES_A_DAY: u32 = 8 * 60;

/// Office hours of a 민원실 (\[DECREE\] §8의3①); lunch is out, which leaves the 8 hours of the law.
const OPENS: Time = time!(9:00);
const LUNCH_FROM: Time = time!(12:00);
const LUNCH_UNTIL: Time = time!(13:00);
pub(super) const CLOSES: Time = time!(18:00);

const MINUTE: i128 = 60 * 1_000_000_000;
const DAY: i128 = WORKING_MINUTES_A_DAY as i128 * MINUTE;

/// A place on the line of working time, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(i128);

impl Place {
    pub fn plus_minutes(self, minutes: u32) -> Self {
        Self(self.0 + i128::from(minutes) * MINUTE)
    }

    /// Further by as much working time as lies between two places.
    pub fn plus_span(self, from: Self, until: Self) -> Self {
        Self(self.0 + (until.0 - from.0).max(0))
    }
}

impl WorkCalendar {
    /// The moment at which `minutes` of working time after `from` are used up, in Korean time.
    ///
    /// Outside working time the count begins at the next working minute. Time that is used up at noon or in
    /// the evening ends there, at 12:00 or 18:00. With 0 minutes: the moment at which the count begins.
    ///
    /// ```
    /// # use minwon::calendar::WorkCalendar;
    /// use time::macros::datetime;
    /// let calendar = WorkCalendar::bundled();
    /// // Friday evening, one hour: Monday from 09:00 on.
    /// let due = calendar.add_working_minutes(datetime!(2026-11-20 19:30 +9), 60);
    /// assert_eq!(due, datetime!(2026-11-23 10:00 +9));
    /// ```
    pub fn add_working_minutes(&self, from: OffsetDateTime, minutes: u32) -> OffsetDateTime {
        let place = self.place(from).plus_minutes(minutes);
        if minutes == 0 { self.begin(place) } else { self.end(place) }
    }

    /// Whole working minutes from `a` to `b`, cut towards 0; negative if `b` is earlier.
    pub fn working_minutes_between(&self, a: OffsetDateTime, b: OffsetDateTime) -> i64 {
        ((self.place(b).0 - self.place(a).0) / MINUTE) as i64
    }

    /// Where a moment lies on the line of working time.
    pub(super) fn place(&self, moment: OffsetDateTime) -> Place {
        let local = in_korea(moment);
        let today = if self.is_working_day(local.date()) { worked_by(local.time()) } else { 0 };
        Place(i128::from(self.working_days_before(local.date())) * DAY + today)
    }

    /// The earliest moment at a place: where working time that leads there ends.
    pub(super) fn end(&self, place: Place) -> OffsetDateTime {
        // One back and one forth, so that a full day is the end of that day and not the begin of the next.
        let (number, worked) = ((place.0 - 1).div_euclid(DAY), (place.0 - 1).rem_euclid(DAY) + 1);
        let lunch =
            if worked > before_lunch() { nanoseconds(LUNCH_UNTIL) - nanoseconds(LUNCH_FROM) } else { 0 };
        self.moment(number, worked + lunch)
    }

    /// The latest moment at a place: where working time that follows begins.
    fn begin(&self, place: Place) -> OffsetDateTime {
        let (number, worked) = (place.0.div_euclid(DAY), place.0.rem_euclid(DAY));
        let lunch =
            if worked >= before_lunch() { nanoseconds(LUNCH_UNTIL) - nanoseconds(LUNCH_FROM) } else { 0 };
        self.moment(number, worked + lunch)
    }

    fn moment(&self, number: i128, after_opening: i128) -> OffsetDateTime {
        let number = number.clamp(i128::from(i32::MIN), i128::from(i32::MAX)) as i64;
        at_clock(self.working_day(number), nanoseconds(OPENS) + after_opening)
    }
}

/// The end of an office day.
pub(super) fn office_closes(date: Date) -> OffsetDateTime {
    PrimitiveDateTime::new(date, CLOSES).assume_offset(KOREA)
}

/// Date and clock in Korea. At the very ends of the years that `time` holds, where +09:00 would leave them,
/// the last moment itself.
pub(super) fn in_korea(moment: OffsetDateTime) -> PrimitiveDateTime {
    let at_the_end = || {
        if moment.year() > 0 { PrimitiveDateTime::MAX } else { PrimitiveDateTime::MIN }
    };
    moment
        .checked_to_offset(KOREA)
        .map_or_else(at_the_end, |local| PrimitiveDateTime::new(local.date(), local.time()))
}

fn worked_by(clock: Time) -> i128 {
    let morning = nanoseconds(clock.clamp(OPENS, LUNCH_FROM)) - nanoseconds(OPENS);
    let afternoon = nanoseconds(clock.clamp(LUNCH_UNTIL, CLOSES)) - nanoseconds(LUNCH_UNTIL);
    morning + afternoon
}

fn before_lunch() -> i128 {
    nanoseconds(LUNCH_FROM) - nanoseconds(OPENS)
}

fn nanoseconds(clock: Time) -> i128 {
    let (hour, minute, second, nanosecond) = clock.as_hms_nano();
    ((i128::from(hour) * 60 + i128::from(minute)) * 60 + i128::from(second)) * 1_000_000_000
        + i128::from(nanosecond)
}

fn at_clock(date: Date, nanoseconds: i128) -> OffsetDateTime {
    let clock = Time::MIDNIGHT + time::Duration::nanoseconds(nanoseconds as i64);
    PrimitiveDateTime::new(date, clock).assume_offset(KOREA)
}
