//! Opens an agent's storage and nothing else, for programs that look into it.

use super::{Agent, LoadStep, StartError, StartOptions, load};
use crate::{
    extract::Invocation,
    model::ModelKind,
    plan::{Plan, PlannedPlugin},
    registry::Registry,
    store::{Restored, StoreError},
};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, atomic::Ordering},
};

impl Agent {
    /// The agent of a plan with its storage open, and only the plugins that this takes: the one with the storage and
    /// those it requires. It handles no messages, and those that an earlier process left stay where they are. End it
    /// with [`stop`](Self::stop).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn open_storage(
        plan: impl Into<Arc<Plan>>,
        registry: &Registry,
        options: StartOptions,
    ) -> Result<Self, StartError> {
        Self::open_some(plan.into(), registry, options, |planned| planned.components.storage.is_some()).await
    }

    /// As [`open_storage`](Self::open_storage), with the plugins that serve `text-embedding` too, so that the agent's
    /// memories can be [searched](Self::search) by meaning.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn open_search(
        plan: impl Into<Arc<Plan>>,
        registry: &Registry,
        options: StartOptions,
    ) -> Result<Self, StartError> {
        let embeds = ModelKind::TextEmbedding;
        Self::open_some(plan.into(), registry, options, |planned| {
            let parts = &planned.components;
            parts.storage.is_some() || parts.models.iter().any(|kind| kind == embeds.name())
        })
        .await
    }

    /// As [`open_search`](Self::open_search), with some plugins more and what they require; those whose condition does not hold
    /// stay off. It is [`opened only`](Self::is_opened_only).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn open_with(
        plan: impl Into<Arc<Plan>>,
        registry: &Registry,
        options: StartOptions,
        more: impl Fn(&PlannedPlugin) -> bool,
    ) -> Result<Self, StartError> {
        let embeds = ModelKind::TextEmbedding;
        Self::open_some(plan.into(), registry, options, |planned| {
            let parts = &planned.components;
            parts.storage.is_some() || parts.models.iter().any(|kind| kind == embeds.name()) || more(planned)
        })
        .await
    }

    /// It was opened for a program to look into it or to work on what it keeps: it handles no messages, and its plugins
    /// shall begin nothing by themselves.
    #[must_use]
    pub fn is_opened_only(&self) -> bool {
        self.0.looked_into.load(Ordering::Relaxed)
    }

    async fn open_some(
        plan: Arc<Plan>,
        registry: &Registry,
        options: StartOptions,
        chosen: impl Fn(&PlannedPlugin) -> bool,
    ) -> Result<Self, StartError> {
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        // What a plugin requires stands before it.
        for planned in plan.plugins.iter().rev() {
            if chosen(planned) || wanted.contains(planned.name) {
                wanted.insert(planned.name.to_owned());
                wanted.extend(planned.requires.iter().cloned());
            }
        }
        let plugins = plan.plugins.iter().filter(|planned| wanted.contains(planned.name)).cloned().collect();
        let agent = Self::made(Plan { plugins, ..plan.as_ref().clone() }.into(), registry, options);
        agent.0.looked_into.store(true, Ordering::Relaxed);
        agent.loaded(registry).await.map(|_| agent)
    }

    /// Puts a copy, as [`back_up`](crate::store::UpkeepStore::back_up) wrote it, in the place of what a plan's agent
    /// remembers. The storage is not opened, so that a damaged one can be replaced; nobody may have it open.
    ///
    /// # Errors
    /// A character without a storage plugin or with one that cannot do it, and what that plugin finds wrong with the
    /// copy. Nothing is changed then.
    pub async fn restore_storage(
        plan: impl Into<Arc<Plan>>,
        registry: &Registry,
        options: StartOptions,
        from: &Path,
    ) -> Result<Restored, StartError> {
        let plan = plan.into();
        let agent = Self::made(Arc::clone(&plan), registry, options);
        let none = |why: &str| StartError::Store(StoreError::Failed(why.to_owned()));
        let planned = plan.plugins.iter().find(|planned| planned.components.storage.is_some());
        let found = planned.and_then(|planned| Some((planned, registry.get(planned.name)?)));
        let Some((planned, plugin)) = found else {
            return Err(none(
                "the character has no storage plugin, so it remembers nothing that could be put back",
            ));
        };
        let Some(restore) = plugin.storage.and_then(|storage| storage.restore) else {
            let name = planned.name;
            return Err(none(&format!(
                "the storage of `{name}` cannot put back copies: use the tools of its database"
            )));
        };
        let refused = |load::Refusal { step, why, help }| StartError::Refused {
            plugin: planned.name.to_owned(),
            step,
            why,
            help,
            report: Box::default(),
        };
        let config = load::read_config(&agent, plugin.def, planned).await.map_err(refused)?;
        load::configure(&agent, plugin, config).map_err(refused)?;
        let invocation = Invocation::of(agent, plugin.def);
        let help = "nothing was changed";
        restore(&invocation, from)
            .await
            .map_err(|error| refused(load::refusal(LoadStep::Storage, error, help)))
    }
}
