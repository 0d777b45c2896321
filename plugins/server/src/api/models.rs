//! The models of the agent.

use super::page::Page;
use galatea::{
    model::{ModelKind, ModelStatus, candidates},
    prelude::*,
    route::Json,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A model of a kind, of a plugin.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ModelView {
    /// What it is for.
    kind: ModelKind,
    /// The plugin that serves it.
    plugin: &'static str,
    /// The model's own name, if it has answered since the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// Higher is asked first.
    priority: i32,
    /// Whether it is the one that is asked first.
    chosen: bool,
    health: ModelHealth,
    /// Why it failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Until when it is left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    until: Option<Timestamp>,
    /// How many calls of the plugin run.
    running: u32,
    /// How many may at the same time.
    most: u32,
}

/// How a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModelHealth {
    /// It answers, or was never asked.
    Ok,
    /// It failed lately and is asked still.
    Failing,
    /// It failed too often and is left alone for a while.
    Open,
    /// A call is finding out whether it answers again.
    Probing,
}

/// The models of the agent by kind, those first that are asked first.
#[route(GET, "/models", roles("member"), scope = "read")]
pub(crate) async fn list_models(agent: Agent) -> Json<Page<ModelView>> {
    let (parts, character) = (agent.parts(), agent.character());
    let status: BTreeMap<&str, ModelStatus> =
        agent.model_status().into_iter().map(|status| (status.plugin, status)).collect();
    let mut kinds: Vec<&ModelKind> = parts.models.iter().flat_map(|model| model.def.kinds).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let now = agent.clock().now();
    let used = agent.analytics().models;
    let mut items = Vec::new();
    for kind in kinds {
        let picked = character.models.provider_of(kind);
        let in_order =
            candidates(&parts.models, kind, picked).or_else(|_| candidates(&parts.models, kind, None));
        for (place, model) in in_order.unwrap_or_default().into_iter().enumerate() {
            let plugin = model.plugin.name;
            let known = status.get(plugin);
            let (health, why, until) =
                known.map_or((ModelHealth::Ok, None, None), |status| health(status, kind, now));
            let name = used.iter().find(|used| used.plugin == plugin && !used.model.is_empty());
            items.push(ModelView {
                kind: kind.clone(),
                plugin,
                model: name.map(|used| used.model.clone()),
                priority: model.priority,
                chosen: place == 0,
                health,
                why,
                until,
                running: known.map_or(0, |status| status.running),
                most: known.map_or(0, |status| status.most),
            });
        }
    }
    Json(Page::whole(items))
}

fn health(
    status: &ModelStatus,
    kind: &ModelKind,
    now: Timestamp,
) -> (ModelHealth, Option<String>, Option<Timestamp>) {
    let of_kind = status.failing.iter().find(|rest| rest.kind.as_ref().is_none_or(|of| of == kind));
    let Some(rest) = of_kind else { return (ModelHealth::Ok, None, None) };
    let health = match rest.until {
        _ if rest.probing => ModelHealth::Probing,
        Some(until) if until > now => ModelHealth::Open,
        _ => ModelHealth::Failing,
    };
    (health, Some(rest.why.clone()), rest.until.filter(|until| *until > now))
}
