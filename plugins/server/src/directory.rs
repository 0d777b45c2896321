//! The agents that a part serves.

use crate::listener::Listener;
use galatea::{agent::Agent, text::name::normalise};
use std::sync::Weak;
use uuid::Uuid;

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
        let agents = self.agents();
        let id = Uuid::try_parse(id_or_name).ok();
        let wanted = normalise(id_or_name);
        let is_called = |agent: &&Agent| normalise(&agent.character().name) == wanted;
        agents.iter().find(|agent| Some(agent.id()) == id).or_else(|| agents.iter().find(is_called)).cloned()
    }
}
