//! Reading and writing components.

use super::{ComponentError, EntityComponent, Misfit, RegisteredComponentType};
use crate::{
    agent::Agent,
    definition::Plugin,
    store::{ComponentKey, ComponentQuery, ComponentScope, StoredComponent},
};
use serde_json::Value;
use std::marker::PhantomData;
use uuid::Uuid;

/// The components of type `T`: data that the plugin of `T` keeps about entities. That plugin must be required;
/// `Option<Component<T>>` is for plugins that are optional.
///
/// An entity has at most one in each scope. At first the scope is everywhere, said by nobody in particular;
/// [`in_world`](Self::in_world) and [`said_by`](Self::said_by) give another one.
#[derive(Clone, Debug)]
pub struct Component<T> {
    inner: Components,
    shape: PhantomData<fn() -> T>,
}

/// The components of entities, of every type, as JSON. Scopes are those of [`Component`].
#[derive(Clone, Debug)]
pub struct Components {
    agent: Agent,
    scope: ComponentScope,
    room: Option<Uuid>,
}

impl Agent {
    /// The components of its entities of one type, outside any handler.
    #[must_use]
    pub fn component<T: EntityComponent>(&self) -> Component<T> {
        Component::with(self.components())
    }

    /// The components of its entities as JSON, outside any handler.
    #[must_use]
    pub fn components(&self) -> Components {
        Components::with(self.clone(), None)
    }
}

impl<T: EntityComponent> Component<T> {
    pub(super) const fn with(inner: Components) -> Self {
        Self { inner, shape: PhantomData }
    }

    /// Those that hold in one world only.
    #[must_use]
    pub fn in_world(&self, world: Uuid) -> Self {
        Self::with(self.inner.in_world(world))
    }

    /// Those that hold as one entity says or sees it.
    #[must_use]
    pub fn said_by(&self, source: Uuid) -> Self {
        Self::with(self.inner.said_by(source))
    }

    /// The component of an entity; `None` if it has none.
    ///
    /// # Errors
    /// [`ComponentError::Outdated`] if what is stored is no `T` any more; errors of the storage.
    pub async fn get(&self, entity: Uuid) -> Result<Option<T>, ComponentError> {
        let stored = self.inner.get(T::NAME, entity).await?;
        stored.map(|stored| self.read(stored)).transpose()
    }

    /// Gives an entity the component, or another one in its place.
    ///
    /// # Errors
    /// [`ComponentError::Invalid`] if it does not keep what its schema says, a range for instance; errors of the
    /// storage.
    pub async fn set(&self, entity: Uuid, component: &T) -> Result<(), ComponentError> {
        let data = serde_json::to_value(component).map_err(|error| ComponentError::Invalid {
            name: T::NAME.to_owned(),
            entity,
            misfits: vec![Misfit { field: String::new(), why: error.to_string() }],
        })?;
        self.inner.put(&self.kind(entity)?, entity, data).await
    }

    /// Takes the component from an entity; whether it had one.
    ///
    /// # Errors
    /// Errors of the storage.
    pub async fn remove(&self, entity: Uuid) -> Result<bool, ComponentError> {
        self.inner.remove(T::NAME, entity).await
    }

    /// Every entity that has one in this scope, by id, with it.
    ///
    /// # Errors
    /// [`ComponentError::Outdated`] if one of them is no `T` any more; errors of the storage.
    pub async fn find(&self) -> Result<Vec<(Uuid, T)>, ComponentError> {
        let all = self.inner.find(T::NAME).await?;
        all.into_iter().map(|stored| Ok((stored.key.entity, self.read(stored)?))).collect()
    }

    fn read(&self, stored: StoredComponent) -> Result<T, ComponentError> {
        let StoredComponent { key, data, .. } = stored;
        // Deserializing takes the data and tells no field: what is wrong is looked for only if something is.
        T::deserialize(&data).map_err(|error| {
            let mut misfits = self.kind(key.entity).map(|kind| kind.misfits(&data)).unwrap_or_default();
            if misfits.is_empty() {
                misfits.push(Misfit { field: String::new(), why: error.to_string() });
            }
            ComponentError::Outdated { name: key.name, entity: key.entity, misfits }
        })
    }

