//! The data files: what the bundled ones must say, and how mistakes in others are reported.

use std::collections::BTreeSet;

use time::{Date, Duration, Month, Weekday};

use crate::calendar::{HolidayKind, Periods, Unconfirmed, WorkCalendar};

const HOLIDAYS: &str = include_str!("../../../config/holidays.toml");
const PERIODS: &str = include_str!("../../../config/periods.toml");

fn dates(calendar: &WorkCalendar, keep: impl Fn(HolidayKind) -> bool) -> BTreeSet<Date> {
    calendar.holidays().iter().filter(|holiday| keep(holiday.kind)).map(|holiday| holiday.date).collect()
}

/// 관공서의 공휴일에 관한 규정 §3 (2023-05-04) worked out anew: the first day that is no holiday after (1) a national
/// day, 어린이날, 부처님오신날 or 성탄절 on a Saturday or Sunday, (2) a day of 설 or 추석 on a Sunday, (3) one of these on
/// another holiday on a weekday. 신정 and 현충일 have none.
fn substitutes_by_the_decree(calendar: &WorkCalendar) -> BTreeSet<Date> {
    let public = dates(calendar, |kind| kind == HolidayKind::Public);
    let mut substitutes = BTreeSet::new();
    for holiday in calendar.holidays().iter().filter(|holiday| holiday.kind == HolidayKind::Public) {
        let (name, weekday) = (holiday.name.as_str(), holiday.date.weekday());
        let family = name.starts_with("설날") || name.starts_with("추석");
        let shared = calendar.holidays_on(holiday.date).len() > 1;
        let met = match weekday {
            _ if ["신정", "현충일"].contains(&name) => false,
            Weekday::Saturday => !family,
            Weekday::Sunday => true,
            _ => shared,
        };
        if met {
            let free = |date: &Date| {
                public.contains(date) || [Weekday::Saturday, Weekday::Sunday].contains(&date.weekday())
            };
            let mut day = holiday.date;
            while free(&day) {
                day += Duration::DAY;
            }
            substitutes.insert(day);
        }
    }
    substitutes
}

#[test]
fn the_substitute_days_are_those_of_the_decree() {
    let calendar = WorkCalendar::bundled();
    let given = dates(&calendar, |kind| kind == HolidayKind::Substitute);
    assert_eq!(given, substitutes_by_the_decree(&calendar));
    assert_eq!(given.len(), 17);
}

#[test]
fn every_year_has_its_fixed_days_and_three_days_each_of_the_family_feasts() {
    let calendar = WorkCalendar::bundled();
    for year in 2024..=2028 {
        let fixed = [
            (Month::January, 1, "신정"),
            (Month::March, 1, "3·1절"),
            (Month::May, 5, "어린이날"),
            (Month::June, 6, "현충일"),
            (Month::August, 15, "광복절"),
            (Month::October, 3, "개천절"),
            (Month::October, 9, "한글날"),
            (Month::December, 25, "성탄절"),
        ];
        for (month, day, name) in fixed {
            let date = Date::from_calendar_date(year, month, day).unwrap();
            assert!(calendar.holidays_on(date).iter().any(|holiday| holiday.name == name), "{date} {name}");
        }
        for feast in ["설날", "추석"] {
            let days: Vec<_> = calendar
                .holidays()
                .iter()
                .filter(|holiday| holiday.date.year() == year && holiday.name.starts_with(feast))
                .collect();
            assert_eq!(days.len(), 3, "{feast} {year}");
            assert_eq!(days[1].name, feast);
            assert_eq!(days[2].date - days[0].date, Duration::days(2));
        }
        let buddha = |name: &str| name == "부처님오신날";
        let found =
            calendar.holidays().iter().filter(|day| day.date.year() == year && buddha(&day.name)).count();
        assert_eq!(found, 1, "부처님오신날 {year}");
    }
}

#[test]
fn unconfirmed_days_are_exactly_those_whose_law_was_not_read() {
    let calendar = WorkCalendar::bundled();
    let open: Vec<_> =
        calendar.holidays().iter().filter(|day| !day.confirmed).map(|day| day.date.to_string()).collect();
    assert_eq!(open, ["2026-05-01", "2027-05-01", "2027-05-03", "2027-07-19", "2028-05-01"]);
}

#[test]
fn a_file_can_count_unconfirmed_days_as_holidays() {
    let text = HOLIDAYS.replace("unconfirmed = \"working_day\"", "unconfirmed = \"holiday\"");
    let calendar = WorkCalendar::from_toml(&text).unwrap();
    let labour_day = time::macros::date!(2026 - 05 - 01);
    assert!(!calendar.is_working_day(labour_day));
    assert!(calendar.counting_unconfirmed_as(Unconfirmed::WorkingDay).is_working_day(labour_day));
}

