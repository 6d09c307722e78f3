//! The door: a session, or the way to sign in. While no key has been made, everybody on this machine comes in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::PageError;
use super::form::Form;
use super::sessions::Use;
use super::sign_in::{self, Because};
use super::visitor::Visitor;
use super::{Cookies, Web};
use crate::service::{Actor, Identity, KeyError};

/// Requests that the page makes by itself; they do not keep a session alive.
const BY_ITSELF: [&str; 4] = ["/live", "/session", "/queue/rows", "/queue/tabs"];

/// Lets a request in with its [`Visitor`], or answers with the sign-in form.
pub async fn door(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if from_elsewhere(request.method(), request.headers()) {
        return PageError::Csrf.into_response();
    }
    let knock = Knock::of(&web, &request);
    let (session, begun) = match let_in(&web, knock).await {
        Ok(Some((visitor, begun))) => {
            let session = visitor.session.clone();
            request.extensions_mut().insert(visitor);
            (session, begun)
        }
        Ok(None) => return turned_away(request).await,
        Err(error) => return error.into_response(),
    };
    let mut response = next.run(request).await;
    if begun == Begun::Now {
        response.headers_mut().append(header::SET_COOKIE, web.cookie(&session));
    }
    response
}

/// Whether the session is a new one, whose cookie must still be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    Now,
    Before,
}

/// What the door looks at.
struct Knock {
    cookie: Option<String>,
    address: String,
    used_by: Use,
    loopback: bool,
}

impl Knock {
    fn of(web: &Web, request: &Request) -> Self {
        let by_itself = BY_ITSELF.contains(&request.uri().path());
        Self {
            cookie: session_id(web, request.headers()),
            address: address(request),
            used_by: if by_itself { Use::Page } else { Use::Person },
            loopback: on_loopback(request.headers()),
        }
    }
}

async fn let_in(web: &Web, knock: Knock) -> Result<Option<(Visitor, Begun)>, PageError> {
    let now = web.deps.clock.now();
    let found =
        knock.cookie.and_then(|id| web.sessions.find(&id, now, knock.used_by).map(|session| (id, session)));
    let (id, session, begun) = match found {
        Some((id, session)) => (id, Some(session), Begun::Before),
        None if web.deps.keys.open().await => (String::new(), None, Begun::Now),
        None => return Ok(None),
    };
    let key = session.as_ref().and_then(|session| session.key.as_deref());
    if key.is_none() && !knock.loopback {
        return Err(PageError::Forbidden);
    }
    let identity = match web.deps.keys.identify(key).await {
        Ok(identity) => identity,
        Err(KeyError::Unavailable) => return Err(PageError::Unavailable),
        Err(KeyError::Missing | KeyError::Invalid) => {
            web.sessions.end(&id);
            return Ok(None);
        }
    };
    let id = if begun == Begun::Now { web.sessions.begin((web.options.random)(), None, now) } else { id };
    Ok(Some((visitor(identity, knock.address, id, key.is_none()), begun)))
}

fn visitor(identity: Identity, address: String, session: String, open: bool) -> Visitor {
    Visitor { actor: Actor { identity, address }, session, open }
}

/// The sign-in form. What was typed into a form of the ended session is shown, so that it is not lost.
async fn turned_away(request: Request) -> Response {
    if request.method() != Method::POST {
        return sign_in::needed(request.uri());
    }
    let back = referring_page(request.uri());
    let typed = Form::read(request).await.ok().map(|form| form.long("text")).unwrap_or_default();
    sign_in::again(&back, Because::Ended, typed)
}

/// The page that a form of a case stands on.
fn referring_page(uri: &Uri) -> String {
    let path = uri.path();
    let page = match path.strip_prefix("/cases/").and_then(|rest| rest.split_once('/')) {
        Some((id, _)) => format!("/cases/{id}"),
        None => "/".to_owned(),
    };
    uri.query().map_or(page.clone(), |query| format!("{page}?{query}"))
}

/// A form that another site sent. Browsers say so; what says nothing is held by the token.
pub fn from_elsewhere(method: &Method, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    method == Method::POST && site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// While everybody is let in, the page answers to this machine's own names only: a foreign name that was made to point
/// here (DNS rebinding) opens nothing.
fn on_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Address of the peer; what a proxy says is not believed.
pub fn address(request: &Request) -> String {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip()).to_string()
}

/// The session id in the cookies of a request.
pub fn session_id(web: &Web, headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == web.cookie_name())
        .map(|(_, id)| id.to_owned())
}

impl Web {
    /// Name of the session cookie; the prefix makes browsers insist on TLS, this host and the path `/`.
    fn cookie_name(&self) -> &'static str {
        match self.options.cookies {
            Cookies::Loopback => "minwon_session",
            Cookies::Secure => "__Host-minwon_session",
        }
    }

    /// Sets the session cookie; an empty id takes it away.
    pub fn cookie(&self, id: &str) -> HeaderValue {
        let secure = if self.options.cookies == Cookies::Secure { "; Secure" } else { "" };
        let age = if id.is_empty() { "; Max-Age=0" } else { "" };
        let cookie = format!("{}={id}; HttpOnly; SameSite=Strict; Path=/{secure}{age}", self.cookie_name());
        HeaderValue::from_str(&cookie).expect("an id is hexadecimal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost", "localhost:8120", "127.0.0.1:8120", "[::1]:8120", "127.8.0.1"] {
            assert!(on_loopback(&headers("host", host)), "{host}");
        }
        for host in ["", "minwon.example", "127.0.0.1.example:80", "10.0.0.1:8120", "localhost.example"] {
            assert!(!on_loopback(&headers("host", host)), "{host}");
        }
    }

    #[test]
    fn forms_of_other_sites_are_known() {
        assert!(from_elsewhere(&Method::POST, &headers("sec-fetch-site", "cross-site")));
        assert!(from_elsewhere(&Method::POST, &headers("sec-fetch-site", "same-site")));
        assert!(!from_elsewhere(&Method::POST, &headers("sec-fetch-site", "same-origin")));
        assert!(!from_elsewhere(&Method::GET, &headers("sec-fetch-site", "cross-site")));
    }

    #[test]
    fn a_form_leads_back_to_its_page() {
        assert_eq!(
            referring_page(&"/cases/7/reply?department=roads".parse().unwrap()),
            "/cases/7?department=roads"
        );
        assert_eq!(referring_page(&"/signout".parse().unwrap()), "/");
    }
}
