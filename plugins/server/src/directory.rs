//! The agents that a part serves.

use crate::listener::{Listener, Member};
use galatea::agent::Agent;
use std::sync::Weak;

/// The agents that a part serves: those of one address whose characters select the plugin that mounted it. It follows what
/// comes and goes.
#[derive(Clone, Debug)]
pub struct Directory {
    listener: Weak<Listener>,
    /// The prefix of the part; `None` for all agents of the address.
    at: Option<&'static str>,
}

impl Directory {
    pub(crate) const fn of(listener: Weak<Listener>, at: Option<&'static str>) -> Self {
        Self { listener, at }
    }

    /// The agents, in order of their names. An agent that is still starting is not among them.
    #[must_use]
    pub fn agents(&self) -> Vec<Agent> {
        self.listener.upgrade().map(|listener| listener.agents(self.at)).unwrap_or_default()
    }

    /// The agent of this id, else of this name: in any case, with or without blanks and hyphens (`ada-lovelace`).
    #[must_use]
    pub fn find(&self, id_or_name: &str) -> Option<Agent> {
        let listener = self.listener.upgrade()?;
        let is_served = |member: &Member| self.at.is_none_or(|at| listener.serves(member.agent.id(), at));
        listener.members().find(id_or_name, is_served).map(|member| member.agent.clone())
    }
}
