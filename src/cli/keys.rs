//! `minwon keys`: make, list and revoke the keys of callers.

use std::sync::Arc;

use clap::Subcommand;
use time::Duration;

use super::Failure;
use super::log::{StoreArgs, age, store_failure};
use super::runtime::{clock, random32};
use crate::domain::Role;
use crate::service::Keys;

/// Longest name of a key.
const LONGEST_NAME: usize = 60;

/// Secret beside the database under which keys are hashed.
#[derive(Debug, Clone, clap::Args)]
pub struct PepperArgs {
    /// Secret that keys are hashed with, kept outside the database; the same for every replica and for `minwon keys`
    #[arg(long, env = "MINWON_KEY_PEPPER", hide_env_values = true, default_value = "")]
    pub key_pepper: String,
}

/// Arguments of `minwon keys`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key; it is printed once, as the last word on stdout
    Add {
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        pepper: PepperArgs,
        /// router, counsellor, ml or admin
        #[arg(long)]
        role: Role,
        /// Name of its holder; shown as the author of decisions
        #[arg(long)]
        name: String,
        /// How long it is valid: `90d`, `1y`; without it until it is revoked
        #[arg(long, value_name = "AGE", value_parser = age)]
        expires: Option<Duration>,
    },
    /// List keys as JSON lines, without their secrets
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Revoke a key by name
    Revoke {
        #[command(flatten)]
        store: StoreArgs,
        /// Name of the key
        name: String,
    },
}

/// Runs `minwon keys`.
///
/// # Errors
/// [`Failure`] by what went wrong.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Add { store, pepper, role, name, expires } => add(store, pepper, *role, name, *expires),
        Command::List { store } => store.run(async |store| {
            store.migrate().await.map_err(store_failure)?;
            for key in store.keys().await.map_err(store_failure)? {
                println!("{}", serde_json::to_string(&key).expect("a key has string keys"));
            }
            Ok(())
        }),
        Command::Revoke { store, name } => store.run(async |store| {
            store.migrate().await.map_err(store_failure)?;
            if store.revoke_key(name, clock().now()).await.map_err(store_failure)? {
                eprintln!("the key is revoked; services stop taking it within five seconds");
                Ok(())
            } else {
                Err(Failure::Usage(
                    "no key of this name is valid\nhint: `minwon keys list` shows them".into(),
                ))
            }
        }),
    }
}

fn add(
    store: &StoreArgs,
    pepper: &PepperArgs,
    role: Role,
    name: &str,
    expires: Option<Duration>,
) -> Result<(), Failure> {
    let length = name.chars().count();
    if name.trim() != name || !(1..=LONGEST_NAME).contains(&length) || name.chars().any(char::is_control) {
        let expected =
            format!("`--name`: expected 1 to {LONGEST_NAME} characters without spaces at the ends");
        return Err(Failure::Usage(expected));
    }
    let pepper = pepper.key_pepper.as_bytes().to_vec();
    store.run(async |store| {
        store.migrate().await.map_err(store_failure)?;
        let keys = Keys::new(Arc::clone(&store), clock(), pepper);
        let expires_at = expires.map(|age| clock().now() + age);
        let made = keys.add(name, role, expires_at, random32()).await.map_err(store_failure)?;
        let Some(key) = made else {
            return Err(Failure::Usage(
                "a key of this name is there already\nhint: choose another name".into(),
            ));
        };
        eprintln!("keep the key: it is shown only once");
        println!("{key}");
        Ok(())
    })
}
