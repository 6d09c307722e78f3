//! Logging set-up. What is logged is decided where it happens; never the text of a complaint.

use tracing_subscriber::EnvFilter;

/// Starts logging to stderr.
///
/// # Errors
/// If the filter cannot be read, or logging was started before.
pub fn start(filter: &str, json: bool) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|e| format!("`--log`: {e}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json { builder.json().try_init() } else { builder.try_init() }.map_err(|e| format!("logging: {e}"))
}
