//! Who sends a request, and what that one may do.
//!
//! `identify` finds that out before anything answers, by a token, by a session, or by the rules of those who have neither
//! (`anonymous`); `throttle` slows down who guesses; `pass` looks again where a connection stays open; `scope` is what a token is
//! for; `routes` tells it to `#[route]`s.

mod anonymous;
mod identify;
mod pass;
mod routes;
mod scope;
pub(crate) mod session;
mod throttle;

pub(crate) use anonymous::{is_loopback, is_own_page};
pub(crate) use identify::{Proof, by_token, identify};
pub(crate) use pass::{Lasting, Pass};
pub(crate) use routes::RouteAccess;
pub use scope::Scope;
pub(crate) use throttle::{Throttle, block};

use crate::Directory;
use axum::{extract::FromRequestParts, http::request::Parts};
use galatea::{
    agent::Agent,
    definition::Plugin,
    extract::{Extract, ExtractError, Input, Invocation, kind},
    memory::Role,
    route::{Caller, RouteError},
};
use std::{collections::BTreeSet, convert::Infallible, fmt, sync::Arc};
use uuid::Uuid;

/// The source of the rooms and people of this server: the entity of a caller is that of its name in this source.
pub const SOURCE: &str = "api";

/// What those are called who need no token.
pub(crate) const ANONYMOUS: &str = "loopback";

/// Who sends a request. An extractor of axum's handlers and of `#[route]`s; it never refuses, what it gives does.
#[derive(Clone, Debug)]
pub struct Access(Arc<Who>);

#[derive(Clone, Debug)]
struct Who {
    name: String,
    grants: Vec<Grant>,
    /// Why what it showed is not accepted.
    refused: Option<RouteError>,
    /// What makes it known, but for those who need nothing.
    proof: Option<Proof>,
    session: Option<InSession>,
}

/// The session by which a caller is known.
#[derive(Clone)]
pub(crate) struct InSession {
    pub(crate) key: session::Key,
    pub(crate) csrf: String,
}

impl fmt::Debug for InSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InSession")
    }
}

/// What a caller may do with one agent.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) agent: Uuid,
    pub(crate) role: Role,
    /// `None` for everything.
    pub(crate) scopes: Option<BTreeSet<Scope>>,
}

impl Grant {
    /// Everything.
    pub(crate) const fn owner(agent: Uuid) -> Self {
        Self { agent, role: Role::Owner, scopes: None }
    }

    fn check(&self, role: Role, scope: Scope) -> Result<(), RouteError> {
        if role > self.role {
            let (own, wanted) = (self.role.name(), role.name());
            return Err(RouteError::forbidden(format!("this is for the role {wanted}; yours is {own}")));
        }
        match &self.scopes {
            Some(scopes) if !scopes.contains(&scope) => {
                let why = format!("your token is not for this; it needs the scope `{}`", scope.name());
                Err(RouteError::forbidden(why))
            }
            _ => Ok(()),
        }
    }
}

/// A caller's [name](Access::name) as a part of the names of rooms: without `/` and blanks, so that no two callers have a room
/// in common whatever follows it.
#[must_use]
pub fn name_in_rooms(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F").replace(' ', "%20")
}

impl Access {
    pub(crate) fn new(name: impl Into<String>, mut grants: Vec<Grant>) -> Self {
        // One may be looked for among thousands.
        grants.sort_unstable_by_key(|grant| grant.agent);
        let refused = None;
        Self(Arc::new(Who { name: name.into(), grants, refused, proof: None, session: None }))
    }

    /// The same with what makes it known.
    pub(crate) fn proven(self, proof: Proof) -> Self {
        self.with(|who| who.proof = Some(proof))
    }

    /// The same in a session.
    pub(crate) fn in_session(self, key: session::Key, csrf: String) -> Self {
        self.with(|who| who.session = Some(InSession { key, csrf }))
    }

    fn with(self, change: impl FnOnce(&mut Who)) -> Self {
        let mut who = Arc::unwrap_or_clone(self.0);
        change(&mut who);
        Self(Arc::new(who))
    }

