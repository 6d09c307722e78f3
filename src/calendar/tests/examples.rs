//! Worked examples, counted by hand with a wall calendar. Each comment shows the counting.

use time::macros::{date, datetime};
use time::{Date, OffsetDateTime};

use crate::calendar::{
    Clock, Course, Due, Extension, Investigation, ObjectionDecision, Pause, Period, Periods, Question, Rule,
    Unconfirmed, WorkCalendar,
};

type Row = (OffsetDateTime, u32, OffsetDateTime);

fn due(kind: &str, question: Question, received: OffsetDateTime) -> Due {
    let due = Periods::bundled().due(kind, question, received, &WorkCalendar::bundled());
    due.expect("the kind is in the file").expect("the kind has a period")
}

fn procedure(kind: &str, received: OffsetDateTime) -> Due {
    due(kind, Question::OnProcedure, received)
}

fn own_period(days: u32) -> Rule {
    Rule {
        name: "시험".into(), basis: "시험".into(), period: Some(Period::Days(days)), target_percent: 70
    }
}

#[track_caller]
fn check(rows: &[Row], count: impl Fn(&WorkCalendar, OffsetDateTime, u32) -> OffsetDateTime) {
    let calendar = WorkCalendar::bundled();
    for &(from, length, expected) in rows {
        assert_eq!(count(&calendar, from, length), expected, "{length} from {from}");
    }
}

#[test]
fn hours_within_an_ordinary_week() {
    let rows: [Row; 13] = [
        // Mon 09:12–12:00 are 2 h 48; 12 minutes are left after lunch.
        (datetime!(2026-11-23 09:12 +9), 180, datetime!(2026-11-23 13:12 +9)),
        // Mon 09:12 and 126 minutes, all in the morning.
        (datetime!(2026-11-23 09:12 +9), 126, datetime!(2026-11-23 11:18 +9)),
        // The whole morning ends at noon, not at 13:00.
        (datetime!(2026-11-23 09:00 +9), 180, datetime!(2026-11-23 12:00 +9)),
        // One minute more lies behind lunch.
        (datetime!(2026-11-23 09:00 +9), 181, datetime!(2026-11-23 13:01 +9)),
        // Received over lunch: begins at 13:00.
        (datetime!(2026-11-23 12:20 +9), 180, datetime!(2026-11-23 16:00 +9)),
        // Received before opening: begins at 09:00.
        (datetime!(2026-11-23 07:30 +9), 60, datetime!(2026-11-23 10:00 +9)),
        // Mon 16:30–18:00 1 h 30; Tue 09:00–10:30 1 h 30.
        (datetime!(2026-11-23 16:30 +9), 180, datetime!(2026-11-24 10:30 +9)),
        // Mon 15–18 3 h; Tue 09–12 3 h, 13–15 2 h.
        (datetime!(2026-11-23 15:00 +9), 480, datetime!(2026-11-24 15:00 +9)),
        // Fri 17–18 1 h; Mon 09–11 2 h.
        (datetime!(2026-11-20 17:00 +9), 180, datetime!(2026-11-23 11:00 +9)),
        // Fri 18:00 sharp leaves nothing of Friday; Mon 09–12.
        (datetime!(2026-11-20 18:00 +9), 180, datetime!(2026-11-23 12:00 +9)),
        // Fri evening; Mon 09–10.
        (datetime!(2026-11-20 19:30 +9), 60, datetime!(2026-11-23 10:00 +9)),
        // Sat; the whole Monday, to its end and not to Tue 09:00.
        (datetime!(2026-11-21 10:00 +9), 480, datetime!(2026-11-23 18:00 +9)),
        // Sun just before midnight; Mon 09–10.
        (datetime!(2026-11-22 23:59 +9), 60, datetime!(2026-11-23 10:00 +9)),
    ];
    check(&rows, WorkCalendar::add_working_minutes);
}

