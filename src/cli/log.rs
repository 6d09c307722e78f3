//! What commands on the case log share, and the small ones: `migrate`, `verify-log`, `purge`.

use std::future::Future;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::Failure;
use super::runtime::{clock, current_thread};
use crate::domain::case::Status;
use crate::lifecycle::Tasks;
use crate::store::{
    CaseStore, ChainReport, Database, InvalidDatabase, PurgeMode, PurgePlan, SqlStore, StoreError,
};

/// Shortest time that the access log is kept: two years, for 50,000 and more data subjects (안전성 확보조치 기준 §8).
const ACCESS_YEARS: i64 = 2;

/// Which case log.
#[derive(Debug, Clone, clap::Args)]
pub struct StoreArgs {
    /// Case log: `sqlite:PATH` or `postgres://USER@HOST/NAME`
    #[arg(long, default_value = "sqlite:minwon.sqlite", env = "MINWON_DATABASE", hide_env_values = true)]
    pub database: String,
}

impl StoreArgs {
    /// The parsed address.
    ///
    /// # Errors
    /// [`Failure::Usage`].
    pub fn database(&self) -> Result<Database, Failure> {
        self.database.parse().map_err(|e: InvalidDatabase| Failure::Usage(format!("`--database`: {e}")))
    }

    /// Opens the case log for one command, runs it, and closes the log again.
    ///
    /// # Errors
    /// [`Failure`] by what went wrong.
    pub fn run<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        command: impl FnOnce(Arc<dyn CaseStore>) -> F,
    ) -> Result<T, Failure> {
        let database = self.database()?;
        current_thread()?.block_on(async {
            let tasks = Tasks::new();
            let store: Arc<dyn CaseStore> =
                Arc::new(SqlStore::open(&database, &tasks).map_err(store_failure)?);
            let done = command(Arc::clone(&store)).await;
            store.close().await;
            tasks.shut_down().await;
            done
        })
    }
}

/// What a failure of the store means for a command.
pub fn store_failure(error: StoreError) -> Failure {
    match error {
        StoreError::Conflict(_) => Failure::Check(error.to_string()),
        _ => Failure::Outside(error.to_string()),
    }
}

/// Arguments of `minwon migrate` and `minwon verify-log`.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    #[command(flatten)]
    store: StoreArgs,
}

/// Brings the schema up to date.
///
/// # Errors
/// [`Failure::Outside`].
pub fn migrate(args: &LogArgs) -> Result<(), Failure> {
    args.store.run(async |store| {
        let before = store.schema_version().await.map_err(store_failure)?;
        store.migrate().await.map_err(store_failure)?;
        let after = store.schema_version().await.map_err(store_failure)?;
        eprintln!("the case log had schema {before} and has {after}");
        Ok(())
    })
}

/// Checks the hash chain of the access log.
///
/// # Errors
/// [`Failure::Check`] if it is broken.
pub fn verify(args: &LogArgs) -> Result<(), Failure> {
    args.store.run(async |store| {
        let report = store.verify_access().await.map_err(store_failure)?;
        println!("{}", serde_json::to_string(&report).expect("a report has string keys"));
        match report {
            ChainReport::Intact { rows, .. } => {
                eprintln!("the access log is intact: {rows} rows");
                Ok(())
            }
            ChainReport::Broken { seq, what } => {
                Err(Failure::Check(format!("the access log is broken at row {seq}: {what}")))
            }
        }
    })
}

/// Arguments of `minwon purge`.
#[derive(Debug, clap::Args)]
pub struct PurgeArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Age of the last change from which an ended case goes: `90d`, `5y`
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Duration,
    /// Only these statuses; may be given several times
    #[arg(long, value_name = "STATUS", default_values = ["answered", "transferred", "closed"])]
    status: Vec<Status>,
    /// Rows of the access log older than this go too; two years at least
    #[arg(long, value_name = "AGE", value_parser = age)]
    access_older_than: Option<Duration>,
    /// Delete; without it only count
    #[arg(long)]
    delete: bool,
}

/// Deletes ended cases past their period; statistics stay. Without `--delete` it only counts.
///
/// # Errors
/// [`Failure`] by what went wrong.
pub fn purge(args: &PurgeArgs) -> Result<(), Failure> {
    let now = clock().now();
    if args.access_older_than.is_some_and(|age| age < Duration::days(365 * ACCESS_YEARS)) {
        let hint = "hint: the access log is kept two years (개인정보의 안전성 확보조치 기준 §8)";
        return Err(Failure::Usage(format!("`--access-older-than` is shorter than two years\n{hint}")));
    }
    let before = |age: Duration| now.checked_sub(age).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let plan = PurgePlan {
        older_than: args.status.iter().map(|status| (*status, before(args.older_than))).collect(),
        access_before: args.access_older_than.map(before),
        mode: if args.delete { PurgeMode::Delete } else { PurgeMode::DryRun },
    };
    args.store.run(async |store| {
        let report = store.purge(&plan).await.map_err(store_failure)?;
        println!("{}", serde_json::to_string(&report).expect("a report has string keys"));
        let cases: u64 = report.cases.values().sum();
        if args.delete {
            eprintln!("{cases} cases and {} rows of the access log are gone", report.access);
        } else {
            eprintln!(
                "{cases} cases and {} rows of the access log would go; `--delete` deletes",
                report.access
            );
        }
        Ok(())
    })
}

/// `90d` or `5y`; a year is counted as 365 days.
///
/// # Errors
/// What was expected.
pub fn age(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number of days or years, as in `90d` or `5y`".to_owned();
    let (number, days) = match (text.strip_suffix('d'), text.strip_suffix('y')) {
        (Some(number), _) => (number, 1),
        (_, Some(number)) => (number, 365),
        _ => return Err(expected()),
    };
    let number: i64 = number.parse().map_err(|_| expected())?;
    if (1..=36_500).contains(&(number.saturating_mul(days))) {
        Ok(Duration::days(number * days))
    } else {
        Err("expected 1 day to 100 years".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        assert_eq!(age("90d"), Ok(Duration::days(90)));
        assert_eq!(age("5y"), Ok(Duration::days(1_825)));
        for wrong in ["", "5", "y", "-1d", "0d", "1.5y", "99999999999999999999y", "9223372036854775807y"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
