//! `minwon serve`.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;

use super::Failure;
use super::keys::PepperArgs;
use super::log::{StoreArgs, store_failure};
use super::runtime::{KbArgs, ModelArgs, clock, ids, triage};
use crate::http::{Deps, KeyRate, serve};
use crate::lifecycle::Tasks;
use crate::service::{Cases, Intake, Keys, SimilarCases, Triage};
use crate::similar::{Index, ModelTag};
use crate::store::spool::{Limits, Recorder, Retry, Spool, SpoolError};
use crate::store::{CaseStore, SqlStore, StoreError};

/// Cases that other processes recorded are looked for this often.
const SIMILAR_POLL: Duration = Duration::from_secs(2);

/// Arguments of `minwon serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to listen on; without keys only a loopback address
    #[arg(long, default_value = "127.0.0.1:8120", env = "MINWON_LISTEN")]
    listen: SocketAddr,
    /// Texts that may wait before callers get 429
    #[arg(long, default_value_t = 512, env = "MINWON_QUEUE_LIMIT")]
    queue_limit: usize,
    /// Log as JSON
    #[arg(long, env = "MINWON_LOG_JSON")]
    log_json: bool,
    /// What to log, as `tracing` filters
    #[arg(long, default_value = "minwon=info,warn", env = "MINWON_LOG")]
    log: String,
    /// Requests a second that one key may make, with bursts of as many again; 0 for no limit
    #[arg(long, default_value_t = 1_000, env = "MINWON_KEY_RATE")]
    key_rate: u32,
    /// Folder where cases wait while the case log is away; each process needs one of its own
    #[arg(long, default_value = "spool", value_name = "DIR", env = "MINWON_SPOOL")]
    spool: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    pepper: PepperArgs,
    #[command(flatten)]
    kb: KbArgs,
    #[command(flatten)]
    model: ModelArgs,
}

/// Runs the service until SIGINT or SIGTERM.
///
/// # Errors
/// [`Failure`] if it cannot start.
pub fn run(args: &Args) -> Result<(), Failure> {
    crate::telemetry::start(&args.log, args.log_json).map_err(Failure::Usage)?;
    let metrics =
        PrometheusBuilder::new().install_recorder().map_err(|e| Failure::Outside(format!("metrics: {e}")))?;
    let model = args.model.load()?;
    let drafts = args.kb.optional()?.map(Arc::new);
    if let Some(drafts) = &drafts {
        drafts.prepare_in_background(Arc::clone(&model));
    } else {
        tracing::warn!("no reply topics were found: there are no drafts");
    }
    let triage = triage(model, args.model.engine_options(args.queue_limit), drafts)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::Outside(format!("runtime: {e}")))?;
    runtime.block_on(async {
        let tasks = Tasks::new();
        let store = open_store(&args.store, &tasks).await?;
        let keys = Keys::new(Arc::clone(&store), clock(), args.pepper.key_pepper.as_bytes().to_vec());
        let open = keys.open().await;
        admits(args.listen, open)?;
        let cases =
            Cases::new(Arc::clone(&store), triage.shared_taxonomy(), clock(), Arc::clone(triage.rooms()));
        let recorder = Arc::new(Recorder::new(Arc::clone(&store), Some(open_spool(&args.spool)?), Retry::default()));
        recorder.start(&tasks);
        let similar = similar(&triage, Arc::clone(&store));
        similar.start(&tasks, SIMILAR_POLL);
        let intake = Intake::new(triage, recorder, clock());
        let deps = Deps {
            intake: Arc::new(intake),
            cases: Arc::new(cases),
            similar,
            keys: Arc::new(keys),
            rate: KeyRate::new(NonZeroU32::new(args.key_rate)),
            stopping: tasks.stopping(),
            clock: clock(),
            ids: ids(),
            metrics,
        };
        let listener = TcpListener::bind(args.listen)
            .await
            .map_err(|e| Failure::Outside(format!("cannot listen on {}: {e}", args.listen)))?;
        let address = listener.local_addr().map_err(|e| Failure::Outside(e.to_string()))?;
        let backend = deps.intake.triage().engine().model().describe();
        if open {
            tracing::warn!("no key has been made: everybody on this machine may call");
        }
        tracing::info!(%address, backend, "listening");
        eprintln!("minwon listens on http://{address} ({backend})");
        let served = serve(listener, shutdown(), deps).await;
        store.close().await;
        tasks.shut_down().await;
        served.map_err(|e| Failure::Outside(e.to_string()))
    })
}

/// Opens the case log and brings its schema up to date. A database that cannot be reached does not keep the service
/// from starting: triage works without it, and `/readyz` says so.
async fn open_store(args: &StoreArgs, tasks: &Tasks) -> Result<Arc<dyn CaseStore>, Failure> {
    let store = SqlStore::open(&args.database()?, tasks).map_err(store_failure)?;
    match store.migrate().await {
        Ok(()) => {}
        Err(error @ StoreError::Unavailable { .. }) => {
            tracing::error!(%error, "starting without the case log");
        }
        Err(error) => return Err(store_failure(error)),
    }
    Ok(Arc::new(store))
}

/// Opens the spool and says what was found in it.
fn open_spool(dir: &Path) -> Result<Spool, Failure> {
    let spool = Spool::open(dir, Limits::default()).map_err(|e| match e {
        SpoolError::Owned { .. } | SpoolError::Open { .. } => Failure::Usage(format!("`--spool`: {e}")),
        e => Failure::Outside(e.to_string()),
    })?;
    if !spool.is_empty() {
        tracing::warn!(cases = spool.len(), recovered = ?spool.recovered(), "cases wait in the spool");
    }
    Ok(spool)
}

/// An empty index of similar cases for the model that is loaded.
fn similar(triage: &Triage, store: Arc<dyn CaseStore>) -> Arc<SimilarCases> {
    let model = triage.engine().model();
    let tag = ModelTag::of(model.manifest.weights_sha256());
    Arc::new(SimilarCases::new(store, Index::new(tag, model.dimension(), None)))
}

/// Without keys only this machine may call.
fn admits(listen: SocketAddr, open: bool) -> Result<(), Failure> {
    if open && !listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "`--listen {listen}` can be reached from other machines, and no key has been made\nhint: `minwon keys add --role router --name NAME` makes one, or listen on 127.0.0.1"
        )));
    }
    Ok(())
}

/// Resolves on SIGINT or SIGTERM.
async fn shutdown() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
    tracing::info!("shutting down: answering what is in flight");
}