#[test]
fn hours_across_holidays() {
    let rows: [Row; 10] = [
        // 설 2024: Fri 9, Sat 10, Sun 11, Mon 12 (substitute for Sunday). Thu 16–18 2 h; Tue 13 09–10.
        (datetime!(2024-02-08 16:00 +9), 180, datetime!(2024-02-13 10:00 +9)),
        // 설 2025: Mon 27 (named by the government), Tue 28–Thu 30. Fri 24 17–18; Fri 31 09–11.
        (datetime!(2025-01-24 17:00 +9), 180, datetime!(2025-01-31 11:00 +9)),
        // 설 2026: Mon 16–Wed 18. Fri 13 17:30–18:00; Thu 19 09:00–11:30.
        (datetime!(2026-02-13 17:30 +9), 180, datetime!(2026-02-19 11:30 +9)),
        // 설 2027: Sat 6, Sun 7, Mon 8, Tue 9 (substitute). Fri 5 17–18; Wed 10 09–11.
        (datetime!(2027-02-05 17:00 +9), 180, datetime!(2027-02-10 11:00 +9)),
        // 추석 2025: Fri 3 개천절, weekend, Mon 6, Tue 7, Wed 8 (substitute), Thu 9 한글날. Thu 2 one minute; Fri 10
        // 59 minutes.
        (datetime!(2025-10-02 17:59 +9), 60, datetime!(2025-10-10 09:59 +9)),
        // 추석 2026: Thu 24, Fri 25, Sat 26 (a Saturday of 추석 has no substitute). Wed 23 17–18; Mon 28 09–11.
        (datetime!(2026-09-23 17:00 +9), 180, datetime!(2026-09-28 11:00 +9)),
        // 추석 2028: Mon 2, Tue 3 (also 개천절), Wed 4, Thu 5 (substitute). Fri 29 17–18 1 h; Fri 6 09–12, 13–17 7
        // h.
        (datetime!(2028-09-29 17:00 +9), 480, datetime!(2028-10-06 17:00 +9)),
        // Year end: Thu 31 17:30–18:00; Fri 1 off, weekend; Mon 4 09:00–11:30.
        (datetime!(2026-12-31 17:30 +9), 180, datetime!(2027-01-04 11:30 +9)),
        // Leap day: Wed 28 17–18 1 h, Thu 29 Feb 8 h, Fri 1 Mar off, weekend, Mon 4 1 h.
        (datetime!(2024-02-28 17:00 +9), 600, datetime!(2024-03-04 10:00 +9)),
        // No leap day: Fri 28 1 h; Sat 1 Mar is 3·1절, so Mon 3 is its substitute; Tue 4 1 h.
        (datetime!(2025-02-28 17:00 +9), 120, datetime!(2025-03-04 10:00 +9)),
    ];
    check(&rows, WorkCalendar::add_working_minutes);
}

#[test]
fn times_from_elsewhere_are_read_in_korea() {
    let rows: [Row; 3] = [
        // 00:12 UTC is 09:12 in Korea.
        (datetime!(2026-11-23 00:12 UTC), 180, datetime!(2026-11-23 13:12 +9)),
        // Fri 05:00 at −5 is Fri 19:00 in Korea; Mon 09–10.
        (datetime!(2026-11-20 05:00 -5), 60, datetime!(2026-11-23 10:00 +9)),
        // Sun 23:30 UTC is Mon 08:30 in Korea, and its seconds stay out: the count begins at 09:00.
        (datetime!(2026-11-22 23:30:17 UTC), 30, datetime!(2026-11-23 09:30 +9)),
    ];
    check(&rows, WorkCalendar::add_working_minutes);
    let due = WorkCalendar::bundled().add_working_minutes(datetime!(2026-11-23 00:12:30 UTC), 180);
    assert_eq!(due.to_string(), "2026-11-23 13:12:30.0 +09:00:00");
}

#[test]
fn no_minutes_lead_to_the_moment_at_which_counting_begins() {
    let rows: [Row; 4] = [
        (datetime!(2026-11-23 09:12 +9), 0, datetime!(2026-11-23 09:12 +9)),
        (datetime!(2026-11-23 12:00 +9), 0, datetime!(2026-11-23 13:00 +9)),
        (datetime!(2026-11-20 18:00 +9), 0, datetime!(2026-11-23 09:00 +9)),
        // Christmas Eve 2026 after hours: Fri 25 off, weekend, Mon 28.
        (datetime!(2026-12-24 20:00 +9), 0, datetime!(2026-12-28 09:00 +9)),
    ];
    check(&rows, WorkCalendar::add_working_minutes);
}

