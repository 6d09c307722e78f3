//! `minwon bench`: latency and throughput of a model in this process, or of a running service. JSON on stdout.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Failure;
use super::runtime::{ModelArgs, current_thread};
use crate::inference::{Embed, Engine, EngineOptions, Explain, Request, Reuse};
use crate::model::{Model, Scratch};

/// Lengths at which one text is timed, in tokens.
const LENGTHS: [usize; 5] = [16, 32, 64, 128, 512];
/// Callers at once.
const CLIENTS: [usize; 3] = [1, 8, 32];
/// What every text is cut from; the number before it makes each text another.
const SENTENCE: &str = "어제 저녁 버스에서 내리다가 정류장 앞 보도블록이 깨져 있어서 넘어질 뻔했습니다 어르신들도 많이 다니는 길인데 \
    언제 고쳐지는지 알고 싶고 그 전에 표시라도 해 주시면 좋겠습니다 ";

/// Arguments of `minwon bench`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Time this running service instead of a model in the process, for instance `http://127.0.0.1:8120`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 3.0, value_parser = positive)]
    seconds: f64,
    /// Tokens of the texts of the throughput measurements, roughly
    #[arg(long, default_value_t = 64)]
    tokens: usize,
    #[command(flatten)]
    model: ModelArgs,
}

fn positive(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|s| *s > 0.0 && *s <= 3_600.0);
    seconds.ok_or_else(|| "expected seconds above 0 and up to 3600".to_owned())
}

/// Runs `minwon bench`.
///
/// # Errors
/// [`Failure`] if the model or the service cannot be used.
pub fn run(args: &Args) -> Result<(), Failure> {
    let model = args.model.load()?;
    let time = Duration::from_secs_f64(args.seconds);
    let text = Texts { stem: text_of(&model, args.tokens)?, next: AtomicUsize::new(0) };
    let report = match &args.url {
        None => in_process(args, &model, &text, time)?,
        Some(url) => over_http(url, &text, time)?,
    };
    println!("{report:#}");
    Ok(())
}

fn in_process(args: &Args, model: &Arc<Model>, text: &Texts, time: Duration) -> Result<Value, Failure> {
    let mut latency = Vec::new();
    for threads in [1, 2] {
        for tokens in LENGTHS.into_iter().filter(|n| *n <= model.manifest.max_tokens) {
            let figures = one_text(model, tokens, threads, time)?;
            latency.push(json!({"tokens": tokens, "threads": threads, "ms": figures}));
        }
    }
    let options = EngineOptions { cache_entries: 0, ..args.model.engine_options(usize::MAX) };
    let engine = Engine::start(Arc::clone(model), options).map_err(outside)?;
    let call = async |text: String| {
        let request = Request { text, explain: Explain::No, reuse: Reuse::Never, embed: Embed::No };
        let answers = engine.submit(vec![request]).await.map_err(outside)?;
        answers.into_iter().try_for_each(|answer| answer.map(drop)).map_err(outside)
    };
    let throughput = throughput(text, time, &call)?;
    Ok(json!({
        "model": format!("{} {}", model.manifest.name, model.manifest.version),
        "backend": model.describe(),
        "workers": options.workers,
        "latency_of_one_text": latency,
        "throughput": throughput,
        "resident_mib": resident_mib(),
    }))
}

fn over_http(url: &str, text: &Texts, time: Duration) -> Result<Value, Failure> {
    let client = reqwest::Client::new();
    let address = format!("{}/v1/classify", url.trim_end_matches('/'));
    let call = async |text: String| {
        let body = json!({"text": text, "log": false}).to_string();
        let request = client.post(&address).header("content-type", "application/json").body(body);
        let reply = request.send().await.map_err(outside)?;
        let status = reply.status();
        reply.bytes().await.map_err(outside)?;
        if status.is_success() { Ok(()) } else { Err(outside(format!("the service answered {status}"))) }
    };
    Ok(json!({"url": url, "throughput": throughput(text, time, &call)?}))
}

fn outside(error: impl std::fmt::Display) -> Failure {
    Failure::Outside(error.to_string())
}

/// A measurement for each number of callers.
fn throughput<F>(text: &Texts, time: Duration, call: &F) -> Result<Vec<Value>, Failure>
where
    F: AsyncFn(String) -> Result<(), Failure>,
{
    let runtime = current_thread()?;
    CLIENTS.into_iter().map(|clients| runtime.block_on(crowd(clients, time, text, call))).collect()
}

/// Texts that all differ, so that no cache answers.
struct Texts {
    stem: String,
    next: AtomicUsize,
}

impl Texts {
    fn next(&self) -> String {
        format!("{} {}", self.next.fetch_add(1, Ordering::Relaxed), self.stem)
    }
}

/// A text of at least so many tokens, or as long as the model reads.
fn text_of(model: &Model, tokens: usize) -> Result<String, Failure> {
    let mut text = String::new();
    for word in SENTENCE.split_inclusive(' ').cycle() {
        text.push_str(word);
        let encoded = model.encode(&text).map_err(outside)?;
        if encoded.ids.len() >= tokens || encoded.truncated {
            break;
        }
    }
    Ok(text)
}

/// Times the bare forward of one text of exactly so many tokens.
fn one_text(model: &Model, tokens: usize, threads: usize, time: Duration) -> Result<Value, Failure> {
    let mut ids = model.encode(&text_of(model, tokens)?).map_err(outside)?.ids;
    ids.truncate(tokens);
    let mut scratch = Scratch::default();
    scratch.set_threads(threads);
    model.forward(&[&ids], &mut scratch).map_err(outside)?;
    let (begin, mut times) = (Instant::now(), Vec::new());
    while begin.elapsed() < time {
        let from = Instant::now();
        model.forward(&[&ids], &mut scratch).map_err(outside)?;
        times.push(from.elapsed());
    }
    Ok(percentiles(times))
}

/// So many callers, each sending its next text when the last is answered.
async fn crowd<F>(clients: usize, time: Duration, text: &Texts, call: &F) -> Result<Value, Failure>
where
    F: AsyncFn(String) -> Result<(), Failure>,
{
    let begin = Instant::now();
    let client = || async {
        let mut times = Vec::new();
        while begin.elapsed() < time {
            let from = Instant::now();
            call(text.next()).await?;
            times.push(from.elapsed());
        }
        Ok::<_, Failure>(times)
    };
    let all = futures_util::future::try_join_all((0..clients).map(|_| client())).await?;
    let times: Vec<Duration> = all.concat();
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    Ok(json!({"clients": clients, "texts_per_second": round(rate), "ms": percentiles(times)}))
}

fn percentiles(mut times: Vec<Duration>) -> Value {
    times.sort();
    let at = |share: f64| {
        let index = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len().max(1)) - 1;
        times.get(index).map(|t| round(t.as_secs_f64() * 1e3))
    };
    json!({"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "calls": times.len()})
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Resident memory of this process, where `/proc` tells it.
fn resident_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentiles(times), json!({"p50": 50.0, "p90": 90.0, "p99": 99.0, "calls": 100}));
        assert_eq!(percentiles(Vec::new())["p50"], Value::Null);
    }

    #[test]
    fn seconds_are_positive() {
        assert!(positive("0").is_err() && positive("nan").is_err() && positive("-1").is_err());
        assert_eq!(positive("0.5"), Ok(0.5));
    }
}