    /// Nobody in particular; the error is why what it showed is not accepted.
    pub(crate) fn nobody(refused: Option<RouteError>) -> Self {
        Self::new("nobody", Vec::new()).with(|who| who.refused = refused)
    }

    /// What this caller may do with this agent.
    ///
    /// # Errors
    /// 401 if it is not known who calls, 403 if that one may not.
    pub fn require(&self, agent: &Agent, role: Role, scope: Scope) -> Result<Caller, RouteError> {
        let Some(grant) = self.grant(agent.id()) else {
            self.known()?;
            return Err(RouteError::forbidden("what you showed is for another agent"));
        };
        grant.check(role, scope)?;
        Ok(self.caller(agent, grant))
    }

    /// The agents with which the caller may do this.
    ///
    /// # Errors
    /// 401 if it is nobody at all, 403 if its token is for none of this.
    pub fn agents(&self, directory: &Directory, role: Role, scope: Scope) -> Result<Vec<Agent>, RouteError> {
        self.known()?;
        let mut refused = None;
        let mut agents = directory.agents();
        agents.retain(|agent| match self.grant(agent.id()).map(|grant| grant.check(role, scope)) {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                refused.get_or_insert(error);
                false
            }
            None => false,
        });
        match refused {
            Some(refused) if agents.is_empty() => Err(refused),
            _ => Ok(agents),
        }
    }

    /// Whether the caller may do this with some agent.
    ///
    /// # Errors
    /// 401 if it is nobody at all, 403 if its token is for none of this.
    pub fn require_any(&self, role: Role, scope: Scope) -> Result<(), RouteError> {
        self.known()?;
        let mut refused = Ok(());
        for grant in self.grants() {
            refused = grant.check(role, scope);
            if refused.is_ok() {
                break;
            }
        }
        refused
    }

    /// What it is called: the name of its token, `loopback` for who sits at this machine. The sender's name on the
    /// platform where it gives none itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it is known who calls.
    pub(crate) fn known(&self) -> Result<(), RouteError> {
        if !self.0.grants.is_empty() {
            return Ok(());
        }
        let unknown = || {
            RouteError::unauthorized(
                "say who you are: `authorization: Bearer` and a token, made by `galatea token new`",
            )
        };
        Err(self.0.refused.clone().unwrap_or_else(unknown))
    }

    /// Whether it has no token and needs none.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.0.name == ANONYMOUS
    }

    /// What it may do with some agent at least.
    pub(crate) fn scopes(&self) -> BTreeSet<Scope> {
        let of = |grant: &Grant| grant.scopes.clone().unwrap_or_else(|| Scope::ALL.into());
        self.grants().iter().flat_map(of).collect()
    }

    pub(crate) fn proof(&self) -> Option<&Proof> {
        self.0.proof.as_ref()
    }

    pub(crate) fn session(&self) -> Option<&InSession> {
        self.0.session.as_ref()
    }

    pub(crate) fn grants(&self) -> &[Grant] {
        &self.0.grants
    }

    pub(crate) fn grant(&self, agent: Uuid) -> Option<&Grant> {
        let at = self.0.grants.binary_search_by_key(&agent, |grant| grant.agent).ok()?;
        self.0.grants.get(at)
    }

    pub(crate) fn caller(&self, agent: &Agent, grant: &Grant) -> Caller {
        let name = self.name();
        let caller = Caller::new(agent.entity_id(SOURCE, name), [grant.role]).named(name);
        match &grant.scopes {
            Some(scopes) => caller.only_for(scopes.iter().map(|scope| scope.name())),
            None => caller,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Access {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(|| Self::nobody(None)))
    }
}

impl<P: Plugin> Extract<P, kind::Route> for Access {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let noted = match &invocation.input {
            Input::Route(request) => request.noted::<Self>().cloned(),
            _ => None,
        };
        Ok(noted.unwrap_or_else(|| Self::nobody(None)))
    }
}
