//! Puts the middleware of the plan around the parts of a plugin that is being loaded.

use super::{
    Agent, LoadStep,
    change::Mark,
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

/// The settings of a plugin's layers with their secrets.
pub(super) async fn read_settings(
    agent: &Agent,
    planned: &[PlannedMiddleware],
    base: &Path,
) -> Result<Vec<Value>, Refusal> {
    let mut all = Vec::new();
    for layer in planned {
        let def = known(agent, layer)?;
        all.push(match &layer.settings {
            Value::Object(empty) if empty.is_empty() => layer.settings.clone(),
            settings => resolved(move || middleware_schema(def), settings.clone(), base.to_owned()).await?,
        });
    }
    Ok(all)
}

/// Makes the layers of a plugin and builds its handlers. The character's own are made once for all plugins, so that
/// a limit or a cache of theirs counts for all. `settings` are those of the layers, with their secrets.
pub(super) fn wrap(
    agent: &Agent,
    plugin: &RegisteredPlugin,
    planned: &[PlannedMiddleware],
    settings: Vec<Value>,
) -> Result<(), Refusal> {
    if planned.is_empty() {
        return Ok(());
    }
    let mut stack = Stack::default();
    for (number, (layer, settings)) in planned.iter().zip(settings).enumerate() {
        let made = match layer.by {
            LayeredBy::Character => shared(agent, number, layer, settings)?,
            LayeredBy::Table | LayeredBy::Plugin => make(agent, layer, settings)?,
        };
        stack.0.push(made);
    }
    let mut wrapped = Ok(());
    agent.change_parts(|parts| wrapped = parts.handlers.wrap(plugin, &stack));
    let help = "take the middleware out of the character, or mend it";
    wrapped.map_err(|why| refusal(LoadStep::Config, format!("a middleware {why}"), help))
}

/// One of the character's own, by its place in the list, as an earlier plugin got it.
fn shared(
    agent: &Agent,
    number: usize,
    planned: &PlannedMiddleware,
    settings: Value,
) -> Result<Layered, Refusal> {
    let mark = Mark::of_layer(planned, &settings);
    if let Some((_, made)) = agent.parts().layers.get(number).filter(|(made, _)| *made == mark) {
        return Ok(made.clone());
    }
    let made = make(agent, planned, settings)?;
    let kept = (mark, made.clone());
    agent.change_parts(|parts| {
        parts.layers.truncate(number);
        parts.layers.push(kept);
    });
    Ok(made)
}

fn make(agent: &Agent, planned: &PlannedMiddleware, settings: Value) -> Result<Layered, Refusal> {
    Layered::new(known(agent, planned)?, settings).map_err(|why| refused(planned, &why))
}

fn known(agent: &Agent, planned: &PlannedMiddleware) -> Result<&'static MiddlewareDef, Refusal> {
    let known = agent.0.registry.middleware().find(|def| def.name == planned.name);
    known.ok_or_else(|| refused(planned, "is not in this build"))
}

fn refused(planned: &PlannedMiddleware, why: &str) -> Refusal {
    let why = format!("middleware `{}`: {why}", planned.name);
    refusal(LoadStep::Config, why, "mend its settings in the character, or take it out")
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
