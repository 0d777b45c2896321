//! The definition of a service's kind: what the macro makes of `kind = WebSearch`.

use super::ErasedService;
use crate::service::ServiceKind;
use std::{
    any::{Any, TypeId},
    fmt,
    sync::Arc,
};

/// A service as one of its kinds, with the kind forgotten: a boxed `Arc<dyn TheKind>`.
pub type ErasedKind = Box<dyn Any + Send + Sync>;

/// A kind that a service serves.
#[derive(Clone, Copy)]
pub struct KindDef {
    /// The kind's name, e.g. `web-search`.
    pub name: &'static str,
    /// Identity of the kind's `dyn` type.
    pub type_id: fn() -> TypeId,
    /// The service as this kind; `None` if it is another service, which only a mistake of the engine could cause.
    pub cast: fn(ErasedService) -> Option<ErasedKind>,
}

impl KindDef {
    /// The definition of kind `K`; `cast` gives a service as it.
    #[must_use]
    pub const fn of<K: ServiceKind + ?Sized>(cast: fn(ErasedService) -> Option<ErasedKind>) -> Self {
        Self { name: K::NAME, type_id: TypeId::of::<K>, cast }
    }

    /// A service as kind `K`, if this is its definition and the service is the right one.
    pub(crate) fn serve<K: ServiceKind + ?Sized>(&self, service: &ErasedService) -> Option<Arc<K>> {
        if (self.type_id)() != TypeId::of::<K>() {
            return None;
        }
        (self.cast)(Arc::clone(service))?.downcast::<Arc<K>>().ok().map(|kind| *kind)
    }
}

impl fmt::Debug for KindDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KindDef").field(&self.name).finish()
    }
}
