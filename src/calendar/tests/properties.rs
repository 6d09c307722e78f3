//! What holds for every receipt, period and offset, inside the years of the holiday file and outside.

use std::sync::LazyLock;

use proptest::prelude::*;
use time::macros::{datetime, time};
use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::calendar::{
    Course, Extension, KOREA, Pause, Period, Periods, Question, Rule, Unconfirmed, WorkCalendar,
};

static CALENDAR: LazyLock<WorkCalendar> = LazyLock::new(WorkCalendar::bundled);
static PERIODS: LazyLock<Periods> = LazyLock::new(Periods::bundled);

const FIRST_SECOND: i64 = datetime!(-9999-01-01 0:00 UTC).unix_timestamp();
const LAST_SECOND: i64 = datetime!(9999-12-31 23:59:59 UTC).unix_timestamp();

/// Any second from mid-2023 to mid-2029, at any offset, with or without a fraction.
fn moment() -> impl Strategy<Value = OffsetDateTime> {
    let (first, last) = (datetime!(2023-07-01 0:00 +9), datetime!(2029-07-01 0:00 +9));
    let seconds = first.unix_timestamp()..last.unix_timestamp();
    (seconds, prop_oneof![Just(0), 0..1_000_000_000_i64], -12 * 60..=14 * 60_i32).prop_map(
        |(second, nano, offset)| {
            let utc = OffsetDateTime::from_unix_timestamp(second).unwrap() + Duration::nanoseconds(nano);
            utc.to_offset(UtcOffset::from_whole_seconds(offset * 60).unwrap())
        },
    )
}

fn rule() -> impl Strategy<Value = Rule> {
    let period = prop_oneof![(1..60_u32).prop_map(Period::Hours), (1..60_u32).prop_map(Period::Days)];
    (period, 1..=100_u32).prop_map(|(period, target_percent)| Rule {
        name: "시험".into(),
        basis: "시험".into(),
        period: Some(period),
        target_percent,
    })
}

/// The counting done the slow way: minute by minute, asking each whether the office works.
fn walk(from: OffsetDateTime, minutes: u32) -> OffsetDateTime {
    let mut local = from.to_offset(KOREA);
    let mut left = minutes;
    while left > 0 {
        let clock = local.time();
        let open =
            (time!(9:00)..time!(12:00)).contains(&clock) || (time!(13:00)..time!(18:00)).contains(&clock);
        local += Duration::MINUTE;
        left -= u32::from(open && CALENDAR.is_working_day((local - Duration::MINUTE).date()));
    }
    local
}

fn ends_in_office_hours(moment: OffsetDateTime) -> bool {
    let clock = moment.time();
    let morning = clock > time!(9:00) && clock <= time!(12:00);
    let afternoon = clock > time!(13:00) && clock <= time!(18:00);
    moment.offset() == KOREA && CALENDAR.is_working_day(moment.date()) && (morning || afternoon)
}