#[test]
fn days_count_the_first_and_leave_holidays_out() {
    let rows: [Row; 15] = [
        // 23 24 25 26 27 | 30 1
        (datetime!(2026-11-23 09:12 +9), 7, datetime!(2026-12-01 18:00 +9)),
        // 23–27 (5) | 30–4 (10) | 7 8 9 10
        (datetime!(2026-11-23 09:12 +9), 14, datetime!(2026-12-10 18:00 +9)),
        // Before opening the day counts: 23 24 25 26 27 | 30 1
        (datetime!(2026-11-23 07:00 +9), 7, datetime!(2026-12-01 18:00 +9)),
        // Fri 18:00 sharp still counts: 20 | 23 24 25 26 27 | 30
        (datetime!(2026-11-20 18:00 +9), 7, datetime!(2026-11-30 18:00 +9)),
        // A second later it is Monday's: 23 24 25 26 27 | 30 1
        (datetime!(2026-11-20 18:00:01 +9), 7, datetime!(2026-12-01 18:00 +9)),
        // Sat is Monday's too.
        (datetime!(2026-11-21 11:00 +9), 7, datetime!(2026-12-01 18:00 +9)),
        // 설 2026: 12 13 | (16 17 18) 19 20 | 23 24 25
        (datetime!(2026-02-12 10:00 +9), 7, datetime!(2026-02-25 18:00 +9)),
        // On 설날 itself: 19 20 | 23 24 25 26 27
        (datetime!(2026-02-17 10:00 +9), 7, datetime!(2026-02-27 18:00 +9)),
        // 추석 2025: 1 2 (3) | (6 7 8 9) 10 | 13 14 15 16
        (datetime!(2025-10-01 10:00 +9), 7, datetime!(2025-10-16 18:00 +9)),
        // 추석, 개천절 (Sat, substitute Mon 5) and 한글날 2026: 21 22 23 (24 25) | 28 29 30 1 2 | (5) 6 7 8 (9) | 12
        // 13 14
        (datetime!(2026-09-21 10:00 +9), 14, datetime!(2026-10-14 18:00 +9)),
        // 광복절 on Sat 15, substitute Mon 17: 12 13 14 | (17) 18 19 20 21
        (datetime!(2026-08-12 10:00 +9), 7, datetime!(2026-08-21 18:00 +9)),
        // Election Wed 3; 현충일 on Sat 6 has no substitute: 1 2 (3) 4 5 | 8 9 10
        (datetime!(2026-06-01 10:00 +9), 7, datetime!(2026-06-10 18:00 +9)),
        // Year end: 21 22 23 24 (25) | 28 29 30 31 (1) | 4 5 6 7 8 | 11
        (datetime!(2026-12-21 10:00 +9), 14, datetime!(2027-01-11 18:00 +9)),
        // Leap day: 23 | 26 27 28 29 (1) | 4 5
        (datetime!(2024-02-23 10:00 +9), 7, datetime!(2024-03-05 18:00 +9)),
        // 어린이날 and 부처님오신날 both on Mon 5, one substitute Tue 6: 30 1 2 | (5 6) 7 8 9 | 12
        (datetime!(2025-04-30 10:00 +9), 7, datetime!(2025-05-12 18:00 +9)),
    ];
    check(&rows, WorkCalendar::due_by_days);
}

