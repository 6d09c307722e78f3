//! Times as the screen shows them, and how long there is still to go.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

const SHORT: &[BorrowedFormatItem<'_>] = format_description!("[month]. [day]. [hour]:[minute]");
const LONG: &[BorrowedFormatItem<'_>] =
    format_description!("[year]. [month]. [day]. [hour]:[minute]:[second]");
/// Less than this is soon.
const SOON: Duration = Duration::hours(2);

/// A due time with what is left until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueView {
    /// For machines.
    pub iso: String,
    /// Milliseconds since 1970, for the countdown.
    pub epoch_ms: i128,
    /// For people.
    pub shown: String,
    /// `2시간 6분 남음`, `1일 3시간 지남`.
    pub left: String,
    /// `over`, `soon` or `ok`.
    pub state: &'static str,
}

impl DueView {
    /// A due time seen at `now`.
    pub fn new(due: OffsetDateTime, now: OffsetDateTime) -> Self {
        let left = due - now;
        let state = match left {
            left if left.is_negative() => "over",
            left if left < SOON => "soon",
            _ => "ok",
        };
        Self { iso: iso(due), epoch_ms: epoch_ms(due), shown: short(due), left: span(left), state }
    }
}

/// Milliseconds since 1970.
pub fn epoch_ms(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000_000
}

/// `11. 23. 09:12`.
pub fn short(at: OffsetDateTime) -> String {
    at.format(SHORT).expect("the format has only fields of a time")
}

/// `2026. 11. 23. 09:12:05`.
pub fn long(at: OffsetDateTime) -> String {
    at.format(LONG).expect("the format has only fields of a time")
}

/// RFC 3339.
pub fn iso(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).expect("years of the case log have four digits")
}

/// `2시간 6분 남음`; the page's script counts on in the same words.
fn span(left: Duration) -> String {
    let minutes = left.whole_minutes().unsigned_abs();
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let size = match (days, hours) {
        (0, 0) => format!("{minutes}분"),
        (0, _) => format!("{hours}시간 {minutes}분"),
        _ => format!("{days}일 {hours}시간"),
    };
    format!("{size} {}", if left.is_negative() { "지남" } else { "남음" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_is_left() {
        let now = datetime!(2026-11-23 09:12 +9);
        let left = |minutes| DueView::new(now + Duration::minutes(minutes), now);
        assert_eq!((left(126).left.as_str(), left(126).state), ("2시간 6분 남음", "ok"));
        assert_eq!((left(30).left.as_str(), left(30).state), ("30분 남음", "soon"));
        assert_eq!((left(-1620).left.as_str(), left(-1620).state), ("1일 3시간 지남", "over"));
        assert_eq!(left(0).shown, "11. 23. 09:12");
    }
}
