//! Lists and counts for a filter.

use crate::domain::case::Status;
use crate::store::db::{Dialect, Tx, Value, args, placeholders};
use crate::store::error::StoreError;
use crate::store::list::{Counts, Cursor, Filter, Order, Page, PageRequest};
use crate::store::rows::{CASE_COLUMNS, CaseRecord};
use crate::text::bigrams::{Condition, conditions};

/// Most rows of a page.
const MAX_PAGE: u32 = 500;

/// A condition that grows.
struct Where {
    sql: Vec<String>,
    args: Vec<Value>,
}

impl Where {
    /// Adds a condition; `$?` stands for its value.
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.args.push(value.into());
        self.sql.push(condition.replace("$?", &format!("${}", self.args.len())));
    }

    /// One of several values; no restriction if there are none.
    fn any<T: Into<Value>>(&mut self, column: &str, values: impl Iterator<Item = T>) {
        let first = self.args.len() + 1;
        self.args.extend(values.map(Into::into));
        match self.args.len() + 1 - first {
            0 => {}
            // `=` lets SQLite take the order of the index.
            1 => self.sql.push(format!("{column} = ${first}")),
            n => self.sql.push(format!("{column} IN ({})", placeholders(first, n))),
        }
    }

    fn new(filter: &Filter, dialect: Dialect) -> Self {
        let mut all = Self { sql: Vec::new(), args: Vec::new() };
        all.any("c.status", filter.status.iter().map(|s| s.as_str()));
        all.any("c.department", filter.department.iter());
        all.any("c.urgency", filter.urgency.iter());
        all.any("c.jurisdiction", filter.jurisdiction.iter());
        all.any("c.channel", filter.channel.iter().map(|c| c.as_str()));
        all.any("c.external_id", filter.external_id.iter());
        if let Some(at) = filter.due_before {
            all.sql.push("c.queue_rank IN (0, 1)".to_owned());
            all.and("c.queue_due < $?", at);
        }
        if let Some(at) = filter.received_from {
            all.and("c.received_at >= $?", at);
        }
        if let Some(at) = filter.received_until {
            all.and("c.received_at < $?", at);
        }
        if filter.alarm {
            all.sql.push("c.alarm".to_owned());
        }
        if let Some(text) = &filter.text {
            all.text(text, dialect);
        }
        all
    }

    /// All bigrams occur. A query without a letter or digit finds nothing.
    fn text(&mut self, text: &str, dialect: Dialect) {
        let conditions = conditions(text);
        if conditions.is_empty() {
            self.sql.push("1 = 0".to_owned());
            return;
        }
        // Terms are letters and digits only, so that nothing in them needs an escape.
        let term = |c: &Condition| match (c, dialect) {
            (Condition::Term(t), Dialect::Sqlite) => format!("\"{t}\""),
            (Condition::Prefix(t), Dialect::Sqlite) => format!("\"{t}\" *"),
            (Condition::Term(t), Dialect::Postgres) => format!("'{t}'"),
            (Condition::Prefix(t), Dialect::Postgres) => format!("'{t}':*"),
        };
        let terms: Vec<String> = conditions.iter().map(term).collect();
        match dialect {
            Dialect::Sqlite => self.and(
                "c.created_seq IN (SELECT rowid FROM case_text WHERE case_text MATCH $?)",
                terms.join(" "),
            ),
            Dialect::Postgres => {
                self.and("c.bigrams @@ CAST(CAST($? AS TEXT) AS TSQUERY)", terms.join(" & "));
            }
        }
    }

    fn after(&mut self, cursor: &Cursor) {
        let first = self.args.len() + 1;
        let (columns, sign) = match cursor.order {
            Order::Queue => ("c.queue_rank, c.queue_due, c.id", '>'),
            Order::Newest => ("c.received_at, c.id", '<'),
        };
        let mut values = args![cursor.rank, cursor.at, cursor.id];
        if cursor.order == Order::Newest {
            values.remove(0);
        }
        self.sql.push(format!("({columns}) {sign} ({})", placeholders(first, values.len())));
        self.args.extend(values);
    }

    fn sql(&self) -> String {
        if self.sql.is_empty() { String::new() } else { format!(" WHERE {}", self.sql.join(" AND ")) }
    }
}

pub(in crate::store) async fn list(
    tx: &mut Tx,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page, StoreError> {
    let mut conditions = Where::new(filter, tx.dialect());
    if let Some(cursor) = page.after.filter(|cursor| cursor.order == page.order) {
        conditions.after(&cursor);
    }
    let order = match page.order {
        Order::Queue => "c.queue_rank, c.queue_due, c.id",
        Order::Newest => "c.received_at DESC, c.id DESC",
    };
    let limit = page.limit.clamp(1, MAX_PAGE) as usize;
    let (restricted, mut args) = (conditions.sql(), conditions.args);
    args.push(Value::from(limit + 1));
    let n = args.len();
    let sql = format!("SELECT {CASE_COLUMNS} FROM cases c{restricted} ORDER BY {order} LIMIT ${n}");
    let mut records: Vec<CaseRecord> = tx.all(sql, args).await?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records.last().filter(|_| more).map(|last| match page.order {
        Order::Queue => Cursor { order: page.order, rank: last.queue_rank, at: last.queue_due, id: last.id },
        Order::Newest => Cursor { order: page.order, rank: 0, at: last.received_at, id: last.id },
    });
    let rows = records.into_iter().map(CaseRecord::into_row).collect::<Result<_, _>>()?;
    Ok(Page { rows, next })
}

pub(in crate::store) async fn counts(tx: &mut Tx, filter: &Filter) -> Result<Counts, StoreError> {
    let conditions = Where::new(filter, tx.dialect());
    let sql = format!(
        "SELECT c.status, c.urgency, c.department, c.alarm, COUNT(*) FROM cases c{} \
         GROUP BY c.status, c.urgency, c.department, c.alarm",
        conditions.sql()
    );
    let rows: Vec<(String, String, String, bool, i64)> = tx.all(sql, conditions.args).await?;
    let mut counts = Counts::default();
    for (status, urgency, department, alarm, n) in rows {
        let n = n as u64;
        counts.total += n;
        counts.alarms += if alarm && !ended(&status) { n } else { 0 };
        *counts.by_status.entry(status).or_default() += n;
        *counts.by_urgency.entry(urgency).or_default() += n;
        *counts.by_department.entry(department).or_default() += n;
    }
    Ok(counts)
}

fn ended(status: &str) -> bool {
    status.parse().is_ok_and(Status::is_final)
}
