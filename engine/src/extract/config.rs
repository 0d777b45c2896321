//! The config of the handler's own plugin.

use super::{Extract, ExtractError, HandlerKind, Invocation};
use crate::definition::Plugin;
use std::{ops::Deref, sync::Arc};

/// The config of plugin `P`. Only handlers of `P` may take it; another plugin's config is a compiler error.
#[derive(Debug)]
pub struct Config<P: Plugin>(pub Arc<P::Config>);

impl<P: Plugin> Clone for Config<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Plugin> Deref for Config<P> {
    type Target = P::Config;

    fn deref(&self) -> &P::Config {
        &self.0
    }
}

impl<P: Plugin, K: HandlerKind> Extract<P, K> for Config<P> {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let config = invocation.agent.config(P::NAME).ok_or(ExtractError::NotLoaded(P::NAME))?;
        config.downcast().map(Self).map_err(|_| ExtractError::NotLoaded(P::NAME))
    }
}
