//! The listener of an address, shared by the agents of the process that have this address.
//!
//! `open` finds or opens the listener of an agent, `seat` is the agent's place at it, `accept` takes connections and sees them to
//! their end, `answer` is the way of a request, `patient` gives up who
//! takes nothing, `ending` tells long answers of the end, `roster` is what requests find agents by.

mod accept;
mod answer;
mod ending;
mod open;
mod patient;
mod roster;
mod seat;

pub use answer::Whole;
pub(crate) use answer::{Peer, missing};
pub use ending::Ending;
pub use open::ListenError;
pub(crate) use open::join;
pub(crate) use roster::Roster;
pub(crate) use seat::Seat;

use crate::{
    Part, Server, Settings,
    access::{RouteAccess, Throttle, session::Sessions},
    layers::Rates,
    site::Described,
};
use axum::Router;
use galatea::{
    agent::{Agent, Loading},
    clock::Clock,
    definition::Plugin,
    token,
};
use std::{
    collections::{BTreeMap, HashSet},
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The listener of an address.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    /// The address that was asked for; `None` where the character names none: agents that name none either join.
    wanted: Option<SocketAddr>,
    /// Those of the agent that opened it.
    settings: Arc<Settings>,
    sessions: Sessions,
    throttle: Throttle,
    rates: Rates,
    described: Described,
    state: RwLock<State>,
    /// Cancelled when it takes no connections any more.
    ending: CancellationToken,
    /// Cancelled when its socket is closed.
    closed: CancellationToken,
    /// Cancelled when its last connection is.
    done: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    members: Vec<Member>,
    /// The same as requests find them; `None` if somebody came or went, or is starting.
    roster: Option<Arc<Roster>>,
    /// How often somebody came or went.
    changes: u64,
    /// What plugins of agents mounted, by its prefix.
    mounts: BTreeMap<&'static str, Vec<Mount>>,
    /// The routers of parts, by their prefix.
    routers: BTreeMap<&'static str, Router>,
    /// What ends when an agent leaves.
    gone: BTreeMap<Uuid, CancellationToken>,
}

impl State {
    /// Somebody came or went.
    fn changed(&mut self) {
        self.roster = None;
        self.changes += 1;
    }
}

/// An agent at a listener. While its plugin is changed, an agent is there twice: the newer one counts.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    number: u64,
    pub(crate) agent: Agent,
    pub(crate) settings: Arc<Settings>,
    /// The hash of the owner's token.
    pub(crate) token: Option<[u8; 32]>,
    /// The routes of its plugins, which know who calls.
    pub(crate) routes: Router,
    /// Cancelled when the agent has left.
    pub(crate) gone: CancellationToken,
}

/// Something that a plugin of an agent mounted.
#[derive(Debug)]
struct Mount {
    part: Part,
    member: u64,
    agent: Agent,
    /// The loading of the plugin that mounted it; `None` if it stays for as long as the member.
    by: Option<Loading>,
}

impl Mount {
    /// Whether it will never be there again.
    fn is_over(&self) -> bool {
        self.by.as_ref().is_some_and(Loading::is_over)
    }

    /// Whether it is there: the plugin that mounted it is the one that its agent has now.
    fn is_there(&self) -> bool {
        self.by.as_ref().is_none_or(|by| by.is_current(&self.agent))
    }

    fn plugin(&self) -> Option<&'static str> {
        self.by.as_ref().map(Loading::plugin)
    }
}

impl Listener {
    fn new(
        address: SocketAddr,
        wanted: Option<SocketAddr>,
        settings: Arc<Settings>,
        clock: Clock,
    ) -> Arc<Self> {
        Arc::new(Self {
            address,
            wanted,
            sessions: Sessions::new(clock),
            throttle: Throttle::default(),
            rates: Rates::new(settings.rate),
            described: Described::default(),
            settings,
            state: RwLock::default(),
            ending: CancellationToken::new(),
            closed: CancellationToken::new(),
            done: CancellationToken::new(),
        })
    }