#[test]
fn months_and_weeks_follow_the_calendar() {
    let months: [Row; 5] = [
        // From the 23rd, first day in, to the day before the next 23rd.
        (datetime!(2026-11-23 10:00 +9), 1, datetime!(2026-12-22 18:00 +9)),
        // No 31st in February: its last day, 28 in 2025 …
        (datetime!(2025-01-31 10:00 +9), 1, datetime!(2025-02-28 18:00 +9)),
        // … and 29 in 2024.
        (datetime!(2024-01-31 10:00 +9), 1, datetime!(2024-02-29 18:00 +9)),
        // From Mon 19 to Wed 18 February, 설날 다음날: on to Thu 19.
        (datetime!(2026-01-19 10:00 +9), 1, datetime!(2026-02-19 18:00 +9)),
        // A year from Thu 29 Feb 2024: no 29 Feb in 2025, so its last day, Fri 28.
        (datetime!(2024-02-29 10:00 +9), 12, datetime!(2025-02-28 18:00 +9)),
    ];
    check(&months, WorkCalendar::due_by_months);
    let weeks: [Row; 2] = [
        // Mon 23 to Sun 6, on to Mon 7.
        (datetime!(2026-11-23 10:00 +9), 2, datetime!(2026-12-07 18:00 +9)),
        // Wed 16 to Tue 22.
        (datetime!(2026-12-16 10:00 +9), 1, datetime!(2026-12-22 18:00 +9)),
    ];
    check(&weeks, WorkCalendar::due_by_weeks);
}

#[test]
fn every_kind_has_its_legal_time_and_target() {
    let received = datetime!(2026-11-23 09:12 +9);
    let rows = [
        // 7 days: 23–27 | 30 1. Target 4.9, so 5 days: 23–27.
        (
            "inquiry",
            Question::OnProcedure,
            datetime!(2026-12-01 18:00 +9),
            datetime!(2026-11-27 18:00 +9),
            "§14 제2호",
        ),
        // 14 days: 23–27 | 30–4 | 7–10. Target 9.8, so 10 days: 23–27 | 30–4.
        (
            "inquiry",
            Question::OnLaw,
            datetime!(2026-12-10 18:00 +9),
            datetime!(2026-12-04 18:00 +9),
            "§14 제1호",
        ),
        (
            "suggestion",
            Question::OnProcedure,
            datetime!(2026-12-10 18:00 +9),
            datetime!(2026-12-04 18:00 +9),
            "§15",
        ),
        (
            "grievance",
            Question::OnProcedure,
            datetime!(2026-12-01 18:00 +9),
            datetime!(2026-11-27 18:00 +9),
            "§17①⑤",
        ),
        // The flag means nothing for other kinds. 180 minutes; target 126.
        ("other", Question::OnLaw, datetime!(2026-11-23 13:12 +9), datetime!(2026-11-23 11:18 +9), "§19"),
    ];
    for (kind, question, statutory, target, article) in rows {
        let due = due(kind, question, received);
        assert_eq!((due.statutory, due.target), (statutory, target), "{kind}");
        assert!(due.basis.ends_with(&format!("시행령 {article}")), "{}", due.basis);
        assert_eq!(due.warning, None);
    }
}

#[test]
fn an_application_under_a_statute_has_no_general_period() {
    let (periods, calendar) = (Periods::bundled(), WorkCalendar::bundled());
    let received = datetime!(2026-11-23 09:12 +9);
    assert_eq!(periods.due("statutory", Question::OnProcedure, received, &calendar), Ok(None));
    assert_eq!(periods.rule("statutory", Question::OnLaw).unwrap().basis, "민원처리기준표");
    let misspelt = periods.due("inquiri", Question::OnProcedure, received, &calendar).unwrap_err();
    assert!(misspelt.to_string().starts_with("kind `inquiri` is not in the file of periods; hint: "));
}

#[test]
fn five_days_are_forty_hours_and_six_are_days() {
    let calendar = WorkCalendar::bundled();
    let course = Course::received(datetime!(2026-11-23 10:00 +9));
    // Mon 10–12, 13–18 7 h; Tue–Fri 32 h; Mon 30 09–10 1 h.
    let five = own_period(5).due(&course, &calendar).unwrap();
    assert_eq!(five.statutory, datetime!(2026-11-30 10:00 +9));
    // 70 % of 40 h are 28 h: Mon 7, Tue 8, Wed 8, Thu 09–12, 13–15.
    assert_eq!(five.target, datetime!(2026-11-26 15:00 +9));
    // 23 24 25 26 27 | 30, to the end of the day.
    assert_eq!(own_period(6).due(&course, &calendar).unwrap().statutory, datetime!(2026-11-30 18:00 +9));
    // 70 % of 6 days are 4.2, so 5 days and not 40 hours: the unit stays the day.
    assert_eq!(own_period(6).due(&course, &calendar).unwrap().target, datetime!(2026-11-27 18:00 +9));
}

