//! `minwon serve`.

use std::net::SocketAddr;
use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;

use super::Failure;
use super::runtime::{KbArgs, ModelArgs, clock, ids, triage};
use crate::http::{Deps, serve};

/// Arguments of `minwon serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to listen on; until keys can be made, only a loopback address
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
    if !args.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "`--listen {}` can be reached from other machines, and no key has been made\nhint: listen on 127.0.0.1 behind a proxy that authenticates",
            args.listen
        )));
    }
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
    let deps = Deps { triage, clock: clock(), ids: ids(), metrics, open: true };
    runtime.block_on(async {
        let listener = TcpListener::bind(args.listen)
            .await
            .map_err(|e| Failure::Outside(format!("cannot listen on {}: {e}", args.listen)))?;
        let address = listener.local_addr().map_err(|e| Failure::Outside(e.to_string()))?;
        let backend = deps.triage.engine().model().describe();
        tracing::warn!("no key has been made: everybody on this machine may call");
        tracing::info!(%address, backend, "listening");
        eprintln!("minwon listens on http://{address} ({backend})");
        serve(listener, shutdown(), deps).await.map_err(|e| Failure::Outside(e.to_string()))
    })
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
