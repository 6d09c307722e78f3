//! One kind's rule and when it falls due: the legal time, the province's own, extensions and time that is not
//! counted. Which rule a kind has is in `periods`; the counting itself in `days` and `work_time`.

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::days::{OutsideHolidays, WorkCalendar};
use super::work_time::{WORKING_MINUTES_A_DAY, in_korea, office_closes};

/// Longest period that is counted in hours (\[ACT\] §19①).
const DAYS_COUNTED_IN_HOURS: u32 = 5;

/// What an inquiry (질의민원) asks about (\[DECREE\] §14). Other kinds do not look at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Question {
    /// A system, a procedure, anything but statutes (§14 no. 2).
    #[default]
    OnProcedure,
    /// What a statute says or means (§14 no. 1).
    OnLaw,
}

impl From<bool> for Question {
    /// From the `law` flag of a label.
    fn from(on_law: bool) -> Self {
        if on_law { Self::OnLaw } else { Self::OnProcedure }
    }
}

/// A period as the law writes it. 0 is read as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Working hours (근무시간).
    Hours(u32),
    /// Days: up to 5 are counted as 8 working hours each (\[ACT\] §19①), more as working days (§19②).
    Days(u32),
}

/// How long a complaint of one kind may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Korean name of the kind.
    pub name: String,
    /// Korean sentence for people: kind, period and article.
    pub basis: String,
    /// The legal period; `None` where each statute has its own (법정민원).
    pub period: Option<Period>,
    /// The province's target in percent of the legal period, 1 to 100.
    pub target_percent: u32,
}

/// A complaint's course as far as it moves its due time.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    /// When it was received (접수).
    pub received_at: OffsetDateTime,
    /// Time that is not counted, in any order, overlapping or not.
    pub pauses: &'a [Pause],
    /// Whether the period was extended.
    pub extension: Extension,
}

impl Course<'_> {
    /// Received and nothing else.
    pub fn received(received_at: OffsetDateTime) -> Self {
        Self { received_at, pauses: &[], extension: Extension::None }
    }
}

/// Time that is not counted: a supplement asked of the petitioner (\[DECREE\] §20, 행정절차법 시행령 §11 no. 1), an
/// on-site investigation of a grievance (§17⑤), documents fetched for the petitioner (§7의2③).
///
/// Where the period runs in days, every working day that the pause touches is left out, the first and the
/// last too (행정절차법 시행령 §11: the day of sending and the day of arrival); where it runs in hours, the working
/// time between the two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// When it began.
    pub from: OffsetDateTime,
    /// When it ended. Earlier than `from`: the pause is empty.
    pub until: OffsetDateTime,
}

/// How often the period was extended, each time by as much as the law allows at most: the period itself
/// (\[DECREE\] §21①).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extension {
    /// Not at all.
    #[default]
    None,
    /// Once, on the office's own decision; the petitioner is told why and until when (§21②).
    Once,
    /// A second time, with the petitioner's consent.
    AgainWithConsent,
}

/// When a complaint falls due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The legal time, +09:00.
    #[serde(with = "time::serde::rfc3339")]
    pub statutory: OffsetDateTime,
    /// The province's own, +09:00; never later than the legal one.
    #[serde(with = "time::serde::rfc3339")]
    pub target: OffsetDateTime,
    /// Korean sentence with the article of the law.
    pub basis: String,
    /// Set where a holiday between receipt and due time may be missing; the times then know Saturdays and
    /// Sundays only.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub warning: Option<OutsideHolidays>,
}

impl Rule {
    /// When a complaint of this kind falls due; `None` where the rule gives no period.
    ///
    /// The target is the province's share of the *unextended* period in the unit of that period (70 % of 7
    /// days are 5 days, not 40 hours), rounded up, at least one minute or day. An extension moves the legal
    /// time only.
    pub fn due(&self, course: &Course<'_>, calendar: &WorkCalendar) -> Option<Due> {
        let count = self.period?.count();
        let times = match course.extension {
            Extension::None => 1,
            Extension::Once => 2,
            Extension::AgainWithConsent => 3,
        };
        let statutory = count.times(times).end(course, calendar);
        let target = count.percent(self.target_percent).end(course, calendar).min(statutory);
        let days = in_korea(course.received_at).date()..=statutory.date();
        Some(Due {
            statutory,
            target,
            basis: self.basis.clone(),
            warning: calendar.check_coverage(days).err(),
        })
    }
}

/// A period in the unit in which it is counted.
#[derive(Clone, Copy)]
enum Count {
    WorkingMinutes(u32),
    WorkingDays(u32),
}

impl Period {
    fn count(self) -> Count {
        match self {
            Self::Hours(hours) => Count::WorkingMinutes(hours.max(1).saturating_mul(60)),
            Self::Days(days @ 0..=DAYS_COUNTED_IN_HOURS) => {
                Count::WorkingMinutes(days.max(1) * WORKING_MINUTES_A_DAY)
            }
            Self::Days(days) => Count::WorkingDays(days),
        }
    }
}

impl Count {
    fn times(self, times: u32) -> Self {
        self.map(|number| number.saturating_mul(times))
    }

    fn percent(self, percent: u32) -> Self {
        self.map(|number| {
            let share = (u64::from(number) * u64::from(percent)).div_ceil(100);
            u32::try_from(share).unwrap_or(u32::MAX).max(1)
        })
    }

    fn map(self, change: impl Fn(u32) -> u32) -> Self {
        match self {
            Self::WorkingMinutes(minutes) => Self::WorkingMinutes(change(minutes)),
            Self::WorkingDays(days) => Self::WorkingDays(change(days)),
        }
    }

    fn end(self, course: &Course<'_>, calendar: &WorkCalendar) -> OffsetDateTime {
        let mut pauses = course.pauses.to_vec();
        pauses.sort_by_key(|pause| pause.from);
        match self {
            Self::WorkingMinutes(minutes) => minutes_end(minutes, course.received_at, &pauses, calendar),
            Self::WorkingDays(days) => days_end(days, course.received_at, &pauses, calendar),
        }
    }
}

// Both walk the pauses in order of their begin, push the end out by what each leaves out, and look only
// behind what an earlier one has already left out, so that overlapping pauses do not count twice.

fn minutes_end(
    minutes: u32,
    received: OffsetDateTime,
    pauses: &[Pause],
    calendar: &WorkCalendar,
) -> OffsetDateTime {
    let mut seen = calendar.place(received);
    let mut end = seen.plus_minutes(minutes);
    for pause in pauses {
        let (from, until) = (calendar.place(pause.from).max(seen), calendar.place(pause.until));
        if from < end && from < until {
            end = end.plus_span(from, until);
            seen = until;
        }
    }
    calendar.end(end)
}

fn days_end(
    days: u32,
    received: OffsetDateTime,
    pauses: &[Pause],
    calendar: &WorkCalendar,
) -> OffsetDateTime {
    let mut seen = calendar.day_of_receipt(received);
    let mut after = seen + i64::from(days.max(1));
    for pause in pauses.iter().filter(|pause| pause.from <= pause.until) {
        let day_after = in_korea(pause.until).date().saturating_add(Duration::DAY);
        let from = calendar.working_days_before(in_korea(pause.from).date()).max(seen);
        let until = calendar.working_days_before(day_after);
        if from < after && from < until {
            after += until - from;
            seen = until;
        }
    }
    office_closes(calendar.working_day(after - 1))
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn as_text<S: serde::Serializer>(
    warning: &Option<OutsideHolidays>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match warning {
        Some(warning) => serializer.collect_str(warning),
        None => serializer.serialize_none(),
    }
}