/// A one-year holiday file with the given lines as its days; the first of them is line 8.
fn one_year(days: &str) -> String {
    format!(
        "[coverage]\nfirst_year = 2026\nlast_year = 2026\n\
         [sources]\nlaw = \"법\"\n[days]\nlist = [\n{days}\n]\n"
    )
}

fn day(date: &str, name: &str, source: &str) -> String {
    format!(
        "{{ date = {date}, name = \"{name}\", kind = \"public\", confirmed = true, source = \"{source}\" }},"
    )
}

#[test]
fn a_mistake_in_the_holiday_file_names_line_and_field() {
    let first = day("2026-01-01", "신정", "law");
    let rows = [
        (day("2027-01-01", "신정", "law"), "line 8, field `date`: lies outside `coverage`"),
        (
            format!("{}\n{first}", day("2026-03-01", "3·1절", "law")),
            "line 9, field `date`: comes before the line above",
        ),
        (format!("{first}\n{first}"), "line 9, field `date`: is there twice"),
        (day("2026-01-01T09:00:00", "신정", "law"), "line 8, field `date`: is not a day"),
        (day("2026-01-01", " ", "law"), "line 8, field `name`: is empty"),
        (day("2026-01-01", "신정", "lore"), "line 8, field `source`: `lore` is no key of `[sources]`"),
        (String::new(), "line 3, field `last_year`: no holiday is given for `2026`"),
    ];
    for (days, problem) in rows {
        let error = WorkCalendar::from_toml(&one_year(&days)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`config/holidays.toml`, {problem}")), "{error}");
    }
}

#[test]
fn a_file_that_is_no_holiday_file_names_line_and_field_too() {
    let rows = [
        (one_year(&day("2026-01-01", "신정", "law").replace("public", "festive")), 8, "`festive`"),
        (one_year(&day("2026-01-01", "신정", "law").replace("confirmed", "certain")), 8, "`certain`"),
        (one_year("").replace("last_year = 2026\n", ""), 1, "`last_year`"),
        (one_year("").replace("2026\nlast", "2026 2026\nlast"), 2, ""),
    ];
    for (text, line, field) in rows {
        let error =
            WorkCalendar::from_toml(&text).unwrap_err().in_file("/etc/minwon/holidays.toml").to_string();
        let place = format!("cannot read `/etc/minwon/holidays.toml`, line {line}: ");
        assert!(error.starts_with(&place) && error.contains(field), "{error}");
    }
}

#[test]
fn a_mistake_in_the_file_of_periods_names_line_and_field() {
    let rows = [
        ("target_percent = 70", "target_percent = 101", "field `target_percent`: is not 1 to 100"),
        ("code = \"suggestion\"", "code = \"inquiry\"", "field `code`: is there twice"),
        ("hours = 3\nbasis", "hours = 0\nbasis", "field `hours`: is not 1 to 3650"),
        ("hours = 3\nbasis", "hours = 3\ndays = 1\nbasis", "field `days`: and `hours` are both given"),
        ("on_law = { days = 14", "on_law = { days = 0", "field `on_law.days`: is not 1 to 3650"),
        ("progress = { days = 30", "progress = { days = 9999", "field `days`: is not 1 to 3650"),
        ("acceptance = { hours = 8", "acceptance = { hours = 0", "field `hours`: is not 1 to 3650"),
    ];
    for (right, wrong, problem) in rows {
        assert_eq!(PERIODS.matches(right).count(), 1, "`{right}` names one place of the file");
        let text = PERIODS.replace(right, wrong);
        let line = 1 + PERIODS[..PERIODS.find(right).unwrap()].matches('\n').count();
        let error = Periods::from_toml(&text).unwrap_err().to_string();
        let (place, rest) = error.split_once(", field").unwrap();
        let found: usize = place.rsplit(' ').next().unwrap().parse().unwrap();
        assert!((line..=line + 1).contains(&found), "{error}: the mistake is at {line}");
        assert!(format!("field{rest}").starts_with(problem), "{error}");
    }
}

#[test]
fn another_target_needs_no_code() {
    let text = PERIODS.replace("target_percent = 70", "target_percent = 100");
    let due = Periods::from_toml(&text)
        .unwrap()
        .due(
            "grievance",
            false.into(),
            time::macros::datetime!(2026-11-23 10:00 +9),
            &WorkCalendar::bundled(),
        )
        .unwrap()
        .unwrap();
    assert_eq!(due.target, due.statutory);
}

#[test]
fn the_kinds_are_those_of_the_shipped_label_set() {
    let periods = Periods::bundled();
    assert_eq!(
        periods.kinds().collect::<Vec<_>>(),
        ["grievance", "inquiry", "other", "statutory", "suggestion"]
    );
}
