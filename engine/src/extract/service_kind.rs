//! Services as parameters, by what they do instead of by who provides them.

use super::{Extract, ExtractError, HandlerKind, Invocation, Signature};
use crate::{
    definition::Plugin,
    service::{KindError, ServiceKind},
};
use std::{fmt, ops::Deref, sync::Arc};

/// The service of a kind, whichever plugin provides it: `search: Kind<dyn WebSearch>`. The plugin writes
/// `requires(capability("web-search"))`, so that a character in which nothing serves the kind is refused when it
/// is built.
///
/// Of several the one whose plugin has the highest priority, then the one that loads first; one that is down is
/// passed over where another is up. A service with `permission = Network` is given only to plugins that declare
/// `permissions(Network)`, as by its type; which service it will be is known at run time only, so this is
/// refused at run time. `Option<Kind<dyn …>>` is `None` where there is none to be had, [`Kinds`] are all.
pub struct Kind<K: ?Sized>(pub Arc<K>);

impl<K: ?Sized> Clone for Kind<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: ServiceKind + ?Sized> fmt::Debug for Kind<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&K::NAME).finish()
    }
}

impl<K: ?Sized> Deref for Kind<K> {
    type Target = K;

    fn deref(&self) -> &K {
        &self.0
    }
}

impl<P: Plugin, H: HandlerKind, K: ServiceKind + ?Sized> Extract<P, H> for Kind<K> {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    fn describe(signature: &mut Signature) {
        signature.kinds.push(K::NAME);
        // An action may have changed what the service knows.
        signature.read_turn();
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        Ok(Self(invocation.agent.first_of_kind::<K>(Some(invocation.plugin)).await?))
    }
}

impl<P: Plugin, H: HandlerKind, K: ServiceKind + ?Sized> Extract<P, H> for Option<Kind<K>> {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    fn describe(signature: &mut Signature) {
        signature.read_turn();
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        match invocation.agent.first_of_kind::<K>(Some(invocation.plugin)).await {
            Ok(kind) => Ok(Some(Kind(kind))),
            Err(error @ KindError::NotStarted { .. }) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }
}

/// Every service of a kind that can be had, in the order in which [`Kind`] chooses; those that the plugin may not
/// use are not among them.
pub struct Kinds<K: ?Sized>(pub Vec<Arc<K>>);

impl<K: ?Sized> Clone for Kinds<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: ServiceKind + ?Sized> fmt::Debug for Kinds<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kinds({:?}, {})", K::NAME, self.0.len())
    }
}

impl<K: ?Sized> Deref for Kinds<K> {
    type Target = [Arc<K>];

    fn deref(&self) -> &[Arc<K>] {
        &self.0
    }
}

impl<P: Plugin, H: HandlerKind, K: ServiceKind + ?Sized> Extract<P, H> for Kinds<K> {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    fn describe(signature: &mut Signature) {
        signature.read_turn();
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        Ok(Self(invocation.agent.all_of_kind::<K>(Some(invocation.plugin)).await))
    }
}
