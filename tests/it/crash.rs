//! A real process, killed again and again under load: no acknowledged case is lost, none is there twice.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::tiny;

/// How often the process is killed.
const KILLS: u64 = 100;
/// Callers at a time.
const CALLERS: usize = 4;

/// A running `minwon serve`.
struct Service {
    process: Child,
    url: String,
}

impl Service {
    fn start(folder: &Path, model: &Path, database: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_minwon"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--workers",
                "1",
                "--key-rate",
                "0",
                "--log",
                "error",
                "--database",
                database,
            ])
            .arg("--spool")
            .arg(folder.join("spool"))
            .arg("--model")
            .arg(model)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let url = lines.by_ref().find_map(|line| {
            let line = line.ok()?;
            let rest = line.strip_prefix("minwon listens on ")?;
            Some(rest.split_whitespace().next()?.to_owned())
        });
        // Nobody else may fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { url: url.expect("the service says where it listens"), process }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn body(n: usize) -> Value {
    json!({"text": format!("{n}번째 가로등이 꺼졌어요"), "external_id": format!("crash-{n}")})
}

/// What a caller got for its request, if it got an answer that the case is on disk.
async fn acknowledged(client: &reqwest::Client, url: &str, n: usize) -> Option<String> {
    let request = client.post(format!("{url}/v1/classify")).header("content-type", "application/json");
    let response = request.body(body(n).to_string()).send().await.ok()?;
    let answer: Value = serde_json::from_slice(&response.bytes().await.ok()?).ok()?;
    // A case in the spool is on disk as well.
    let lost = |part: &Value| part["reason"].as_str().is_some_and(|reason| reason.contains("not stored"));
    let stored = !answer["degraded"].as_array()?.iter().any(lost);
    stored.then(|| answer["case_id"].as_str().map(str::to_owned))?
}

async fn survives(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let model = tiny::model(folder.path());
    let kept: Arc<Mutex<BTreeMap<usize, String>>> = Arc::default();
    let next = Arc::new(AtomicUsize::new(0));
    for round in 0..KILLS {
        let service = Service::start(folder.path(), &model, database);
        let down = Arc::new(AtomicBool::new(false));
        let callers = (0..CALLERS).map(|_| {
            let (url, kept, next, down) = (service.url.clone(), kept.clone(), next.clone(), down.clone());
            async move {
                let client = reqwest::Client::new();
                while !down.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = acknowledged(&client, &url, n).await else { return };
                    kept.lock().await.insert(n, case);
                }
            }
        });
        let callers = futures_util::future::join_all(callers);
        // Moments that differ from round to round and are the same in every run.
        let moment = Duration::from_millis(5 + round.wrapping_mul(2_654_435_761) % 90);
        let killer = async {
            tokio::time::sleep(moment).await;
            service.kill();
            down.store(true, Ordering::Relaxed);
        };
        tokio::join!(callers, killer);
    }
    let service = Service::start(folder.path(), &model, database);
    let client = reqwest::Client::new();
    let kept = kept.lock().await;
    assert!(kept.len() > 50, "only {} cases were acknowledged", kept.len());
    for (n, case) in kept.iter() {
        let again = acknowledged(&client, &service.url, *n).await;
        assert_eq!(again.as_ref(), Some(case), "request {n} was acknowledged and is another case now");
        let url = format!("{}/v1/cases?external_id=crash-{n}", service.url);
        let listed: Value =
            serde_json::from_slice(&client.get(url).send().await.unwrap().bytes().await.unwrap()).unwrap();
        assert_eq!(listed["cases"].as_array().unwrap().len(), 1, "request {n} is there twice");
    }
    service.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_loses_nothing_at_a_hundred_kills() {
    let folder = tempfile::tempdir().unwrap();
    survives(&format!("sqlite:{}", folder.path().join("log.sqlite").display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_loses_nothing_at_a_hundred_kills() {
    let Some(database) = crate::store_contract::fixture::postgres_schema().await else { return };
    let minwon::store::Database::Postgres(url) = database else { unreachable!("a PostgreSQL was asked for") };
    survives(&url).await;
}