#[test]
fn a_period_of_nothing_is_read_as_one_hour_or_day_and_a_target_as_one_minute() {
    let calendar = WorkCalendar::bundled();
    // Over lunch, so that the count begins at 13:00.
    let course = Course::received(datetime!(2026-11-23 12:30 +9));
    let nothing = |period| Rule { period: Some(period), target_percent: 0, ..own_period(1) };
    let hours = nothing(Period::Hours(0)).due(&course, &calendar).unwrap();
    assert_eq!(
        (hours.statutory, hours.target),
        (datetime!(2026-11-23 14:00 +9), datetime!(2026-11-23 13:01 +9))
    );
    // One day is 8 hours: Mon 13–18 5 h, Tue 09–12 3 h.
    let days = nothing(Period::Days(0)).due(&course, &calendar).unwrap();
    assert_eq!(days.statutory, datetime!(2026-11-24 12:00 +9));
}

#[test]
fn an_unconfirmed_holiday_counts_as_a_working_day_until_the_file_says_otherwise() {
    let received = datetime!(2026-04-27 10:00 +9);
    let careful = WorkCalendar::bundled();
    // 노동절 as a working day: 27 28 29 30 1 | 4 (5) 6
    assert_eq!(careful.due_by_days(received, 7), datetime!(2026-05-06 18:00 +9));
    // as a holiday: 27 28 29 30 (1) | 4 (5) 6 7
    let trusting = careful.clone().counting_unconfirmed_as(Unconfirmed::Holiday);
    assert_eq!(trusting.due_by_days(received, 7), datetime!(2026-05-07 18:00 +9));
    assert!(careful.is_working_day(date!(2026 - 05 - 01)) && !trusting.is_working_day(date!(2026 - 05 - 01)));
    assert_eq!(careful.holidays_on(date!(2026 - 05 - 01))[0].name, "노동절");
    // 제헌절 is confirmed from 2026 on, and was a working day before.
    assert!(!careful.is_working_day(date!(2026 - 07 - 17)) && careful.is_working_day(date!(2025 - 07 - 17)));
}

#[test]
fn an_extension_adds_the_period_once_and_again_with_consent() {
    let (periods, calendar) = (Periods::bundled(), WorkCalendar::bundled());
    let received = datetime!(2026-11-23 09:12 +9);
    let extended = |kind, extension| {
        let course = Course { extension, ..Course::received(received) };
        periods.rule(kind, Question::OnProcedure).unwrap().due(&course, &calendar).unwrap()
    };
    // 14 days: 23–27 | 30–4 | 7 8 9 10; 21 days: … 11 | 14–18 | 21.
    let once = extended("grievance", Extension::Once);
    assert_eq!(once.statutory, datetime!(2026-12-10 18:00 +9));
    assert_eq!(extended("grievance", Extension::AgainWithConsent).statutory, datetime!(2026-12-21 18:00 +9));
    // The target is that of the period before it was extended.
    assert_eq!(once.target, datetime!(2026-11-27 18:00 +9));
    // 6 h: 2 h 48 before lunch, 3 h 12 after it.
    assert_eq!(extended("other", Extension::Once).statutory, datetime!(2026-11-23 16:12 +9));
}

