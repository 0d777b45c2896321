//! Puts the middleware of the plan around the parts of a plugin that is being loaded.

use super::{
    Agent, LoadStep,
    load::{Refusal, refusal, resolved},
};
use crate::{
    definition::MiddlewareDef,
    middleware::{Layered, Part, PartTiming, Stack},
    plan::{LayeredBy, PlannedMiddleware},
    registry::{RegisteredPlugin, middleware_schema},
};
use serde_json::Value;
use std::{path::Path, time::Duration};

/// Makes the layers of a plugin and builds its handlers. The character's own are made once for all plugins, so that
/// a limit or a cache of theirs counts for all.
pub(super) async fn wrap(
    agent: &Agent,
    plugin: &RegisteredPlugin,
    planned: &[PlannedMiddleware],
    base: &Path,
) -> Result<(), Refusal> {
    if planned.is_empty() {
        return Ok(());
    }
    let mut stack = Stack::default();
    for (number, layer) in planned.iter().enumerate() {
        let made = match layer.by {
            LayeredBy::Character => shared(agent, number, layer, base).await?,
            LayeredBy::Table | LayeredBy::Plugin => make(agent, layer, base).await?,
        };
        stack.0.push(made);
    }
    let mut wrapped = Ok(());
    agent.change_parts(|parts| wrapped = parts.handlers.wrap(plugin, &stack));
    let help = "take the middleware out of the character, or mend it";
    wrapped.map_err(|why| refusal(LoadStep::Config, format!("a middleware {why}"), help))
}

/// One of the character's own, by its place in the list, as an earlier plugin got it.
async fn shared(
    agent: &Agent,
    number: usize,
    planned: &PlannedMiddleware,
    base: &Path,
) -> Result<Layered, Refusal> {
    if let Some((_, made)) = agent.parts().layers.get(number).filter(|(made, _)| made == planned) {
        return Ok(made.clone());
    }
    let made = make(agent, planned, base).await?;
    let kept = (planned.clone(), made.clone());
    agent.change_parts(|parts| {
        parts.layers.truncate(number);
        parts.layers.push(kept);
    });
    Ok(made)
}

async fn make(agent: &Agent, planned: &PlannedMiddleware, base: &Path) -> Result<Layered, Refusal> {
    let refused = |why: String| {
        let why = format!("middleware `{}`: {why}", planned.name);
        refusal(LoadStep::Config, why, "mend its settings in the character, or take it out")
    };
    let known = agent.0.registry.middleware().find(|def| def.name == planned.name);
    let def: &'static MiddlewareDef = known.ok_or_else(|| refused("is not in this build".to_owned()))?;
    let settings = match &planned.settings {
        Value::Object(empty) if empty.is_empty() => planned.settings.clone(),
        settings => resolved(move || middleware_schema(def), settings.clone(), base.to_owned()).await?,
    };
    Layered::new(def, settings).map_err(refused)
}

impl Agent {
    /// How long the parts took that have the middleware `timing` around them, by kind, plugin and name.
    #[must_use]
    pub fn timings(&self) -> Vec<PartTiming> {
        self.0.timings.all()
    }

    pub(crate) fn time(&self, part: Part, time: Duration, failed: bool) {
        self.0.timings.add(part, time, failed);
    }
}
