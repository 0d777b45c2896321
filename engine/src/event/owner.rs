//! Whose a handler or an attempt is: a plugin as it was loaded once.

use tokio_util::sync::CancellationToken;

/// One loading of a plugin, as the owner of what the plugin does by itself. While a plugin is changed two loadings
/// of it exist side by side.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) plugin: &'static str,
    /// Which loading; none if the plugin was not loaded.
    load: Option<u64>,
    /// Cancelled when this loading ends.
    scope: CancellationToken,
}

impl Owner {
    /// A plugin that is loaded, and what is cancelled when it is unloaded.
    pub(crate) fn new(plugin: &'static str, load: u64, scope: CancellationToken) -> Self {
        Self { plugin, load: Some(load), scope }
    }

    /// A plugin that is not loaded: nothing of it lives.
    pub(crate) fn ended(plugin: &'static str) -> Self {
        let scope = CancellationToken::new();
        scope.cancel();
        Self { plugin, load: None, scope }
    }

    /// Whether this is the loading of that number.
    pub(crate) fn is_load(&self, load: Option<u64>) -> bool {
        load.is_some() && self.load == load
    }

    /// Whether both are the same loading.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.plugin == other.plugin && self.is_load(other.load)
    }

    /// Whether this loading has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.scope.is_cancelled()
    }

    /// Ends the handlers that this loading subscribed.
    pub(crate) fn end(&self) {
        self.scope.cancel();
    }
}
