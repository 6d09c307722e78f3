//! Working time of a Korean public office, its holidays, and the periods that the law gives for a complaint.
//!
//! Here: counting hours and days ([`WorkCalendar`]), the periods by kind ([`Periods`], [`Rule`]), the clocks
//! for passing a complaint on and for notices. Not here: what kind a complaint is, the wall clock (every
//! function takes its time), opening hours of the counselling channel (08–18), sending notices.
//!
//! Sources, named in the doc comments as
//! - \[ACT\] 민원 처리에 관한 법률 (in force 2022-07-12), \[DECREE\] its 시행령 (in force 2026-01-02);
//! - \[CIVIL\] 민법 §155–161; \[HOLIDAYS\] 관공서의 공휴일에 관한 규정 §2–3.
//!
//! Choices where the law leaves one, all on the citizen's side
//! - *Office day*: 09:00–18:00, lunch 12:00–13:00 out, which makes the 8 working hours of \[ACT\] §19①.
//! - *Received outside office hours*: hours begin at the next working minute. For days, what comes in after
//!   18:00:00 or on a Saturday or holiday counts as received on the next working day; what comes in before
//!   09:00 or over lunch counts that same day.
//! - *End of a period*: hours end at the earliest instant at which they are used up (12:00, not 13:00; 18:00,
//!   not 09:00 next day); days end at 18:00 of the last day.
//! - *Unconfirmed holidays* count as working days unless the data file says otherwise: of two possible due
//!   times the earlier one holds.
//! - *Outside the years of the holiday file* only Saturdays and Sundays are out (again the earlier time), and
//!   the answer carries [`OutsideHolidays`] as its warning; nothing fails and nothing is silent.
//!
//! Times come in with any offset and go out in Korean time, +09:00 (no daylight saving). Seconds and
//! fractions are kept as they came. What would fall outside the years that `time` can hold stops at its
//! bounds instead of panicking.
//!
//! ```
//! use minwon::calendar::{Periods, Question, WorkCalendar};
//! use time::macros::datetime;
//!
//! let (calendar, periods) = (WorkCalendar::bundled(), Periods::bundled());
//! let received = datetime!(2026-11-23 09:12 +9);
//! let due = periods.due("other", Question::OnProcedure, received, &calendar)?.expect("not by statute");
//! assert_eq!(due.statutory, datetime!(2026-11-23 13:12 +9));
//! assert_eq!(due.target, datetime!(2026-11-23 11:18 +9));
//! assert_eq!(due.basis, "기타민원 즉시(3근무시간), 민원 처리에 관한 법률 시행령 §19");
//! # Ok::<(), minwon::calendar::UnknownKind>(())
//! ```

mod data;
mod days;
mod holidays;
mod notices;
mod periods;
mod rule;
mod work_time;

#[cfg(test)]
mod tests;

pub use data::DataError;
pub use days::{OutsideHolidays, WorkCalendar};
pub use holidays::{Holiday, HolidayKind, Unconfirmed};
pub use notices::{Clock, Deadline, Investigation, ObjectionDecision};
pub use periods::{Periods, UnknownKind};
pub use rule::{Course, Due, Extension, Pause, Period, Question, Rule};
pub use work_time::{KOREA, WORKING_MINUTES_A_DAY};