proptest! {
    #[test]
    fn adding_agrees_with_walking_minute_by_minute(from in moment(), minutes in 1..3_000_u32) {
        let from = from.truncate_to_minute();
        prop_assert_eq!(CALENDAR.add_working_minutes(from, minutes), walk(from, minutes));
    }

    #[test]
    fn adding_ends_in_office_hours(from in moment(), minutes in 1..50_000_u32) {
        let end = CALENDAR.add_working_minutes(from, minutes);
        prop_assert!(ends_in_office_hours(end), "{}", end);
        prop_assert!(end > from);
    }

    #[test]
    fn adding_and_measuring_undo_each_other(from in moment(), minutes in 0..50_000_u32) {
        let end = CALENDAR.add_working_minutes(from, minutes);
        prop_assert_eq!(CALENDAR.working_minutes_between(from, end), i64::from(minutes));
        prop_assert_eq!(CALENDAR.working_minutes_between(end, from), -i64::from(minutes));
    }

    #[test]
    fn adding_in_two_steps_is_adding_at_once(from in moment(), a in 0..5_000_u32, b in 1..5_000_u32) {
        let between = CALENDAR.add_working_minutes(from, a);
        prop_assert_eq!(CALENDAR.add_working_minutes(between, b), CALENDAR.add_working_minutes(from, a + b));
    }

    #[test]
    fn later_receipts_and_longer_hours_are_never_due_earlier(
        (a, b) in (moment(), moment()), (short, long) in (0..50_000_u32, 0..50_000_u32),
    ) {
        let (a, b) = (a.min(b), a.max(b));
        let (short, long) = (short.min(long), short.max(long));
        prop_assert!(CALENDAR.add_working_minutes(a, short) <= CALENDAR.add_working_minutes(b, short));
        prop_assert!(CALENDAR.add_working_minutes(a, short) <= CALENDAR.add_working_minutes(a, long));
    }

    #[test]
    fn later_receipts_and_longer_days_are_never_due_earlier(
        (a, b) in (moment(), moment()), (short, long) in (1..400_u32, 1..400_u32),
    ) {
        let (a, b) = (a.min(b), a.max(b));
        let (short, long) = (short.min(long), short.max(long));
        prop_assert!(CALENDAR.due_by_days(a, short) <= CALENDAR.due_by_days(b, short));
        prop_assert!(CALENDAR.due_by_days(a, short) <= CALENDAR.due_by_days(a, long));
        prop_assert!(CALENDAR.due_by_weeks(a, short) <= CALENDAR.due_by_weeks(b, short));
        prop_assert!(CALENDAR.due_by_months(a, short) <= CALENDAR.due_by_months(b, short));
    }

    #[test]
    fn a_period_of_days_holds_that_many_working_days(received in moment(), days in 1..100_u32) {
        let end = CALENDAR.due_by_days(received, days);
        prop_assert!(ends_in_office_hours(end) && end.time() == time!(18:00));
        let local = received.to_offset(KOREA);
        let in_time = CALENDAR.is_working_day(local.date()) && local.time() <= time!(18:00);
        let next = CALENDAR.first_working_day_from(local.date().next_day().unwrap());
        let first = if in_time { local.date() } else { next };
        let mut day = first;
        let mut worked = 0;
        while day <= end.date() {
            worked += u32::from(CALENDAR.is_working_day(day));
            day = day.next_day().unwrap();
        }
        prop_assert_eq!(worked, days);
    }

    #[test]
    fn weeks_and_months_end_on_a_working_day(received in moment(), length in 1..30_u32) {
        prop_assert!(ends_in_office_hours(CALENDAR.due_by_weeks(received, length)));
        prop_assert!(ends_in_office_hours(CALENDAR.due_by_months(received, length)));
        let day = CALENDAR.last_day_by_civil_code(received.date(), length);
        prop_assert!(CALENDAR.is_working_day(day) && day > received.date());
    }

    #[test]
    fn the_target_is_never_later_than_the_law(received in moment(), rule in rule(), percent in 1..=100_u32) {
        let due = rule.due(&Course::received(received), &CALENDAR).unwrap();
        prop_assert!(due.target <= due.statutory && due.target > received);
        prop_assert!(ends_in_office_hours(due.statutory) && ends_in_office_hours(due.target));
        let other = Rule { target_percent: percent, ..rule.clone() };
        let other = other.due(&Course::received(received), &CALENDAR).unwrap();
if percent <= rule.target_percent {
            prop_assert!(other.target <= due.target);
        } else {
            prop_assert!(other.target >= due.target);
        }
    }

    #[test]
    fn the_warning_is_there_exactly_outside_the_covered_years(received in moment(), law in any::<bool>()) {
        let due = PERIODS.due("inquiry", Question::from(law), received, &CALENDAR).unwrap().unwrap();
        let years = received.to_offset(KOREA).year()..=due.statutory.year();
        let outside = *years.start() < 2024 || *years.end() > 2028;
        prop_assert_eq!(due.warning.is_some(), outside);
    }

    #[test]
    fn pauses_and_extensions_never_bring_the_due_time_forward(
        received in moment(), rule in rule(),
        pauses in prop::collection::vec((0..90_000_i64, 0..20_000_i64), 0..4),
    ) {
        let pauses: Vec<Pause> = pauses
            .into_iter()
            .map(|(after, long)| {
                let from = received + Duration::minutes(after);
                Pause { from, until: from + Duration::minutes(long) }
            })
            .collect();
        let course = Course { pauses: &pauses, ..Course::received(received) };
        let plain = rule.due(&Course::received(received), &CALENDAR).unwrap();
        let paused = rule.due(&course, &CALENDAR).unwrap();
        prop_assert!(paused.statutory >= plain.statutory && paused.target <= paused.statutory);
        prop_assert!(ends_in_office_hours(paused.statutory));
        let mut earlier = paused.clone();
        for extension in [Extension::Once, Extension::AgainWithConsent] {
            let extended = rule.due(&Course { extension, ..course }, &CALENDAR).unwrap();
            prop_assert!(extended.statutory > earlier.statutory);
            prop_assert_eq!(extended.target, paused.target);
            earlier = extended;
        }
        let mut shuffled = pauses.clone();
        shuffled.reverse();
        shuffled.extend(&pauses);
        let twice = rule.due(&Course { pauses: &shuffled, ..course }, &CALENDAR).unwrap();
        prop_assert_eq!(twice, paused, "order and repetition of pauses do not matter");
    }

    #[test]
    fn counting_unconfirmed_days_as_holidays_is_never_earlier(received in moment(), days in 1..60_u32) {
        static TRUSTING: LazyLock<WorkCalendar> =
            LazyLock::new(|| WorkCalendar::bundled().counting_unconfirmed_as(Unconfirmed::Holiday));
        prop_assert!(CALENDAR.due_by_days(received, days) <= TRUSTING.due_by_days(received, days));
        let careful = CALENDAR.add_working_minutes(received, days * 97);
        prop_assert!(careful <= TRUSTING.add_working_minutes(received, days * 97));
    }

    #[test]
    fn any_moment_and_length_that_can_be_written_is_answered(
        second in FIRST_SECOND..=LAST_SECOND, length in any::<u32>(), offset in -25 * 60..=25 * 60_i32,
    ) {
        let utc = OffsetDateTime::from_unix_timestamp(second).unwrap();
        let offset = UtcOffset::from_whole_seconds(offset * 60).unwrap();
        answer_everything(utc.checked_to_offset(offset).unwrap_or(utc), length);
    }
}

fn answer_everything(moment: OffsetDateTime, length: u32) {
    for end in [
        CALENDAR.add_working_minutes(moment, length),
        CALENDAR.due_by_days(moment, length),
        CALENDAR.due_by_weeks(moment, length),
        CALENDAR.due_by_months(moment, length),
    ] {
        assert_eq!(end.offset(), KOREA);
    }
    let day = CALENDAR.last_day_by_civil_code(moment.date(), length);
    assert!(day >= moment.date() || day == time::Date::MAX);
    for kind in PERIODS.kinds() {
        let due = PERIODS.due(kind, Question::OnLaw, moment, &CALENDAR).unwrap();
        assert!(due.is_none_or(|due| due.target <= due.statutory));
    }
}

#[test]
fn the_ends_of_time_do_not_panic() {
    for moment in [PrimitiveDateTime::MIN, PrimitiveDateTime::MAX] {
        for offset in [
            UtcOffset::UTC,
            KOREA,
            UtcOffset::from_hms(-25, 0, 0).unwrap(),
            UtcOffset::from_hms(25, 0, 0).unwrap(),
        ] {
            for length in [0, 1, 480, u32::MAX] {
                answer_everything(moment.assume_offset(offset), length);
            }
        }
    }
}
