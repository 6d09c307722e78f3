//! Who calls, and whether they may: bearer keys, roles, a rate limit a key.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Deps;
use super::problem::Problem;
use crate::domain::Role;
use crate::service::{Actor, KeyError};

/// Requests a key may make: a steady rate and a burst on top.
pub struct KeyRate(Option<(DefaultKeyedRateLimiter<String>, DefaultClock)>);

impl KeyRate {
    /// `per_second` requests a second with bursts of as many again; `None` for no limit.
    pub fn new(per_second: Option<NonZeroU32>) -> Arc<Self> {
        Arc::new(Self(per_second.map(|rate| {
            (RateLimiter::keyed(Quota::per_second(rate).allow_burst(rate)), DefaultClock::default())
        })))
    }

    /// How long to wait, if the key has used up its share.
    fn wait(&self, name: &str) -> Option<Duration> {
        let (limiter, clock) = self.0.as_ref()?;
        limiter.check_key(&name.to_owned()).err().map(|until| until.wait_time_from(clock.now()))
    }
}

/// The caller of a request, let in by a key (or because none has been made yet).
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

impl Caller {
    /// Lets the caller through if it has one of the roles; an admin has all.
    ///
    /// # Errors
    /// 403.
    pub fn may(&self, roles: &[Role]) -> Result<&Actor, Problem> {
        let role = self.0.identity.role;
        if role == Role::Admin || roles.contains(&role) {
            Ok(&self.0)
        } else {
            Err(Problem::forbidden(roles))
        }
    }
}

impl FromRequestParts<Deps> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, deps: &Deps) -> Result<Self, Problem> {
        let key = bearer(parts)?;
        let identity = deps.keys.identify(key).await.map_err(|error| match error {
            KeyError::Missing => Problem::unauthorized("send a key as `authorization: Bearer …`"),
            KeyError::Invalid => Problem::unauthorized("the key is unknown, revoked or expired"),
            KeyError::Unavailable => Problem::unavailable("the key cannot be checked now"),
        })?;
        if let Some(wait) = deps.rate.wait(&identity.name) {
            return Err(Problem::rate_limited(wait));
        }
        Ok(Self(Actor { identity, address: address(parts) }))
    }
}

fn bearer(parts: &Parts) -> Result<Option<&str>, Problem> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().ok().and_then(|value| value.split_once(' '));
    match value {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty() => {
            Ok(Some(key.trim()))
        }
        _ => Err(Problem::unauthorized("expected `authorization: Bearer …`")),
    }
}

/// Address of the peer; what a proxy says is not believed, it could say anything.
fn address(parts: &Parts) -> String {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip()).to_string()
}