#[test]
fn time_that_is_not_counted_moves_the_due_time() {
    let (periods, calendar) = (Periods::bundled(), WorkCalendar::bundled());
    let paused = |kind, pauses: &[Pause]| {
        let course = Course { pauses, ..Course::received(datetime!(2026-11-23 09:12 +9)) };
        periods.rule(kind, Question::OnProcedure).unwrap().due(&course, &calendar).unwrap()
    };
    // On-site investigation Wed 25–Fri 27: 23 24 (25 26 27) | 30 1 2 3 4. Target, 5 days: 23 24 | 30 1 2.
    let investigation = Pause { from: datetime!(2026-11-25 10:00 +9), until: datetime!(2026-11-27 16:00 +9) };
    let due = paused("grievance", &[investigation]);
    assert_eq!(due.statutory, datetime!(2026-12-04 18:00 +9));
    assert_eq!(due.target, datetime!(2026-12-02 18:00 +9));
    // A supplement asked on Fri 27 and in on Sat 28 overlaps it and adds nothing.
    let overlapping = Pause { from: datetime!(2026-11-27 09:00 +9), until: datetime!(2026-11-28 16:00 +9) };
    assert_eq!(paused("grievance", &[overlapping, investigation]), due);
    // One that the first pause has pushed the period into: 23 24 | 30 1 2 (3) 4 | 7.
    let later = Pause { from: datetime!(2026-12-03 09:00 +9), until: datetime!(2026-12-03 09:30 +9) };
    assert_eq!(paused("grievance", &[later, investigation]).statutory, datetime!(2026-12-07 18:00 +9));
    // Hours: 09:12–10:00 are 48 minutes; from 15:00 on 2 h 12.
    let supplement = Pause { from: datetime!(2026-11-23 10:00 +9), until: datetime!(2026-11-23 15:00 +9) };
    assert_eq!(paused("other", &[supplement]).statutory, datetime!(2026-11-23 17:12 +9));
    // A pause after the due time, or one that ends before it began, changes nothing.
    let (after, backwards) = (
        Pause { from: datetime!(2026-11-23 14:00 +9), until: datetime!(2026-11-23 15:00 +9) },
        Pause { from: datetime!(2026-11-23 11:00 +9), until: datetime!(2026-11-23 10:00 +9) },
    );
    assert_eq!(paused("other", &[after, backwards]).statutory, datetime!(2026-11-23 13:12 +9));
    // Nor does one on the working day after the last, Tue 1.
    let next_day = Pause { from: datetime!(2026-12-02 09:00 +9), until: datetime!(2026-12-02 18:00 +9) };
    assert_eq!(paused("grievance", &[next_day]).statutory, datetime!(2026-12-01 18:00 +9));
}

#[test]
fn clocks_for_passing_a_paper_on() {
    let (periods, calendar) = (Periods::bundled(), WorkCalendar::bundled());
    let rows = [
        // Mon 11:30–12:00, 13:00–13:30.
        (Clock::ToLeadDepartment, datetime!(2026-11-23 13:30 +9), "§13①"),
        // Mon 11:30–12:00, 13:00–15:30.
        (Clock::ToDistantLeadDepartment, datetime!(2026-11-23 15:30 +9), "§13① 단서"),
        (Clock::WithinAgency, datetime!(2026-11-23 15:30 +9), "§13②"),
        // Mon 11:30–12:00, 13–18 5 h 30; Tue 09:00–11:30 2 h 30.
        (Clock::ToOtherAgency, datetime!(2026-11-24 11:30 +9), "§13③"),
        (Clock::Acceptance, datetime!(2026-11-24 11:30 +9), "§6⑦"),
    ];
    for (clock, until, article) in rows {
        let deadline = periods.clock(clock, datetime!(2026-11-23 11:30 +9), &calendar);
        assert_eq!(deadline.until, until, "{clock:?}");
        assert!(deadline.basis.ends_with(article), "{}", deadline.basis);
    }
}

#[test]
fn objections_notices_supplements_and_investigations() {
    let (periods, calendar) = (Periods::bundled(), WorkCalendar::bundled());
    let monday: Date = date!(2026 - 11 - 23);
    // 60 days, first out: 7 left in November, 31 in December, 22 in January: Fri.
    assert_eq!(periods.objection(monday, &calendar).until, date!(2027 - 01 - 22));
    // Refused on 2026-12-17: 14 + 31 + 15 February, Mon.
    assert_eq!(periods.objection(date!(2026 - 12 - 17), &calendar).until, date!(2027 - 02 - 15));
    // Refused on 2026-12-08: 23 + 31 + 6, Sat 6 Feb; 설 until Tue 9; Wed 10.
    assert_eq!(periods.objection(date!(2026 - 12 - 08), &calendar).until, date!(2027 - 02 - 10));
    // 24 … 3: Thu. Extended from the 4th: Sun 13, on to Mon 14.
    let decide = |decision| periods.objection_decision(monday, decision, &calendar).until;
    assert_eq!(decide(ObjectionDecision::Regular), date!(2026 - 12 - 03));
    assert_eq!(decide(ObjectionDecision::Extended), date!(2026 - 12 - 14));
    // 30 days: Wed 23 December; 60: Fri 22 January; 90: 8 + 31 + 31 + 20: Sun 21 February, on to Mon 22.
    let notice = |nth| periods.progress_notice(monday, nth, &calendar).until;
    assert_eq!([1, 2, 3].map(notice), [date!(2026 - 12 - 23), date!(2027 - 01 - 22), date!(2027 - 02 - 22)]);
    assert_eq!(periods.second_supplement(monday, &calendar).until, date!(2026 - 12 - 03));
    // 14 days with the first: 23–30 (8), 1–6. 21 days: to the 13th, though a Sunday.
    let investigate = |how| periods.investigation(monday, how).until;
    assert_eq!(investigate(Investigation::Regular), date!(2026 - 12 - 06));
    assert_eq!(investigate(Investigation::Extended), date!(2026 - 12 - 13));
}

