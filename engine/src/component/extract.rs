//! Components as parameters of handlers.

use super::{Component, Components, EntityComponent};
use crate::{
    definition::Plugin,
    extract::{Extract, ExtractError, HandlerKind, Invocation, Signature},
};

fn components(invocation: &Invocation) -> Result<Components, ExtractError> {
    if !invocation.agent.has_store() && invocation.turn.is_none() {
        let why = "the storage is not open yet; require the plugin that opens it";
        return Err(ExtractError::Other(why.to_owned()));
    }
    let room = invocation.turn.as_ref().map(|turn| turn.message.room);
    Ok(Components::with(invocation.agent.clone(), room))
}

impl<P: Plugin, K: HandlerKind> Extract<P, K> for Components {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    fn describe(signature: &mut Signature) {
        signature.read_turn();
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        components(invocation)
    }
}

impl<P: Plugin, K: HandlerKind, T: EntityComponent> Extract<P, K> for Component<T> {
    type From = T::Plugin;
    type Perhaps = P;
    type Permission = ();

    fn describe(signature: &mut Signature) {
        signature.read_turn();
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        components(invocation).map(Self::with)
    }
}

impl<P: Plugin, K: HandlerKind, T: EntityComponent> Extract<P, K> for Option<Component<T>> {
    type From = P;
    type Perhaps = T::Plugin;
    type Permission = ();

    fn describe(signature: &mut Signature) {
        signature.read_turn();
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let is_loaded = invocation.agent.has::<T::Plugin>() || invocation.plugin.name == T::Plugin::NAME;
        if is_loaded { components(invocation).map(Component::with).map(Some) } else { Ok(None) }
    }
}