    /// The address at which it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The settings of the agent that opened it.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(crate) const fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    pub(crate) const fn rates(&self) -> &Rates {
        &self.rates
    }

    /// The description of what answers here, as it was made last.
    pub(crate) const fn described(&self) -> &Described {
        &self.described
    }

    /// Cancelled when it takes no connections any more.
    pub(crate) const fn ending(&self) -> &CancellationToken {
        &self.ending
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its agents whose start is over, in order of their names.
    pub(crate) fn members(&self) -> Arc<Roster> {
        let (changes, all_ready, roster) = {
            let state = self.read();
            if let Some(roster) = &state.roster {
                return Arc::clone(roster);
            }
            // Asked first: who is ready only after this is missing in what is made now.
            let all_ready = state.members.iter().all(|member| member.agent.is_ready());
            (state.changes, all_ready, Arc::new(Roster::of(&state.members)))
        };
        if all_ready {
            let mut state = self.write();
            if state.changes == changes {
                state.roster = Some(Arc::clone(&roster));
            }
        }
        roster
    }

    /// Whether an agent of it is still starting.
    pub(crate) fn is_starting(&self) -> bool {
        self.read().members.iter().any(|member| !member.agent.is_ready())
    }

    /// Whether this very agent is at it.
    fn has(&self, agent: &Agent) -> bool {
        self.read().members.iter().any(|member| member.agent.is_same(agent))
    }

    /// The member that is this agent.
    pub(crate) fn member(&self, agent: Uuid) -> Option<Member> {
        let state = self.read();
        match &state.roster {
            Some(roster) => roster.get(agent).cloned(),
            None => state.members.iter().rev().find(|member| member.agent.id() == agent).cloned(),
        }
    }

    /// Its agents, or those for which something is mounted at this prefix.
    pub(crate) fn agents(&self, at: Option<&str>) -> Vec<Agent> {
        let serving: Option<HashSet<Uuid>> = at.map(|at| {
            let state = self.read();
            let here = state.mounts.get(at).into_iter().flatten().filter(|mount| mount.is_there());
            here.map(|mount| mount.agent.id()).collect()
        });
        let is_serving =
            |member: &&Member| serving.as_ref().is_none_or(|serving| serving.contains(&member.agent.id()));
        self.members().iter().filter(is_serving).map(|member| member.agent.clone()).collect()
    }

    /// Whether something is mounted for an agent at this prefix.
    pub(crate) fn serves(&self, agent: Uuid, at: &str) -> bool {
        let state = self.read();
        let mut here = state.mounts.get(at).into_iter().flatten();
        here.any(|mount| mount.agent.id() == agent && mount.is_there())
    }

    /// What is mounted, each prefix once, in order of prefixes.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let state = self.read();
        let there =
            |mounts: &Vec<Mount>| mounts.iter().find(|mount| mount.is_there()).map(|mount| mount.part);
        state.mounts.values().filter_map(there).collect()
    }

    /// What answers a path, if a part does: the one with the longest prefix.
    pub(crate) fn part_of(&self, path: &str) -> Option<(Part, Router)> {
        let state = self.read();
        let there = |mounts: &Vec<Mount>| {
            // They are of one part: looking at one tells whether the path is below it.
            mounts.first().filter(|mount| mount.part.below(path).is_some())?;
            mounts.iter().find(|mount| mount.is_there()).map(|mount| mount.part)
        };
        let part = state.mounts.values().filter_map(there).max_by_key(|part| part.at.len())?;
        Some((part, state.routers.get(part.at)?.clone()))
    }

    fn admit(self: &Arc<Self>, agent: Agent, settings: Arc<Settings>) -> Seat {
        let routes = agent.router_with(RouteAccess::new(agent.clone(), Server::NAME));
        let mut state = self.write();
        state.next += 1;
        let number = state.next;
        let gone = state.gone.entry(agent.id()).or_default().clone();
        let token = settings.token.as_ref().map(|token| token::hash(token.expose().trim()));
        state.changed();
        state.members.push(Member { number, agent, settings, token, routes, gone });
        Seat::new(Arc::clone(self), number)
    }
}