#[test]
fn beyond_the_holiday_file_the_answer_says_so() {
    // Fri 29 | 1 2 3 4 5 | 8: New Year 2029 is not in the file, only Saturdays and Sundays are left out.
    let due = procedure("inquiry", datetime!(2028-12-29 10:00 +9));
    assert_eq!(due.statutory, datetime!(2029-01-08 18:00 +9));
    let warning = due.warning.expect("2029 is not covered");
    assert_eq!(
        warning.to_string(),
        "holidays of `2029` are not known, the holiday file covers `2024` to `2028`; \
         hint: add the year to `config/holidays.toml`"
    );
    assert_eq!(
        procedure("other", datetime!(2023-12-29 10:00 +9)).warning.map(|warning| warning.year),
        Some(2023)
    );
    // The last working day of the file, and a target before the edge.
    assert_eq!(procedure("other", datetime!(2028-12-29 10:00 +9)).warning, None);
    let calendar = WorkCalendar::bundled();
    assert_eq!(
        Periods::bundled().objection(date!(2028 - 11 - 23), &calendar).warning.map(|w| w.year),
        Some(2029)
    );
}

#[test]
fn a_due_time_is_written_as_the_interface_shows_it() {
    let written = toml::to_string(&procedure("other", datetime!(2026-11-23 00:12 UTC))).unwrap();
    assert_eq!(
        written,
        "statutory = \"2026-11-23T13:12:00+09:00\"\ntarget = \"2026-11-23T11:18:00+09:00\"\n\
         basis = \"기타민원 즉시(3근무시간), 민원 처리에 관한 법률 시행령 §19\"\n"
    );
    let flagged = toml::to_string(&procedure("inquiry", datetime!(2028-12-29 10:00 +9))).unwrap();
    assert!(flagged.contains("warning = \"holidays of `2029` are not known"), "{flagged}");
}

#[test]
fn working_minutes_between_two_moments() {
    let calendar = WorkCalendar::bundled();
    let between = |a, b| calendar.working_minutes_between(a, b);
    // Fri 17–18, Mon 09–12 and 13–14.
    assert_eq!(between(datetime!(2026-11-20 17:00 +9), datetime!(2026-11-23 14:00 +9)), 60 + 180 + 60);
    assert_eq!(between(datetime!(2026-11-23 14:00 +9), datetime!(2026-11-20 17:00 +9)), -300);
    // Over lunch, and over the weekend, nothing passes.
    assert_eq!(between(datetime!(2026-11-23 12:00 +9), datetime!(2026-11-23 13:00 +9)), 0);
    assert_eq!(between(datetime!(2026-11-20 18:00 +9), datetime!(2026-11-23 09:00 +9)), 0);
    // 2026 has 261 weekdays. Off: 1 Jan, 설 3, 2 Mar, 5 and 25 May, 3 Jun, 17 Jul, 17 Aug, 추석 2 (Sat 26), 5
    // and 9 Oct, 25 Dec: 15 (노동절 is not confirmed). 246 days of 8 hours.
    let year = between(datetime!(2026-01-01 0:00 +9), datetime!(2027-01-01 0:00 +9));
    assert_eq!(year, 246 * 480);
}