    /// The type as it is loaded; before its plugin is, as in its own `on_load`, made ready here.
    fn kind(&self, entity: Uuid) -> Result<RegisteredComponentType, ComponentError> {
        if let Some(kind) = self.inner.kind(T::NAME) {
            return Ok(kind);
        }
        let kind = RegisteredComponentType::new(T::Plugin::DEF, T::DEF);
        kind.map_err(|why| ComponentError::Invalid {
            name: T::NAME.to_owned(),
            entity,
            misfits: vec![Misfit { field: String::new(), why }],
        })
    }
}

impl Components {
    pub(super) fn with(agent: Agent, room: Option<Uuid>) -> Self {
        Self { agent, scope: ComponentScope::default(), room }
    }

    /// Those that hold in one world only.
    #[must_use]
    pub fn in_world(&self, world: Uuid) -> Self {
        Self { scope: ComponentScope { world: Some(world), ..self.scope }, ..self.clone() }
    }

    /// Those that hold as one entity says or sees it.
    #[must_use]
    pub fn said_by(&self, source: Uuid) -> Self {
        Self { scope: ComponentScope { source: Some(source), ..self.scope }, ..self.clone() }
    }

    /// Every component of an entity, of every type and scope.
    ///
    /// # Errors
    /// Errors of the storage.
    pub async fn of(&self, entity: Uuid) -> Result<Vec<StoredComponent>, ComponentError> {
        let query = ComponentQuery { entity: Some(entity), ..ComponentQuery::default() };
        Ok(self.agent.store().components(&query).await?)
    }

    /// The component of a type, by its name, that an entity has in this scope.
    ///
    /// # Errors
    /// Errors of the storage.
    pub async fn get(&self, name: &str, entity: Uuid) -> Result<Option<StoredComponent>, ComponentError> {
        Ok(self.agent.store().component(&self.key(name, entity)).await?)
    }

    /// Every component of a type, by its name, in this scope.
    ///
    /// # Errors
    /// Errors of the storage.
    pub async fn find(&self, name: &str) -> Result<Vec<StoredComponent>, ComponentError> {
        let query = ComponentQuery {
            name: Some(name.to_owned()),
            scope: Some(self.scope),
            ..ComponentQuery::default()
        };
        Ok(self.agent.store().components(&query).await?)
    }

    /// Gives an entity a component of a type, by its name, or another one in its place.
    ///
    /// # Errors
    /// [`ComponentError::Unknown`] if no loaded plugin has the type; [`ComponentError::Invalid`] if the data do
    /// not fit it; errors of the storage.
    pub async fn set_raw(&self, name: &str, entity: Uuid, data: Value) -> Result<(), ComponentError> {
        let kind = self.kind(name).ok_or_else(|| self.unknown(name))?;
        self.put(&kind, entity, data).await
    }

    /// Takes a component of a type, by its name, from an entity; whether it had one. The type need not be known
    /// any more.
    ///
    /// # Errors
    /// Errors of the storage.
    pub async fn remove(&self, name: &str, entity: Uuid) -> Result<bool, ComponentError> {
        Ok(self.agent.store().delete_components(&[self.key(name, entity)]).await? > 0)
    }

    async fn put(
        &self,
        kind: &RegisteredComponentType,
        entity: Uuid,
        data: Value,
    ) -> Result<(), ComponentError> {
        let key = self.key(kind.def.name, entity);
        kind.check(&key, &data)?;
        let component = StoredComponent {
            key,
            agent: self.agent.id(),
            room: self.room,
            at: self.agent.clock().now(),
            data,
        };
        Ok(self.agent.store().put_components(&[component]).await?)
    }

    fn key(&self, name: &str, entity: Uuid) -> ComponentKey {
        ComponentKey { entity, name: name.to_owned(), scope: self.scope }
    }

    fn kind(&self, name: &str) -> Option<RegisteredComponentType> {
        self.agent.parts().component_types.iter().find(|kind| kind.def.name == name).cloned()
    }

    fn unknown(&self, name: &str) -> ComponentError {
        let parts = self.agent.parts();
        let known: Vec<&str> = parts.component_types.iter().map(|kind| kind.def.name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        ComponentError::Unknown { name: name.to_owned(), known }
    }
}
