//! One loading of a plugin, for what it gives to others while it is loaded.

use super::Agent;
use crate::event::Owner;
use std::future::Future;

tokio::task_local! {
    static CURRENT: Owner;
}

/// One loading of a plugin. What a plugin gives to another one in its `on_load`, or when a service of it starts, belongs
/// to that loading: the other plugin keeps this with it and looks whether it is over. While a plugin is changed, two
/// loadings of it exist side by side.
#[derive(Clone, Debug)]
pub struct Loading(Owner);

impl Loading {
    /// The loading in whose `on_load`, or start of a service, this is called; `None` anywhere else.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok().map(Self)
    }

    /// The plugin.
    #[must_use]
    pub const fn plugin(&self) -> &'static str {
        self.0.plugin
    }

    /// Whether the plugin was unloaded, or this loading of it replaced.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.is_over()
    }

    /// Whether this loading is the one that an agent has now: it is not being made any more, and not replaced yet.
    #[must_use]
    pub fn is_current(&self, agent: &Agent) -> bool {
        !self.is_over() && agent.newest().has_loading(&self.0)
    }

    /// Runs what a plugin does while it is loaded.
    pub(crate) async fn run<T>(agent: &Agent, plugin: &'static str, future: impl Future<Output = T>) -> T {
        let owner = agent.parts().owner(plugin).unwrap_or_else(|| Owner::ended(plugin));
        CURRENT.scope(owner, future).await
    }
}
