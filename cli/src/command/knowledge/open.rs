//! Opens the knowledge of an agent that does not run.

use crate::{failure::Failure, start};
use galatea::{
    agent::{Agent, StartOptions},
    definition::PermissionKind,
    plan::{Plan, PlannedPlugin, wanted_scope},
    registry::Registry,
    service::{
        ServiceKind as _,
        kind::{KnowledgeBase, KnowledgeSource},
    },
};
use std::{path::PathBuf, sync::Arc};

/// The kind of service that keeps documents.
const KIND: &str = <dyn KnowledgeBase>::NAME;

/// Knowledge that is open.
pub(super) struct Opened {
    pub(super) agent: Agent,
    pub(super) knowledge: Arc<dyn KnowledgeBase>,
}

impl Opened {
    pub(super) async fn close(self) {
        drop(self.knowledge);
        self.agent.stop().await;
    }
}

/// Opens the storage of a character's agent, and the plugins that serve knowledge and embeddings. Whoever types sources allows
/// the plugin to read them.
pub(super) async fn open(character: Option<&str>, sources: &[KnowledgeSource]) -> Result<Opened, Failure> {
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, character)?;
    let name = plan.character.name.clone();
    let serving = serving(&registry, &plan, KIND);
    if serving.is_empty() {
        return Err(Failure::new(format!("{name} has no knowledge"))
            .help("add it to the character: `[plugins.knowledge]`"));
    }
    if plan.plugins.iter().all(|plugin| plugin.components.storage.is_none()) {
        return Err(Failure::new(format!("{name} has no storage, so its documents end with it"))
            .help("add one to the character: `[plugins.sql]`"));
    }
    let optional: Vec<String> = (plan.plugins.iter())
        .filter(|planned| serving.contains(&planned.name))
        .flat_map(|planned| planned.optional.clone())
        .collect();
    let plan = granted(plan, &serving, sources);
    let options = StartOptions { base, ..StartOptions::default() };
    let wanted = |planned: &PlannedPlugin| {
        serving.contains(&planned.name) || optional.iter().any(|name| name == planned.name)
    };
    let agent = Agent::open_with(plan, &registry, options, wanted)
        .await
        .map_err(|error| Failure::start(&name, &error))?;
    match agent.kind::<dyn KnowledgeBase>().await {
        Ok(knowledge) => Ok(Opened { agent, knowledge }),
        Err(error) => {
            agent.stop().await;
            Err(Failure::new(format!("the knowledge of {name} cannot be opened: {error}")))
        }
    }
}

fn serving(registry: &Registry, plan: &Plan, kind: &str) -> Vec<&'static str> {
    let known: Vec<&'static str> = registry.serving(kind).map(|plugin| plugin.def.name).collect();
    plan.plugins.iter().map(|planned| planned.name).filter(|name| known.contains(name)).collect()
}

/// The plan with the grants that these sources need.
fn granted(plan: Plan, plugins: &[&'static str], sources: &[KnowledgeSource]) -> Plan {
    let mut character = plan.character.as_ref().clone();
    for plugin in plugins {
        let grants = character.grants.entry((*plugin).to_owned()).or_default();
        for source in sources {
            match source {
                KnowledgeSource::Path(path) => grants.filesystem.push(fixed(path)),
                KnowledgeSource::Url(url) => grants.network.push(wanted_scope(PermissionKind::Network, url)),
                KnowledgeSource::Text { .. } | KnowledgeSource::Bytes { .. } => {}
            }
        }
    }
    Plan { character: Arc::new(character), ..plan }
}

/// The part of a path before its pattern.
fn fixed(path: &std::path::Path) -> String {
    let is_plain =
        |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    path.components().take_while(is_plain).collect::<PathBuf>().to_string_lossy().into_owned()
}

/// What was typed, as sources; paths begin at the working directory.
pub(super) fn sources(typed: &[String]) -> Result<Vec<KnowledgeSource>, Failure> {
    let one = |typed: &String| {
        if ["http://", "https://"].iter().any(|scheme| typed.to_ascii_lowercase().starts_with(scheme)) {
            return Ok(KnowledgeSource::Url(typed.clone()));
        }
        let path = std::path::absolute(typed);
        let path = path.map_err(|error| Failure::file("read", std::path::Path::new(typed), error))?;
        Ok(KnowledgeSource::Path(path))
    };
    typed.iter().map(one).collect()
}

/// What a source is called where it cannot be read.
pub(super) fn name(source: &KnowledgeSource) -> String {
    match source {
        KnowledgeSource::Text { text, .. } => text.clone(),
        KnowledgeSource::Path(path) => path.display().to_string(),
        KnowledgeSource::Url(url) => url.clone(),
        KnowledgeSource::Bytes { name, .. } => name.clone(),
    }
}
