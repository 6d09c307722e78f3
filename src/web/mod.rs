//! The counsellor's page: views rendered here, forms that work as plain HTML, one style sheet and one script of our own.
//!
//! Every view asks the same services as the API. Nothing is loaded from elsewhere, nothing is written into the HTML
//! unescaped, and what the machine says is marked as its own.

mod admin;
mod assets;
mod case;
mod case_view;
mod coordinator;
mod decide;
mod door;
mod error;
mod filter;
mod form;
mod layers;
mod live;
mod marks;
mod page;
mod plots;
mod queue;
mod replies;
mod row;
mod sessions;
mod sign_in;
mod summary;
mod timeline;
mod visitor;
mod when;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use time::Duration;

use crate::http::Deps;

use sessions::Sessions;

/// Gives 256 random bits.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Whether session cookies travel in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookies {
    /// On this machine only, where there is no TLS.
    Loopback,
    /// Over TLS only.
    Secure,
}

/// Settings of the page.
#[derive(Clone)]
pub struct Options {
    /// Time without a request after which a session ends.
    pub idle: Duration,
    /// How cookies travel.
    pub cookies: Cookies,
    /// Where session ids come from.
    pub random: Random,
}

/// What the views need.
#[derive(Clone)]
struct Web {
    deps: Deps,
    options: Options,
    sessions: Arc<Sessions>,
}

/// All views and forms, to be served beside the API.
pub fn pages(deps: Deps, options: Options) -> Router {
    let sessions = Arc::new(Sessions::new(options.idle));
    let web = Web { deps, options, sessions };
    let inside = Router::new()
        .route("/", get(queue::queue))
        .route("/queue/rows", get(queue::rows))
        .route("/queue/tabs", get(queue::numbers))
        .route("/cases/{id}", get(case::case))
        .route("/cases/{id}/reply", post(decide::reply))
        .route("/cases/{id}/reject", post(decide::reject))
        .route("/cases/{id}/labels", post(decide::labels))
        .route("/cases/{id}/transfer", post(decide::transfer))
        .route("/cases/{id}/close", post(decide::close))
        .route("/cases/{id}/drafts", post(decide::drafts))
        .route("/cases/{id}/undo", post(decide::undo))
        .route("/coordinator", get(coordinator::coordinator))
        .route("/summary", get(summary::summary))
        .route("/admin", get(admin::admin))
        .route("/admin/keys/revoke", post(admin::revoke))
        .route("/live", get(live::live))
        .route("/session", get(sign_in::left))
        .route("/session/stay", post(sign_in::stay))
        .route("/signout", post(sign_in::sign_out))
        .route_layer(middleware::from_fn_with_state(web.clone(), door::door));
    Router::new()
        .route("/signin", get(sign_in::form).post(sign_in::sign_in))
        .route("/static/{name}", get(assets::asset))
        .merge(inside)
        .layer(middleware::from_fn(layers::headers))
        .with_state(web)
}
