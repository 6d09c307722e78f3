//! Counters by day and department, and reading them back.

use std::collections::BTreeMap;

use sqlx::FromRow;
use time::{Date, Duration, OffsetDateTime};

use crate::domain::Decision;
use crate::domain::case::Verdict;
use crate::store::case::NewCase;
use crate::store::db::{Tx, args, placeholders};
use crate::store::error::StoreError;
use crate::store::rows::{micros, time_of};
use crate::store::stats::{DayCounts, DayStats, Overdue, Stats, StatsQuery};

/// Columns of `stat` after `day` and `department`, in the order of [`values`].
const COLUMNS: [&str; 15] = [
    "received",
    "routed",
    "review",
    "escalated",
    "approved",
    "edited",
    "edited_drafts",
    "edit_distance",
    "rejected",
    "confirmed",
    "relabelled",
    "rerouted",
    "transferred",
    "closed",
    "late",
];

fn values(c: &DayCounts) -> [i64; COLUMNS.len()] {
    [
        c.received,
        c.routed,
        c.review,
        c.escalated,
        c.approved,
        c.edited,
        c.edited_drafts,
        c.edit_distance,
        c.rejected,
        c.confirmed,
        c.relabelled,
        c.rerouted,
        c.transferred,
        c.closed,
        c.late,
    ]
}

fn counts(v: [i64; COLUMNS.len()]) -> DayCounts {
    let [received, routed, review, escalated, approved, edited, edited_drafts, edit_distance, rejected, ..] =
        v;
    let [.., confirmed, relabelled, rerouted, transferred, closed, late] = v;
    DayCounts {
        received,
        routed,
        review,
        escalated,
        approved,
        edited,
        edited_drafts,
        edit_distance,
        rejected,
        confirmed,
        relabelled,
        rerouted,
        transferred,
        closed,
        late,
    }
}

/// Days since 1970 in Korean time.
pub(in crate::store) fn day_of(at: OffsetDateTime) -> i64 {
    number(time_of(micros(at)).date())
}

fn number(day: Date) -> i64 {
    (day - Date::from_ordinal_date(1970, 1).expect("1970 has a first day")).whole_days()
}

/// Numbers to add, by day and department.
#[derive(Default)]
pub(in crate::store) struct Tally(BTreeMap<(i64, String), [i64; COLUMNS.len()]>);

impl Tally {
    fn add(&mut self, at: OffsetDateTime, department: &str, more: &DayCounts, sign: i64) {
        let row = self.0.entry((day_of(at), department.to_owned())).or_default();
        for (sum, value) in row.iter_mut().zip(values(more)) {
            *sum += sign * value;
        }
    }

    /// A case was received.
    pub fn received(&mut self, case: &NewCase) {
        let decision = case.prediction.decision;
        let is = |wanted: Decision| i64::from(decision == wanted);
        let counts = DayCounts {
            received: 1,
            routed: is(Decision::Route),
            review: is(Decision::Review),
            escalated: is(Decision::Escalate),
            ..DayCounts::default()
        };
        self.add(case.received_at, &case.prediction.labels.department, &counts, 1);
    }

    /// A decision was made (`sign` 1) or taken back (−1); `late` says that it ended the case after its target.
    pub fn decided(
        &mut self,
        verdict: &Verdict,
        department: &str,
        at: OffsetDateTime,
        late: bool,
        sign: i64,
    ) {
        let mut counts = DayCounts { late: i64::from(late), ..DayCounts::default() };
        match verdict {
            Verdict::Approved { .. } => counts.approved = 1,
            Verdict::Edited { distance, .. } => {
                counts.edited = 1;
                counts.edited_drafts = i64::from(distance.is_some());
                counts.edit_distance = distance.map_or(0, i64::from);
            }
            Verdict::Rejected { .. } => counts.rejected = 1,
            Verdict::Confirmed { .. } => counts.confirmed = 1,
            Verdict::Relabelled { .. } => {
                counts.relabelled = 1;
                counts.rerouted = i64::from(verdict.hop().is_some());
            }
            Verdict::Transferred { .. } => counts.transferred = 1,
            Verdict::Closed { .. } => counts.closed = 1,
            Verdict::Undone { .. } => return,
        }
        self.add(at, department, &counts, sign);
    }

    /// Adds everything to the table. Rows are locked until the commit: call it after
    /// [`numbers`](Tx::numbers), so that no two transactions lock them in different orders.
    pub async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let columns = COLUMNS.join(", ");
        let sums: Vec<String> = COLUMNS.iter().map(|c| format!("{c} = stat.{c} + excluded.{c}")).collect();
        let sql = format!(
            "INSERT INTO stat (day, department, {columns}) VALUES ({}) \
             ON CONFLICT (day, department) DO UPDATE SET {}",
            placeholders(1, COLUMNS.len() + 2),
            sums.join(", ")
        );
        for ((day, department), row) in self.0 {
            let mut args = args![day, department];
            args.extend(row.map(Into::into));
            tx.execute(sql.clone(), args).await?;
        }
        Ok(())
    }
}

/// A row of `stat`.
#[derive(FromRow)]
struct StatRecord {
    day: i64,
    department: String,
    received: i64,
    routed: i64,
    review: i64,
    escalated: i64,
    approved: i64,
    edited: i64,
    edited_drafts: i64,
    edit_distance: i64,
    rejected: i64,
    confirmed: i64,
    relabelled: i64,
    rerouted: i64,
    transferred: i64,
    closed: i64,
    late: i64,
}

pub(in crate::store) async fn stats(tx: &mut Tx, query: &StatsQuery) -> Result<Stats, StoreError> {
    let departments = |first: usize| match query.department.len() {
        0 => String::new(),
        n => format!(" AND department IN ({})", placeholders(first, n)),
    };
    let with = |mut args: Vec<crate::store::db::Value>| {
        args.extend(query.department.iter().map(Into::into));
        args
    };
    let sql = format!(
        "SELECT day, department, {} FROM stat WHERE day >= $1 AND day <= $2{} ORDER BY day, department",
        COLUMNS.join(", "),
        departments(3)
    );
    let rows: Vec<StatRecord> = tx.all(sql, with(args![number(query.from), number(query.to)])).await?;
    let sql = format!(
        "SELECT department, COUNT(*), COALESCE(SUM(CASE WHEN due_statutory < $1 THEN 1 ELSE 0 END), 0) FROM cases \
         WHERE queue_rank IN (0, 1) AND queue_due < $1{} GROUP BY department ORDER BY department",
        departments(2)
    );
    let overdue: Vec<(String, i64, i64)> = tx.all(sql, with(args![query.now])).await?;
    let overdue = overdue.into_iter().map(|(department, target, statutory)| Overdue {
        department,
        target: target as u64,
        statutory: statutory as u64,
    });
    Ok(Stats { days: rows.into_iter().filter_map(day_stats).collect(), overdue: overdue.collect() })
}

fn day_stats(r: StatRecord) -> Option<DayStats> {
    let epoch = Date::from_ordinal_date(1970, 1).expect("1970 has a first day");
    let counts = counts([
        r.received,
        r.routed,
        r.review,
        r.escalated,
        r.approved,
        r.edited,
        r.edited_drafts,
        r.edit_distance,
        r.rejected,
        r.confirmed,
        r.relabelled,
        r.rerouted,
        r.transferred,
        r.closed,
        r.late,
    ]);
    let day = epoch.checked_add(Duration::days(r.day))?;
    (counts != DayCounts::default()).then_some(DayStats { day, department: r.department, counts })
}
