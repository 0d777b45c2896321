//! Finds out who sends a request, before anything answers.

use super::{
    Access, Grant, Scope,
    anonymous::{is_local, is_own_page},
    session::{self, Ticket},
};
use crate::listener::Listener;
use axum::http::{HeaderMap, Method, StatusCode, header, request::Parts};
use galatea::{route::RouteError, store::StoreError, token};
use jiff::SignedDuration;
use std::net::SocketAddr;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// What the owner's token of a character is called.
const OWNER: &str = "owner";

/// Uses of a token are noted no more often than this.
const USED: SignedDuration = SignedDuration::from_mins(1);

/// What makes a caller known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A token of an agent.
    Token {
        /// The agent.
        agent: Uuid,
        /// The hash of its text.
        hash: [u8; 32],
    },
    /// The owner's token, as characters have it; its hash.
    Setting([u8; 32]),
}

/// What a request shows.
enum Shown {
    Nothing,
    Token(String),
    Malformed(&'static str),
}

/// Who sends a request.
pub(crate) async fn identify(listener: &Listener, parts: &Parts, peer: SocketAddr) -> Access {
    let roster = listener.members();
    let is_here = is_local(parts, peer, listener.address()) && roster.lets_in_anybody();
    match shown(&parts.headers) {
        // Programs that must show something show anything where nothing is needed.
        Shown::Token(text) if is_here && !means_something(listener, &text) => roster.anonymous().clone(),
        Shown::Token(text) => {
            by_token(listener, &text, peer).await.unwrap_or_else(|why| Access::nobody(Some(why)))
        }
        Shown::Malformed(why) => Access::nobody(Some(RouteError::unauthorized(why))),
        Shown::Nothing => match by_session(listener, parts).await {
            Some(access) => access,
            None if is_here => roster.anonymous().clone(),
            None => Access::nobody(None),
        },
    }
}

fn shown(headers: &HeaderMap) -> Shown {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let bearer = value.to_str().ok().and_then(|text| text.trim().split_once(' '));
        return match bearer {
            Some((scheme, text)) if scheme.eq_ignore_ascii_case("bearer") => {
                Shown::Token(text.trim().to_owned())
            }
            _ => Shown::Malformed("write `authorization: Bearer` and a token"),
        };
    }
    match headers.get("x-api-key").map(|value| value.to_str()) {
        Some(Ok(text)) => Shown::Token(text.trim().to_owned()),
        Some(Err(_)) => Shown::Malformed("`x-api-key` is no token"),
        None => Shown::Nothing,
    }
}

/// Whether a text looks like a token, or is one.
fn means_something(listener: &Listener, text: &str) -> bool {
    token::agent_of(text).is_some() || !owned(listener, &token::hash(text)).is_empty()
}

/// Who has this token.
pub(crate) async fn by_token(
    listener: &Listener,
    text: &str,
    peer: SocketAddr,
) -> Result<Access, RouteError> {
    let hash = token::hash(text);
    let throttle = listener.throttle();
    throttle.check(peer.ip(), &hash)?;
    let proof = match token::agent_of(text) {
        Some(agent) => Proof::Token { agent, hash },
        None => Proof::Setting(hash),
    };
    match by_proof(listener, proof).await? {
        Some(access) => {
            throttle.succeeded(hash);
            Ok(access)
        }
        None => {
            throttle.failed(peer.ip());
            Err(RouteError::unauthorized(
                "this token is not known here: it is wrong, its time is over, or it was revoked",
            ))
        }
    }
}

/// Who a proof makes known, as it is now; `None` if it proves nothing any more.
pub(crate) async fn by_proof(listener: &Listener, proof: Proof) -> Result<Option<Access>, RouteError> {
    let (name, grants) = match &proof {
        Proof::Setting(hash) if owned(listener, hash).is_empty() && listener.is_starting() => {
            return Err(RouteError::unavailable("an agent is starting"));
        }
        Proof::Setting(hash) => {
            (OWNER.to_owned(), owned(listener, hash).into_iter().map(Grant::owner).collect())
        }
        // Not to be taken for a wrong one: it would be throttled, or its session ended.
        Proof::Token { agent, .. }
            if listener.member(*agent).is_some_and(|member| !member.agent.is_ready()) =>
        {
            return Err(RouteError::unavailable("the agent is starting"));
        }
        Proof::Token { agent, hash } => match stored(listener, *agent, hash).await {
            Ok(Some((name, grant))) => (name, vec![grant]),
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::error!("tokens cannot be read: {error}");
                return Err(RouteError::unavailable("tokens cannot be read now; the log tells why"));
            }
        },
    };
    Ok((!grants.is_empty()).then(|| Access::new(name, grants).proven(proof)))
}

/// The agents whose owner's token has this hash.
fn owned(listener: &Listener, hash: &[u8; 32]) -> Vec<Uuid> {
    let members = listener.members();
    let is_owned = |own: &[u8; 32]| bool::from(own.ct_eq(hash));
    let own = members.iter().filter(|member| member.token.as_ref().is_some_and(is_owned));
    own.map(|member| member.agent.id()).collect()
}

/// The token of an agent with this hash, unless its time is over.
async fn stored(
    listener: &Listener,
    agent: Uuid,
    hash: &[u8; 32],
) -> Result<Option<(String, Grant)>, StoreError> {
    let Some(member) = listener.member(agent) else { return Ok(None) };
    let (store, now) = (member.agent.store(), member.agent.clock().now());
    let Some(token) = store.token(hash).await?.filter(|token| !token.is_over(now)) else {
        return Ok(None);
    };
    if token.used.is_none_or(|used| now.duration_since(used) >= USED)
        && let Err(error) = store.use_token(token.id, now).await
    {
        tracing::warn!("the use of a token is not noted: {error}");
    }
    let scopes = token.scopes.map(|names| names.iter().filter_map(|name| Scope::from_name(name)).collect());
    Ok(Some((token.name, Grant { agent, role: token.role, scopes })))
}

/// Who has signed in; `None` if nobody has, or that is long ago.
async fn by_session(listener: &Listener, parts: &Parts) -> Option<Access> {
    let Ticket { key, proof, csrf } = listener.sessions().find(&session::cookie(&parts.headers)?)?;
    let access = match by_proof(listener, proof).await {
        Ok(Some(access)) => access.in_session(key, csrf.clone()),
        Ok(None) => {
            listener.sessions().end(&key);
            return None;
        }
        Err(unavailable) => return Some(Access::nobody(Some(unavailable))),
    };
    Some(match page(parts, &csrf, &listener.settings().cors) {
        Ok(()) => access,
        Err(refused) => Access::nobody(Some(refused)),
    })
}

/// Refuses what a page of somebody else can make a browser send: cookies come along by themselves.
fn page(parts: &Parts, csrf: &str, allowed: &[String]) -> Result<(), RouteError> {
    let refused = |why: &str| Err(RouteError::new(StatusCode::FORBIDDEN, why).with_code("csrf"));
    if !is_own_page(&parts.headers, allowed) {
        return refused("this comes from a page of another origin; show a token instead of a cookie");
    }
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    match parts.headers.get("x-csrf-token") {
        Some(shown) if bool::from(shown.as_bytes().ct_eq(csrf.as_bytes())) => Ok(()),
        Some(_) => refused("`x-csrf-token` is not that of this session; `GET /api/v1/session` tells it"),
        None => {
            refused("with a session this needs the header `x-csrf-token`; `GET /api/v1/session` tells it")
        }
    }
}
