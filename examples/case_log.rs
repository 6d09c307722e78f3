//! How fast the case log is: cases a second, and the slow ends of reading beside a full log.
//!
//! `cargo run --release --example case_log -- sqlite:PATH|postgres://… [CASES]` writes into an empty database.

use std::sync::Arc;
use std::time::{Duration as Wait, Instant};

use futures_util::future::join_all;
use minwon::domain::case::{Act, Labels};
use minwon::domain::{CaseId, Channel, Decision};
use minwon::lifecycle::Tasks;
use minwon::store::{
    CaseStore, Confidences, Database, Due, Filter, ModelId, NewCase, NewPrediction, Order, PageRequest, RequestKey,
    SqlStore, StatsQuery,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const START: OffsetDateTime = datetime!(2026-01-05 09:00 +9);
const DEPARTMENTS: [&str; 8] =
    ["roads", "transport", "housing", "animal", "environment", "welfare", "safety", "rail"];
const WORDS: [&str; 16] = [
    "도로가", "파였습니다", "가로등이", "고장", "버스", "정류장", "불법주차", "소음이", "쓰레기", "고라니가", "신고합니다",
    "언제", "처리되나요", "용문면", "아파트", "빨리",
];

fn case(n: u64) -> NewCase {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&n.to_be_bytes());
    let at = START + Duration::seconds(i64::try_from(n).expect("small") * 90);
    // About a hundred characters, of varying words.
    let text: Vec<&str> = (0..22).map(|i| WORDS[((n * 31 + i * i * 7 + n / 16 * i) % 16) as usize]).collect();
    let department = DEPARTMENTS[(n % 8) as usize].to_owned();
    let urgency = if n.is_multiple_of(50) { "emergency" } else { "normal" };
    let [urgency, jurisdiction, kind] = [urgency, "province", "other"].map(String::from);
    NewCase {
        id: CaseId::from_parts(at, random),
        request: Some(RequestKey::new("router", "external_id", &n.to_string(), b"{}")),
        external_id: Some(format!("kakao-{n}")),
        received_at: at,
        triaged_at: at,
        channel: Channel::Kakao,
        masked_text: text.join(" "),
        language: "ko".into(),
        prediction: NewPrediction {
            model: ModelId { name: "minwon-ko".into(), version: "1.0.0".into(), sha256: "ab".repeat(32) },
            labels: Labels { department, urgency, jurisdiction, kind },
            confidences: Confidences { department: 0.9, urgency: 0.9, jurisdiction: 0.9, kind: 0.9 },
            decision: if n.is_multiple_of(50) { Decision::Escalate } else { Decision::Route },
            answer: serde_json::json!({"masked_text": text.join(" "), "pad": "x".repeat(800)}),
        },
        shadows: Vec::new(),
        review_reasons: Vec::new(),
        due: Some(Due { statutory: at + Duration::hours(4), target: at + Duration::hours(3), basis: "§19".into() }),
        signals: Vec::new(),
        place: None,
        drafts: Vec::new(),
        embedding: Some(vec![7; 384]),
    }
}

/// Median and 99th percentile in milliseconds.
fn report(name: &str, mut times: Vec<Wait>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{name:<34} p50 {:>7.2} ms   p99 {:>7.2} ms", at(0.5), at(0.99));
}

/// Runs an operation two hundred times, one after the other.
macro_rules! timed {
    ($name:literal, $n:ident => $operation:expr) => {{
        let mut times = Vec::new();
        for $n in 0..200u64 {
            let begun = Instant::now();
            $operation.expect($name);
            times.push(begun.elapsed());
        }
        report($name, times);
    }};
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let database: Database = args.next().expect("a database").parse().expect("an address of a database");
    let cases: u64 = args.next().map_or(200_000, |n| n.parse().expect("a number of cases"));
    let tasks = Tasks::new();
    let log = Arc::new(SqlStore::open(&database, &tasks).expect("the database opens"));
    log.migrate().await.expect("the schema is made");

    // Sixty-four callers with one case each, as the service has them.
    let begun = Instant::now();
    let mut slowest = Vec::new();
    for round in 0..cases / 64 {
        let calls = (0..64).map(|i| {
            let log = Arc::clone(&log);
            async move {
                let begun = Instant::now();
                log.record_triage(vec![case(round * 64 + i)]).await.expect("recorded");
                begun.elapsed()
            }
        });
        slowest.extend(join_all(calls).await);
    }
    let rate = slowest.len() as f64 / begun.elapsed().as_secs_f64();
    println!("{} cases recorded, {rate:.0} a second, 64 callers at a time", slowest.len());
    report("record (64 callers)", slowest);

    let step = (cases / 200).max(1);
    timed!("record (one caller)", n => log.record_triage(vec![case(cases + n)]).await);
    timed!("case", n => log.case(case(n * step % cases).id).await);
    let page = PageRequest { order: Order::Queue, after: None, limit: 50 };
    timed!("list, queue", _n => log.list(&Filter::default(), &page).await);
    let department = |n: u64| vec![DEPARTMENTS[(n % 8) as usize].to_owned()];
    timed!("list, one department", n => log.list(&Filter { department: department(n), ..Filter::default() }, &page).await);
    let newest = PageRequest { order: Order::Newest, ..page };
    timed!("list, newest", _n => log.list(&Filter::default(), &newest).await);
    let text = |n: u64| Some(format!("{} {}", WORDS[(n % 16) as usize], WORDS[(n * 7 % 16) as usize]));
    timed!("list, two frequent words", n => log.list(&Filter { text: text(n), ..Filter::default() }, &newest).await);
    timed!("counts", _n => log.counts(&Filter::default()).await);
    timed!("counts, one department", n => log.counts(&Filter { department: department(n), ..Filter::default() }).await);
    let stats = StatsQuery {
        from: START.date(),
        to: START.date() + Duration::days(30),
        department: Vec::new(),
        now: START + Duration::days(1),
    };
    timed!("stats, a month", _n => log.stats(&stats).await);
    timed!("events", n => log.events_after(n * step, 100).await);
    timed!("export of 100", n => log.export_after(n * step, 100).await);
    timed!("decision", n => {
        let case = case(n * step).to_case();
        let act = Act { by: "kim".into(), at: case.last.at, version: 1 };
        log.apply(&case.close(act, "중복").expect("open")).await
    });
    log.close().await;
    tasks.shut_down().await;
}
