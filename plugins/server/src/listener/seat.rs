//! The place of an agent at a listener.

use super::{Listener, Mount, open};
use crate::{Anonymous, Directory, MountError, Part, access::is_loopback};
use galatea::{agent::Loading, route::Admission, store::StoreError};
use std::{net::SocketAddr, sync::Arc};

/// The place of an agent at a listener.
#[derive(Debug)]
pub(crate) struct Seat {
    listener: Arc<Listener>,
    number: u64,
}

impl Seat {
    pub(super) const fn new(listener: Arc<Listener>, number: u64) -> Self {
        Self { listener, number }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Mounts a part for the agent.
    pub(crate) fn mount(&self, part: Part, by: Option<Loading>) -> Result<(), MountError> {
        let router = (part.router)(Directory::of(Arc::downgrade(&self.listener), Some(part.at)));
        let mut state = self.listener.write();
        let member = state.members.iter().find(|member| member.number == self.number);
        let Some(agent) = member.map(|member| member.agent.clone()) else {
            // The server of this agent has ended; nothing of it is to be seen.
            return Ok(());
        };
        let mount = Mount { part, member: self.number, agent, by };
        let others = state.mounts.entry(part.at).or_default();
        others.retain(|mount| !mount.is_over());
        if let Some(plugin) = others.iter().map(Mount::plugin).find(|plugin| *plugin != mount.plugin()) {
            return Err(MountError::Taken { at: part.at, plugin: plugin.unwrap_or("somebody") });
        }
        others.push(mount);
        // Mounted anew, it is what it was: a router holds what its part keeps between requests.
        state.routers.entry(part.at).or_insert(router);
        Ok(())
    }

    /// Whether something is mounted at this prefix.
    pub(crate) fn has(&self, at: &str) -> bool {
        self.listener.part_of(at).is_some()
    }

    /// Who is let in to the agent.
    pub(crate) async fn admits(&self) -> Result<Admission, StoreError> {
        let members = self.listener.members();
        let Some(member) = members.iter().find(|member| member.number == self.number) else {
            return Ok(Admission::Nobody);
        };
        if member.settings.anonymous == Anonymous::Loopback && is_loopback(self.address().ip()) {
            return Ok(Admission::Local);
        }
        let now = member.agent.clock().now();
        let lets_in = member.token.is_some()
            || member.agent.store().tokens().await?.iter().any(|token| !token.is_over(now));
        Ok(if lets_in { Admission::Tokens } else { Admission::Nobody })
    }

    /// Leaves the listener; the last one closes it and waits until what runs has finished.
    pub(crate) async fn leave(&self) {
        let is_last = {
            let mut state = self.listener.write();
            let left = state.members.iter().position(|member| member.number == self.number);
            let left = left.map(|at| state.members.remove(at).agent.id());
            state.changed();
            for mounts in state.mounts.values_mut() {
                mounts.retain(|mount| mount.member != self.number);
            }
            let stays = left.is_some_and(|id| state.members.iter().any(|member| member.agent.id() == id));
            if let (Some(id), false) = (left, stays)
                && let Some(gone) = state.gone.remove(&id)
            {
                gone.cancel();
            }
            state.members.is_empty()
        };
        if is_last {
            open::close(&self.listener).await;
        }
    }
}
